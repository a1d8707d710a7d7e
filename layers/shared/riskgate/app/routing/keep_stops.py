"""Keep the stops of positions at their venues: an order that only reduces rests for as long as the position does.

Each kept order is an ordinary order of the book, decided, logged and sent like any other. What is to be done is
planned from the account each time (`core/routing/stop_plan`), so a crash, a lost message or an order that
vanished at the venue heals with the next look; the monitor sees to one every minute.
"""

from dataclasses import replace
from decimal import Decimal

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.orders.submit_order import answer_body, new_record, permit_record, request_hash, submitted_event
from riskgate.app.ports.queue import Queue
from riskgate.app.routing.cancel_order import cancel_record
from riskgate.app.routing.send_order import send_order
from riskgate.app.routing.worker import WORKER_ACTOR, Worker
from riskgate.core.account.document import AccountState, OrderStatus, Position
from riskgate.core.account.stored import OrderRecord, ReadRequest, Snapshot
from riskgate.core.errors import GatewayError
from riskgate.core.instrument import MarketType, market_key
from riskgate.core.ledger.apply import Result
from riskgate.core.order import Order, OrderType
from riskgate.core.routing.stop_plan import KeptOrder, Purpose, StopPlan, is_kept, list_watched, plan_stops
from riskgate.core.side import Side
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.schemas.codec import encode, sha256_hex
from riskgate.schemas.messages.order import MessageKind, OrderMessage

STOP_PLACED = "stop_placed"
STOP_NOT_PLACED = "stop_not_placed"
#: Why an order that does not fit any more goes.
OUTDATED = "the position's stop is another one now"

#: Looks at the account in one go: each order in turn is sent, taken away or placed; what is left comes with the next.
LOOKS_MAX = 10
#: Orders that one go places for one purpose: a refusal may mean that the market is beyond the stop by now.
PLACINGS_MAX = 2


def keep_stops(message: OrderMessage, worker: Worker) -> None:
    """Bring what rests at the venue for one market's stop to what the position needs.

    Safe to repeat at any point. Raises NotFound: unknown account; RetryLater, Transient, OutcomeUnknown: the message is
    to come again.
    """
    account_id, market = message.account_id, (message.venue, message.symbol)
    key = market_key(*market)
    placings = dict.fromkeys(Purpose, 0)
    for _ in range(LOOKS_MAX):
        snapshot = worker.deps.store.read(ReadRequest(account_id=account_id, markets=(market,)))
        plan = plan_stops(snapshot.require_state(), key, snapshot.instruments.get(key))
        if plan.is_empty:
            return
        for name in plan.send:
            _bring(worker, account_id, name)
        _take_away(worker, account_id, plan)
        if plan.send or plan.cancel:
            continue
        wanted = [order for order in plan.place if placings[order.purpose] < PLACINGS_MAX]
        if not wanted:
            break
        price = _ask_price(worker, snapshot.require_state(), market)
        for order in wanted:
            placings[order.purpose] += 1
            _place(worker, account_id, market, order.purpose, price)
    metrics.add_metric(name="StopsNotPlaced", unit=MetricUnit.Count, value=1)
    logger.error(STOP_NOT_PLACED, account_id=account_id, symbol=message.symbol)


def make_room(message: OrderMessage, worker: Worker) -> None:
    """Take away the stop that holds what a spot exit is about to sell; what is left of the position gets a new one."""
    record, state = worker.read_order(message.account_id, message.client_order_id)
    own = state.working_orders.get(message.client_order_id)
    if own is None or is_kept(own) or own.side is not Side.SELL or own.market_type is not MarketType.SPOT:
        return
    if record.status is not OrderStatus.APPROVED:
        return
    instruments = worker.deps.store.read(
        ReadRequest(account_id=message.account_id, markets=((own.venue, own.symbol),))
    ).instruments
    _take_away(worker, message.account_id, plan_stops(state, own.key, instruments.get(own.key)))


def ask_for_stops(message: OrderMessage, worker: Worker, queue: Queue) -> None:
    """Have the stop of an order's market looked after, once something happened to the order.

    Raises Transient: the queue did not take it; the message is to come again.
    """
    record, state = worker.read_order(message.account_id, message.client_order_id)
    if record.order.key in list_watched(state):
        queue.send(stops_message(record.order.account_id, record.order.venue, record.order.symbol, worker))


