"""How large an order becomes, and where its stop goes: by the rules that the gate measures orders by."""

from __future__ import annotations

from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from riskgate.core.account.document import AccountState
from riskgate.core.account.shares import parts_of
from riskgate.core.checks.context import build_context, expected_price
from riskgate.core.errors import Unprocessable
from riskgate.core.instrument import Instrument, Market
from riskgate.core.limits import Limits
from riskgate.core.money import ONE, ZERO, with_risk_context
from riskgate.core.order import Order
from riskgate.core.orders.decide import prepare
from riskgate.core.orders.events import RULES
from riskgate.core.replacing import replace
from riskgate.core.side import Side
from riskgate.core.webhooks.definition import Size, SizeBy


@with_risk_context
def place_stop(order: Order, market: Market, fraction: Decimal | None) -> Order:
    """Return an order whose prices lie on the venue's grid, with a stop at a distance where it names none.

    A limit moves away from the market, a stop towards the entry: neither buys dearer nor risks more than was asked.
    Raises Unprocessable: code QUOTE_MISSING.
    """
    tick = market.instrument.tick_size if market.instrument is not None else ZERO
    away = ROUND_FLOOR if order.side is Side.BUY else ROUND_CEILING
    towards = ROUND_CEILING if order.side is Side.BUY else ROUND_FLOOR
    stop = order.stop_loss_price
    if stop is None and fraction is not None:
        entry = expected_price(order, market.quote, RULES)
        if entry is None:
            raise _unpriced()
        stop = entry * (ONE - order.side.sign * fraction)
    return replace(
        order,
        price=_on_grid(order.price, tick, away),
        trigger_price=_on_grid(order.trigger_price, tick, towards),
        stop_loss_price=_on_grid(stop, tick, towards),
        take_profit_price=_on_grid(order.take_profit_price, tick, away),
    )


@with_risk_context
def size_entry(order: Order, size: Size, state: AccountState, limits: Limits, market: Market, now: datetime) -> Order:
    """Return an order sized by equity, or by what it loses down to its stop, rounded down to the lot.

    Equity and worth are those the gate would see now. Raises Unprocessable: QUOTE_MISSING, STOP_MISSING or
    SIZE_TOO_SMALL.
    """
    if market.instrument is None:
        raise _unpriced()
    settled, _ = prepare(state, limits, [market.quote], now, (), rules=RULES)
    one = replace(order, quantity=ONE, quote_quantity=None)
    context = build_context(one, settled, limits, market, kill_switches=(), report=None, now=now, rules=RULES)
    candidate = context.candidate
    if candidate is None:
        raise _unpriced()
    if size.by is SizeBy.RISK_FRACTION and order.stop_loss_price is None:
        raise Unprocessable("sizing by risk needs a stop", code="STOP_MISSING")
    unit = candidate.unit_risk if size.by is SizeBy.RISK_FRACTION else candidate.unit_notional
    budget = settled.equity * (size.value or ZERO)
    quantity = to_lot(budget / unit if unit > 0 else ZERO, order, market.instrument)
    if quantity <= 0:
        raise Unprocessable("the size comes to less than one lot", code="SIZE_TOO_SMALL")
    return replace(order, quantity=quantity, quote_quantity=None)


@with_risk_context
def to_lot(quantity: Decimal, order: Order, instrument: Instrument | None) -> Decimal:
    """Return the most of a quantity that lies on the lot grid."""
    if instrument is None:
        return quantity
    step = instrument.step_size if order.type.has_limit_price else instrument.market_order_step
    return quantity // step * step if step else quantity


def find_part(state: AccountState, key: str, strategy: str) -> Decimal:
    """Return what one strategy holds of a position, signed; 0 for nothing."""
    position = state.positions.get(key)
    if position is None:
        return ZERO
    return parts_of(position, state.position_parts.get(key)).get(strategy, ZERO)


def _on_grid(price: Decimal | None, tick: Decimal, rounding: str) -> Decimal | None:
    if price is None or not tick:
        return price
    return (price / tick).to_integral_value(rounding) * tick


def _unpriced() -> Unprocessable:
    return Unprocessable("the market has no price now: the order cannot be sized", code="QUOTE_MISSING")
