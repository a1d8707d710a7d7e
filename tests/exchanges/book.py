"""What is true at a scripted venue: its orders, fills, wallets and positions, whatever the wire format of its class."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from itertools import count

#: 2026-03-04T12:00:00Z: the time at every scripted venue.
NOW_MS = 1_772_625_600_000
PRICE = Decimal(50_000)
SPREAD = Decimal(5)


class Refused(Exception):
    """The venue says no; `kind` is one of `duplicate`, `funds`, `post`, `reduce`, `unknown`, `ended`."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(kw_only=True, eq=False)
class Order:
    """One order; `status` is `open`, `filled`, `cancelled`, `waiting` (a trigger) or `fired`."""

    number: int
    client_id: str
    symbol: str
    side: str
    type: str
    quantity: Decimal
    price: Decimal | None = None
    trigger: Decimal | None = None
    reduce_only: bool = False
    post_only: bool = False
    tif: str = "GTC"
    expires_ms: int | None = None
    created_ms: int = NOW_MS
    updated_ms: int = NOW_MS
    status: str = "open"
    fills: list[Fill] = field(default_factory=list)
    #: How many of the fills are summed up, and their sum: fills are only added, by the ten thousand in some tests.
    _summed: tuple[int, Decimal] = field(default=(0, Decimal(0)), init=False, repr=False)

    @property
    def filled(self) -> Decimal:
        number, total = self._summed
        total = sum((fill.quantity for fill in self.fills[number:]), total)
        self._summed = (len(self.fills), total)
        return total

    @property
    def cost(self) -> Decimal:
        return sum((fill.quantity * fill.price for fill in self.fills), Decimal(0))

    @property
    def average(self) -> Decimal:
        return self.cost / self.filled if self.filled else Decimal(0)

    @property
    def rests(self) -> bool:
        return self.status in {"open", "waiting"}


@dataclass(kw_only=True, eq=False)
class Fill:
    """One fill; fees below zero are rebates."""

    number: int
    order: Order
    quantity: Decimal
    price: Decimal
    fees: tuple[tuple[Decimal, str], ...]
    at_ms: int
    is_maker: bool = False


@dataclass(kw_only=True)
class Wallet:
    """One asset; `unrealized` is the open profit and loss of swaps settled in it."""

    total: Decimal
    used: Decimal = Decimal(0)
    unrealized: Decimal = Decimal(0)


@dataclass(kw_only=True)
class Position:
    """One position in contracts, long above zero; `leg` is set in hedge mode."""

    symbol: str
    quantity: Decimal
    entry: Decimal = PRICE
    mark: Decimal = PRICE
    unrealized: Decimal = Decimal(0)
    leg: str | None = None
    isolated: bool = False


@dataclass(kw_only=True)
class Movement:
    """Money in or out: a deposit, a withdrawal, or a transfer between wallets (`in` or `out`)."""

    number: int
    kind: str
    asset: str
    amount: Decimal
    fee: Decimal = Decimal(0)
    at_ms: int = NOW_MS


@dataclass(kw_only=True)
class Payment:
    """One funding payment; above zero was received."""

    number: int
    symbol: str
    asset: str
    amount: Decimal
    at_ms: int


class Book:
    """The venue's own truth. Orders at market, and limits that cross, fill at once; the rest waits for the test."""

    def __init__(self) -> None:
        self.now_ms = NOW_MS
        self.orders: list[Order] = []
        self.fills: list[Fill] = []
        self.wallets: dict[str, Wallet] = {}
        self.positions: list[Position] = []
        self.movements: list[Movement] = []
        self.payments: list[Payment] = []
        self.ids_reusable = False
        self.funds = True
        #: Of orders that ended before the test; whole contracts where a venue knows no part of one.
        self.finished_quantity = Decimal("0.2")
        self._numbers = count(70_001)

    @property
    def bid(self) -> Decimal:
        return PRICE - SPREAD

    @property
    def ask(self) -> Decimal:
        return PRICE + SPREAD

    def next(self) -> int:
        return next(self._numbers)

    def place(self, client_id: str, symbol: str, side: str, quantity: Decimal, **terms: object) -> Order:
        """Take an order. Raises Refused."""
        if not self.funds:
            raise Refused("funds")
        if client_id and not self.ids_reusable and self.by_client_id(client_id):
            raise Refused("duplicate")
        order = Order(
            number=self.next(),
            client_id=client_id,
            symbol=symbol,
            side=side,
            quantity=quantity,
            created_ms=self.now_ms,
            updated_ms=self.now_ms,
            **terms,  # type: ignore[arg-type]
        )
        crosses = order.price is None or (order.price >= self.ask if side == "buy" else order.price <= self.bid)
        if order.trigger is not None:
            order.status = "waiting"
        elif crosses and order.post_only:
            raise Refused("post")
        self.orders.append(order)
        if order.trigger is None and crosses:
            self.fill(order, quantity, self.ask if side == "buy" else self.bid)
        elif order.trigger is None and order.tif in {"IOC", "FOK"}:
            self.end(order)
        return order

    def fill(
        self,
        order: Order,
        quantity: Decimal,
        price: Decimal | None = None,
        fees: tuple[tuple[Decimal, str], ...] | None = None,
        *,
        at_ms: int | None = None,
        is_maker: bool = False,
    ) -> Fill:
        """Fill an order in part or whole; the fee is a tenth of a per cent in the quote currency unless given."""
        price = price or order.price or PRICE
        quote = order.symbol.partition(":")[0].partition("/")[2]
        fill = Fill(
            number=self.next(),
            order=order,
            quantity=quantity,
            price=price,
            fees=((quantity * price / 1000, quote),) if fees is None else fees,
            at_ms=self.now_ms if at_ms is None else at_ms,
            is_maker=is_maker,
        )
        order.fills.append(fill)
        self.fills.append(fill)
        order.updated_ms = fill.at_ms
        order.status = "filled" if order.filled >= order.quantity else order.status
        return fill

    def end(self, order: Order, status: str = "cancelled") -> None:
        order.status = status
        order.updated_ms = self.now_ms

    def cancel(self, order: Order | None) -> Order:
        """Cancel a resting order. Raises Refused: there is none, or it has ended."""
        if order is None:
            raise Refused("unknown")
        if not order.rests:
            raise Refused("ended")
        self.end(order)
        return order

    def by_client_id(self, client_id: str) -> Order | None:
        return next((order for order in reversed(self.orders) if order.client_id == client_id), None)

    def by_number(self, number: int) -> Order | None:
        return next((order for order in self.orders if order.number == number), None)

    def add_finished(self, symbol: str, number: int, at_ms: int, *, filled: bool = True) -> Order:
        """Add an order that ended in the past: with one fill, or cancelled without."""
        order = Order(
            number=self.next(),
            client_id=f"{number:032x}",
            symbol=symbol,
            side="buy",
            type="limit",
            quantity=self.finished_quantity,
            price=PRICE,
            created_ms=at_ms,
            updated_ms=at_ms,
        )
        self.orders.append(order)
        if filled:
            self.fill(order, order.quantity, at_ms=at_ms)
        else:
            order.status = "cancelled"
        return order
