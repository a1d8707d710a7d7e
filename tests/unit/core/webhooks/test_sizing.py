"""How large a webhook's order becomes, and where its stop goes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.errors import Unprocessable
from riskgate.core.instrument import Market
from riskgate.core.order import Order, OrderType
from riskgate.core.side import Side
from riskgate.core.webhooks.definition import Size, SizeBy
from riskgate.core.webhooks.sizing import find_part, place_stop, size_entry, to_lot
from tests.support.builders import (
    BUY,
    NOW,
    SELL,
    SPOT,
    SWAP,
    build_account,
    build_instrument,
    build_limits,
    build_order,
    build_position,
    build_quote,
    dec,
)

#: Prices between two ticks of a market whose tick is 0.5.
COARSE = Market(instrument=build_instrument(tick_size=Decimal("0.5")), quote=build_quote())


@pytest.mark.parametrize(
    ("side", "price", "stop", "target"), [(BUY, "100", "90.5", "109.5"), (SELL, "100.5", "90", "110")]
)
def test_prices_when_off_the_grid_then_none_buys_dearer_or_risks_more(
    side: Side, price: str, stop: str, target: str
) -> None:
    order = build_order(price="100.3", side=side, stop_loss_price="90.3", take_profit_price=Decimal("109.7"))
    placed = place_stop(order, COARSE, None)
    assert (placed.price, placed.stop_loss_price, placed.take_profit_price) == (dec(price), dec(stop), dec(target))


@pytest.mark.parametrize(("side", "trigger"), [(BUY, "100.5"), (SELL, "100")])
def test_trigger_when_off_the_grid_then_towards_the_entry(side: Side, trigger: str) -> None:
    order = build_order(type=OrderType.STOP, side=side, trigger_price="100.3")
    assert place_stop(order, COARSE, None).trigger_price == dec(trigger)


@pytest.mark.parametrize(("side", "stop"), [(BUY, "97"), (SELL, "103")])
def test_stop_when_the_body_has_none_then_at_the_operators_distance(side: Side, stop: str) -> None:
    order = build_order(side=side)
    assert place_stop(order, COARSE, Decimal("0.03")).stop_loss_price == dec(stop)
    assert place_stop(order, COARSE, None).stop_loss_price is None
    named = build_order(side=side, stop_loss_price="95")
    assert place_stop(named, COARSE, Decimal("0.03")).stop_loss_price == 95


def test_stop_when_the_market_has_no_price_then_refused_where_one_is_needed() -> None:
    order = build_order(type=OrderType.MARKET)
    market = Market(instrument=None, quote=None)
    with pytest.raises(Unprocessable) as caught:
        place_stop(order, market, Decimal("0.03"))
    assert caught.value.code == "QUOTE_MISSING"
    assert place_stop(order, market, None) == order
    assert place_stop(build_order(price="100.123456"), market, None).price == dec("100.123456"), "no grid is known"


def _size(order: Order, by: SizeBy, value: str | None, **changes: Any) -> Decimal | None:
    market = Market(instrument=build_instrument(**changes), quote=build_quote())
    size = Size(by=by, value=dec(value) if value is not None else None)
    sized = size_entry(order, size, build_account(10_000), build_limits(), market, NOW)
    assert sized.quote_quantity is None
    return sized.quantity


@pytest.mark.parametrize(
    ("by", "value", "quantity"),
    [
        (SizeBy.EQUITY_FRACTION, "0.1", "10"),
        (SizeBy.EQUITY_FRACTION, "0.12345", "12.345"),
        (SizeBy.EQUITY_FRACTION, "0.123459", "12.345"),
        (SizeBy.RISK_FRACTION, "0.01", "10"),
        (SizeBy.RISK_FRACTION, "0.00001", "0.01"),
    ],
)
def test_size_when_by_equity_or_risk_then_down_to_the_lot(by: SizeBy, value: str, quantity: str) -> None:
    order = build_order(quantity=None, stop_loss_price="90", quote_quantity=dec(5))
    assert _size(order, by, value) == dec(quantity)


@pytest.mark.parametrize(
    ("by", "stop", "value", "code"),
    [
        (SizeBy.RISK_FRACTION, None, "0.01", "STOP_MISSING"),
        (SizeBy.EQUITY_FRACTION, None, "0.000009", "SIZE_TOO_SMALL"),
        (SizeBy.EQUITY_FRACTION, None, None, "SIZE_TOO_SMALL"),
    ],
)
def test_size_when_it_cannot_be_told_then_refused(by: SizeBy, stop: str | None, value: str | None, code: str) -> None:
    with pytest.raises(Unprocessable) as caught:
        _size(build_order(quantity=None, stop_loss_price=stop), by, value)
    assert caught.value.code == code


def test_size_when_it_comes_to_one_lot_then_one_lot() -> None:
    assert _size(build_order(quantity=None), SizeBy.EQUITY_FRACTION, "0.00001") == dec("0.001")


def test_size_when_the_market_is_unknown_or_has_no_price_then_refused() -> None:
    size = Size(by=SizeBy.EQUITY_FRACTION, value=dec("0.1"))
    order = build_order(quantity=None, type=OrderType.MARKET)
    for market in (Market(instrument=None, quote=build_quote()), Market(instrument=build_instrument(), quote=None)):
        with pytest.raises(Unprocessable) as caught:
            size_entry(order, size, build_account(), build_limits(), market, NOW)
        assert caught.value.code == "QUOTE_MISSING"


def test_quantity_when_cut_to_the_lot_then_by_the_step_of_the_order_type() -> None:
    instrument = build_instrument(step_size=dec("0.01"), market_step_size=dec("0.1"))
    assert to_lot(dec("1.239"), build_order(), instrument) == dec("1.23")
    assert to_lot(dec("1.239"), build_order(type=OrderType.MARKET), instrument) == dec("1.2")
    assert to_lot(dec("1.2"), build_order(type=OrderType.MARKET), instrument) == dec("1.2")
    assert to_lot(dec("1.239"), build_order(), None) == dec("1.239")
    assert to_lot(dec("1.239"), build_order(), build_instrument(step_size=dec(0))) == dec("1.239")


def test_part_when_looked_up_then_the_strategys_own_and_signed() -> None:
    position = build_position("-3", SWAP)
    parts = {position.key: {"trend": dec(-1), "grid": dec(-2)}}
    state = build_account(positions=[position], position_parts=parts)
    assert [find_part(state, position.key, name) for name in ("trend", "grid", "x")] == [-1, -2, 0]
    assert find_part(state, f"binance#{SPOT}", "trend") == 0
