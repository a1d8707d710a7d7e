"""Exposure of the book: each market's leg, and running totals over all legs.

A leg counts its working orders filled in the worst direction, so that no order of fills can exceed a
limit that held at approval. The totals are kept in the account document and shifted leg by leg; they
always equal `compute_exposure` over the whole book. Spot is held per coin: all markets of a coin at its venue are one
leg, once an account `holds_coins`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from riskgate.core.account.document import AccountState, Exposure, Position, WorkingOrder
from riskgate.core.account.legs import find_leg, group_legs, orders_of, positions_of, working_in
from riskgate.core.account.shares import parts_of
from riskgate.core.instrument import MarketType
from riskgate.core.money import ZERO, quantize_money
from riskgate.core.replacing import replace
from riskgate.core.side import Side

#: Sector of an asset nobody classified: one capped bucket, never exempt.
UNKNOWN_SECTOR = "unknown"
#: Rules from which on spot is held per coin: what one market of it bought, another one sells, and no sell goes short.
HOLDINGS_SINCE = 4
#: Rules from which on a spot buy takes what is short once: at a spot venue nothing else keeps it to that.
CLAIMS_SINCE = 3


@dataclass(frozen=True, kw_only=True, slots=True)
class Leg:
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
    strategies: Mapping[str, Decimal] = field(default_factory=dict)

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


def compute_position_risk(
    position: Position, stops: Collection[Decimal | None] = (), protecting: Sequence[WorkingOrder] = ()
) -> Decimal:
    """Return what the position loses down to its stop, in base currency; without a live stop its whole value.

    With `stops`, those of entries that still work, the widest of them and its own counts. What of it `protecting` stop
    orders are for loses no more than down to them.
    """
    declared = _declared_distance(position, stops)
    per_unit = position.contract_size * position.rate
    if declared is None and not protecting:
        return abs(quantize_money(position.value))
    distance = position.mark_price if declared is None else declared
    left, risk = abs(position.quantity), ZERO
    for order in protecting:
        part = min(left, order.quantity)
        own = abs(position.mark_price - (order.stop_price or ZERO))
        risk += min(distance, own) * part * per_unit
        left -= part
    return quantize_money(risk + distance * left * per_unit)


def _declared_distance(position: Position, stops: Collection[Decimal | None]) -> Decimal | None:
    """Return how far the position's stop is, the widest one's; None where no stop counts."""
    sign = 1 if position.quantity > 0 else -1
    distance = _distance(position.mark_price, position.stop_loss_price, sign)
    lapsed = position.kept_stop is not None and position.kept_stop.lapsed
    if distance is None or None in stops or lapsed:
        # No stop, one the mark already passed, or one that nobody holds: it does not protect the position.
        return None
    distances = (_distance(position.mark_price, stop, sign) for stop in stops)
    return max((distance, *(other for other in distances if other is not None)))


def compute_leg(
    positions: Sequence[Position], orders: Sequence[WorkingOrder], parts: Mapping[str, Mapping[str, Decimal]]
) -> Leg:
    """Return a leg from its positions, its working orders and the strategies' parts of positions by market key."""
    value = ZERO
    asset, sector = "", UNKNOWN_SECTOR
    notionals = {Side.BUY: ZERO, Side.SELL: ZERO}
    strategies: dict[str, Decimal] = {}
    for position in positions:
        asset, sector = position.asset, position.sector or UNKNOWN_SECTOR
        own = quantize_money(position.value)
        value += own
        for name, share in _shares(position, parts.get(position.key), own).items():
            strategies[name] = strategies.get(name, ZERO) + share
    for order in orders:
        asset, sector = order.asset, order.sector or UNKNOWN_SECTOR
        if not order.increasing_quantity:
            continue
        notional = reserved_notional(order)
        notionals[order.side] += notional
        strategies[order.strategy] = strategies.get(order.strategy, ZERO) + notional
    return Leg(
        asset=asset,
        sector=sector,
        value=value,
        buys=notionals[Side.BUY],
        sells=notionals[Side.SELL],
        exits=_exit_value(positions, orders),
        risk=_sum_risks(positions, orders),
        strategies=strategies,
    )


