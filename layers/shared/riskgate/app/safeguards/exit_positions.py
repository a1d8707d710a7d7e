"""Close positions on a person's word, also while a kill switch holds everything else back.

The demand is one audit entry, with the orders it amounts to: a repetition of the same exit id finds it there and goes
on where the first call ended. Each order is then decided by the gate like any other; as it only shrinks a position and
a person vouched for it, no kill switch, breaker or limit stands in its way, but broken input does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.ledger.once import Once
from riskgate.app.orders.exit_legs import list_legs, order_of
from riskgate.app.orders.place_in_turn import Sender, place_in_turn
from riskgate.app.safeguards.describe_exit import EXIT, Closing, RecordedExit, look_at_legs
from riskgate.core.account.document import AccountState, TradingState
from riskgate.core.account.shares import parts_of
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.errors import Conflict, NotFound
from riskgate.core.instrument import market_key
from riskgate.core.ledger.apply import Result
from riskgate.core.money import ONE
from riskgate.core.routing.steps import list_covered, list_left_to_cancel
from riskgate.core.safeguards.events import ExitLeg, ExitRequested
from riskgate.core.safeguards.trading_state import effective_trading_state
from riskgate.schemas.codec import decode, encode
from riskgate.schemas.http.answers.safeguards import ExitAnswer
from riskgate.schemas.messages.order import MessageKind, OrderMessage


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
class _Taken:
    """A recorded demand with the account as it is now."""

    recorded: RecordedExit
    state: AccountState
    trading_state: TradingState


def exit_positions(
    acting: Acting,
    account_id: str,
    demand: ExitDemand,
    *,
    sender: Sender,
    only: tuple[str, str] | None = None,
    is_due: Callable[[AccountState], bool] = lambda _: True,
) -> Answered[ExitAnswer]:
    """Stop entries and cancel open orders where that is asked for, then close positions by market orders.

    `only`: scope and key, as of a kill switch, of the strategy or symbol whose open orders alone are meant; of a
    strategy its part of each position. `is_due`: asked of the state that the demand is written to.

    An order that its venue does not fill is followed by others (see `follow_exit`); the answer is complete once the
    last of each was filled, or nothing is left at the venue to close.

    Raises
    ------
    NotFound : unknown account, no position in the market, or it is not due. Conflict : the exit id was used for
    another demand. Transient, OutcomeUnknown : repeat the same demand; nothing is done twice.
    """
    answered = _take(acting, account_id, demand, only, is_due)
    taken = answered.value
    event, at = taken.recorded.event, taken.recorded.at
    cancelling: list[str] = []
    left_to_cancel: list[str] = []
    if event.cancel_open_orders:
        scope, key = only or ("account", account_id)
        cancelling = list_covered(taken.state, scope, key, at)
        left_to_cancel = sorted(list_left_to_cancel(taken.state, scope, key, at))
        if cancelling:
            # Told before the exits are, as these orders may hold what those sell. No venue waits for another.
            working = taken.state.working_orders
            for venue in sorted({working[name].venue for name in cancelling}):
                cancellation = _cancellation(acting, account_id, event, at)
                sender.queue().send(replace(cancellation, scope=scope, key=key, venue=venue))
    closing = _close(acting, account_id, event, sender)
    body = ExitAnswer(
        exit_id=event.exit_id,
        requested_at=at,
        trading_state=taken.trading_state,
        breakers=sorted(taken.state.breakers),
        cancelling=cancelling,
        left_to_cancel=left_to_cancel,
        legs=closing.rows,
        complete=closing.complete,
    )
    return Answered(body, replayed=answered.replayed)


def _take(
    acting: Acting,
    account_id: str,
    demand: ExitDemand,
    only: tuple[str, str] | None,
    is_due: Callable[[AccountState], bool],
) -> Answered[_Taken]:
    """Write the demand down once, with the orders it amounts to."""
    held = acting.deps.store.read(ReadRequest(account_id=account_id)).require_state().positions
    markets = tuple((position.venue, position.symbol) for position in held.values())
    reused = Conflict("this exit_id belongs to another exit", code="EXIT_ID_REUSED")
    once = Once.under(EXIT, demand.exit_id, demand if only is None else (demand, only), reused)

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[_Taken]:
        state = snapshot.require_state()
        known = once.find_answer(snapshot)
        if known is not None:
            return Answered(_taken(decode(known, RecordedExit), state, snapshot), replayed=not maybe_committed)
        if not is_due(state):
            raise NotFound("what the exit was for is over", code="BREAKER_NOT_TRIPPED")
        event = ExitRequested(
            exit_id=demand.exit_id,
            reason=demand.reason,
            legs=tuple(_list_legs(demand, state, snapshot, only)),
            stop_entries=demand.stop_entries,
            cancel_open_orders=demand.cancel_open_orders,
        )

        def effects(result: Result, _place: LogPlace) -> tuple[_Taken, Effects]:
            recorded = RecordedExit(event=event, at=acting.now)
            taken = _taken(recorded, result.state, snapshot)
            mark = once.keep(encode(recorded).decode())
            return taken, Effects(answer={"trading_state": taken.trading_state}, markers=(mark,))

        return Step(event, effects)

    request = ReadRequest(account_id=account_id, markets=markets, markers=(once.name,))
    return commit_event(acting, request, plan)


def _taken(recorded: RecordedExit, state: AccountState, snapshot: Snapshot) -> _Taken:
    trading_state = effective_trading_state(state, snapshot.kill_switches)
    return _Taken(recorded=recorded, state=state, trading_state=trading_state)


def _list_legs(
    demand: ExitDemand, state: AccountState, snapshot: Snapshot, only: tuple[str, str] | None
) -> list[ExitLeg]:
    chosen = sorted(state.positions.items())
    if demand.market is not None:
        key = market_key(*demand.market)
        chosen = [(key, position) for name, position in chosen if name == key]
        if not chosen:
            raise NotFound(f"no position in {key[:64]}", code="POSITION_NOT_FOUND")
    if only is not None and only[0] == "strategy":
        parts = ((key, held, parts_of(held, state.position_parts.get(key)).get(only[1])) for key, held in chosen)
        chosen = [(key, replace(held, quantity=part, strategy=only[1])) for key, held, part in parts if part]
    return list_legs(demand.exit_id, chosen, demand.fraction, snapshot)


def _close(acting: Acting, account_id: str, event: ExitRequested, sender: Sender) -> Closing:
    """Put the legs before the gate, and return each with the orders that followed it."""
    placed = place_in_turn(acting, [order_of(account_id, leg) for leg in event.legs], sender)
    names = (leg.client_order_id for leg in event.legs)
    return look_at_legs(account_id, event, acting.deps, dict(zip(names, placed, strict=True)))


def _cancellation(acting: Acting, account_id: str, event: ExitRequested, at: datetime) -> OrderMessage:
    return OrderMessage(
        kind=MessageKind.CANCEL_MATCHING,
        account_id=account_id,
        sent_at=acting.now,
        actor=acting.actor,
        trace_id=acting.deps.trace_id,
        reason=f"operator's exit {event.exit_id}",
        flag_at=at,
    )
