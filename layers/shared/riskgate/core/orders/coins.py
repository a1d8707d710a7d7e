"""Which positions an execution changes: its own market's, or on spot what is held of the coin at its venue."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from riskgate.core.account.document import AccountState, Position
from riskgate.core.account.legs import find_leg, positions_of
from riskgate.core.instrument import Instrument, MarketType
from riskgate.core.market.holdings import is_dust
from riskgate.core.money import ONE, ZERO
from riskgate.core.orders.events import FillRecorded
from riskgate.core.orders.fees import COINS_SINCE
from riskgate.core.replacing import replace
from riskgate.core.side import Side


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A part of an execution that goes to one position.

    `held` is None where it opens one. `price` is in the quote currency of the position's market, `rate` that currency's
    worth in base currency.
    """

    key: str
    held: Position | None
    quantity: Decimal
    price: Decimal
    rate: Decimal


def split_fill(
    state: AccountState, event: FillRecorded, quantity: Decimal, rate: Decimal
) -> tuple[tuple[Part, ...], Decimal]:
    """Return the parts of an execution by position, and what of a sell is beyond everything held.

    `quantity` is how much it moves what is held, `rate` the worth of its settle currency. A coin leaves the position of
    its own market first, then the largest of its others; a debt is paid back in the same order. What is left of a buy
    stays in its own market. A sell of spot opens no position: the venue sold coins, it lent none.
    """
    key, sign = event.order.key, event.order.side.sign
    leg = find_leg(state, key)
    if leg == key:
        held = state.positions.get(key)
        return (Part(key=key, held=held, quantity=quantity, price=event.price, rate=rate),), ZERO
    parts, left = [], quantity
    against = [position for position in positions_of(state, leg) if position.quantity * sign < 0]
    for held in sorted(against, key=lambda p: (p.key != key, -abs(p.quantity), p.symbol)):
        part = min(left, abs(held.quantity))
        if part:
            parts.append(_close(state, event, held, part, rate))
        left -= part
    if not left or event.order.side is Side.SELL:
        return tuple(parts), left
    own = state.positions.get(key)
    # One that was owed is paid back by now.
    known = own if own is not None and own.quantity > 0 else None
    return (*parts, Part(key=key, held=known, quantity=left, price=event.price, rate=rate)), ZERO


def _close(state: AccountState, event: FillRecorded, held: Position, quantity: Decimal, rate: Decimal) -> Part:
    price, own = event.price, rate
    if held.key != event.order.key:
        own = state.rate(held.settle_currency) or held.rate
        # Both markets are worth the same in base currency: where one rate holds for both, the price stays exact.
        price = event.price if own == rate else event.price * rate / (own or ONE)
    return Part(key=held.key, held=held, quantity=quantity, price=price, rate=own)


def value_beyond(state: AccountState, event: FillRecorded, coin: str, quantity: Decimal, rate: Decimal) -> Decimal:
    """Return what selling coins that are no position does to equity, in base currency: it counts them by their rate."""
    worth = state.rate(coin)
    return ZERO if worth is None else quantity * (event.price * rate - worth)


def missing_after(state: AccountState, venue: str, coin: str, beyond: Decimal) -> Decimal:
    """Return how much of what was sold beyond all positions the wallet did not hold either, after the fill."""
    balance = state.balances.get(venue, {}).get(coin)
    return ZERO if balance is None else min(beyond, max(ZERO, -balance.total))


def without_dust(state: AccountState, event: FillRecorded, instrument: Instrument) -> AccountState:
    """Drop what an exit leaves of a coin and no order can sell: it counts in equity, and is no position."""
    order, coin = event.order, instrument.base_currency
    if event.rules < COINS_SINCE or order.side is Side.BUY or instrument.market_type is not MarketType.SPOT:
        return state
    held = positions_of(state, find_leg(state, order.key))
    left = sum((position.quantity for position in held), ZERO)
    closing = (o for o in state.working_orders.values() if o.asset == coin and o.venue == order.venue)
    if not left or any(o.side is Side.SELL for o in closing) or not is_dust(instrument, left, held[0].mark_price):
        return state
    gone = {position.key for position in held}
    positions = {key: other for key, other in state.positions.items() if key not in gone}
    parts = {key: part for key, part in state.position_parts.items() if key not in gone}
    return replace(state, positions=positions, position_parts=parts)
