"""Decide one order: reserve it, deny it, or repeat the answer it already got."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.ledger.gateway_chain import append_to_gateway_chain
from riskgate.app.orders.permits import PermitSource
from riskgate.app.orders.spend_denial import DenialOnce
from riskgate.core.account.aliases import asset_of, base_of, find_alias
from riskgate.core.account.document import AccountState, OrderStatus
from riskgate.core.account.stored import OrderRecord, ReadRequest, Snapshot
from riskgate.core.correlations import Correlations
from riskgate.core.errors import Conflict, Unprocessable
from riskgate.core.figures import CorrelationRow, RiskReport
from riskgate.core.instrument import Quote
from riskgate.core.ledger.apply import Result
from riskgate.core.order import Order, OrderType, keeper_of
from riskgate.core.orders.decide import ACTIONABLE, Decision, decide_unknown_account
from riskgate.core.orders.events import RULES, OrderDecided
from riskgate.core.same import Same
from riskgate.schemas.codec import embed, encode, sha256_hex
from riskgate.schemas.http.answers import orders as answers
from riskgate.schemas.log.decision import decision_body

#: Books for which is remembered what entries keep of a row: the same until a job has run or another asset is held.
ROWS_MAX = 32


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderAnswer:
    """A decision ready to be sent. `body` is its JSON, `replayed` tells that it was decided earlier.

    `to_send` are the orders that the worker is to be told of: again with every replay while they wait, so that a
    crash between commit and queue is healed by the caller's retry. `trace_id` is of the request that was decided, where
    that was an earlier one.
    """

    body: str
    approved: bool
    replayed: bool = False
    client_order_id: str = ""
    to_send: tuple[OrderRecord, ...] = ()
    trace_id: str = ""


class DecisionNotActionable(Conflict):
    """The stored approval is no longer a go; `body` is the stored decision."""

    code = "DECISION_NOT_ACTIONABLE"

    def __init__(self, detail: str, body: str) -> None:
        super().__init__(detail)
        self.body = body


class OrderArchived(DecisionNotActionable):
    """The request was decided long ago, and is not decided again; `body` is what is left of the decision."""

    code = "ORDER_ARCHIVED"


def submit_order(acting: Acting, order: Order, *, permits: PermitSource | None = None) -> OrderAnswer:
    """Decide an order and write account, order and audit entry in one transaction.

    `permits` is asked for an order that the gateway sends itself. Raises Forbidden: not the caller's strategy;
    Unprocessable: the gateway cannot send the order it is asked to send; Conflict: the client_order_id was used for
    another order, its approval is no longer a go, or its answer is archived; DenialBudgetSpent: it was denied, and
    that is not written down;
    Contention, Transient, OutcomeUnknown: nothing is approved, retry with the same client_order_id.
    """
    acting.require_strategy(order.strategy)
    digest, denial = request_hash(order), DenialOnce(acting)

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[OrderAnswer]:
        record = snapshot.records.get(order.client_order_id)
        if record is not None:
            return Answered(replay(record, digest, snapshot, now=acting.now, replayed=not maybe_committed))
        if snapshot.state is None:
            return Answered(_deny_unknown_account(acting, order, snapshot))
        require_route(order, snapshot.state)
        event = submitted_event(order, snapshot)

        def effects(result: Result, place: LogPlace) -> tuple[OrderAnswer, Effects]:
            decision = result.decisions[0]
            if decision.approved:
                denial.give_back()
            else:
                denial.spend((order,), snapshot.state, result)
            body = answer_body(order, decision, place, acting.now)
            text = encode(body)
            record = permit_record(new_record(order, decision, text.decode(), digest, acting.now), permits)
            answer = OrderAnswer(
                body=record.answer,
                approved=decision.approved,
                client_order_id=order.client_order_id,
                to_send=waiting(record),
            )
            return answer, Effects(
                answer=embed(text), decision=body.decision, code=body.code or "", new_records=(record,)
            )

        return Step(event, effects)

    request = ReadRequest(account_id=order.account_id, orders=(order,))
    return commit_event(acting, request, plan).value


def _deny_unknown_account(acting: Acting, order: Order, snapshot: Snapshot) -> OrderAnswer:
    event = submitted_event(order, snapshot)
    decision = decide_unknown_account(event, acting.now)
    DenialOnce(acting).spend((order,))

    def effects(place: LogPlace) -> Effects:
        body = answer_body(order, decision, place, acting.now)
        return Effects(answer=body, decision=body.decision, code=body.code or "")

    written = append_to_gateway_chain(acting, event, effects)
    body = encode(written.answer).decode()
    return OrderAnswer(body=body, approved=False, client_order_id=order.client_order_id)


def request_hash(order: Order) -> str:
    """Return the identity of a request's content: equal for any key order, white space or number form."""
    return sha256_hex(encode(order))


