"""Two books that agree, and what makes them disagree in each way: the matcher's own word is never asked."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from hashlib import sha256
from typing import Any

from riskgate.core.account.breaks import BreakKind, Finding
from riskgate.core.account.document import Balance, OrderStatus
from riskgate.core.account.stored import OrderRecord
from riskgate.core.instrument import MarketType
from riskgate.core.order import OrderType
from riskgate.core.reconciliation.holdings import match_holdings
from riskgate.core.reconciliation.match import OwnBook, VenueBook, client_key, exchange_key
from riskgate.core.reconciliation.orders import match_orders
from riskgate.core.side import Side
from riskgate.core.venues.model import VenueBalance, VenueOrder, VenuePosition, VenueTrade
from tests.support.builders import (
    ACCOUNT_ID,
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    SPOT,
    SWAP,
    VENUE,
    build_account,
    build_instrument,
    build_order,
    build_position,
)

STEP, TICK = Decimal("0.001"), Decimal("0.01")
type Expected = tuple[BreakKind, str]


@dataclass
class TwoBooks:
    """A venue's book and ours of one account, with what is expected to be found between them."""

    market_type: MarketType
    draw: random.Random
    records: dict[str, OrderRecord] = field(default_factory=dict)
    orders: dict[str, list[VenueOrder]] = field(default_factory=dict)
    trades: dict[str, list[VenueTrade]] = field(default_factory=dict)
    absent: set[str] = field(default_factory=set)
    ours: dict[str, Decimal] = field(default_factory=dict)
    theirs: dict[str, Decimal] = field(default_factory=dict)
    expected: Counter[Expected] = field(default_factory=Counter)

    @property
    def symbol(self) -> str:
        """Return the market that is traded."""
        return SPOT if self.market_type is MarketType.SPOT else SWAP

    def amount(self, low: int = 1, high: int = 500) -> Decimal:
        """Draw a quantity on the grid."""
        return self.draw.randint(low, high) * STEP

    def price(self) -> Decimal:
        """Draw a price on the grid."""
        return self.draw.randint(9_000, 11_000) * TICK

    def number(self) -> str:
        """Draw an id of the venue's."""
        return str(self.draw.randint(10**8, 10**9))

    def add_order(self, *, filled_fraction: int | None = None, **changes: Any) -> str:
        """Add an order that both books have alike: resting, part filled, filled or cancelled."""
        name = f"order-{len(self.records)}"
        side = self.draw.choice([Side.BUY, Side.SELL])
        quantity = self.amount(4)
        share = self.draw.choice([0, 1, 2]) if filled_fraction is None else filled_fraction
        fills = [] if not share else [quantity / 2 if share == 1 else quantity]
        fills = [part.quantize(STEP) for part in fills]
        filled = sum(fills, Decimal(0))
        ended = bool(share) and self.draw.random() < 0.3
        status = OrderStatus.SUBMITTED
        if filled:
            status = OrderStatus.FILLED if filled == quantity else OrderStatus.PARTIALLY_FILLED
        if ended and status is not OrderStatus.FILLED:
            status = OrderStatus.CANCELLED
        order_id = sha256(name.encode()).hexdigest()[:32]
        exchange_id = self.number()
        trades = [self._trade(exchange_id, side, part) for part in fills]
        fees = sum((trade.fee or Decimal(0) for trade in trades), Decimal(0))
        record = OrderRecord(
            order=build_order(
                quantity, 100, client_order_id=name, symbol=self.symbol, side=side, route=True, account_id=ACCOUNT_ID
            ),
            order_id=order_id,
            status=status,
            request_hash="",
            answer="{}",
            quantity=quantity,
            decision_price=Decimal(100),
            created_at=NOW - HOUR,
            updated_at=NOW - 10 * MINUTE,
            filled_quantity=filled,
            filled_notional=sum((t.quantity * t.price for t in trades), Decimal(0)),
            filled_fees={"USDT": fees} if fees else {},
            exchange_order_id=exchange_id,
            permit="permit",
            attempts=1,
        )
        self.records[name] = replace(record, **changes)
        self.trades[name] = trades
        self.orders[name] = [self._venue_order(record, exchange_id)]
        return name

    def _venue_order(self, record: OrderRecord, exchange_id: str) -> VenueOrder:
        average = record.filled_notional / record.filled_quantity if record.filled_quantity else None
        return VenueOrder(
            client_order_id=record.order_id,
            exchange_order_id=exchange_id,
            symbol=self.symbol,
            side=record.order.side,
            type=OrderType.LIMIT,
            status=record.status,
            quantity=record.quantity,
            filled_quantity=record.filled_quantity,
            average_price=average,
            limit_price=Decimal(100),
            created_at=NOW - HOUR + SECOND,
        )

    def _trade(self, exchange_id: str, side: Side, quantity: Decimal) -> VenueTrade:
        return VenueTrade(
            trade_id=self.number(),
            exchange_order_id=exchange_id,
            client_order_id=None,
            symbol=self.symbol,
            side=side,
            quantity=quantity,
            price=self.price(),
            fee=self.amount(),
            fee_currency=self.draw.choice(["USDT", None]),
            executed_at=NOW - 30 * MINUTE,
        )

    def expect(self, kind: BreakKind, subject: str) -> None:
        """Note what has to be found."""
        self.expected[kind, subject] += 1

    def match(self) -> tuple[Finding, ...]:
        """Return what the matcher finds."""
        book, own = self.venue_book(), self.own_book()
        return match_orders(book, own).findings + match_holdings(book, own).findings

    def venue_book(self) -> VenueBook:
        """Return the venue's side."""
        swap = self.market_type is MarketType.SWAP
        balances = {a: q for a, q in self.theirs.items() if not (swap and a == "BTC")}
        held = self.theirs.get("BTC", Decimal(0)) if swap else Decimal(0)
        position = VenuePosition(
            symbol=SWAP, quantity=held, entry_price=Decimal(100), mark_price=Decimal(100), unrealized_pnl=Decimal(0)
        )
        orders = [order for found in self.orders.values() for order in found]
        trades = [trade for found in self.trades.values() for trade in found]
        self.draw.shuffle(orders)
        self.draw.shuffle(trades)
        return VenueBook(
            venue=VENUE,
            market_type=self.market_type,
            since=NOW - 2 * HOUR,
            read_at=NOW,
            orders=tuple(orders),
            trades=tuple(trades),
            balances=tuple(VenueBalance(asset=a, total=q, free=q, used=Decimal(0)) for a, q in balances.items() if q),
            positions=(position,) if held else (),
            absent=frozenset(self.absent),
        )

    def own_book(self) -> OwnBook:
        """Return our side."""
        swap = self.market_type is MarketType.SWAP
        held = self.ours.get("BTC", Decimal(0))
        positions = {f"{VENUE}:{self.symbol}": build_position(held, self.symbol)} if held else {}
        balances = {a: Balance(total=q) for a, q in self.ours.items() if not (swap and a == "BTC")}
        state = replace(build_account(), positions=positions, balances={VENUE: balances})
        ids = {client_key(record.order_id): name for name, record in self.records.items()}
        ids |= {
            exchange_key(self.symbol, record.exchange_order_id): name
            for name, record in self.records.items()
            if record.exchange_order_id
        }
        ids |= {client_key(name): name for name, record in self.records.items() if not record.order.route}
        instrument = build_instrument(self.symbol)
        return OwnBook(state=state, records=self.records, ids=ids, instruments={instrument.key: instrument})


