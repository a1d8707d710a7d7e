"""What a position takes over of an entry's stop, and how a stop follows the price."""

from dataclasses import replace
from decimal import Decimal

import pytest

from riskgate.core.account.document import KeptStop, Position
from riskgate.core.account.stops import trail_stop
from riskgate.core.order import StopKeeper
from riskgate.core.orders.events import RULES
from tests.support.builders import BUY, apply, build_account, build_fill, build_order, build_position, dec

KEY = "binance:BTC/USDT"
TRAILING = KeptStop(kept_by=StopKeeper.VENUE, trailing_fraction=Decimal("0.1"), best_price=Decimal(100))


def held(quantity: int = 10, stop: str = "90", mark: str = "100", kept: KeptStop | None = TRAILING) -> Position:
    position = build_position(quantity, stop_loss_price=dec(stop), kept_stop=kept)
    return replace(position, mark_price=dec(mark))


@pytest.mark.parametrize(
    ("quantity", "stop", "mark", "followed"),
    [
        (10, "90", "100", "90"),
        (10, "90", "110", "99"),
        (10, "90", "95", "90"),
        (10, "95", "104", "95"),
        (-10, "110", "90", "99"),
        (-10, "110", "105", "110"),
    ],
)
def test_stop_when_it_trails_then_it_follows_the_best_price_and_never_back(
    quantity: int, stop: str, mark: str, followed: str
) -> None:
    after = trail_stop(held(quantity, stop, mark))

    assert after.stop_loss_price == dec(followed)
    assert trail_stop(replace(after, mark_price=dec(mark))) == after


def test_stop_when_it_does_not_trail_then_it_stays() -> None:
    fixed = held(mark="200", kept=KeptStop(kept_by=StopKeeper.VENUE))

    assert trail_stop(fixed) == fixed


def test_entry_when_it_fills_then_its_stop_and_keeper_are_the_positions() -> None:
    order = build_order(4, stop_loss_price=90, stop_kept_by=StopKeeper.VENUE)
    fill = build_fill(order, 1, stop_kept_by=StopKeeper.VENUE, rules=RULES)

    after = apply(build_account(), fill).state.positions[KEY]

    assert after.kept_stop == KeptStop(kept_by=StopKeeper.VENUE)
    assert apply(build_account(), replace(fill, rules=2)).state.positions[KEY].kept_stop is None


@pytest.mark.parametrize(("kept", "stop"), [(KeptStop(kept_by=StopKeeper.VENUE, moved=True), 95), (TRAILING, 95)])
def test_entry_when_more_of_it_fills_then_a_stop_that_was_tightened_since_stays(kept: KeptStop, stop: int) -> None:
    state = build_account(positions=[held(1, "95", kept=kept)])
    order = build_order(4, side=BUY, stop_loss_price=90, trailing_fraction=kept.trailing_fraction)

    after = apply(state, build_fill(order, 1, stop_kept_by=StopKeeper.VENUE, rules=RULES)).state.positions[KEY]

    assert after.stop_loss_price == stop


def test_entry_when_it_adds_to_a_position_whose_stop_nobody_moved_then_its_own_stop_counts() -> None:
    state = build_account(positions=[held(1, "95", kept=KeptStop(kept_by=StopKeeper.VENUE))])
    order = build_order(4, side=BUY, stop_loss_price=90)

    after = apply(state, build_fill(order, 1, stop_kept_by=StopKeeper.STRATEGY, rules=RULES)).state.positions[KEY]

    assert (after.stop_loss_price, after.kept_stop) == (90, KeptStop(kept_by=StopKeeper.STRATEGY))
