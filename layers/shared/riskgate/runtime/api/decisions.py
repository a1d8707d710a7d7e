"""Turn decisions into HTTP answers."""

from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any

from msgspec.structs import asdict

from riskgate.app.orders.hand_over import hand_over as hand_over_orders
from riskgate.app.orders.submit_order import DecisionNotActionable, OrderAnswer
from riskgate.core.errors import Unprocessable
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.runtime import wiring
from riskgate.runtime.api.replies import REPLAYED, Reply, problem_reply
from riskgate.runtime.api.routes import Request
from riskgate.schemas.codec import decode
from riskgate.schemas.http.answers.base import stored
from riskgate.schemas.http.answers.orders import BatchAnswer, Decision
from riskgate.schemas.http.answers.problems import ConflictProblem, DeniedBatchProblem, DeniedProblem
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
    return hand_over_orders(request.acting, answer, kind, queue=wiring.queue)


def decision_reply[D: (Decision, BatchAnswer)](kind: type[D], decide: Callable[[], OrderAnswer]) -> Reply[D]:
    """Return 201 approved, 200 approved earlier, 422 denied, or 409 where an approval is no longer a go."""
    try:
        answer = decide()
    except DecisionNotActionable as error:
        return problem_reply(error, ConflictProblem, stored_decision=stored(error.body, kind))
    headers = REPLAYED if answer.replayed else {}
    if answer.approved:
        status = HTTPStatus.OK if answer.replayed else HTTPStatus.CREATED
        _observe(ORDER_APPROVED, "OrdersApproved", answer)
        told = {"decision": "approved"} | _told(answer)
        return Reply(status=status, body=stored(answer.body, kind), headers=headers, told=told)
    return _denial(decode(answer.body, kind), answer, headers)


def _denial(decided: Decision | BatchAnswer, answer: OrderAnswer, headers: dict[str, str]) -> Reply[Any]:
    _observe(ORDER_DENIED, "OrdersDenied", answer, code=decided.code)
    legs, kind = ([decided], DeniedProblem) if isinstance(decided, Decision) else (decided.legs, DeniedBatchProblem)
    detail = next((fault.message for leg in legs for fault in leg.violations), "the order is denied")
    reply = problem_reply(OrderDenied(detail, code=decided.code), kind, **asdict(decided))
    return replace(reply, headers=headers, told=_told(answer))


def _told(answer: OrderAnswer) -> dict[str, object]:
    """Return what the log line of a repetition tells: whose answer it got."""
    return {"replayed": True, "order_trace_id": answer.trace_id} if answer.replayed else {}


def _observe(event: str, metric: str, answer: OrderAnswer, code: str | None = None) -> None:
    if answer.replayed:
        return
    logger.info(event, client_ref=answer.client_order_id, code=code)
    metrics.add_metric(name=metric, unit=MetricUnit.Count, value=1)
