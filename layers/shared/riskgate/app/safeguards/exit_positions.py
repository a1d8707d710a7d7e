"""Close positions on a person's word, also while a kill switch holds everything else back.

The demand is one audit entry, with the orders it amounts to: a repetition of the same exit id finds it there and goes
on where the first call ended. Each order is then decided by the gate like any other; as it only shrinks a position and
a person vouched for it, no kill switch, breaker or limit stands in its way, but broken input does.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, Place, Plan, Step, commit_event
from riskgate.app.orders.hand_over import hand_over
from riskgate.app.orders.permits import PermitSource
from riskgate.app.orders.submit_order import Answer, DecisionNotActionable, submit_order
from riskgate.app.ports.queue import Queue
from riskgate.core.account.document import AccountState, Position
from riskgate.core.account.stored import Marker, ReadRequest, Snapshot
from riskgate.core.errors import Conflict, NotFound
from riskgate.core.instrument import market_key
from riskgate.core.ledger.apply import Result
from riskgate.core.money import ONE, plain, with_risk_context
from riskgate.core.order import Order, OrderType
from riskgate.core.routing.steps import is_routed, list_covered
from riskgate.core.safeguards.events import ExitLeg, ExitRequested
from riskgate.core.safeguards.trading_state import effective_trading_state
from riskgate.core.side import Side
from riskgate.schemas.codec import decode, encode, sha256_hex
from riskgate.schemas.messages.order import MessageKind, OrderMessage

#: Kind of the marker that keeps a demand.
EXIT = "EXIT"
#: Strategy of an exit from a position that nobody's strategy holds.
OPERATOR = "operator"
#: No further order is begun later than this: the caller repeats the demand for what is left.
LEGS_SECONDS_MAX = 1.5


@dataclass(frozen=True, kw_only=True, slots=True)
class ExitDemand:
    """What a person asks for: close `fraction` of one market's position (venue, symbol), or of all of them."""

    exit_id: str
    reason: str
    market: tuple[str, str] | None = None
    fraction: Decimal = ONE
    stop_entries: bool = False
    cancel_open_orders: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class _Recorded:
    """A demand as it stands in the log, and when it was made."""

    event: ExitRequested
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class _Taken:
    """A recorded demand with the account as it is now."""

    recorded: _Recorded
    state: AccountState
    trading_state: str
    replayed: bool


def exit_positions(
    acting: Acting, account_id: str, demand: ExitDemand, *, permits: PermitSource, queue: Callable[[], Queue]
) -> tuple[dict[str, Any], bool]:
    """Stop entries and cancel open orders where that is asked for, then close positions by market orders.

    Returns
    -------
    What became of each order, and whether this exit id was used before.

    Raises
    ------
    NotFound : unknown account, or no position in the market. Conflict : the exit id was used for another demand.
    Transient, OutcomeUnknown : repeat the same demand; nothing is done twice.
    """
    taken = _take(acting, account_id, demand)
    event, at = taken.recorded.event, taken.recorded.at
    body: dict[str, Any] = {
        "exit_id": event.exit_id,
        "requested_at": at,
        "trading_state": taken.trading_state,
        "breakers": sorted(taken.state.breakers),
        "cancelling": [],
        "left_to_cancel": [],
    }
    if event.cancel_open_orders:
        others = [order for order in taken.state.working_orders.values() if not order.operator_exit]
        body["cancelling"] = list_covered(taken.state, "account", account_id, at)
        body["left_to_cancel"] = sorted(order.client_order_id for order in others if not is_routed(order))
        if body["cancelling"]:
            # Before the exits, in the same lane: what they sell must not be held by other orders.
            queue().send(_cancellation(account_id, event, at, actor=acting.actor, now=acting.now))
    body["legs"] = list(_decide(acting, account_id, event, permits=permits, queue=queue))
    body["complete"] = all(leg["decision"] == "approved" for leg in body["legs"])
    return body, taken.replayed


