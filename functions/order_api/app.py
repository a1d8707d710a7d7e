"""Order API: decide, modify, fill, cancel and list orders; take heartbeats."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from riskgate.app.orders.check_order import check_order
from riskgate.app.orders.describe_order import order_body
from riskgate.app.orders.modify_order import Change, modify_order
from riskgate.app.orders.record_fill import Fill, record_order_fill
from riskgate.app.orders.request_cancel import request_cancel
from riskgate.app.orders.submit_batch import submit_batch
from riskgate.app.orders.submit_order import OrderAnswer, submit_order
from riskgate.observability import logger, metrics
from riskgate.runtime import wiring
from riskgate.runtime.api.decisions import decision_reply, hand_over
from riskgate.runtime.api.replies import Reply
from riskgate.runtime.api.routes import Api, Request
from riskgate.schemas.http.answers import orders as answers
from riskgate.schemas.http.bodies import Body
from riskgate.schemas.http.queries import PAGE_SIZE
from riskgate.schemas.http.requests.quick_orders import BatchBody, OrderBody, read_batch, read_order
from riskgate.schemas.messages.order import MessageKind

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

    from riskgate.schemas.http.answers.safeguards import HeartbeatAnswer, HeartbeatEndedAnswer
    from riskgate.schemas.http.requests.heartbeats import HeartbeatRequest
    from riskgate.schemas.http.requests.orders import CancelRequest, FillRequest, OrderPatch, PlacedRequest, StopRequest

api = Api()
ORDER = Body("orders.OrderRequest", read_order)
BATCH = Body("orders.BatchRequest", read_batch)


@api.route("postOrder", ORDER)
def post_order(request: Request[OrderBody]) -> Reply[answers.Decision]:
    """Decide on an order and reserve its exposure."""
    order = request.body.to_order(request.account_id)

    def decide() -> OrderAnswer:
        return submit_order(request.acting, order, permits=wiring.permits)

    return decision_reply(answers.Decision, lambda: hand_over(decide(), request))


@api.route("checkOrder", ORDER)
def check(request: Request[OrderBody]) -> Reply[answers.CheckAnswer]:
    """Decide on an order without placing it, and size it."""
    body = check_order(request.acting, request.body.to_order(request.account_id))
    return Reply(status=200, body=body)


@api.route("postBatch", BATCH)
def post_batch(request: Request[BatchBody]) -> Reply[answers.BatchAnswer]:
    """Decide on several orders together."""
    orders = tuple(order.to_order(request.account_id) for order in request.body.orders)

    def decide() -> OrderAnswer:
        return submit_batch(
            request.acting,
            request.account_id,
            orders,
            permits=wiring.permits,
        )

    return decision_reply(answers.BatchAnswer, lambda: hand_over(decide(), request))


@api.route("listOrders")
def list_orders(request: Request[None]) -> Reply[answers.OrdersPage]:
    """List orders page by page."""
    limit = PAGE_SIZE.read(request.query)
    cursor = request.query.get("cursor")
    records, following = wiring.deps().store.list_orders(request.account_id, limit=limit, cursor=cursor)
    orders = [order_body(record, request.now) for record in records]
    return Reply(status=200, body=answers.OrdersPage(orders=orders, next_cursor=following))


@api.route("getOrder")
def get_order(request: Request[None]) -> Reply[answers.OrderAnswer]:
    """Get one order as stored."""
    record = wiring.deps().store.get_order(request.account_id, request.client_order_id)
    return Reply(status=200, body=order_body(record, request.now))


@api.route("patchOrder", Body("orders.OrderPatch"))
def patch_order(request: Request[OrderPatch]) -> Reply[answers.Decision]:
    """Modify a working order: it is checked anew under its new terms."""
    change = Change(**dict(request.body))

    def decide() -> OrderAnswer:
        return modify_order(
            request.acting,
            request.account_id,
            request.client_order_id,
            change,
            permits=wiring.permits,
            queue=wiring.queue,
        )

    return decision_reply(answers.Decision, lambda: hand_over(decide(), request, MessageKind.MODIFY)).as_update()


@api.route("postFill", Body("orders.FillRequest"))
def post_fill(request: Request[FillRequest]) -> Reply[answers.FillAnswer]:
    """Account for an execution."""
    body = request.body
    fill = Fill.of(
        fill_id=body.fill_id,
        quantity=body.quantity,
        price=body.price,
        executed_at=body.executed_at,
        fees=body.list_fees(),
    )
    answered = record_order_fill(request.acting, request.account_id, request.client_order_id, fill)
    return Reply.created(answered)


@api.route("confirmOrder", Body("orders.PlacedRequest"), empty_body=True)
def confirm_order(request: Request[PlacedRequest]) -> Reply[answers.PlacedAnswer]:
    """Take note that an order rests at its venue."""
    # A decision does not wait for what this loads.
    from riskgate.app.orders.confirm_placed import confirm_placed  # noqa: PLC0415

    placed_as = request.body.exchange_order_id
    body = confirm_placed(request.acting, request.account_id, request.client_order_id, placed_as)
    return Reply(status=200, body=body)


@api.route("cancelOrder", Body("orders.CancelRequest"), empty_body=True)
def cancel_order(request: Request[CancelRequest]) -> Reply[answers.CancelAnswer]:
    """Cancel an order, or have it cancelled at its venue, and release what it reserved."""
    body, is_done = request_cancel(
        request.acting,
        request.account_id,
        request.client_order_id,
        request.body.reason or "cancelled by the bot",
        queue=wiring.queue,
    )
    return Reply(status=200 if is_done else 202, body=body)


@api.route("putStop", Body("orders.StopRequest"))
def put_stop(request: Request[StopRequest]) -> Reply[answers.StopAnswer]:
    """Move the stop of a position."""
    # Here and below: no order waits for what stops and heartbeats load.
    from riskgate.app.orders.move_stop import move_stop  # noqa: PLC0415

    venue, _, symbol = request.path["market"].partition(":")
    body = move_stop(
        request.acting,
        request.account_id,
        (venue, symbol),
        request.body.stop_loss_price,
        request.body.take_profit_price,
        request.body.stop_kept_by,
        queue=wiring.queue,
    )
    return Reply(status=200, body=body)


@api.route("putHeartbeat", Body("heartbeats.HeartbeatRequest"))
def put_heartbeat(request: Request[HeartbeatRequest]) -> Reply[HeartbeatAnswer]:
    """Take down a strategy's sign of life."""
    # Here and below: no order waits for what heartbeats load.
    from riskgate.app.safeguards.record_heartbeat import record_heartbeat  # noqa: PLC0415

    body = record_heartbeat(
        request.acting,
        request.account_id,
        request.path["strategy"],
        request.body.interval_seconds,
    )
    return Reply(status=200, body=body)


@api.route("deleteHeartbeat")
def delete_heartbeat(request: Request[None]) -> Reply[HeartbeatEndedAnswer]:
    """Release a strategy from its promise."""
    from riskgate.app.safeguards.record_heartbeat import end_heartbeat  # noqa: PLC0415

    strategy = request.path["strategy"]
    body = end_heartbeat(request.acting, request.account_id, strategy)
    return Reply(status=200, body=body)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one API Gateway event."""
    return api.resolve(event, context)
