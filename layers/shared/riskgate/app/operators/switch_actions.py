"""The kill switch and what else /kill and /resume set and lift, from the phone."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from riskgate.app.operators.session import Caller, OperatorSession
from riskgate.app.safeguards.reset_breaker import reset_breaker
from riskgate.app.safeguards.set_kill_switch import set_kill_switch
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.codes import BreakerName
from riskgate.core.errors import Forbidden, InvalidRequest, NotFound
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.operators.commands import PendingCommand
from riskgate.core.safeguards.breakers import breaker_id
from riskgate.core.safeguards.trading_state import effective_trading_state
from riskgate.schemas.patterns import KILL_SWITCH_KEY_PATTERNS, fold_strategy
from riskgate.schemas.texts.alert_html import safe

#: First argument of /kill and /resume that means everything.
GLOBAL = "global"
#: Those that mean more than an account, each with the name of the one it is.
NAMED_SCOPES = ("venue", "strategy", "symbol")
REASON_LENGTH_MAX = 200


class Target(NamedTuple):
    """Which switch a command is about, and the words after it."""

    scope: str
    key: str
    words: tuple[str, ...]

    @property
    def text(self) -> str:
        """Return what it covers, as people say it."""
        if self.scope == GLOBAL:
            return "everything"
        return self.key if self.scope == "account" else f"{self.scope} {self.key}"


def is_wide(arguments: Sequence[str]) -> bool:
    """Tell whether a command concerns more than one account: it names none then."""
    return bool(arguments) and (arguments[0] == GLOBAL or (arguments[0] in NAMED_SCOPES and len(arguments) > 1))


def name_wide(arguments: Sequence[str]) -> str:
    """Return what a command that concerns more than one account names."""
    return " ".join(arguments[:2] if arguments[0] in NAMED_SCOPES else arguments[:1])


def _target(account: str, arguments: tuple[str, ...], caller: Caller) -> Target:
    """Return the switch. Raises Forbidden: it concerns others' accounts; InvalidRequest: no such name."""
    if not is_wide(arguments):
        return Target("account", account, arguments)
    if not caller.known.has_all_accounts:
        raise Forbidden(f"the {arguments[0]} switch needs access to all accounts", code="ACCOUNT_NOT_PERMITTED")
    if arguments[0] == GLOBAL:
        return Target(GLOBAL, "", arguments[1:])
    scope, key, *words = arguments
    key = key.upper() if scope == "symbol" else fold_strategy(key)
    if not re.fullmatch(KILL_SWITCH_KEY_PATTERNS[scope], key):
        raise InvalidRequest(f"{key[:64]} is no name of a {scope}", code="KEY_INVALID")
    return Target(scope, key, tuple(words))


def say_kill(account: str, arguments: tuple[str, ...], _snapshot: Snapshot, caller: Caller) -> list[str]:
    """Return what engaging the switch would do."""
    target = safe(_target(account, arguments, caller).text)
    return [
        f"🔴 <b>Kill switch</b> for <b>{target}</b>?",
        "Only cancels and an operator's /exit will pass. Open orders will be cancelled at their venues.",
    ]


def kill(pending: PendingCommand, caller: Caller, session: OperatorSession) -> list[str]:
    """Engage the switch, and cancel the open orders it covers."""
    target = _target(pending.account, pending.arguments, caller)
    reason = give_reason(target.words, caller)
    flag = KillSwitch(scope=target.scope, key=target.key, engaged=True, reason=reason)
    set_kill_switch(session.acting(caller), flag, cancel_open_orders=True)
    return [
        f"🔴 <b>Kill switch engaged</b> for <b>{safe(target.text)}</b>.",
        "No order it covers is approved any more. Open orders are being cancelled.",
    ]


def say_resume(account: str, arguments: tuple[str, ...], snapshot: Snapshot, caller: Caller) -> list[str]:
    """Return what would be lifted."""
    lifted = _to_lift(account, arguments, snapshot, caller)
    return [
        f"🟢 <b>Let {safe(account or 'everything')} trade again</b>? This lifts:",
        *(f"• {safe(item.text)}" for item in lifted),
    ]


def resume(pending: PendingCommand, caller: Caller, session: OperatorSession) -> list[str]:
    """Lift what holds trading back."""
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


@dataclass(frozen=True, kw_only=True, slots=True)
class _Lifted:
    """One thing that holds trading back and is to be lifted: a flag or a breaker."""

    text: str
    flag: KillSwitch | None = None
    breaker: str = ""


def _to_lift(account: str, arguments: tuple[str, ...], snapshot: Snapshot, caller: Caller) -> list[_Lifted]:
    """Return what /resume lifts: the named breaker, the global flag, or what /stop and /kill set for the account."""
    flags = {flag.scope: flag for flag in snapshot.kill_switches if flag.is_engaged}
    target = _target(account, arguments, caller)
    if target.scope == GLOBAL:
        if GLOBAL not in flags:
            raise NotFound("the global kill switch is not engaged", code="NOTHING_TO_LIFT")
        return [_Lifted(text="the global kill switch", flag=flags[GLOBAL])]
    if target.scope != "account":
        # Who releases one that is not engaged changes nothing.
        flag = KillSwitch(scope=target.scope, key=target.key, engaged=True)
        return [_Lifted(text=f"the kill switch of {target.text}", flag=flag)]
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


def give_reason(words: Sequence[str], caller: Caller) -> str:
    """Return the reason as typed, or whose word it was."""
    return " ".join(words)[:REASON_LENGTH_MAX] or f"by {caller.actor}"
