"""ccxt (Python) through the risk gateway: only addresses, key and secret are changed."""

import ccxt

GATEWAY = "https://GATEWAY/venues/binance"


def connect_spot(key: str, secret: str, gateway: str = GATEWAY) -> ccxt.binance:
    """Return an exchange that trades spot."""
    urls = {"private": f"{gateway}/api/v3", "sapi": f"{gateway}/sapi/v1"}
    return ccxt.binance({"apiKey": key, "secret": secret, "urls": {"api": urls}})


def connect_swap(key: str, secret: str, gateway: str = GATEWAY) -> ccxt.binanceusdm:
    """Return an exchange that trades USD-M perpetuals."""
    urls = {
        "sapi": f"{gateway}/sapi/v1",
        "fapiPrivate": f"{gateway}/fapi/v1",
        "fapiPrivateV2": f"{gateway}/fapi/v2",
        "fapiPrivateV3": f"{gateway}/fapi/v3",
    }
    return ccxt.binanceusdm({"apiKey": key, "secret": secret, "urls": {"api": urls}})
