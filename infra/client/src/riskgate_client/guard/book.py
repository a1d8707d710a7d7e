"""The orders that a guard has placed at the venue, and how the venue's words about them are read."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from riskgate_client.requests import FillFee, NewFill, NewOrder

_IDENTIFIER = re.compile(r"[A-Za-z0-9._:-]{1,64}")
#: ccxt's statuses of an order that works no longer.
ENDED = frozenset({"closed", "canceled", "expired", "rejected"})


@dataclass(kw_only=True)
class Known:
    """One order: sent under `client_id`; `exchange_order_id` is None while it is unknown whether the venue has it."""

    order: NewOrder
    client_id: str
    sent_at: float
    exchange_order_id: str | None = None
    is_confirmed: bool = False
    is_ended: bool = False
    reported: Decimal = Decimal(0)
    fills: set[str] = field(default_factory=set)

    @property
    def is_in_doubt(self) -> bool:
        """Tell whether the venue may have it and has not said so."""
        return self.exchange_order_id is None and not self.is_ended

    @property
    def name(self) -> str:
        """Return the id at the gateway."""
        return self.order.client_order_id

    def rename(self, found: Any) -> Any:
        """Return the venue's structure under the bot's own id."""
        return {**found, "clientOrderId": self.name} if isinstance(found, Mapping) else found


@dataclass(kw_only=True)
class Book:
    """Orders by each of their ids."""

    _orders: dict[str, Known] = field(default_factory=dict)
    _by_venue_id: dict[str, Known] = field(default_factory=dict)

    def __iter__(self) -> Iterator[Known]:
        return iter(tuple(self._orders.values()))

    def add(self, known: Known) -> None:
        """Take an order in."""
        self._orders[known.name] = known

    def forget(self, known: Known) -> None:
        """Strike an order that the venue does not have."""
        self._orders.pop(known.name, None)

    def locate(self, known: Known, exchange_order_id: str) -> None:
        """Note the venue's id of an order."""
        known.exchange_order_id = exchange_order_id
        self._by_venue_id[exchange_order_id] = known

    def get(self, client_order_id: str) -> Known | None:
        """Return an order by its id at the gateway."""
        return self._orders.get(client_order_id)

    def find(self, order_id: object, params: Mapping[str, Any] | None = None) -> Known | None:
        """Return an order by whatever a bot names it."""
        own = (params or {}).get("clientOrderId")
        if own is not None:
            return self._orders.get(str(own))
        return self._by_venue_id.get(str(order_id)) or self._orders.get(str(order_id))


def to_quantity(value: object) -> Decimal | None:
    """Return what ccxt tells as a number, or None where it tells none."""
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def identifier(text: str) -> str | None:
    """Return a venue's id where the gateway can take it."""
    return text if _IDENTIFIER.fullmatch(text) else None


def to_fill(trade: Mapping[str, Any], trade_id: str, now: datetime) -> NewFill | None:
    """Return a trade of ccxt's as a fill, or None where it lacks quantity or price."""
    quantity, price = to_quantity(trade.get("amount")), to_quantity(trade.get("price"))
    if quantity is None or price is None or quantity <= 0 or price <= 0:
        return None
    told = trade.get("timestamp")
    executed_at = datetime.fromtimestamp(int(told) / 1000, timezone.utc) if told else now
    paid = trade.get("fees") or ([trade["fee"]] if trade.get("fee") else [])
    fees = tuple(
        FillFee(amount=cost, currency=str(fee["currency"]))
        for fee in paid
        if fee.get("currency") and (cost := to_quantity(fee.get("cost")))
    )
    return NewFill(fill_id=trade_id, quantity=quantity, price=price, executed_at=executed_at, fees=fees)
