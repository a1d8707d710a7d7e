"""The size a bot may ask for: what it is told passes, and one lot more violates what it was told would bind."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.account.document import AccountState, TradingState
from riskgate.core.codes import DenyCode
from riskgate.core.instrument import Instrument
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.limits import Limits
from riskgate.core.order import Order, OrderType
from riskgate.core.orders.evaluate import Evaluation, Inputs, evaluate
from riskgate.core.orders.events import RULES
from riskgate.core.orders.max_quantity import solve_max_quantity
from riskgate.core.side import Side
from tests.support.builders import (
    BUY,
    SELL,
    SWAP,
    approve,
    build_account,
    build_inputs,
    build_instrument,
    build_limits,
    build_order,
    build_position,
    build_quote,
    build_report,
    build_row,
    dec,
)
from tests.support.hypothesis_profiles import THOROUGH
from tests.support.strategies import MARKETS, SIZE_LIMITS, any_orders, books, limit_sets


@st.composite
def figures(draw: st.DrawFn, asset: str) -> dict[str, Any]:
    """Draw what VaR and stress are taken from: any days, and any book they were computed for."""
    moves, exposure = [Decimal(draw(st.integers(-30, 30))) / 1000 for _ in range(5)], draw(st.integers(-500, 500))
    pnl, gap = [Decimal(draw(st.integers(-900, 900))) for _ in range(7)], draw(st.integers(0, 99))
    return {
        "report": build_report(
            {asset: exposure},
            scenario_pnl=tuple(pnl[day % 7] for day in range(70)),
            stress_pnl={"crash": pnl[0], "rally": pnl[1]},
        ),
        "correlation": build_row(
            asset,
            {"ETH": "0.5", "SOL": "0.1"},
            scenario_returns=tuple(None if day == gap else moves[day % 5] for day in range(70)),
            stress_shocks={"crash": moves[0], "rally": moves[1]},
        ),
    }


@THOROUGH
@given(data=st.data(), state=books(), order=any_orders, limits=limit_sets(SIZE_LIMITS))
def test_answer_when_found_by_what_is_linear_then_that_of_trying_each_step(
    data: st.DataObject, state: AccountState, order: Order, limits: Limits
) -> None:
    instrument = data.draw(instruments(order.symbol))
    read = data.draw(st.just({}) | figures(instrument.base_currency))
    var = data.draw(st.sampled_from([None, Decimal("0.02"), Decimal("0.08"), Decimal("0.3")]))
    limits = replace(limits, var_fraction_max=var, stress_loss_fraction_max=data.draw(st.sampled_from([None, var])))
    inputs = build_inputs(order, limits=limits, instrument=instrument, **read)

    found = solve_max_quantity(state, inputs)

    with patch("riskgate.core.orders.max_quantity._solve_linear", return_value=None):
        assert found == solve_max_quantity(state, inputs)


@pytest.mark.parametrize(
    ("order", "instrument"),
    [
        (build_order(), build_instrument()),
        (build_order(type=OrderType.MARKET), build_instrument()),
        (build_order(type=OrderType.MARKET), build_instrument(market_step_size=build_instrument().step_size)),
    ],
    ids=["limit", "market", "market of the same grid"],
)
def test_order_when_sized_then_a_few_evaluations_tell(
    monkeypatch: pytest.MonkeyPatch, order: Order, instrument: Instrument
) -> None:
    tried = []

    def count(state: AccountState, inputs: Inputs) -> Evaluation:
        tried.append(inputs.order.quantity)
        return evaluate(state, inputs)

    monkeypatch.setattr("riskgate.core.orders.max_quantity.evaluate", count)

    quote = build_quote(ask=Decimal(100), bid=Decimal(100))
    found = solve(order, limits=Limits(venue_equity_fraction_max=None), instrument=instrument, quote=quote)
    assert found == (dec(2), DenyCode.RISK_PER_TRADE)
    assert len(tried) <= 5


def solve(order: Order, state: AccountState | None = None, **changes: Any) -> tuple[Decimal, DenyCode | None]:
    return solve_max_quantity(state if state is not None else build_account(), build_inputs(order, **changes))


@st.composite
def instruments(draw: st.DrawFn, symbol: str) -> Instrument:
    """Draw a market's rules with any grid and bounds."""
    return replace(
        MARKETS[symbol],
        step_size=draw(st.sampled_from([Decimal(1), Decimal("0.001"), Decimal("0.025"), Decimal(0)])),
        quantity_min=draw(st.sampled_from([None, Decimal("0.5"), Decimal(2)])),
        quantity_max=draw(st.sampled_from([None, Decimal(3), Decimal(40)])),
        notional_min=draw(st.sampled_from([None, Decimal(5), Decimal(333)])),
        notional_max=draw(st.sampled_from([None, Decimal(2000)])),
    )