def _shares(position: Position, parts: Mapping[str, Decimal] | None, value: Decimal) -> dict[str, Decimal]:
    """Return each strategy's share of the position's value, unsigned."""
    if not parts:
        return {position.strategy: abs(value)}
    return {
        name: quantize_money(abs(value) * part / position.quantity) for name, part in parts_of(position, parts).items()
    }


def _exit_value(positions: Sequence[Position], orders: Sequence[WorkingOrder]) -> Decimal:
    """Return how much of the positions' value their working exits may take away.

    The venue caps reduce-only orders, and spot sells, at what is held: together they take it once. Of a coin with
    several marks the highest counts.
    """
    held = abs(sum((position.quantity for position in positions), ZERO))
    if not held:
        return ZERO
    capped = plain = ZERO
    for order in orders:
        reducing = order.quantity - order.increasing_quantity
        if order.stop_price is not None and _is_capped(order):
            # What a strategy would do at its stop never counted as under way either.
            continue
        if _is_capped(order):
            capped += reducing
        else:
            plain += reducing
    if not capped and not plain:
        return ZERO
    marked = positions[0] if len(positions) == 1 else max(positions, key=lambda p: p.mark_price * p.rate)
    return quantize_money((min(capped, held) + plain) * marked.mark_price * marked.contract_size * marked.rate)


def _sum_risks(positions: Sequence[Position], orders: Sequence[WorkingOrder]) -> Decimal:
    """Return the risk to the stops of a leg: each market of it has its own."""
    symbols = {position.symbol for position in positions} | {order.symbol for order in orders}
    if len(symbols) <= 1:
        return _market_risk(positions[0] if positions else None, orders)
    found = {position.symbol: position for position in positions}
    return sum(
        (_market_risk(found.get(name), [order for order in orders if order.symbol == name]) for name in symbols), ZERO
    )


def _market_risk(position: Position | None, orders: Sequence[WorkingOrder]) -> Decimal:
    """Return the risk to the stops of a position and of the orders that would add to either side.

    The stop of the latest entry covers the whole position, so everything on one side counts down to the
    widest stop that any order of fills could leave it with: an exit may be what fills last and turns it.
    """
    risk = ZERO
    held = position.quantity if position is not None else ZERO
    if not orders:
        return compute_position_risk(position) if position is not None and held else ZERO
    for side in (Side.BUY, Side.SELL):
        same_side = [order for order in orders if order.side is side]
        entries = [order for order in same_side if order.increasing_quantity]
        stops = {o.stop_loss_price for o in same_side if o.increasing_quantity or (entries and not _is_capped(o))}
        if position is not None and held * side.sign > 0:
            risk += compute_position_risk(position, stops, list_protecting(position, orders))
        widest = _widest(stops, side)
        for order in entries:
            own = order.stop_loss_price == widest
            unit = order.unit_risk if own else max(order.unit_risk, _unit_risk(order, widest))
            risk += quantize_money(order.increasing_quantity * unit)
    return risk


def list_protecting(position: Position, orders: Sequence[WorkingOrder]) -> list[WorkingOrder]:
    """Return the working stop orders that only shrink a position and have yet to fire, the tightest first."""
    sign = 1 if position.quantity > 0 else -1
    found = [
        (order.stop_price, order)
        for order in orders
        if order.stop_price is not None and _is_capped(order) and order.side.sign == -sign
    ]
    ahead = [(price, order) for price, order in found if (position.mark_price - price) * sign > 0]
    return [order for _, order in sorted(ahead, key=lambda pair: (-pair[0] * sign, pair[1].client_order_id))]


def covered_by_stops(position: Position, orders: Sequence[WorkingOrder]) -> Decimal:
    """Return how much of a position stop orders are for."""
    return min(abs(position.quantity), sum((order.quantity for order in list_protecting(position, orders)), ZERO))