def order_id_of(order: Order) -> str:
    """Return the gateway's id of an order: derived, so that a replay and an audit agree on it."""
    return order_id_by_name(order.account_id, order.client_order_id)


def order_id_by_name(account_id: str, client_order_id: str) -> str:
    """Return the gateway's id of the order that an account names so."""
    return sha256_hex(f"{account_id}/{client_order_id}".encode())[:32]


def submitted_event(order: Order, snapshot: Snapshot, beside: Iterable[Order] = ()) -> OrderDecided:
    """Return the order with what was read for it, and of all correlations those between the assets of the book.

    Of the order book it has the side that an order at market meets. `beside` are orders that are decided together with
    it: one that comes before it is in its book.
    """
    market = snapshot.market(order.key, base_of(order.symbol))
    state, row = snapshot.state, market.correlation
    if row is not None:
        # The moves of 1000PEPE are those of PEPE.
        alias = find_alias(state, order.symbol) if state is not None else None
        asset = alias.asset if alias is not None else row.asset
        held = state.exposure.net_by_asset if state is not None else ()
        others = (asset_of(state, o.symbol) if state is not None else base_of(o.symbol) for o in beside)
        book_assets = frozenset({*held, *others})
        kept = _row_for_book(Same(row), asset, book_assets, Same(snapshot.matrix), Same(snapshot.report))
        market = replace(market, correlation=kept)
    book = snapshot.books.get(order.key) if order.type is OrderType.MARKET else None
    if book is not None:
        market = replace(market, book=book.cut(order.side))
    return OrderDecided(
        order=order,
        market=market,
        kill_switches=snapshot.kill_switches_for(order),
        report=snapshot.report,
        marks=_newer_marks(order, state, snapshot) if state is not None else (),
        rules=RULES,
    )


@lru_cache(maxsize=ROWS_MAX)
def _row_for_book(
    row: Same[CorrelationRow],
    asset: str,
    assets: frozenset[str],
    matrix: Same[Correlations | None],
    report: Same[RiskReport | None],
) -> CorrelationRow:
    return replace(row.value, asset=asset).for_book(assets, matrix.value, report.value)


def _newer_marks(order: Order, state: AccountState, snapshot: Snapshot) -> tuple[Quote, ...]:
    """Return the quotes of other held markets that would move a mark."""
    quotes = ((snapshot.quotes.get(key), held) for key, held in sorted(state.positions.items()) if key != order.key)
    return tuple(
        quote
        for quote, held in quotes
        if quote is not None
        and quote.at >= held.marked_at
        and (price := quote.reference) is not None
        and price != held.mark_price
    )


def answer_body(order: Order, decision: Decision, place: LogPlace, now: datetime) -> answers.Decision:
    """Return the decision body of one order."""
    return decision_body(
        decision,
        account_id=order.account_id,
        client_order_id=order.client_order_id,
        order_id=order_id_of(order),
        limits_version=place.limits_version,
        state_version=place.state_version,
        audit_sequence=place.audit_sequence,
        now=now,
    )


