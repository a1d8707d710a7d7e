"""A spot venue: its own book, and the seam of the gateway to it, over a network that loses, delays and cuts.

It shares no code with the gateway's own paper venue. It never merges two orders of one client order id once the first
has ended, as Binance does not: whoever sends twice gets two.
"""

# ruff: noqa: ARG002 the seam names what a real venue is asked with

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from riskgate.adapters.exchange.client_order_ids import to_client_order_id, to_order_id
from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import (
    InvalidRequest,
    NotFound,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
    VenueAnswerInvalid,
)
from riskgate.core.instrument import MarketType, Quote
from riskgate.core.order import OrderType, TimeInForce
from riskgate.core.side import Side
from riskgate.core.venues.model import (
    AccountSetup,
    LiquidityRole,
    NewVenueOrder,
    UnreadableRow,
    VenueBalance,
    VenueFunding,
    VenueOrder,
    VenueOrderRef,
    VenuePosition,
    VenueStatus,
    VenueTrade,
    VenueTransfer,
)
from tests.simulation.scheduler import SECOND, Process

if TYPE_CHECKING:
    from tests.simulation.world import World

ZERO = Decimal(0)
READ_TIMEOUT_SECONDS = 3.0
#: A request to place an order is refused when it arrives later than this after it was written (Binance's recvWindow).
ARRIVAL_SECONDS_MAX = 5.0
STEP = Decimal("0.00001")
#: Orders that the venue made itself are named so within its book.
VENUES_OWN = "~"


@dataclass(kw_only=True, eq=False)
class SimOrder:
    """One order in the venue's book."""

    exchange_order_id: str
    asked: NewVenueOrder
    created_at: datetime
    status: OrderStatus = OrderStatus.SUBMITTED
    filled: Decimal = ZERO
    cost: Decimal = ZERO
    is_waiting: bool = False
    shown_us: int = 0

    @property
    def is_open(self) -> bool:
        """Tell whether it may fill."""
        return not self.status.is_final

    @property
    def left(self) -> Decimal:
        """Return what has not been filled."""
        return self.asked.quantity - self.filled

    def told(self) -> VenueOrder:
        """Return the order as the venue tells it."""
        return VenueOrder(
            client_order_id=told_id(self.asked),
            exchange_order_id=self.exchange_order_id,
            symbol=self.asked.symbol,
            side=self.asked.side,
            type=self.asked.type,
            status=self.status,
            quantity=self.asked.quantity,
            filled_quantity=self.filled,
            average_price=self.cost / self.filled if self.filled else None,
            limit_price=self.asked.limit_price,
            trigger_price=self.asked.trigger_price,
            reduce_only=self.asked.reduce_only,
            time_in_force=self.asked.time_in_force,
            created_at=self.created_at,
            updated_at=self.created_at,
        )


def told_id(asked: NewVenueOrder) -> str | None:
    """Return the client order id that a venue tells; its own orders have none."""
    return None if asked.client_order_id.startswith(VENUES_OWN) else asked.client_order_id


