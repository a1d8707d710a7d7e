"""Tell the gateway what the venue says of the bot's orders. A report that fails is made again with the next look."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone
from decimal import Decimal
from typing import Any

from riskgate_client.errors import Conflict, RiskGateError
from riskgate_client.guard.book import ENDED, Book, Known, identifier, to_fill, to_quantity
from riskgate_client.guard.flow import Flow, Venue, attempt, collect
from riskgate_client.guard.orders import Settings
from riskgate_client.guard.venue_ids import FINDS_BY_CLIENT_ID, venue_client_id
from riskgate_client.models import Order
from riskgate_client.requests import NewOrder

logger = logging.getLogger("riskgate_client")
_ONE_ORDER = frozenset({"fetch_order", "fetch_order_ws", "fetch_open_order", "fetch_closed_order"})
_SEVERAL_ORDERS = frozenset(
    """
    fetch_orders fetch_orders_ws fetch_open_orders fetch_open_orders_ws fetch_closed_orders
    fetch_closed_orders_ws fetch_canceled_orders fetch_canceled_and_closed_orders watch_orders
    watch_orders_for_symbols
    """.split()
)
_FINISHED_LISTS = (
    ("fetchCanceledAndClosedOrders", "fetch_canceled_and_closed_orders"),
    ("fetchOrders", "fetch_orders"),
    ("fetchClosedOrders", "fetch_closed_orders"),
    ("fetchCanceledOrders", "fetch_canceled_orders"),
)


@dataclass(frozen=True, kw_only=True)
class Reporting:
    """Reports of one guard."""

    settings: Settings
    book: Book

    def observe(self, name: str, arguments: tuple[Any, ...], found: Any) -> Flow[Any]:
        """Report what a read tells of known orders, and return it with the bot's own ids."""
        del arguments
        if name in _ONE_ORDER and isinstance(found, Mapping):
            return (yield from self._observe(found))
        if name in _SEVERAL_ORDERS and isinstance(found, list):
            return (yield from collect(tuple(self._observe(each) for each in found)))
        return found

    def _observe(self, found: Any) -> Flow[Any]:
        known = self.book.find(found.get("id")) if isinstance(found, Mapping) else None
        if known is None:
            return found
        yield from self.report(known, found)
        return known.rename(found)

    def confirm(self, known: Known) -> Flow[bool]:
        """Tell that the venue has an order. False: it is to be cancelled there, its approval has ended."""
        told = identifier(str(known.exchange_order_id))
        _, error = yield from attempt(self.settings.core.placed(known.name, told))
        known.is_confirmed = error is None
        if isinstance(error, Conflict):
            return False
        if error is not None:
            self._note(known, error)
        return True

    def withdraw(self, known: Known) -> Flow[bool]:
        """Cancel an order at the venue whose approval has ended. False: it could not be, the next look tries again."""
        try:
            yield Venue("cancel_order", (known.exchange_order_id, known.order.symbol))
        except Exception as error:  # noqa: BLE001 whatever it is, the order may still work
            self._note(known, error)
            return False
        known.is_confirmed = True
        yield from self.refresh(known)
        return True

    def report(self, known: Known, found: Mapping[str, Any]) -> Flow[None]:
        """Report fills that the gateway does not know, and the order's end once all are told."""
        filled = to_quantity(found.get("filled"))
        if known.is_ended or filled is None:
            return
        if not known.is_confirmed and not filled and found.get("status") not in ENDED:
            is_go = yield from self.confirm(known)
            if not is_go:
                yield from self.withdraw(known)
                return
        if filled > known.reported:
            yield from self._report_fills(known, found.get("trades") or [])
        if filled > known.reported:
            trades = yield from self._trades(known)
            yield from self._report_fills(known, trades)
        if found.get("status") not in ENDED or filled > known.reported:
            return
        quantity = known.order.quantity
        if quantity is None or known.reported < Decimal(str(quantity)):
            reason = f"the venue says {found['status']}"
            _, error = yield from attempt(self.settings.core.cancel(known.name, reason))
            if error is not None:
                self._note(known, error)
                return
        known.is_ended = True

    def _report_fills(self, known: Known, trades: list[Mapping[str, Any]]) -> Flow[None]:
        for trade in trades:
            trade_id = identifier(str(trade.get("id") or ""))
            if trade_id is None or trade_id in known.fills or str(trade.get("order")) != known.exchange_order_id:
                continue
            fill = to_fill(trade, trade_id, datetime.now(timezone.utc))
            if fill is None:
                continue
            _, error = yield from attempt(self.settings.core.fill(known.name, fill))
            if error is not None:
                self._note(known, error)
                return
            known.fills.add(trade_id)
            known.reported += Decimal(fill.quantity)

    def _trades(self, known: Known) -> Flow[list[Mapping[str, Any]]]:
        exchange, symbol = self.settings.exchange, known.order.symbol
        asked = [Venue("fetch_my_trades", (symbol,))]
        if exchange.has.get("fetchOrderTrades"):
            # Some classes have it for one type of market only.
            asked.insert(0, Venue("fetch_order_trades", (known.exchange_order_id, symbol)))
        for step in asked:
            try:
                found = yield step
            except Exception as error:  # noqa: BLE001, PERF203 another list, or the next look
                self._note(known, error)
            else:
                return list(found)
        return []

    def refresh(self, known: Known) -> Flow[None]:
        """Ask the venue for an order and report it."""
        if known.exchange_order_id is None:
            return
        try:
            found = yield Venue("fetch_order", (known.exchange_order_id, known.order.symbol))
        except Exception as error:  # noqa: BLE001 the next look asks again
            self._note(known, error)
            return
        yield from self.report(known, found)

    def look_up(self, known: Known) -> Flow[tuple[dict[str, Any] | None, bool]]:
        """Return an order that the venue may have, and where it has not, whether that is sure."""
        exchange, symbol = self.settings.exchange, known.order.symbol
        try:
            if exchange.id in FINDS_BY_CLIENT_ID:
                try:
                    found = yield Venue("fetch_order", (None, symbol, {"clientOrderId": known.client_id}))
                except self.settings.errors.OrderNotFound:
                    return None, True
                return found, True
            finished = [method for has, method in _FINISHED_LISTS if exchange.has.get(has)][:1]
            for method in ("fetch_open_orders", *finished):
                rows = yield Venue(method, (symbol,))
                for row in rows:
                    if row.get("clientOrderId") == known.client_id:
                        return row, True
        except Exception as error:  # noqa: BLE001 not known is not absent
            self._note(known, error)
            return None, False
        return None, bool(finished)

    def adopt(self) -> Flow[None]:
        """Take up the bot's working orders of an earlier run that the venue has."""
        settings = self.settings
        account = yield settings.core.read_account()
        for row in account.open_orders:
            if row.venue != settings.venue or self.book.get(row.client_order_id) is not None:
                continue
            stored, error = yield from attempt(settings.core.get(row.client_order_id))
            if error is not None or stored.route or stored.strategy != settings.strategy.lower():
                continue
            known = _known(stored, settings)
            found, _ = yield from self.look_up(known)
            if found is None:
                continue
            self.book.add(known)
            self.book.locate(known, str(found["id"]))
            yield from self.report(known, found)

    def _note(self, known: Known, error: Exception) -> None:
        shown = error if isinstance(error, RiskGateError) else type(error).__name__
        logger.warning("order %s: not reported yet: %s", known.name, shown)


def _known(stored: Order, settings: Settings) -> Known:
    """Return a stored order of an earlier run. Fills that were told before are told again: each counts once."""
    order = NewOrder(
        client_order_id=stored.client_order_id,
        symbol=stored.symbol,
        venue=stored.venue,
        strategy=stored.strategy,
        side=stored.side,
        type=stored.type,
        quantity=stored.quantity,
        price=stored.price,
        trigger_price=stored.trigger_price,
        stop_loss_price=stored.stop_loss_price,
        reduce_only=stored.reduce_only,
        post_only=stored.post_only,
        time_in_force=stored.time_in_force,
    )
    client_id = venue_client_id(settings.exchange.id, stored.order_id)
    confirmed = stored.status != "approved"
    return Known(order=order, client_id=client_id, sent_at=settings.core.monotonic(), is_confirmed=confirmed)
