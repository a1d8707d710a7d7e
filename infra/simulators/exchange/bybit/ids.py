"""Ids as the venue writes them: numbers on spot, UUIDs elsewhere."""

from uuid import UUID

from infra.simulators.exchange.instruments import Market
from infra.simulators.exchange.orders import Order, Trade

_UUID_LENGTH = 36


def order_id(order: Order) -> str:
    """Write an order's id."""
    return number_to_id(order.order_id, order.instrument.market)


def number_to_id(number: int, market: Market) -> str:
    """Write the id of an order in a market."""
    return str(number) if market == "spot" else str(UUID(int=number))


def read_id(text: str) -> int | None:
    """Return the number of an order's id, None for what is none."""
    if text.isascii() and text.isdigit():
        return int(text)
    try:
        return UUID(text).int if len(text) == _UUID_LENGTH else None
    except ValueError:
        return None


def execution_id(trade: Trade) -> str:
    """Write the id of one side of a fill: each side has its own."""
    if trade.instrument.market == "spot":
        return f"{trade.trade_id}{trade.order_id}"
    return str(UUID(int=(trade.trade_id << 64) | trade.order_id))
