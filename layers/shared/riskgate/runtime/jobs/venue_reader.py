"""Reads of venues for bots, asked for by the front door."""

from __future__ import annotations

import json
from typing import Any, Literal

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.adapters.aws.clients import dynamodb_client
from riskgate.adapters.aws.lazy import lazy
from riskgate.adapters.dynamodb.order_names import DynamoOrderNames
from riskgate.adapters.exchange.build import CallPolicy
from riskgate.adapters.exchange.rate_gate import BudgetUse
from riskgate.adapters.exchange.raw_reads import RawReads
from riskgate.app.front_door.own_orders import KnownNames
from riskgate.app.front_door.read_venue import Reading, read_venue
from riskgate.app.ports.venue_reads import VenueReads
from riskgate.core.account.document import Venue
from riskgate.observability import MetricUnit, add_venue_metric, logger, metrics
from riskgate.runtime import wiring
from riskgate.runtime.clock import utc_now
from riskgate.runtime.jobs.exchanges import budgeted_store, credentials_of, shared_budgets
from riskgate.runtime.settings import ApiSettings, Settings, load
from riskgate.schemas.codec import encode
from riskgate.schemas.messages.text import read_message
from riskgate.schemas.messages.venue_read import VenueRead

VENUE_READ = "venue_read"
#: A bot waits for the answer: one repetition at most.
POLICY = CallPolicy(connect_seconds=1.0, read_seconds=3.0, attempts=2)
#: How long a bot's read waits for its turn at a venue that many ask; then the bot is told to come again.
WAIT_SECONDS = 2.0
SERVER_ERROR = 500
#: Refused for what the front door never asks.
NEVER_ASKED = frozenset({"CALL_NOT_A_READ", "SECRET_OF_ANOTHER_ACCOUNT"})


class ReaderSettings(Settings, frozen=True):
    """Whether market data is passed on as well: for bots that reach nothing but the gateway."""

    passes_public_data: Literal["true", "false"]


@lazy
def reads_of(venue: Venue) -> VenueReads:
    """Return the API of one venue; kept, since it paces its requests.

    Raises Unprocessable: the venue names no secret.
    """
    sleep = wiring.deps().sleep
    budget = BudgetUse(shared=shared_budgets(), wait_seconds=WAIT_SECONDS)
    return RawReads(venue.venue, venue.market_type, credentials_of(venue), policy=POLICY, sleep=sleep, budget=budget)


@lazy
def reading() -> Reading:
    """Return what reads are made with."""
    names = DynamoOrderNames(dynamodb_client(), load(ApiSettings).state_table)
    return Reading(
        store=budgeted_store(),
        reads_of=reads_of,
        known=KnownNames(names=names),
        passes_public=load(ReaderSettings).passes_public_data == "true",
    )


def serve_read(event: dict[str, Any], _context: LambdaContext) -> dict[str, Any]:
    """Answer one read of a bot: the fields of `VenueReadAnswer`.

    Raises InvalidRequest: the event is none of `VenueRead`; DocumentTooNew: a newer version sent it.
    """
    started = utc_now()
    request = read_message(encode(event).decode(), VenueRead)
    logger.append_keys(account_id=request.account_id, strategy=request.strategy, venue=request.venue)
    answer = read_venue(request, reading())
    duration = int((utc_now() - started).total_seconds() * 1000)
    logger.info(VENUE_READ, path=request.path, status=answer.status, code=answer.cause, duration_ms=duration)
    add_venue_metric("VenueReadLatency", MetricUnit.Milliseconds, duration, request.venue)
    metrics.add_metric(name="VenueReads", unit=MetricUnit.Count, value=1)
    if answer.cause in NEVER_ASKED:
        metrics.add_metric(name="VenueReadsRefused", unit=MetricUnit.Count, value=1)
    if answer.status >= SERVER_ERROR:
        metrics.add_metric(name="VenueReadsFailed", unit=MetricUnit.Count, value=1)
    told: dict[str, Any] = json.loads(encode(answer))
    return told
