"""The exchanges that jobs send to and read from, and the bounds of one invocation."""

from datetime import UTC, datetime, timedelta
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.adapters.aws.clients import dynamodb_client
from riskgate.adapters.aws.lazy import lazy
from riskgate.adapters.dynamodb.paper_books import DynamoPaperBooks
from riskgate.adapters.dynamodb.store import DynamoStore
from riskgate.adapters.dynamodb.venue_budgets import DynamoVenueBudgets
from riskgate.adapters.exchange.build import CallPolicy
from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.adapters.exchange.credentials import CredentialsSource, SecretCredentials
from riskgate.adapters.exchange.market_credentials import MarketCredentials, PricedCredentials
from riskgate.adapters.exchange.paper import PaperExchange
from riskgate.adapters.exchange.rate_gate import BudgetUse, SharedBudgets
from riskgate.app.ledger.run_store import RunStore
from riskgate.app.ports.exchange import Exchange
from riskgate.app.ports.store import Store
from riskgate.core.account.document import Venue
from riskgate.core.errors import Unprocessable
from riskgate.core.replacing import replace
from riskgate.core.venues.budget import SECOND
from riskgate.runtime import wiring
from riskgate.runtime.clock import utc_now
from riskgate.runtime.settings import ApiSettings, BudgetSettings, MarketSettings, load
from riskgate.runtime.tracing import run_trace_id

#: Short enough that an order in doubt is looked up several times in one invocation.
POLICY = CallPolicy(connect_seconds=1.0, read_seconds=3.0, attempts=2)
#: What a call may take with its repetitions: none begins later than this before the end.
CALL_SECONDS = 8.5
#: How long a reading of a job may wait for its turn at a venue that many ask; what it then lacks is late, and known so.
WAIT_SECONDS = 20.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
#: Kept for the last commit and for handing the message back.
MARGIN_SECONDS = 2.5
#: How long a commit goes on losing races: ten orders of one account, each in a lane of its own, meet at its document.
#: Less than half of what a claim may be old when its order leaves.
COMMIT_ATTEMPTS_MAX, COMMIT_SECONDS_MAX = 60, 4.0
#: How old a claim may be when its order leaves: long before anybody else may take its sender for gone.
CLAIM_SECONDS_MAX = 6.0
#: By how much a venue's clock and ours may differ: so much later than a venue takes a request it never arrives.
ARRIVAL_MARGIN_SECONDS = 7.0
#: Longer than the function's timeout (30 s).
LIFE_SECONDS = 40.0


@lazy
def _bookings() -> DynamoVenueBudgets:
    return DynamoVenueBudgets(dynamodb_client(), load(ApiSettings).state_table)


def budgeted_store() -> Store:
    """Return the store whose reads of accounts bring along what is known of venues' limits."""
    store = wiring.deps().store
    assert isinstance(store, DynamoStore)  # noqa: S101 what `deps` is made of
    return store.reading_beside(_bookings())


@lazy
def shared_budgets() -> SharedBudgets:
    """Return what is shared with all other processes that ask venues."""
    settings = load(BudgetSettings)
    return SharedBudgets(
        bookings=_bookings(),
        address=settings.egress_name,
        percent=settings.venue_limit_percent,
        now_us=lambda: (utc_now() - _EPOCH) // timedelta(microseconds=1),
        sleep=wiring.deps().sleep,
    )


@lazy
def exchange_of(venue: Venue) -> Exchange:
    """Return the exchange behind one venue; kept, since it knows its markets and paces its requests.

    Raises Unprocessable: the venue names no secret.
    """
    return _build_paper(venue) or _build(venue, credentials_of(venue))


@lazy
def order_exchange_of(venue: Venue) -> Exchange:
    """Return the same for what belongs to orders: it does not wait for readings."""
    budget = BudgetUse(shared=shared_budgets(), for_orders=True)
    return _build_paper(venue) or _build(venue, credentials_of(venue), budget)


@lazy
def priced_exchange_of(venue: Venue) -> Exchange:
    """Return the same, which answers only while the venue's market data come from the same place.

    Raises Unprocessable: the venue names no secret.
    """
    if (paper := _build_paper(venue)) is not None:
        # It has no prices of its own that could be of another place.
        return paper
    market = MarketCredentials(wiring.secrets(), venue.venue, prefix=load(MarketSettings).market_secret_prefix)
    return _build(venue, PricedCredentials(credentials_of(venue), market, venue.venue))


def credentials_of(venue: Venue) -> CredentialsSource:
    """Return where the key of an account's venue is read. Raises Unprocessable: the venue names no secret."""
    if venue.secret_name is None:
        raise Unprocessable("the account has no key for this venue", code="ROUTING_UNAVAILABLE")
    return SecretCredentials(wiring.secrets(), venue.secret_name)


def _build(venue: Venue, credentials: CredentialsSource, budget: BudgetUse | None = None) -> Exchange:
    budget = budget or BudgetUse(shared=shared_budgets(), wait_seconds=WAIT_SECONDS)
    return CcxtExchange(
        venue.venue, venue.market_type, credentials, policy=POLICY, sleep=wiring.deps().sleep, budget=budget
    )


def _build_paper(venue: Venue) -> Exchange | None:
    """Return the paper venue that a registration names in the place of a key, or None."""
    if venue.paper_account is None:
        return None
    return PaperExchange(
        venue.paper_account,
        venue.venue,
        venue.market_type,
        books=DynamoPaperBooks(dynamodb_client(), load(ApiSettings).state_table),
        store=wiring.deps().store,
        clock=utc_now,
    )


def account_bounds_of(context: LambdaContext) -> dict[str, Any]:
    """Return what a job works with that reads one account: the fields of `AccountJob`, but for the exchanges."""
    bounds = bounds_of(context)
    store = RunStore(bounds["deps"].store, clock=utc_now, instruments=wiring.instruments())
    return bounds | {"deps": replace(bounds["deps"], store=store.as_store()), "forget": store.forget}


def bounds_of(context: LambdaContext, trace_id: str = "") -> dict[str, Any]:
    """Return what every job works with: the fields of `JobContext`. Without a trace id the run's own counts."""
    deps = replace(
        wiring.deps(),
        store=budgeted_store(),
        attempts_max=COMMIT_ATTEMPTS_MAX,
        deadline_seconds=COMMIT_SECONDS_MAX,
        trace_id=trace_id or run_trace_id(context),
    )
    remaining = context.get_remaining_time_in_millis() / 1000
    budgets = shared_budgets()
    budgets.leave_by_us = budgets.now_us() + int((remaining - MARGIN_SECONDS - CALL_SECONDS) * SECOND)
    deadline = deps.monotonic() + remaining - MARGIN_SECONDS
    return {"deps": deps, "clock": utc_now, "deadline": deadline, "call_seconds": CALL_SECONDS}
