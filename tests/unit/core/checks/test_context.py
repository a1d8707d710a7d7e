"""What the checks are given: the price an order is valued at, its split, its reservation."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from riskgate.core.checks.context import PreTradeContext, expected_price, resolve_quantity
from riskgate.core.instrument import Quote
from riskgate.core.order import OrderType
from riskgate.core.orders.events import RULES
from riskgate.core.side import Side
from tests.support.builders import (
    BUY,
    SELL,
    SPOT,
    SWAP,
    build_account,
    build_instrument,
    build_limits,
    build_order,
    build_position,
    build_quote,
    build_working,
    dec,
    evaluate_order,
)

QUOTE = build_quote(bid=Decimal(99), ask=Decimal(101))
MARKET, LIMIT, STOP, STOP_LIMIT = OrderType.MARKET, OrderType.LIMIT, OrderType.STOP, OrderType.STOP_LIMIT


@pytest.mark.parametrize(
    ("kind", "side", "price", "trigger", "expected"),
    [
        (MARKET, BUY, None, None, "101"),
        (MARKET, SELL, None, None, "99"),
        (LIMIT, BUY, "90", None, "90"),
        (LIMIT, BUY, "110", None, "101"),
        (LIMIT, SELL, "110", None, "110"),
        (LIMIT, SELL, "90", None, "99"),
        (STOP, BUY, None, "110", "110"),
        (STOP, BUY, None, "90", "101"),
        (STOP, SELL, None, "90", "90"),
        (STOP, SELL, None, "110", "99"),
        (STOP_LIMIT, BUY, "112", "110", "112"),
        (STOP_LIMIT, SELL, "92", "90", "92"),
    ],
)
def test_price_when_there_is_a_quote_then_what_the_order_will_pay(
    kind: OrderType, side: Side, price: str | None, trigger: str | None, expected: str
) -> None:
    order = replace(
        build_order(type=kind, side=side),
        price=None if price is None else Decimal(price),
        trigger_price=None if trigger is None else Decimal(trigger),
    )

    assert expected_price(order, QUOTE) == Decimal(expected)


def test_price_when_a_stop_limit_sells_far_below_its_trigger_then_worth_the_trigger() -> None:
    """It sells at the first price it meets, which is the trigger; its limit alone would value it at next to nothing."""
    order = build_order(type=STOP_LIMIT, side=SELL, price=1, trigger_price=95)

    assert expected_price(order, QUOTE) == 95


@pytest.mark.parametrize("quote", [None, build_quote(bid=None, ask=None)], ids=["no quote", "no touch"])
@pytest.mark.parametrize(("kind", "expected"), [(MARKET, None), (LIMIT, 100), (STOP, 100), (STOP_LIMIT, 100)])
def test_price_when_nothing_is_quoted_then_the_orders_own_or_none(
    kind: OrderType, expected: int | None, quote: Quote | None
) -> None:
    assert expected_price(build_order(type=kind), quote) == expected


def context_of(held: str, side: Side, quantity: str, symbol: str = SWAP) -> PreTradeContext:
    state = build_account(positions=[build_position(held, symbol)] if held != "0" else [])
    return evaluate_order(build_order(quantity, symbol=symbol, side=side), state).context


@pytest.mark.parametrize(
    ("held", "side", "quantity", "reducing", "increasing"),
    [
        ("0", BUY, "3", "0", "3"),
        ("5", BUY, "3", "0", "3"),
        ("5", SELL, "3", "3", "0"),
        ("5", SELL, "5", "5", "0"),
        ("5", SELL, "8", "5", "3"),
        ("-5", BUY, "8", "5", "3"),
        ("-5", SELL, "3", "0", "3"),
    ],
)
@pytest.mark.parametrize("symbol", [SPOT, SWAP])
def test_split_when_against_the_position_then_reducing_up_to_its_size(
    held: str, side: Side, quantity: str, reducing: str, increasing: str, symbol: str
) -> None:
    context = context_of(held, side, quantity, symbol)

    assert (context.reducing, context.increasing) == (Decimal(reducing), Decimal(increasing))
    assert context.is_reducing is (increasing == "0")


def test_split_when_another_exit_of_a_swap_works_then_the_two_share_the_position() -> None:
    first = build_working(4, SWAP, side=SELL, increasing_quantity=Decimal(0))
    state = build_account(positions=[build_position(5, SWAP)], working=[first])

    context = evaluate_order(build_order(3, symbol=SWAP, side=SELL), state).context
    assert (context.reducing, context.increasing) == (dec(1), dec(2))


def test_valuation_when_complete_then_in_base_currency_per_contract() -> None:
    state = build_account(rates={"EUR": Decimal("1.25")})
    instrument = build_instrument("BTC/EUR:EUR", contract_size=Decimal("0.1"))
    order = build_order(8, symbol="BTC/EUR:EUR", stop_loss_price=90)

    context = evaluate_order(order, state, instrument=instrument).context

    assert (context.notional, context.risk) == (dec(100), dec(10))
    assert context.leg_after.gross == context.exposure.gross == 100


@pytest.mark.parametrize("missing", ["instrument", "quote", "rate", "quantity"])
def test_valuation_when_something_is_missing_then_unvalued_and_never_zero(missing: str) -> None:
    order = build_order(type=MARKET, symbol="BTC/EUR" if missing == "rate" else SPOT)
    if missing == "quantity":
        order = replace(order, quantity=None)
    given = {missing: None} if missing in {"instrument", "quote"} else {}

    evaluation = evaluate_order(order, **given)

    assert not evaluation.context.is_valued
    assert not evaluation.context.is_reducing
    assert evaluation.context.exposure.gross == 0


@pytest.mark.parametrize("equity", ["0", "-1"])
def test_fraction_when_equity_is_not_positive_then_unknown(equity: str) -> None:
    assert evaluate_order(build_order(), build_account(equity)).context.fraction_of_equity(Decimal(1)) is None


@pytest.mark.parametrize(
    ("symbol", "side", "asset", "reserved"),
    [(SPOT, BUY, "USDT", "200"), (SPOT, SELL, "BTC", "2"), (SWAP, BUY, "USDT", "40"), (SWAP, SELL, "USDT", "40")],
)
def test_reservation_when_made_then_what_the_venue_will_hold(
    symbol: str, side: Side, asset: str, reserved: str
) -> None:
    limits = build_limits(leverage_max="5")

    candidate = evaluate_order(build_order(2, symbol=symbol, side=side), limits=limits).context.candidate

    assert candidate is not None
    assert (candidate.reserved_asset, candidate.quantity * candidate.unit_reserved) == (asset, Decimal(reserved))


@pytest.mark.parametrize("rules", [1, 2, RULES])
@pytest.mark.parametrize(
    ("kind", "limit", "stop_loss", "risk"),
    [
        (STOP, None, "95", 5),
        (STOP_LIMIT, "85", "95", 10),
        (STOP_LIMIT, "85", "84", None),
    ],
)
def test_risk_when_a_stop_opens_a_short_then_from_its_trigger_or_its_worse_limit_by_any_rules(
    rules: int, kind: OrderType, limit: str | None, stop_loss: str, risk: int | None
) -> None:
    """Its trigger is 90, the market at 100. A stop on the wrong side of it bounds nothing: all may be lost."""
    order = replace(
        build_order(type=kind, symbol=SWAP, side=SELL, trigger_price=90, stop_loss_price=stop_loss),
        price=None if limit is None else dec(limit),
    )
    candidate = evaluate_order(order, rules=rules).context.candidate
    assert candidate is not None
    assert candidate.unit_risk == (candidate.unit_notional if risk is None else risk)


@pytest.mark.parametrize(
    ("kind", "side", "limit", "first", "later"),
    [
        (STOP, SELL, None, "90", "99"),
        (STOP, BUY, None, "101", "101"),
        (STOP_LIMIT, SELL, "85", "90", "99"),
        (STOP_LIMIT, BUY, "95", "95", "101"),
    ],
)
def test_price_when_the_trigger_is_below_the_market_then_by_later_rules_never_worth_less_than_that(
    kind: OrderType, side: Side, limit: str | None, first: str, later: str
) -> None:
    order = replace(build_order(type=kind, side=side, trigger_price=90), price=None if limit is None else dec(limit))
    prices = [expected_price(order, QUOTE, rules) for rules in (1, 2, RULES)]
    assert prices == [dec(first), dec(later), dec(later)]


@pytest.mark.parametrize(
    ("kind", "side", "limit", "rules", "stop", "terms"),
    [
        (STOP, SELL, None, 2, None, (None, None)),
        (STOP, SELL, None, 3, "90", (None, None)),
        (STOP, SELL, None, 4, "90", (None, "90")),
        (STOP_LIMIT, SELL, "85", 4, "85", ("85", "90")),
        (STOP_LIMIT, SELL, "92", 4, "90", ("92", "90")),
        (STOP_LIMIT, BUY, "92", 4, "92", ("92", "90")),
        (STOP_LIMIT, BUY, "85", 3, "90", (None, None)),
        (LIMIT, BUY, "85", 3, None, (None, None)),
        (LIMIT, BUY, "85", 4, None, ("85", None)),
    ],
)
def test_candidate_when_decided_then_it_keeps_the_prices_that_its_rules_keep(
    kind: OrderType, side: Side, limit: str | None, rules: int, stop: str | None, terms: tuple[str | None, str | None]
) -> None:
    trigger = "90" if kind.has_trigger_price else None
    order = replace(
        build_order(type=kind, side=side),
        price=None if limit is None else dec(limit),
        trigger_price=None if trigger is None else dec(trigger),
    )
    candidate = evaluate_order(order, rules=rules).context.candidate
    assert candidate is not None
    kept = (candidate.stop_price, candidate.limit_price, candidate.trigger_price)
    assert kept == tuple(None if price is None else dec(price) for price in (stop, *terms))


@pytest.mark.parametrize(
    ("step", "market_step", "kind", "rules", "quantity"),
    [
        ("0.01", "0.1", MARKET, 3, "0.33"),
        ("0.01", "0.1", MARKET, 4, "0.3"),
        ("0.01", "0.1", LIMIT, 4, "0.33"),
        ("0", "0", MARKET, 4, "0.333333333333"),
        ("0.5", "0", MARKET, 4, "0.0"),
    ],
)
def test_quantity_when_told_as_an_amount_of_money_then_cut_to_the_lots_of_its_kind_of_order(
    step: str, market_step: str, kind: OrderType, rules: int, quantity: str
) -> None:
    instrument = build_instrument(step_size=dec(step), market_step_size=dec(market_step), contract_size=dec(3))
    order = build_order(None, type=kind, quote_quantity=100)
    assert resolve_quantity(order, instrument, dec(100), rules) == dec(quantity)


@pytest.mark.parametrize(("price", "quantity"), [(None, None), (0, None), (-1, None), ("1e-14", "1E+16")])
def test_quantity_when_nothing_prices_the_money_then_unknown_and_beyond_counting_left_as_it_is(
    price: int | str | None, quantity: str | None
) -> None:
    order = build_order(None, type=MARKET, quote_quantity=100)
    told = resolve_quantity(order, build_instrument(), None if price is None else dec(price), RULES)
    assert told == (None if quantity is None else dec(quantity))


@pytest.mark.parametrize("rules", [1, RULES])
def test_risk_when_a_limit_order_sells_short_then_from_the_price_it_gets(rules: int) -> None:
    """Its limit is 90, and the market pays 100: five down to the stop, not fifteen."""
    order = build_order(1, 90, symbol=SWAP, side=SELL, stop_loss_price=105)
    candidate = evaluate_order(order, rules=rules).context.candidate
    assert candidate is not None
    assert candidate.unit_risk == 5