def build_books(seed: int, orders: int = 8) -> TwoBooks:
    """Return books that agree, with orders in every state."""
    draw = random.Random(seed)  # noqa: S311
    books = TwoBooks(draw.choice([MarketType.SPOT, MarketType.SWAP]), draw)
    for _ in range(orders):
        books.add_order()
    for asset in ("USDT", "BTC", "BNB"):
        held = Decimal(draw.randint(1, 10**6)) * STEP
        books.ours[asset] = books.theirs[asset] = held
    return books


def _edit(books: TwoBooks, name: str, **changes: Any) -> None:
    books.records[name] = replace(books.records[name], **changes)


def _edit_venue(books: TwoBooks, name: str, **changes: Any) -> None:
    books.orders[name] = [replace(order, **changes) for order in books.orders[name]]


def _rogue_subject(books: TwoBooks, name: str) -> str:
    return f"order {books.symbol} {books.orders[name][0].exchange_order_id}"


def add_stranger(books: TwoBooks) -> None:
    """Let somebody trade with the account's key: an order, its fills, or both are seen."""
    exchange_id, quantity = books.number(), books.amount()
    seen = books.draw.choice(["resting", "filled", "fills_only"])
    filled = Decimal(0) if seen == "resting" else quantity
    key = f"stranger {exchange_id}"
    if seen != "fills_only":
        books.orders[key] = [
            VenueOrder(
                client_order_id=books.draw.choice([None, "web_1", "ffff" * 8]),
                exchange_order_id=exchange_id,
                symbol=books.symbol,
                side=Side.BUY,
                type=OrderType.LIMIT,
                status=OrderStatus.FILLED if filled else OrderStatus.SUBMITTED,
                quantity=quantity,
                filled_quantity=filled,
                limit_price=Decimal(100),
            )
        ]
    if filled:
        books.trades[key] = [books._trade(exchange_id, Side.BUY, filled)]
    books.expect(BreakKind.ROGUE_ORDER, f"order {books.symbol} {exchange_id}")


