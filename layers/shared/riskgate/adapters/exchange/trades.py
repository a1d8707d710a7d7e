"""The account's own fills of a period."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from riskgate.adapters.exchange.client import ExchangeClient, ccxt_call
from riskgate.adapters.exchange.history import History, HistoryStuck
from riskgate.adapters.exchange.own_lists import OWN_LISTS
from riskgate.adapters.exchange.paging import read_period
from riskgate.adapters.exchange.parse import Row, to_text, to_trade
from riskgate.adapters.exchange.rows import Rows
from riskgate.core.errors import InvalidRequest
from riskgate.core.instrument import MarketType
from riskgate.core.venues.model import VenueTrade


def list_trades(
    client: ExchangeClient, symbol: str | None, start_ms: int, end_ms: int, *, thorough: bool
) -> tuple[VenueTrade, ...]:
    """Return all fills of a period by time; see `Exchange.list_trades`."""
    if symbol is not None:
        client.market(symbol)
    own = OWN_LISTS.get(client.ccxt_id)
    if own is not None:
        return own.list_trades(client, symbol, start_ms, end_ms)
    if symbol is None and client.feature("fetchMyTrades", "symbolRequired") is True:
        raise InvalidRequest("this exchange lists fills by market: give a symbol", code="SYMBOL_REQUIRED")
    limit = client.feature("fetchMyTrades", "limit")
    span_days = client.rules.span_days or client.feature("fetchMyTrades", "untilDays")
    history = History(
        fetch=lambda low, high: read_period(
            client, "fetchMyTrades", "fetch_my_trades", "trade", symbol, (low, high), limit, to_trade
        ),
        identity=lambda row: f"{row.get('symbol')} {to_text(row.get('id'), 'trade id')}",
        limit=limit,
        span_days=span_days,
        thorough=thorough or client.rules.cuts_lists,
        whole="fetchMyTrades" in client.rules.pages_of(client.market_type),
    )
    try:
        rows = history.read(start_ms, end_ms)
    except HistoryStuck as stuck:
        rows = _read_by_id(client, symbol, stuck, history, start_ms)
    if thorough and client.market_type is MarketType.SWAP:
        rows += [
            row
            for more in client.rules.other_fills
            for row in _read_others(client, history, symbol, more, start_ms, end_ms)
        ]
    return tuple(sorted((to_trade(row) for row in rows), key=lambda trade: (trade.executed_at, trade.trade_id)))


def _read_others(
    client: ExchangeClient, history: History, symbol: str | None, more: Mapping[str, Any], start_ms: int, end_ms: int
) -> list[Row]:
    """Read fills of one of the other kinds."""

    def fetch(low: int, high: int) -> Rows:
        call = ccxt_call("fetch_my_trades", symbol, low, history.limit, {"until": high, **more})
        return client.read_list("trade", call, to_trade)

    return replace(history, fetch=fetch).read(start_ms, end_ms)


def _read_by_id(
    client: ExchangeClient, symbol: str | None, stuck: HistoryStuck, history: History, start_ms: int
) -> list[Row]:
    """Read fills by number from the crowded millisecond on: there periods cannot tell pages apart."""
    cursor, limit = client.rules.trade_cursor, history.limit
    if cursor is None or limit is None:
        raise stuck
    found = history.read(start_ms, stuck.at_ms - 1) if stuck.at_ms > start_ms else []
    page = list(history.fetch(stuck.at_ms, stuck.at_ms))
    while page:
        found += page
        last = max(int(row["id"]) for row in page)
        call = ccxt_call("fetch_my_trades", symbol, None, limit, {cursor: last + 1})
        page = client.read_list("trade", call, to_trade)
    return list({str(row["id"]): row for row in found}.values())