@THOROUGH
@given(data=st.data(), state=books(), order=any_orders, limits=limit_sets(SIZE_LIMITS))
def test_answer_when_asked_then_passes_and_one_step_more_violates_the_binding_check(
    data: st.DataObject, state: AccountState, order: Order, limits: Limits
) -> None:
    instrument = data.draw(instruments(order.symbol))
    inputs = build_inputs(order, limits=limits, instrument=instrument)

    quantity, binding = solve_max_quantity(state, inputs)

    def code_at(size: Decimal) -> DenyCode | None:
        return evaluate(state, replace(inputs, order=replace(order, quantity=size))).code

    step = instrument.step_size or Decimal("1e-8")
    if quantity:
        assert code_at(quantity) is None
        assert quantity % step == 0
        assert binding is not None
        assert code_at(quantity + step) is binding
        for factor in (2, 10, 1000):
            assert code_at(quantity * factor) is not None or binding is DenyCode.NOTIONAL_BELOW_MINIMUM
    else:
        assert binding is not None
        assert code_at(instrument.quantity_min or step) is not None


@pytest.mark.parametrize(
    ("limits", "quantity", "binding"),
    [
        ({"position_size_fraction_max": "0.10"}, "10", DenyCode.POSITION_SIZE),
        ({"order_notional_max": Decimal("777.77")}, "7.777", DenyCode.NOTIONAL_ABOVE_MAXIMUM),
        ({"risk_per_trade_fraction_max": "0.02"}, "20", DenyCode.RISK_PER_TRADE),
        ({"gross_exposure_fraction_max": "0.05", "position_size_fraction_max": "0.10"}, "5", DenyCode.GROSS_EXPOSURE),
        ({"balance_required": True}, "100", DenyCode.INSUFFICIENT_BALANCE),
        ({"volume_fraction_max": "0.00001"}, "10", DenyCode.LIQUIDITY_INSUFFICIENT),
    ],
)
def test_answer_when_one_limit_binds_then_its_size_and_name(
    limits: dict[str, Any], quantity: str, binding: DenyCode
) -> None:
    order = build_order(1, stop_loss_price=90)

    assert solve(order, limits=build_limits(**limits)) == (Decimal(quantity), binding)


@pytest.mark.parametrize("side", [BUY, SELL])
def test_answer_when_a_position_is_held_then_room_left_or_room_to_turn(side: Side) -> None:
    state = build_account(positions=[build_position(6, SWAP)])
    limits = build_limits(position_size_fraction_max="0.10")

    expected = dec(4 if side is BUY else 16)
    assert solve(build_order(1, symbol=SWAP, side=side), state, limits=limits) == (expected, DenyCode.POSITION_SIZE)


def test_answer_when_reducing_then_the_whole_position() -> None:
    state = build_account(positions=[build_position(6)], trading_state=TradingState.REDUCING)

    assert solve(build_order(1, side=SELL), state) == (dec(6), DenyCode.TRADING_REDUCING)
    assert solve(build_order(1), state) == (dec(0), DenyCode.TRADING_REDUCING)


@pytest.mark.parametrize(
    ("given_", "binding"),
    [
        ({"kill_switches": (KillSwitch(scope="global", key="", engaged=True),)}, DenyCode.KILL_SWITCH_ENGAGED),
        ({"instrument": None}, DenyCode.INSTRUMENT_NOT_FOUND),
        ({"quote": None}, DenyCode.NO_REFERENCE_PRICE),
        ({"quote": None, "instrument": build_instrument(notional_min=Decimal(5))}, DenyCode.NO_REFERENCE_PRICE),
        ({"limits": build_limits(stop_loss_required=True)}, DenyCode.STOP_LOSS_REQUIRED),
    ],
)
def test_answer_when_no_size_passes_then_zero_and_why(given_: dict[str, Any], binding: DenyCode) -> None:
    assert solve(build_order(1), **given_) == (dec(0), binding)


def test_answer_when_the_same_order_was_approved_a_moment_ago_then_that_is_no_bound_on_size() -> None:
    limits = build_limits(duplicate_window_seconds=60, position_size_fraction_max="0.10")
    state = approve(build_account(), build_order(1, client_order_id="first"), limits=limits)

    assert solve(build_order(1), state, limits=limits) == (dec(9), DenyCode.POSITION_SIZE)


def test_answer_when_the_minimum_is_more_than_the_maximum_then_zero() -> None:
    instrument = build_instrument(notional_min=Decimal(2000))
    limits = build_limits(position_size_fraction_max="0.10")

    assert solve(build_order(1), limits=limits, instrument=instrument) == (dec(0), DenyCode.POSITION_SIZE)


