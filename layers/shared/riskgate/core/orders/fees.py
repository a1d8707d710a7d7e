"""What the fees of a fill were worth, and what they take from an account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from riskgate.core.account.document import AccountState, Position
from riskgate.core.account.exposure import resplit_orders
from riskgate.core.instrument import Instrument, MarketType
from riskgate.core.money import ONE, ZERO, quantize_money
from riskgate.core.orders.decide import with_market
from riskgate.core.replacing import replace

if TYPE_CHECKING:
    from riskgate.core.account.results import Results
    from riskgate.core.orders.events import FillRecorded

#: The first rules by which each fee is taken from the coin it is paid in, several and negative ones too.
COINS_SINCE = 4
#: A rebate of more than this fraction of what was traded is not believed: venues pay a twentieth of it at most.
REBATE_FRACTION_MAX = Decimal("0.01")


@dataclass(frozen=True, kw_only=True, slots=True)
class FeesCharged:
    """What the fees of one fill come to, in base currency.

    `worth` is their sum, None where some are not priced; `priced` counts the others alone. `settled` are fees of
    earlier fills that are priced by now. `taken` is what equity loses.
    """

    worth: Decimal | None = ZERO
    priced: Decimal = ZERO
    settled: Decimal = ZERO
    taken: Decimal = ZERO

    def in_results(self, results: Results) -> Results:
        """Return the results, moved by `worth`, with what is priced beside it."""
        return results.move(fee=self.settled + (self.priced if self.worth is None else ZERO))


def find_fee_rate(
    currency: str, instrument: Instrument, price: Decimal, *, rate: Decimal = ONE, known: Decimal | None
) -> Decimal | None:
    """Return what one unit of a fee's currency was worth at a fill, None where nothing tells.

    `price` is the fill's; `rate` and `known` are the worth of the settle currency, and of the fee's currency from
    elsewhere, in the currency of the answer.
    """
    if currency == instrument.settle_currency:
        return rate
    if known is None and currency == instrument.base_currency:
        return price * rate
    return known


def sum_fees(event: FillRecorded) -> dict[str, Decimal]:
    """Return the fees of a fill by the currency they were paid in, without those of zero; below zero are rebates."""
    instrument = event.market.instrument
    settle = instrument.settle_currency if instrument is not None else ""
    totals: dict[str, Decimal] = {}
    for amount, currency in ((event.fee, event.fee_currency), *((f.amount, f.currency) for f in event.other_fees)):
        name = currency or settle
        totals[name] = totals.get(name, ZERO) + amount
    return {name: amount for name, amount in totals.items() if amount}


def paid_in_kind(event: FillRecorded, instrument: Instrument, fees: Mapping[str, Decimal]) -> Decimal:
    """Return how much of the traded coin itself the fees took; by earlier rules none of it left the position."""
    if event.rules < COINS_SINCE or instrument.market_type is not MarketType.SPOT:
        return ZERO
    return fees.get(instrument.base_currency, ZERO)


def arriving(event: FillRecorded, instrument: Instrument, fees: Mapping[str, Decimal]) -> Decimal:
    """Return by how much a fill changes its position, signed: a fee in the bought coin never arrives."""
    sign = event.order.side.sign
    signed = sign * event.quantity - paid_in_kind(event, instrument, fees)
    # A fee larger than what was bought leaves nothing; it does not sell what was held.
    return signed if signed * sign > 0 else ZERO


def doubt_rebates(
    state: AccountState, event: FillRecorded, instrument: Instrument, rate: Decimal, fees: Mapping[str, Decimal]
) -> dict[str, Decimal]:
    """Return the rebates that are larger than any venue pays."""
    if event.rules < COINS_SINCE:
        return {}
    most = REBATE_FRACTION_MAX * event.quantity * event.price * instrument.contract_size * rate
    doubted = {}
    for currency, amount in fees.items():
        worth = _worth(state, event, instrument, rate, currency)
        if amount < 0 and worth is not None and -amount * worth > most:
            doubted[currency] = amount
    return doubted


def price_fees(
    state: AccountState, event: FillRecorded, instrument: Instrument, rate: Decimal, fees: Mapping[str, Decimal]
) -> dict[str, Decimal | None]:
    """Return what each fee was worth in base currency, None where nothing tells."""
    if event.rules < COINS_SINCE:
        units = {name: find_fee_rate(name, instrument, event.price, rate=rate, known=state.rate(name)) for name in fees}
    else:
        units = {name: _worth(state, event, instrument, rate, name) for name in fees}
    return {name: None if unit is None else quantize_money(fees[name] * unit) for name, unit in units.items()}


def charge_fees(
    state: AccountState,
    event: FillRecorded,
    instrument: Instrument,
    rate: Decimal,
    fees: Mapping[str, Decimal],
    costs: Mapping[str, Decimal | None],
) -> tuple[AccountState, FeesCharged]:
    """Take a fill's fees from holdings, and tell what they cost equity; the balances move on their own.

    `costs` are what they are worth. What is paid in a coin that is held as a position leaves that position, at its
    mark; of the traded coin less arrived. What nothing prices is pending.
    """
    priced = sum((cost for cost in costs.values() if cost is not None), ZERO)
    worth = None if None in costs.values() else priced
    if event.rules < COINS_SINCE:
        return state, FeesCharged(worth=worth, priced=priced, taken=priced)
    taken, in_kind = ZERO, paid_in_kind(event, instrument, fees)
    for currency, cost in sorted(costs.items()):
        if cost is None:
            state = _with_pending(state, event.order.venue, currency, fees[currency])
        elif in_kind and currency == instrument.base_currency:
            taken += cost
        else:
            state, lost = _take(state, event, currency, fees[currency], cost)
            taken += lost
    state, settled = _charge_pending(state, event, instrument, rate)
    return state, FeesCharged(worth=worth, priced=priced, settled=settled, taken=taken + settled)


def _worth(
    state: AccountState, event: FillRecorded, instrument: Instrument, rate: Decimal, currency: str
) -> Decimal | None:
    """Return base currency per unit of a fee's currency: the traded coin by the fill, else by rate, mark or quote."""
    if currency == instrument.base_currency:
        return event.price * rate
    known = state.rate(currency)
    if known is None:
        marks = (p.mark_price * p.rate for p in state.positions.values() if _is_holding(p) and p.asset == currency)
        known = next(marks, None)
    if known is None and currency in event.fee_rates:
        known = event.fee_rates[currency] * rate
    return find_fee_rate(currency, instrument, event.price, rate=rate, known=known)


