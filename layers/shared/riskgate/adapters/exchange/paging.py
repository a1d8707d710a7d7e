"""Whole lists, whatever a venue's pages and settle coins: the next page is asked for until there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from riskgate.adapters.exchange.rows import Rows
from riskgate.core.errors import VenueAnswerInvalid

if TYPE_CHECKING:
    from riskgate.adapters.exchange.call_log import CcxtCall
    from riskgate.adapters.exchange.client import ExchangeClient

_PAGES_MAX = 400

#: Of a page's rows, the venue's answer and the page's number: what asks for the next one, None after the last.
type NextPage = Callable[[Rows, Any, int], str | int | None]

#: Makes the call for a page, from its length and parameters.
type Ask = Callable[[int | None, dict[str, Any]], CcxtCall[Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pages:
    """How the rest of one list is asked for: `parameter` names the page, `limit` is a page's length."""

    parameter: str
    limit: int
    next_page: NextPage


def by_cursor(parameter: str, limit: int, *path: str) -> Pages:
    """Return pages of which each answer names the next at a path; an empty name ends them."""

    def next_page(_rows: Rows, answer: Any, _number: int) -> str | None:
        found = answer
        for name in path:
            found = found.get(name) if isinstance(found, Mapping) else None
        return str(found) if found not in {None, "", "0"} else None

    return Pages(parameter=parameter, limit=limit, next_page=next_page)


def by_last_id(parameter: str, limit: int) -> Pages:
    """Return pages that go on after the last row's id; one that is not full ends them.

    ccxt sorts a page by time: the oldest row is the last that the venue gave.
    """

    def next_page(rows: Rows, _answer: Any, _number: int) -> str | None:
        if len(rows) + rows.unreadable < limit:
            return None
        if not rows:
            raise VenueAnswerInvalid("no row of a whole page can be read: what follows is not known")
        return str(min((int(row["timestamp"]), len(row["id"]), row["id"]) for row in rows)[2])

    return Pages(parameter=parameter, limit=limit, next_page=next_page)


def by_number(parameter: str, limit: int) -> Pages:
    """Return numbered pages, from 1 on; one that is not full ends them."""

    def next_page(rows: Rows, _answer: Any, number: int) -> int | None:
        return number + 1 if len(rows) + rows.unreadable >= limit else None

    return Pages(parameter=parameter, limit=limit, next_page=next_page)


def read_whole(
    client: ExchangeClient,
    method: str,
    kind: str,
    ask: Ask,
    check: Callable[[Any], object],
    *,
    every_settle: bool = True,
) -> Rows:
    """Read a list to its end, for every settle coin where the venue lists them apart.

    `method` is ccxt's name of the list, `ask` makes the call from a page's length and parameters; rows that `check`
    cannot read are left out.

    Raises VenueAnswerInvalid: the pages do not end.
    """
    found: dict[str, Any] = {}
    unreadable = 0
    for settle in _settles(client, method) if every_settle else ({},):
        for page in _pages(client, method, kind, partial(_with, ask, settle), check):
            unreadable += page.unreadable
            found |= {f"{row.get('symbol')} {row.get('id') or number}": row for number, row in enumerate(page)}
    return Rows(found.values(), unreadable)


def _with(ask: Ask, settle: Mapping[str, str], limit: int | None, more: Mapping[str, Any]) -> CcxtCall[Any]:
    return ask(limit, {**settle, **more})


def _settles(client: ExchangeClient, method: str) -> tuple[Mapping[str, str], ...]:
    """Return the parameters of each settle coin's list."""
    rules = client.rules
    if rules.settle is None or method not in rules.by_settle or client.market_type.value == "spot":
        return ({},)
    markets = client.load_markets().values()
    coins = sorted({str(market["settle"]) for market in markets if market.get("linear") and market.get("swap")})
    return tuple(rules.settle(coin) for coin in coins)


def _pages(
    client: ExchangeClient,
    method: str,
    kind: str,
    ask: Ask,
    check: Callable[[Any], object],
) -> Iterator[Rows]:
    pages = client.rules.pages_of(client.market_type).get(method)
    more: dict[str, Any] = {}
    for number in range(1, _PAGES_MAX + 1):
        rows = client.read_list(kind, ask(pages.limit if pages else None, more), check)
        yield rows
        following = pages.next_page(rows, client.last_answer, number) if pages else None
        if pages is None or following is None:
            return
        more = {pages.parameter: following}
    raise VenueAnswerInvalid("the exchange's pages do not end")
