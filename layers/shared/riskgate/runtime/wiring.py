"""Build what the use cases need, on first use: importing a handler needs no environment and no network."""

from riskgate.adapters.aws.clients import decision_client, dynamodb_client, secretsmanager_client, sqs_client
from riskgate.adapters.aws.lazy import lazy
from riskgate.adapters.aws.order_queue import SqsQueue
from riskgate.adapters.aws.secrets import SecretCache
from riskgate.adapters.dynamodb.operators import DynamoOperatorStore
from riskgate.adapters.dynamodb.store import DynamoStore
from riskgate.app.ledger.commit_event import Deps
from riskgate.app.ledger.run_store import InstrumentMemory
from riskgate.app.orders.permits import Permits
from riskgate.core.errors import Unprocessable
from riskgate.observability import MetricUnit, metrics
from riskgate.runtime.settings import AdminSettings, ApiSettings, PermitSettings, QueueSettings, SettingsMissing, load


@lazy
def deps() -> Deps:
    """Return the store-backed dependencies of the API functions."""
    settings = load(ApiSettings)
    store = DynamoStore(
        decision_client(),
        state_table=settings.state_table,
        control_table=settings.control_table,
        audit_table=settings.audit_table,
    )
    return Deps(store=store, count_attempts=_count_attempts, count_over_budget=_count_over_budget)


@lazy
def instruments() -> InstrumentMemory:
    """Return the instruments that this process has read lately."""
    return InstrumentMemory()


def _count_attempts(number: int) -> None:
    """Publish which attempt at a decision begins, from the second on; the maximum tells how many the slowest took."""
    metrics.add_metric(name="CommitAttempts", unit=MetricUnit.Count, value=number)


def _count_over_budget() -> None:
    """Publish that a caller was denied once more than is written down."""
    metrics.add_metric(name="DenialsOverBudget", unit=MetricUnit.Count, value=1)


@lazy
def admin_settings() -> AdminSettings:
    """Return the settings of the admin API."""
    return load(AdminSettings)


@lazy
def operators() -> DynamoOperatorStore:
    """Return where operators' one-time codes are accounted for."""
    return DynamoOperatorStore(dynamodb_client(), admin_settings().control_table)


@lazy
def secrets() -> SecretCache:
    """Return the secret reader."""
    return SecretCache(secretsmanager_client())


@lazy
def queue() -> SqsQueue:
    """Return the order queue."""
    return SqsQueue(sqs_client(), load(QueueSettings).order_queue_url)


@lazy
def permits() -> Permits:
    """Return what issues and checks permits.

    Raises Unprocessable: code ROUTING_UNAVAILABLE, this deployment has no order worker to hand orders to.
    """
    try:
        settings = load(PermitSettings)
    except SettingsMissing as error:
        raise Unprocessable(
            "this gateway does not send orders: place them yourself", code="ROUTING_UNAVAILABLE"
        ) from error
    return Permits(keys=secrets(), secret_id=settings.permit_secret_id, lifetime_seconds=settings.order_age_seconds_max)
