"""Try an operator's exit again that its venue did not fill: as large as what can still be closed, a few times."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

from riskgate.app.ledger.commit_event import Acting
from riskgate.app.orders.end_exit import end_exit
from riskgate.app.orders.exit_legs import EXIT_ATTEMPTS_MAX, EXIT_END, attempt_id, floor_to_lot, read_attempt_id
from riskgate.app.orders.hand_over import hand_over
from riskgate.app.orders.submit_order import DecisionNotActionable, OrderAnswer, submit_order
from riskgate.app.ports.queue import Queue
from riskgate.app.routing.worker import WORKER_ACTOR, Worker
from riskgate.app.venues.job_context import RetryLater
from riskgate.core.account.document import AccountState, OrderStatus
from riskgate.core.account.stored import OrderRecord, ReadRequest
from riskgate.core.errors import Rejected, RowsUnreadable, Transient, Unprocessable, VenueAnswerInvalid
from riskgate.core.instrument import Instrument, MarketType
from riskgate.core.money import ZERO, plain
from riskgate.core.order import Order
from riskgate.core.routing.stop_plan import held_by_stops, is_kept
from riskgate.core.safeguards.events import ExitEnded, ExitOutcome
from riskgate.core.side import Side
from riskgate.observability import logger
from riskgate.schemas.codec import decode
from riskgate.schemas.http.answers.orders import Decision
from riskgate.schemas.messages.order import MessageKind, OrderMessage

EXIT_TRIED_AGAIN = "exit_tried_again"
EXIT_ENDED = "exit_ended"

#: The first order to follow comes at once; each later one waits longer for what kept the one before from its market.
PAUSES = (timedelta(0), timedelta(seconds=5), timedelta(seconds=20))
#: How long a venue that does not say what it holds is asked again.
PATIENCE = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Unfilled:
    """An exit's order that ended unfilled: `demanded` is the order it was tried for, as number `attempt`."""

    record: OrderRecord
    demanded: str
    attempt: int
    instrument: Instrument | None

    @property
    def rest(self) -> Decimal:
        """Return what it did not close."""
        return self.record.quantity - self.record.filled_quantity


@dataclass(frozen=True, kw_only=True, slots=True)
class _Held:
    """What a venue holds of what an exit sells, or of the position it closes: `free` of other orders, and not."""

    free: Decimal
    used: Decimal


def follow_exit(message: OrderMessage, worker: Worker, queue: Queue) -> ExitEnded | None:
    """Send another order for what an operator's exit did not close, or write down that there is none to send.

    Safe to repeat at any point: the order that follows has a name of its own, and the end is written once. Returns the
    end. Raises NotFound: no such order; RetryLater, Transient, OutcomeUnknown: the message is to come again.
    """
    record, state = worker.read_order(message.account_id, message.client_order_id)
    if not record.order.operator_exit or is_kept(record.order):
        return None
    if not record.status.is_final or record.status is OrderStatus.FILLED:
        return None
    demanded, attempt = read_attempt_id(message.client_order_id)
    following, order = attempt_id(demanded, attempt + 1), record.order
    request = ReadRequest(
        account_id=message.account_id,
        client_order_ids=(following,),
        markets=((order.venue, order.symbol),),
        markers=((EXIT_END, demanded),),
    )
    found = worker.deps.store.read(request)
    if found.markers:
        return None
    unfilled = _Unfilled(record=record, demanded=demanded, attempt=attempt, instrument=found.instruments.get(order.key))
    known = found.records.get(following)
    if known is not None:
        # An earlier call may have ended before it told the worker.
        _place(worker, queue, known.order, message)
        return None
    if unfilled.rest <= 0:
        return None
    if attempt >= EXIT_ATTEMPTS_MAX:
        return _end(worker, unfilled, ExitOutcome.FAILED, record.reason)
    return _try_again(message, worker, queue, unfilled, state)