def break_permit(books: TwoBooks) -> None:
    """Let the venue have an order of ours that was never permitted as it is there."""
    name = books.add_order(filled_fraction=0)
    record = books.records[name]
    how = books.draw.choice(["denied", "unsent", "unpermitted", "side", "quantity", "late"])
    match how:
        case "denied":
            _edit(books, name, status=OrderStatus.DENIED, permit="", attempts=0)
        case "unsent":
            _edit(books, name, status=OrderStatus.APPROVED, attempts=0)
        case "unpermitted":
            _edit(books, name, status=OrderStatus.APPROVED, permit="", attempts=0)
        case "side":
            other = Side.SELL if record.order.side is Side.BUY else Side.BUY
            _edit_venue(books, name, side=other)
        case "quantity":
            _edit_venue(books, name, quantity=record.quantity + books.amount())
        case _:
            _edit(
                books,
                name,
                order=replace(record.order, route=False),
                status=OrderStatus.EXPIRED,
                updated_at=NOW - 50 * MINUTE,
            )
            _edit_venue(books, name, created_at=NOW - 40 * MINUTE)
    books.expect(BreakKind.ROGUE_ORDER, _rogue_subject(books, name))


def duplicate(books: TwoBooks) -> None:
    """Let an order be at the venue twice."""
    name = books.add_order()
    books.orders[name].append(replace(books.orders[name][0], exchange_order_id=books.number()))
    books.expect(BreakKind.DUPLICATE_ORDER, f"order {name}")


def lose(books: TwoBooks) -> None:
    """Let the venue know nothing of an order it took."""
    name = books.add_order(filled_fraction=books.draw.choice([0, 1]))
    _edit(books, name, status=OrderStatus.PARTIALLY_FILLED if books.trades[name] else OrderStatus.SUBMITTED)
    books.orders[name], books.trades[name] = [], []
    books.absent.add(name)
    books.expect(BreakKind.MISSING_ORDER, f"order {name}")


def end_on_one_side(books: TwoBooks) -> None:
    """Let an order work on one side only."""
    name = books.add_order(filled_fraction=0)
    if books.draw.random() < 0.5:
        _edit_venue(books, name, status=OrderStatus.CANCELLED)
    else:
        _edit(books, name, status=OrderStatus.CANCELLED)
    books.expect(BreakKind.STATUS, f"order {name}")


def fill_on_one_side(books: TwoBooks) -> None:
    """Let one side have filled more of an order than the other, whatever follows from that."""
    name = books.add_order(filled_fraction=1)
    record = books.records[name]
    if books.draw.random() < 0.5:
        less = record.filled_quantity - STEP
        _edit(books, name, filled_quantity=less, filled_notional=less * 100)
    else:
        more = record.filled_quantity + STEP
        _edit(books, name, filled_quantity=more, filled_notional=more * 100)
    books.expect(BreakKind.FILLED_QUANTITY, f"order {name}")


