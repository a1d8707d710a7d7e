"""Turn decisions into HTTP answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus

from riskgate.app.submit_order import Answer, DecisionNotActionable
from riskgate.core.errors import Unprocessable
from riskgate.core.model import Order
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.runtime.http import Reply, problem_reply

ORDER_APPROVED = "order_approved"
ORDER_DENIED = "order_denied"

REPLAYED = {"Idempotent-Replayed": "true"}


class OrderDenied(Unprocessable):
    """A denial as a problem: the code is the first violation's."""

    title = "Order denied"


def require_unrouted(*orders: Order) -> None:
    """Refuse `route: true` while no order worker is deployed: an approval nobody sends would reserve for ever.

    Raises
    ------
    Unprocessable : code ROUTING_UNAVAILABLE.
    """
    if any(order.route for order in orders):
        raise Unprocessable(
            "this gateway sends no orders: place the approved order yourself", code="ROUTING_UNAVAILABLE"
        )


def decision_reply(decide: Callable[[], Answer]) -> Reply:
    """Return 201 approved, 200 approved earlier, 422 denied, or 409 where an approval is no longer a go."""
    try:
        answer = decide()
    except DecisionNotActionable as error:
        return problem_reply(error, {"stored_decision": json.loads(error.body)})
    headers = REPLAYED if answer.replayed else {}
    if answer.approved:
        status = HTTPStatus.OK if answer.replayed else HTTPStatus.CREATED
        _observe(ORDER_APPROVED, "OrdersApproved", answer)
        return Reply(status=status, body=answer.body, headers=headers)
    return _denial(answer, headers)


def _denial(answer: Answer, headers: dict[str, str]) -> Reply:
    body = json.loads(answer.body)
    _observe(ORDER_DENIED, "OrdersDenied", answer, code=body["code"])
    denied = body.get("violations") or [v for leg in body.get("legs", []) for v in leg["violations"]]
    detail = denied[0]["message"] if denied else "the order is denied"
    reply = problem_reply(OrderDenied(detail, code=body["code"]), body)
    return Reply(status=reply.status, body=reply.body, headers=headers, content_type=reply.content_type)


def _observe(event: str, metric: str, answer: Answer, code: str | None = None) -> None:
    if answer.replayed:
        return
    logger.info(event, client_order_id=answer.client_order_id, code=code)
    metrics.add_metric(name=metric, unit=MetricUnit.Count, value=1)
