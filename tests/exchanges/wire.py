"""What every scripted venue shares: routes, faults, pages, and a note of all that was asked."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, ClassVar

from riskgate.core.instrument import MarketType
from tests.exchanges.book import Book, Order, Refused

SPOT, SWAP = MarketType.SPOT, MarketType.SWAP


#: Headers, in lower case, and fields by which a library tells the venue whose customer the account's owner is.
BROKER_MARKS = frozenset({"x-channel-api-code", "source", "referer", "kc-api-partner", "x-gate-channel-id", "tag"})


class Lost(Exception):
    """No answer goes back: the connection is cut."""


@dataclass(frozen=True, kw_only=True)
class Ask:
    """A request as it came."""

    method: str
    host: str
    path: str
    query: dict[str, str]
    body: Any
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> dict[str, Any]:
        """Return parameters wherever they stand."""
        return self.query | (self.body if isinstance(self.body, dict) else {})


@dataclass(frozen=True)
class Reply:
    """An answer."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Market:
    """One market's rules as the gateway should read them; `native` is the venue's own name of it."""

    symbol: str
    native: str
    tick: Decimal = Decimal("0.1")
    step: Decimal = Decimal("0.001")
    least: Decimal | None = Decimal("0.001")
    size: Decimal = Decimal(1)

    @property
    def base(self) -> str:
        return self.symbol.partition("/")[0]

    @property
    def quote(self) -> str:
        return self.symbol.partition("/")[2].partition(":")[0]

    @property
    def settle(self) -> str:
        return self.symbol.partition(":")[2]


@dataclass(frozen=True)
class Route:
    """What answers a method and a path. `kind`: `place` and `cancel` change something, `read` asks."""

    method: str
    path: str
    kind: str
    run: Callable[[Any, Ask], Any]


