"""The gateway's order id as each venue's client order id, as the gateway itself writes it."""

from __future__ import annotations

from base64 import b32encode
from collections.abc import Callable


def _plain(order_id: str) -> str:
    return order_id


def _uuid(order_id: str) -> str:
    return "-".join((order_id[:8], order_id[8:12], order_id[12:16], order_id[16:20], order_id[20:]))


def _gate(order_id: str) -> str:
    return "t-" + b32encode(bytes.fromhex(order_id)).decode().rstrip("=").lower()


def _hyperliquid(order_id: str) -> str:
    return f"0x{order_id}"


_FORMS: dict[str, Callable[[str], str]] = {
    "coinbase": _uuid,
    "coinbaseexchange": _uuid,
    "gate": _gate,
    "hyperliquid": _hyperliquid,
    "kraken": _uuid,
    "krakenfutures": _uuid,
}
#: ccxt's classes that the gateway offers: of others it is not known what their ids may look like.
OFFERED = frozenset(
    """
    binance binanceus binanceusdm bitget bybit coinbase coinbaseexchange gate hyperliquid kraken krakenfutures
    kucoin kucoinfutures mexc okx
    """.split()
)
#: Where an order can be asked for by its client order id; elsewhere it is looked for in lists.
FINDS_BY_CLIENT_ID = frozenset(
    """
    binance binanceus binanceusdm bitget coinbaseexchange hyperliquid kucoin kucoinfutures mexc okx
    """.split()
)


def venue_client_id(ccxt_id: str, order_id: str) -> str:
    """Return the gateway's order id, 32 hex digits, as a venue's client order id."""
    return _FORMS.get(ccxt_id, _plain)(order_id)


def client_id_parameter(ccxt_id: str) -> str:
    """Return the name under which ccxt takes it when an order is placed."""
    # ccxt makes up an id of its own for coinbase unless it is given the raw parameter.
    return "client_order_id" if ccxt_id == "coinbase" else "clientOrderId"