def stops_message(account_id: str, venue: str, symbol: str, worker: Worker) -> OrderMessage:
    """Return the message that has one market's stop looked after."""
    return OrderMessage(
        kind=MessageKind.KEEP_STOPS,
        account_id=account_id,
        venue=venue,
        symbol=symbol,
        sent_at=worker.clock(),
        actor=WORKER_ACTOR,
        trace_id=worker.deps.trace_id,
    )


def _bring(worker: Worker, account_id: str, client_order_id: str) -> None:
    """Bring a kept order to its venue, or find out what became of it there."""
    worker.require_time()
    record, _ = worker.read_order(account_id, client_order_id)
    order = record.order
    message = OrderMessage(
        kind=MessageKind.SUBMIT,
        account_id=account_id,
        client_order_id=client_order_id,
        order_id=record.order_id,
        permit=record.permit,
        actor=WORKER_ACTOR,
        sent_at=worker.clock(),
        venue=order.venue,
        symbol=order.symbol,
        is_exit=True,
        trace_id=record.trace_id,
    )
    send_order(message, worker)


def _take_away(worker: Worker, account_id: str, plan: StopPlan) -> None:
    for name in plan.cancel:
        worker.require_time()
        record, state = worker.read_order(account_id, name)
        cancel_record(worker, record, state, OUTDATED, actor=WORKER_ACTOR)


def _ask_price(worker: Worker, state: AccountState, market: tuple[str, str]) -> Decimal | None:
    """Return the venue's last price; None where it does not tell, and the stop is placed as it is."""
    worker.require_time()
    try:
        quotes = worker.exchange_at(market[0], state).list_quotes([market[1]])
    except GatewayError:
        return None
    return next((quote.last or quote.reference for quote in quotes), None)


def _place(worker: Worker, account_id: str, market: tuple[str, str], purpose: Purpose, price: Decimal | None) -> None:
    """Decide one kept order and write it down, unless somebody else did; the next look sends it."""
    key = market_key(*market)
    state = worker.read_state(account_id)
    position = state.positions.get(key)
    if position is None:
        return
    # Of two that place at once the account's version lets one: the other finds an order where it wanted one.
    name = f"{purpose}{sha256_hex(f'{account_id} {key} {state.version}'.encode())[:24]}"
    order = _order(account_id, name, position)

    def plan(snapshot: Snapshot, _: bool) -> Plan[OrderRecord | None]:
        current = snapshot.require_state()
        wanted = plan_stops(current, key, snapshot.instruments.get(key), price)
        target = next((target for target in wanted.place if target.purpose is purpose), None)
        if target is None or name in snapshot.records:
            return Answered(None)
        event = submitted_event(_on_terms(order, target), snapshot)

        def effects(result: Result, place: LogPlace) -> tuple[OrderRecord, Effects]:
            decision = result.decisions[0]
            body = answer_body(event.order, decision, place, now)
            text = encode(body).decode()
            record = new_record(event.order, decision, text, request_hash(event.order), now)
            record = permit_record(record, lambda: worker.permits)
            return record, Effects(answer=body, decision=body.decision, code=body.code or "", new_records=(record,))

        return Step(event, effects)

    now = worker.clock()
    request = ReadRequest(account_id=account_id, orders=(order,))
    record = commit_event(Acting(deps=worker.deps, actor=WORKER_ACTOR, now=now), request, plan).value
    if record is not None:
        logger.info(STOP_PLACED, client_ref=name, status=record.status.value)


def _order(account_id: str, name: str, position: Position) -> Order:
    return Order(
        account_id=account_id,
        client_order_id=name,
        symbol=position.symbol,
        venue=position.venue,
        strategy=position.strategy,
        side=Side.SELL if position.quantity > 0 else Side.BUY,
        type=OrderType.MARKET,
        reduce_only=True,
        route=True,
        operator_exit=True,
    )


def _on_terms(order: Order, target: KeptOrder) -> Order:
    return replace(
        order,
        side=target.side,
        type=target.type,
        quantity=target.quantity,
        price=target.price if target.type.has_limit_price else None,
        trigger_price=target.price if target.type.has_trigger_price else None,
    )
