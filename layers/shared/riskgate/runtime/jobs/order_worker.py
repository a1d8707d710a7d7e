"""Carry out one message of the order queue, and say when it is to come again where that failed."""

from datetime import datetime, timedelta
from typing import Any

from aws_lambda_powertools.utilities.batch.types import PartialItemFailureResponse
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.adapters.aws.lazy import lazy
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.orders.place_in_turn import Sender
from riskgate.app.ports.exchange import Exchange
from riskgate.app.routing.cancel_covered import cancel_covered
from riskgate.app.routing.cancel_order import actor_of, cancel_order
from riskgate.app.routing.describe_worked import describe_worked
from riskgate.app.routing.follow_exit import follow_exit
from riskgate.app.routing.follow_kill_switch import follow_kill_switch
from riskgate.app.routing.keep_stops import ask_for_stops, keep_stops, make_room
from riskgate.app.routing.replace_order import replace_order
from riskgate.app.routing.resolve_orders import resolve_orders
from riskgate.app.routing.send_order import send_order
from riskgate.app.routing.worker import Worker
from riskgate.app.safeguards.flatten_positions import flatten_positions
from riskgate.app.venues.job_context import JobContext
from riskgate.app.venues.measured_exchange import MeasuredExchange
from riskgate.core.account.document import Venue
from riskgate.core.errors import GatewayError, NotFound
from riskgate.observability import MetricUnit, log_action, logger, metrics
from riskgate.runtime import wiring
from riskgate.runtime.clock import utc_now
from riskgate.runtime.jobs import exchanges
from riskgate.runtime.jobs.queues import NEWER_SECONDS_MAX, come_again, serve_batch
from riskgate.runtime.tracing import run_trace_id
from riskgate.schemas.messages.order import MessageKind, OrderMessage
from riskgate.schemas.messages.text import read_message
from riskgate.schemas.messages.worked import Worked

#: The key of an event that is no batch of the queue: one message, whose sender waits.
DIRECT = "message"
MESSAGE_DONE = "order_message_done"
MESSAGE_DROPPED = "order_message_dropped"
MESSAGE_RETURNED = "order_message_returned"
#: What a log line tells of a message beside its order.
_TOLD = ("venue", "symbol", "is_exit", "scope", "key", "reason", "actor")


@lazy
def secret_owners() -> dict[str, str]:
    """Return whose the secrets are that this process has asked for."""
    return {}


def handle_orders(event: dict[str, Any], context: LambdaContext) -> PartialItemFailureResponse:
    """Carry out the messages of one batch and return those that are to come again."""
    return serve_batch(event, context, lambda record: handle_record(record, context), is_fifo=True)


def handle_record(record: SQSRecord, context: LambdaContext) -> None:
    """Carry out one message.

    Raises Exception: the message is to come again, soon; after the queue's last attempt it goes to the dead letters.
    """
    started = utc_now()
    sources: dict[Venue, MeasuredExchange] = {}
    try:
        message = read_message(record.body, OrderMessage)
        trace_id = _name(message, context)
        worker = build_worker(f"{context.aws_request_id}/{record.message_id}", context, sources, trace_id)
        _carry_out(message, worker)
    except NotFound as error:
        # Nobody will ever find it: there is nothing to repeat.
        logger.error(MESSAGE_DROPPED, code=error.code, detail=error.detail)
        metrics.add_metric(name="OrderMessagesDropped", unit=MetricUnit.Count, value=1)
    except Exception as error:
        metrics.add_metric(name="OrderMessagesReturned", unit=MetricUnit.Count, value=1)
        # A flatten, or a kill switch that is followed, is sent by nobody again: it outlasts the deployment.
        come_again(record, error, wiring.queue(), MESSAGE_RETURNED, newer_seconds_max=NEWER_SECONDS_MAX)
        raise
    else:
        _log_done(message, started)
    finally:
        _publish(sources, started)


def _name(message: OrderMessage, context: LambdaContext) -> str:
    """Put into every line from here on what it is about, and return its trace id."""
    trace_id = message.trace_id or run_trace_id(context)
    logger.append_keys(
        account_id=message.account_id,
        client_ref=message.client_order_id,
        trace_id=trace_id,
        kind=message.kind.value,
    )
    return trace_id


