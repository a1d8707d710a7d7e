"""Bring a modified order to its venue: cancelled on its old terms first, then sent on the new ones.

Never both at once, whatever the venue offers: what is filled in between counts towards the new quantity, and the
account reserves the larger of both until the new terms stand.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from riskgate.app.ports.exchange import Exchange
from riskgate.app.routing.cancel_order import cancel_at_venue
from riskgate.app.routing.claim_order import claim_replacement, find_terms_refusal
from riskgate.app.routing.look_up_order import look_up_order
from riskgate.app.routing.send_order import send_claimed, send_order
from riskgate.app.routing.settle_order import settle_order
from riskgate.app.routing.steps import commit_step
from riskgate.app.routing.worker import Worker
from riskgate.core.account.document import OrderStatus, WorkingOrder
from riskgate.core.account.stored import NextTerms, OrderRecord
from riskgate.core.errors import Rejected
from riskgate.core.orders.events import RULES, OrderClosed
from riskgate.core.routing.events import OrderReplaced
from riskgate.core.routing.steps import IN_DOUBT
from riskgate.observability import logger
from riskgate.schemas.messages.order import OrderMessage

if TYPE_CHECKING:
    from riskgate.core.ledger.events import Event

MODIFICATION_DROPPED = "modification_dropped"


def replace_order(message: OrderMessage, worker: Worker) -> OrderRecord:
    """Replace an order at its venue by its approved next terms; safe to repeat at any point.

    Raises NotFound: no such order; RetryLater, Transient, OutcomeUnknown: the message is to come again.
    """
    record, state = worker.read_order(message.account_id, message.client_order_id)
    following = record.next_terms
    if record.status.is_final:
        return record
    if following is None:
        # It was modified before it left, or has its new terms already and may be in doubt.
        return send_order(message, worker)
    if not hmac.compare_digest(message.permit.encode(), following.permit.encode()):
        return record
    if record.status not in IN_DOUBT:
        reason = find_terms_refusal(worker, record, following)
        if reason:
            return drop_next_terms(worker, record, following, reason)
    exchange = worker.exchange_for(record, state)
    if record.status in IN_DOUBT:
        found = look_up_order(worker, exchange, record)
        if found is None:
            return _claim_and_send(worker, exchange, record)
        record = settle_order(worker, exchange, record, found, keep_open=True)
        if record.status.is_final:
            return record
    try:
        ended = cancel_at_venue(worker, exchange, record)
    except Rejected as error:
        return drop_next_terms(worker, record, following, error.detail)
    record = settle_order(worker, exchange, record, ended, keep_open=True)
    return record if record.status.is_final else _claim_and_send(worker, exchange, record)


def _claim_and_send(worker: Worker, exchange: Exchange, record: OrderRecord) -> OrderRecord:
    worker.require_time()
    client_id = exchange.client_order_id(record.order_id, record.revision + 1)
    return send_claimed(worker, exchange, claim_replacement(worker, record, client_id))


def drop_next_terms(worker: Worker, record: OrderRecord, following: NextTerms, reason: str) -> OrderRecord:
    """Leave an order on the terms the venue has it on; what its next terms had reserved beyond them is freed."""
    logger.warning(MODIFICATION_DROPPED, client_ref=record.order.client_order_id, reason=reason)

    def plan(current: OrderRecord) -> Event | None:
        if current.next_terms is None or current.next_terms.permit != following.permit:
            return None
        remaining = current.quantity - current.filled_quantity
        if remaining <= 0:
            name = current.order.client_order_id
            return OrderClosed(client_order_id=name, status=OrderStatus.FILLED, reason=f"not modified: {reason}")
        return OrderReplaced(terms=_terms_held(current, following, remaining), rules=RULES)

    return commit_step(worker, record, plan, next_terms=None, reason=f"not modified: {reason}")


def _terms_held(record: OrderRecord, following: NextTerms, remaining: Decimal) -> WorkingOrder:
    """Return the reservation of the terms that the venue has."""
    return replace(
        following.held,
        quantity=remaining,
        increasing_quantity=min(following.held.increasing_quantity, remaining),
        filled_quantity=record.filled_quantity,
        status=record.status,
    )
