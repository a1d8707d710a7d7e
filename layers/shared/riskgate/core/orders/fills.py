"""Account for executions: position, average price, realised profit and loss, balances, slippage."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from riskgate.core.account.aliases import asset_of
from riskgate.core.account.document import (
    AccountState,
    Balance,
    ClosedTrade,
    KeptStop,
    OrderStatus,
    Position,
    SlippageSample,
)
from riskgate.core.account.equity import mark_positions, move_part, set_equity
from riskgate.core.account.exposure import HOLDINGS_SINCE, hold_coins, resplit_orders
from riskgate.core.account.shares import charge_fill
from riskgate.core.account.stops import new_stop, take_stop
from riskgate.core.checks.context import STOPS_KEPT_SINCE
from riskgate.core.instrument import Instrument, MarketType
from riskgate.core.limits import Limits
from riskgate.core.money import ONE, ZERO, quantize_money, with_risk_context
from riskgate.core.orders.closed_trades import carry_fees, closed_trade
from riskgate.core.orders.coins import Part, missing_after, split_fill, value_beyond, without_dust
from riskgate.core.orders.decide import KEPT_SINCE, list_marks, settle, with_market, without_kept
from riskgate.core.orders.events import FillRecorded
from riskgate.core.orders.fees import arriving, charge_fees, doubt_rebates, price_fees, sum_fees
from riskgate.core.orders.placed import CONFIRMED_SINCE, confirm_placed, may_rest
from riskgate.core.orders.suspect_fills import SuspectPrice, doubt_price
from riskgate.core.orders.venue_side import add_fill
from riskgate.core.protections import record_close
from riskgate.core.replacing import replace
from riskgate.core.safeguards.breakers import run_breakers

#: Fills that make up the rolling slippage.
SLIPPAGE_SAMPLES_MAX = 20


@dataclass(frozen=True, kw_only=True, slots=True)
class FillResult:
    """What one execution did; amounts in base currency, `fee` None where the currency of one has no rate.

    `suspect` where its price was not believed, `suspect_rebates` by currency those that were not. `oversold` are units
    of a coin sold that neither positions nor the wallet held.
    """

    status: OrderStatus
    remaining: Decimal
    realized_pnl: Decimal
    fee: Decimal | None
    slippage_bps: Decimal
    expired: tuple[str, ...]
    suspect: SuspectPrice | None = None
    oversold: Decimal = ZERO
    suspect_rebates: Mapping[str, Decimal] = field(default_factory=dict)


@with_risk_context
def record_fill(
    state: AccountState, limits: Limits, event: FillRecorded, now: datetime
) -> tuple[AccountState, FillResult]:
    """Apply one execution. Late fills of finished orders count as well: the venue's word is final."""
    instrument = event.market.instrument
    assert instrument is not None  # noqa: S101 the use case refuses fills of unknown instruments
    if event.executed_at > now:
        # Dated ahead it would keep the mark, the slippage window and any lock from moving until then.
        event = replace(event, executed_at=now)
    told, suspect = event, doubt_price(event, now)
    if suspect is not None:
        event = replace(event, price=suspect.booked)
    state, expired = settle(state, limits, now)
    if event.rules >= HOLDINGS_SINCE:
        state = hold_coins(state)
    # The new day's baseline is what was known before it: the mark comes after the roll.
    marks = list_marks(state, [event.market.quote], limits.quote_max_age_seconds, now)
    state = mark_positions(state, marks)
    before, key = state, event.order.key
    held = state.positions.get(key)
    rate = state.rate(instrument.settle_currency) or (held.rate if held is not None else ONE)
    fees = sum_fees(event)
    doubted = doubt_rebates(state, event, instrument, rate, fees)
    fees = {currency: amount for currency, amount in fees.items() if currency not in doubted}
    costs = price_fees(state, event, instrument, rate, fees)
    state, booked = _book(state, event, instrument, rate, suspect, fees, costs)
    state = replace(state, filled_at=max(state.filled_at or event.executed_at, event.executed_at))
    state, status, remaining = _consume_order(state, told)
    state = without_dust(state, event, instrument)
    state = resplit_orders(state, key, event.rules)
    state = with_market(before, state, key)
    state, charged = charge_fees(state, event, instrument, rate, fees, costs)
    gain = booked.gain - charged.taken
    state = set_equity(move_part(state, event.order.venue, gain), state.equity + gain)
    state = _move_balances(state, event, instrument, booked.realized / rate, fees)
    state, slippage = _record_slippage(state, event, instrument.contract_size * rate)
    if state.results is not None:
        state = replace(state, results=charged.in_results(state.results.move(booked.realized, charged.worth)))
    for closed in booked.closed:
        state = record_close(state, limits, closed)
    state = run_breakers(state, limits, now, rules=event.rules)
    result = FillResult(
        status=status,
        remaining=remaining,
        realized_pnl=booked.realized,
        fee=charged.worth,
        slippage_bps=slippage,
        expired=expired,
        suspect=suspect,
        oversold=missing_after(state, event.order.venue, instrument.base_currency, booked.beyond),
        suspect_rebates=doubted,
    )
    return state, result


