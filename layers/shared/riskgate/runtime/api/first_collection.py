"""The market data of an account that was just registered: asked for at once, not with the next hour's tick."""

from collections.abc import Sequence
from datetime import datetime

from riskgate.adapters.aws.clients import sqs_client
from riskgate.adapters.aws.job_queue import SqsJobQueue
from riskgate.adapters.aws.lazy import lazy
from riskgate.core.account.document import Venue
from riskgate.core.errors import Transient
from riskgate.observability import logger
from riskgate.runtime.settings import MarketQueueSettings, SettingsMissing, load
from riskgate.schemas.messages.market import MarketMessage, MarketTask
from riskgate.schemas.messages.text import write_message

FIRST_COLLECTION_FAILED = "first_collection_failed"


@lazy
def _market_queue() -> SqsJobQueue | None:
    """Return the market data job's queue, None in a deployment without that job."""
    try:
        settings = load(MarketQueueSettings)
    except SettingsMissing:
        return None
    return SqsJobQueue(sqs_client(), settings.market_queue_url)


def ask_first_collection(account_id: str, base_currency: str, venues: Sequence[Venue], now: datetime) -> None:
    """Ask for the markets of each venue with a key; quotes, closes and risk figures follow them.

    The account is registered, whatever becomes of this: the schedules collect the same within an hour.
    """
    messages = [
        MarketMessage(
            task=MarketTask.INSTRUMENTS,
            venue=venue.venue,
            market_type=venue.market_type,
            requested_at=now,
            names=(base_currency,),
            first_of=account_id,
        )
        for venue in venues
        if venue.secret_name is not None
    ]
    queue = _market_queue()
    if queue is None or not messages:
        return
    try:
        queue.send_texts([write_message(message) for message in messages])
    except Transient as error:
        logger.warning(FIRST_COLLECTION_FAILED, code=error.code, detail=error.detail)
