"""Lists page by page, newest first, and the periods that history routes take."""

from collections.abc import Callable, Iterable
from urllib.parse import unquote

from infra.simulators.exchange.context import Context
from infra.simulators.exchange.render import Json

from .errors import bad_parameter

DAY_MS = 86_400_000
SPAN_MS = 7 * DAY_MS

#: A row's place in a list: its time in milliseconds, and a number that tells rows of one instant apart.
type Place = tuple[int, int]


def page[T](
    ctx: Context,
    records: Iterable[T],
    place: Callable[[T], Place],
    render: Callable[[T], Json],
    *,
    default: int,
    most: int,
) -> Json:
    """Return a page of records, newest first, with the cursor of the next one.

    As there, the last rows come with a cursor too: the page after them is empty.
    """
    limit = ctx.params.integer("limit")
    limit = default if limit is None else limit
    if not 1 <= limit <= most:
        raise bad_parameter("params error: limit invalid")
    after = _read_cursor(ctx.params.text("cursor"))
    ordered = sorted(records, key=place, reverse=True)
    found = [record for record in ordered if after is None or place(record) < after][:limit]
    cursor = f"{_write(place(found[0]))}%2C{_write(place(found[-1]))}" if found else ""
    return {"category": ctx.params.text("category"), "list": [render(item) for item in found], "nextPageCursor": cursor}


def period(ctx: Context, span_ms: int = SPAN_MS) -> tuple[int, int]:
    """Return the first and last instant asked for: without both the latest span, with one a span from or to it."""
    start, end = ctx.params.integer("startTime"), ctx.params.integer("endTime")
    if start is not None and end is not None:
        if end - start > span_ms:
            raise bad_parameter(
                f"The interval between the startTime and endTime must be less than {span_ms // DAY_MS} days"
            )
        if end < start:
            raise bad_parameter("startTime cannot be greater than endTime")
        return start, end
    if start is not None:
        return start, start + span_ms
    last = ctx.now_ms if end is None else end
    return last - span_ms, last


def _write(place: Place) -> str:
    return f"{place[1]}%3A{place[0]}"


def _read_cursor(text: str | None) -> Place | None:
    if text is None:
        return None
    number, _, at_ms = unquote(text).rpartition(",")[2].partition(":")
    if not (number.isdigit() and at_ms.isdigit()):
        raise bad_parameter("params error: cursor invalid")
    return int(at_ms), int(number)