@dataclass(kw_only=True)
class SimVenue:
    """The book of one account at one venue."""

    world: World
    name: str
    prices: dict[str, Decimal]
    balances: dict[str, Decimal]
    fee_fraction: Decimal = ZERO
    skew: timedelta = timedelta()
    orders: dict[str, SimOrder] = field(default_factory=dict)
    trades: list[tuple[int, VenueTrade]] = field(default_factory=list)
    step: Decimal = STEP
    #: Base units of one contract, and what swaps paid in funding, each with when it is listed.
    sizes: Mapping[str, Decimal] = field(default_factory=dict)
    payments: list[tuple[int, VenueFunding]] = field(default_factory=list)
    _numbers: int = 0

    def connect(self, process: Process) -> SimExchange:
        """Return the seam to it, as a process has it."""
        return SimExchange(self.world, process, self)

    @property
    def now(self) -> datetime:
        """Return the venue's own time."""
        return self.world.scheduler.now + self.skew

    def open_orders(self) -> list[SimOrder]:
        """Return what may fill."""
        return [order for order in self.orders.values() if order.is_open]

    def held(self, asset: str) -> Decimal:
        """Return what open orders hold of an asset."""
        return sum((amount for order in self.open_orders() for a, amount in [self._need(order)] if a == asset), ZERO)

    def find(self, ref: VenueOrderRef) -> SimOrder | None:
        """Return the order a reference means: the venue's own id first."""
        if ref.exchange_order_id is not None:
            return self.orders.get(ref.exchange_order_id)
        named = [o for o in self.orders.values() if o.asked.client_order_id == ref.client_order_id]
        return named[-1] if named else None

    def place(self, asked: NewVenueOrder) -> SimOrder:
        """Take an order in; what crosses fills at once. Raises Rejected."""
        for known in self.open_orders():
            if known.asked.client_order_id == asked.client_order_id:
                return known
        if asked.quantity % self.step or asked.quantity <= 0:
            raise InvalidRequest("the quantity is off the venue's grid", code="QUANTITY_INVALID")
        self._numbers += 1
        order = SimOrder(
            exchange_order_id=str(1000 + self._numbers),
            asked=asked,
            created_at=self.now,
            is_waiting=asked.trigger_price is not None,
        )
        self._require_funds(order)
        if self.world.faults.happens("venue.lists_late"):
            order.shown_us = self.world.scheduler.now_us + int(self.world.chance.uniform(0.2, 2.5) * SECOND)
        self.orders[order.exchange_order_id] = order
        self.world.counters["venue_stops" if asked.trigger_price is not None else "venue_orders"] += 1
        self._work(order)
        self.world.venue_changed()
        return order

    def cancel(self, order: SimOrder) -> None:
        """End an order that is open."""
        if order.is_open:
            order.status = OrderStatus.CANCELLED
            self.world.venue_changed()

    def fill(self, order: SimOrder, quantity: Decimal, price: Decimal, role: LiquidityRole) -> None:
        """Book one fill."""
        self._numbers += 1
        order.filled += quantity
        order.cost += quantity * price
        order.status = OrderStatus.FILLED if not order.left else OrderStatus.PARTIALLY_FILLED
        fee, currency = self._settle(order, quantity, price)
        trade = VenueTrade(
            trade_id=f"t{self._numbers}",
            exchange_order_id=order.exchange_order_id,
            client_order_id=told_id(order.asked),
            symbol=order.asked.symbol,
            side=order.asked.side,
            quantity=quantity,
            price=price,
            fee=fee,
            fee_currency=currency,
            executed_at=self.now,
            role=role,
        )
        late = self.world.chance.uniform(0.2, 3) if self.world.faults.happens("venue.lists_late") else 0
        self.trades.append((self.world.scheduler.now_us + int(late * SECOND), trade))
        self.world.counters["venue_fills"] += 1
        self.world.venue_changed()

    def move(self, symbol: str, price: Decimal) -> None:
        """Let the price of a market be another: stops wake, resting orders fill where it came to them."""
        self.prices[symbol] = price
        for order in self.open_orders():
            if order.asked.symbol == symbol:
                self._work(order)

    def come_to(self, order: SimOrder, part: Decimal) -> None:
        """Let a resting order fill by a part of what is left, at its own price."""
        if order.is_open and not order.is_waiting and order.asked.limit_price is not None:
            quantity = max(self.step, (order.left * part).quantize(self.step))
            self.fill(order, min(order.left, quantity), order.asked.limit_price, LiquidityRole.MAKER)

    def _work(self, order: SimOrder) -> None:
        asked, price = order.asked, self.prices[order.asked.symbol]
        if order.is_waiting:
            assert asked.trigger_price is not None
            if (price - asked.trigger_price) * asked.side.sign < 0:
                return
            order.is_waiting = False
        limit = asked.limit_price
        if limit is None or (limit - price) * asked.side.sign >= 0:
            if asked.post_only and not order.filled:
                order.status = OrderStatus.EXPIRED
                return
            quantity = self._fillable(order, price)
            if quantity:
                self.fill(order, quantity, price, LiquidityRole.TAKER)
        if order.is_open and (limit is None or asked.time_in_force in {TimeInForce.IOC, TimeInForce.FOK}):
            order.status = OrderStatus.EXPIRED

    def _require_funds(self, order: SimOrder) -> None:
        asset, need = self._need(order)
        if need > self.balances.get(asset, ZERO) - self.held(asset):
            raise Rejected("insufficient balance", venue_code="-2010")

    def _settle(self, order: SimOrder, quantity: Decimal, price: Decimal) -> tuple[Decimal, str]:
        """Let a fill's money change hands; return the fee and its currency."""
        base, quote = order.asked.symbol.split("/")
        cost, sign = quantity * price, order.asked.side.sign
        fee = (cost * self.fee_fraction).quantize(Decimal("1e-8"))
        self.balances[base] = self.balances.get(base, ZERO) + sign * quantity
        self.balances[quote] = self.balances.get(quote, ZERO) - sign * cost - fee
        return fee, quote

    def _fillable(self, order: SimOrder, price: Decimal) -> Decimal:
        """Return how much of an order that crosses fills."""
        base, quote = order.asked.symbol.split("/")
        held = self.balances.get(quote if order.asked.side is Side.BUY else base, ZERO)
        most = held / (price * (1 + self.fee_fraction)) if order.asked.side is Side.BUY else held
        return min(order.left, max(most.quantize(STEP, "ROUND_DOWN"), STEP))

    def _need(self, order: SimOrder) -> tuple[str, Decimal]:
        base, quote = order.asked.symbol.split("/")
        if order.asked.side is Side.SELL:
            return base, order.left
        price = order.asked.limit_price or order.asked.trigger_price or self.prices[order.asked.symbol]
        return quote, order.left * price * (1 + self.fee_fraction)