def _is_capped(order: WorkingOrder) -> bool:
    """Tell whether the venue keeps the reducing part of the order from doing more than reduce."""
    return order.reduce_only or order.market_type is MarketType.SPOT


def _widest(stops: Collection[Decimal | None], side: Side) -> Decimal | None:
    """Return the stop furthest from the market; None, no stop at all, is the furthest."""
    known = [stop for stop in stops if stop is not None]
    if len(known) < len(stops) or not known:
        return None
    return min(known) if side is Side.BUY else max(known)


def _unit_risk(order: WorkingOrder, stop: Decimal | None) -> Decimal:
    """Return what one unit of the order loses down to a stop, in base currency."""
    distance = _distance(order.decision_price, stop, order.side.sign)
    return order.unit_notional if distance is None else distance * order.unit_notional / order.decision_price


def _distance(price: Decimal, stop: Decimal | None, sign: int) -> Decimal | None:
    """Return how far a price is from its stop, in quote currency; None where the stop is missing or passed."""
    distance = None if stop is None else (price - stop) * sign
    return distance if distance is not None and distance > 0 else None


def reserved_notional(order: WorkingOrder) -> Decimal:
    """Return the notional the order keeps reserved, in base currency."""
    return quantize_money(order.increasing_quantity * order.unit_notional)


def reserved_risk(order: WorkingOrder) -> Decimal:
    """Return the risk to the stop the order keeps reserved, in base currency."""
    return quantize_money(order.increasing_quantity * order.unit_risk)


def leg_of(state: AccountState, leg: str) -> Leg:
    """Return a leg as it is now, by its name."""
    return compute_leg(positions_of(state, leg), working_in(state, leg), state.position_parts)


def shift_markets(before: AccountState, after: AccountState, keys: Iterable[str]) -> AccountState:
    """Return `after` with the running totals shifted by what changed in some markets."""
    legs = dict.fromkeys(find_leg(after, key) for key in keys)
    changes = ((leg_of(before, leg), leg_of(after, leg)) for leg in legs)
    return replace(after, exposure=shift_exposure(before.exposure, *changes))


def hold_coins(state: AccountState) -> AccountState:
    """Return the account with its spot held per coin from now on."""
    if state.holds_coins:
        return state
    state = replace(state, holds_coins=True)
    for leg in sorted({find_leg(state, order.key) for order in state.working_orders.values()}):
        state = resplit_orders(state, leg, HOLDINGS_SINCE) if leg.endswith("/") else state
    return replace(state, exposure=compute_exposure(state))


def shift_exposure(total: Exposure, *changes: tuple[Leg, Leg]) -> Exposure:
    """Return the totals with legs replaced, each (before, after)."""
    strategies, sectors = dict(total.by_strategy), dict(total.by_sector)
    assets, nets = dict(total.by_asset), dict(total.net_by_asset)
    gross, net, buys, sells = total.gross, total.net, total.buys, total.sells
    risk, count = total.open_risk, total.open_positions
    for before, after in changes:
        for name, amount in before.strategies.items():
            _add(strategies, name, -amount)
        for name, amount in after.strategies.items():
            _add(strategies, name, amount)
        gross_before, gross_after = before.gross, after.gross
        for leg, leg_gross, sign in ((before, gross_before, -1), (after, gross_after, 1)):
            _add(sectors, leg.sector, sign * leg_gross)
            _add(assets, leg.asset, sign * leg_gross)
            _add(nets, leg.asset, sign * (leg.value + leg.buys - leg.sells))
        gross += gross_after - gross_before
        net += after.value - before.value
        buys += after.rise - before.rise
        sells += after.fall - before.fall
        risk += after.risk - before.risk
        count += (gross_after > 0) - (gross_before > 0)
    return Exposure(
        gross=gross,
        net=net,
        buys=buys,
        sells=sells,
        open_risk=risk,
        open_positions=count,
        by_sector=sectors,
        by_asset=assets,
        by_strategy=strategies,
        net_by_asset=nets,
    )


