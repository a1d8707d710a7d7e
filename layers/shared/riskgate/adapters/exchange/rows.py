"""Lists of which one row cannot be read: the others are used, and the row is told.

Balances and positions are not read this way: they are summed, and a sum that lacks a part is no sum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from riskgate.adapters.exchange.row_repairs import REPAIRS
from riskgate.core.venues.model import UnreadableRow

#: Marks the place of a row in what ccxt returns.
_MARK = "riskgate_unreadable"
_DETAIL_LENGTH_MAX = 120
_LATE_MS = 9_999_999_999_999
#: ccxt's readers of one row, and what they read.
READERS = {
    "parse_order": "order",
    "parse_trade": "trade",
    "parse_transaction": "transfer",
    "parse_transfer": "transfer",
    "parse_ledger_entry": "transfer",
    "parse_income": "funding",
    "parse_ticker": "quote",
}


class Rows(list[Any]):
    """The readable rows of a list as the venue cut it; `unreadable` more came with them."""

    def __init__(self, rows: Iterable[Any], unreadable: int) -> None:
        super().__init__(rows)
        self.unreadable = unreadable


def guard_readers(known: type) -> dict[str, Any]:
    """Return ccxt's readers of single rows so that one that fails leaves a mark, and spoils no list."""
    repairs = REPAIRS.get(known.__name__, {})
    return {
        name: _guard(getattr(known, name), kind, repairs.get(name))
        for name, kind in READERS.items()
        if hasattr(known, name)
    } | {"parse_markets": _parse_markets}


def is_readable(row: Any) -> bool:
    """Tell whether ccxt could read a row."""
    return not (isinstance(row, dict) and _MARK in row)


def tell_row(kind: str, row: Any, error: Exception) -> UnreadableRow:
    """Return what is told of a row that nobody can read: its id and market where they stand in it."""
    raw = row if isinstance(row, dict) else {}
    told = {name: str(raw[name])[:_DETAIL_LENGTH_MAX] for name in ("id", "symbol") if raw.get(name) is not None}
    return UnreadableRow(
        kind=kind,
        row_id=told.get("id", _first(raw, "orderId", "order_id", "ordId", "tradeId", "txid")),
        symbol=told.get("symbol", _first(raw, "product_id", "instId", "contract", "currency_pair", "coin")),
        detail=str(getattr(error, "detail", type(error).__name__))[:_DETAIL_LENGTH_MAX],
    )


def _first(row: dict[str, Any], *names: str) -> str:
    found = (row[name] for name in names if isinstance(row.get(name), str | int))
    return str(next(found, ""))[:_DETAIL_LENGTH_MAX]


def _guard(
    read: Callable[..., Any], kind: str, repair: Callable[[Any, dict[str, Any]], dict[str, Any]] | None
) -> Callable[..., Any]:
    def guarded(self: Any, row: Any, *arguments: Any, **named: Any) -> Any:
        try:
            told = row if repair is None else repair(self, row)
            return read(self, told, *arguments, **named)
        except Exception as error:  # noqa: BLE001 whatever is wrong with the row, it is told
            self.unreadable_rows.append(tell_row(kind, row, error))
            # ccxt sorts and filters by time and id: these pass.
            return {_MARK: True, "info": row, "id": "", "symbol": None, "timestamp": _LATE_MS, "currency": None}

    return guarded


def _parse_markets(self: Any, markets: Iterable[Any]) -> list[Any]:
    found = []
    for row in markets:
        try:
            market = self.parse_market(row)
        except Exception as error:  # noqa: BLE001 as above; a market that is not listed is not traded
            self.unreadable_rows.append(tell_row("market", row, error))
            continue
        if market is not None:
            found.append(market)
    return found
