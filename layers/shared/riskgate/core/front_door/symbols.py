"""Markets by Binance's names and by ours."""

import re

from riskgate.core.front_door.refusals import illegal, invalid_symbol
from riskgate.core.instrument import MarketType

#: What Binance quotes in, longest first. A wrong cut names a market that the gateway does not know, never another one:
#: two markets of one venue never read the same.
_QUOTES = """
USDT USDC FDUSD TUSD BUSD USD1 USDP USD DAI BTC ETH BNB TRX XRP DOGE SOL EUR GBP TRY BRL ARS JPY PLN RON
UAH ZAR MXN CZK COP AUD RUB NGN IDRT BIDR VAI EURI USDE XUSD USDS BFUSD BVND DOT PAX U
"""
QUOTES = tuple(sorted(_QUOTES.split(), key=lambda quote: (-len(quote), quote)))
_RANGE = "^[A-Z0-9-_.]{1,20}$"
_SYMBOL = re.compile(r"[A-Z0-9_.-]{1,20}")


def unified_symbol(name: str, market_type: MarketType) -> str:
    """Return our name of a market: ``BTCUSDT`` is ``BTC/USDT``, and as a swap ``BTC/USDT:USDT``.

    Raises Refusal: -1100, it cannot be a name; -1121, no market that we trade (dated futures among them).
    """
    if _SYMBOL.fullmatch(name) is None:
        raise illegal("symbol", _RANGE)
    quote = next((quote for quote in QUOTES if name.endswith(quote) and len(name) > len(quote)), None)
    if quote is None or not name.isalnum():
        raise invalid_symbol()
    symbol = f"{name.removesuffix(quote)}/{quote}"
    return f"{symbol}:{quote}" if market_type is MarketType.SWAP else symbol
