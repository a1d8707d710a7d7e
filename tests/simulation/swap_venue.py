"""A venue of linear perpetual swaps: one margin wallet, net positions, funding, and liquidation.

Modelled after OKX in net mode with cross margin: quantities are contracts; what an order would add needs initial margin;
an order that only reduces is refused without a position of the other side, fills no further than that position, and is
cancelled with it. A wallet's equity counts open profit and loss. Where it does not cover the maintenance margin, orders
are cancelled and positions closed by orders that carry no client order id. A stop that finds nothing to reduce ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import Rejected
from riskgate.core.instrument import MarketType, Quote
from riskgate.core.order import OrderType
from riskgate.core.side import Side
from riskgate.core.venues.model import (
    LiquidityRole,
    NewVenueOrder,
    VenueBalance,
    VenueFunding,
    VenuePosition,
)
from tests.simulation.scheduler import SECOND, Process
from tests.simulation.venue import VENUES_OWN, ZERO, SimExchange, SimOrder, SimVenue

USDT = "USDT"
LEVERAGE = Decimal(5)
#: Maintenance margin over notional, in the lowest tier.
MAINTENANCE = Decimal("0.01")
_CENT = Decimal("1e-8")


@dataclass(kw_only=True)
class Holding:
    """One net position: `quantity` > 0 contracts is long."""

    quantity: Decimal
    entry: Decimal


@dataclass(kw_only=True)
class SwapVenue(SimVenue):
    """The margin book of one account; `rates` are what longs pay shorts next."""

    step: Decimal = Decimal("0.1")
    positions: dict[str, Holding] = field(default_factory=dict)
    rates: dict[str, Decimal] = field(default_factory=dict)

    def connect(self, process: Process) -> SimExchange:
        """Return the seam to it, as a process has it."""
        return SwapExchange(self.world, process, self)

    def gain(self, symbol: str) -> Decimal:
        """Return the open profit of a position."""
        held = self.positions[symbol]
        return (held.quantity * self.sizes[symbol] * (self.prices[symbol] - held.entry)).quantize(_CENT)

    def notional(self, symbol: str) -> Decimal:
        """Return a position's worth at the mark."""
        return abs(self.positions[symbol].quantity) * self.sizes[symbol] * self.prices[symbol]

    @property
    def equity(self) -> Decimal:
        """Return the wallet with all open profit and loss."""
        return self.balances[USDT] + sum(map(self.gain, self.positions), ZERO)

    @property
    def maintenance(self) -> Decimal:
        """Return what the wallet must be worth."""
        return sum(map(self.notional, self.positions), ZERO) * MAINTENANCE

    def held(self, asset: str) -> Decimal:
        """Return the margin of positions, and of what open orders would add."""
        if asset != USDT:
            return ZERO
        return sum(map(self.notional, self.positions), ZERO) / LEVERAGE + super().held(asset)

    def liquidation_price(self, symbol: str) -> Decimal | None:
        """Return at which mark of this market alone the wallet no longer covers its margin."""
        size, held = self.sizes[symbol], self.positions[symbol]
        rest = self.balances[USDT] - sum(
            (self.notional(other) * MAINTENANCE - self.gain(other) for other in self.positions if other != symbol), ZERO
        )
        units = held.quantity * size
        price = (units * held.entry - rest) / (units - abs(units) * MAINTENANCE)
        return price.quantize(_CENT) if price > 0 else None

    def reducible(self, order: SimOrder) -> Decimal:
        """Return how many contracts an order may take off a position."""
        held = self.positions.get(order.asked.symbol)
        if held is None or held.quantity * order.asked.side.sign >= 0:
            return ZERO
        return min(order.left, abs(held.quantity))

    def move(self, symbol: str, price: Decimal) -> None:
        """Let the mark be another: stops wake, orders fill, and positions without margin are closed."""
        super().move(symbol, price)
        self._look_at_margin()

    def come_to(self, order: SimOrder, part: Decimal) -> None:
        """Let a resting order fill by a part, one that only reduces no further than its position."""
        if not order.asked.reduce_only or self.reducible(order) >= order.left:
            super().come_to(order, part)

    def pay_funding(self, symbol: str, rate: Decimal) -> None:
        """Let longs pay shorts, or the other way about; listed like everything else, some of it late."""
        held = self.positions.get(symbol)
        if held is None:
            return
        amount = (-held.quantity * self.sizes[symbol] * self.prices[symbol] * rate).quantize(_CENT)
        self._numbers += 1
        self.balances[USDT] += amount
        paid = VenueFunding(payment_id=f"b{self._numbers}", symbol=symbol, asset=USDT, amount=amount, at=self.now)
        late = self.world.chance.uniform(0.2, 3) if self.world.faults.happens("venue.lists_late") else 0
        self.payments.append((self.world.scheduler.now_us + int(late * SECOND), paid))
        self.world.counters["venue_funding"] += 1
        self._look_at_margin()

    def _require_funds(self, order: SimOrder) -> None:
        if order.asked.reduce_only:
            if not order.is_waiting and not self.reducible(order):
                raise Rejected("no position to reduce", venue_code="51169")
            return
        if self._need(order)[1] > self.equity - self.held(USDT):
            raise Rejected("insufficient margin", venue_code="51008")

    def _need(self, order: SimOrder) -> tuple[str, Decimal]:
        """Return the margin of what an order would add, as if it alone filled."""
        if order.asked.reduce_only:
            return USDT, ZERO
        price = order.asked.limit_price or order.asked.trigger_price or self.prices[order.asked.symbol]
        added = order.left - self.reducible(order)
        return USDT, added * self.sizes[order.asked.symbol] * price / LEVERAGE

    def _settle(self, order: SimOrder, quantity: Decimal, price: Decimal) -> tuple[Decimal, str]:
        symbol, sign = order.asked.symbol, order.asked.side.sign
        held = self.positions.get(symbol) or Holding(quantity=ZERO, entry=price)
        before, after = held.quantity, held.quantity + sign * quantity
        closed = min(abs(before), quantity) if before * sign < 0 else ZERO
        realized = -sign * closed * self.sizes[symbol] * (price - held.entry)
        fee = (quantity * self.sizes[symbol] * price * self.fee_fraction).quantize(_CENT)
        self.balances[USDT] += realized.quantize(_CENT) - fee
        if not after:
            del self.positions[symbol]
        elif before * after <= 0:
            self.positions[symbol] = Holding(quantity=after, entry=price)
        elif abs(after) > abs(before):
            entry = (abs(before) * held.entry + quantity * price) / abs(after)
            self.positions[symbol] = Holding(quantity=after, entry=entry.quantize(_CENT))
        else:
            self.positions[symbol] = Holding(quantity=after, entry=held.entry)
        return fee, USDT

    def _fillable(self, order: SimOrder, price: Decimal) -> Decimal:  # noqa: ARG002 the book's
        return self.reducible(order) if order.asked.reduce_only else order.left

    def fill(self, order: SimOrder, quantity: Decimal, price: Decimal, role: LiquidityRole) -> None:
        """Book one fill; what can no longer reduce anything is cancelled with it."""
        super().fill(order, quantity, price, role)
        if (held := self.positions.get(order.asked.symbol)) is not None and held.quantity < 0:
            self.world.counters["shorts_held"] += 1
        for other in self.open_orders():
            if other.asked.reduce_only and not other.is_waiting and not self.reducible(other):
                other.status = OrderStatus.CANCELLED

    def _work(self, order: SimOrder) -> None:
        super()._work(order)
        if order.is_open and not order.is_waiting and order.asked.reduce_only and not self.reducible(order):
            order.status = OrderStatus.CANCELLED

    def _look_at_margin(self) -> None:
        if not self.positions or self.equity >= self.maintenance:
            return
        for order in self.open_orders():
            if not order.is_waiting:
                order.status = OrderStatus.CANCELLED
        for symbol, held in sorted(self.positions.items()):
            self._numbers += 1
            name = f"{1000 + self._numbers}"
            asked = NewVenueOrder(
                client_order_id=f"{VENUES_OWN}{name}",
                symbol=symbol,
                side=Side.SELL if held.quantity > 0 else Side.BUY,
                type=OrderType.MARKET,
                quantity=abs(held.quantity),
                reduce_only=True,
            )
            order = self.orders[name] = SimOrder(exchange_order_id=name, asked=asked, created_at=self.now)
            self.fill(order, asked.quantity, self.prices[symbol], LiquidityRole.TAKER)
            self.world.counters["liquidations"] += 1
        # What is missing, the venue's insurance fund pays.
        self.balances[USDT] = max(self.balances[USDT], ZERO)
        self.world.venue_changed()