def _take(acting: Acting, account_id: str, demand: ExitDemand) -> _Taken:
    """Write the demand down once, with the orders it amounts to."""
    held = acting.deps.store.read(ReadRequest(account_id=account_id)).require_state().positions
    markets = tuple((position.venue, position.symbol) for position in held.values())
    digest = sha256_hex(encode(demand))

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[_Taken]:
        state = snapshot.require_state()
        marker = snapshot.markers.get((EXIT, demand.exit_id))
        if marker is not None:
            if marker.request_hash != digest:
                raise Conflict("this exit_id was used for another exit", code="EXIT_ID_REUSED")
            recorded = decode(marker.answer, _Recorded)
            return Answered(_taken(recorded, state, snapshot, replayed=not maybe_committed))
        event = ExitRequested(
            exit_id=demand.exit_id,
            reason=demand.reason,
            legs=tuple(_list_legs(demand, state, snapshot)),
            stop_entries=demand.stop_entries,
            cancel_open_orders=demand.cancel_open_orders,
        )

        def effects(result: Result, _place: Place) -> tuple[_Taken, Effects]:
            recorded = _Recorded(event=event, at=acting.now)
            mark = Marker(kind=EXIT, key=demand.exit_id, request_hash=digest, answer=encode(recorded).decode())
            taken = _taken(recorded, result.state, snapshot, replayed=False)
            return taken, Effects(answer={"trading_state": taken.trading_state}, markers=(mark,))

        return Step(event, effects)

    request = ReadRequest(account_id=account_id, markets=markets, markers=((EXIT, demand.exit_id),))
    return commit_event(acting, request, plan).value


def _taken(recorded: _Recorded, state: AccountState, snapshot: Snapshot, *, replayed: bool) -> _Taken:
    trading_state = effective_trading_state(state, snapshot.kill_switches).value
    return _Taken(recorded=recorded, state=state, trading_state=trading_state, replayed=replayed)


@with_risk_context
def _list_legs(demand: ExitDemand, state: AccountState, snapshot: Snapshot) -> list[ExitLeg]:
    chosen = sorted(state.positions.items())
    if demand.market is not None:
        key = market_key(*demand.market)
        chosen = [(key, position) for name, position in chosen if name == key]
        if not chosen:
            raise NotFound(f"there is no position in {key[:64]}", code="POSITION_NOT_FOUND")
    keyed = {venue.venue for venue in state.venues if venue.secret_name is not None}
    return [
        ExitLeg(
            client_order_id=f"exit-{sha256_hex(f'{demand.exit_id} {key}'.encode())[:24]}",
            venue=position.venue,
            symbol=position.symbol,
            strategy=position.strategy or OPERATOR,
            side=Side.SELL if position.quantity > 0 else Side.BUY,
            quantity=_quantity(position, demand.fraction, snapshot),
            route=position.venue in keyed,
        )
        for key, position in chosen
    ]


def _quantity(position: Position, fraction: Decimal, snapshot: Snapshot) -> Decimal:
    """Return how much to close, floored to the lot step; less than a lot is left for the gate to deny by name."""
    quantity = abs(position.quantity) * fraction
    instrument = snapshot.instruments.get(position.key)
    step = instrument.step_size if instrument is not None else None
    lots = quantity // step * step if step else quantity
    return lots or quantity


def _decide(
    acting: Acting, account_id: str, event: ExitRequested, *, permits: PermitSource, queue: Callable[[], Queue]
) -> Iterator[dict[str, Any]]:
    """Put each leg before the gate and hand what it approves to the worker."""
    started = acting.deps.monotonic()
    for leg in event.legs:
        row: dict[str, Any] = {
            "client_order_id": leg.client_order_id,
            "venue": leg.venue,
            "symbol": leg.symbol,
            "side": leg.side.value,
            "quantity": plain(leg.quantity),
            "route": leg.route,
        }
        if acting.deps.monotonic() - started > LEGS_SECONDS_MAX:
            yield row | {"decision": "pending", "code": None}
            continue
        try:
            answer = submit_order(acting, _order(account_id, leg), permits=permits)
        except DecisionNotActionable as error:
            # Approved by an earlier call, and ended since: by the venue, or by a cancel.
            answer = Answer(body=error.body, approved=True, replayed=True)
        hand_over(acting, answer, MessageKind.SUBMIT, queue=queue)
        decided = decode(answer.body, dict)
        yield row | {"decision": decided["decision"], "code": decided["code"]}


def _order(account_id: str, leg: ExitLeg) -> Order:
    return Order(
        account_id=account_id,
        client_order_id=leg.client_order_id,
        symbol=leg.symbol,
        venue=leg.venue,
        strategy=leg.strategy,
        side=leg.side,
        type=OrderType.MARKET,
        quantity=leg.quantity,
        reduce_only=True,
        route=leg.route,
        operator_exit=True,
    )


def _cancellation(account_id: str, event: ExitRequested, at: datetime, *, actor: str, now: datetime) -> OrderMessage:
    return OrderMessage(
        kind=MessageKind.CANCEL_MATCHING,
        account_id=account_id,
        sent_at=now,
        actor=actor,
        reason=f"operator's exit {event.exit_id}",
        scope="account",
        key=account_id,
        flag_at=at,
    )
