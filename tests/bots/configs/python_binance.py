"""python-binance through the risk gateway: only addresses, key and secret are changed.

This library has one address for market data and for what is signed. The gateway serves no market data: ask a second
`Client()`, without a key and with its own addresses, for prices.
"""

from binance.client import Client

GATEWAY = "https://GATEWAY/venues/binance"


def connect(key: str, secret: str, gateway: str = GATEWAY) -> Client:
    """Return a client that trades spot and USD-M futures."""
    client = Client(key, secret, ping=False)
    client.API_URL = f"{gateway}/api"
    client.MARGIN_API_URL = f"{gateway}/sapi"
    client.FUTURES_URL = f"{gateway}/fapi"
    return client
