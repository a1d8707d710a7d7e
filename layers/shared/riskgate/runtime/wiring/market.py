"""What the market data job needs beyond `wiring`: its queue, its closes, and venues asked without keys."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache, lru_cache
from importlib import import_module

from riskgate.adapters.aws.clients import dynamodb_client, run_after_restore, run_before_snapshot, sqs_client
from riskgate.adapters.aws.job_queue import SqsJobQueue
from riskgate.adapters.dynamodb.closes import ClosesStore
from riskgate.adapters.dynamodb.most_traded import MostTradedStore
from riskgate.adapters.exchange.build import CallPolicy
from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.adapters.exchange.market_credentials import MarketCredentials
from riskgate.adapters.sector_map import load_sectors
from riskgate.app.ports.exchange import Exchange
from riskgate.app.venues.measured_exchange import MarketSource
from riskgate.core.instrument import MarketType
from riskgate.runtime.wiring import shared as wiring
from riskgate.runtime.wiring.api_settings import ApiSettings, load
from riskgate.runtime.wiring.job_settings import JobSettings
from riskgate.schemas.messages.market import MarketMessage

__all__ = ["closes", "forget", "load_sectors", "most_traded", "pauses", "queue", "source_of", "utc_now"]

#: A venue that hangs ends its own task soon; the next tick asks again.
POLICY = CallPolicy(connect_seconds=2.0, read_seconds=5.0, attempts=2)
#: Venues kept warm, each with its list of markets.
_EXCHANGES_MAX = 16


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


@cache
def queue() -> SqsJobQueue:
    """Return the job's own queue."""
    return SqsJobQueue(sqs_client(), load(JobSettings).job_queue_url)


@cache
def closes() -> ClosesStore:
    """Return where daily closes are kept."""
    return ClosesStore(dynamodb_client(), load(ApiSettings).state_table)


@cache
def most_traded() -> MostTradedStore:
    """Return where the most traded markets are listed."""
    return MostTradedStore(dynamodb_client(), load(ApiSettings).state_table)


@cache
def pauses() -> dict[tuple[str, MarketType], datetime]:
    """Return until when venues want no more requests; addresses are limited, and each process has its own."""
    return {}


def source_of(message: MarketMessage) -> MarketSource:
    """Return the venue that a message is about."""
    now = utc_now()
    exchange = _exchange(message.venue, message.market_type, message.secret_names, now.date())
    return MarketSource(exchange=exchange, clock=utc_now, monotonic=wiring.deps().monotonic)


@lru_cache(maxsize=_EXCHANGES_MAX)
def _exchange(venue: str, market_type: MarketType, secret_names: tuple[str, ...], _day: date) -> Exchange:
    """Return the exchange; it knows its markets and paces its requests, so it is kept, but no longer than a day."""
    credentials = MarketCredentials(wiring.secrets(), venue, secret_names)
    return CcxtExchange(venue, market_type, credentials, policy=POLICY, sleep=wiring.deps().sleep)


def forget() -> None:
    """Drop everything built so far: after a SnapStart restore, and between tests."""
    for built in (queue, closes, most_traded, pauses, _exchange):
        built.cache_clear()


run_after_restore(forget)
# ccxt is imported with the first message; a snapshot has it already.
run_before_snapshot(lambda: import_module("ccxt.base.exchange"))
