"""What an operator can set off from the phone: said before it is confirmed, done after."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from riskgate.app.operators.session import Caller, OperatorSession
from riskgate.app.operators.switch_actions import give_reason, kill, resume, say_kill, say_resume
from riskgate.app.orders.place_in_turn import Sender
from riskgate.app.safeguards.clear_lock import clear_lock
from riskgate.app.safeguards.exit_positions import ExitDemand, exit_positions
from riskgate.app.safeguards.trip_breaker import trip_breaker
from riskgate.core.account.document import AccountState, Position
from riskgate.core.account.parts import Lock
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.codes import BreakerName
from riskgate.core.errors import InvalidRequest, NotFound
from riskgate.core.instrument import market_key
from riskgate.core.money import ONE, plain
from riskgate.core.operators.commands import CommandName, PendingCommand
from riskgate.core.plurals import counted
from riskgate.core.safeguards.events import BreakerTripped
from riskgate.core.safeguards.locks import is_in_force, lock_id_of
from riskgate.schemas.decimals import parse_decimal
from riskgate.schemas.texts.alert_html import safe

#: First argument of /exit: everything; and with it, entries stopped and open orders cancelled.
ALL, STOP = "all", "stop"
#: An exit of very many positions takes several calls.
EXIT_CALLS_MAX = 5


def describe_action(
    name: CommandName, account: str, arguments: tuple[str, ...], caller: Caller, session: OperatorSession
) -> list[str]:
    """Return what a command would do, as lines of HTML.

    Raises InvalidRequest, NotFound: it makes no sense now; Forbidden: it concerns more than the person's accounts.
    """
    snapshot = session.deps.store.read(ReadRequest(account_id=account))
    return _ACTIONS[name].describe(account, arguments, snapshot, caller)


def perform_action(pending: PendingCommand, caller: Caller, session: OperatorSession) -> list[str]:
    """Do what was confirmed, and return what became of it as lines of HTML."""
    return _ACTIONS[pending.name].perform(pending, caller, session)


@dataclass(frozen=True, slots=True)
class _Action:
    describe: Callable[[str, tuple[str, ...], Snapshot, Caller], list[str]]
    perform: Callable[[PendingCommand, Caller, OperatorSession], list[str]]


def _say_stop(account: str, _arguments: tuple[str, ...], snapshot: Snapshot, _caller: Caller) -> list[str]:
    snapshot.require_state()
    return [
        f"🛑 <b>Stop new entries</b> for <b>{safe(account)}</b>?",
        "Only exits and cancels will pass until /resume.",
    ]


def _stop(pending: PendingCommand, caller: Caller, session: OperatorSession) -> list[str]:
    event = BreakerTripped(name=BreakerName.MANUAL_STOP, reason=give_reason(pending.arguments, caller))
    answered = trip_breaker(session.acting(caller), pending.account, event)
    done = "Entries are stopped" if not answered.replayed else "Entries were stopped already"
    return [f"🛑 {done}: <b>{safe(pending.account)}</b> is {answered.value.trading_state}."]


def _say_unlock(account: str, arguments: tuple[str, ...], snapshot: Snapshot, _caller: Caller) -> list[str]:
    chosen = _locks(snapshot.require_state(), arguments, None)
    return [f"🔓 <b>Unlock</b> entries of <b>{safe(account)}</b> now?", *(f"• {_lock_text(lock)}" for lock in chosen)]


def _unlock(pending: PendingCommand, caller: Caller, session: OperatorSession) -> list[str]:
    state = session.deps.store.read(ReadRequest(account_id=pending.account)).require_state()
    chosen = _locks(state, pending.arguments, session.now)
    for lock in chosen:
        clear_lock(session.acting(caller), pending.account, lock_id_of(lock), f"by {caller.actor}")
    return [f"🔓 <b>{safe(pending.account)}</b> unlocked:", *(f"• {_lock_text(lock)}" for lock in chosen)]


def _locks(state: AccountState, arguments: Sequence[str], now: datetime | None) -> list[Lock]:
    """Return the locks that /unlock names by a protection's code, or all of them."""
    wanted = arguments[0].upper() if arguments else ""
    found = [
        lock for lock in state.locks if (not wanted or lock.code == wanted) and (now is None or is_in_force(lock, now))
    ]
    if not found:
        raise NotFound(f"no lock {wanted[:64]}".rstrip(), code="LOCK_NOT_FOUND")
    return found


