"""What the order worker needs beyond `wiring`: exchanges, and the bounds of one invocation."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache, lru_cache
from importlib import import_module

from riskgate.adapters.aws.clients import run_after_restore, run_before_snapshot
from riskgate.adapters.exchange.build import CallPolicy
from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.adapters.exchange.credentials import SecretCredentials
from riskgate.app.ports.exchange import Exchange
from riskgate.app.routing.worker import Worker
from riskgate.core.account.document import Venue
from riskgate.core.errors import Unprocessable
from riskgate.runtime.wiring import shared as wiring
from riskgate.runtime.wiring.api_settings import load
from riskgate.runtime.wiring.job_settings import WorkerSettings

#: Short enough that an order in doubt is looked up several times in one invocation.
POLICY = CallPolicy(connect_seconds=1.0, read_seconds=3.0, attempts=2)
#: What a call may take with its repetitions: none begins later than this before the end.
CALL_SECONDS = 8.5
#: Kept for the last commit and for handing the message back.
MARGIN_SECONDS = 2.5
#: Longer than a venue takes a signed request for new (5 s, and its clock may differ): then it never arrives.
ABSENCE_SECONDS = 12.0
#: Exchanges kept warm: each holds its venue's list of markets, tens of megabytes.
EXCHANGES_MAX = 16
#: Longer than the function's timeout (30 s).
LIFE_SECONDS = 40.0


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


@cache
def settings() -> WorkerSettings:
    """Return the worker's settings."""
    return load(WorkerSettings)


@lru_cache(maxsize=EXCHANGES_MAX)
def exchange_of(venue: Venue) -> Exchange:
    """Return the exchange behind one venue; kept, since it knows its markets and paces its requests.

    Raises
    ------
    Unprocessable : the venue names no secret.
    """
    if venue.secret_name is None:
        raise Unprocessable("the account has no key for this venue", code="ROUTING_UNAVAILABLE")
    credentials = SecretCredentials(wiring.secrets(), venue.secret_name)
    return CcxtExchange(venue.venue, venue.market_type, credentials, policy=POLICY, sleep=wiring.deps().sleep)


def worker(claimant: str, remaining_ms: int) -> Worker:
    """Return the worker of one invocation.

    Parameters
    ----------
    claimant : str, the invocation's own id.
    remaining_ms : int, time until the invocation is ended.
    """
    deps = wiring.deps()
    return Worker(
        deps=deps,
        permits=wiring.permits(),
        exchange_of=exchange_of,
        clock=utc_now,
        claimant=claimant,
        deadline=deps.monotonic() + remaining_ms / 1000 - MARGIN_SECONDS,
        order_age_seconds_max=settings().order_age_seconds_max,
        call_seconds=CALL_SECONDS,
        absence_seconds=ABSENCE_SECONDS,
        life_seconds=LIFE_SECONDS,
    )


def forget() -> None:
    """Drop everything built so far: after a SnapStart restore, and between tests."""
    for built in (settings, exchange_of):
        built.cache_clear()


run_after_restore(forget)
# ccxt is imported with the first order; a snapshot has it already.
run_before_snapshot(lambda: import_module("ccxt.base.exchange"))
