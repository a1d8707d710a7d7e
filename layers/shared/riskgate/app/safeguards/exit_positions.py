"""Close positions on a person's word, also while a kill switch holds everything else back.

The demand is one audit entry, with the orders it amounts to: a repetition of the same exit id finds it there and goes
on where the first call ended. Each order is then decided by the gate like any other; as it only shrinks a position and
a person vouched for it, no kill switch, breaker or limit stands in its way, but broken input does.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.ledger.once import Once
from riskgate.app.orders.place_in_turn import Placed, Sender, place_in_turn
from riskgate.core.account.document import AccountState, Position, TradingState
from riskgate.core.account.stored import ReadRequest, Snapshot
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
from riskgate.schemas.http.answers.safeguards import ExitAnswer, ExitLegRow
from riskgate.schemas.messages.order import MessageKind, OrderMessage

#: Kind of the marker that keeps a demand.
EXIT = "EXIT"
#: Strategy of an exit from a position that nobody's strategy holds.
OPERATOR = "operator"


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
    trading_state: TradingState


def exit_positions(acting: Acting, account_id: str, demand: ExitDemand, *, sender: Sender) -> Answered[ExitAnswer]:
    """Stop entries and cancel open orders where that is asked for, then close positions by market orders.

    Raises
    ------
    NotFound : unknown account, or no position in the market. Conflict : the exit id was used for another demand.
    Transient, OutcomeUnknown : repeat the same demand; nothing is done twice.
    """
    answered = _take(acting, account_id, demand)
    taken = answered.value
    event, at = taken.recorded.event, taken.recorded.at
    cancelling: list[str] = []
    left_to_cancel: list[str] = []
    if event.cancel_open_orders:
        others = [order for order in taken.state.working_orders.values() if not order.operator_exit]
        cancelling = list_covered(taken.state, "account", account_id, at)
        left_to_cancel = sorted(order.client_order_id for order in others if not is_routed(order))
        if cancelling:
            # Told before the exits are, as these orders may hold what those sell. No venue waits for another.
            working = taken.state.working_orders
            for venue in sorted({working[name].venue for name in cancelling}):
                cancellation = _cancellation(account_id, event, at, actor=acting.actor, now=acting.now)
                sender.queue().send(replace(cancellation, venue=venue))
    legs = _close(acting, account_id, event, sender)
    body = ExitAnswer(
        exit_id=event.exit_id,
        requested_at=at,
        trading_state=taken.trading_state,
        breakers=sorted(taken.state.breakers),
        cancelling=cancelling,
        left_to_cancel=left_to_cancel,
        legs=legs,
        complete=all(leg.decision == "approved" for leg in legs),
    )
    return Answered(body, replayed=answered.replayed)


def _take(acting: Acting, account_id: str, demand: ExitDemand) -> Answered[_Taken]:
    """Write the demand down once, with the orders it amounts to."""
    held = acting.deps.store.read(ReadRequest(account_id=account_id)).require_state().positions
    markets = tuple((position.venue, position.symbol) for position in held.values())
    reused = Conflict("this exit_id belongs to another exit", code="EXIT_ID_REUSED")
    once = Once.under(EXIT, demand.exit_id, demand, reused)

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[_Taken]:
        state = snapshot.require_state()
        known = once.find_answer(snapshot)
        if known is not None:
            return Answered(_taken(decode(known, _Recorded), state, snapshot), replayed=not maybe_committed)
        event = ExitRequested(
            exit_id=demand.exit_id,
            reason=demand.reason,
            legs=tuple(_list_legs(demand, state, snapshot)),
            stop_entries=demand.stop_entries,
            cancel_open_orders=demand.cancel_open_orders,
        )

        def effects(result: Result, _place: LogPlace) -> tuple[_Taken, Effects]:
            recorded = _Recorded(event=event, at=acting.now)
            taken = _taken(recorded, result.state, snapshot)
            mark = once.keep(encode(recorded).decode())
            return taken, Effects(answer={"trading_state": taken.trading_state}, markers=(mark,))

        return Step(event, effects)

    request = ReadRequest(account_id=account_id, markets=markets, markers=(once.name,))
    return commit_event(acting, request, plan)


def _taken(recorded: _Recorded, state: AccountState, snapshot: Snapshot) -> _Taken:
    trading_state = effective_trading_state(state, snapshot.kill_switches)
    return _Taken(recorded=recorded, state=state, trading_state=trading_state)


@with_risk_context
def _list_legs(demand: ExitDemand, state: AccountState, snapshot: Snapshot) -> list[ExitLeg]:
    chosen = sorted(state.positions.items())
    if demand.market is not None:
        key = market_key(*demand.market)
        chosen = [(key, position) for name, position in chosen if name == key]
        if not chosen:
            raise NotFound(f"no position in {key[:64]}", code="POSITION_NOT_FOUND")
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


def _close(acting: Acting, account_id: str, event: ExitRequested, sender: Sender) -> list[ExitLegRow]:
    placed = place_in_turn(acting, [_order(account_id, leg) for leg in event.legs], sender)
    return [_row(leg, one) for leg, one in zip(event.legs, placed, strict=True)]


def _row(leg: ExitLeg, placed: Placed) -> ExitLegRow:
    # What has ended was approved by an earlier call, and ended since: by the venue, or by a cancel.
    has_ended = placed.decision == "ended"
    return ExitLegRow(
        client_order_id=leg.client_order_id,
        venue=leg.venue,
        symbol=leg.symbol,
        side=leg.side,
        quantity=plain(leg.quantity),
        route=leg.route,
        decision="approved" if has_ended else placed.decision,
        code=None if has_ended else placed.code,
    )


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
