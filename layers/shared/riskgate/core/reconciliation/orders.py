"""Match a venue's orders and fills with our order items."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from riskgate.core.account.breaks import BreakKind, Finding
from riskgate.core.account.document import OrderStatus
from riskgate.core.account.stored import OrderRecord
from riskgate.core.money import ZERO, with_risk_context
from riskgate.core.order import Fee
from riskgate.core.reconciliation.evidence import CLOSE_IT, LOOK_UP, VenueSide, describe_order, describe_rogue
from riskgate.core.reconciliation.match import (
    GRACE_SECONDS,
    STALE_SECONDS,
    Match,
    OwnBook,
    Repair,
    VenueBook,
    exchange_key,
)
from riskgate.core.routing.steps import AT_VENUE, IN_DOUBT
from riskgate.core.venues.model import VenueOrder, VenueTrade


@with_risk_context
def match_orders(book: VenueBook, own: OwnBook) -> Match:
    """Compare every order and fill the venue showed, and every order of ours that it should have."""
    sides, strangers = _sort_out(book, own)
    findings = [describe_rogue(book, own, None, orders, trades) for orders, trades in strangers]
    repairs, matched = [], 0
    ours = {name: record for name, record in own.records.items() if record.order.venue == book.venue}
    for name, record in sorted(ours.items()):
        side = sides.get(name)
        if name in book.unsure or (side is None and name not in book.absent):
            continue
        judged = tuple(_judge(book, own, record, side))
        repair = _find_repair(own, record, side, book.read_at)
        matched += not judged
        findings += judged
        repairs += [repair] if repair is not None else []
    compared = len(strangers) + sum((name in sides or name in book.absent) and name not in book.unsure for name in ours)
    return Match(findings=tuple(findings), repairs=tuple(repairs), compared=compared, matched=matched)


type _Stranger = tuple[tuple[VenueOrder, ...], tuple[VenueTrade, ...]]


def _sort_out(book: VenueBook, own: OwnBook) -> tuple[dict[str, VenueSide], list[_Stranger]]:
    """Sort the venue's orders and fills by our order, and apart by its own where there is none of ours."""
    orders: dict[str, list[VenueOrder]] = {}
    trades: dict[str, list[VenueTrade]] = {}
    strange: dict[tuple[str, str], tuple[list[VenueOrder], list[VenueTrade]]] = {}
    owner: dict[tuple[str, str], str | None] = {}
    for order in _without_fired(book.orders):
        key = (order.symbol, order.exchange_order_id)
        record = own.record_of(order.client_order_id, *key)
        owner[key] = record.order.client_order_id if record is not None else None
        if record is not None:
            orders.setdefault(record.order.client_order_id, []).append(order)
        else:
            strange.setdefault(key, ([], []))[0].append(order)
    for trade in book.trades:
        key = (trade.symbol, trade.exchange_order_id)
        record = own.record_of(trade.client_order_id, *key)
        name = owner.get(key) or (record.order.client_order_id if record is not None else None)
        if name is not None:
            trades.setdefault(name, []).append(trade)
        else:
            strange.setdefault(key, ([], []))[1].append(trade)
    sides = {name: VenueSide(orders=tuple(found), trades=tuple(trades.get(name, ()))) for name, found in orders.items()}
    known = {key: rows for key, rows in strange.items() if exchange_key(*key) not in book.unsure}
    return sides, [(tuple(some), tuple(others)) for _, (some, others) in sorted(known.items())]


def _without_fired(orders: Sequence[VenueOrder]) -> list[VenueOrder]:
    """Leave out triggers that have fired where the order they placed is there, and an order's older reading."""
    newest: dict[tuple[str, str], VenueOrder] = {}
    for order in orders:
        newest[order.symbol, order.exchange_order_id] = order
    placed = {o.client_order_id for o in newest.values() if o.status is not OrderStatus.UNKNOWN}
    return [
        order
        for order in newest.values()
        if not (
            order.type.has_trigger_price and order.status is OrderStatus.UNKNOWN and order.client_order_id in placed
        )
    ]


