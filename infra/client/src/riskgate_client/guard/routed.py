"""The guard for orders that the gateway sends: everything about an order is asked of the gateway."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from riskgate_client.core import FINAL, PLACED
from riskgate_client.errors import NotFound, OrderEnded, Refused, RiskGateError, StillWorking
from riskgate_client.guard.actions import Call, Cancel, CancelAll, CancelSeveral, Create, CreateSeveral, Edit
from riskgate_client.guard.flow import Flow, Venue, attempt, collect, give
from riskgate_client.guard.orders import Settings
from riskgate_client.guard.structures import contract_size_of, pending_structure, to_structure
from riskgate_client.guard.wanted import refuse, to_decimal
from riskgate_client.models import Order
from riskgate_client.requests import NewOrder

#: Most orders decided together.
_BATCH_MAX = 10
#: Ended without a fill: to the bot the venue did not take it.
_NOT_TAKEN = frozenset({"rejected"})


@dataclass(kw_only=True)
class Routed:
    """Carries calls out. A bot names orders by what it was given: the venue's id, or ours while there is none."""

    settings: Settings
    #: The gateway's id by each that a bot was given.
    names: dict[str, str] = field(default_factory=dict)

    def perform(self, call: Call) -> Flow[Any]:
        """Return the flow of a call."""
        if isinstance(call, Create):
            return self._create(call)
        if isinstance(call, CreateSeveral):
            return self._create_several(call)
        if isinstance(call, Edit):
            return self._edit(call)
        if isinstance(call, Cancel):
            return self._cancel(call)
        if isinstance(call, CancelSeveral):
            return collect(tuple(self._cancel(cancel) for cancel in call.cancels))
        return self._cancel_all(call)

    def observe(self, name: str, arguments: tuple[Any, ...], found: Any) -> Flow[Any]:
        """Return what a read of the venue found: nothing is to be reported, since the gateway reads the venue."""
        del name, arguments
        return give(found)

    def replaces(self, name: str) -> bool:
        """Tell whether a read is answered by the gateway."""
        return name in {"fetch_order", "fetch_order_ws", "fetch_order_status", "fetch_order_with_client_order_id"}

    def read(self, name: str, id: Any, symbol: Any = None, params: Any = None) -> Flow[Any]:  # noqa: A002 ccxt's name
        """Answer a read of one order from the gateway, and ask the venue where the gateway does not know it."""
        by_client_id = name.endswith("client_order_id")
        given = {**(params or {}), **({"clientOrderId": id} if by_client_id else {})}
        try:
            order = yield from self._find(None if by_client_id else id, given)
        except NotFound:
            return (yield Venue(name, (id, symbol, params or {})))
        structure = yield from self._structure(order, None if by_client_id else str(id))
        return structure["status"] if name == "fetch_order_status" else structure

    def settle_all(self) -> Flow[None]:
        """Report nothing: the gateway reads the venue itself."""
        return give(None)

    def _create(self, call: Create) -> Flow[Any]:
        order, _, _ = yield from self.settings.prepare(call)
        yield from self.settings.decide(self.settings.core.submit(order), order)
        return (yield from self._follow(order))

    def _create_several(self, call: CreateSeveral) -> Flow[Any]:
        if not 0 < len(call.orders) <= _BATCH_MAX:
            raise refuse(f"1 to {_BATCH_MAX} orders at once")
        prepared = [order for order, _, _ in (yield from collect(map(self.settings.prepare, call.orders)))]
        yield from self.settings.decide(self.settings.core.submit_batch(prepared), *prepared)
        return (yield from collect(tuple(self._follow(order) for order in prepared)))

    def _follow(self, placed: NewOrder) -> Flow[Any]:
        """Wait until the venue has an order, and return it; the gateway goes on working on one that takes longer."""
        try:
            order = yield self.settings.core.wait_for(placed.client_order_id, PLACED, self.settings.wait_seconds)
        except StillWorking as waiting:
            order = waiting.order
        except OrderEnded as ended:
            order = ended.order
            if order.status in _NOT_TAKEN:
                raise Refused(order.reason or "the venue did not take it", code="ORDER_REJECTED") from ended
        except RiskGateError:
            # It is approved and on its way: an error would have the bot ask for a second one.
            self.names[placed.client_order_id] = placed.client_order_id
            return pending_structure(placed, self.settings.exchange.parse_number)
        return (yield from self._structure(order))

    def _edit(self, call: Edit) -> Flow[Any]:
        unknown = {name for name, value in dict(call.params).items() if value is not None} - {
            "clientOrderId",
            "triggerPrice",
            "stopPrice",
        }
        if unknown:
            raise refuse(f"parameters that the gateway cannot judge: {', '.join(sorted(unknown))}")
        order = yield from self._find(call.id, dict(call.params))
        yield Venue("load_markets")
        exchange = self.settings.exchange
        amount, price = to_decimal(call.amount, "amount"), to_decimal(call.price, "price")
        trigger = to_decimal(call.params.get("triggerPrice", call.params.get("stopPrice")), "triggerPrice")
        if call.side and str(call.side).lower() != order.side:
            raise refuse("an order does not change its side")
        terms = {
            "quantity": None if amount is None else str(exchange.amount_to_precision(order.symbol, amount)),
            "price": None if price is None else str(exchange.price_to_precision(order.symbol, price)),
            "trigger_price": None if trigger is None else str(exchange.price_to_precision(order.symbol, trigger)),
        }
        changed = yield self.settings.core.modify(order.client_order_id, **terms, stop_loss_price=None)
        asked = {name: to_decimal(value, name) for name, value in terms.items() if value is not None}

        def is_in_force(found: Order) -> bool:
            return found.is_final or all(getattr(found, name) == value for name, value in asked.items())

        if not is_in_force(changed):
            waited, _ = yield from attempt(
                self.settings.core.wait_for(order.client_order_id, is_in_force, self.settings.wait_seconds)
            )
            changed = waited or changed
        return (yield from self._structure(changed, call.id))

    def _cancel(self, call: Cancel) -> Flow[Any]:
        order = yield from self._find(call.id, dict(call.params))
        cancelled = yield self.settings.core.cancel(order.client_order_id, None)
        if not cancelled.is_final:
            yield from attempt(self.settings.core.wait_for(order.client_order_id, FINAL, self.settings.wait_seconds))
        order = yield self.settings.core.get(order.client_order_id)
        return (yield from self._structure(order, call.id))

    def _cancel_all(self, call: CancelAll) -> Flow[Any]:
        settings = self.settings
        account = yield settings.core.read_account()
        mine = [
            Cancel(id=None, symbol=order.symbol, params={"clientOrderId": order.client_order_id})
            for order in account.open_orders
            if order.venue == settings.venue
            and order.strategy == settings.strategy.lower()
            and call.symbol in {None, order.symbol}
        ]
        return (yield from collect(tuple(self._cancel(cancel) for cancel in mine)))

    def _find(self, order_id: Any, params: dict[str, Any]) -> Flow[Order]:
        """Return an order by the bot's own id or by what it was given. Raises NotFound."""
        own = params.get("clientOrderId") or self.names.get(str(order_id))
        if own is not None:
            found: Order = yield self.settings.core.get(str(own))
            return found
        wanted = str(order_id)
        by_venue = yield self.settings.core.find(
            lambda order: (
                order.venue == self.settings.venue and wanted in {order.exchange_order_id, order.client_order_id}
            )
        )
        if by_venue is None:
            raise NotFound(f"the gateway knows no order {wanted}", code="ORDER_NOT_FOUND", status=404)
        order: Order = by_venue
        return order

    def _structure(self, order: Order, known_as: Any = None) -> Flow[dict[str, Any]]:
        yield Venue("load_markets")
        exchange = self.settings.exchange
        name = str(known_as or order.exchange_order_id or order.client_order_id)
        self.names[name] = order.client_order_id
        size = contract_size_of(exchange.market(order.symbol))
        return to_structure(order, name, exchange.parse_number, contract_size=size)
