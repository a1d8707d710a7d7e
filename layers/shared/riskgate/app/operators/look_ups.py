"""What an operator can look at from the phone, as lines of Telegram's HTML."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from decimal import Decimal

from riskgate.app.account.describe_account import read_account, read_view
from riskgate.app.alerts.acknowledge_alert import acknowledge_alert
from riskgate.app.operators.charts import show_chart
from riskgate.app.operators.earnings import show_days, show_performance
from riskgate.app.operators.figures import age, money, of_limit, price, signed
from riskgate.app.operators.session import Caller, OperatorSession, Shown, choose_account
from riskgate.app.safeguards.describe_safeguards import lock_rows
from riskgate.core.account.document import Position, TradingState, WorkingOrder
from riskgate.core.checks.liquidation import compute_distance
from riskgate.core.codes import DenyCode
from riskgate.core.errors import InvalidRequest
from riskgate.core.money import plain, with_risk_context
from riskgate.core.operators.commands import CommandName, Role
from riskgate.core.order import StopKeeper
from riskgate.core.plurals import counted
from riskgate.core.severity import Severity
from riskgate.core.statements.view import BookView, PositionView
from riskgate.schemas.texts.alert_html import EMOJI, safe

_STATES = {TradingState.ACTIVE: "🟢", TradingState.REDUCING: "🟠", TradingState.HALTED: "🔴"}
_LEVELS = {level.value: emoji for level, emoji in EMOJI.items()} | {"none": "⚪"}
_LOSSES = {DenyCode.DAILY_LOSS: "Day", DenyCode.WEEKLY_DRAWDOWN: "Week", DenyCode.MAX_DRAWDOWN: "Peak"}
_SCENARIOS = {DenyCode.VAR_LIMIT: "VaR", DenyCode.STRESS_LIMIT: "Worst stress"}
_PERIODS = {"day": "today", "week": "week", "month": "month", "start": "in all"}
#: Entries that /audit shows unless told otherwise, and at most.
AUDIT_ENTRIES, AUDIT_ENTRIES_MAX = 5, 20

_HELP = (
    ("status", "state, equity, losses, active stops"),
    ("profit", "profit and loss by period, and of what"),
    ("daily [n]", "profit and loss of the last n days"),
    ("performance", "profit and loss by strategy and market"),
    ("chart [equity|limits] [days]", "a picture of equity, or of the limits"),
    ("positions", "open positions"),
    ("limits", "every limit and how much of it is used"),
    ("risk", "VaR and stress scenarios"),
    ("orders", "open orders"),
    ("audit [n]", "latest log entries"),
    ("alerts", "active alerts"),
    ("locks", "what the protections locked"),
    ("ack [name]", "end reminders for one alert, or for all"),
    ("stop [reason]", "stop new entries"),
    ("kill [reason]", "engage the account's kill switch and cancel open orders"),
    ("kill global [reason]", "the same for everything; also venue, strategy or symbol NAME"),
    ("resume [breaker|global]", "allow trading again; also venue, strategy or symbol NAME"),
    ("unlock [code]", "end a protection's lock early, or all of them"),
    ("exit SYMBOL [50%]", "close a position"),
    ("exit all", "close all positions"),
    ("exit stop", "stop entries, cancel orders, close all positions"),
)


def look_up(name: CommandName, caller: Caller, arguments: tuple[str, ...], session: OperatorSession) -> Shown:
    """Return the answer to a command that needs no confirmation.

    Raises Forbidden, InvalidRequest, NotFound: there is no such account for this person, or nothing of that name.
    """
    if name is CommandName.HELP:
        return Shown(_help(caller))
    account, rest = choose_account(session, caller, arguments)
    if name is CommandName.AUDIT:
        return Shown(_audit(account, rest, session))
    if name is CommandName.ACK:
        return Shown(_ack(account, rest, caller, session))
    view = read_view(account, session.deps, session.now)
    if name in _EARNINGS:
        return with_risk_context(_EARNINGS[name])(view, rest, session)
    return Shown(with_risk_context(_LINES[name])(view))


def _help(caller: Caller) -> list[str]:
    control = caller.known.role is Role.CONTROL
    shown = [row for row in _HELP if control or CommandName(row[0].split()[0]).role is Role.READ]
    lines = ["🛟 <b>Commands</b>", *(f"/{safe(usage)} — {what}" for usage, what in shown)]
    note = "If you have several accounts, put the account first. Commands that affect trading ask for a one-time code."
    return [*lines, f"<i>{note}</i>"]


def _status(view: BookView) -> list[str]:
    state = view.state
    seconds = int((view.now - state.equity_at).total_seconds())
    rows = {row.code: row for row in view.utilization}
    gross = rows.get(DenyCode.GROSS_EXPOSURE)
    return [
        f"{_STATES[view.trading_state]} <b>{safe(state.account_id)}</b> · <b>{view.trading_state.value}</b>",
        f"Equity <b>{money(state.equity)} {safe(state.base_currency)}</b> · {age(seconds)} old",
        "P&amp;L " + " · ".join(f"{_PERIODS[row.name]} <b>{signed(row.total)}</b>" for row in view.periods),
        *(f"{label} {of_limit(rows[code])}" for code, label in _LOSSES.items() if code in rows),
        f"Positions {len(state.positions)} · open orders {len(state.working_orders)}"
        + (f" · gross {of_limit(gross)}" if gross is not None else ""),
        *_stopped(view),
    ]


def _profit(view: BookView) -> list[str]:
    currency = safe(view.state.base_currency)
    lines = [f"💰 <b>{safe(view.state.account_id)}</b> · profit and loss in {currency}"]
    for row in view.periods:
        parts = {"realised": row.realized, "open": row.unrealized, "fees": -row.fees, "funding": row.funding}
        parts["other"] = row.other
        told = " · ".join(f"{name} {signed(amount)}" for name, amount in parts.items() if amount)
        lines.append(f"{_PERIODS[row.name]} <b>{signed(row.total)}</b>{f' · {told}' if told else ''}")
    if view.unpriced:
        lines.append(f"<i>without {counted(view.unpriced, 'payment')} that nothing prices</i>")
    return lines


def _locks(view: BookView) -> list[str]:
    locks = _locked(view)
    lines = [f"🔒 <b>{safe(view.state.account_id)}</b> · {counted(len(locks), 'lock')}", *locks]
    return [*lines, "<i>/unlock ends them early.</i>"] if locks else lines


def _locked(view: BookView) -> list[str]:
    lines = []
    for lock in lock_rows(view.state, view.now):
        until = f"{lock.until:%H:%M} UTC" if lock.until is not None else "an operator unlocks it"
        lines.append(f"🔒 {safe(lock.code)} {safe(lock.key)} until {until}")
    return lines


def _stopped(view: BookView) -> list[str]:
    """Return what holds trading back."""
    state, lines = view.state, []
    for flag in view.kill_switches:
        if flag.is_engaged:
            named = f"{flag.scope} {flag.key}".strip()
            lines.append(f"🔴 Kill switch {safe(named)}: {safe(flag.reason or 'no reason given')}")
    for name, breaker in sorted(state.breakers.items()):
        until = f"until {breaker.clears_on}" if breaker.clears_on is not None else "until an operator resets it"
        silent = name.startswith(DenyCode.HEARTBEAT_MISSED)
        reason = f" · {safe(breaker.reason)}" if breaker.reason else ""
        lines.append(f"⛔ {safe(name)} {'until its next heartbeat' if silent else until}{reason}")
    return [*lines, *_locked(view)]


def _positions(view: BookView) -> list[str]:
    lines = [f"📦 <b>{safe(view.state.account_id)}</b> · {counted(len(view.state.positions), 'position')}"]
    for viewed in view.positions:
        lines += _position(viewed, view.state.base_currency)
    return lines


def _position(viewed: PositionView, currency: str) -> list[str]:
    position = viewed.position
    stop = f"stop {price(position.stop_loss_price)}{_keeper(position)}" if position.stop_loss_price else "no stop"
    distance = compute_distance(position)
    away = f" · liquidation {distance * 100:.1f} % away" if distance is not None else ""
    side = "long" if position.quantity > 0 else "short"
    value, gain = money(abs(position.value)), signed(viewed.unrealized)
    return [
        f"<b>{safe(position.symbol)}</b> {safe(position.venue)} · {side} <b>{plain(abs(position.quantity))}</b>",
        f"   {price(position.average_price)} → {price(position.mark_price)} · {stop}{away}",
        f"   {value} {safe(currency)} · P&amp;L <b>{gain}</b> · risk {money(viewed.risk_to_stop)}",
    ]


def _keeper(position: Position) -> str:
    """Return who holds the stop of a position, and whether it is held."""
    kept = position.kept_stop
    if kept is None:
        return ""
    if kept.kept_by is StopKeeper.STRATEGY:
        return ", held by its silent bot ⚠️" if kept.lapsed else ", held by its bot"
    if kept.unkept_since is None:
        return " at the venue"
    return f", not at the venue since {kept.unkept_since:%H:%M} UTC ⚠️"


def _limits(view: BookView) -> list[str]:
    used = [row for row in view.utilization if row.limit is not None]
    used.sort(key=lambda row: -(row.fraction if row.fraction is not None else Decimal(10)))
    lines = [f"📏 <b>{safe(view.state.account_id)}</b> · limits, version {view.state.limits_version}"]
    return [*lines, *(f"{_LEVELS[row.level]} {row.code.value} {of_limit(row)}" for row in used)]


def _risk(view: BookView) -> list[str]:
    rows = {row.code: row for row in view.utilization}
    lines = [f"🌪 <b>{safe(view.state.account_id)}</b> · risk as a share of equity"]
    lines += [f"{_LEVELS[rows[c].level]} {label} {of_limit(rows[c])}" for c, label in _SCENARIOS.items() if c in rows]
    return [*lines, *_scenarios(view)]


def _scenarios(view: BookView) -> list[str]:
    report = view.report
    if report is None:
        missing = "No report yet" if view.report_as_of is None else "The report is not current"
        return [f"<i>{missing}: the whole gross exposure counts as risk.</i>"]
    seconds = int((view.now - report.as_of).total_seconds())
    worst = sorted(report.stress_pnl.items(), key=lambda item: item[1])[:5]
    lines = [f"   {safe(name)} <b>{signed(pnl)}</b> {safe(view.state.base_currency)}" for name, pnl in worst]
    return [*lines, f"<i>computed {age(seconds)} ago</i>"]


def _orders(view: BookView) -> list[str]:
    orders = sorted(view.state.working_orders.values(), key=lambda order: order.approved_at)
    lines = [f"🧾 <b>{safe(view.state.account_id)}</b> · {counted(len(orders), 'open order')}"]
    for order in orders:
        lines += _order(order)
    return [*lines, *_rejected(view)]


def _order(order: WorkingOrder) -> list[str]:
    limit = f" @ {price(order.rest_price)}" if order.rest_price is not None else ""
    average = f" @ {price(order.average_fill_price)}" if order.average_fill_price is not None else ""
    filled = f" · {plain(order.filled_quantity)} filled{average}" if order.filled_quantity else ""
    fees = "".join(f" · fees {plain(amount)} {safe(name)}" for name, amount in sorted(order.fees.items()))
    venue = f" · at {safe(order.venue)} <code>{safe(order.exchange_order_id)}</code>" if order.exchange_order_id else ""
    return [
        f"<b>{safe(order.symbol)}</b> {order.side.value} {order.type.value} <b>{plain(order.quantity)}</b>{limit}",
        f"   {order.status.value}{filled}{fees} · <code>{safe(order.client_order_id)}</code>{venue}",
    ]


def _rejected(view: BookView) -> list[str]:
    """Return what venues refused in the last day."""
    lines = []
    for order in reversed(view.state.rejected_orders):
        if view.now - order.at < timedelta(days=1):
            what = f"{safe(order.symbol)} {order.side.value} {order.type.value} {plain(order.quantity)}"
            lines.append(f"❌ {order.at:%H:%M} {what} · <code>{safe(order.client_order_id)}</code>")
            lines.append(f"   refused: {safe(order.reason or 'no reason given')}")
    return lines


def _alerts(view: BookView) -> list[str]:
    levels = sorted(view.state.alert_levels.items(), key=lambda item: (-item[1].level.rank, item[0]))
    lines = [f"🔔 <b>{safe(view.state.account_id)}</b> · {counted(len(levels), 'alert')}"]
    for name, alert in levels:
        seen = " · acknowledged" if alert.acknowledged else ""
        since = f"{alert.since:%m-%d %H:%M} UTC"
        lines.append(f"{EMOJI[alert.level]} {safe(name)} since {since}{seen}")
    red = any(alert.level is Severity.RED and not alert.acknowledged for _, alert in levels)
    return [*lines, "<i>/ack ends the reminders.</i>"] if red else lines


def _ack(account: str, arguments: Sequence[str], caller: Caller, session: OperatorSession) -> list[str]:
    name = " ".join(arguments)
    named = acknowledge_alert(session.acting(caller), account, name)
    return [f"👍 Acknowledged: {safe(', '.join(named))}" if named else "Nothing to acknowledge."]


def _audit(account: str, arguments: Sequence[str], session: OperatorSession) -> list[str]:
    text = arguments[0] if arguments else str(AUDIT_ENTRIES)
    if text not in {str(count) for count in range(1, AUDIT_ENTRIES_MAX + 1)}:
        raise InvalidRequest(f"give a number from 1 to {AUDIT_ENTRIES_MAX}", code="COUNT_INVALID")
    snapshot, _, _ = read_account(account, session.deps)
    last = snapshot.account.audit_sequence if snapshot.account is not None else 0
    rows = session.deps.store.list_audit(account, after=max(0, last - int(text)), limit=int(text))
    lines = [f"📖 <b>{safe(account)}</b> · {len(rows)} of {last} entries"]
    for row in reversed(rows):
        verdict = " ".join(part for part in (row.decision, row.code) if part)
        lines.append(f"<b>#{row.sequence}</b> {row.at:%m-%d %H:%M:%S} {safe(row.event)} {safe(verdict)}".rstrip())
        lines.append(f"   <i>{safe(row.actor)}</i>")
    return lines


_LINES: dict[CommandName, Callable[[BookView], list[str]]] = {
    CommandName.STATUS: _status,
    CommandName.POSITIONS: _positions,
    CommandName.LIMITS: _limits,
    CommandName.RISK: _risk,
    CommandName.ORDERS: _orders,
    CommandName.ALERTS: _alerts,
    CommandName.PROFIT: _profit,
    CommandName.LOCKS: _locks,
}


_EARNINGS: dict[CommandName, Callable[[BookView, Sequence[str], OperatorSession], Shown]] = {
    CommandName.DAILY: show_days,
    CommandName.PERFORMANCE: show_performance,
    CommandName.CHART: show_chart,
}
