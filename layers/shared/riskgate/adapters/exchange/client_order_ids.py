"""Client order ids in each venue's own form.

The gateway's order id is 32 hex digits, 128 bits. Every form below writes these bits within the venue's length and
alphabet, so equal orders get equal ids, different orders different ones, and the id can be read back. A replaced
order (same order id, later revision) gets the id of a hash, which the order item remembers.
"""

import re
from base64 import b32decode, b32encode
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

_HEX = re.compile(r"[0-9a-f]{32}")
_UUID = re.compile(r"([0-9a-f]{8})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{4})-([0-9a-f]{12})")


def _to_uuid(order_id: str) -> str:
    return "-".join((order_id[:8], order_id[8:12], order_id[12:16], order_id[16:20], order_id[20:]))


def _from_uuid(text: str) -> str | None:
    found = _UUID.fullmatch(text.lower())
    return "".join(found.groups()) if found else None


def _to_base32(order_id: str) -> str:
    return b32encode(bytes.fromhex(order_id)).decode().rstrip("=").lower()


def _from_base32(text: str) -> str | None:
    try:
        bits = b32decode(text.upper() + "=" * (-len(text) % 8))
    except ValueError:
        return None
    # The last digit carries two unused bits: only the form that is written is read.
    return bits.hex() if _to_base32(bits.hex()) == text else None


@dataclass(frozen=True, kw_only=True, slots=True)
class ClientIdForm:
    """One way to write 128 bits: what it may look like at most, and both directions."""

    length_max: int
    alphabet: str
    encode: Callable[[str], str]
    decode: Callable[[str], str | None]


def _plain(length_max: int) -> ClientIdForm:
    return ClientIdForm(
        length_max=length_max,
        alphabet="0-9a-f",
        encode=str,
        decode=lambda text: text if _HEX.fullmatch(text) else None,
    )


def _prefixed(prefix: str, length_max: int, alphabet: str, inner: ClientIdForm) -> ClientIdForm:
    return ClientIdForm(
        length_max=length_max,
        alphabet=alphabet,
        encode=lambda order_id: prefix + inner.encode(order_id),
        decode=lambda text: inner.decode(text.removeprefix(prefix)) if text.startswith(prefix) else None,
    )


_HEX_FORM = _plain(32)
_UUID_FORM = ClientIdForm(length_max=36, alphabet="0-9a-f-", encode=_to_uuid, decode=_from_uuid)
_BASE32_FORM = ClientIdForm(length_max=26, alphabet="a-z2-7", encode=_to_base32, decode=_from_base32)

#: By ccxt class id. Length and alphabet are the venue's own rule; hex digits fit most of them.
CLIENT_ID_FORMS: dict[str, ClientIdForm] = {
    "binance": _plain(36),
    "binanceus": _plain(36),
    "binanceusdm": _plain(36),
    "bitget": _plain(40),
    "bybit": _plain(36),
    "coinbase": _UUID_FORM,
    "coinbaseexchange": _UUID_FORM,
    # `text` starts with "t-" and holds at most 28 more.
    "gate": _prefixed("t-", 30, "0-9A-Za-z_.-", _BASE32_FORM),
    "hyperliquid": _prefixed("0x", 34, "0-9a-fx", _HEX_FORM),
    "kraken": _UUID_FORM,
    "krakenfutures": _UUID_FORM,
    "kucoin": _plain(40),
    "kucoinfutures": _plain(40),
    "mexc": _plain(32),
    "okx": _plain(32),
}
#: 32 hex digits: within every rule above but those with a form of their own.
DEFAULT_FORM = _HEX_FORM


def form_of(ccxt_id: str) -> ClientIdForm:
    """Return the form of a venue's client order ids."""
    return CLIENT_ID_FORMS.get(ccxt_id, DEFAULT_FORM)


def to_client_order_id(ccxt_id: str, order_id: str, revision: int = 0) -> str:
    """Write the gateway's order id, 32 lower-case hex digits, as a venue's client order id.

    `revision` counts how often the order has been replaced at the venue. Raises ValueError for another form.
    """
    if not _HEX.fullmatch(order_id):
        raise ValueError("an order id is 32 lower-case hex digits")
    if revision:
        order_id = sha256(f"{order_id}/{revision}".encode()).hexdigest()[:32]
    return form_of(ccxt_id).encode(order_id)


def to_order_id(ccxt_id: str, client_order_id: str) -> str | None:
    """Read a venue's client order id back: 32 hex digits, or None for what the gateway did not write.

    For a replaced order these are the digits of the hash, not of the order.
    """
    return form_of(ccxt_id).decode(client_order_id)