def _is_holding(position: Position) -> bool:
    return position.market_type is MarketType.SPOT


def _take(
    state: AccountState, event: FillRecorded, currency: str, amount: Decimal, cost: Decimal
) -> tuple[AccountState, Decimal]:
    """Take a fee from the largest holding of its coin at the venue; return what equity loses, in base currency."""
    held = [p for p in state.positions.values() if _is_holding(p) and p.asset == currency]
    own = sorted((p for p in held if p.venue == event.order.venue), key=lambda p: (-p.quantity, p.symbol))
    if not own or own[0].quantity <= 0:
        return state, cost
    position = own[0]
    left = max(ZERO, position.quantity - amount)
    positions = {key: p for key, p in state.positions.items() if key != position.key}
    if left:
        positions[position.key] = replace(position, quantity=left)
    parts = {key: part for key, part in state.position_parts.items() if left or key != position.key}
    after = resplit_orders(replace(state, positions=positions, position_parts=parts), position.key, event.rules)
    gone = quantize_money((position.quantity - left) * position.mark_price * position.rate)
    return with_market(state, after, position.key), gone


def _with_pending(state: AccountState, venue: str, currency: str, amount: Decimal) -> AccountState:
    known = state.pending_fees.get(venue, {})
    total = known.get(currency, ZERO) + amount
    left = {name: held for name, held in known.items() if name != currency} | ({currency: total} if total else {})
    others = {name: held for name, held in state.pending_fees.items() if name != venue}
    return replace(state, pending_fees=others | ({venue: left} if left else {}))


def _charge_pending(
    state: AccountState, event: FillRecorded, instrument: Instrument, rate: Decimal
) -> tuple[AccountState, Decimal]:
    """Charge the fees of earlier fills at this venue that can be priced by now; rebates wait for a reading."""
    cost = ZERO
    for currency, amount in sorted(state.pending_fees.get(event.order.venue, {}).items()):
        unit = _worth(state, event, instrument, rate, currency)
        if unit is None or amount < 0:
            continue
        state = _with_pending(state, event.order.venue, currency, -amount)
        state, taken = _take(state, event, currency, amount, quantize_money(amount * unit))
        cost += taken
    return state, cost


def forget_pending(state: AccountState, is_read: Callable[[str], bool]) -> AccountState:
    """Return the state after a reading, with the venues it is about: what it prices is in its equity."""
    if not state.pending_fees:
        return state
    left = {
        venue: {name: amount for name, amount in fees.items() if not is_read(venue) or state.rate(name) is None}
        for venue, fees in state.pending_fees.items()
    }
    return replace(state, pending_fees={venue: fees for venue, fees in left.items() if fees})
