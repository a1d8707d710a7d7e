"""What each kind of alert says: its title, what the gateway stopped, and what a person should do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from riskgate.core.codes import BreakerName, DenyCode
from riskgate.core.levels.notices import Notice, NoticeKind
from riskgate.core.safeguards.breakers import LOSS_BREAKERS
from riskgate.core.severity import Severity


@dataclass(frozen=True, kw_only=True, slots=True)
class Advice:
    """The words of an alert; empty where there is nothing to stop or to do."""

    title: str
    stopped: str = ""
    action: str = ""


_ENTRIES = "new entries; exits and cancels pass"
_KINDS: dict[str, Advice] = {
    "kill_switch_engaged": Advice(
        title="Kill switch engaged",
        stopped="every new order; cancels pass",
        action="Close positions with /exit if they must go. Release with a one-time code: /resume",
    ),
    "kill_switch_released": Advice(title="Kill switch released: trading is allowed again", action="Not yours? /kill"),
    "open_orders_cancelled": Advice(title="Open orders cancelled", action="Check what is left: /orders"),
    "cancels_unsettled": Advice(
        title="Open orders could not be cancelled",
        stopped="every new order",
        action="The worker tries again. Cancel them at the venue by hand if they stay: /orders",
    ),
    "exit_requested": Advice(title="Positions are being closed", action="Follow with /positions"),
    "order_rejected": Advice(title="The venue rejected an order", action="Check the reason and the bot that sent it"),
    "order_outcome_unknown": Advice(
        title="Nobody knows whether an order arrived",
        stopped="sending it again; its exposure stays reserved",
        action="The worker looks it up by its client order id. Look at the venue if this stays: /orders",
    ),
    "limits_changed": Advice(title="Limits changed", action="Not yours? Put them back and revoke the token: /limits"),
    "token_created": Advice(title="Token created", action="Not yours? riskctl token revoke"),
    "token_revoked": Advice(title="Token revoked"),
    "command_refused": Advice(title="Command refused", action="Find out who tried: /audit"),
    "locks_cleared": Advice(title="Entries unlocked by a person"),
    "alert_acknowledged": Advice(title="Alert acknowledged", stopped="reminders until the level changes"),
    "audit_edited": Advice(
        title="The audit log was edited",
        action="Treat the gateway as compromised: /kill, then riskctl audit verify",
    ),
    "probe": Advice(title="Test of the alert path"),
    "breaker_cleared": Advice(title="Breaker cleared: entries are allowed again"),
    "breaker_reset": Advice(title="Breaker reset by a person: entries are allowed again", action="Not yours? /kill"),
    "entries_locked": Advice(
        title="Protection locked entries", stopped=_ENTRIES, action="Wait for its end, or see /status"
    ),
    "reading_unexpected": Advice(
        title="Unexpected reading of the account",
        stopped="nothing: it is believed when a second one confirms it",
        action="Check the venue and what reports the account",
    ),
    "reconciliation_break": Advice(
        title="Our books differ from the venue's",
        stopped="new entries in the market of a red break",
        action="Compare both sides, then resolve: riskctl or the reconciliation route",
    ),
    "limit_recovered": Advice(title="Back within the limit"),
}
_LEVEL_ACTIONS: dict[str, str] = {
    DenyCode.DAILY_LOSS: "Look at the open positions: /positions",
    DenyCode.WEEKLY_DRAWDOWN: "Look at the open positions: /positions",
    DenyCode.MAX_DRAWDOWN: "Look at the open positions: /positions",
    DenyCode.TOTAL_OPEN_RISK: "Tighten stops or reduce: /positions",
    DenyCode.MAX_DAILY_TRADES: "Check that no bot trades more than it should: /orders",
    DenyCode.SLIPPAGE_BUDGET: "Use limit orders or smaller sizes",
    DenyCode.VAR_LIMIT: "Reduce what contributes most: /risk",
    DenyCode.STRESS_LIMIT: "Reduce what loses most in the worst scenario: /risk",
}
_RESETS: dict[str, str] = {
    BreakerName.MANUAL_STOP: "Let entries go on with a one-time code: /resume",
    BreakerName.ORDER_FAILURE_RATE: "Check venue and bots, then reset with a one-time code: /resume",
    DenyCode.HEARTBEAT_MISSED: "Look after the strategy; its next sign of life clears this",
}


def advise(kind: str, notice: Notice | None = None) -> Advice:
    """Return the words for a kind of alert."""
    if notice is None:
        return _KINDS[kind]
    if notice.kind in {NoticeKind.LIMIT_LEVEL, NoticeKind.LIMIT_REMINDER}:
        return _advise_level(notice)
    if notice.kind is NoticeKind.BREAKER_TRIPPED:
        return _advise_trip(notice)
    return _KINDS[kind]


def _advise_level(notice: Notice) -> Advice:
    reminder = notice.kind is NoticeKind.LIMIT_REMINDER
    if notice.severity is not Severity.RED:
        share = "Half" if notice.severity is Severity.YELLOW else "Three quarters"
        title = f"{share} of the limit is used"
        return Advice(title=title, action=_LEVEL_ACTIONS.get(notice.name, "Keep an eye on it: /limits"))
    since = f" since {_instant(notice.since)}" if notice.since is not None else ""
    title = f"Still at the limit{since}" if reminder else "Limit reached"
    action = _LEVEL_ACTIONS.get(notice.name, "Reduce, or leave it as it is: /positions")
    if notice.name == DenyCode.VENUE_CONCENTRATION:
        action = "Move money away from the venue"
        if notice.amount is not None:
            action = f"Withdraw {notice.amount:,.2f} {notice.currency} from {notice.subject}"
    stopped = "entries that would add to it"
    if notice.name in LOSS_BREAKERS or notice.name.partition(" ")[0] in BreakerName:
        stopped, action = _ENTRIES, _action_after_trip(notice)
    if reminder:
        action = f"{action}. No more reminders: /ack"
    return Advice(title=title, stopped=stopped, action=action)


def _advise_trip(notice: Notice) -> Advice:
    name = notice.name.partition(" ")[0]
    where = f" in {notice.subject}" if notice.subject else ""
    until = f" until {_instant(notice.until)}" if notice.until is not None else " until a person resets it"
    if name == DenyCode.HEARTBEAT_MISSED:
        until = ""
    title = "Breaker tripped: trading stops"
    return Advice(title=title, stopped=f"{_ENTRIES}{where}{until}", action=_action_after_trip(notice))


def _action_after_trip(notice: Notice) -> str:
    name = notice.name.partition(" ")[0]
    if name == DenyCode.DAILY_LOSS:
        return "Look at the open positions: /positions. It clears by itself"
    return _RESETS.get(name, "Look at the open positions: /positions. Find out why, then reset: /resume")


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
