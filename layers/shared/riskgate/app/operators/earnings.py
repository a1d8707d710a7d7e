"""What an account earned, on the phone: day by day, and by strategy and market."""

from collections.abc import Iterator, Sequence
from decimal import Decimal

from riskgate.app.operators.figures import signed
from riskgate.app.operators.session import OperatorSession, Shown
from riskgate.core.errors import InvalidRequest
from riskgate.core.plurals import counted
from riskgate.core.statements.view import BookView
from riskgate.schemas.http.answers.performance import DayRow, PerformanceAnswer
from riskgate.schemas.texts.alert_html import safe

#: Days that a command is about unless told otherwise, and at most: each with a statement is one object to read.
DAYS_SHOWN, DAYS_EARNED, DAYS_MAX = 7, 30, 92


def read_days(text: str) -> int:
    """Return a number of days as typed. Raises InvalidRequest: it is none, or too many."""
    if text not in {str(count) for count in range(1, DAYS_MAX + 1)}:
        raise InvalidRequest(f"give a number of days from 1 to {DAYS_MAX}", code="COUNT_INVALID")
    return int(text)


def show_days(view: BookView, arguments: Sequence[str], session: OperatorSession) -> Shown:
    """Return the profit and loss of each of the last days, today first."""
    days = read_days(arguments[0]) if arguments else DAYS_SHOWN
    told = session.earned(view, days)
    lines = [f"📅 <b>{safe(told.account_id)}</b> · profit and loss by day in {safe(told.base_currency)}"]
    known = [row for row in reversed(told.days) if row.total is not None or row.realized is not None]
    lines += [_day(row) for row in known]
    totals = [Decimal(row.total) for row in known if row.total is not None]
    lines += [f"in all <b>{signed(sum(totals, Decimal(0)))}</b>"] if len(totals) > 1 else []
    unknown = len(told.days) - len(known)
    return Shown([*lines, f"<i>nothing is stored of {counted(unknown, 'day')}</i>"] if unknown else lines)


def _day(row: DayRow) -> str:
    parts = {"realised": row.realized, "fees": row.fees and f"-{row.fees}", "funding": row.funding}
    amounts = {name: Decimal(text.replace("--", "")) for name, text in parts.items() if text is not None}
    told = "".join(f" · {name} {signed(amount)}" for name, amount in amounts.items() if amount)
    fills = f" · {counted(row.fills, 'fill')}" if row.fills else ""
    total = signed(Decimal(row.total)) if row.total is not None else "?"
    return f"{row.day:%m-%d} <b>{total}</b>{told}{fills}"


def show_performance(view: BookView, arguments: Sequence[str], session: OperatorSession) -> Shown:
    """Return what each strategy earned in each market, from statements and from the trades still remembered."""
    days = read_days(arguments[0]) if arguments else DAYS_EARNED
    told = session.earned(view, days)
    lines = [f"🏁 <b>{safe(told.account_id)}</b> · {counted(days, 'day')} by strategy and market"]
    lines += [*_markets(told), *_trades(told)]
    return Shown([*lines, "<i>No statement and no closed trade yet.</i>"] if len(lines) == 1 else lines)


def _markets(told: PerformanceAnswer) -> Iterator[str]:
    if told.by_market:
        yield f"<i>Statements of {counted(told.statements, 'day')}, after fees and funding:</i>"
    for row in told.by_market:
        net = Decimal(row.realized) - Decimal(row.fees) + Decimal(row.funding)
        paid = {"fees": -Decimal(row.fees), "funding": Decimal(row.funding)}
        parts = "".join(f" · {name} {signed(amount)}" for name, amount in paid.items() if amount)
        who = _who(row.strategy, row.symbol, row.venue)
        yield f"{who} <b>{signed(net)}</b> {safe(row.currency)}{parts} · {counted(row.fills, 'fill')}"


def _trades(told: PerformanceAnswer) -> Iterator[str]:
    if told.closed_trades:
        yield f"<i>Latest closed trades, in {safe(told.base_currency)} after fees:</i>"
    for row in told.closed_trades:
        who = _who(row.strategy, row.symbol, row.venue)
        stopped = f", {row.stopped} stopped" if row.stopped else ""
        yield f"{who} <b>{signed(Decimal(row.realized))}</b> · {counted(row.trades, 'trade')}, {row.won} won{stopped}"


def _who(strategy: str, symbol: str, venue: str) -> str:
    return f"{safe(strategy or 'no strategy')} · {safe(symbol)} {safe(venue)}"