def _judge(book: VenueBook, own: OwnBook, record: OrderRecord, side: VenueSide | None) -> Iterator[Finding]:
    """Yield what disagrees about one order; the gravest disagreements stand alone, the rest follows from them."""
    now = book.read_at
    if side is None:
        yield from _absent(book, own, record, now)
        return
    why = _why_not_permitted(own, record, side)
    if why:
        yield describe_rogue(book, own, why, side.orders, side.trades)
        return
    if any(count > 1 for name, count in Counter(o.client_order_id for o in side.orders).items() if name):
        yield describe_order(
            BreakKind.DUPLICATE_ORDER, own, record, side, CLOSE_IT, quantity=side.filled or record.quantity
        )
        return
    if _age(record, now) < timedelta(seconds=GRACE_SECONDS):
        return
    if record.status in IN_DOUBT:
        if _age(record, now) >= timedelta(seconds=STALE_SECONDS):
            yield describe_order(BreakKind.STALE_ORDER, own, record, side, LOOK_UP, quantity=record.quantity)
        return
    market = record.order.key
    if abs(side.filled - record.filled_quantity) >= own.step(market):
        action = "record the venue's fills: riskctl recon run; if we have more, find out who reported them"
        difference = side.filled - record.filled_quantity
        yield describe_order(BreakKind.FILLED_QUANTITY, own, record, side, action, quantity=difference)
        return
    if _has_status_break(record, side):
        action = "cancel the order at the venue" if side.is_open else "adopt the venue's status: riskctl recon run"
        left = record.quantity - record.filled_quantity
        yield describe_order(BreakKind.STATUS, own, record, side, action, quantity=left)
    yield from _judge_prices(own, record, side)


def _absent(book: VenueBook, own: OwnBook, record: OrderRecord, now: datetime) -> Iterator[Finding]:
    """Judge an order of ours that the venue surely does not know."""
    age = _age(record, now)
    waits = record.status in IN_DOUBT or record.status is OrderStatus.APPROVED
    if waits and record.order.route and age >= timedelta(seconds=STALE_SECONDS):
        yield describe_order(BreakKind.STALE_ORDER, own, record, None, LOOK_UP, quantity=record.quantity)
    should_be_there = record.status in AT_VENUE or record.filled_quantity > 0
    if not waits and should_be_there and age >= timedelta(seconds=GRACE_SECONDS):
        action = f"ask {book.venue} what happened to the order; its exposure stays reserved until that is known"
        quantity = record.filled_quantity if record.status.is_final else record.quantity
        yield describe_order(BreakKind.MISSING_ORDER, own, record, None, action, quantity=quantity)


def _judge_prices(own: OwnBook, record: OrderRecord, side: VenueSide) -> Iterator[Finding]:
    if not record.filled_quantity:
        return
    average, action = (
        record.filled_notional / record.filled_quantity,
        "compare the fills one by one with the venue's list",
    )
    theirs = side.average_price
    if theirs is not None and abs(theirs - average) >= own.tick(record.order.key):
        price = theirs - average
        yield describe_order(
            BreakKind.AVERAGE_PRICE, own, record, side, action, quantity=record.filled_quantity, price=price
        )
    if sum((trade.quantity for trade in side.trades), ZERO) != side.filled:
        # The fees are known only of all its fills.
        return
    ours, fees = _nonzero(record.filled_fees), _fees(own, record, side.trades)
    if ours != fees and not _is_without_rebates(record, ours, fees, _fees(own, record, side.trades, rebates=False)):
        gap = {name: fees.get(name, ZERO) - ours.get(name, ZERO) for name in {*ours, *fees}}
        yield describe_order(
            BreakKind.FEE, own, record, side, action, fees=(ours, fees), money=_fee_money(own, record, gap)
        )


def _has_status_break(record: OrderRecord, side: VenueSide) -> bool:
    return side.is_open == record.status.is_final and not any(o.status is OrderStatus.UNKNOWN for o in side.orders)