def _publish(sources: dict[Venue, MeasuredExchange], started: datetime) -> None:
    for source in sources.values():
        source.publish()
    if over := exchanges.shared_budgets().take_over():
        metrics.add_metric(name="OrdersOverBudget", unit=MetricUnit.Count, value=over)
    duration = (utc_now() - started) // timedelta(milliseconds=1)
    metrics.add_metric(name="OrderMessageDuration", unit=MetricUnit.Milliseconds, value=duration)


def carry_out_directly(text: str, context: LambdaContext) -> Worked:
    """Carry out one message that a function sent itself and waits for; what fails is for the queue to bring again.

    Whoever comes first, this or a message of the queue, commits the claim and sends: the other one looks up.
    """
    started, message = utc_now(), read_message(text, OrderMessage)
    trace_id = _name(message, context)
    sources: dict[Venue, MeasuredExchange] = {}
    worker = build_worker(f"{context.aws_request_id}/direct", context, sources, trace_id)
    try:
        _carry_out(message, worker)
        record = worker.deps.store.get_order(message.account_id, message.client_order_id)
    except GatewayError as error:
        logger.warning(MESSAGE_RETURNED, code=error.code, detail=error.detail)
        return Worked(done=False, code=error.code)
    finally:
        _publish(sources, started)
    _log_done(message, started)
    return Worked(done=True, order=describe_worked(record, worker.noticed))


def _log_done(message: OrderMessage, started: datetime) -> None:
    asked = {name: getattr(message, name) for name in _TOLD if getattr(message, name)}
    ended = utc_now()
    log_action(
        MESSAGE_DONE,
        message.kind.value,
        request=asked,
        response={"waited_ms": (started - message.sent_at) // timedelta(milliseconds=1)},
        duration_ms=(ended - started) // timedelta(milliseconds=1),
    )


def build_worker(
    claimant: str, context: LambdaContext, sources: dict[Venue, MeasuredExchange], trace_id: str = ""
) -> Worker:
    """Return the worker of one message; `sources` collects the venues it asks."""
    bounds = exchanges.bounds_of(context, trace_id)

    def exchange_of(venue: Venue) -> Exchange:
        if venue not in sources:
            sources[venue] = MeasuredExchange(exchange=exchanges.order_exchange_of(venue), job=JobContext(**bounds))
        return sources[venue].as_exchange()

    return Worker(
        **bounds,
        exchange_of=exchange_of,
        permits=wiring.permits(),
        claimant=claimant,
        claim_seconds_max=exchanges.CLAIM_SECONDS_MAX,
        arrival_margin_seconds=exchanges.ARRIVAL_MARGIN_SECONDS,
        life_seconds=exchanges.LIFE_SECONDS,
        secret_owners=secret_owners(),
    )


def _carry_out(message: OrderMessage, worker: Worker) -> Any:
    match message.kind:
        case MessageKind.SUBMIT:
            make_room(message, worker)
            return _then_stops(message, worker, send_order(message, worker))
        case MessageKind.MODIFY:
            return _then_stops(message, worker, replace_order(message, worker))
        case MessageKind.CANCEL:
            return _then_stops(message, worker, cancel_order(message, worker))
        case MessageKind.CANCEL_MATCHING:
            return cancel_covered(message, worker)
        case MessageKind.FOLLOW_KILL_SWITCH:
            return follow_kill_switch(message, worker, wiring.queue())
        case MessageKind.FOLLOW_EXIT:
            return follow_exit(message, worker, wiring.queue())
        case MessageKind.FLATTEN:
            acting = Acting(deps=worker.deps, actor=actor_of(message), now=worker.clock())
            return flatten_positions(acting, message, Sender(permits=wiring.permits, queue=wiring.queue))
        case MessageKind.RESOLVE:
            settled = resolve_orders(message, worker)
            return _then_stops(message, worker, settled) if message.client_order_id else settled
        case MessageKind.KEEP_STOPS:
            return keep_stops(message, worker)


def _then_stops(message: OrderMessage, worker: Worker, done: Any) -> Any:
    """Have the stop of the order's market looked after: it may have filled, or held what the stop needs."""
    ask_for_stops(message, worker, wiring.queue())
    return done
