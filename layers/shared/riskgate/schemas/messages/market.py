"""Messages that bring one venue's market data to an invocation of its own."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from riskgate.core.instrument import MarketType


class MarketTask(StrEnum):
    """What is collected."""

    QUOTES = "quotes"
    INSTRUMENTS = "instruments"
    CLOSES = "closes"


@dataclass(frozen=True, kw_only=True, slots=True)
class MarketMessage:
    """One task at one venue.

    `names` are symbols for quotes, assets for closes, and for instruments the currencies in which the most traded
    markets are wanted. `books` are those of the symbols whose order books are wanted too, the most wanted first.
    `first_of` is an account that was just registered: what it needs next is collected as soon as this is.
    """

    task: MarketTask
    venue: str
    market_type: MarketType
    requested_at: datetime
    names: tuple[str, ...] = ()
    books: tuple[str, ...] = ()
    first_of: str = ""
