"""Account for one execution of an order, once."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, Self

from msgspec import UNSET

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.ledger.once import Once
from riskgate.app.orders.filled_record import filled_record, whole_of
from riskgate.core.account.document import OrderStatus
from riskgate.core.account.stored import OrderRecord, ReadRequest, Snapshot
from riskgate.core.errors import Conflict, Unprocessable
from riskgate.core.instrument import market_key
from riskgate.core.ledger.apply import Result
from riskgate.core.money import ZERO, plain
from riskgate.core.order import Fee, Order, sum_by_currency
from riskgate.core.orders.events import RULES, Excess, FillRecorded
from riskgate.core.safeguards.late_fills import list_stops_passed
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.schemas.codec import decode, encode, sha256_hex
from riskgate.schemas.http.answers.orders import FillAnswer

FILL_AFTER_STOP = "fill_after_stop"


@dataclass(frozen=True, kw_only=True, slots=True)
class Fill:
    """One execution as reported; a fee < 0 is a rebate. Build it with `of`, which tells one fee from several."""

    fill_id: str
    quantity: Decimal
    price: Decimal
    executed_at: datetime
    fee: Decimal = ZERO
    fee_currency: str | None = None
    other_fees: tuple[Fee, ...] = ()

    @classmethod
    def of(cls, *, fees: Iterable[Fee], **execution: Any) -> Self:
        """Return an execution with its fees, those in one currency summed up; zero ones beside others do not count."""
        first, *others = sum_by_currency(fees) or (Fee(amount=ZERO),)
        return cls(**execution, fee=first.amount, fee_currency=first.currency, other_fees=tuple(others))


def record_order_fill(
    acting: Acting, account_id: str, client_order_id: str, fill: Fill, *, from_venue: bool = False
) -> Answered[FillAnswer]:
    """Account for one execution once; late fills, fills of denied orders and beyond an order count too.

    Parameters
    ----------
    from_venue : bool, the gateway itself read it from the venue: the only word that counts for a routed order.

    Raises
    ------
    NotFound : no such order. Forbidden : it is of another strategy. Conflict : the fill_id was used for another
    execution, or only the venue is believed.
    Unprocessable : the instrument is not known, or the fill is not the caller's to report.
    """
    order = acting.deps.store.get_order(account_id, client_order_id).order
    acting.require_strategy(order.strategy)
    reused = Conflict("this fill_id belongs to another execution", code="FILL_ID_REUSED")
    once = replace(
        Once.under("FILL", f"{client_order_id}#{fill.fill_id}", fill, reused),
        # A rebate was once booked as no fee at all.
        earlier=sha256_hex(encode(replace(fill, fee=ZERO))) if fill.fee < 0 else "",
    )

    after_stop: list[bool] = []

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[FillAnswer]:
        known = once.find_answer(snapshot)
        if known is not None:
            return Answered(decode(known, FillAnswer), replayed=not maybe_committed)
        record = snapshot.records[client_order_id]
        if record.order.route and not from_venue:
            raise Unprocessable(
                "the gateway reads the fills of the orders it sends: do not report them", code="ORDER_ROUTED"
            )
        if not from_venue and record.order.venue in snapshot.require_state().keyed_venues:
            raise Conflict("the gateway reads this venue's fills itself", code="FILLS_FROM_VENUE")
        event = _fill_event(record, fill, snapshot)
        after_stop.append(bool(event.stopped_by))

        def effects(result: Result, _place: LogPlace) -> tuple[FillAnswer, Effects]:
            updated = filled_record(record, event, result, acting.now)
            body = _fill_body(updated, fill, result, event.excess)
            return body, Effects(answer=body, records=(updated,), markers=(once.keep(encode(body).decode()),))

        return Step(event, effects)

    # With the order come the kill switches that stop it.
    markets = tuple((order.venue, symbol) for symbol in _fee_symbols(fill, order))
    request = ReadRequest(account_id=account_id, orders=(order,), markets=markets, markers=(once.name,))
    answered = commit_event(acting, request, plan)
    if not answered.replayed and after_stop and after_stop[-1]:
        logger.error(FILL_AFTER_STOP, client_ref=client_order_id, fill_id=fill.fill_id)
        metrics.add_metric(name="FillsAfterStop", unit=MetricUnit.Count, value=1)
    return answered


def _fill_event(record: OrderRecord, fill: Fill, snapshot: Snapshot) -> FillRecorded:
    market = snapshot.market(record.order.key)
    if market.instrument is None:
        raise Unprocessable("the instrument is not known", code="INSTRUMENT_NOT_FOUND")
    return FillRecorded(
        order=record.order,
        fill_id=fill.fill_id,
        quantity=fill.quantity,
        price=fill.price,
        executed_at=fill.executed_at,
        market=market,
        # A denied order may never have had a price.
        decision_price=record.decision_price or fill.price,
        fee=fill.fee,
        fee_currency=fill.fee_currency,
        other_fees=fill.other_fees,
        excess=_excess_of(record, fill),
        fee_rates=_quoted_rates(fill, snapshot, record.order),
        stop_kept_by=record.stop_kept_by,
        rules=RULES,
        stopped_by=list_stops_passed(
            snapshot.require_state(),
            record.order,
            snapshot.kill_switches_for(record.order),
            fill.quantity,
            decided_at=record.decided_at or record.created_at,
            executed_at=fill.executed_at,
        ),
    )


def _excess_of(record: OrderRecord, fill: Fill) -> Excess | None:
    """Return what of a fill nobody approved: it counts all the same, the venue has made it."""
    filled, was_denied = record.filled_quantity + fill.quantity, record.status is OrderStatus.DENIED
    approved = ZERO if was_denied else whole_of(record)
    if filled <= approved:
        return None
    budget, spent = record.order.quote_quantity, record.filled_notional + fill.quantity * fill.price
    return Excess(
        quantity=min(fill.quantity, filled - approved),
        approved=approved,
        filled=filled,
        was_denied=was_denied,
        in_budget=not was_denied and budget is not None and spent <= budget,
    )


def _fee_symbols(fill: Fill, order: Order) -> dict[str, str]:
    """Return the market that prices each fee in a third coin, with that coin."""
    base, _, rest = order.symbol.partition("/")
    quote, is_swap, settle = rest.partition(":")
    coins = {fee.currency for fee in (Fee(amount=fill.fee, currency=fill.fee_currency), *fill.other_fees) if fee.amount}
    third = sorted(coin for coin in coins if coin is not None and coin not in {base, quote, settle})
    return {f"{coin}/{settle}:{settle}" if is_swap else f"{coin}/{quote}": coin for coin in third}


def _quoted_rates(fill: Fill, snapshot: Snapshot, order: Order) -> dict[str, Decimal]:
    """Return settle currency per unit of each fee's coin that a fresh quote tells."""
    symbols, rates = _fee_symbols(fill, order), {}
    if not symbols:
        return {}
    # Hardly any fill pays its fee in a third coin: the others do not load what values one.
    from riskgate.core.market.valuation import usable_price  # noqa: PLC0415

    for symbol, coin in symbols.items():
        price = usable_price(snapshot.quotes.get(market_key(order.venue, symbol)), fill.executed_at)
        if price is not None:
            rates[coin] = price
    return rates


def _fill_body(record: OrderRecord, fill: Fill, result: Result, excess: Excess | None) -> FillAnswer:
    assert result.fill is not None  # noqa: S101 a fill event answers one
    position = result.state.positions.get(record.order.key)
    pending = {name: plain(a) for name, a in sorted(result.state.pending_fees.get(record.order.venue, {}).items())}
    return FillAnswer(
        client_order_id=record.order.client_order_id,
        fill_id=fill.fill_id,
        status=record.status,
        filled_quantity=plain(record.filled_quantity),
        remaining_quantity=plain(max(ZERO, record.quantity - record.filled_quantity)),
        excess_quantity=plain(excess.quantity) if excess is not None else UNSET,
        realized_pnl=plain(result.fill.realized_pnl),
        fee=plain(result.fill.fee) if result.fill.fee is not None else None,
        pending_fees=pending or UNSET,
        slippage_bps=plain(result.fill.slippage_bps),
        position_quantity=plain(position.quantity) if position is not None else "0",
        equity=plain(result.state.equity),
        trading_state=result.state.trading_state,
        recorded_at=record.updated_at,
    )