def _lock_text(lock: Lock) -> str:
    until = f"until {lock.until:%m-%d %H:%M} UTC" if lock.until is not None else "until an operator unlocks it"
    return f"{safe(lock.code)} {safe(lock.key)} {until}".replace("  ", " ")


def _say_exit(account: str, arguments: tuple[str, ...], snapshot: Snapshot, _caller: Caller) -> list[str]:
    state = snapshot.require_state()
    chosen, fraction = _chosen(state, arguments)
    lines = [f"🚪 <b>Exit</b> {safe(account)}: close {plain(fraction * 100)} % of"]
    lines += [f"• {safe(p.symbol)} {safe(p.venue)} <b>{plain(p.quantity)}</b>" for p in chosen] or [
        "• no open positions"
    ]
    stops = arguments[:1] == (STOP,)
    lines += ["New entries will be stopped and open orders cancelled first."] if stops else []
    then = "then be" if stops else "be"
    return [
        *lines,
        f"Positions will {then} closed with reduce-only market orders, even while a kill switch is engaged.",
    ]


def _exit(pending: PendingCommand, caller: Caller, session: OperatorSession) -> list[str]:
    state = session.deps.store.read(ReadRequest(account_id=pending.account)).require_state()
    chosen, fraction = _chosen(state, pending.arguments)
    whole = pending.arguments[0] in {ALL, STOP}
    stops = pending.arguments[0] == STOP
    demand = ExitDemand(
        exit_id=f"telegram-{pending.nonce}",
        reason=f"by {caller.actor}",
        market=None if whole else (chosen[0].venue, chosen[0].symbol),
        fraction=fraction,
        stop_entries=stops,
        cancel_open_orders=stops,
    )
    acting = session.acting(caller)
    sender = Sender(permits=session.permits, queue=session.queue)
    answer = exit_positions(acting, pending.account, demand, sender=sender).value
    for _ in range(EXIT_CALLS_MAX - 1):
        if any(leg.decision == "pending" for leg in answer.legs):
            answer = exit_positions(acting, pending.account, demand, sender=sender).value
    lines = [f"🚪 <b>Exit</b> of {safe(pending.account)} · {answer.trading_state}"]
    for leg in answer.legs:
        verdict = leg.decision if leg.code is None else f"{leg.decision}: {leg.code}"
        sent = "" if leg.route or leg.decision != "approved" else " · place it yourself"
        lines.append(f"• {leg.side} {leg.quantity} {safe(leg.symbol)} — <b>{safe(verdict)}</b>{sent}")
    lines += [f"Being cancelled: {counted(len(answer.cancelling), 'order')}"] if answer.cancelling else []
    lines += [f"Cancel yourself: {safe(', '.join(answer.left_to_cancel))}"] if answer.left_to_cancel else []
    return lines if answer.legs else [*lines, "• there were no positions to close"]


_ACTIONS = {
    CommandName.STOP: _Action(_say_stop, _stop),
    CommandName.KILL: _Action(say_kill, kill),
    CommandName.RESUME: _Action(say_resume, resume),
    CommandName.UNLOCK: _Action(_say_unlock, _unlock),
    CommandName.EXIT: _Action(_say_exit, _exit),
}


def _chosen(state: AccountState, arguments: Sequence[str]) -> tuple[list[Position], Decimal]:
    """Return the positions that /exit names and how much of each."""
    match arguments:
        case [what]:
            fraction = ONE
        case [what, share]:
            fraction = _fraction(share)
        case _:
            raise InvalidRequest(
                "say what to close: /exit BTC/USDT 50%, /exit all or /exit stop", code="EXIT_NOT_NAMED"
            )
    if what in {ALL, STOP}:
        return sorted(state.positions.values(), key=lambda p: p.key), fraction
    found = [p for p in state.positions.values() if what.upper() in {p.symbol, market_key(p.venue.upper(), p.symbol)}]
    if not found:
        raise NotFound(f"no position in {what[:64]}", code="POSITION_NOT_FOUND")
    if len(found) > 1:
        raise InvalidRequest("held at several venues: write venue:SYMBOL", code="EXIT_NOT_NAMED")
    return found, fraction


def _fraction(text: str) -> Decimal:
    """Read 50% or 0.5."""
    amount = parse_decimal(text.removesuffix("%"))
    fraction = amount / 100 if amount is not None and text.endswith("%") else amount
    if fraction is None or not 0 < fraction <= 1:
        raise InvalidRequest("write the share as 50% or 0.5", code="EXIT_NOT_NAMED")
    return fraction
