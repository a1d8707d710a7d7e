"""One leg of the book: its positions and working orders added up, and what they have at risk.

A leg counts its working orders filled in the worst direction, so that no order of fills can exceed a
limit that held at approval. Its sums take one order more without adding up the others again: all amounts are whole
numbers of `MONEY_QUANTUM`, so that sums below 10^16 are exact and the same in any order.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import NamedTuple

from riskgate.core.account.document import Position, WorkingOrder
from riskgate.core.account.shares import parts_of
from riskgate.core.account.stop_risk import (
    compute_position_risk,
    entry_risk,
    is_capped,
    list_protecting,
    reserved_notional,
)
from riskgate.core.money import ZERO, quantize_money
from riskgate.core.side import Side

#: Sector of an asset nobody classified: one capped bucket, never exempt.
UNKNOWN_SECTOR = "unknown"
_NOTHING: Mapping[str, Decimal] = {}


class Leg(NamedTuple):
    """One market's contribution to the totals, or one coin's at its spot venue, in base currency.

    `value` is the signed position value, `buys` and `sells` the reserved notional of increasing
    working orders, `exits` the part of the value that reducing ones may take away, `risk` the risk
    to the stops, `strategies` the exposure per strategy.
    """

    asset: str = ""
    sector: str = UNKNOWN_SECTOR
    value: Decimal = ZERO
    buys: Decimal = ZERO
    sells: Decimal = ZERO
    exits: Decimal = ZERO
    risk: Decimal = ZERO
    strategies: Mapping[str, Decimal] = _NOTHING

    @property
    def gross(self) -> Decimal:
        """Return the larger of the long and the short side the leg can reach."""
        return max(max(self.value, ZERO) + self.buys, max(-self.value, ZERO) + self.sells)

    @property
    def rise(self) -> Decimal:
        """Return by how much working buys could raise the net value: new longs and exits of a short."""
        return self.buys + (self.exits if self.value < 0 else ZERO)

    @property
    def fall(self) -> Decimal:
        """Return by how much working sells could lower the net value: new shorts and exits of a long."""
        return self.sells + (self.exits if self.value > 0 else ZERO)


class _SideOrders(NamedTuple):
    """The working orders of a market on one side, and their risk: all down to the widest stop that counts.

    The stop of the latest entry covers the whole position, so everything on one side counts down to the
    widest stop that any order of fills could leave it with: an exit may be what fills last and turns it.
    """

    side: Side
    orders: tuple[WorkingOrder, ...] = ()
    entries: int = 0
    widest: Decimal | None = None
    risk: Decimal = ZERO

    @property
    def stops(self) -> tuple[Decimal | None, ...]:
        """Return the stop that a position on this side counts down to as well, where there is one."""
        return (self.widest,) if self.entries else ()

    def add(self, orders: Sequence[WorkingOrder]) -> _SideOrders:
        """Return the side with more orders; they are added up anew where one of them moves the widest stop."""
        if len(orders) == 1 and (not self.orders or self.entries):
            return self._add_one(orders[0])
        return self._add_up((*self.orders, *orders))

    def _add_one(self, order: WorkingOrder) -> _SideOrders:
        orders, is_entry = (*self.orders, order), bool(order.increasing_quantity)
        if not is_entry and (is_capped(order) or not self.entries):
            return self._replace(orders=orders)
        if not self.entries or not self._covers(order.stop_loss_price):
            return self._add_up(orders)
        if not is_entry:
            return self._replace(orders=orders)
        risk = self.risk + entry_risk(order, self.widest)
        return self._replace(orders=orders, entries=self.entries + 1, risk=risk)

    def _add_up(self, orders: tuple[WorkingOrder, ...]) -> _SideOrders:
        entries = [order for order in orders if order.increasing_quantity]
        if not entries:
            return self._replace(orders=orders)
        widest = _widest([o.stop_loss_price for o in orders if o.increasing_quantity or not is_capped(o)], self.side)
        risk = sum([entry_risk(order, widest) for order in entries], ZERO)
        return _SideOrders(self.side, orders, len(entries), widest, risk)

    def _covers(self, stop: Decimal | None) -> bool:
        """Tell whether a stop is no wider than the widest."""
        if self.widest is None or stop is None:
            return self.widest is None
        return stop >= self.widest if self.side is Side.BUY else stop <= self.widest


class _MarketOrders(NamedTuple):
    """The working orders of one market of a leg by side, and those of them that wait for a stop price."""

    buys: _SideOrders = _SideOrders(Side.BUY)
    sells: _SideOrders = _SideOrders(Side.SELL)
    stops: tuple[WorkingOrder, ...] = ()

    def add(self, orders: Sequence[WorkingOrder]) -> _MarketOrders:
        """Return the market with more orders."""
        buys = [order for order in orders if order.side is Side.BUY]
        sells = [order for order in orders if order.side is not Side.BUY] if len(buys) < len(orders) else []
        return _MarketOrders(
            self.buys.add(buys) if buys else self.buys,
            self.sells.add(sells) if sells else self.sells,
            (*self.stops, *[order for order in orders if order.stop_price is not None]),
        )

    def measure_risk(self, position: Position | None) -> Decimal:
        """Return the risk to the stops of the position and of the orders that would add to either side."""
        risk = self.buys.risk + self.sells.risk
        if position is not None and position.quantity:
            side = self.buys if position.quantity > 0 else self.sells
            risk += compute_position_risk(position, side.stops, list_protecting(position, self.stops))
        return risk


_NO_ORDERS = _MarketOrders()
_NO_MARKETS: Mapping[str, _MarketOrders] = {}


class LegSums(NamedTuple):
    """What a leg is computed from: its positions added up, and its working orders.

    `held` is what it holds, signed. `capped` and `plain` are what its working orders would take away from that: those
    that the venue keeps from more than reducing, and the others.
    """

    positions: Sequence[Position]
    held: Decimal = ZERO
    value: Decimal = ZERO
    asset: str = ""
    sector: str = UNKNOWN_SECTOR
    strategies: Mapping[str, Decimal] = _NOTHING
    buys: Decimal = ZERO
    sells: Decimal = ZERO
    capped: Decimal = ZERO
    plain: Decimal = ZERO
    markets: Mapping[str, _MarketOrders] = _NO_MARKETS

    def add(self, orders: Sequence[WorkingOrder]) -> LegSums:
        """Return the sums with more working orders."""
        if not orders:
            return self
        buys, sells, capped, plain = self.buys, self.sells, self.capped, self.plain
        strategies = dict(self.strategies)
        for order in orders:
            increasing = order.increasing_quantity
            if increasing:
                notional = reserved_notional(order)
                if order.side is Side.BUY:
                    buys += notional
                else:
                    sells += notional
                strategies[order.strategy] = strategies.get(order.strategy, ZERO) + notional
            if self.held and increasing is not order.quantity:
                by_venue = is_capped(order)
                # What a strategy would do at its stop never counted as under way either.
                if not by_venue:
                    plain += order.quantity - increasing
                elif order.stop_price is None:
                    capped += order.quantity - increasing
        markets, last = dict(self.markets), orders[-1]
        for symbol in dict.fromkeys([order.symbol for order in orders]):
            own = [order for order in orders if order.symbol == symbol]
            markets[symbol] = markets.get(symbol, _NO_ORDERS).add(own)
        return LegSums(
            self.positions,
            self.held,
            self.value,
            last.asset,
            last.sector or UNKNOWN_SECTOR,
            strategies,
            buys,
            sells,
            capped,
            plain,
            markets,
        )

    def leg(self) -> Leg:
        """Return the leg."""
        return Leg(
            asset=self.asset,
            sector=self.sector,
            value=self.value,
            buys=self.buys,
            sells=self.sells,
            exits=self._exit_value() if self.capped or self.plain else ZERO,
            risk=self._sum_risks(),
            strategies=self.strategies,
        )

    def _exit_value(self) -> Decimal:
        """Return how much of the positions' value their working exits may take away.

        The venue caps reduce-only orders, and spot sells, at what is held: together they take it once. Of a coin with
        several marks the highest counts.
        """
        positions = self.positions
        marked = positions[0] if len(positions) == 1 else max(positions, key=lambda p: p.mark_price * p.rate)
        units = min(self.capped, abs(self.held)) + self.plain
        return quantize_money(units * marked.mark_price * marked.contract_size * marked.rate)

    def _sum_risks(self) -> Decimal:
        """Return the risk to the stops of the leg: each market of it has its own."""
        markets = self.markets
        if not self.positions:
            return sum([market.measure_risk(None) for market in markets.values()], ZERO)
        found = [markets.get(p.symbol, _NO_ORDERS).measure_risk(p) for p in self.positions]
        if markets:
            held = {position.symbol for position in self.positions}
            found += [market.measure_risk(None) for symbol, market in markets.items() if symbol not in held]
        return sum(found, ZERO)


def sum_positions(positions: Sequence[Position], parts: Mapping[str, Mapping[str, Decimal]]) -> LegSums:
    """Return the sums of a leg without working orders; `parts` are the strategies' of positions by market key."""
    held = value = ZERO
    asset, sector = "", UNKNOWN_SECTOR
    strategies: dict[str, Decimal] = {}
    for position in positions:
        asset, sector = position.asset, position.sector or UNKNOWN_SECTOR
        own = quantize_money(position.value)
        held += position.quantity
        value += own
        for name, share in _shares(position, parts.get(position.key) if parts else None, own).items():
            strategies[name] = strategies.get(name, ZERO) + share
    return LegSums(positions, held, value, asset, sector, strategies)


def compute_leg(
    positions: Sequence[Position], orders: Sequence[WorkingOrder], parts: Mapping[str, Mapping[str, Decimal]]
) -> Leg:
    """Return a leg from its positions, its working orders and the strategies' parts of positions by market key."""
    return sum_positions(positions, parts).add(orders).leg()


def _shares(position: Position, parts: Mapping[str, Decimal] | None, value: Decimal) -> dict[str, Decimal]:
    """Return each strategy's share of the position's value, unsigned."""
    if not parts:
        return {position.strategy: abs(value)}
    return {
        name: quantize_money(abs(value) * part / position.quantity) for name, part in parts_of(position, parts).items()
    }


def _widest(stops: Collection[Decimal | None], side: Side) -> Decimal | None:
    """Return the stop furthest from the market; None, no stop at all, is the furthest."""
    if not stops or None in stops:
        return None
    known = [stop for stop in stops if stop is not None]
    return min(known) if side is Side.BUY else max(known)
