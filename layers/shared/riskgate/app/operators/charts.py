"""A picture on request: equity as it went, or the limits as they are used."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from decimal import Decimal

from riskgate.app.operators.earnings import DAYS_EARNED, read_days
from riskgate.app.operators.figures import money, of_limit, signed
from riskgate.app.operators.session import OperatorSession, Shown
from riskgate.app.ports.operators import EquityChart, LimitBar, LimitsChart
from riskgate.core.errors import InvalidRequest, NotFound
from riskgate.core.plurals import counted
from riskgate.core.statements.view import BookView
from riskgate.schemas.texts.alert_html import safe

EQUITY, LIMITS = "equity", "limits"
#: The fullest limits, as many as a phone shows legibly.
BARS_MAX = 14


def show_chart(view: BookView, arguments: Sequence[str], session: OperatorSession) -> Shown:
    """Return a picture with a line below it.

    Raises InvalidRequest: there is no such chart; NotFound: there is nothing to draw yet.
    """
    words = list(arguments)
    kind = words.pop(0).lower() if words and not words[0].isdecimal() else EQUITY
    days = read_days(words.pop(0)) if words else DAYS_EARNED
    if kind not in {EQUITY, LIMITS} or words:
        raise InvalidRequest("say which chart: /chart equity 30 or /chart limits", code="CHART_UNKNOWN")
    return _equity(view, days, session) if kind == EQUITY else _limits(view, session)


def _equity(view: BookView, days: int, session: OperatorSession) -> Shown:
    told = session.earned(view, days)
    points = [
        (datetime.combine(row.day, time(), UTC), Decimal(row.equity)) for row in told.days if row.equity is not None
    ]
    points.append((view.now, view.state.equity))
    if len(points) < 2:  # noqa: PLR2004 a line has two ends
        raise NotFound("no day has been recorded yet: try again tomorrow", code="HISTORY_EMPTY")
    name, currency = view.state.account_id, view.state.base_currency
    growth = signed(view.periods[-1].total)
    chart = EquityChart(
        title=f"{name}: equity",
        subtitle=f"{money(view.state.equity)} {currency} at {view.now:%Y-%m-%d %H:%M} UTC",
        currency=currency,
        points=tuple(points),
    )
    caption = f"📈 <b>{safe(name)}</b> · equity, {counted(days, 'day')} · profit and loss in all <b>{growth}</b>"
    return Shown([caption], session.drawer().draw_equity(chart))


def _limits(view: BookView, session: OperatorSession) -> Shown:
    rows = [row for row in view.utilization if row.limit is not None]
    # What cannot be measured counts as used up.
    rows.sort(key=lambda row: -(row.fraction if row.fraction is not None else Decimal(10)))
    bars = tuple(
        LimitBar(name=row.code.value, text=of_limit(row, "{}"), used=row.fraction, level=row.level)
        for row in rows[:BARS_MAX]
    )
    name = view.state.account_id
    chart = LimitsChart(
        title=f"{name}: limits in use", subtitle=f"{view.now:%Y-%m-%d %H:%M} UTC, the fullest first", bars=bars
    )
    caption = f"📏 <b>{safe(name)}</b> · limits, version {view.state.limits_version} · <i>all of them: /limits</i>"
    return Shown([caption], session.drawer().draw_limits(chart))
