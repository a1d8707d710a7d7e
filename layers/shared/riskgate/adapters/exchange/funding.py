"""Funding payments of swaps, from the venue's own list of them."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from riskgate.adapters.exchange.client import ExchangeClient, ccxt_call
from riskgate.adapters.exchange.gate_books import read_book
from riskgate.adapters.exchange.history import History
from riskgate.adapters.exchange.krakenfutures_log import list_payments
from riskgate.adapters.exchange.kucoin_books import list_funding_of
from riskgate.adapters.exchange.paging import group_by_settle, list_settles
from riskgate.adapters.exchange.parse import Row, invalid, to_decimal, to_instant, to_milliseconds, to_text
from riskgate.adapters.exchange.trades import list_trades
from riskgate.core.venues.model import VenueFunding

# Longest period and page of Binance's income route.
_SPAN_DAYS = 6
_LIMIT = 100


def list_funding(client: ExchangeClient, start_ms: int, end_ms: int) -> tuple[VenueFunding, ...]:
    """Return the funding payments of a period; see `Exchange.list_funding`."""
    if not client.rules.lists_funding:
        return ()
    if client.ccxt_id == "kucoinfutures":
        return tuple(list_funding_of(client, _held(client, start_ms, end_ms), start_ms))
    if client.ccxt_id == "gate":
        rows = read_book(client, "fund", start_ms, end_ms, lambda row: _from_book(client, row))
        return tuple(_from_book(client, row) for row in rows)
    if client.ccxt_id == "krakenfutures":
        return tuple(item for item in list_payments(client, start_ms) if to_milliseconds(item.at) <= end_ms)
    ledger, word = client.rules.ledger_of(client.market_type), client.rules.funding_word
    if ledger is not None and word is not None:
        wallets = list_settles(client, "fetchLedger")
        rows = [row for w in wallets for row in _read(client, start_ms, end_ms, {ledger.field: word, **w})]
    else:
        rows = _read(client, start_ms, end_ms, None)
    return tuple(_to_funding(client, row) for row in rows)


def _read(client: ExchangeClient, start_ms: int, end_ms: int, bill: Mapping[str, str] | None) -> list[Row]:
    """Read the payments of a period; `bill` says which rows of a ledger they are."""

    def fetch(low: int, high: int) -> Any:
        if bill is None:
            call = ccxt_call("fetch_funding_history", None, low, _LIMIT, _bounds(client, low, high))
        else:
            call = ccxt_call("fetch_ledger", None, low, _LIMIT, {"until": high, **bill})
        return client.read_list("funding", call, lambda row: _to_funding(client, row))

    history = History(fetch=fetch, identity=_identity, limit=_LIMIT, span_days=_SPAN_DAYS, thorough=True)
    return history.read(start_ms, end_ms)


def _held(client: ExchangeClient, start_ms: int, end_ms: int) -> list[str]:
    """Return the markets of which something was held in a period: it is held still, or a fill has closed it."""
    held = {row.get("symbol") for row in client.read(ccxt_call("fetch_positions", None, {}))}
    filled = {item.symbol for item in list_trades(client, None, start_ms, end_ms, thorough=False)}
    return sorted(symbol for symbol in held | filled if isinstance(symbol, str) and symbol in client.load_markets())


def _bounds(client: ExchangeClient, low: int, high: int) -> dict[str, int]:
    names = client.rules.funding_bounds
    return {"until": high} if names is None else {names[0]: low, names[1]: high}


def list_funding_rates(client: ExchangeClient, symbols: Sequence[str]) -> dict[str, Decimal]:
    """Return the funding rates of some swaps; see `Exchange.list_funding_rates`."""
    if not client.has("fetchFundingRates"):
        return {}
    rows: dict[str, Row] = {}
    for group in group_by_settle(client, "fetchFundingRates", symbols):
        rows |= client.read(ccxt_call("fetch_funding_rates", group))
    told = {name: rows[name]["fundingRate"] for name in symbols if rows.get(name, {}).get("fundingRate") is not None}
    return {name: to_decimal(rate, "funding rate") for name, rate in told.items()}


def _identity(row: Row) -> str:
    # One settlement pays every market at once.
    return f"{row.get('symbol') or _native(row)} {to_text(row.get('id'), 'payment id')}"


def _native(row: Row) -> str:
    """Return the venue's own name of a market in a row of a ledger, of which ccxt reads none."""
    info = row.get("info")
    return to_text(info.get("symbol") if isinstance(info, Mapping) else None, "market")


def _from_book(client: ExchangeClient, row: Row) -> VenueFunding:
    """Read a payment of Gate's book, which names its contract."""
    raw = row["info"]
    name = str(raw.get("contract") or raw.get("text"))
    markets = client.load_markets().values()
    symbol = next((market["symbol"] for market in markets if market["id"] == name and market.get("swap")), None)
    return VenueFunding(
        payment_id=to_text(row.get("id"), "payment id"),
        symbol=to_text(symbol, "market"),
        asset=to_text(row.get("currency"), "asset"),
        amount=to_decimal(row.get("amount"), "amount"),
        at=to_instant(row.get("timestamp"), "time"),
    )


def _to_funding(client: ExchangeClient, row: Row) -> VenueFunding:
    """Read a payment. Where the venue tells it as a fee, what was paid is above zero, and the coin is the market's."""
    if client.rules.funding_word is not None:
        row = _from_bill(client, row)
    if client.rules.funding_is_fee:
        market = client.market(to_text(row.get("symbol"), "market"))
        row = {**row, "code": market.get("settle"), "amount": str(-to_decimal(row.get("amount"), "amount"))}
    return VenueFunding(
        payment_id=to_text(row.get("id"), "payment id"),
        symbol=to_text(row.get("symbol"), "market"),
        asset=to_text(row.get("code"), "asset"),
        amount=to_decimal(row.get("amount"), "amount"),
        at=to_instant(row.get("timestamp"), "time"),
    )


def _from_bill(client: ExchangeClient, row: Row) -> Row:
    """Return a row of a ledger as a payment: its market is the one of that name in the coin's settle coin."""
    native, coin = _native(row), to_text(row.get("currency"), "asset")
    names = [name for name, m in client.load_markets().items() if (m.get("id"), m.get("settle")) == (native, coin)]
    if len(names) != 1:
        raise invalid("market")
    sign = {"in": 1, "out": -1}.get(str(row.get("direction")), 0)
    return {**row, "symbol": names[0], "code": coin, "amount": str(sign * to_decimal(row.get("amount"), "amount"))}
