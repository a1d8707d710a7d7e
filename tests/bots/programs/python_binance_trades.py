"""A bot on python-binance: what any of them does in a day, as a report in JSON."""

from __future__ import annotations

import json
import sys
from decimal import ROUND_FLOOR, Decimal
from typing import Any

from binance.client import Client
from binance.exceptions import BinanceAPIException

from tests.bots.configs.python_binance import connect

SYMBOL = "BTCUSDT"


class Spot:
    """The methods of the library for spot."""

    places, tick = "0.00001", "0.01"

    def __init__(self, client: Client) -> None:
        self.place, self.query, self.cancel = client.create_order, client.get_order, client.cancel_order
        self.list_open, self.list_trades, self.client = client.get_open_orders, client.get_my_trades, client

    def held(self) -> Decimal:
        return Decimal((self.client.get_asset_balance("BTC") or {"free": "0"})["free"])

    def exit(self) -> dict[str, Any]:
        return {}


class Swap:
    """The methods of the library for USD-M futures."""

    places, tick = "0.001", "0.1"

    def __init__(self, client: Client) -> None:
        self.place, self.query, self.cancel = (
            client.futures_create_order,
            client.futures_get_order,
            client.futures_cancel_order,
        )
        self.list_open, self.list_trades, self.client = (
            client.futures_get_open_orders,
            client.futures_account_trades,
            client,
        )

    def held(self) -> Decimal:
        rows = self.client.futures_position_information(symbol=SYMBOL)
        return sum((Decimal(row["positionAmt"]) for row in rows), Decimal(0))

    def exit(self) -> dict[str, Any]:
        return {"reduceOnly": "true"}


def main(given: dict[str, Any]) -> dict[str, Any]:
    """Trade and return what was seen; `tooMuch` is to be refused."""
    client = connect(given["key"], given["secret"], given["gateway"])
    api = Swap(client) if given["market"] == "swap" else Spot(client)
    quantity = given["quantity"]
    low = str((Decimal(given["price"]) * Decimal("0.97")).quantize(Decimal(api.tick)))
    limit = {"symbol": SYMBOL, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": low}
    rested = api.place(**limit, quantity=quantity)
    listed = [order["orderId"] for order in api.list_open(symbol=SYMBOL)]
    resting = api.query(symbol=SYMBOL, origClientOrderId=rested["clientOrderId"])
    api.cancel(symbol=SYMBOL, orderId=rested["orderId"])
    cancelled = api.query(symbol=SYMBOL, orderId=rested["orderId"])
    bought = api.place(symbol=SYMBOL, side="BUY", type="MARKET", quantity=quantity)
    bought = api.query(symbol=SYMBOL, orderId=bought["orderId"])
    held = api.held()
    traded = [trade["orderId"] for trade in api.list_trades(symbol=SYMBOL)]
    refused = None
    try:
        api.place(**limit, quantity=given["tooMuch"])
    except BinanceAPIException as error:
        refused = [type(error).__name__, str(error)]
    step = held.quantize(Decimal(api.places), ROUND_FLOOR)
    sold = api.place(symbol=SYMBOL, side="SELL", type="MARKET", quantity=str(step), **api.exit())
    return {
        "rested": [rested["orderId"] in listed, resting["status"], cancelled["status"]],
        "bought": [bought["status"], float(bought["executedQty"]), bought["orderId"] in traded],
        "held": float(held),
        "refused": refused,
        "sold": api.query(symbol=SYMBOL, orderId=sold["orderId"])["status"],
        "left": float(api.held()),
    }


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(json.loads(sys.argv[1]))))