def route(target: str, kind: str = "read") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare what answers ``METHOD /path``; ``{name}`` in the path matches one part of it."""
    method, _, path = target.partition(" ")

    def mark(run: Callable[..., Any]) -> Callable[..., Any]:
        run.__dict__.setdefault("routes", []).append((method, path, kind))
        return run

    return mark


@dataclass(kw_only=True)
class Fault:
    """What happens to the next requests of a kind: `lost` after it was done, `dropped` before, or an answer."""

    kind: str
    how: str
    count: int = 1


class ScriptedVenue:
    """One ccxt class for one market type. A module of `venues` says how it speaks; the book says what is true."""

    ccxt_id: ClassVar[str]
    market_type: ClassVar[MarketType]
    #: Where the class is one of several names for the venue: how accounts name it.
    venue: ClassVar[str] = ""
    markets: ClassVar[tuple[Market, ...]]
    keys: ClassVar[dict[str, str]] = {"apiKey": "key", "secret": "c2VjcmV0c2VjcmV0", "password": "word"}
    #: Rows of one page of orders, of fills.
    page: ClassVar[int] = 100
    fills_page: ClassVar[int] = 100
    candles_page: ClassVar[int] = 500
    #: How many candles the venue keeps, where it does not keep them all.
    candles_kept: ClassVar[int | None] = None
    #: What is moved in and out of the wallet.
    moved_asset: ClassVar[str] = "USDT"
    #: The venue has no hedge mode.
    one_way_only: ClassVar[bool] = False
    #: What makes a row of a list unreadable: fields to overwrite, by kind of list.
    odd_fields: ClassVar[dict[str, dict[str, Any]]] = {}
    #: What the venue itself does not have: by call, why.
    absent: ClassVar[dict[str, str]] = {}
    #: An order at market that has filled is shown without the quantity that was ordered.
    market_quantity_unknown: ClassVar[bool] = False
    _routes: ClassVar[list[Route]]

    def __init_subclass__(cls) -> None:
        cls._routes = [
            Route(method, path, kind, run)
            for parent in reversed(cls.__mro__)
            for run in vars(parent).values()
            for method, path, kind in getattr(run, "routes", ())
        ]

    def __init__(self) -> None:
        self.book = Book()
        self.faults: list[Fault] = []
        self.seen: list[tuple[str, Ask]] = []
        self.unknown: list[str] = []
        self.odd: set[str] = set()
        #: Requests that are never answered, whatever else is.
        self.broken: Callable[[Ask], bool] = lambda _ask: False
        #: Numbers that no answer tells any more: what stands there instead is none.
        self.spoiled: set[Decimal] = set()
        #: The venue's name of a market in whose rows no number is one.
        self.garbled = ""
        self.hedged = False
        #: How long requests are under way.
        self.delay_ms = 0
        self.maintenance = False

    @property
    def fee_currencies(self) -> tuple[str, str]:
        """Return what a buy pays its fee in, and its rebate."""
        first = self.markets[0]
        return (first.settle or first.quote,) * 2

    @property
    def symbol(self) -> str:
        return self.markets[0].symbol

    def answer(self, ask: Ask) -> Reply:
        """Answer a request, or raise Lost."""
        fitting = [item for item in self._routes if item.method == ask.method and _fits(item.path, ask.path)]
        # A later class goes before an earlier one, a path as it stands before a pattern.
        found = next((item for item in reversed(fitting) if item.path == ask.path), fitting[-1] if fitting else None)
        if found is None:
            self.unknown.append(f"{ask.method} {ask.path}")
            return Reply({"error": "no such route"}, 404)
        kind = self.kind_of(found, ask)
        self.seen.append((kind, ask))
        if self.broken(ask):
            return self.on_maintenance()
        fault = next((item for item in self.faults if item.kind in {kind, "any"} and item.count), None)
        if kind == "place" and self.delay_ms and self.book.now_ms + self.delay_ms > self.takes_until(ask):
            return self.on_late()
        if fault is not None:
            fault.count -= 1
            if fault.how == "dropped":
                raise Lost
            if fault.how != "lost":
                return getattr(self, f"on_{fault.how}")()
        try:
            body = found.run(self, ask, *_parts(found.path, ask.path))
        except Refused as refused:
            body = self.on_refused(refused.kind, ask)
        if fault is not None:
            raise Lost
        reply = body if isinstance(body, Reply) else Reply(body)
        return replace(reply, body=self._spoil(reply.body)) if self.spoiled or self.garbled else reply

    def _spoil(self, value: Any, *, odd: bool = False) -> Any:
        if isinstance(value, dict):
            odd = odd or (self.garbled != "" and self.garbled in value.values())
            return {name: self._spoil(item, odd=odd or name == self.garbled) for name, item in value.items()}
        if isinstance(value, list):
            return [self._spoil(item, odd=odd) for item in value]
        is_number = isinstance(value, str | int | float) and re.fullmatch(r"-?\d+(\.\d+)?", str(value))
        return "n/a" if is_number and (odd or abs(Decimal(str(value))) in self.spoiled) else value

    def kind_of(self, found: Route, _ask: Ask) -> str:
        """Return what a request does; venues that take everything at one address look into it."""
        return found.kind

    def list_marks(self) -> set[str]:
        """Return the marks of a broker on any request that was signed or not."""
        rows = [ask for _, ask in self.seen]
        bodies = [row for ask in rows for row in (ask.body if isinstance(ask.body, list) else [ask.body])]
        fields = [set(row) for row in bodies if isinstance(row, dict)] + [set(ask.query) for ask in rows]
        return BROKER_MARKS & set().union(*(set(ask.headers) for ask in rows), *fields)

    def writes(self) -> list[Ask]:
        """Return the requests that changed something."""
        return [ask for kind, ask in self.seen if kind != "read"]

    def takes_until(self, ask: Ask) -> int:
        """Return until when a request to place an order is taken, in milliseconds, by what it says itself."""
        raise NotImplementedError

    def on_late(self) -> Reply:
        """Return the answer to a request that comes too late."""
        raise NotImplementedError

    def on_refused(self, kind: str, ask: Ask) -> Reply:
        """Return the venue's own refusal."""
        raise NotImplementedError

    def on_rate_limit(self) -> Reply:
        """Return the answer to one request too many."""
        return Reply({}, 429, {"Retry-After": "7"})

    def on_maintenance(self) -> Reply:
        """Return the answer during maintenance."""
        return Reply("<html>maintenance</html>", 503)

    def listed(self, kind: str, rows: Sequence[Any]) -> list[Any]:
        """Return the rows of a list, and where the test wants it one that nobody can read among them."""
        if kind not in self.odd:
            return list(rows)
        odd = {**(rows[0] if rows else {}), **self.odd_fields[kind]}
        return [odd, *rows]

    def market(self, native: str) -> Market:
        """Return a market by its native name."""
        return next(item for item in self.markets if item.native == native)

    def native(self, symbol: str) -> str:
        """Return the native name of a market."""
        return next(item.native for item in self.markets if item.symbol == symbol)

    def id_of(self, order: Order) -> str:
        """Return the venue's id of an order."""
        return str(order.number)

    def find(self, order_id: object, client_id: object) -> Order | None:
        """Return an order by the venue's id, or by the client's."""
        if order_id:
            return next((order for order in self.book.orders if self.id_of(order) == str(order_id)), None)
        return self.book.by_client_id(str(client_id)) if client_id else None

    def fire(self, order: Order) -> None:
        """Let a trigger fire and fill; here it is the same order still."""
        order.status = "open"
        self.book.fill(order, order.quantity, order.trigger)

    def fire_apart(self, order: Order, client_id: str) -> Order:
        """Let a trigger fire that places another order, which fills."""
        order.status = "fired"
        placed = replace(order, number=self.book.next(), client_id=client_id, trigger=None, status="open", fills=[])
        self.book.orders.append(placed)
        self.book.fill(placed, placed.quantity, order.trigger)
        return placed

    def require(self, order_id: object, client_id: object) -> Order:
        """Return an order. Raises Refused: there is none."""
        found = self.find(order_id, client_id)
        if found is None:
            raise Refused("unknown")
        return found


