"""The market data job: a schedule's tick sends one message per venue, each is carried out by itself."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import date, timedelta
from typing import Any

from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.adapters.aws.clients import dynamodb_client, sqs_client
from riskgate.adapters.aws.job_queue import SqsJobQueue
from riskgate.adapters.aws.lazy import lazy
from riskgate.adapters.dynamodb.closes import ClosesStore
from riskgate.adapters.dynamodb.most_traded import MostTradedStore
from riskgate.adapters.exchange.build import CallPolicy
from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.adapters.exchange.market_credentials import MarketCredentials
from riskgate.adapters.exchange.rate_gate import BudgetUse
from riskgate.adapters.sector_map import load_sectors
from riskgate.app.market.collect_books import collect_books
from riskgate.app.market.collect_closes import collect_closes
from riskgate.app.market.collect_instruments import collect_instruments
from riskgate.app.market.collect_quotes import QuotesCollected, collect_quotes
from riskgate.app.market.list_most_traded import list_most_traded
from riskgate.app.market.plan_collection import plan_collection
from riskgate.app.ports.exchange import Exchange
from riskgate.app.venues.job_context import JobContext
from riskgate.app.venues.measured_exchange import MeasuredExchange
from riskgate.core.errors import GatewayError
from riskgate.core.instrument import MarketType
from riskgate.observability import MetricUnit, cause_of, logger, metrics
from riskgate.runtime import wiring
from riskgate.runtime.clock import utc_now
from riskgate.runtime.jobs import exchanges
from riskgate.runtime.jobs.account_job import drop_if_old, job_queue
from riskgate.runtime.jobs.queues import serve_batch
from riskgate.runtime.settings import ApiSettings, MarketSettings, RiskQueueSettings, load
from riskgate.schemas.http.requests.base import parse_request
from riskgate.schemas.http.requests.market_tick import MarketTick
from riskgate.schemas.messages.job import JobMessage
from riskgate.schemas.messages.market import MarketMessage, MarketTask
from riskgate.schemas.messages.text import read_message, write_message

COLLECTION_STARTED = "collection_started"
COLLECTION_DONE = "collection_done"
COLLECTION_FAILED = "collection_failed"
COLLECTION_DROPPED = "collection_dropped"

#: Schedules tick once a minute at most, and an entry wants a quote of the last half minute: so one tick asks thrice.
DELAYS_SECONDS = {MarketTask.QUOTES: (0, 20, 40)}
#: A message older than this is dropped: a later tick's does the same with newer data.
AGE_MAX = {MarketTask.QUOTES: timedelta(minutes=1)}
AGE_MAX_DEFAULT = timedelta(hours=6)
#: A venue that hangs ends its own task soon; the next tick asks again.
POLICY = CallPolicy(connect_seconds=2.0, read_seconds=5.0, attempts=2)


@lazy
def closes() -> ClosesStore:
    """Return where daily closes are kept."""
    return ClosesStore(dynamodb_client(), load(ApiSettings).state_table)


@lazy
def most_traded() -> MostTradedStore:
    """Return where the most traded markets are listed."""
    return MostTradedStore(dynamodb_client(), load(ApiSettings).state_table)


@lazy
def _exchange(venue: str, market_type: MarketType, _day: date) -> Exchange:
    """Return the exchange; it knows its markets and paces its requests, so it is kept, but no longer than a day."""
    credentials = MarketCredentials(wiring.secrets(), venue, prefix=load(MarketSettings).market_secret_prefix)
    budget = BudgetUse(shared=exchanges.shared_budgets(), wait_seconds=exchanges.WAIT_SECONDS)
    return CcxtExchange(venue, market_type, credentials, policy=POLICY, sleep=wiring.deps().sleep, budget=budget)


def _source_of(message: MarketMessage, context: LambdaContext) -> MeasuredExchange:
    exchange = _exchange(message.venue, message.market_type, utc_now().date())
    return MeasuredExchange(exchange=exchange, job=JobContext(**exchanges.bounds_of(context)))


def handle_market_data(event: dict[str, Any], context: LambdaContext) -> Any:
    """Serve one invocation: a batch of the job's queue, or a `MarketTick`."""
    if "Records" in event:
        return serve_batch(event, context, lambda record: _serve(record, context))
    tick = parse_request(MarketTick, event)
    now = utc_now()
    messages = plan_collection(
        tick.task,
        store=wiring.deps().store,
        most_traded=most_traded(),
        now=now,
        extra_symbols=tick.symbols,
    )
    logger.info(COLLECTION_STARTED, task=tick.task.value, messages=len(messages))
    if tick.task is MarketTask.QUOTES and not messages:
        _count_run()  # no quotes are wanted
    if tick.at_once:
        return {"results": [_try(message, context) for message in messages]}
    _send(tick.task, messages)
    return {"messages": len(messages)}