@dataclass(frozen=True, kw_only=True, slots=True)
class _Booked:
    """What a fill did to the positions, in base currency but `beyond`: units sold that no position held."""

    realized: Decimal
    gain: Decimal
    closed: tuple[ClosedTrade, ...]
    beyond: Decimal


def _book(
    state: AccountState,
    event: FillRecorded,
    instrument: Instrument,
    rate: Decimal,
    suspect: SuspectPrice | None,
    fees: Mapping[str, Decimal],
    costs: Mapping[str, Decimal | None],
) -> tuple[AccountState, _Booked]:
    """Move the positions as the fill did, by what arrived of it; `costs` are what its fees are worth."""
    quantity = abs(arriving(event, instrument, fees))
    fee = sum((cost for cost in costs.values() if cost is not None), ZERO)
    parts, beyond = split_fill(state, event, quantity, rate) if quantity else ((), ZERO)
    realized, gain, trades, sign = ZERO, ZERO, [], event.order.side.sign
    if beyond:
        gain = quantize_money(value_beyond(state, event, instrument.base_currency, beyond, rate))
    for part in parts:
        own = replace(event, quantity=part.quantity, price=part.price)
        position, earned = _updated_position(state, part.held, own, instrument, part.rate)
        if suspect is not None and part.held is None and position is not None:
            # Marked at a price that cannot be, it would believe no quote any more.
            position = replace(position, mark_price=suspect.own)
        position, paid = carry_fees(part.held, position, own, quantize_money(fee * part.quantity / quantity))
        state = _charge(state, part, position, own)
        positions = {key: other for key, other in state.positions.items() if key != part.key}
        state = replace(state, positions=positions | ({} if position is None else {part.key: position}))
        marked = position or part.held
        mark = marked.mark_price if marked is not None else part.price
        unit = instrument.contract_size * part.rate
        gain += quantize_money(sign * part.quantity * (mark - part.price) * unit)
        closed = closed_trade(part.held, own, earned - paid, unit)
        trades += [] if closed is None else [closed]
        realized += earned
    return state, _Booked(realized=realized, gain=gain, closed=tuple(trades), beyond=beyond)


def _charge(state: AccountState, part: Part, position: Position | None, event: FillRecorded) -> AccountState:
    """Charge the fill to the strategy that ordered it; the first rules charged whoever opened the position."""
    key, held = part.key, part.held
    parts = {market: shares for market, shares in state.position_parts.items() if market != key}
    if event.rules > 1 and position is not None:
        signed = event.quantity * event.order.side.sign
        shares = charge_fill(held, state.position_parts.get(key), event.order.strategy, signed)
        if shares != {position.strategy: position.quantity}:
            parts[key] = shares
    return replace(state, position_parts=parts)


def _updated_position(
    state: AccountState, held: Position | None, event: FillRecorded, instrument: Instrument, rate: Decimal
) -> tuple[Position | None, Decimal]:
    """Return the position after the fill (None when flat) and the profit realised, in base currency."""
    signed = event.quantity * event.order.side.sign
    if held is None:
        asset = asset_of(state, event.order.symbol)
        opened = Position(
            venue=event.order.venue,
            symbol=event.order.symbol,
            market_type=instrument.market_type,
            asset=asset,
            sector=state.sectors.get(asset) or instrument.sector,
            settle_currency=instrument.settle_currency,
            quantity=signed,
            average_price=event.price,
            mark_price=event.price,
            marked_at=event.executed_at,
            contract_size=instrument.contract_size,
            rate=rate,
            stop_loss_price=event.order.stop_loss_price,
            strategy=event.order.strategy,
            kept_stop=_stop_of(event),
        )
        return opened, ZERO
    total = held.quantity + signed
    if held.quantity * signed > 0:
        average = (held.average_price * abs(held.quantity) + event.price * event.quantity) / abs(total)
        # The stop of the latest entry covers the position; an entry without one leaves it unprotected.
        added = replace(held, quantity=total, average_price=average, stop_loss_price=event.order.stop_loss_price)
        return take_stop(added, held, _stop_of(event)), ZERO
    closed = min(abs(held.quantity), event.quantity)
    direction = 1 if held.quantity > 0 else -1
    realized = quantize_money((event.price - held.average_price) * closed * direction * held.contract_size * rate)
    if total == 0:
        return None, realized
    if total * held.quantity > 0:
        return replace(held, quantity=total), realized
    flipped = replace(
        held,
        quantity=total,
        average_price=event.price,
        stop_loss_price=event.order.stop_loss_price,
        strategy=event.order.strategy,
        kept_stop=_stop_of(event),
        # The venue's word on the other side of the position is none on this one.
        liquidation_price=None,
    )
    return flipped, realized


