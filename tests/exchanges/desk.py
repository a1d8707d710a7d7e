"""The gateway's adapter at a scripted venue, built once for each class."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from ccxt.base.exchange import BaseExchange, Exchange

from riskgate.adapters.exchange.build import CallPolicy
from riskgate.adapters.exchange.ccxt_exchange import CcxtExchange
from riskgate.adapters.exchange.credentials import VenueCredentials
from riskgate.core.account.document import OrderStatus
from riskgate.core.order import OrderType, TimeInForce
from riskgate.core.side import Side
from riskgate.core.venues.model import NewVenueOrder, VenueOrder, VenueOrderRef
from tests.exchanges.book import NOW_MS, Order
from tests.exchanges.server import VenueServer
from tests.exchanges.wire import ScriptedVenue

NOW = datetime.fromtimestamp(NOW_MS / 1000, UTC)
HOUR_MS = 3_600_000
STATUSES = {
    "filled": OrderStatus.FILLED,
    "cancelled": OrderStatus.CANCELLED,
    "waiting": OrderStatus.SUBMITTED,
    "expired": OrderStatus.EXPIRED,
}


@contextmanager
def venue_time() -> Iterator[None]:
    """Let ccxt live in the venues' time, and wait for nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(BaseExchange, "throttle", lambda _self, _cost=None: None)
        patch.setattr(Exchange, "milliseconds", staticmethod(lambda: NOW_MS))
        patch.setattr(Exchange, "seconds", staticmethod(lambda: NOW_MS // 1000))
        patch.setattr(Exchange, "microseconds", staticmethod(lambda: NOW_MS * 1000))
        yield


class Desk:
    """One adapter, and the venue of the test at hand behind it."""

    def __init__(self, server: VenueServer, kind: type[ScriptedVenue]) -> None:
        self.kind = kind
        self._server = server
        self.venue = server.venue = kind()
        known = VenueCredentials(keys=kind.keys)
        self.exchange = CcxtExchange(
            kind.venue or kind.ccxt_id,
            kind.market_type,
            lambda _refresh: known,
            policy=CallPolicy(attempts=2, read_seconds=20),
            session=server.session(),
            now=lambda: NOW,
            sleep=lambda _seconds: None,
            only_proven=False,
        )
        self.exchange.list_instruments()

    def reset(self) -> None:
        """Open a new venue, with nothing in it."""
        self.venue = self._server.venue = self.kind()
        self.exchange.take_unreadable()

    @property
    def symbol(self) -> str:
        return self.venue.symbol

    def order(self, number: int = 0, **fields: Any) -> NewVenueOrder:
        """Return a limit buy that rests, changed by `fields`; each `number` is another order."""
        known: dict[str, Any] = {
            "client_order_id": self.client_id(number),
            "symbol": self.symbol,
            "side": Side.BUY,
            "type": OrderType.LIMIT,
            "quantity": self.lots(3),
            "limit_price": Decimal(40_000),
        }
        return NewVenueOrder(**(known | fields))

    def market_order(self, number: int = 0, **fields: Any) -> NewVenueOrder:
        return self.order(number, **({"type": OrderType.MARKET, "limit_price": None} | fields))

    def stop(self, number: int = 0, **fields: Any) -> NewVenueOrder:
        known: dict[str, Any] = {
            "type": OrderType.STOP, "side": Side.SELL, "limit_price": None, "trigger_price": Decimal(45_000)
        }  # fmt: skip
        return self.order(number, **(known | fields))

    def lots(self, number: int) -> Decimal:
        """Return a quantity on the grid of the first market."""
        return self.venue.markets[0].step * number

    def client_id(self, number: int) -> str:
        return self.exchange.client_order_id(f"{number + 1:032x}")

    def ref(self, number: int = 0, **fields: Any) -> VenueOrderRef:
        known: dict[str, Any] = {
            "client_order_id": self.client_id(number),
            "symbol": self.symbol,
            "sent_at": NOW - timedelta(minutes=5),
        }
        return VenueOrderRef(**(known | fields))

    def agree(self, seen: VenueOrder | None, order: Order) -> None:
        """Require that the adapter sees an order as it is."""
        assert seen is not None
        expected = (
            order.client_id,
            self.venue.id_of(order),
            order.symbol,
            order.side,
            order.filled,
            STATUSES.get(order.status, OrderStatus.PARTIALLY_FILLED if order.filled else OrderStatus.SUBMITTED),
        )
        found = (
            seen.client_order_id,
            seen.exchange_order_id,
            seen.symbol,
            seen.side.value,
            seen.filled_quantity,
            seen.status,
        )
        assert found == expected
        if order.status != "filled" or not self.kind.market_quantity_unknown:
            assert seen.quantity == order.quantity
        if order.filled and seen.average_price is not None:
            assert abs(seen.average_price - order.average) < Decimal("0.01")

    def agree_all(self, seen: Sequence[VenueOrder], orders: Sequence[Order]) -> None:
        """Require that the adapter sees these orders and no others."""
        by_id = {item.exchange_order_id: item for item in seen}
        assert len(by_id) == len(seen)
        assert sorted(by_id) == sorted(self.venue.id_of(order) for order in orders)
        for order in orders:
            self.agree(by_id[self.venue.id_of(order)], order)


__all__ = ["HOUR_MS", "NOW", "Desk", "TimeInForce", "venue_time"]