class SimExchange:
    """The seam to a venue, as one process has it."""

    market_type = MarketType.SPOT

    def __init__(self, world: World, process: Process, venue: SimVenue) -> None:
        self._world, self._process, self._venue = world, process, venue
        self.venue = venue.name

    def client_order_id(self, order_id: str, revision: int = 0) -> str:
        """Return the venue's form of an order id."""
        return to_client_order_id("binance", order_id, revision)

    def order_id_of(self, client_order_id: str) -> str | None:
        """Return the gateway's order id behind a client order id."""
        return to_order_id("binance", client_order_id)

    def arrival_seconds_max(self, *, has_trigger: bool) -> float:
        """Return how long a request may be under way."""
        return ARRIVAL_SECONDS_MAX

    def create_order(self, order: NewVenueOrder) -> VenueOrder:
        """Place an order."""
        sent_us = self._world.scheduler.now_us

        def place() -> SimOrder:
            if self._world.scheduler.now_us - sent_us > ARRIVAL_SECONDS_MAX * SECOND:
                raise Rejected("outside of the recvWindow", venue_code="-1021")
            return self._venue.place(order)

        return self._write(place).told()

    def cancel_order(self, ref: VenueOrderRef) -> VenueOrder:
        """Cancel an order."""

        def cancel() -> SimOrder:
            found = self._shown(ref)
            if found is None:
                raise NotFound("the venue knows no such order", code="ORDER_NOT_FOUND")
            self._venue.cancel(found)
            return found

        return self._write(cancel).told()

    def get_order(self, ref: VenueOrderRef) -> VenueOrder | None:
        """Return an order."""
        found = self._read(lambda: self._shown(ref))
        return found.told() if found is not None else None

    def list_open_orders(self, symbol: str | None = None) -> tuple[VenueOrder, ...]:
        """Return what may fill."""
        found = self._read(self._listed)
        return tuple(o.told() for o in found if o.is_open and symbol in {None, o.asked.symbol})

    def list_orders(self, symbol: str | None, since: datetime) -> tuple[VenueOrder, ...]:
        """Return the orders made since an instant."""
        found = self._read(self._listed)
        return tuple(o.told() for o in found if o.created_at >= since and symbol in {None, o.asked.symbol})

    def list_trades(self, symbol: str | None, since: datetime, *, thorough: bool = False) -> tuple[VenueTrade, ...]:
        """Return the fills since an instant that the venue lists already."""

        def listed() -> list[VenueTrade]:
            now = self._world.scheduler.now_us
            return [t for shown, t in self._venue.trades if shown <= now and t.executed_at >= since]

        return tuple(t for t in self._read(listed) if symbol in {None, t.symbol})

    def list_funding(self, since: datetime) -> tuple[VenueFunding, ...]:
        """Return nothing: spot has none."""
        return ()

    def list_funding_rates(self, symbols: Sequence[str]) -> Mapping[str, Decimal]:
        """Return nothing: spot has none."""
        return {}

    def take_unreadable(self) -> tuple[UnreadableRow, ...]:
        """Return nothing: its rows can be read."""
        return ()

    def list_balances(self) -> tuple[VenueBalance, ...]:
        """Return all assets that are held."""

        def balances() -> list[VenueBalance]:
            found = []
            for asset, total in sorted(self._venue.balances.items()):
                used = min(self._venue.held(asset), max(total, ZERO))
                if total:
                    found.append(VenueBalance(asset=asset, total=total, free=total - used, used=used))
            return found

        return tuple(self._read(balances))

    def list_positions(self) -> tuple[VenuePosition, ...]:
        """Return nothing: spot has none."""
        return ()

    def list_quotes(self, symbols: Sequence[str]) -> tuple[Quote, ...]:
        """Return the prices of now."""
        return tuple(self._read(lambda: [self._world.quote(s, self._venue.now) for s in symbols]))

    def get_order_book(self, symbol: str, levels: int | None = None) -> Any:
        """Refuse: nobody here reads order books."""
        raise InvalidRequest("no order book", code="SYMBOL_UNKNOWN")

    def list_candles(self, symbol: str, timeframe: str, since: datetime, until: datetime | None = None) -> Any:
        """Refuse: nobody here reads candles."""
        raise InvalidRequest("no candles", code="SYMBOL_UNKNOWN")

    def list_transfers(self, since: datetime) -> tuple[VenueTransfer, ...]:
        """Return nothing: its money neither comes nor goes."""
        return tuple(self._read(list))

    def has_market(self, symbol: str) -> bool:
        """Tell whether the venue lists a market."""
        return symbol in self._venue.prices

    def list_instruments(self) -> Any:
        """Refuse: instruments are stored from the start."""
        raise InvalidRequest("no instruments", code="SYMBOL_UNKNOWN")

    def get_clock(self) -> Any:
        """Refuse: nobody here asks."""
        raise Transient("no clock")

    def get_status(self) -> VenueStatus:
        """Tell that it works."""
        return self._read(lambda: VenueStatus(is_ok=True))

    def get_account_setup(self) -> AccountSetup:
        """Tell that a market has one position."""
        return AccountSetup(is_hedged=False)

    def get_key_permissions(self) -> Any:
        """Refuse: nobody here asks."""
        raise Transient("no permissions")

    def _shown(self, ref: VenueOrderRef) -> SimOrder | None:
        found = self._venue.find(ref)
        return found if found is not None and found.shown_us <= self._world.scheduler.now_us else None

    def _listed(self) -> list[SimOrder]:
        now = self._world.scheduler.now_us
        return [order for order in self._venue.orders.values() if order.shown_us <= now]

    def _read[T](self, perform: Callable[[], T]) -> T:
        world, happens = self._world, self._world.faults.happens
        world.step(self._process)
        if happens("venue.rate_limited"):
            raise RateLimited("too many requests", retry_after_seconds=world.chance.choice([None, 1, 3]))
        if happens("venue.down"):
            raise Transient("the venue is down", code="EXCHANGE_UNAVAILABLE")
        if happens("venue.request_lost") or happens("venue.answer_lost"):
            world.scheduler.pause(READ_TIMEOUT_SECONDS)
            raise Transient("the venue did not answer", code="EXCHANGE_UNAVAILABLE")
        found = perform()
        world.step(self._process)
        if happens("venue.answer_unreadable"):
            raise VenueAnswerInvalid("the venue's answer cannot be read")
        return found

    def _write(self, perform: Callable[[], SimOrder]) -> SimOrder:
        world, happens = self._world, self._world.faults.happens
        world.step(self._process)
        if happens("venue.rate_limited"):
            raise RateLimited("too many requests", retry_after_seconds=world.chance.choice([None, 1, 3]))
        if happens("venue.refused"):
            raise Rejected("the venue does not want it", venue_code="-2010")
        if happens("venue.request_lost"):
            world.scheduler.pause(READ_TIMEOUT_SECONDS)
            raise OutcomeUnknown("the venue did not answer")
        if happens("venue.request_late"):
            world.scheduler.call_after(world.chance.uniform(1, 8), lambda: _quietly(perform))
            world.scheduler.pause(READ_TIMEOUT_SECONDS)
            raise OutcomeUnknown("the venue did not answer")
        done = perform()
        world.step(self._process)
        if happens("venue.answer_lost"):
            world.scheduler.pause(READ_TIMEOUT_SECONDS)
            raise OutcomeUnknown("the venue did not answer")
        if happens("venue.answer_unreadable"):
            raise OutcomeUnknown("the venue's answer cannot be read")
        return done


def _quietly(perform: Callable[[], object]) -> None:
    try:
        perform()
    except (Rejected, NotFound, InvalidRequest):
        return


__all__ = ["OrderType", "SimExchange", "SimOrder", "SimVenue"]
