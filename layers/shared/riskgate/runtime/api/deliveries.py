"""Take what senders of webhooks deliver."""

from typing import Any

from riskgate.app.ledger.commit_event import Acting
from riskgate.app.orders.hand_over import hand_over
from riskgate.app.orders.submit_order import OrderAnswer
from riskgate.app.webhooks.place_signal import cancel_signal, place_signal
from riskgate.app.webhooks.prove_sender import prove_sender
from riskgate.app.webhooks.read_delivery import read_delivery
from riskgate.app.webhooks.read_signal import Signal, read_signal
from riskgate.core.errors import (
    Conflict,
    DenialBudgetSpent,
    Forbidden,
    GatewayError,
    InvalidRequest,
    NotFound,
    OutcomeUnknown,
    Transient,
    Unauthorized,
    Unprocessable,
)
from riskgate.core.webhooks.definition import Webhook, WebhookAction
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.runtime import wiring
from riskgate.runtime.api.decisions import decision_reply
from riskgate.runtime.api.principal import source_ip_of
from riskgate.runtime.api.replies import Reply, problem_reply
from riskgate.runtime.api.routes import Request
from riskgate.runtime.api.webhooks import master_key, webhooks
from riskgate.schemas.http.answers.orders import Decision
from riskgate.schemas.http.answers.problems import UnavailableProblem
from riskgate.schemas.http.answers.webhooks import WebhookCancels
from riskgate.schemas.messages.order import MessageKind

WEBHOOK_REFUSED = "webhook_refused"
WEBHOOK_UNUSABLE = "webhook_unusable"
#: Why a sender that proved itself gets no decision: the operator has to look, since its signal is lost.
_UNUSABLE = (Conflict, DenialBudgetSpent, InvalidRequest, Forbidden, NotFound, Unprocessable)
#: What is no fault of the setup.
_EXPECTED = frozenset({"NOTHING_TO_CLOSE", "ORDER_NOT_FOUND"})


def take_delivery(request: Request[Any]) -> Reply[Decision | WebhookCancels]:
    """Prove the sender of a delivery and do what it asks for; what hinders either is counted."""
    delivery = read_delivery(request.event, request.path, source_ip_of(request.event))
    try:
        webhook, signed_at = prove_sender(delivery, webhooks=webhooks(), master_key=master_key, now=request.now)
    except Unauthorized as error:
        logger.warning(WEBHOOK_REFUSED, webhook=delivery.name, source_ip=delivery.source_ip, code=error.code)
        metrics.add_metric(name="WebhooksRefused", unit=MetricUnit.Count, value=1)
        raise
    logger.append_keys(webhook=webhook.name, account_id=webhook.account_id)
    acting = Acting(deps=request.deps, actor=webhook.actor, now=request.now, strategies=webhook.strategies)
    try:
        signal = read_signal(webhook, delivery.fields, signed_at, request.now)
        logger.append_keys(client_ref=signal.client_order_id)
        return _carry_out(acting, webhook, signal)
    except _UNUSABLE as error:
        _count_unusable(error)
        raise


def _carry_out(acting: Acting, webhook: Webhook, signal: Signal) -> Reply[Decision | WebhookCancels]:
    try:
        return _act(acting, webhook, signal)
    except (Transient, OutcomeUnknown) as error:
        # A sender that never asks again has its operator look there.
        return problem_reply(error, UnavailableProblem, look_at=[_place_of(webhook, signal)])


def _place_of(webhook: Webhook, signal: Signal) -> str:
    if signal.action is not WebhookAction.CANCEL:
        return _order_path(webhook, signal.client_order_id)
    return _order_path(webhook, signal.order) if signal.order else f"/accounts/{webhook.account_id}"


def _order_path(webhook: Webhook, client_order_id: str) -> str:
    return f"/accounts/{webhook.account_id}/orders/{client_order_id}"


def _act(acting: Acting, webhook: Webhook, signal: Signal) -> Reply[Decision | WebhookCancels]:
    if signal.action is WebhookAction.CANCEL:
        orders, is_done = cancel_signal(acting, webhook, signal, queue=wiring.queue)
        look_at = [_order_path(webhook, order.client_order_id) for order in orders]
        return Reply(
            status=200 if is_done else 202, body=WebhookCancels(action="cancel", orders=orders, look_at=look_at)
        )

    def decide() -> OrderAnswer:
        answer = place_signal(acting, webhook, signal, permits=wiring.permits)
        return hand_over(acting, answer, MessageKind.SUBMIT, queue=wiring.queue)

    return decision_reply(Decision, decide)


def _count_unusable(error: GatewayError) -> None:
    if error.code in _EXPECTED:
        return
    logger.error(WEBHOOK_UNUSABLE, code=error.code, detail=error.detail)
    metrics.add_metric(name="WebhooksUnusable", unit=MetricUnit.Count, value=1)
