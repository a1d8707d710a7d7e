"""Write down a request to the webhook that did not bring Telegram's secret."""

from datetime import datetime, timedelta

from riskgate.app.ledger.commit_event import Acting, Deps, Effects
from riskgate.app.ledger.gateway_chain import append_to_gateway_chain
from riskgate.app.ports.operators import CommandStore
from riskgate.core.errors import GatewayError
from riskgate.core.ledger.gateway_events import CommandOutcome, OperatorCommand
from riskgate.observability import MetricUnit, logger, metrics

WEBHOOK_REFUSED = "telegram_webhook_refused"
#: Nobody knows who it was.
STRANGER = "telegram:unproven"


def refuse_webhook(source_ip: str, *, deps: Deps, commands: CommandStore, now: datetime) -> None:
    """Count a request without the secret, and write it down: once a minute, since anybody can send them.

    A log that does not take it changes nothing: the request is refused all the same.
    """
    logger.warning(WEBHOOK_REFUSED, source_ip=source_ip)
    metrics.add_metric(name="TelegramWebhookRefused", unit=MetricUnit.Count, value=1)
    event = OperatorCommand(
        command="webhook",
        arguments="",
        outcome=CommandOutcome.REFUSED,
        detail=f"WEBHOOK_SECRET_INVALID: from {source_ip[:45] or 'nowhere'}",
        update_id=0,
        chat_id=0,
    )
    try:
        if commands.claim(f"WEBHOOK#{now:%Y%m%dT%H%M}", now + timedelta(hours=1)):
            effects = Effects(answer=None, decision=event.outcome.value)
            append_to_gateway_chain(Acting(deps=deps, actor=STRANGER, now=now), event, lambda _: effects)
    except GatewayError as error:
        logger.warning(WEBHOOK_REFUSED, source_ip=source_ip, code=error.code, detail=error.detail)