def _send(task: MarketTask, messages: Sequence[MarketMessage]) -> None:
    for delay in DELAYS_SECONDS.get(task, (0,)):
        later = timedelta(seconds=delay)
        texts = [write_message(replace(item, requested_at=item.requested_at + later)) for item in messages]
        job_queue().send_texts(texts, delay_seconds=delay)


def _serve(record: SQSRecord, context: LambdaContext) -> None:
    message = read_message(record.body, MarketMessage)
    age_max = AGE_MAX.get(message.task, AGE_MAX_DEFAULT)
    task = message.task.value
    if drop_if_old(message.requested_at, age_max, COLLECTION_DROPPED, venue=message.venue, task=task):
        return
    try:
        _collect(message, context)
    except GatewayError:
        # The next quotes are asked for in seconds: nothing to repeat.
        if message.task is not MarketTask.QUOTES:
            raise
    if message.first_of:
        _go_on(message)


def _go_on(message: MarketMessage) -> None:
    """Have collected what a new account needs next: quotes and closes of its markets, then its risk figures."""
    now = utc_now()
    if message.task is MarketTask.CLOSES:
        settings, account = load(RiskQueueSettings), message.first_of
        for url, with_shared in ((settings.var_queue_url, True), (settings.stress_queue_url, False)):
            job = JobMessage(account_id=account, requested_at=now, with_shared=with_shared)
            SqsJobQueue(sqs_client(), url).send([job])
    if message.task is not MarketTask.INSTRUMENTS:
        return
    place = (message.venue, message.market_type)
    for task in (MarketTask.QUOTES, MarketTask.CLOSES):
        planned = plan_collection(task, store=wiring.deps().store, most_traded=most_traded(), now=now)
        texts = [
            write_message(replace(item, first_of=message.first_of))
            for item in planned
            if (item.venue, item.market_type) == place
        ]
        job_queue().send_texts(texts)


def _try(message: MarketMessage, context: LambdaContext) -> dict[str, Any]:
    """Carry out a message and return what came of it, or its failure."""
    place = {"venue": message.venue, "market_type": message.market_type.value}
    try:
        return place | _collect(message, context)
    except GatewayError as error:
        return place | {"code": error.code}


def _collect(message: MarketMessage, context: LambdaContext) -> dict[str, Any]:
    logger.append_keys(venue=message.venue, market_type=message.market_type.value, task=message.task.value)
    source = _source_of(message, context)
    store = wiring.deps().store
    result: Any
    try:
        match message.task:
            case MarketTask.QUOTES:
                quotes = collect_quotes(message.names, source=source, store=store)
                result = replace(quotes, books=collect_books(message.books, source=source, store=store))
            case MarketTask.INSTRUMENTS:
                result = collect_instruments(source=source, store=store, sectors=load_sectors())
                if message.names:
                    list_most_traded(message.names, source=source, store=store, most_traded=most_traded())
            case MarketTask.CLOSES:
                result = collect_closes(message.names, source=source, closes=closes())
    except Exception as error:
        code = error.code if isinstance(error, GatewayError) else type(error).__name__
        logger.error(COLLECTION_FAILED, code=code, detail=str(error), **cause_of(error))
        metrics.add_metric(name="CollectionsFailed", unit=MetricUnit.Count, value=1)
        raise
    finally:
        source.publish()
        if unreadable := source.exchange.take_unreadable():
            metrics.add_metric(name="MarketRowsUnreadable", unit=MetricUnit.Count, value=len(unreadable))
    if isinstance(result, QuotesCollected) and result.stored:
        _count_run()
    logger.info(COLLECTION_DONE, **asdict(result))
    return asdict(result)


def _count_run() -> None:
    """Tell the job's alarm that quotes reach the gateway."""
    metrics.add_metric(name="JobRuns", unit=MetricUnit.Count, value=1)
