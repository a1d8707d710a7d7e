"""Put an order right on its venue's final word, once, however often this is begun."""

from __future__ import annotations

from typing import TYPE_CHECKING

from riskgate.app.ledger.commit_event import Acting
from riskgate.app.routing.settle_order import record_venue_fill
from riskgate.app.routing.steps import close, commit_step
from riskgate.app.venues.job_context import AccountJob
from riskgate.core.account.document import OrderStatus
from riskgate.core.account.stored import OrderRecord, ReadRequest
from riskgate.core.errors import GatewayError
from riskgate.core.orders.events import RULES
from riskgate.core.reconciliation.events import RepairMade
from riskgate.core.reconciliation.match import Repair
from riskgate.core.routing.events import OrderAccepted
from riskgate.core.routing.steps import IN_DOUBT
from riskgate.observability import logger

if TYPE_CHECKING:
    from riskgate.core.ledger.events import Event

ORDER_REPAIRED = "order_repaired"
ORDER_NOT_REPAIRED = "order_not_repaired"


def repair_order(job: AccountJob, account_id: str, repair: Repair, *, actor: str) -> RepairMade | None:
    """Record the fills the venue lists and we lack, and that the order is there or has ended.

    Each step is an entry of its own that happens once: after a crash the next run finds what is left.

    Returns what was put right, None where nothing was: it had been done meanwhile, or it cannot be done.
    """
    name = repair.client_order_id
    try:
        record, _ = job.read_order(account_id, name)
        if repair.accepted_as is not None and record.status in IN_DOUBT:
            record = _accept(job, record, repair.accepted_as, actor)
        else:
            repair = _without_acceptance(repair)
        fills = _record_fills(job, record, repair, actor)
        closed = ""
        if repair.closed_as is not None:
            record = job.deps.store.get_order(account_id, name)
            closed = _close(job, record, repair.closed_as, actor)
    except GatewayError as error:
        logger.warning(ORDER_NOT_REPAIRED, client_ref=name, code=error.code, detail=error.detail)
        return None
    if not fills and not closed and repair.accepted_as is None:
        return None
    made = RepairMade(client_order_id=name, fills=fills, accepted_as=repair.accepted_as or "", closed_as=closed)
    logger.warning(ORDER_REPAIRED, client_ref=name, fills=fills, closed_as=closed)
    return made


def _accept(job: AccountJob, record: OrderRecord, exchange_order_id: str, actor: str) -> OrderRecord:
    def plan(current: OrderRecord) -> Event | None:
        if current.status not in IN_DOUBT:
            return None
        name = current.order.client_order_id
        return OrderAccepted(client_order_id=name, exchange_order_id=exchange_order_id, rules=RULES)

    return commit_step(job, record, plan, actor=actor, exchange_order_id=exchange_order_id)


def _without_acceptance(repair: Repair) -> Repair:
    return Repair(client_order_id=repair.client_order_id, trades=repair.trades, closed_as=repair.closed_as)


def _record_fills(job: AccountJob, record: OrderRecord, repair: Repair, actor: str) -> int:
    """Record the fills that the log lacks and return how many those were."""
    name = record.order.client_order_id
    markers = tuple(("FILL", f"{name}#{trade.trade_id}") for trade in repair.trades)
    known = job.deps.store.read(ReadRequest(account_id=record.order.account_id, markers=markers)).markers
    missing = [trade for trade, marker in zip(repair.trades, markers, strict=True) if marker not in known]
    for trade in missing:
        record_venue_fill(Acting(deps=job.deps, actor=actor, now=job.clock()), record, trade)
    return len(missing)


def _close(job: AccountJob, record: OrderRecord, status: OrderStatus, actor: str) -> str:
    if record.status.is_final:
        return ""
    ended = close(job, record, status, f"{status.value} at the venue", actor=actor)
    return ended.status.value
