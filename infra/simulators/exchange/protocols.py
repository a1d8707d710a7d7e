"""The protocols that a simulated venue can speak."""

from .binance import Binance
from .bybit.protocol import Bybit
from .protocol import Protocol

PROTOCOLS: dict[str, type[Protocol]] = {"binance": Binance, "bybit": Bybit}
