"""A script that trades with ccxt, guarded: the only new lines are those that make the client and call guard().

RISKGATE_URL=... RISKGATE_TOKEN=... RISKGATE_ACCOUNT=paper EXCHANGE_KEY=... EXCHANGE_SECRET=... python ccxt_script.py
"""

from __future__ import annotations

import os
from typing import Any

from riskgate_client import Client, Denied, guard

SYMBOL = "BTC/USDT"


def trade(exchange: Any) -> str:
    """Buy a little below the market, with a stop; return what came of it. `exchange` is any exchange of ccxt's."""
    bid = float(exchange.fetch_ticker(SYMBOL)["bid"])
    price = exchange.price_to_precision(SYMBOL, bid * 0.99)
    stop = {"stop_loss_price": exchange.price_to_precision(SYMBOL, bid * 0.95)}
    try:
        order = exchange.create_order(SYMBOL, "limit", "buy", 0.001, price, {"riskgate": stop})
    except Denied as denied:
        # It is ccxt's InvalidOrder as well: a bot that knows nothing of the gateway handles it like a venue's no.
        return f"denied: {denied.code}"
    exchange.cancel_order(order["id"], SYMBOL)
    exchange.settle()
    return f"placed and cancelled {order['clientOrderId']}"


if __name__ == "__main__":
    import ccxt

    plain = ccxt.binance({"apiKey": os.environ["EXCHANGE_KEY"], "secret": os.environ["EXCHANGE_SECRET"]})
    account = os.environ["RISKGATE_ACCOUNT"]
    with (
        Client(os.environ["RISKGATE_URL"], os.environ["RISKGATE_TOKEN"], account) as gateway,
        # Without a sign of life the gateway lets the strategy only reduce.
        gateway.heartbeats("script", interval_seconds=60),
    ):
        print(trade(guard(plain, gateway, strategy="script", route=False)))
