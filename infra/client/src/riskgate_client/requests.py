"""Bodies of requests. Amounts are Decimal, or exact text or whole numbers; float is refused."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

#: What an amount may be given as.
Amount: TypeAlias = Decimal | str | int


def new_client_order_id(prefix: str = "") -> str:
    """Return an id that no other order has, at most 64 characters with the prefix."""
    return f"{prefix}{uuid.uuid4().hex}"


def to_amount(value: Amount, name: str = "amount") -> Decimal:
    """Return an amount as Decimal. Raises TypeError: a float, which is not exact; ValueError: not a finite number."""
    # Callers without a type checker, too.
    if isinstance(value, (bool, float)) or not isinstance(value, (Decimal, str, int)):
        raise TypeError(f"{name} must be a Decimal, a text or a whole number, not {type(value).__name__}")
    try:
        amount = Decimal(value)
    except InvalidOperation:
        amount = Decimal("NaN")
    if not amount.is_finite():
        raise ValueError(f"{name} is no number")
    return amount


def to_text(amount: Decimal) -> str:
    """Return an amount as the gateway takes it: without exponent."""
    return f"{amount.normalize():f}" if amount else "0"


def to_instant(instant: datetime, name: str) -> str:
    """Return an instant as the gateway takes it. Raises ValueError: it has no time zone."""
    if instant.tzinfo is None:
        raise ValueError(f"{name} needs a time zone")
    return instant.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")


class _Body:
    """A request body: what is None or as by default is left out."""

    def to_wire(self) -> dict[str, Any]:
        """Return the JSON object."""
        found: dict[str, Any] = {}
        for each in fields(self):  # type: ignore[arg-type] # every subclass is a dataclass
            value = getattr(self, each.name)
            if value is None or (each.default is False and value is False) or value == ():
                continue
            found[each.name] = _to_json(value, each.name)
        return found


@dataclass(frozen=True, kw_only=True)
class NewOrder(_Body):
    """One order. The id is made with the object: ask again with the same object and nothing is decided twice.

    `type` is market, limit, stop (a stop-market order) or stop_limit. Give `quantity`, in base units on spot and in
    contracts on swaps, or `quote_quantity`. `stop_loss_price` bounds the order's risk. With `route` the gateway sends
    the order itself.
    """

    symbol: str
    venue: str
    strategy: str
    side: str
    type: str
    quantity: Amount | None = None
    quote_quantity: Amount | None = None
    price: Amount | None = None
    trigger_price: Amount | None = None
    stop_loss_price: Amount | None = None
    take_profit_price: Amount | None = None
    trailing_fraction: Amount | None = None
    stop_kept_by: str | None = None
    reduce_only: bool = False
    post_only: bool = False
    time_in_force: str | None = None
    expires_at: datetime | None = None
    route: bool = False
    tags: tuple[str, ...] = ()
    client_order_id: str = field(default_factory=new_client_order_id)

    def __post_init__(self) -> None:
        """Refuse what is not exact before anything is sent."""
        self.to_wire()


@dataclass(frozen=True, kw_only=True)
class FillFee(_Body):
    """One fee of a fill; less than 0 is a rebate."""

    amount: Amount
    currency: str


@dataclass(frozen=True, kw_only=True)
class NewFill(_Body):
    """An execution of an order that the bot placed; `fill_id` is the venue's trade id and the idempotency key."""

    fill_id: str
    quantity: Amount
    price: Amount
    executed_at: datetime
    fees: tuple[FillFee, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what is not exact before anything is sent."""
        self.to_wire()


_AMOUNTS = frozenset(
    {
        "quantity", "quote_quantity", "price", "trigger_price", "stop_loss_price", "take_profit_price",
        "trailing_fraction", "amount",
    }
)  # fmt: skip


def amounts(**given: Amount | None) -> dict[str, Any]:
    """Return amounts as JSON, those left out left out."""
    return {name: _to_json(value, name) for name, value in given.items() if value is not None}


def _to_json(value: object, name: str) -> Any:
    if name in _AMOUNTS:
        return to_text(to_amount(value, name))  # type: ignore[arg-type] # to_amount refuses what is none
    if isinstance(value, datetime):
        return to_instant(value, name)
    if isinstance(value, _Body):
        return value.to_wire()
    if isinstance(value, tuple):
        return [_to_json(item, "") for item in value]
    return value


def is_same_request(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Tell whether two bodies ask for the same but for their ids."""
    return {**first, "client_order_id": ""} == {**second, "client_order_id": ""}