def new_record(order: Order, decision: Decision, answer: str, digest: str, now: datetime) -> OrderRecord:
    """Return the order's item as decided."""
    context, working = decision.evaluation.context, decision.working
    quantity = context.quantity if context.quantity is not None else order.quantity
    return OrderRecord(
        order=order,
        order_id=order_id_of(order),
        status=OrderStatus.APPROVED if decision.approved else OrderStatus.DENIED,
        request_hash=digest,
        answer=answer,
        quantity=quantity if quantity is not None else context.increasing,
        decision_price=context.price if context.price is not None else context.increasing,
        created_at=now,
        updated_at=now,
        expires_at=working.expires_at if working is not None else None,
        reserved_until=working.reserved_until if working is not None else None,
        stop_kept_by=keeper_of(order, context.instrument),
    )


def replay(record: OrderRecord, digest: str, snapshot: Snapshot, *, now: datetime, replayed: bool) -> OrderAnswer:
    """Return the stored answer, unless it is no longer a go.

    Raises Conflict: another request used this id; DecisionNotActionable: the reservation ended, or a kill switch was
    engaged since; OrderArchived: what was answered is in the archive.
    """
    if record.request_hash != digest:
        raise Conflict("this client_order_id belongs to another order", code="CLIENT_ORDER_ID_REUSED")
    if record.archived_at is not None:
        day = record.created_at.date().isoformat()
        raise OrderArchived(f"this order was decided on {day}, and is {record.status.value}: it ended", record.answer)
    approved = record.status is not OrderStatus.DENIED
    if approved:
        # Also where only our own confirmation was lost: a kill switch may have come in between.
        require_actionable(record, snapshot, now, answer=record.answer)
    return OrderAnswer(
        body=record.answer,
        approved=approved,
        replayed=replayed,
        client_order_id=record.order.client_order_id,
        to_send=waiting(record),
        trace_id=record.trace_id,
    )


def require_route(order: Order, state: AccountState) -> None:
    """Refuse to decide on an order to be sent where the gateway has no key: it would stay reserved for ever.

    Raises Unprocessable: code ROUTING_UNAVAILABLE.
    """
    venue = next((venue for venue in state.venues if venue.venue == order.venue), None)
    if order.route and (venue is None or venue.secret_name is None):
        raise Unprocessable(
            "the gateway has no key for this venue: place the approved order yourself", code="ROUTING_UNAVAILABLE"
        )


def permit_record(record: OrderRecord, permits: PermitSource | None) -> OrderRecord:
    """Return the order's item with a permit to send it, where it is approved and the gateway sends it.

    Raises Unprocessable: it is to be sent, and this function issues no permits; Transient: the key cannot be read.
    """
    if not record.order.route or record.status is not OrderStatus.APPROVED:
        return record
    if permits is None:
        raise Unprocessable("this gateway does not send orders", code="ROUTING_UNAVAILABLE")
    permit = permits().issue(record.order, record.order_id, record.quantity, record.updated_at)
    return replace(record, permit=permit, decided_at=record.updated_at)


def waiting(*records: OrderRecord) -> tuple[OrderRecord, ...]:
    """Return those orders that are approved and wait to be sent."""
    return tuple(record for record in records if record.permit and record.status is OrderStatus.APPROVED)


def require_actionable(record: OrderRecord, snapshot: Snapshot, now: datetime, *, answer: str) -> None:
    """Refuse to repeat an approval that is no longer a go, handing back the decision's JSON, `answer`.

    Raises DecisionNotActionable: the order ended, its reservation ran out, or a kill switch was engaged since.
    """
    if record.status not in ACTIONABLE:
        raise DecisionNotActionable(f"the approved order is now {record.status.value}", answer)
    if record.status is OrderStatus.SUBMITTED and not record.order.route:
        raise DecisionNotActionable("the order was confirmed as placed: do not place it again", answer)
    if record.status is not OrderStatus.APPROVED:
        return
    if record.expires_at is not None and record.expires_at <= now:
        if not record.is_released(now):
            raise DecisionNotActionable("the approval is too old to be placed: cancel the order", answer)
        raise DecisionNotActionable("the reservation of the approved order has ended", answer)
    flags = snapshot.kill_switches_for(record.order) if not record.order.operator_exit else ()
    if any(flag.is_engaged for flag in flags):
        raise DecisionNotActionable("a kill switch was engaged after the approval", answer)