def _try_again(
    message: OrderMessage, worker: Worker, queue: Queue, unfilled: _Unfilled, state: AccountState
) -> ExitEnded | None:
    waited = worker.clock() - unfilled.record.updated_at
    if waited < PAUSES[unfilled.attempt - 1]:
        raise RetryLater("the venue is given some time before the next attempt")
    try:
        held = _read_held(worker, unfilled.record, state)
    except (Transient, Rejected, Unprocessable, VenueAnswerInvalid) as error:
        if waited < PATIENCE:
            raise
        return _end(worker, unfilled, ExitOutcome.FAILED, f"what the venue holds is not known: {error.detail}")
    quantity = _sendable(unfilled, held.free, state)
    if not quantity:
        if not _sendable(unfilled, held.free + held.used, state):
            return _end(worker, unfilled, ExitOutcome.FLAT, "nothing is left at the venue that it would take")
        if waited < PAUSES[-1]:
            raise RetryLater("other orders hold what the exit sells")
        return _end(worker, unfilled, ExitOutcome.FAILED, f"other orders hold {plain(held.used)} of what it sells")
    name = attempt_id(unfilled.demanded, unfilled.attempt + 1)
    order = replace(unfilled.record.order, client_order_id=name, quantity=quantity)
    answer = _place(worker, queue, order, message)
    if answer is not None and not answer.approved:
        return _end(worker, unfilled, ExitOutcome.FAILED, f"denied: {decode(answer.body, Decision).code}")
    logger.warning(EXIT_TRIED_AGAIN, client_ref=name, quantity=plain(quantity), reason=unfilled.record.reason)
    return None


def _sendable(unfilled: _Unfilled, held: Decimal, state: AccountState) -> Decimal:
    """Return how much of what is held an order can close: whole lots, and of spot no less than the venue trades."""
    quantity, instrument = floor_to_lot(min(unfilled.rest, held), unfilled.instrument), unfilled.instrument
    position = state.positions.get(unfilled.record.order.key)
    if instrument is None or instrument.notional_min is None or position is None:
        return quantity
    # Swaps take a reduce-only order of any value.
    is_dust = instrument.market_type is MarketType.SPOT and quantity * position.mark_price < instrument.notional_min
    return ZERO if is_dust else quantity


def _place(worker: Worker, queue: Queue, order: Order, message: OrderMessage) -> OrderAnswer | None:
    """Put an order before the gate and tell the worker of it; None where it left, or ended, before."""
    acting = Acting(deps=worker.deps, actor=message.actor, now=worker.clock())
    try:
        answer = submit_order(acting, order, permits=lambda: worker.permits)
    except DecisionNotActionable:
        return None
    return hand_over(acting, answer, MessageKind.SUBMIT, queue=lambda: queue)


def _read_held(worker: Worker, record: OrderRecord, state: AccountState) -> _Held:
    """Ask the venue what there is to close. Raises Transient, Rejected, VenueAnswerInvalid: it does not say."""
    exchange, order = worker.exchange_for(record, state), record.order
    worker.require_time()
    position = state.positions.get(order.key)
    if exchange.market_type is MarketType.SWAP:
        held = _read_own(exchange.list_positions, lambda p: p.symbol == order.symbol)
        return _Held(free=abs(held.quantity) if held is not None else ZERO, used=ZERO)
    if order.side is Side.BUY:
        # Nothing at a spot venue says what was sold short: our own books do.
        return _Held(free=abs(position.quantity) if position is not None else ZERO, used=ZERO)
    asset = order.symbol.partition("/")[0]
    balance = _read_own(exchange.list_balances, lambda row: row.asset == asset)
    if balance is None:
        return _Held(free=ZERO, used=ZERO)
    freed = min(balance.used, held_by_stops(state, order.key))
    return _Held(free=balance.free + freed, used=balance.used - freed)


def _read_own[T](read: Callable[[], tuple[T, ...]], is_own: Callable[[T], bool]) -> T | None:
    """Return the row that an exit is about, None where it is not held; others may be unreadable."""
    try:
        rows, unreadable = read(), None
    except RowsUnreadable as error:
        rows, unreadable = error.readable, error
    own = next((row for row in rows if is_own(row)), None)
    if own is None and unreadable is not None:
        raise unreadable
    return own


def _end(worker: Worker, unfilled: _Unfilled, outcome: ExitOutcome, reason: str) -> ExitEnded:
    """Write down, once, that no other order follows; people are told where something is still open."""
    order = unfilled.record.order
    event = ExitEnded(
        client_order_id=unfilled.demanded,
        venue=order.venue,
        symbol=order.symbol,
        outcome=outcome,
        remaining=unfilled.rest,
        attempts=unfilled.attempt,
        reason=reason,
    )
    end_exit(Acting(deps=worker.deps, actor=WORKER_ACTOR, now=worker.clock()), order.account_id, event)
    return event