def within[T](rows: Sequence[T], at: Callable[[T], int], since: object, until: object, limit: object) -> list[T]:
    """Return the newest rows of a period, newest first; bounds that are not given are open."""
    low, high = int(str(since or 0)), int(str(until or 10**15))
    found = [row for row in rows if low <= at(row) <= high]
    found.sort(key=at, reverse=True)
    return found[: int(str(limit))]


def text(value: Decimal | None) -> str:
    """Write a number without an exponent."""
    return "0" if value is None else format(value, "f")


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{\w+\}", "([^/]+)", path))


def _fits(path: str, asked: str) -> bool:
    return _pattern(path).fullmatch(asked) is not None


def _parts(path: str, asked: str) -> tuple[str, ...]:
    found = _pattern(path).fullmatch(asked)
    return found.groups() if found is not None else ()


_STEPS = {"1m": 60_000, "5m": 300_000, "15m": 900_000, "1h": 3_600_000, "4h": 14_400_000, "1d": 86_400_000}


def candles(
    now_ms: int, interval: str, since: object, until: object
) -> list[tuple[int, Decimal, Decimal, Decimal, Decimal, Decimal]]:
    """Return the candles that open within a period, oldest first: time, open, high, low, close, volume."""
    step = _STEPS[interval]
    low, high = int(str(since or now_ms - 1500 * step)), min(int(str(until or now_ms)), now_ms)
    first = -(-low // step) * step
    return [
        (at, Decimal(100), Decimal(110), Decimal(90), Decimal(101), Decimal(at // step % 1000 + 1))
        for at in range(first, high + 1, step)
    ]
