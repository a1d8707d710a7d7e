"""Whole lists, whatever a venue's pages and settle coins: the next page is asked for until there is none."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from riskgate.adapters.exchange.call_log import CcxtCall
from riskgate.adapters.exchange.parse_market import is_offered
from riskgate.adapters.exchange.rows import Rows
from riskgate.core.errors import VenueAnswerInvalid

if TYPE_CHECKING:
    from riskgate.adapters.exchange.client import ExchangeClient

_PAGES_MAX = 400
_NONE: Mapping[str, Any] = MappingProxyType({})

#: Of a page's rows, the venue's answer and the page's number: what asks for the next one, None after the last.
type NextPage = Callable[[Rows, Any, int], str | int | None]

#: Makes the call for a page, from its length and parameters.
type Ask = Callable[[int | None, dict[str, Any]], CcxtCall[Any]]


@dataclass(frozen=True, kw_only=True, slots=True)
class Pages:
    """How the rest of one list is asked for: `parameter` names the page, `limit` is a page's length.

    `limit_parameter` is the venue's own name of the length, where ccxt would cut by it what the venue's page holds.
    """

    parameter: str
    limit: int
    next_page: NextPage
    limit_parameter: str | None = None


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


def by_number(parameter: str, limit: int, limit_parameter: str | None = None) -> Pages:
    """Return numbered pages, from 1 on; one that is not full ends them."""

    def next_page(rows: Rows, _answer: Any, number: int) -> int | None:
        return number + 1 if len(rows) + rows.unreadable >= limit else None

    return Pages(parameter=parameter, limit=limit, next_page=next_page, limit_parameter=limit_parameter)


def by_offset(parameter: str, limit: int, limit_parameter: str | None = None) -> Pages:
    """Return pages that begin after so many rows; one that is not full ends them."""

    def next_page(rows: Rows, _answer: Any, number: int) -> int | None:
        return number * limit if len(rows) + rows.unreadable >= limit else None

    return Pages(parameter=parameter, limit=limit, next_page=next_page, limit_parameter=limit_parameter)


def by_total(parameter: str, limit: int, limit_parameter: str) -> Pages:
    """Return numbered pages, from 1 on, of which each answer tells how many there are (KuCoin)."""

    def next_page(_rows: Rows, answer: Any, number: int) -> int | None:
        data = answer.get("data") if isinstance(answer, Mapping) else None
        total = data.get("totalPage") if isinstance(data, Mapping) else None
        if not isinstance(total, int):
            raise VenueAnswerInvalid("the exchange does not tell how many pages there are")
        return number + 1 if number < total else None

    return Pages(parameter=parameter, limit=limit, next_page=next_page, limit_parameter=limit_parameter)


def by_last_of_page(parameter: str, limit: int, limit_parameter: str) -> Pages:
    """Return pages that go on after what the answer names as its last row; one that is not full ends them (KuCoin)."""

    def next_page(_rows: Rows, answer: Any, _number: int) -> str | None:
        data = answer.get("data") if isinstance(answer, Mapping) else None
        items = data.get("items") if isinstance(data, Mapping) else None
        if not isinstance(data, Mapping) or not isinstance(items, list):
            raise VenueAnswerInvalid("the exchange's page has no rows to count")
        return str(data.get("lastId")) if len(items) >= limit else None

    return Pages(parameter=parameter, limit=limit, next_page=next_page, limit_parameter=limit_parameter)


def read_whole(
    client: ExchangeClient,
    method: str,
    kind: str,
    ask: Ask,
    check: Callable[[Any], object],
    *,
    every_settle: bool = True,
    pages: Pages | None = None,
) -> Rows:
    """Read a list to its end, for every settle coin where the venue lists them apart.

    `method` is ccxt's name of the list, `ask` makes the call from a page's length and parameters; rows that `check`
    cannot read are left out. `pages` are the method's own unless given.

    Raises VenueAnswerInvalid: the pages do not end.
    """
    found: dict[str, Any] = {}
    unreadable = 0
    known = pages or client.rules.pages_of(client.market_type).get(method)
    for settle in list_settles(client, method) if every_settle else ({},):
        for page in _pages(client, known, kind, partial(_with, ask, settle), check):
            unreadable += page.unreadable
            found |= {f"{row.get('symbol')} {row.get('id') or number}": row for number, row in enumerate(page)}
    return Rows(found.values(), unreadable)


def read_period(
    client: ExchangeClient,
    method: str,
    call: str,
    kind: str,
    symbol: str | None,
    period: tuple[int, int],
    limit: int | None,
    check: Callable[[Any], object],
    more: Mapping[str, Any] = _NONE,
) -> Rows:
    """Read the rows of a period (ms, both ends included): all its pages where the venue numbers them, else one page.

    `method` is ccxt's name of the list, `call` of the function.
    """
    since: int | None
    since, asked = period[0], {"until": period[1]}
    names, unit = client.rules.period_names, client.rules.period_unit_ms
    if names is not None:
        # Rounded outwards. ccxt would cut a page by its own idea of the start, so it is told none.
        since, asked = None, {names[0]: period[0] // unit, names[1]: period[1] // unit + (unit > 1)}
    parameters = {**asked, **client.rules.parameters_of(client.market_type, method), **more}

    def ask(length: int | None, page: Mapping[str, Any]) -> CcxtCall[Any]:
        return CcxtCall(
            call,
            (symbol, since, length, {**parameters, **page}),
            lambda ccxt: getattr(ccxt, call)(symbol, since, length, {**parameters, **page}),
        )

    if method not in client.rules.pages_of(client.market_type):
        return client.read_list(kind, ask(limit, {}), check)
    return read_whole(client, method, kind, ask, check, every_settle=symbol is None)


def _with(ask: Ask, settle: Mapping[str, str], limit: int | None, more: Mapping[str, Any]) -> CcxtCall[Any]:
    return ask(limit, {**settle, **more})


def list_settles(client: ExchangeClient, method: str) -> tuple[Mapping[str, str], ...]:
    """Return what asks for each settle coin's list; one that asks for nothing where all are in one list."""
    rules = client.rules
    if rules.settle is None or method not in rules.by_settle or client.market_type.value == "spot":
        return ({},)
    markets = client.load_markets().values()
    offered = [market for market in markets if is_offered(market, client.market_type, rules.settle_coins)]
    coins = sorted({str(market["settle"]) for market in offered})
    return tuple(rules.settle(coin) for coin in coins)


def group_by_settle(client: ExchangeClient, method: str, symbols: Iterable[str]) -> list[list[str]]:
    """Return symbols in the groups that one call of `method` can ask for."""
    groups: dict[str, list[str]] = {}
    for symbol in symbols:
        coin = str(client.market(symbol).get("settle")) if method in client.rules.by_settle else ""
        groups.setdefault(coin, []).append(symbol)
    return list(groups.values())


def _pages(
    client: ExchangeClient,
    pages: Pages | None,
    kind: str,
    ask: Ask,
    check: Callable[[Any], object],
) -> Iterator[Rows]:
    if pages is None:
        yield client.read_list(kind, ask(None, {}), check)
        return
    named = {pages.limit_parameter: pages.limit} if pages.limit_parameter is not None else {}
    limit = None if named else pages.limit
    more: dict[str, Any] = named
    for number in range(1, _PAGES_MAX + 1):
        rows = client.read_list(kind, ask(limit, more), check)
        yield rows
        following = pages.next_page(rows, client.last_answer, number)
        if following is None:
            return
        more = {**named, pages.parameter: following}
    raise VenueAnswerInvalid("the exchange's pages do not end")
