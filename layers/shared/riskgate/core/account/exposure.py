"""Exposure of the book: running totals over all legs, and what of an order adds to it.

The totals are kept in the account document and shifted leg by leg; they always equal `compute_exposure` over the
whole book. Spot is held per coin: all markets of a coin at its venue are one
leg, once an account `holds_coins`.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal

from riskgate.core.account.document import AccountState, Exposure, Position, WorkingOrder
from riskgate.core.account.leg_sums import UNKNOWN_SECTOR, Leg
from riskgate.core.account.legs import Book, book_of, find_leg, orders_of, sum_leg, sum_legs, working_in
from riskgate.core.account.stop_risk import is_capped, measure_position
from riskgate.core.instrument import MarketType
from riskgate.core.money import MONEY_MAX, ZERO
from riskgate.core.replacing import replace
from riskgate.core.side import Side

#: Rules from which on spot is held per coin: what one market of it bought, another one sells, and no sell goes short.
HOLDINGS_SINCE = 4
#: Rules from which on a spot buy takes what is short once: at a spot venue nothing else keeps it to that.
CLAIMS_SINCE = 3


def shift_markets(before: AccountState, after: AccountState, keys: Iterable[str]) -> AccountState:
    """Return `after` with the running totals shifted by what changed in some markets."""
    legs = dict.fromkeys(find_leg(after, key) for key in keys)
    changes = [(sum_leg(before, leg).leg(), sum_leg(after, leg).leg()) for leg in legs]
    return replace(after, exposure=shift_exposure(before.exposure, *changes))


def mark_legs(state: AccountState, marked: Mapping[str, Position]) -> AccountState:
    """Return the account with positions whose marks moved, by market key, and the running totals shifted by that."""
    book, parts, total = book_of(state), state.position_parts, state.exposure
    # Beyond that sums may be rounded, and their order tells.
    alone = book.list_alone(holds_coins=state.holds_coins) if total.gross < MONEY_MAX else frozenset()
    plain = marked
    if parts or not marked.keys() <= alone:
        plain = {key: position for key, position in marked.items() if key in alone and key not in parts}
    others = (
        dict.fromkeys(find_leg(state, key) for key in marked if key not in plain) if len(plain) < len(marked) else ()
    )
    moved = replace(state, positions={**state.positions, **marked})
    changes = [(sum_leg(state, leg).leg(), sum_leg(moved, leg).leg()) for leg in others]
    return replace(moved, exposure=_shift_plain(shift_exposure(total, *changes), book, plain))


def _shift_plain(total: Exposure, book: Book, marked: Mapping[str, Position]) -> Exposure:
    """Return the totals with positions marked anew, above zero, that are legs of their own, without orders."""
    if not marked:
        return total
    assets, nets = dict(total.by_asset), dict(total.net_by_asset)
    net, risk = total.net, total.open_risk
    growths: dict[tuple[str | None, str], Decimal] = {}
    for key, position in marked.items():
        old, old_risk = book.measure(key)
        new, new_risk = measure_position(position)
        gain = new - old
        growth, asset, bucket = gain if new > ZERO else -gain, position.asset, (position.sector, position.strategy)
        net += gain
        risk += new_risk - old_risk
        growths[bucket] = growths.get(bucket, ZERO) + growth
        _add(assets, asset, growth)
        _add(nets, asset, gain)
    strategies, sectors, gross = dict(total.by_strategy), dict(total.by_sector), total.gross
    for (sector, strategy), growth in growths.items():
        gross += growth
        _add(sectors, sector or UNKNOWN_SECTOR, growth)
        _add(strategies, strategy, growth)
    return replace(
        total,
        gross=gross,
        net=net,
        open_risk=risk,
        by_sector=sectors,
        by_asset=assets,
        by_strategy=strategies,
        net_by_asset=nets,
    )


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
    return shift_exposure(Exposure(), *((Leg(), sums.leg()) for sums in sum_legs(state)))


def split_quantity(state: AccountState, order: WorkingOrder, rules: int = 1) -> Decimal:
    """Return the part of the order's remaining quantity that would add exposure.

    Only an order opposite to what its leg holds reduces, up to that; a stop order, up to the entries it protects too.
    Other opposite orders already claim part of the position, but for those that the venue caps: on a
    swap reduce-only ones, on spot the sells. By the first rules no order on spot claimed any, so that many buys could
    each close the same short.
    """
    leg = find_leg(state, order.key)
    return _split(order, sum_leg(state, leg).held, working_in(state, leg), rules)


def _split(order: WorkingOrder, held: Decimal, others: Sequence[WorkingOrder], rules: int) -> Decimal:
    """Split an order beside the others of its leg, which holds `held`, signed."""
    capacity = max(ZERO, -held * order.side.sign) + _sum_protected_entries(order, others)
    if not capacity:
        return order.quantity
    if _claims(order, rules):
        capacity -= sum(
            [
                other.quantity - other.increasing_quantity
                for other in others
                if other.side is order.side and _claims(other, rules) and other.client_order_id != order.client_order_id
            ],
            ZERO,
        )
    return max(ZERO, order.quantity - max(ZERO, capacity))


def _claims(order: WorkingOrder, rules: int) -> bool:
    """Tell whether what the order closes of a position is closed by no other: its venue does not cap it."""
    if order.market_type is MarketType.SPOT:
        return rules >= CLAIMS_SINCE and order.side is Side.BUY
    return not order.reduce_only


def _sum_protected_entries(order: WorkingOrder, others: Sequence[WorkingOrder]) -> Decimal:
    """Return what working entries may add that a stop order is to protect: those that fill before it can fire."""
    stop = order.stop_price
    if stop is None:
        return ZERO
    return sum(
        (
            entry.increasing_quantity
            for entry in others
            if entry.symbol == order.symbol
            and entry.side is not order.side
            and entry.stop_price is None
            and (entry.decision_price - stop) * entry.side.sign > 0
        ),
        ZERO,
    )


def resplit_stops(state: AccountState, key: str) -> AccountState:
    """Split the stop orders of a market anew after an entry that they were to protect changed or ended.

    Only a stop that its venue does not keep from more than reducing can come to add exposure.
    """
    if not any(order.stop_price is not None and not is_capped(order) for order in orders_of(state, key)):
        return state
    return shift_markets(state, resplit_orders(state, key, CLAIMS_SINCE), (key,))


def resplit_orders(state: AccountState, key: str, rules: int = 1) -> AccountState:
    """Return the state with the working orders of a market's leg split anew after what it holds changed.

    An order that was to reduce a position which is gone would now open one: its exposure is reserved
    from then on. Oldest orders claim the position first.
    """
    leg = find_leg(state, key)
    affected = working_in(state, leg)
    if not affected:
        return state
    held, changed, split = sum_leg(state, leg).held, {}, list[WorkingOrder]()
    for order in sorted(affected, key=lambda o: (o.approved_at, o.client_order_id)):
        capped = order.reduce_only and not (order.market_type is MarketType.SPOT and _claims(order, rules))
        increasing = ZERO if capped else _split(order, held, split, rules)
        if order.market_type is MarketType.SPOT and order.side is Side.SELL:
            increasing = min(increasing, order.increasing_quantity)
        if increasing != order.increasing_quantity:
            order = changed[order.client_order_id] = replace(order, increasing_quantity=increasing)  # noqa: PLW2901
        split.append(order)
    return replace(state, working_orders=state.working_orders | changed) if changed else state


def _add(totals: dict[str, Decimal], name: str, amount: Decimal) -> None:
    if name in totals:
        amount += totals[name]
    if amount:
        totals[name] = amount
    else:
        totals.pop(name, None)
