"""Place an order that a bot sends in the venue's own words: decided as any other, and sent while the bot waits."""

from __future__ import annotations

from dataclasses import replace
from decimal import ROUND_HALF_EVEN, Decimal, localcontext

from riskgate.app.front_door.door import UNSETTLED, Door, nothing_is_sure
from riskgate.app.orders.check_order import check_order
from riskgate.app.orders.hand_over import hand_over
from riskgate.app.orders.submit_order import DecisionNotActionable, OrderAnswer, submit_order
from riskgate.app.routing.describe_worked import describe_worked
from riskgate.app.routing.worker import Noticed
from riskgate.core.account.document import OrderStatus
from riskgate.core.account.stored import OrderRecord, ReadRequest
from riskgate.core.errors import Conflict, NotFound
from riskgate.core.front_door.denials import REJECTED, refuse_denied
from riskgate.core.front_door.refusals import Refusal, duplicate_order, outcome_unknown
from riskgate.core.instrument import MarketType, market_key
from riskgate.core.order import Order, StopKeeper
from riskgate.core.side import Side
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.schemas.codec import decode
from riskgate.schemas.front_door.answers import Shown
from riskgate.schemas.front_door.orders import Placement
from riskgate.schemas.http.answers.orders import Decision
from riskgate.schemas.messages.order import MessageKind
from riskgate.schemas.messages.worked import WorkedOrder

ORDER_APPROVED, ORDER_DENIED = "order_approved", "order_denied"
#: Digits of a stop made from a fraction; whoever keeps it rounds to the market's grid.
STOP_DIGITS = 12


def place_order(door: Door, placement: Placement) -> Shown:
    """Decide an order, have it sent, and return it as the venue has it.

    The same request again gets the same order as it is by then. Raises Refusal: denied; refused by the venue; used id
    (-2010, -4116); nobody knows what became of it (-1007).
    """
    order = with_default_stop(door, placement.order, placement.market_type)
    try:
        answer = submit_order(door.acting, order, permits=door.permits)
    except DecisionNotActionable:
        return _repeat(door, placement)
    except Conflict as error:
        if error.code != "CLIENT_ORDER_ID_REUSED":
            raise
        return _repeat(door, placement)
    if not answer.approved:
        raise _denied(answer.body, order.client_order_id)
    if not answer.replayed:
        logger.info(ORDER_APPROVED, client_ref=order.client_order_id)
        metrics.add_metric(name="OrdersApproved", unit=MetricUnit.Count, value=1)
    with nothing_is_sure():
        worked = _send(door, answer)
    return settle(Shown(order=order, worked=worked, market_type=placement.market_type))


def was_placed(door: Door, placement: Placement) -> bool:
    """Tell whether this very request placed its order before."""
    with nothing_is_sure():
        try:
            record = door.acting.deps.store.get_order(door.key.account_id, placement.order.client_order_id)
        except NotFound:
            return False
    return _is_same_request(record, placement)


def test_order(door: Door, placement: Placement) -> None:
    """Decide an order without placing it. Raises Refusal: it would be denied."""
    order = with_default_stop(door, placement.order, placement.market_type)
    answer = check_order(door.acting, order)
    fault = next(iter(answer.violations), None)
    if answer.code is not None:
        raise refuse_denied(answer.code, fault.message if fault is not None else "the order would be denied")


def with_default_stop(door: Door, order: Order, market_type: MarketType) -> Order:
    """Return an entry with the key's stop, which the bot is trusted to keep: it names none itself."""
    fraction = door.key.default_stop_fraction
    exits = order.reduce_only or (market_type is MarketType.SPOT and order.side is Side.SELL)
    if fraction is None or exits or order.stop_loss_price is not None:
        return order
    price = order.price or order.trigger_price or _quote(door, order)
    if price is None:
        # Without a price it is denied anyway.
        return order
    with localcontext(prec=STOP_DIGITS, rounding=ROUND_HALF_EVEN):
        stop = price * (1 - fraction if order.side is Side.BUY else 1 + fraction)
    return replace(order, stop_loss_price=+stop, stop_kept_by=StopKeeper.STRATEGY)


def settle(shown: Shown) -> Shown:
    """Return an order whose fate is known. Raises Refusal: it did not reach the venue, or nobody knows."""
    worked = shown.worked
    if worked.status is OrderStatus.REJECTED:
        code = int(worked.rejected_as) if worked.rejected_as.removeprefix("-").isdecimal() else REJECTED
        raise Refusal(code if code < 0 else REJECTED, f"Refused by the venue: {worked.reason}", cause="REJECTED")
    if worked.status in UNSETTLED:
        raise outcome_unknown(worked.status.value)
    if not worked.exchange_order_id:
        raise Refusal(REJECTED, f"Risk gateway: not sent: {worked.reason}", cause="NOT_SENT")
    return shown


def _send(door: Door, answer: OrderAnswer) -> WorkedOrder:
    asked = door.ask_worker()
    hand_over(door.acting, answer, MessageKind.SUBMIT, queue=lambda: asked)
    if asked.worked is not None:
        return asked.worked
    if answer.to_send:
        raise outcome_unknown("WORKER_NOT_HEARD")
    record = door.acting.deps.store.get_order(door.key.account_id, answer.client_order_id)
    return describe_worked(record, Noticed())


def _repeat(door: Door, placement: Placement) -> Shown:
    """Return the order that this very request placed before. Raises Refusal: another one took its id."""
    with nothing_is_sure():
        record = door.acting.deps.store.get_order(door.key.account_id, placement.order.client_order_id)
    if not _is_same_request(record, placement):
        raise duplicate_order(is_swap=placement.market_type is MarketType.SWAP)
    if record.status is OrderStatus.DENIED:
        raise _denied(record.answer, record.order.client_order_id)
    worked = describe_worked(record, Noticed())
    return settle(Shown(order=record.order, worked=worked, market_type=placement.market_type))


def _is_same_request(record: OrderRecord, placement: Placement) -> bool:
    """Tell whether an order was placed by the same signed request: its tags say by which."""
    return record.order.strategy == placement.order.strategy and record.order.tags == placement.order.tags


def _denied(body: str, client_order_id: str) -> Refusal:
    decision = decode(body, Decision)
    fault = next(iter(decision.violations), None)
    code = decision.code or "DENIED"
    logger.info(ORDER_DENIED, client_ref=client_order_id, code=code)
    metrics.add_metric(name="OrdersDenied", unit=MetricUnit.Count, value=1)
    return refuse_denied(code, fault.message if fault is not None else "the order is denied")


def _quote(door: Door, order: Order) -> Decimal | None:
    request = ReadRequest(account_id=order.account_id, markets=((order.venue, order.symbol),))
    quote = door.acting.deps.store.read(request).quotes.get(market_key(order.venue, order.symbol))
    return quote.reference if quote is not None else None