def misprice(books: TwoBooks) -> None:
    """Let the average prices differ by a tick or more."""
    name = books.add_order(filled_fraction=2)
    record = books.records[name]
    by = books.draw.randint(1, 50) * TICK * books.draw.choice([1, -1])
    _edit(books, name, filled_notional=record.filled_notional + by * record.filled_quantity)
    books.expect(BreakKind.AVERAGE_PRICE, f"order {name}")


def misstate_fee(books: TwoBooks) -> None:
    """Let the fees differ, in amount or in currency."""
    name = books.add_order(filled_fraction=2)
    fees = books.records[name].filled_fees
    wrong = books.draw.choice([{}, {"BNB": Decimal(1)}, {k: v + STEP for k, v in fees.items()}])
    _edit(books, name, filled_fees=wrong)
    books.expect(BreakKind.FEE, f"order {name}")


def leave_in_doubt(books: TwoBooks) -> None:
    """Let nobody settle an order for too long; the venue may have it or not."""
    name = books.add_order(filled_fraction=0)
    status = books.draw.choice([OrderStatus.SUBMITTING, OrderStatus.UNKNOWN, OrderStatus.APPROVED])
    _edit(books, name, status=status, updated_at=NOW - 4 * MINUTE)
    if status is OrderStatus.APPROVED or books.draw.random() < 0.5:
        books.orders[name] = []
        books.absent.add(name)
    books.expect(BreakKind.STALE_ORDER, f"order {name}")


def move_position(books: TwoBooks) -> None:
    """Let the holding in the traded market differ by a step or more."""
    _move(books, "BTC", STEP)
    kind = f"asset {'BTC'}" if books.market_type is MarketType.SPOT else f"market {books.symbol}"
    books.expect(BreakKind.POSITION, kind)


def move_balance(books: TwoBooks) -> None:
    """Let the balance of an asset nobody trades here differ."""
    _move(books, "BNB", Decimal("0.0000001"))
    books.expect(BreakKind.BALANCE, "asset BNB")


def _move(books: TwoBooks, asset: str, least: Decimal) -> None:
    side = books.draw.choice([books.ours, books.theirs])
    how = books.draw.choice(["gone", "more", "less"])
    if how == "gone":
        del side[asset]
    else:
        side[asset] += least * books.draw.randint(1, 5) * (1 if how == "more" else -1)


#: Every kind of break with what makes it; what changes a holding can be done once.
DISAGREEMENTS: dict[str, Callable[[TwoBooks], None]] = {
    "stranger": add_stranger,
    "permit": break_permit,
    "duplicate": duplicate,
    "missing": lose,
    "status": end_on_one_side,
    "filled": fill_on_one_side,
    "average": misprice,
    "fee": misstate_fee,
    "stale": leave_in_doubt,
    "position": move_position,
    "balance": move_balance,
}
ONCE = ("position", "balance")


def shade(books: TwoBooks) -> None:
    """Let the books differ by less than counts: below a step or tick, or on the way for a moment."""
    name = books.add_order(filled_fraction=2)
    record = books.records[name]
    how = books.draw.choice(["tick", "young", "doubt", "rebate", "unlisted", "bot"])
    match how:
        case "tick":
            _edit(books, name, filled_notional=record.filled_notional + TICK / 2 * record.filled_quantity)
        case "young":
            _edit(books, name, filled_quantity=Decimal(0), status=OrderStatus.SUBMITTED, updated_at=NOW - 30 * SECOND)
        case "doubt":
            _edit(books, name, status=OrderStatus.UNKNOWN, filled_quantity=Decimal(0), updated_at=NOW - 2 * MINUTE)
        case "rebate":
            books.trades[name] = [replace(trade, fee=Decimal(-1)) for trade in books.trades[name]]
            _edit(books, name, filled_fees={})
        case "unlisted":
            # Its fills are older than what was read: the fees cannot be judged.
            books.trades[name] = []
            _edit(books, name, filled_fees={})
        case _:
            _edit(books, name, order=replace(record.order, route=False), permit="", attempts=0)