class SwapExchange(SimExchange):
    """The seam to a venue of swaps, as one process has it."""

    market_type = MarketType.SWAP
    _venue: SwapVenue

    def list_balances(self) -> tuple[VenueBalance, ...]:
        """Return the wallet, open profit and loss in it."""

        def balances() -> list[VenueBalance]:
            total, used = self._venue.equity, self._venue.held(USDT)
            if not total and not used:
                return []
            return [VenueBalance(asset=USDT, total=total, free=max(total - used, ZERO), used=used)]

        return tuple(self._read(balances))

    def list_positions(self) -> tuple[VenuePosition, ...]:
        """Return all open positions."""

        def positions() -> list[VenuePosition]:
            return [
                VenuePosition(
                    symbol=symbol,
                    quantity=held.quantity,
                    entry_price=held.entry,
                    mark_price=self._venue.prices[symbol],
                    unrealized_pnl=self._venue.gain(symbol),
                    leverage=LEVERAGE,
                    liquidation_price=self._venue.liquidation_price(symbol),
                    maintenance_margin=self._venue.notional(symbol) * MAINTENANCE,
                )
                for symbol, held in sorted(self._venue.positions.items())
            ]

        return tuple(self._read(positions))

    def list_funding(self, since: datetime) -> tuple[VenueFunding, ...]:
        """Return the payments since an instant that are listed already."""

        def listed() -> list[VenueFunding]:
            now = self._world.scheduler.now_us
            return [paid for shown, paid in self._venue.payments if shown <= now and paid.at >= since]

        return tuple(self._read(listed))

    def list_funding_rates(self, symbols: Sequence[str]) -> Mapping[str, Decimal]:
        """Return what longs pay shorts next."""
        return self._read(lambda: {s: rate for s, rate in self._venue.rates.items() if s in symbols})

    def list_quotes(self, symbols: Sequence[str]) -> tuple[Quote, ...]:
        """Return the prices of now."""
        return tuple(self._read(lambda: [quote_of(self._venue, s, self._venue.now) for s in symbols]))


def quote_of(venue: SimVenue, symbol: str, at: datetime) -> Quote:
    """Return a market's quote as its venue would give it."""
    price = venue.prices[symbol]
    half = price / 10_000
    return Quote(
        venue=venue.name,
        symbol=symbol,
        at=at,
        bid=price - half,
        ask=price + half,
        last=price,
        volume_24h=Decimal(10_000_000),
    )


__all__ = ["LEVERAGE", "USDT", "Holding", "SwapExchange", "SwapVenue", "quote_of"]
