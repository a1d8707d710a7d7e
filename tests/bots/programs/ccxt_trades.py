"""A bot on ccxt: what any of them does in a day, as a report."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import ccxt

from infra.local.bots.places import Place
from tests.bots.configs.ccxt_python import connect_spot, connect_swap

SYMBOLS = {"spot": "BTC/USDT", "swap": "BTC/USDT:USDT"}


def trade(place: Place, market: str, *, quantity: str, too_much: str) -> dict[str, Any]:
    """Trade a market of a place and return what was seen; `too_much` is to be refused."""
    connect: Callable[[str, str, str], Any] = connect_swap if market == "swap" else connect_spot
    exchange = connect(place.key, place.secret, place.private[market])
    exchange.urls["api"] |= place.public_urls
    try:
        return _trade(exchange, market, float(quantity), float(too_much))
    finally:
        exchange.session.close()


def _trade(exchange: ccxt.Exchange, market: str, quantity: float, too_much: float) -> dict[str, Any]:
    symbol = SYMBOLS[market]
    exchange.load_markets()
    price = exchange.fetch_ticker(symbol)["last"]
    low = exchange.price_to_precision(symbol, price * 0.97)
    rested = exchange.create_order(symbol, "limit", "buy", quantity, low)
    listed = [order["id"] for order in exchange.fetch_open_orders(symbol)]
    resting = exchange.fetch_order(rested["id"], symbol)
    exchange.cancel_order(rested["id"], symbol)
    cancelled = exchange.fetch_order(rested["id"], symbol)
    bought = exchange.create_order(symbol, "market", "buy", quantity)
    if bought["status"] != "closed":  # futures acknowledge an order before its fills
        bought = exchange.fetch_order(bought["id"], symbol)
    held = _held(exchange, market, symbol)
    traded = [trade["order"] for trade in exchange.fetch_my_trades(symbol)]
    try:
        exchange.create_order(symbol, "limit", "buy", too_much, low)
        refused = None
    except ccxt.BaseError as error:
        refused = [type(error).__name__, str(error)]
    step = exchange.amount_to_precision(symbol, held)
    sold = exchange.create_order(symbol, "market", "sell", float(step), None, _exit(market))
    return {
        "rested": [rested["id"] in listed, resting["status"], cancelled["status"]],
        "bought": [bought["status"], bought["filled"], bought["id"] in traded],
        "held": held,
        "refused": refused,
        "sold": exchange.fetch_order(sold["id"], symbol)["status"],
        "left": _held(exchange, market, symbol),
    }


def _exit(market: str) -> dict[str, Any]:
    return {"reduceOnly": True} if market == "swap" else {}


def _held(exchange: ccxt.Exchange, market: str, symbol: str) -> float:
    if market == "spot":
        return float(exchange.fetch_balance()["total"].get("BTC", 0))
    return float(sum(row["contracts"] for row in exchange.fetch_positions([symbol])))
