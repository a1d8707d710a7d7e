"""One day of an account as a statement: its fills and fees, and the profit and loss per symbol and strategy.

The day is that of the log's entries (UTC). What is open at its end is carried into the next day at its cost, so the
realised profits of all days add up to those of the whole time. Average cost.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from riskgate.core.instrument import Instrument
from riskgate.core.orders.events import FillRecorded
from riskgate.core.statements.lots import CostMethod
from riskgate.core.statements.pnl import Entry, Execution, FundingPayment, MarketPnl, OpeningPosition, compute_pnl


@dataclass(frozen=True, kw_only=True, slots=True)
class BookedFill:
    """One fill with the instant it was recorded at and who recorded it."""

    fill: FillRecorded
    booked_at: datetime
    actor: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StatementBook:
    """What is carried from one day to the next: open positions, and where in the log the next day begins."""

    day: date
    audit_sequence: int
    positions: tuple[OpeningPosition, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PnlLine:
    """One strategy in one market on one day, amounts in the market's settle currency; fees > 0 were paid.

    `unrealized` is what is open at the mark price, None where nothing marks it.
    """

    strategy: str
    instrument: Instrument
    pnl: MarketPnl
    mark_price: Decimal | None
    unrealized: Decimal | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """One day: its fills, its profit and loss, and the book it leaves."""

    day: date
    fills: tuple[BookedFill, ...]
    lines: tuple[PnlLine, ...]
    closing: StatementBook


def build_statement(
    day: date,
    opening: StatementBook | None,
    fills: Iterable[BookedFill],
    marks: Mapping[str, Decimal],
    audit_sequence: int,
    funding: Iterable[FundingPayment] = (),
) -> Statement:
    """Account for one day, by all fills (in the log's order) and payments the log recorded on it.

    `opening` is the book of the day before, `marks` are prices in quote currency by market key, `audit_sequence` is the
    day's last entry.
    """
    booked = tuple(fills)
    held = opening.positions if opening is not None else ()
    entries: list[Entry] = [*map(_execution, booked), *funding]
    pnl = compute_pnl(entries, CostMethod.AVERAGE, opening=held)
    lines = []
    for strategy, markets in sorted(pnl.by_strategy.items()):
        for market, line in sorted(markets.items()):
            mark = marks.get(market)
            unrealized = line.unrealized(mark) if mark is not None else None
            lines.append(
                PnlLine(
                    strategy=strategy,
                    instrument=line.instrument,
                    pnl=line,
                    mark_price=mark,
                    unrealized=unrealized if line.quantity else Decimal(0),
                )
            )
    closing = StatementBook(day=day, audit_sequence=audit_sequence, positions=_carry(lines))
    return Statement(day=day, fills=booked, lines=tuple(lines), closing=closing)


def _carry(lines: Sequence[PnlLine]) -> tuple[OpeningPosition, ...]:
    return tuple(
        OpeningPosition(
            instrument=line.instrument,
            strategy=line.strategy,
            quantity=line.pnl.quantity,
            average_price=line.pnl.average_price,
        )
        for line in lines
        if line.pnl.average_price is not None
    )


def _execution(item: BookedFill) -> Execution:
    fill, instrument = item.fill, item.fill.market.instrument
    assert instrument is not None  # noqa: S101 a fill of an unknown instrument is never recorded
    return Execution(
        instrument=instrument,
        strategy=fill.order.strategy,
        # A trade's id is unique within its market; a bot's own ids are so within an order.
        trade_id=f"{fill.order.client_order_id}#{fill.fill_id}",
        side=fill.order.side,
        quantity=fill.quantity,
        price=fill.price,
        at=item.booked_at,
        fee=fill.fee,
        fee_currency=fill.fee_currency,
    )
