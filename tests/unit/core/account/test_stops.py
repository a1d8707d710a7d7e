"""What a position takes over of an entry's stop, and how a stop follows the price."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.account.document import AccountState, KeptStop, OrderStatus, Position, WorkingOrder
from riskgate.core.account.exposure import compute_exposure
from riskgate.core.account.parts import Heartbeat
from riskgate.core.account.stops import judge_stops, trail_stop
from riskgate.core.money import with_risk_context
from riskgate.core.order import OrderType, StopKeeper
from riskgate.core.orders.events import RULES, BatchDecided, OrderClosed
from riskgate.core.safeguards.events import BreakerTripped, HeartbeatReceived
from tests.support.builders import (
    BUY,
    NOW,
    SECOND,
    SELL,
    SPOT,
    SWAP,
    Number,
    apply,
    build_account,
    build_fill,
    build_limits,
    build_order,
    build_position,
    build_submitted,
    build_working,
    dec,
    decide,
)

KEY = "binance:BTC/USDT"
TRAILING = KeptStop(kept_by=StopKeeper.VENUE, trailing_fraction=Decimal("0.1"), best_price=Decimal(100))


def held(quantity: Number = 10, stop: str = "90", mark: str = "100", kept: KeptStop | None = TRAILING) -> Position:
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
        ("0.5", "90", "110", "99"),
        ("-0.5", "110", "90", "99"),
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

    assert after.kept_stop == KeptStop(kept_by=StopKeeper.VENUE, unkept_since=NOW)
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


VENUE_STOP = KeptStop(kept_by=StopKeeper.VENUE)


def stop_order(quantity: int = 10, price: int = 90, **changes: Any) -> WorkingOrder:
    terms = {
        "side": SELL,
        "type": OrderType.STOP,
        "increasing_quantity": dec(0),
        "rest_price": None,
        "reduce_only": True,
    }
    return build_working(quantity, price=price, stop_price=dec(price), **{"client_order_id": "s1"} | terms | changes)


def open_risk(position: Position, *orders: WorkingOrder) -> Decimal:
    return build_account(positions=[position], working=orders).exposure.open_risk


def test_risk_when_a_stop_order_rests_then_it_counts_down_to_that_and_the_rest_as_before() -> None:
    bare = replace(held(), stop_loss_price=None, kept_stop=None)

    assert open_risk(bare) == 1000
    assert open_risk(bare, stop_order()) == 100
    assert open_risk(bare, stop_order(4)) == 4 * 10 + 6 * 100
    assert open_risk(bare, stop_order(4), stop_order(6, 80, client_order_id="s2")) == 4 * 10 + 6 * 20
    assert open_risk(bare, stop_order(price=101)) == 1000, "it has fired already"
    assert open_risk(held(), stop_order(price=50)) == 100, "the strategy's own is tighter"


def judged(state: AccountState, seconds: int) -> tuple[bool, Decimal]:
    later = NOW + seconds * SECOND
    after = apply(state, BreakerTripped(name="MANUAL_STOP", reason="x"), now=later).state
    return after.positions[KEY].kept_stop.lapsed, after.exposure.open_risk  # type: ignore[union-attr]


def test_stop_at_the_venue_when_no_order_rests_for_longer_than_placing_takes_then_it_does_not_count() -> None:
    position = replace(held(), kept_stop=replace(VENUE_STOP, unkept_since=NOW))
    unkept, kept = build_account(positions=[position]), build_account(positions=[position], working=[stop_order()])

    assert judged(unkept, 60) == (False, dec(100))
    assert judged(unkept, 121) == (True, dec(1000))
    assert judged(kept, 121) == (False, dec(100))
    part = build_account(positions=[position], working=[stop_order(9)])
    assert judged(part, 121) == (True, dec(9 * 10 + 100))


@pytest.mark.parametrize("keeper", [StopKeeper.STRATEGY, StopKeeper.VENUE])
def test_stops_when_all_are_held_as_they_were_then_the_account_is_not_copied(keeper: StopKeeper) -> None:
    state = build_account(positions=[held(kept=KeptStop(kept_by=keeper))], working=[stop_order()])

    assert judge_stops(state, NOW) is state


def test_stop_of_a_strategy_when_its_heartbeat_is_missed_then_it_does_not_count_until_it_beats() -> None:
    position = replace(held(), kept_stop=KeptStop(kept_by=StopKeeper.STRATEGY), strategy="trend")
    beat = Heartbeat(at=NOW, interval_seconds=30)
    state = build_account(positions=[position], heartbeats={"trend": beat})

    assert judged(state, 20) == (False, dec(100))
    assert judged(state, 300) == (True, dec(1000))
    assert judged(build_account(positions=[position]), 300) == (False, dec(100)), "it promised none"
    silent = apply(state, BreakerTripped(name="MANUAL_STOP", reason="x"), now=NOW + 300 * SECOND).state
    alive = apply(silent, HeartbeatReceived(strategy="trend", interval_seconds=30), now=NOW + 301 * SECOND).state
    assert alive.exposure.open_risk == 100


@pytest.mark.parametrize("symbol", [SPOT, SWAP])
@pytest.mark.parametrize("reduce_only", [True, False])
def test_batch_when_an_entry_comes_with_its_protective_stop_then_both_pass_and_the_stop_is_no_exposure(
    symbol: str, reduce_only: bool
) -> None:
    limits = build_limits(
        risk_per_trade_fraction_max="0.02", balance_required=True, open_risk_fraction_max="0.02", leverage_max="3"
    )
    buy = build_order(10, symbol=symbol, stop_loss_price=90)
    stop = build_order(
        10, 90, symbol=symbol, side=SELL, type=OrderType.STOP, reduce_only=reduce_only, client_order_id="o2"
    )
    batch = BatchDecided(legs=(build_submitted(buy), build_submitted(stop)))

    result = apply(build_account(), batch, limits=limits)

    assert [d.evaluation.violations for d in result.decisions] == [(), ()]
    assert result.state.working_orders["o2"].increasing_quantity == 0
    assert result.state.exposure.gross == 1000
    assert not apply(build_account(), replace(batch, legs=batch.legs[1:]), limits=limits).decisions[0].approved
    larger = replace(batch, legs=(batch.legs[0], build_submitted(replace(stop, quantity=dec(14)))))
    assert not apply(build_account(), larger, limits=limits).decisions[1].approved


def test_stop_when_its_entry_ends_unfilled_then_a_plain_one_on_a_swap_counts_as_what_it_would_open() -> None:
    buy = build_order(10, symbol=SWAP, stop_loss_price=90)
    stop = build_order(10, 90, symbol=SWAP, side=SELL, type=OrderType.STOP, client_order_id="o2")
    state = apply(build_account(), BatchDecided(legs=(build_submitted(buy), build_submitted(stop)))).state

    after = apply(state, OrderClosed(client_order_id="o1", status=OrderStatus.CANCELLED)).state

    assert after.working_orders["o2"].increasing_quantity == 10
    assert after.exposure.gross == 1000
    assert after.exposure == with_risk_context(compute_exposure)(after)


def test_stop_when_it_would_fire_before_its_entry_then_it_protects_nothing() -> None:
    entry = build_working(10, SWAP, price=85, rest_price=dec(85))
    stop = build_order(10, 90, symbol=SWAP, side=SELL, type=OrderType.STOP, client_order_id="o2")

    after, decision = decide(build_account(working=[entry]), stop)

    assert decision.approved
    assert after.working_orders["o2"].increasing_quantity == 10
