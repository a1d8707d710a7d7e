"""What an operator can set off from the phone: said before it is confirmed, done after."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from riskgate.app.operators.session import Caller, OperatorSession
from riskgate.app.orders.place_in_turn import Sender
from riskgate.app.safeguards.exit_positions import ExitDemand, exit_positions
from riskgate.app.safeguards.reset_breaker import reset_breaker
from riskgate.app.safeguards.set_kill_switch import set_kill_switch
from riskgate.app.safeguards.trip_breaker import trip_breaker
from riskgate.core.account.document import AccountState, Position
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.codes import BreakerName
from riskgate.core.errors import Forbidden, InvalidRequest, NotFound
from riskgate.core.instrument import market_key
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.money import ONE, plain
from riskgate.core.operators.commands import CommandName, PendingCommand
from riskgate.core.plurals import counted
from riskgate.core.safeguards.breakers import breaker_id
from riskgate.core.safeguards.events import BreakerTripped
from riskgate.core.safeguards.trading_state import effective_trading_state
from riskgate.schemas.decimals import parse_decimal
from riskgate.schemas.texts.alert_html import safe

#: First argument of /kill and /resume that means every account.
GLOBAL = "global"
#: First argument of /exit: everything; and with it, entries stopped and open orders cancelled.
ALL, STOP = "all", "stop"
REASON_LENGTH_MAX = 200
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
    event = BreakerTripped(name=BreakerName.MANUAL_STOP, reason=_reason(pending.arguments, caller))
    answered = trip_breaker(session.acting(caller), pending.account, event)
    done = "Entries are stopped" if not answered.replayed else "Entries were stopped already"
    return [f"🛑 {done}: <b>{safe(pending.account)}</b> is {answered.value.trading_state}."]


def _say_kill(account: str, arguments: tuple[str, ...], _snapshot: Snapshot, caller: Caller) -> list[str]:
    target = safe(_kill_target(account, arguments, caller)[1] or "everything")
    return [
        f"🔴 <b>Kill switch</b> for <b>{target}</b>?",
        "Only cancels and an operator's /exit will pass. Open orders will be cancelled at their venues.",
    ]


def _kill(pending: PendingCommand, caller: Caller, session: OperatorSession) -> list[str]:
    scope, key = _kill_target(pending.account, pending.arguments, caller)
    words = pending.arguments[1:] if scope == GLOBAL else pending.arguments
    flag = KillSwitch(scope=scope, key=key, engaged=True, reason=_reason(words, caller))
    set_kill_switch(session.acting(caller), flag, cancel_open_orders=True)
    return [
        f"🔴 <b>Kill switch engaged</b> for <b>{safe(key or 'everything')}</b>.",
        "No order it covers is approved any more. Open orders are being cancelled.",
    ]


def _say_resume(account: str, arguments: tuple[str, ...], snapshot: Snapshot, caller: Caller) -> list[str]:
    lifted = _to_lift(account, arguments, snapshot, caller)
    return [
        f"🟢 <b>Let {safe(account or 'everything')} trade again</b>? This lifts:",
        *(f"• {safe(item.text)}" for item in lifted),
    ]


def _resume(pending: PendingCommand, caller: Caller, session: OperatorSession) -> list[str]:
    snapshot = session.deps.store.read(ReadRequest(account_id=pending.account))
    lines = []
    for item in _to_lift(pending.account, pending.arguments, snapshot, caller):
        if item.flag is not None:
            flag = KillSwitch(scope=item.flag.scope, key=item.flag.key, engaged=False, reason=f"by {caller.actor}")
            set_kill_switch(session.acting(caller), flag, cancel_open_orders=False)
        else:
            reason = f"resumed by {caller.actor}"
            name, _, key = item.breaker.partition(" ")
            reset_breaker(session.acting(caller), pending.account, name, reason, key=key)
        lines.append(f"• lifted: {safe(item.text)}")
    after = session.deps.store.read(ReadRequest(account_id=pending.account))
    if not pending.account:
        return ["🟢 <b>Trading is allowed again</b>, where nothing else holds it back", *lines]
    state = after.require_state()
    left = ", ".join(sorted(state.breakers)) or "none"
    return [
        f"🟢 <b>{safe(pending.account)}</b> is {effective_trading_state(state, after.kill_switches).value}",
        *lines,
        f"Still tripped: {safe(left)}",
    ]


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
    CommandName.KILL: _Action(_say_kill, _kill),
    CommandName.RESUME: _Action(_say_resume, _resume),
    CommandName.EXIT: _Action(_say_exit, _exit),
}


def _kill_target(account: str, arguments: tuple[str, ...], caller: Caller) -> tuple[str, str]:
    """Return scope and key of the flag."""
    if arguments[:1] != (GLOBAL,):
        return "account", account
    _require_all(caller)
    return GLOBAL, ""


def _require_all(caller: Caller) -> None:
    if not caller.known.has_all_accounts:
        raise Forbidden("the global switch needs access to all accounts", code="ACCOUNT_NOT_PERMITTED")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Lifted:
    """One thing that holds trading back and is to be lifted: a flag or a breaker."""

    text: str
    flag: KillSwitch | None = None
    breaker: str = ""


def _to_lift(account: str, arguments: tuple[str, ...], snapshot: Snapshot, caller: Caller) -> list[_Lifted]:
    """Return what /resume lifts: the named breaker, the global flag, or what /stop and /kill set for the account."""
    flags = {flag.scope: flag for flag in snapshot.kill_switches if flag.is_engaged}
    if arguments[:1] == (GLOBAL,):
        _require_all(caller)
        if GLOBAL not in flags:
            raise NotFound("the global kill switch is not engaged", code="NOTHING_TO_LIFT")
        return [_Lifted(text="the global kill switch", flag=flags[GLOBAL])]
    state = snapshot.require_state()
    if arguments:
        name = breaker_id(*arguments[:2])
        lifted = [_Lifted(text=f"breaker {name}", breaker=name)] if name in state.breakers else []
    else:
        lifted = [_Lifted(text=f"the kill switch of {account}", flag=flags["account"])] if "account" in flags else []
        if BreakerName.MANUAL_STOP in state.breakers:
            lifted.append(_Lifted(text="breaker MANUAL_STOP", breaker=BreakerName.MANUAL_STOP.value))
    if not lifted:
        others = [*sorted(state.breakers), *([GLOBAL] if GLOBAL in flags else [])]
        hint = f"; to lift another stop, name it: {', '.join(others)}" if others else ""
        raise NotFound(f"nothing to lift{hint}", code="NOTHING_TO_LIFT")
    return lifted


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


def _reason(words: Sequence[str], caller: Caller) -> str:
    return " ".join(words)[:REASON_LENGTH_MAX] or f"by {caller.actor}"
