"""Lists that a venue gives page by page, or one settle coin at a time: the whole of them, or an error."""

from collections.abc import Callable, Mapping
from typing import Any

from riskgate.adapters.exchange.call_log import CcxtCall
from riskgate.adapters.exchange.client import ExchangeClient
from riskgate.adapters.exchange.parse import Row
from riskgate.core.errors import VenueAnswerInvalid
from riskgate.core.instrument import MarketType

#: More pages than any account can fill: a list that is still not at its end has none.
_PAGES_MAX = 200

#: Returns the call for a list, given the parameters of one of its pages.
type AskPage = Callable[[Mapping[str, Any]], CcxtCall[list[Row]]]


def read_whole(client: ExchangeClient, symbol: str | None, ask: AskPage) -> list[Row]:
    """Return all rows of a list of one market, or of all markets.

    Raises VenueAnswerInvalid: its pages have no end; see `ExchangeClient.read` for the rest.
    """
    rows: list[Row] = []
    for part in _parts(client, symbol):
        rows += _read_pages(client, ask, part)
    return rows


def _parts(client: ExchangeClient, symbol: str | None) -> list[dict[str, Any]]:
    """Return the parameters of each part of the list: one for every settle coin that the venue has."""
    if symbol is not None or client.market_type is not MarketType.SWAP or not client.rules.settles_apart:
        return [{}]
    coins = {market["settle"] for market in client.load_markets().values() if market.get("linear") is True}
    return [{"settleCoin": coin} for coin in sorted(coins)]


def _read_pages(client: ExchangeClient, ask: AskPage, part: Mapping[str, Any]) -> list[Row]:
    rows: list[Row] = []
    more: dict[str, Any] = {}
    seen: set[str] = set()
    while True:
        page = client.read(ask({**part, **more}))
        rows += page
        cursor = _next_cursor(page, client.rules.page_cursor)
        if cursor is None:
            return rows
        if cursor in seen or len(seen) >= _PAGES_MAX:
            raise VenueAnswerInvalid("the exchange's pages do not end")
        seen.add(cursor)
        more = {"cursor": cursor}


def _next_cursor(page: list[Row], name: str | None) -> str | None:
    """Return what asks for the next page; ccxt keeps it in one of the rows as the venue sent them."""
    if name is None:
        return None
    return next((str(row["info"][name]) for row in page if row.get("info", {}).get(name)), None)