def _stop_of(event: FillRecorded) -> KeptStop | None:
    by_rules = event.rules >= STOPS_KEPT_SINCE
    return new_stop(event.order, event.price, event.stop_kept_by) if by_rules else None


def _consume_order(state: AccountState, event: FillRecorded) -> tuple[AccountState, OrderStatus, Decimal]:
    """Take the fill off the working order; its reservation shrinks with it and ends when nothing remains."""
    order = state.working_orders.get(event.order.client_order_id)
    if order is None:
        return _count_late(state, event), OrderStatus.FILLED, ZERO
    remaining = max(ZERO, order.quantity - event.quantity)
    orders = {k: v for k, v in state.working_orders.items() if k != order.client_order_id}
    if not remaining:
        state = without_kept(state, order.client_order_id)
        return replace(state, working_orders=orders), OrderStatus.FILLED, ZERO
    # As it was reported, also where it was booked at another price.
    orders[order.client_order_id] = replace(
        add_fill(order, event.quantity, event.price, sum_fees(event), event.rules),
        quantity=remaining,
        increasing_quantity=min(order.increasing_quantity, remaining),
        filled_quantity=order.filled_quantity + event.quantity,
        status=OrderStatus.PARTIALLY_FILLED,
    )
    state = replace(state, working_orders=orders)
    if event.rules >= CONFIRMED_SINCE and not event.order.route and may_rest(event.order):
        # What fills in part was placed.
        state = confirm_placed(state, order.client_order_id, by_bot=False)
    return state, OrderStatus.PARTIALLY_FILLED, remaining


def _count_late(state: AccountState, event: FillRecorded) -> AccountState:
    """Count an entry again that was given back when its bot said it was gone, and that filled all the same."""
    position = state.positions.get(event.order.key)
    adds = position is not None and position.quantity * event.order.side.sign > 0
    if event.rules < KEPT_SINCE or event.order.route or not adds:
        return state
    return replace(state, day=replace(state.day, approved_orders=state.day.approved_orders + 1))


def _move_balances(
    state: AccountState, event: FillRecorded, instrument: Instrument, realized: Decimal, fees: Mapping[str, Decimal]
) -> AccountState:
    """Move the venue's balances as the fill did: spot swaps base for quote, a swap pays its profit in settle."""
    venue = dict(state.balances.get(event.order.venue, {}))

    def add(asset: str, amount: Decimal) -> None:
        balance = venue.get(asset, Balance(total=ZERO))
        venue[asset] = replace(balance, total=balance.total + amount)

    if instrument.market_type is MarketType.SPOT:
        sign = event.order.side.sign
        add(instrument.base_currency, sign * event.quantity)
        add(instrument.quote_currency, -sign * event.quantity * event.price)
    elif realized:
        add(instrument.settle_currency, realized)
    for currency, amount in fees.items():
        add(currency, -amount)
    return replace(state, balances={**state.balances, event.order.venue: venue})


def _record_slippage(state: AccountState, event: FillRecorded, unit: Decimal) -> tuple[AccountState, Decimal]:
    """Keep what the fill cost against the decision price; better than decided counts as a gain."""
    worse = (event.price - event.decision_price) * event.order.side.sign
    notional = quantize_money(event.decision_price * event.quantity * unit)
    sample = SlippageSample(at=event.executed_at, notional=notional, cost=quantize_money(worse * event.quantity * unit))
    state = replace(state, slippage=(*state.slippage, sample)[-SLIPPAGE_SAMPLES_MAX:])
    # Cut to what the context can hold: a fill may be priced at anything.
    return state, quantize_money(worse / event.decision_price * 10_000).quantize(Decimal("0.01"))
