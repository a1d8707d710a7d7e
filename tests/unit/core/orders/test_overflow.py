"""Numbers at the edge of what the notation allows: a denial, never an exception, and a state that can be stored."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.account.document import AccountState
from riskgate.core.codes import DenyCode
from riskgate.core.levels.utilization import measure_utilization
from riskgate.core.limits import Limits
from riskgate.core.order import OrderType
from riskgate.schemas.codec import decode, encode
from riskgate.schemas.log.decision import decision_body
from tests.support.builders import (
    BUY,
    NOW,
    SECOND,
    SELL,
    SPOT,
    SWAP,
    VENUE,
    apply,
    build_account,
    build_fill,
    build_instrument,
    build_limits,
    build_market,
    build_order,
    build_quote,
    build_report,
    build_reported,
    build_row,
    build_snapshot,
    build_transfer,
    decide,
)
from tests.support.hypothesis_profiles import THOROUGH

LARGEST = Decimal("999999999999999.999999999999")
SMALLEST = Decimal("0.000000000001")
FREE = {"tick_size": Decimal(0), "step_size": Decimal(0)}
extremes = st.sampled_from(
    [LARGEST, SMALLEST, Decimal(1), Decimal("123456789012345.123456789012"), Decimal(10**15 - 1)]
)


def assert_storable(state: AccountState) -> None:
    assert decode(encode(state), AccountState) == state
    for row in measure_utilization(state, Limits(), None):
        assert row.level in {"none", "yellow", "orange", "red"}


@pytest.mark.parametrize("limits", [Limits(), build_limits()], ids=["shipped", "all off"])
@pytest.mark.parametrize("kind", list(OrderType))
@pytest.mark.parametrize("side", [BUY, SELL])
@pytest.mark.parametrize("symbol", [SPOT, SWAP])
def test_order_when_quantity_and_price_are_at_their_maximum_then_denied(
    limits: Limits, kind: OrderType, side: Any, symbol: str
) -> None:
    order = build_order(LARGEST, LARGEST, type=kind, side=side, symbol=symbol)
    given_: dict[str, Any] = {"instrument": build_instrument(symbol, **FREE), "quote": build_quote(symbol, LARGEST)}

    state, decision = decide(build_account(LARGEST), order, limits=limits, **given_)

    assert not decision.approved
    assert DenyCode.NOTIONAL_ABOVE_MAXIMUM in dict(decision.evaluation.violations)
    assert state.exposure.gross == 0
    assert_storable(state)


@THOROUGH
@given(data=st.data())
def test_order_when_every_number_around_it_is_extreme_then_answered_and_storable(data: st.DataObject) -> None:
    def draw() -> Decimal:
        return data.draw(extremes)

    symbol = data.draw(st.sampled_from(["BTC/EUR", "BTC/EUR:EUR"]))
    rules = {name: draw() if data.draw(st.booleans()) else Decimal(0) for name in FREE}
    instrument = build_instrument(symbol, contract_size=draw() if symbol.endswith(":EUR") else Decimal(1), **rules)
    quote = build_quote(symbol, draw(), bid_depth=draw(), ask_depth=draw(), volume_24h=draw())
    by_value = data.draw(st.booleans())
    order = build_order(
        None if by_value else draw(),
        draw(),
        quote_quantity=draw() if by_value else None,
        symbol=symbol,
        side=data.draw(st.sampled_from([BUY, SELL])),
        type=data.draw(st.sampled_from(list(OrderType))),
        stop_loss_price=data.draw(st.one_of(st.none(), extremes)),
    )
    state = build_account(draw(), rates={"EUR": draw()})
    state = apply(state, build_snapshot(state.equity, positions=(build_reported(draw(), symbol, draw()),))).state
    limits = data.draw(st.sampled_from([Limits(), build_limits(), replace(Limits(), balance_required=False)]))
    report = build_report({"BTC": draw()}, scenario_pnl=(-draw(),) * 60, stress_pnl={"crash": -draw()})
    row = build_row("BTC", {}, scenario_returns=(-draw(),) * 60, stress_shocks={"crash": -draw()})

    after, decision = decide(
        state, order, limits=limits, instrument=instrument, quote=quote, report=report, correlation=row
    )

    failed = [code for code, result in decision.evaluation.violations if "check failed" in result.message]
    assert not failed
    assert all(reserved <= 10**15 for reserved in decision.reserved)
    assert_storable(after)
    body = decision_body(
        decision,
        account_id="demo",
        client_order_id="o1",
        order_id="x",
        limits_version=1,
        state_version=1,
        audit_sequence=1,
        now=NOW,
    )
    assert encode(body)


@THOROUGH
@given(quantity=extremes, price=extremes, decided=extremes, fee=extremes, held=st.one_of(st.none(), extremes))
def test_fill_when_its_numbers_are_extreme_then_recorded_and_storable(
    quantity: Decimal, price: Decimal, decided: Decimal, fee: Decimal, held: Decimal | None
) -> None:
    state = build_account()
    if held is not None:
        state = apply(state, build_snapshot(10_000, positions=(build_reported(-held, SWAP),))).state
    order = build_order(quantity, price, symbol=SWAP)

    result = apply(state, build_fill(order, quantity, price, decision_price=decided, fee=fee), limits=Limits())

    assert_storable(result.state)
    assert abs(result.state.equity) < 10**16


@THOROUGH
@given(equities=st.lists(extremes, min_size=2, max_size=4), mark=extremes, rate=extremes, amount=extremes)
def test_snapshots_and_transfers_when_extreme_then_taken_or_not_and_storable(
    equities: list[Decimal], mark: Decimal, rate: Decimal, amount: Decimal
) -> None:
    state = build_account()
    for number, equity in enumerate(equities):
        position = build_reported(1, "BTC/EUR", mark)
        event = build_snapshot(equity, taken_at=NOW + number * SECOND, positions=(position,), rates={"EUR": rate})
        state = apply(state, event, limits=Limits(), now=event.taken_at).state
        state = apply(state, build_transfer(amount), limits=Limits(), now=event.taken_at).state
        state = apply(state, build_transfer(-amount), limits=Limits(), now=event.taken_at).state
        assert_storable(state)


def test_quote_when_its_price_is_extreme_then_marks_nothing_absurd() -> None:
    state = apply(build_account(), build_snapshot(10_000, positions=(build_reported(1),))).state

    for price in (LARGEST, SMALLEST):
        after, decision = decide(state, build_order(), quote=build_quote(price=price), limits=Limits())
        assert not decision.approved
        assert after.positions[f"{VENUE}:{SPOT}"].mark_price == 100


def test_mark_when_many_positions_are_worth_the_most_then_totals_still_add_up() -> None:
    positions = tuple(build_reported(1, f"C{number}/USDT", Decimal(10**15 - 1)) for number in range(50))

    state = apply(build_account(), build_snapshot(10_000, positions=positions)).state
    order = build_order(1, 100, symbol="C7/USDT", side=SELL)
    market = build_market(order, quote=None)
    sold = apply(state, build_fill(order, 1, Decimal(10**15 - 1), market=market)).state

    assert state.exposure.gross - sold.exposure.gross == 10**15 - 1
    assert sold.exposure.open_positions == 49
