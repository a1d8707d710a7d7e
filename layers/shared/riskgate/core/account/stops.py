"""What a position takes over of the stop of an entry, and whether somebody holds it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from riskgate.core.account.document import AccountState, KeptStop, Position, WorkingOrder
from riskgate.core.account.exposure import shift_markets
from riskgate.core.account.legs import orders_of
from riskgate.core.account.stop_risk import covered_by_stops
from riskgate.core.codes import DenyCode
from riskgate.core.money import quantize_money
from riskgate.core.order import Order, StopKeeper
from riskgate.core.replacing import replace

#: How long a stop may be on its way to the venue and still count: a fill that the monitor finds, and the worker's time.
PLACING_MAX = timedelta(seconds=120)


def new_stop(order: Order, price: Decimal, kept_by: StopKeeper | None) -> KeptStop | None:
    """Return what a position takes over of an entry that filled at a price; None where it has no stop."""
    if order.stop_loss_price is None:
        return None
    return KeptStop(
        kept_by=kept_by or StopKeeper.STRATEGY,
        take_profit_price=order.take_profit_price,
        trailing_fraction=order.trailing_fraction,
        best_price=price if order.trailing_fraction is not None else None,
    )


def take_stop(position: Position, held: Position, stop: KeptStop | None) -> Position:
    """Return a position that an entry added to, its stop price that entry's, with what goes with it.

    A stop that was moved meanwhile, or followed the price, stays where it is tighter: the rest of the same entry must
    not take it back.
    """
    known, old = held.kept_stop, held.stop_loss_price
    if stop is None or known is None or not (known.moved or known.trailing_fraction is not None):
        return replace(position, kept_stop=stop)
    tighter = max if position.quantity > 0 else min
    if old is not None and position.stop_loss_price is not None:
        position = replace(position, stop_loss_price=tighter(old, position.stop_loss_price))
    best = [price for price in (known.best_price, stop.best_price) if price is not None]
    return replace(position, kept_stop=replace(stop, best_price=tighter(best) if best else None, moved=known.moved))


def trail_stop(position: Position) -> Position:
    """Return a position whose stop has followed the best price since the entry, where it trails; it only tightens."""
    kept, stop = position.kept_stop, position.stop_loss_price
    if kept is None or kept.trailing_fraction is None or stop is None:
        return position
    sign, tighter = (1, max) if position.quantity > 0 else (-1, min)
    best = tighter(kept.best_price or position.mark_price, position.mark_price)
    followed = tighter(stop, quantize_money(best * (1 - sign * kept.trailing_fraction)))
    return replace(position, stop_loss_price=followed, kept_stop=replace(kept, best_price=best))


def judge_stops(state: AccountState, now: datetime) -> AccountState:
    """Tell of each position whether somebody holds its stop, and what counts as at risk where nobody does.

    A stop that the venue is to keep lapses when no order rests for all of the position for longer than placing one
    takes: what stop orders are for counts down to them, the rest in full. One that a strategy holds lapses while the
    strategy is silent although it promised heartbeats.
    """
    kept = [position for position in state.positions.values() if position.kept_stop is not None]
    if not kept:
        return state
    silent = {b.key for name, b in state.breakers.items() if name.startswith(DenyCode.HEARTBEAT_MISSED)}
    for position in kept:
        orders = orders_of(state, position.key)
        judged = _judge(position, orders, now, is_silent=position.strategy in silent)
        if judged is not position:
            after = replace(state, positions={**state.positions, position.key: judged})
            state = shift_markets(state, after, (position.key,))
    return state


def _judge(position: Position, orders: Sequence[WorkingOrder], now: datetime, *, is_silent: bool) -> Position:
    kept = position.kept_stop
    assert kept is not None  # noqa: S101 the caller chose those that have one
    since: datetime | None = None
    if kept.kept_by is StopKeeper.STRATEGY:
        lapsed = is_silent
    elif covered_by_stops(position, orders) >= abs(position.quantity):
        lapsed = False
    else:
        since = kept.unkept_since or now
        lapsed = kept.lapsed or now - since > PLACING_MAX
    if kept.unkept_since == since and kept.lapsed is lapsed:
        # Most stops are as they were, and every decision looks at all of them.
        return position
    return replace(position, kept_stop=replace(kept, unkept_since=since, lapsed=lapsed))