def compute_exposure(state: AccountState) -> Exposure:
    """Return the totals summed over the whole book: the slow truth behind the running totals."""
    keys = sorted({*state.positions, *(order.key for order in state.working_orders.values())})
    groups = group_legs(state, dict.fromkeys(find_leg(state, key) for key in keys))
    legs = (compute_leg(positions, orders, state.position_parts) for positions, orders in groups.values())
    return shift_exposure(Exposure(), *((Leg(), leg) for leg in legs))


def split_quantity(state: AccountState, order: WorkingOrder, rules: int = 1) -> Decimal:
    """Return the part of the order's remaining quantity that would add exposure.

    Only an order opposite to what its leg holds reduces, up to that; a stop order, up to the entries it protects too.
    Other opposite orders already claim part of the position, but for those that the venue caps: on a
    swap reduce-only ones, on spot the sells. By the first rules no order on spot claimed any, so that many buys could
    each close the same short.
    """
    leg = find_leg(state, order.key)
    held = sum((position.quantity for position in positions_of(state, leg)), ZERO)
    capacity = max(ZERO, -held * order.side.sign) + _sum_protected_entries(state, order)
    if not capacity:
        return order.quantity
    if _claims(order, rules):
        capacity -= sum(
            (
                other.quantity - other.increasing_quantity
                for other in working_in(state, leg)
                if other.side is order.side and _claims(other, rules) and other.client_order_id != order.client_order_id
            ),
            ZERO,
        )
    return max(ZERO, order.quantity - max(ZERO, capacity))


def _claims(order: WorkingOrder, rules: int) -> bool:
    """Tell whether what the order closes of a position is closed by no other: its venue does not cap it."""
    if order.market_type is MarketType.SPOT:
        return rules >= CLAIMS_SINCE and order.side is Side.BUY
    return not order.reduce_only


def _sum_protected_entries(state: AccountState, order: WorkingOrder) -> Decimal:
    """Return what working entries may add that a stop order is to protect: those that fill before it can fire."""
    stop = order.stop_price
    if stop is None:
        return ZERO
    return sum(
        (
            entry.increasing_quantity
            for entry in orders_of(state, order.key)
            if entry.side is not order.side
            and entry.stop_price is None
            and (entry.decision_price - stop) * entry.side.sign > 0
        ),
        ZERO,
    )


def resplit_stops(state: AccountState, key: str) -> AccountState:
    """Split the stop orders of a market anew after an entry that they were to protect changed or ended.

    Only a stop that its venue does not keep from more than reducing can come to add exposure.
    """
    if not any(order.stop_price is not None and not _is_capped(order) for order in orders_of(state, key)):
        return state
    return shift_markets(state, resplit_orders(state, key, CLAIMS_SINCE), (key,))


def resplit_orders(state: AccountState, key: str, rules: int = 1) -> AccountState:
    """Return the state with the working orders of a market's leg split anew after what it holds changed.

    An order that was to reduce a position which is gone would now open one: its exposure is reserved
    from then on. Oldest orders claim the position first.
    """
    affected = working_in(state, find_leg(state, key))
    if not affected:
        return state
    names = {order.client_order_id for order in affected}
    orders = {k: v for k, v in state.working_orders.items() if k not in names}
    resplit = replace(state, working_orders=orders)
    for order in sorted(affected, key=lambda o: (o.approved_at, o.client_order_id)):
        capped = order.reduce_only and not (order.market_type is MarketType.SPOT and _claims(order, rules))
        increasing = ZERO if capped else split_quantity(resplit, order, rules)
        if order.market_type is MarketType.SPOT and order.side is Side.SELL:
            increasing = min(increasing, order.increasing_quantity)
        orders[order.client_order_id] = replace(order, increasing_quantity=increasing)
    return replace(state, working_orders={k: orders[k] for k in state.working_orders})


def _add(totals: dict[str, Decimal], name: str, amount: Decimal) -> None:
    total = totals.get(name, ZERO) + amount
    if total:
        totals[name] = total
    else:
        totals.pop(name, None)
