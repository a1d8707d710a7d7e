"""Bodies of new orders, read without pydantic: what fits is taken; of what does not, the model says why.

Only who sends a body that is refused waits for pydantic. What is taken here is what the model takes: a test holds both
against each other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from enum import Enum
from typing import Any

from msgspec import Struct
from msgspec.structs import asdict

from riskgate.core.order import Order, OrderType, StopKeeper, TimeInForce
from riskgate.core.side import Side
from riskgate.schemas.http.requests.order_rules import BATCH_LEGS_MAX, ORDER_RULES, POSITIVE, TAGS_MAX, TRAILING
from riskgate.schemas.patterns import IDENTIFIER_PATTERN, LABEL_PATTERN, SYMBOL_PATTERN, VENUE_PATTERN, fold_strategy
from riskgate.schemas.readers import AmountRange, read_amount, read_instant


class OrderBody(Struct, frozen=True, kw_only=True):
    """One order, as a bot sends it: the fields of `OrderRequest`."""

    client_order_id: str
    symbol: str
    venue: str
    strategy: str
    side: Side
    type: OrderType
    quantity: Decimal | None = None
    quote_quantity: Decimal | None = None
    price: Decimal | None = None
    trigger_price: Decimal | None = None
    stop_loss_price: Decimal | None = None
    take_profit_price: Decimal | None = None
    trailing_fraction: Decimal | None = None
    stop_kept_by: StopKeeper | None = None
    reduce_only: bool = False
    post_only: bool = False
    time_in_force: TimeInForce = TimeInForce.GTC
    expires_at: datetime | None = None
    route: bool = False
    tags: tuple[str, ...] = ()

    def to_order(self, account_id: str) -> Order:
        """Return the order as the engine takes it."""
        return Order(account_id=account_id, **asdict(self))


class BatchBody(Struct, frozen=True, kw_only=True):
    """Orders decided together: the fields of `BatchRequest`."""

    orders: tuple[OrderBody, ...]


def read_order(body: Mapping[str, Any]) -> OrderBody | None:
    """Return an order's body, None where the model has to say what is wrong with it."""
    values: dict[str, Any] = {}
    for name, value in body.items():
        read = _READERS.get(name)
        found = read(value) if read is not None else None
        if found is None:
            return None
        values[name] = found
    if not values.keys() >= _REQUIRED:
        return None
    order = OrderBody(**values)
    return None if any(rule.breaks(order) for rule in ORDER_RULES) else order


def read_batch(body: Mapping[str, Any]) -> BatchBody | None:
    """Return the body of several orders, None where the model has to say what is wrong with it."""
    legs = body.get("orders")
    if body.keys() != {"orders"} or not isinstance(legs, list) or not 1 <= len(legs) <= BATCH_LEGS_MAX:
        return None
    orders = [order for leg in legs if isinstance(leg, dict) and (order := read_order(leg)) is not None]
    if len({order.client_order_id for order in orders}) != len(legs):
        return None
    return BatchBody(orders=tuple(orders))


#: Returns what a value of JSON stands for, None where it does not fit.
type _Reader = Callable[[Any], object]


def _text(pattern: str) -> _Reader:
    fits = re.compile(pattern).fullmatch
    return lambda value: value if isinstance(value, str) and fits(value) else None


def _one_of(kind: type[Enum]) -> _Reader:
    members = {member.value: member for member in kind}
    return lambda value: members.get(value) if isinstance(value, str) else None


def _amount(allowed: AmountRange) -> _Reader:
    def read(value: object) -> Decimal | None:
        amount = read_amount(value)
        return amount if amount is not None and allowed.holds(amount) else None

    return read


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


_name, _strategy = _text(IDENTIFIER_PATTERN), _text(LABEL_PATTERN)


def _tags(value: object) -> tuple[str, ...] | None:
    if not isinstance(value, list) or len(value) > TAGS_MAX or any(_name(tag) is None for tag in value):
        return None
    return tuple(value)


_price = _amount(POSITIVE)
_READERS: Mapping[str, _Reader] = {
    "client_order_id": _name,
    "symbol": _text(SYMBOL_PATTERN),
    "venue": _text(VENUE_PATTERN),
    "strategy": lambda value: None if _strategy(value) is None else fold_strategy(value),
    "side": _one_of(Side),
    "type": _one_of(OrderType),
    "quantity": _price,
    "quote_quantity": _price,
    "price": _price,
    "trigger_price": _price,
    "stop_loss_price": _price,
    "take_profit_price": _price,
    "trailing_fraction": _amount(TRAILING),
    "stop_kept_by": _one_of(StopKeeper),
    "reduce_only": _flag,
    "post_only": _flag,
    "time_in_force": _one_of(TimeInForce),
    "expires_at": read_instant,
    "route": _flag,
    "tags": _tags,
}
_REQUIRED = frozenset({"client_order_id", "symbol", "venue", "strategy", "side", "type"})