@pytest.mark.parametrize("step", ["0.000000000001", "0", "1"])
def test_answer_when_nothing_but_what_can_be_accounted_bounds_it_then_found_on_any_grid(step: str) -> None:
    quantity, binding = solve(build_order(1), instrument=build_instrument(step_size=Decimal(step)))

    assert binding is DenyCode.NOTIONAL_ABOVE_MAXIMUM
    assert quantity * 100 < 10**15


def test_answer_when_for_a_market_order_then_at_the_price_it_would_pay() -> None:
    limits = build_limits(position_size_fraction_max="0.10")
    order = build_order(1, type=OrderType.MARKET)

    assert solve(order, limits=limits, quote=build_quote(ask=Decimal(125)))[0] == 8


@pytest.mark.parametrize(
    ("held", "minimum", "quantity", "binding"),
    [
        ("6", 10, "6", DenyCode.TRADING_REDUCING),
        ("6", 599, "6", DenyCode.TRADING_REDUCING),
        ("6", 601, "0", DenyCode.TRADING_REDUCING),
        ("0.02", 10, "0", DenyCode.TRADING_REDUCING),
    ],
)
@pytest.mark.parametrize(("kind", "price"), [(OrderType.LIMIT, 100), (OrderType.MARKET, None)])
def test_answer_when_the_venue_holds_exits_against_its_minimum_then_the_whole_position_where_that_is_worth_it(
    held: str, minimum: int, quantity: str, binding: DenyCode, kind: OrderType, price: int | None
) -> None:
    state = build_account(positions=[build_position(held)], trading_state=TradingState.REDUCING)
    order, instrument = build_order(1, price, type=kind, side=SELL), build_instrument(notional_min=Decimal(minimum))
    quote = build_quote(bid=Decimal(100), ask=Decimal(100))

    assert solve(order, state, instrument=instrument, quote=quote, rules=RULES) == (dec(quantity), binding)


def test_answer_when_less_is_held_than_an_entry_must_be_worth_then_all_of_it_may_be_sold() -> None:
    """The account's least notional is for entries: nobody is kept in a position because it is small."""
    state = build_account(positions=[build_position("0.02")], trading_state=TradingState.REDUCING)
    limits = build_limits(order_notional_min=Decimal(10))

    assert solve(build_order(1, side=SELL), state, limits=limits)[0] == dec("0.02")


@pytest.mark.parametrize(
    ("terms", "room", "quantity"),
    [
        ({"market_step_size": "0.5"}, "0.10", "10"),
        ({"market_step_size": "0.5"}, "0.1049", "10"),
        ({"market_step_size": "0.5"}, "0.105", "10.5"),
        ({"market_step_size": "0.5"}, "0.0049", "0"),
        ({"market_quantity_min": "2"}, "0.10", "10"),
        ({"market_quantity_min": "2"}, "0.02", "2"),
        ({"market_quantity_min": "2"}, "0.0199", "0"),
        ({"market_quantity_max": "3"}, "0.10", "3"),
    ],
)
@pytest.mark.parametrize("kind", [OrderType.MARKET, OrderType.STOP])
def test_answer_when_the_venue_has_other_bounds_at_market_then_by_those(
    terms: dict[str, str], room: str, quantity: str, kind: OrderType
) -> None:
    instrument = build_instrument(step_size=dec("0.1"), **{name: dec(value) for name, value in terms.items()})
    limits, quote = build_limits(position_size_fraction_max=room), build_quote(bid=dec(100), ask=dec(100))
    trigger = {"trigger_price": 100} if kind is OrderType.STOP else {}

    order = build_order(1, None, type=kind, **trigger)
    assert solve(order, limits=limits, instrument=instrument, quote=quote, rules=RULES)[0] == dec(quantity)
    # At a limit they do not count.
    limited = solve(build_order(1), limits=limits, instrument=instrument, quote=quote, rules=RULES)[0]
    assert limited == dec(room) * 100 // dec("0.1") * dec("0.1")


@pytest.mark.parametrize(("least", "quantity"), [("500", "10"), ("1000", "10"), ("1000.01", "0")])
def test_answer_when_an_entry_must_be_worth_so_much_then_the_search_begins_there(least: str, quantity: str) -> None:
    limits = build_limits(order_notional_min=dec(least), position_size_fraction_max="0.10")
    assert solve(build_order(1), limits=limits)[0] == dec(quantity)
    # A contract of ten is worth ten times as much, and one of a tenth a tenth.
    for size in (dec(10), dec("0.1")):
        instrument = build_instrument(SWAP, contract_size=size)
        assert solve(build_order(1, symbol=SWAP), limits=limits, instrument=instrument)[0] == dec(quantity) / size


def test_answer_when_the_order_names_an_amount_of_a_market_that_is_not_known_then_why() -> None:
    order = build_order(None, quote_quantity=100, type=OrderType.MARKET)
    assert solve(order, instrument=None) == (dec(0), DenyCode.INSTRUMENT_NOT_FOUND)
