"""A stop that is moved: tighter at any time, looser no further than an entry may risk, and never past the market."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from riskgate.core.account.document import AccountState, KeptStop, Position, TradingState
from riskgate.core.account.parts import Breaker
from riskgate.core.codes import DenyCode
from riskgate.core.errors import NotFound
from riskgate.core.instrument import Market
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.limits import Limits, StopRule
from riskgate.core.order import OrderType, StopKeeper
from riskgate.core.orders.events import StopMoved
from riskgate.core.orders.move_stop import StopVerdict, move_stop
from tests.support.builders import (
    NOW,
    RELEASED,
    SELL,
    SPOT,
    SWAP,
    VENUE,
    Number,
    build_account,
    build_instrument,
    build_limits,
    build_position,
    build_working,
    dec,
)

KEY = f"{VENUE}:{SWAP}"
AT_VENUE, BY_STRATEGY = StopKeeper.VENUE, StopKeeper.STRATEGY


def held(quantity: Number = 10, stop: Number | None = 90, symbol: str = SWAP, **changes: Any) -> Position:
    """Return a position at 100 with a stop that its venue keeps."""
    price = dec(stop) if stop is not None else None
    kept = KeptStop(kept_by=AT_VENUE) if stop is not None else None
    return build_position(quantity, symbol, **{"stop_loss_price": price, "kept_stop": kept} | changes)


def moved(
    stop: Number,
    position: Position | None = None,
    *,
    limits: Limits | None = None,
    account: AccountState | None = None,
    keeps: bool = True,
    **changes: Any,
) -> tuple[AccountState, StopVerdict]:
    position = position or held()
    event = StopMoved(
        key=position.key,
        stop_loss_price=dec(stop),
        kept_by=AT_VENUE,
        market=Market(instrument=build_instrument(position.symbol, stop_orders=keeps), quote=None),
        kill_switches=(RELEASED,),
    )
    state = account or build_account(positions=[position])
    after, verdict, expired = move_stop(state, limits or build_limits(), replace(event, **changes), NOW)
    assert expired == ()
    if verdict.code is not None:
        assert after.positions[position.key].stop_loss_price == state.positions[position.key].stop_loss_price
        assert after.exposure == state.exposure
    return after, verdict


def code_of(*arguments: Any, **changes: Any) -> DenyCode | None:
    return moved(*arguments, **changes)[1].code


def test_stop_when_moved_then_the_positions_and_its_risk_with_it() -> None:
    state, verdict = moved(95)
    position = state.positions[KEY]
    assert verdict == StopVerdict()
    assert (position.stop_loss_price, state.exposure.open_risk) == (95, 50)
    assert position.kept_stop is not None
    assert (position.kept_stop.kept_by, position.kept_stop.moved) == (AT_VENUE, True)


def test_stop_when_the_position_had_none_then_it_has_one() -> None:
    state, verdict = moved(95, held(stop=None))
    assert (verdict.code, state.positions[KEY].stop_loss_price) == (None, 95)


@pytest.mark.parametrize(("quantity", "stop", "refused"), [
    (10, "99.99", False), (10, 100, True), (10, 101, True),
    (-10, "100.01", False), (-10, 100, True), (-10, 99, True),
])  # fmt: skip
def test_stop_when_the_market_is_beyond_it_then_refused(quantity: int, stop: Number, *, refused: bool) -> None:
    position = held(quantity, 90 if quantity > 0 else 110)
    assert code_of(stop, position) == (DenyCode.STOP_LOSS_WRONG_SIDE if refused else None)


@pytest.mark.parametrize(("quantity", "target", "refused"), [
    (10, "100.01", False), (10, 100, True), (10, 99, True),
    (-10, "99.99", False), (-10, 100, True), (-10, 101, True),
])  # fmt: skip
def test_target_when_the_market_is_beyond_it_then_refused(quantity: int, target: Number, *, refused: bool) -> None:
    stop = 95 if quantity > 0 else 105
    position = held(quantity, 90 if quantity > 0 else 110)
    assert code_of(stop, position, take_profit_price=dec(target)) == (
        DenyCode.STOP_LOSS_WRONG_SIDE if refused else None
    )


def test_target_when_none_is_named_then_the_one_of_before_stays() -> None:
    position = held(kept_stop=KeptStop(kept_by=AT_VENUE, take_profit_price=dec(120)))
    for named, expected in ((None, 120), (dec(130), 130)):
        kept = moved(95, position, take_profit_price=named)[0].positions[KEY].kept_stop
        assert kept is not None
        assert kept.take_profit_price == expected


def test_stop_when_nobody_can_keep_it_so_then_refused() -> None:
    refused = DenyCode.STOP_UNSUPPORTED
    assert code_of(95, keeps=False) is refused
    assert code_of(95, market=Market(instrument=None, quote=None)) is refused
    assert code_of(95, held(symbol=SPOT), take_profit_price=dec(110)) is refused
    assert code_of(95, held(symbol=SPOT)) is None
    strategy = {"kept_by": BY_STRATEGY, "keeps": False}
    assert code_of(95, **strategy) is None
    assert code_of(95, **strategy, take_profit_price=dec(110)) is refused


ENGAGED = KillSwitch(scope="global", key="", engaged=True)
BREAKER = Breaker(tripped_at=NOW, scope="strategy", key="trend")


@pytest.mark.parametrize(("stop", "kept_by", "looser"), [
    (89, AT_VENUE, True), (90, AT_VENUE, False), (91, AT_VENUE, False), (91, BY_STRATEGY, True),
])  # fmt: skip
def test_stop_when_trading_is_held_back_then_it_only_tightens(stop: int, kept_by: StopKeeper, *, looser: bool) -> None:
    wanted = {"kept_by": kept_by}
    assert code_of(stop, **wanted) is None
    engaged = code_of(stop, **wanted, kill_switches=(RELEASED, ENGAGED))
    assert engaged == (DenyCode.KILL_SWITCH_ENGAGED if looser else None)
    state = build_account(positions=[held()])
    for stopped in (
        replace(state, trading_state=TradingState.HALTED),
        replace(state, breakers={"MANUAL_STOP trend": BREAKER}),
    ):
        assert code_of(stop, **wanted, account=stopped) == (DenyCode.TRADING_REDUCING if looser else None)


def test_short_stop_when_trading_is_held_back_then_it_only_tightens() -> None:
    for stop, refused in ((111, True), (110, False), (109, False)):
        found = code_of(stop, held(-10, 110), kill_switches=(ENGAGED,))
        assert found == (DenyCode.KILL_SWITCH_ENGAGED if refused else None)


def test_stop_when_it_has_to_rest_at_the_venue_then_it_does_not_leave_it() -> None:
    limits = replace(build_limits(), stop_loss_required=StopRule.AT_VENUE)
    assert code_of(90, limits=limits, kept_by=BY_STRATEGY) is DenyCode.STOP_LOSS_REQUIRED
    assert code_of(89, limits=limits) is None


@pytest.mark.parametrize(("stop", "equity", "refused"), [
    (80, 10_000, False), ("79.99", 10_000, True), (80, 9_999, True), (89, 0, True), (95, 0, False),
])  # fmt: skip
def test_stop_when_looser_than_a_trade_may_risk_then_refused(stop: Number, equity: int, *, refused: bool) -> None:
    limits = build_limits(risk_per_trade_fraction_max="0.02")
    state = build_account(equity, positions=[held()])
    assert code_of(stop, limits=limits, account=state) == (DenyCode.RISK_PER_TRADE if refused else None)


@pytest.mark.parametrize(("stop", "equity", "refused"), [
    (80, 10_000, False), ("79.99", 10_000, True), (89, 0, True), (95, 0, False),
])  # fmt: skip
def test_stop_when_all_stops_together_would_risk_too_much_then_refused(
    stop: Number, equity: int, *, refused: bool
) -> None:
    """The other position loses 300 down to its stop."""
    limits = build_limits(open_risk_fraction_max="0.05")
    other = build_position(10, "ETH/USDT:USDT", stop_loss_price=dec(70))
    state = build_account(equity, positions=[held(), other])
    assert code_of(stop, limits=limits, account=state) == (DenyCode.TOTAL_OPEN_RISK if refused else None)


def test_stop_when_the_order_of_before_still_rests_then_its_protection_does_not_count() -> None:
    resting = build_working(
        10, SWAP, client_order_id="stop-1", side=SELL, type=OrderType.STOP, reduce_only=True,
        increasing_quantity=dec(0), stop_price=dec(90), operator_exit=True,
    )  # fmt: skip
    state = build_account(positions=[held()], working=[resting])
    limits = build_limits(open_risk_fraction_max="0.02")
    assert code_of(80, limits=limits, account=state) is None
    assert code_of("79.99", limits=limits, account=state) is DenyCode.TOTAL_OPEN_RISK


def test_stop_when_there_is_no_position_then_not_found() -> None:
    with pytest.raises(NotFound, match="no position in binance:BTC/USDT:USDT"):
        moved(95, account=build_account())


@pytest.mark.parametrize(("stop", "code"), [("85", None), ("80", None), ("79.99", DenyCode.RISK_PER_TRADE)])
def test_looser_stop_when_it_risks_no_more_than_a_trade_may_then_taken(stop: str, code: DenyCode | None) -> None:
    """Ten units of an account of 10,000: twenty of each may be lost."""
    _, verdict = moved(stop, limits=build_limits(risk_per_trade_fraction_max="0.02"))
    assert verdict.code is code


@pytest.mark.parametrize(("most", "code"), [("0.02", None), ("0.0199", DenyCode.TOTAL_OPEN_RISK)])
def test_looser_stop_when_all_stops_together_risk_no_more_than_they_may_then_taken(
    most: str, code: DenyCode | None
) -> None:
    _, verdict = moved("80", limits=build_limits(open_risk_fraction_max=most))
    assert verdict.code is code