def _why_not_permitted(own: OwnBook, record: OrderRecord, side: VenueSide) -> str:
    """Return why what the venue has was never permitted, or an empty text."""
    if record.status is OrderStatus.DENIED:
        return "the gateway denied this order"
    # Each send was held against the permit and is in the log. The permit itself neither a tombstone keeps, nor an item
    # that was made again from the log.
    if record.order.route and not record.attempts:
        return "the gateway never sent this order" if record.permit else "this order has no permit"
    whole = max(record.quantity, record.next_terms.quantity) if record.next_terms is not None else record.quantity
    for order in side.orders:
        if (order.symbol, order.side) != (record.order.symbol, record.order.side):
            return "a different market or side was approved"
        if order.quantity - whole >= own.step(record.order.key) and not _is_replaced(record, order):
            return "a smaller quantity was approved"
        made = order.created_at
        if not record.order.route and record.status.is_final and record.status is not OrderStatus.FILLED:
            ended = record.updated_at + timedelta(seconds=GRACE_SECONDS)
            if made is not None and not record.filled_quantity and made > ended:
                return "its approval had expired before it was placed"
        until = record.expires_at if record.is_kept and not record.filled_quantity else None
        if until is not None and made is not None and made > until + timedelta(seconds=GRACE_SECONDS):
            return "its approval had expired before it was placed"
    return ""


def _is_replaced(record: OrderRecord, order: VenueOrder) -> bool:
    """Tell whether the venue ended an order that was on earlier terms, for which more may have been approved.

    What it filled counts towards the terms of today.
    """
    named = order.client_order_id is not None and order.client_order_id != record.venue_client_id
    return bool(record.revision) and named and order.status.is_final


def _find_repair(own: OwnBook, record: OrderRecord, side: VenueSide | None, now: datetime) -> Repair | None:
    """Return what the venue's word puts right, and only what is final; at a keyed venue it is the only word."""
    if side is None or (record.order.route and not record.attempts):
        return None
    if not record.order.route and _why_not_permitted(own, record, side):
        return None
    if len({order.client_order_id for order in side.orders}) != len(side.orders):
        return None
    missing = side.filled > record.filled_quantity
    quiet = _age(record, now) >= timedelta(seconds=GRACE_SECONDS)
    in_doubt = record.status in IN_DOUBT and quiet and any(o.status is not OrderStatus.UNKNOWN for o in side.orders)
    listed = sum((trade.quantity for trade in side.trades), ZERO) >= side.filled
    ended = not record.status.is_final and not side.is_open and quiet and listed and record.next_terms is None
    if not (missing or in_doubt or ended):
        return None
    last = side.last
    closed_as = last.status if ended and last.status not in {OrderStatus.FILLED, OrderStatus.UNKNOWN} else None
    return Repair(
        client_order_id=record.order.client_order_id,
        trades=side.trades if missing else (),
        accepted_as=last.exchange_order_id if in_doubt else None,
        closed_as=closed_as,
    )


def _age(record: OrderRecord, now: datetime) -> timedelta:
    return now - record.updated_at


def _is_without_rebates(
    record: OrderRecord, ours: dict[str, Decimal], all_fees: dict[str, Decimal], paid: dict[str, Decimal]
) -> bool:
    """Tell whether ours differ by no more than rebates that earlier versions booked as no fee at all."""
    names = {*ours, *all_fees, *paid}
    return not record.has_rebates and all(
        all_fees.get(name, ZERO) <= ours.get(name, ZERO) <= paid.get(name, ZERO) for name in names
    )


def _fees(
    own: OwnBook, record: OrderRecord, trades: Sequence[VenueTrade], *, rebates: bool = True
) -> dict[str, Decimal]:
    """Sum the venue's fees by currency, with the rebates or without."""
    instrument = own.instruments.get(record.order.key)
    settle = instrument.settle_currency if instrument is not None else ""
    totals: dict[str, Decimal] = {}
    for trade in trades:
        for fee in (Fee(amount=trade.fee or ZERO, currency=trade.fee_currency), *trade.other_fees):
            if fee.amount > 0 or rebates:
                currency = fee.currency or settle
                totals[currency] = totals.get(currency, ZERO) + fee.amount
    return _nonzero(totals)


def _nonzero(amounts: dict[str, Decimal]) -> dict[str, Decimal]:
    return {name: amount for name, amount in amounts.items() if amount}


def _fee_money(own: OwnBook, record: OrderRecord, gap: dict[str, Decimal]) -> Decimal | None:
    base = record.order.symbol.partition("/")[0]
    total = ZERO
    for currency, amount in gap.items():
        rate = own.state.rate(currency)
        value = abs(amount) * rate if rate is not None else None
        if value is None and currency == base:
            value = own.value(record.order.key, amount, record.decision_price)
        if value is None:
            return None
        total += value
    return total
