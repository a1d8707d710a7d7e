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


#: Hyperliquid's words that ccxt passes on, or reads otherwise: what is to be taken at once, and was not, has ended.
_HYPERLIQUID_ENDED = frozenset({"scheduledCancel", "iocCancelRejected"})


def _hyperliquid_order(_exchange: Any, row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "status": "canceled"} if row.get("status") in _HYPERLIQUID_ENDED else row


def _hyperliquid_payment(_exchange: Any, row: dict[str, Any]) -> dict[str, Any]:
    """Give a payment a name of its own: the hash of all of them is nought."""
    coin = row["delta"]["coin"]
    return {**row, "hash": f"{row['time']}-{coin}"}


def _hyperliquid_ticker(_exchange: Any, row: dict[str, Any]) -> dict[str, Any]:
    """Leave out what a larger order would pay: ccxt takes it for the best prices."""
    return {name: value for name, value in row.items() if name != "impactPxs"}


def _bitget_order(_exchange: Any, row: dict[str, Any]) -> dict[str, Any]:
    """Tell that a plan order itself fills nothing: ccxt takes one that has fired for filled, as it names no quantity.

    What it placed is an order of its own, which may rest.
    """
    return {**row, "baseVolume": "0"} if "planType" in row else row


def _in_capitals(_exchange: Any, row: dict[str, Any]) -> dict[str, Any]:
    """Write a position's contract as markets are named: Kraken does so in either case, ccxt knows capitals."""
    return {**row, "symbol": str(row["symbol"]).upper()} if row.get("symbol") is not None else row


REPAIRS: Mapping[str, Mapping[str, Repair]] = {
    "bitget": {"parse_order": _bitget_order},
    "coinbase": {"parse_order": _coinbase_order},
    "hyperliquid": {
        "parse_order": _hyperliquid_order,
        "parse_income": _hyperliquid_payment,
        "parse_ticker": _hyperliquid_ticker,
    },
    "krakenfutures": {"parse_ticker": _undated, "parse_position": _in_capitals},
}
