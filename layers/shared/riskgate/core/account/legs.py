"""Legs: what exposure is summed over. A market is a leg; of spot held per coin, all markets of a coin are one."""

from __future__ import annotations

from collections.abc import Collection

from riskgate.core.account.document import AccountState, Position, WorkingOrder


def find_leg(state: AccountState, key: str) -> str:
    """Return the name of a market's leg: its key; of spot held per coin, venue and coin with a slash."""
    if not state.holds_coins:
        return key
    coin, slash, rest = key.partition("/")
    return coin + slash if slash and ":" not in rest else key


def orders_of(state: AccountState, key: str) -> list[WorkingOrder]:
    """Return the working orders of one market."""
    # Joining every order's key would take longer than anything else that is done with it.
    venue, _, symbol = key.partition(":")
    return [order for order in state.working_orders.values() if order.symbol == symbol and order.venue == venue]


def positions_of(state: AccountState, leg: str) -> list[Position]:
    """Return the positions of a leg, by its name."""
    if not leg.endswith("/"):
        position = state.positions.get(leg)
        return [] if position is None else [position]
    return [p for key, p in state.positions.items() if key.startswith(leg) and ":" not in key[len(leg) :]]


def working_in(state: AccountState, leg: str) -> list[WorkingOrder]:
    """Return the working orders of a leg, by its name."""
    if not leg.endswith("/"):
        return orders_of(state, leg)
    venue, _, coin = leg.partition(":")
    return [
        order
        for order in state.working_orders.values()
        if order.symbol.startswith(coin) and order.venue == venue and ":" not in order.symbol
    ]


def group_legs(state: AccountState, legs: Collection[str]) -> dict[str, tuple[list[Position], list[WorkingOrder]]]:
    """Return the positions and working orders of some legs, by their names, in one pass over all."""
    found: dict[str, tuple[list[Position], list[WorkingOrder]]] = {leg: ([], []) for leg in legs}
    for key, position in state.positions.items():
        if (leg := find_leg(state, key)) in found:
            found[leg][0].append(position)
    for order in state.working_orders.values():
        if (leg := find_leg(state, order.key)) in found:
            found[leg][1].append(order)
    return found
