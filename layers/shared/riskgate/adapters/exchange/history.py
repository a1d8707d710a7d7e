"""Read a stretch of history completely, whatever a venue's page size, order of rows and longest period."""

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from riskgate.adapters.exchange.parse import Row, invalid
from riskgate.core.errors import VenueAnswerInvalid

DAY_MS = 86_400_000
#: Venues that count seconds round a period's end up.
_ROUNDING_MS = 2_000
_PAGES_MAX = 2_000


class HistoryStuck(VenueAnswerInvalid):
    """More rows share one millisecond than the venue gives at once; `at_ms` is that millisecond."""

    def __init__(self, at_ms: int) -> None:
        super().__init__("more rows share one millisecond than the exchange returns at once")
        self.at_ms = at_ms


@dataclass(frozen=True, kw_only=True, slots=True)
class History:
    """How to read one kind of history."""

    # rows of a period (ms, both ends included), in any order, perhaps a page
    fetch: Callable[[int, int], Sequence[Row]]
    identity: Callable[[Row], str]  # a row's id: rows of overlapping pages count once
    limit: int | None = None  # of a page; None, not known: then it must be more than share a millisecond
    span_days: int | None = None  # longest period that may be asked for; None: no bound
    thorough: bool = False  # believe no page below `limit`: a venue may cut lists shorter than it says
    whole: bool = False  # `fetch` gives all rows of its period, and none is asked for again

    def read(self, start_ms: int, end_ms: int) -> list[Row]:
        """Return all rows of a period by time.

        A page may be the newest rows of its period or the oldest: what lies before and after it is asked for until
        nothing new comes.

        Raises VenueAnswerInvalid: the venue ignores the end of a period, or gives no end of pages; HistoryStuck when
        one millisecond holds more than a page.
        """
        rows: dict[str, Row] = {}
        periods = deque(self._split(start_ms, end_ms))
        pages = 0
        while periods:
            low, high = periods.popleft()
            page = self.fetch(low, high)
            count = len(page) + getattr(page, "unreadable", 0)
            pages += 1
            if pages > _PAGES_MAX:
                raise VenueAnswerInvalid("the exchange's pages do not end")
            fresh = {self.identity(row): row for row in page if self.identity(row) not in rows}
            rows |= fresh
            if self.whole:
                continue
            if not page:
                if self.limit is not None and count >= self.limit:
                    raise VenueAnswerInvalid("no row of a whole page can be read: what follows is not known")
                continue
            first, last = (extreme(at_ms(row) for row in page) for extreme in (min, max))
            is_full = self.limit is not None and count >= self.limit
            if last > high + _ROUNDING_MS and (is_full or self.limit is None):
                raise VenueAnswerInvalid("the exchange ignores the end of a period: its history may be incomplete")
            if is_full and not fresh:
                raise HistoryStuck(first)
            if fresh and (is_full or self.thorough or self.limit is None):
                periods += [(start, end) for start, end in ((low, first), (last, high)) if start <= end]
        return [row for _, row in sorted(rows.items(), key=lambda item: (at_ms(item[1]), item[0]))]

    def _split(self, start_ms: int, end_ms: int) -> list[tuple[int, int]]:
        span_ms = end_ms - start_ms + 1 if self.span_days is None else self.span_days * DAY_MS
        starts = range(start_ms, end_ms + 1, max(span_ms, 1))
        return [(low, min(low + span_ms - 1, end_ms)) for low in starts]


def at_ms(row: Row) -> int:
    """Return a row's time in milliseconds."""
    value: Any = row.get("timestamp")
    if isinstance(value, bool) or not isinstance(value, int):
        raise invalid("time")
    return value
