"""Answer of the performance route."""

from datetime import date, datetime
from typing import Annotated

from riskgate.schemas.http.answers.account import PnlRow
from riskgate.schemas.http.answers.base import Answer, Money, Sequence


class DayRow(Answer):
    """One UTC day; amounts in base currency, null where nothing stored tells them."""

    day: date
    equity: Annotated[Money | None, "At the first risk report of the day, minutes after it began."]
    total: Annotated[Money | None, "By how much equity grew until the next day's first report, transfers neutral."]
    realized: Annotated[Money | None, "From the day's statement, converted at the rates of now."]
    fees: Annotated[Money | None, "Greater than 0 were paid."]
    funding: Annotated[Money | None, "Greater than 0 was received."]
    fills: Sequence | None


class MarketRow(Answer):
    """What one strategy earned in one market by the statements of the days asked for, in the settle currency."""

    strategy: str
    venue: str
    symbol: str
    currency: str
    days: Annotated[Sequence, "Days whose statement names it."]
    fills: Sequence
    realized: Money
    fees: Annotated[Money, "Greater than 0 were paid; those in other currencies are not in it."]
    funding: Money


class TradeRow(Answer):
    """The closed trades of one strategy in one market that the account still remembers, in base currency."""

    strategy: str
    venue: str
    symbol: str
    trades: Sequence
    won: Sequence
    stopped: Annotated[Sequence, "Closed at or beyond their stop."]
    realized: Annotated[Money, "After their fees."]
    since: Annotated[datetime, "The oldest of them."]


class PerformanceAnswer(Answer):
    """What an account earned."""

    account_id: str
    base_currency: str
    as_of: datetime
    pnl: list[PnlRow]
    days: Annotated[list[DayRow], "Oldest first; the last is today."]
    statements: Annotated[Sequence, "Days of them that have a statement: accounts with keys get one each night."]
    by_market: list[MarketRow]
    closed_trades: list[TradeRow]
