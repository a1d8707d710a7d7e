"""Futures conditional orders: accepted apart from the book, placed when triggered."""

from decimal import Decimal

from .engine import Engine
from .errors import VenueError, duplicate_order, market_closed, unknown_order
from .filters import check_filters
from .orders import AlgoOrder, Order
from .triggers import is_triggered

MARKET_TYPES = frozenset({"STOP_MARKET", "TAKE_PROFIT_MARKET"})


def waiting(engine: Engine, symbol: str | None = None) -> list[AlgoOrder]:
    """Return conditional orders that have not fired, oldest first."""
    return [
        algo
        for algo in engine.state.algos.values()
        if algo.status == "NEW" and algo.order_id is None and (symbol is None or algo.instrument.symbol == symbol)
    ]


def status_of(engine: Engine, algo: AlgoOrder) -> str:
    """Return the status as the venue shows it: FINISHED once the placed order is done."""
    if algo.order_id is None:
        return algo.status
    return "TRIGGERED" if engine.state.orders[algo.order_id].is_open else "FINISHED"


def place_algo(engine: Engine, algo: AlgoOrder) -> AlgoOrder:
    """Accept a conditional order as parsed (`algo_id` 0) and return it, stored.

    VenueError -4116 for a client id in use, -2021 when it would fire at once, or a filter's code.
    """
    state = engine.state
    last = state.price(algo.instrument)
    if last is None:
        raise market_closed("swap")
    for other in waiting(engine):
        same = other.client_algo_id == algo.client_algo_id
        if other.account_id == algo.account_id and same:
            raise duplicate_order("swap")
    if not algo.close_position:
        probe = _plain_order(algo, algo.quantity)
        probe.stop_price = algo.trigger_price
        check_filters(probe, last)
    if is_triggered(algo.side, algo.type, algo.trigger_price, last):
        raise VenueError(-2021, "Order would immediately trigger.")
    algo.algo_id = state.algo_ids.next()
    algo.created_ms = algo.updated_ms = state.event_ms
    state.algos[algo.algo_id] = algo
    return algo


def _plain_order(algo: AlgoOrder, quantity: Decimal) -> Order:
    """Build the order that a conditional order places."""
    return Order(
        order_id=0,
        account_id=algo.account_id,
        instrument=algo.instrument,
        client_order_id=algo.client_algo_id,
        side=algo.side,
        type="MARKET" if algo.type in MARKET_TYPES else "LIMIT",
        time_in_force=algo.time_in_force,
        quantity=quantity,
        price=algo.price,
        reduce_only=algo.reduce_only or algo.close_position,
        self_trade_prevention=algo.self_trade_prevention,
        source="trigger",
        algo_id=algo.algo_id,
    )


def fire(engine: Engine, algo: AlgoOrder) -> None:
    """Place the order of a triggered conditional order; a refusal makes it REJECTED."""
    state = engine.state
    algo.triggered_ms = algo.updated_ms = state.event_ms
    quantity = algo.quantity
    if algo.close_position:
        held = state.accounts[algo.account_id].futures.quantity(algo.instrument.symbol)
        quantity = abs(held)
    try:
        algo.order_id = engine.place(_plain_order(algo, quantity)).order_id
    except VenueError:
        algo.status = "REJECTED"


def cancel_algo(engine: Engine, algo: AlgoOrder) -> AlgoOrder:
    """Cancel a conditional order; VenueError -2011 when it has fired or is done."""
    if algo.status != "NEW" or algo.order_id is not None:
        raise unknown_order()
    algo.status = "CANCELED"
    algo.updated_ms = engine.state.event_ms
    return algo
