"""What each kind of alert says: its title, what the gateway stopped, and what the reader should do."""

from dataclasses import dataclass
from datetime import datetime

from riskgate.core.codes import BreakerName, DenyCode
from riskgate.core.levels.notices import Notice, NoticeKind
from riskgate.core.safeguards.breakers import LOSS_BREAKERS
from riskgate.core.severity import Severity


@dataclass(frozen=True, kw_only=True, slots=True)
class Advice:
    """The words of an alert; empty where nothing was stopped or nothing needs doing."""

    title: str
    stopped: str = ""
    action: str = ""


_STILL_OPEN = "Exits and cancels still pass"
ENTRIES = f"New entries are blocked. {_STILL_OPEN}"
_NOT_YOU = "Wasn't you? Send /kill"
_POSITIONS = "Check open positions: /positions"
_KINDS: dict[str, Advice] = {
    "kill_switch_engaged": Advice(
        title="Kill switch engaged",
        stopped="All new orders are blocked. Cancels and /exit still pass",
        action="Close positions with /exit. Release with /resume (asks for a one-time code)",
    ),
    "kill_switch_released": Advice(title="Kill switch released: trading is allowed again", action=_NOT_YOU),
    "kill_switch_not_understood": Advice(
        title="A kill switch was edited that stops nothing",
        stopped="Nothing is blocked: no order is checked against an item of this name",
        action="Correct its key in the table, or set the switch with riskctl kill on",
    ),
    "open_orders_cancelled": Advice(title="Open orders cancelled", action="See what is left: /orders"),
    "cancels_unsettled": Advice(
        title="Open orders could not be cancelled",
        stopped="All new orders are blocked",
        action="The worker will retry. If they stay open, cancel them at the venue: /orders",
    ),
    "orders_left_to_cancel": Advice(
        title="Open orders are left for you to cancel",
        stopped=ENTRIES,
        action="Cancel them where they were placed, the gateway did not send them: /orders",
    ),
    "exit_requested": Advice(title="Positions are being closed", action="Follow progress: /positions"),
    "exit_interrupted": Advice(
        title="An exit ended before it was filled",
        stopped="The position is still open",
        action="An operator's exit is tried again by itself. Place any other again: /positions",
    ),
    "exit_failed": Advice(
        title="A position could not be closed",
        stopped="The position is still open. The gateway does not try again",
        action="Close it at the venue, or send /exit again: /positions",
    ),
    "order_rejected": Advice(title="The venue rejected an order", action="Check the reason and the bot that sent it"),
    "order_outcome_unknown": Advice(
        title="Order status unknown",
        stopped="It will not be resent. Its exposure stays reserved",
        action="The worker will look it up by its client order id. If this lasts, check the venue: /orders",
    ),
    "limits_changed": Advice(
        title="Limits changed", action="Wasn't you? Change them back and revoke the token: /limits"
    ),
    "token_created": Advice(title="Token created", action="Wasn't you? Run riskctl token revoke"),
    "token_revoked": Advice(title="Token revoked"),
    "webhook_created": Advice(title="Webhook set up", action="Wasn't you? Run riskctl webhook delete"),
    "webhook_deleted": Advice(title="Webhook deleted"),
    "command_refused": Advice(title="Command refused", action="Find out who tried: /audit"),
    "front_door_call_refused": Advice(
        title="A bot asked for a call that is never made",
        stopped="Nothing was sent to the exchange",
        action="Find out which bot has the key: riskctl key list. Revoke it if it is no bot of yours",
    ),
    "locks_cleared": Advice(title="Entries unlocked by an operator"),
    "alert_acknowledged": Advice(title="Alert acknowledged", stopped="No more reminders until the level changes"),
    "audit_edited": Advice(
        title="The audit log was edited",
        action="Assume the gateway is compromised: send /kill, then run riskctl audit verify",
    ),
    "probe": Advice(title="Test of the alert path"),
    "breaker_cleared": Advice(title="Breaker cleared: entries are allowed again"),
    "breaker_reset": Advice(title="Breaker reset by an operator: entries are allowed again", action=_NOT_YOU),
    "entries_locked": Advice(
        title="A protection locked entries", stopped=ENTRIES, action="Wait until the lock ends: /status"
    ),
    "fill_after_stop": Advice(
        title="An order was filled after a stop",
        stopped="Nothing more: it had left before. The position is larger now",
        action="Check what still rests: /orders. Close the position with /exit",
    ),
    "venue_refused": Advice(
        title="The account cannot be read as it is set up at the venue",
        stopped="New entries are blocked once its equity is too old. Exits and cancels still pass",
        action="Change the setting there, then check: riskctl venue doctor",
    ),
    "stop_missing": Advice(
        title="A position's stop is not at its venue",
        stopped="Nothing. The gateway tries to place it each minute; until then the whole position counts as at risk",
        action="See why the venue refused it: /orders. Place it by hand, or close the position with /exit",
    ),
    "stop_restored": Advice(title="A position's stop rests at its venue again, or is not needed any more"),
    "reading_unexpected": Advice(
        title="Unexpected account reading",
        stopped="No action taken: waiting for a second reading to confirm",
        action="Check the venue and whatever reports this account",
    ),
    "equity_unproven": Advice(
        title="A bot reported more equity than is explained",
        stopped="The lower figure counts",
        action="Compare with the venue. If it is right, report it with a one-time code; else revoke the token",
    ),
    "fill_suspect": Advice(
        title="A fill that cannot be as it was reported",
        stopped="It counts at the worse of its price and ours, without a rebate that no venue pays",
        action="Compare with the venue: /positions",
    ),
    "sold_beyond_held": Advice(
        title="More of a coin was sold than is held",
        stopped="It counts as the venue's balance below zero, not as a short position",
        action="Compare the venue's balances with /positions: deposits and other bots' trades are missing here",
    ),
    "reconciliation_break": Advice(
        title="Our books differ from the venue's",
        stopped="New entries are blocked in every market with a red break",
        action="Compare both sides, then resolve the break: riskctl recon show",
    ),
    "daily_summary": Advice(title="Daily summary", action="More: /daily, /limits, /chart"),
    "limit_recovered": Advice(title="Back within the limit"),
}
_LEVEL_ACTIONS: dict[str, str] = {
    DenyCode.DAILY_LOSS: _POSITIONS,
    DenyCode.WEEKLY_DRAWDOWN: _POSITIONS,
    DenyCode.MAX_DRAWDOWN: _POSITIONS,
    DenyCode.TOTAL_OPEN_RISK: "Tighten stops or reduce positions: /positions",
    DenyCode.MAX_DAILY_TRADES: "Check for a bot that trades too much: /orders",
    DenyCode.SLIPPAGE_BUDGET: "Use limit orders or smaller sizes",
    DenyCode.VAR_LIMIT: "Reduce the positions that contribute most: /risk",
    DenyCode.LIQUIDATION_DISTANCE: "Reduce the position or add margin at the venue: /positions",
    DenyCode.MARGIN_RATIO: "Add margin at the venue or reduce its positions: /positions",
    DenyCode.FUNDING_RATE: "Holding it costs: reduce or hedge elsewhere: /positions",
    DenyCode.STABLECOIN_DEPEG: "Check the coin's market. Move what you hold of it if it does not recover: /status",
    DenyCode.STRESS_LIMIT: "Reduce the positions that lose most in the worst scenario: /risk",
}
_RESETS: dict[str, str] = {
    BreakerName.MANUAL_STOP: "Allow entries again with /resume (asks for a one-time code)",
    BreakerName.ORDER_FAILURE_RATE: "Check the venue and the bots, then reset with /resume (asks for a one-time code)",
    DenyCode.HEARTBEAT_MISSED: "Check the strategy. Its next heartbeat clears this",
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
        title = f"{share} of the limit used"
        return Advice(title=title, action=_LEVEL_ACTIONS.get(notice.name, "Keep an eye on it: /limits"))
    since = f" since {_instant(notice.since)}" if notice.since is not None else ""
    title = f"Still at the limit{since}" if reminder else "Limit reached"
    action = _LEVEL_ACTIONS.get(notice.name, "Reduce positions if you need room: /positions")
    if notice.name == DenyCode.VENUE_CONCENTRATION:
        action = "Move money off the venue"
        if notice.amount is not None:
            action = f"Withdraw {notice.amount:,.2f} {notice.currency} from {notice.subject}"
    stopped = "Entries that would add to it are blocked"
    if notice.name in LOSS_BREAKERS or notice.name.partition(" ")[0] in BreakerName:
        stopped, action = ENTRIES, _action_after_trip(notice)
    if reminder:
        action = f"{action}. Stop reminders: /ack"
    return Advice(title=title, stopped=stopped, action=action)


def _advise_trip(notice: Notice) -> Advice:
    name = notice.name.partition(" ")[0]
    where = f" in {notice.subject}" if notice.subject else ""
    until = f" until {_instant(notice.until)}" if notice.until is not None else " until an operator resets it"
    if name == DenyCode.HEARTBEAT_MISSED:
        until = ""
    title = "Breaker tripped: new entries stopped"
    return Advice(
        title=title, stopped=f"New entries are blocked{where}{until}. {_STILL_OPEN}", action=_action_after_trip(notice)
    )


def _action_after_trip(notice: Notice) -> str:
    name = notice.name.partition(" ")[0]
    if name == DenyCode.DAILY_LOSS:
        return f"{_POSITIONS}. The breaker clears by itself"
    return _RESETS.get(name, f"{_POSITIONS}. Find the cause, then reset: /resume")


def _instant(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"
