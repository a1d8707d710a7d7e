"""Cancel at the venue what a kill switch or a tripped breaker covers, and write down what became of each order."""

from __future__ import annotations

from datetime import timedelta

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.routing.cancel_order import actor_of, cancel_record
from riskgate.app.routing.worker import Worker
from riskgate.app.venues.job_context import RetryLater
from riskgate.core.account.document import OrderStatus
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.errors import GatewayError, Rejected, Unprocessable
from riskgate.core.ledger.apply import Result
from riskgate.core.plurals import counted
from riskgate.core.routing.events import CancelOutcome, OpenOrdersCancelled, OrderCancelResult
from riskgate.core.routing.steps import BREAKER, list_covered, list_left_to_cancel
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.schemas.messages.order import OrderMessage

OPEN_ORDERS_CANCELLED = "open_orders_cancelled"

#: An outcome that another attempt may settle.
_UNSETTLED = frozenset({CancelOutcome.FAILED, CancelOutcome.UNKNOWN})


def cancel_covered(message: OrderMessage, worker: Worker) -> OpenOrdersCancelled:
    """Cancel an account's routed orders that a kill switch covers, or the entries among them that a breaker does.

    Returns the outcome per order and the time from the flag to the last acknowledgement, as it stands in the audit
    log. Raises NotFound: unknown account; RetryLater: orders are left, or their outcome is not settled: the message is
    to come again. What was found out stands in the audit log.
    """
    flag_at = message.flag_at or message.sent_at
    state = worker.read_state(message.account_id)
    names = list_covered(state, message.scope, message.key, flag_at, message.venue)
    results: list[OrderCancelResult] = []
    for name in names:
        try:
            worker.require_time()
        except RetryLater:
            break
        results.append(_cancel(worker, message, name))
    last = max((result.at for result in results), default=worker.clock())
    event = OpenOrdersCancelled(
        scope=message.scope,
        key=message.key,
        flag_at=flag_at,
        results=tuple(results),
        duration_ms=(last - flag_at) // timedelta(milliseconds=1),
        remaining=len(names) - len(results),
        left_to_cancel=tuple(list_left_to_cancel(state, message.scope, message.key, flag_at)),
    )
    if event.scope != BREAKER or names or event.left_to_cancel:
        # What a breaker stopped is looked after more than once; most looks find nothing left.
        _record(worker, message, event)
    unsettled = [result.client_order_id for result in results if result.outcome in _UNSETTLED]
    if message.change_id:
        still_open = len(unsettled) + event.remaining
        worker.deps.store.kill_switches.put_cancels(
            message.flag_name, message.change_id, message.covers, still_open=still_open
        )
    if unsettled or event.remaining:
        raise RetryLater(f"{counted(len(unsettled), 'order')} not settled, {event.remaining} not tried yet")
    return event


def _cancel(worker: Worker, message: OrderMessage, client_order_id: str) -> OrderCancelResult:
    """Cancel one order; whatever goes wrong is an outcome, so that the orders after it get their turn."""
    outcome, detail = CancelOutcome.CANCELLED, ""
    try:
        record, state = worker.read_order(message.account_id, client_order_id)
        if record.status.is_final:
            outcome, detail = CancelOutcome.ALREADY_DONE, record.status.value
        else:
            reason = message.reason or f"kill switch engaged: {message.scope} {message.key}".strip()
            record = cancel_record(worker, record, state, reason, actor=actor_of(message))
            if record.status is not OrderStatus.CANCELLED:
                outcome, detail = CancelOutcome.ALREADY_DONE, record.status.value
    except (Rejected, Unprocessable) as error:
        outcome, detail = CancelOutcome.FAILED, error.detail
    except GatewayError as error:
        # No sure answer: the order may rest, or may be gone already.
        outcome, detail = CancelOutcome.UNKNOWN, error.detail
    return OrderCancelResult(client_order_id=client_order_id, outcome=outcome, at=worker.clock(), detail=detail)


def _record(worker: Worker, message: OrderMessage, event: OpenOrdersCancelled) -> None:
    def plan(snapshot: Snapshot, _: bool) -> Plan[None]:
        stored = snapshot.account
        if stored is None or stored.state is None:
            return Answered(None)

        def effects(_result: Result, _place: LogPlace) -> tuple[None, Effects]:
            return None, Effects(answer=None)

        return Step(event, effects)

    request = ReadRequest(account_id=message.account_id)
    commit_event(Acting(deps=worker.deps, actor=actor_of(message), now=worker.clock()), request, plan)
    outcomes = [result.outcome for result in event.results]
    counts = {outcome.value: outcomes.count(outcome) for outcome in CancelOutcome}
    logger.info(OPEN_ORDERS_CANCELLED, duration_ms=event.duration_ms, remaining=event.remaining, outcomes=counts)
    if event.results:
        name = "BreakerCancelDuration" if event.scope == BREAKER else "KillCancelDuration"
        metrics.add_metric(name=name, unit=MetricUnit.Milliseconds, value=event.duration_ms)
