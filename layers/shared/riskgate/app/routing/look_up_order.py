"""Ask a venue about an order that may or may not have reached it, until the answer is sure."""

from __future__ import annotations

from dataclasses import replace

from riskgate.app.ports.exchange import Exchange
from riskgate.app.routing.settle_order import ref_of
from riskgate.app.routing.worker import DENIALS_MIN, Worker
from riskgate.core.account.document import OrderStatus
from riskgate.core.account.stored import OrderRecord
from riskgate.core.errors import OutcomeUnknown, Rejected, Transient, VenueAnswerInvalid
from riskgate.core.routing.answers import find_mismatch
from riskgate.core.venues.model import VenueOrder

FIRST_PAUSE_SECONDS = 0.25
PAUSE_SECONDS_MAX = 4.0


def look_up_order(worker: Worker, exchange: Exchange, record: OrderRecord) -> VenueOrder | None:
    """Return the order as the venue has it, or None once it surely does not have it and never will.

    A request may still be under way when its sender has given up. So an order counts as absent only when the venue
    has denied it several times, the last time later than any request sent before can arrive. Where nobody recorded
    when the sender gave up, it counts as sending until its invocation must have ended.

    Raises RetryLater: this invocation cannot find out; the order stays in doubt.
    """
    age = (worker.clock() - record.updated_at).total_seconds()
    waited = max(0.0, age if record.status is OrderStatus.UNKNOWN else age - worker.life_seconds)
    arrives = exchange.arrival_seconds_max(has_trigger=record.order.type.has_trigger_price)
    absent_after = arrives + worker.arrival_margin_seconds
    started, pause, denials = worker.deps.monotonic(), FIRST_PAUSE_SECONDS, 0
    while True:
        worker.require_time()
        asked_after = waited + worker.deps.monotonic() - started
        try:
            found = find_order(exchange, record)
        except (Transient, Rejected, VenueAnswerInvalid, OutcomeUnknown):
            # No answer is no denial.
            pass
        else:
            if found is not None and found.status is not OrderStatus.UNKNOWN:
                return found
            denials += found is None
            if denials >= DENIALS_MIN and found is None and asked_after > absent_after:
                return None
        worker.pause(pause)
        pause = min(pause * 2, PAUSE_SECONDS_MAX)


def find_order(exchange: Exchange, record: OrderRecord) -> VenueOrder | None:
    """Ask a venue once about an order, and make sure that the answer is about this order.

    The venue's own id of it stands in an answer that may have been about another: where it finds none, or another, our
    id decides. Returns None where the venue knows none.

    Raises VenueAnswerInvalid: what it shows contradicts itself, or is another order; Transient, Rejected: no answer.
    """
    ref = ref_of(exchange, record)
    seen = exchange.get_order(ref)
    if ref.exchange_order_id is not None and (seen is None or find_mismatch(ref, record.order.side, seen)):
        seen = exchange.get_order(replace(ref, exchange_order_id=None))
    mismatch = find_mismatch(ref, record.order.side, seen) if seen is not None else ""
    if mismatch:
        raise VenueAnswerInvalid(f"the venue shows another order: {mismatch}")
    return seen
