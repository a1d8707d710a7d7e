"""What one scrape reads: each account once, the queues and the alerts that wait."""

from __future__ import annotations

from datetime import datetime

from riskgate.adapters.aws.bucket import S3Objects
from riskgate.adapters.aws.clients import dynamodb_client, s3_client, sqs_client
from riskgate.adapters.aws.queue_depths import read_depths
from riskgate.adapters.dynamodb.outbox import DynamoOutbox
from riskgate.app.account.list_accounts import list_visible, read_views
from riskgate.core.access.tokens import Principal
from riskgate.runtime import wiring
from riskgate.runtime.metrics.collector import PendingAlerts, Scrape
from riskgate.runtime.settings import Name, Settings, load

#: Accounts of one scrape, each one read; `?account=` asks for one of them.
ACCOUNTS_MAX = 200


class ViewSettings(Settings, frozen=True):
    """Settings of the view API, beside those of the APIs; `metrics_queues` is ``name=url name=url``."""

    statement_bucket: Name
    notification_table: Name
    metrics_queues: Name


def statements() -> S3Objects:
    """Return where daily statements are kept."""
    return S3Objects(s3_client(), load(ViewSettings).statement_bucket)


def scrape(caller: Principal, now: datetime, account_id: str | None) -> Scrape:
    """Read what a caller may see; the gateway's own figures only where that is all.

    Raises Forbidden: the token does not permit the account asked for; Transient: the database did not answer.
    """
    if account_id is not None:
        caller.require("metrics:read", account_id)
    visible = [account_id] if account_id is not None else list_visible(caller, wiring.deps())
    views, unreadable = read_views(visible[:ACCOUNTS_MAX], wiring.deps(), now)
    found = Scrape(views=views, omitted=len(visible[ACCOUNTS_MAX:]), unreadable=len(unreadable))
    if not caller.has_all_accounts:
        return found
    settings = load(ViewSettings)
    urls = dict(item.split("=", 1) for item in settings.metrics_queues.split())
    return Scrape(
        views=found.views,
        omitted=found.omitted,
        unreadable=found.unreadable,
        queues=read_depths(sqs_client(), urls),
        alerts=_read_alerts(DynamoOutbox(dynamodb_client(), settings.notification_table), now),
    )


def _read_alerts(outbox: DynamoOutbox, now: datetime) -> PendingAlerts:
    waiting = [item.queued_at for chat in outbox.list_chats() for item in outbox.list_pending(chat)]
    oldest = int((now - min(waiting)).total_seconds()) if waiting else None
    return PendingAlerts(count=len(waiting), oldest_seconds=oldest)
