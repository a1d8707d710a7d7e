"""Which market a sender means: charts and venues write the same market in many ways."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from riskgate.core.errors import Unprocessable
from riskgate.core.instrument import MarketType

#: What a pair written without a stroke may end in; the longer first.
_QUOTES = (
    "FDUSD",
    "USDT",
    "USDC",
    "TUSD",
    "BUSD",
    "EUR",
    "USD",
    "GBP",
    "TRY",
    "BRL",
    "JPY",
    "DAI",
    "BTC",
    "ETH",
    "BNB",
)
_PERPETUAL = re.compile(r"(\.P|\.PERP|-PERP|_PERP|PERP)$")
_UNIFIED = re.compile(r"[^/:]+/[^/:]+(:[^/:]+)?")


def list_candidates(text: str, symbols: Mapping[str, str], market_type: MarketType) -> tuple[str, ...]:
    """Return the unified symbols that a text can stand for, the operator's own first and then alone.

    ``BTCUSDT``, ``BINANCE:BTCUSDT`` and ``BTC-USDT`` are BTC/USDT, with ``.P`` behind it, and at a venue that is for
    swaps, BTC/USDT:USDT. The prefix names the chart's exchange, not where the order goes.
    """
    _, _, bare = text.rpartition(":") if not _UNIFIED.fullmatch(text) else ("", "", text)
    for name in (text, bare):
        if name in symbols:
            return (symbols[name],)
    if _UNIFIED.fullmatch(text):
        return (text,)
    # Of plain letters alone: others become plain ones that way, and a market that only looks like it would be meant.
    upper = "".join(letter.upper() if letter.isascii() else letter for letter in bare)
    pair = _PERPETUAL.sub("", upper)
    is_swap = pair != upper or market_type is MarketType.SWAP
    split = re.fullmatch(r"([^-_/]+)[-_/]([^-_/]+)", pair)
    if split is not None:
        found = [(split.group(1), split.group(2))]
    else:
        found = [(pair[: -len(quote)], quote) for quote in _QUOTES if pair.endswith(quote) and len(pair) > len(quote)]
    return tuple(f"{base}/{quote}:{quote}" if is_swap else f"{base}/{quote}" for base, quote in found)


def choose(text: str, candidates: Iterable[str], known: Iterable[str]) -> str:
    """Return the one candidate that the venue lists. Raises Unprocessable: code SYMBOL_UNKNOWN, none or several."""
    listed = set(known)
    found = [symbol for symbol in candidates if symbol in listed]
    if len(found) == 1:
        return found[0]
    detail = f"{text[:64]!r} names no market of the venue, or several: map it with the webhook's symbols"
    raise Unprocessable(detail, code="SYMBOL_UNKNOWN")
