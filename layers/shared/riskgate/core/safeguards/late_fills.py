"""Fills that slipped in after a stop: an entry that the venue carried out although nothing was to increase any more."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from riskgate.core.account.document import AccountState
from riskgate.core.account.hedges import lowers_delta
from riskgate.core.account.legs import find_leg, positions_of
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.money import ZERO
from riskgate.core.order import Order
from riskgate.core.safeguards.breakers import is_covered


def list_stops_passed(
    state: AccountState,
    order: Order,
    flags: Sequence[KillSwitch],
    quantity: Decimal,
    *,
    decided_at: datetime,
    executed_at: datetime,
) -> tuple[str, ...]:
    """Return what had stopped an order, decided before, by the time it was filled; nothing for one that reduces.

    `flags` are the kill switches that match the order. A heartbeat counts from when it was due, told or not.
    """
    held = sum((position.quantity for position in positions_of(state, find_leg(state, order.key))), ZERO)
    if order.operator_exit or order.reduce_only or abs(held + order.side.sign * quantity) <= abs(held):
        return ()
    working = state.working_orders.get(order.client_order_id)
    if working is not None and lowers_delta(state, working):
        return ()
    killed = state.killed_at
    names = [] if killed is not None and executed_at <= killed else [flag for flag in flags if flag.is_engaged]
    return (
        *(f"kill switch {flag.scope} {flag.key}".strip() for flag in names),
        *_list_breakers(state, order, decided_at, executed_at),
    )


def _list_breakers(state: AccountState, order: Order, decided_at: datetime, executed_at: datetime) -> Iterator[str]:
    silent = False
    for name, breaker in sorted(state.breakers.items()):
        # What was let through in spite of it, as a hedge is, did not slip in.
        if is_covered(breaker, order.key, order.strategy) and decided_at <= breaker.tripped_at < executed_at:
            silent = silent or name.startswith("HEARTBEAT_MISSED")
            yield f"breaker {name}"
    beat = state.heartbeats.get(order.strategy)
    if beat is not None and not silent:
        due = beat.at + timedelta(seconds=beat.interval_seconds)
        if decided_at <= due < executed_at:
            yield f"heartbeat of {order.strategy} missed"
