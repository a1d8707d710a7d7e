"""Turn decisions into HTTP answers."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from riskgate.app.orders.hand_over import hand_over as hand_over_orders
from riskgate.app.orders.submit_order import DecisionNotActionable, OrderAnswer
from riskgate.core.errors import Unprocessable
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.runtime import wiring
from riskgate.runtime.api.routes import REPLAYED, Reply, Request, problem_reply
from riskgate.schemas.codec import decode, embed
from riskgate.schemas.messages.order import MessageKind

ORDER_APPROVED = "order_approved"
ORDER_DENIED = "order_denied"


class OrderDenied(Unprocessable):
    """A denial as a problem: the code is the first violation's."""

    title = "Order denied"


def hand_over(answer: OrderAnswer, request: Request[Any], kind: MessageKind = MessageKind.SUBMIT) -> OrderAnswer:
    """Tell the worker what an answer leaves to be sent.

    Raises Transient: it may not have been told; the same request again tells it.
    """
    return hand_over_orders(request.acting, answer, kind, queue=wiring.queue, correlation_id=request.request_id)


def decision_reply(decide: Callable[[], OrderAnswer]) -> Reply:
    """Return 201 approved, 200 approved earlier, 422 denied, or 409 where an approval is no longer a go."""
    try:
        answer = decide()
    except DecisionNotActionable as error:
        return problem_reply(error, {"stored_decision": embed(error.body.encode())})
    headers = REPLAYED if answer.replayed else {}
    if answer.approved:
        status = HTTPStatus.OK if answer.replayed else HTTPStatus.CREATED
        _observe(ORDER_APPROVED, "OrdersApproved", answer)
        return Reply(status=status, body=answer.body, headers=headers)
    return _denial(answer, headers)


def _denial(answer: OrderAnswer, headers: dict[str, str]) -> Reply:
    body = decode(answer.body, dict)
    _observe(ORDER_DENIED, "OrdersDenied", answer, code=body["code"])
    denied = body.get("violations") or [v for leg in body.get("legs", []) for v in leg["violations"]]
    detail = denied[0]["message"] if denied else "the order is denied"
    reply = problem_reply(OrderDenied(detail, code=body["code"]), body)
    return Reply(status=reply.status, body=reply.body, headers=headers, content_type=reply.content_type)


def _observe(event: str, metric: str, answer: OrderAnswer, code: str | None = None) -> None:
    if answer.replayed:
        return
    logger.info(event, client_order_id=answer.client_order_id, code=code)
    metrics.add_metric(name=metric, unit=MetricUnit.Count, value=1)
