"""Rows that ccxt misreads, written so that it reads what they say. By ccxt class and reader."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

#: Of ccxt's exchange and a raw row: the row as its reader is to see it.
type Repair = Callable[[Any, dict[str, Any]], dict[str, Any]]


def _coinbase_order(_exchange: Any, row: dict[str, Any]) -> dict[str, Any]:
    """Tell a fill-or-kill order's terms under the name that ccxt looks for; its time in force stands beside them."""
    terms = row.get("order_configuration")
    if not isinstance(terms, dict) or "limit_limit_fok" not in terms:
        return row
    return {**row, "order_configuration": {"limit_limit_gtc": terms["limit_limit_fok"]}}


def _undated(_exchange: Any, row: dict[str, Any]) -> dict[str, Any]:
    """Leave out when the last trade was: ccxt takes it for the time of the prices."""
    return {name: value for name, value in row.items() if name != "lastTime"}


REPAIRS: Mapping[str, Mapping[str, Repair]] = {
    "coinbase": {"parse_order": _coinbase_order},
    "krakenfutures": {"parse_ticker": _undated},
}
