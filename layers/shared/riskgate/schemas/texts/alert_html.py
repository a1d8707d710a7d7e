"""Alerts for people: HTML as Telegram takes it, plain text for e-mail, several in one, split where they are long."""

from collections.abc import Iterable, Sequence
from decimal import ROUND_DOWN, Decimal
from html import escape

from riskgate.core.alerts.alerts import Alert, AlertKind
from riskgate.core.codes import FLOORS
from riskgate.core.plurals import counted
from riskgate.core.severity import Severity

#: Telegram takes 4096 UTF-16 units after parsing; the rest is for what closes a page.
PAGE_UNITS_MAX = 3_900
#: A reason may be anything; a phone shows this much of it.
DETAIL_LENGTH_MAX = 400

#: Alerts that tell what became of one order.
ABOUT_ORDERS = frozenset(
    {
        AlertKind.ORDER_REJECTED,
        AlertKind.ORDER_OUTCOME_UNKNOWN,
        AlertKind.EXIT_INTERRUPTED,
        AlertKind.EXIT_FAILED,
        AlertKind.FILL_AFTER_STOP,
    }
)
EMOJI = {Severity.RED: "🔴", Severity.ORANGE: "🟠", Severity.YELLOW: "🟡", Severity.INFO: "\N{INFORMATION SOURCE}"}
_UNITS = {"bps": "bps", "times": "times", "positions": "positions", "orders": "orders"}


def alert_html(alert: Alert) -> str:
    """Return one alert as Telegram's HTML: the number, the limit, what was stopped, what to do."""
    lines = [f"{EMOJI[alert.severity]} <b>{safe(alert.title)}</b>", _about(alert, bold=True)]
    figures = _figures(alert)
    lines += [f"<b>{safe(figures)}</b>"] if figures else []
    lines += [safe(alert.stopped)] if alert.stopped else []
    lines += [f"→ {safe(alert.action)}"] if alert.action else []
    lines += [f"<i>{safe(_cut(alert.detail))}</i>"] if alert.detail else []
    lines.append(f"<i>{safe(_source(alert))}</i>")
    # A tap copies it, for `riskctl trace`. Of what is no order's the log's number says enough.
    lines += [f"<code>{safe(alert.trace_id)}</code>"] if alert.trace_id and alert.kind in ABOUT_ORDERS else []
    return "\n".join(line for line in lines if line)


def alert_plain(alert: Alert) -> str:
    """Return one alert as plain text."""
    lines = [f"[{alert.severity.value.upper()}] {alert.title}", _about(alert, bold=False), _figures(alert)]
    lines += [alert.stopped] if alert.stopped else []
    lines += [f"→ {alert.action}"] if alert.action else []
    lines += [_cut(alert.detail), _source(alert), f"trace {alert.trace_id}" if alert.trace_id else ""]
    return "\n".join(line for line in lines if line)


def alert_subject(alert: Alert) -> str:
    """Return a subject of at most 100 printable ASCII characters, as SNS takes it."""
    text = f"[{alert.severity.value.upper()}] {alert.account or 'gateway'}: {alert.title} {alert.name}".strip()
    return "".join(c for c in text if c.isascii() and c.isprintable())[:100]


def alert_line(alert: Alert) -> str:
    """Return one alert as one line of a summary."""
    parts = [alert.title, alert.name, alert.subject, _figures(alert)]
    text = " · ".join(dict.fromkeys(part for part in parts if part))
    account = f"<b>{safe(alert.account)}</b> " if alert.account else ""
    return f"{EMOJI[alert.severity]} {alert.at:%H:%M:%S} {account}{safe(_cut(text))}"


def summary_pages(alerts: Sequence[Alert]) -> tuple[str, ...]:
    """Return one summary of many alerts, in as many pages as it needs; their order is kept."""
    first, last = min(a.at for a in alerts), max(a.at for a in alerts)
    title = f"📬 <b>{counted(len(alerts), 'delayed alert')}</b>"
    period = f"<i>{first:%Y-%m-%d %H:%M:%S} to {last:%H:%M:%S} UTC</i>"
    return split_pages([title, period, *map(alert_line, alerts)])


def split_pages(lines: Iterable[str], units_max: int = PAGE_UNITS_MAX) -> tuple[str, ...]:
    """Return lines as pages of at most `units_max` UTF-16 units; a line that is longer alone is cut.

    Each line is whole HTML by itself, so a page that ends with a line is too.
    """
    pages: list[str] = []
    page = ""
    for line in lines:
        whole = _fit(line, units_max)
        joined = f"{page}\n{whole}" if page else whole
        if page and _units(joined) > units_max:
            pages.append(page)
            joined = whole
        page = joined
    return (*pages, page) if page else tuple(pages)


def _fit(line: str, units_max: int) -> str:
    if _units(line) <= units_max:
        return line
    # Cut as text: half a tag or entity would make Telegram refuse the page.
    plain = line.encode("utf-16-le")[: 2 * (units_max // 6)].decode("utf-16-le", "ignore")
    return escape(f"{plain}…", quote=False)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2


def _about(alert: Alert, *, bold: bool) -> str:
    account = alert.account or "gateway"
    head = f"<b>{safe(account)}</b>" if bold else account
    parts = dict.fromkeys(part for part in (alert.name, alert.subject) if part)
    rest = [safe(part) if bold else part for part in parts]
    return " · ".join([head, *rest])


def _figures(alert: Alert) -> str:
    parts = []
    if alert.observed is not None and alert.limit is not None and alert.unit == "base_currency":
        parts.append(f"{_amount(alert.observed, alert.unit, alert.currency)}, was "
                     f"{_amount(alert.limit, alert.unit, alert.currency)}")  # fmt: skip
    elif alert.observed is not None and alert.limit is not None:
        sign = "of at least" if alert.name in FLOORS else "≥" if alert.observed >= alert.limit else "of"
        parts.append(f"{_amount(alert.observed, alert.unit, '')} {sign} {_amount(alert.limit, alert.unit, '')}")
    elif alert.observed is not None:
        parts.append(_amount(alert.observed, alert.unit, alert.currency))
    if alert.amount is not None:
        parts.append(f"{alert.amount:,.2f} {alert.currency}".strip())
    return " · ".join(parts)


def _amount(value: Decimal, unit: str, currency: str) -> str:
    """Write a figure for people; rounded down, so that no limit looks reached before it is."""
    if unit == "fraction":
        return f"{(value * 100).quantize(Decimal('0.01'), ROUND_DOWN):,} %"
    if unit == "base_currency":
        return f"{value.quantize(Decimal('0.01'), ROUND_DOWN):,} {currency}".strip()
    short = value.quantize(Decimal("0.01"), ROUND_DOWN)
    text = f"{short:,}".rstrip("0").rstrip(".")
    return f"{text} {_UNITS.get(unit, unit)}".strip()


def _source(alert: Alert) -> str:
    parts = [f"{alert.at:%Y-%m-%d %H:%M:%S} UTC"]
    parts += [f"by {alert.actor}"] if alert.actor else []
    parts += [f"audit #{alert.audit_sequence}"] if alert.audit_sequence else []
    return " · ".join(parts)


def _cut(text: str) -> str:
    return text if len(text) <= DETAIL_LENGTH_MAX else f"{text[:DETAIL_LENGTH_MAX]}…"


def safe(text: str) -> str:
    """Return a text such that the messenger takes none of it for a tag."""
    return escape(text, quote=False)
