"""One day of an account as a statement: its fills and fees, and the profit and loss per symbol and strategy.

The day is that of the log's entries (UTC). What is open at its end is carried into the next day at its cost, so the
realised profits of all days add up to those of the whole time. Average cost. What the account's readings show and no
fill explains is taken over at its cost: the holdings are those of the venue.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from operator import itemgetter

from riskgate.core.instrument import Instrument
from riskgate.core.money import ONE, ZERO
from riskgate.core.orders.events import FillRecorded
from riskgate.core.replacing import replace
from riskgate.core.statements.coins import Reading
from riskgate.core.statements.lots import CostMethod
from riskgate.core.statements.pnl import Entry, Execution, FundingPayment, MarketPnl, OpeningPosition, compute_pnl


@dataclass(frozen=True, kw_only=True, slots=True)
class BookedFill:
    """One fill with the instant it was recorded at, who recorded it, and its place in the log."""

    fill: FillRecorded
    booked_at: datetime
    actor: str
    sequence: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class StatementBook:
    """What is carried from one day to the next: open positions, and where in the log the next day begins.

    `equity` and `wallets` (units by venue and asset, as read at `read_at`) are the account's at the day's end; `rates`
    are base currency per unit of others. `is_opened` once a reading told what was held before the first entry.
    """

    day: date
    audit_sequence: int
    positions: tuple[OpeningPosition, ...] = ()
    is_opened: bool = False
    equity: Decimal | None = None
    wallets: dict[str, dict[str, Decimal]] = field(default_factory=dict)
    read_at: datetime | None = None
    rates: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class PnlLine:
    """One strategy in one market on one day, amounts in the market's settle currency; fees > 0 were paid.

    `unrealized` is what is open at the mark price, None where nothing marks it. `opening_quantity` are the contracts
    held when the day, or the account, began.
    """

    strategy: str
    instrument: Instrument
    pnl: MarketPnl
    mark_price: Decimal | None
    unrealized: Decimal | None
    opening_quantity: Decimal = ZERO


@dataclass(frozen=True, kw_only=True, slots=True)
class BookedTransfer:
    """A deposit (`amount` > 0) or withdrawal (< 0) in base currency."""

    transfer_id: str
    amount: Decimal
    executed_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountDay:
    """What the log says of the account itself on one day, in its order.

    `started_with` is the equity it was registered with that day, `equity` what it was at the day's last entry that
    tells it; both None where none does.
    """

    base_currency: str = ""
    readings: tuple[Reading, ...] = ()
    transfers: tuple[BookedTransfer, ...] = ()
    started_with: Decimal | None = None
    equity: Decimal | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Statement:
    """One day: its fills, its transfers, its profit and loss, and the book it leaves.

    `opening_equity` is None where nothing tells it.
    """

    day: date
    fills: tuple[BookedFill, ...]
    lines: tuple[PnlLine, ...]
    closing: StatementBook
    base_currency: str = ""
    transfers: tuple[BookedTransfer, ...] = ()
    opening_equity: Decimal | None = None


def build_statement(
    day: date,
    opening: StatementBook | None,
    fills: Iterable[BookedFill],
    marks: Mapping[str, Decimal],
    audit_sequence: int,
    funding: Iterable[FundingPayment] = (),
    account: AccountDay | None = None,
) -> Statement:
    """Account for one day, by all fills, payments and readings (each in the log's order) the log recorded on it.

    `opening` is the book of the day before, `marks` are prices in quote currency by market key, `audit_sequence` is the
    day's last entry.
    """
    booked = tuple(fills)
    before = opening or StatementBook(day=day, audit_sequence=0)
    told = account or AccountDay()
    readings = list(told.readings)
    if readings and not before.is_opened:
        readings[0] = replace(readings[0], is_opening=True)
    trades = _with_rates(booked, readings, before.rates, told.base_currency)
    pnl = compute_pnl([*trades, *funding], CostMethod.AVERAGE, opening=before.positions)
    carried = {(held.strategy, held.instrument.key): held.quantity for held in before.positions}
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
                    unrealized=unrealized if line.quantity else ZERO,
                    opening_quantity=carried.get((strategy, market), ZERO) + line.opened,
                )
            )
    last = readings[-1] if readings else None
    closing = StatementBook(
        day=day,
        audit_sequence=audit_sequence,
        positions=_carry(lines),
        is_opened=before.is_opened or bool(readings),
        equity=told.equity if told.equity is not None else before.equity,
        wallets=_join_wallets(before, readings),
        read_at=last.at if last is not None else before.read_at,
        rates={name: rate for reading in readings for name, rate in reading.rates.items()} or before.rates,
    )
    return Statement(
        day=day,
        fills=booked,
        lines=tuple(lines),
        closing=closing,
        base_currency=told.base_currency,
        transfers=told.transfers,
        opening_equity=before.equity if opening is not None else told.started_with,
    )


def _with_rates(
    booked: Iterable[BookedFill], readings: Iterable[Reading], rates: Mapping[str, Decimal], base_currency: str
) -> Iterator[Entry]:
    """Yield fills and readings as the log has them, fills with the rates that were known when they were recorded."""
    placed: list[tuple[datetime, int, Entry]] = [(item.booked_at, item.sequence, _execution(item)) for item in booked]
    placed += [(reading.at, reading.sequence, reading) for reading in readings]
    known = {**rates, base_currency: ONE}
    for _, _, entry in sorted(placed, key=itemgetter(0, 1)):
        if isinstance(entry, Reading):
            known = {**entry.rates, base_currency: ONE}
        yield replace(entry, rates=known) if isinstance(entry, Execution) else entry


def _join_wallets(before: StatementBook, readings: Sequence[Reading]) -> dict[str, dict[str, Decimal]]:
    wallets = dict(before.wallets)
    for reading in readings:
        kept = {venue: held for venue, held in wallets.items() if venue in reading.excludes}
        wallets = kept | {venue: dict(held) for venue, held in reading.wallets.items()}
    return wallets


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
        fee_rates=fill.fee_rates,
        other_fees=fill.other_fees,
    )
