"""The guard for orders that the bot's own key places: the gateway decides, the venue executes, the gateway is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from riskgate_client.errors import Denied, NotActionable, OutcomeUnknown, RiskGateError, Unavailable
from riskgate_client.guard.actions import Call, Cancel, CancelAll, CancelSeveral, Create, CreateSeveral, Edit
from riskgate_client.guard.book import ENDED, Book, Known, to_quantity
from riskgate_client.guard.flow import Flow, Venue, attempt, collect
from riskgate_client.guard.orders import Settings
from riskgate_client.guard.reporting import Reporting
from riskgate_client.guard.venue_ids import client_id_parameter, venue_client_id
from riskgate_client.guard.wanted import Wanted, refuse, to_decimal
from riskgate_client.models import Decision
from riskgate_client.requests import NewOrder, to_text

_BATCH_MAX = 10
#: ccxt's option that says what the amount of a market buy is.
_REQUIRES_PRICE = "createMarketBuyOrderRequiresPrice"
#: ccxt's option that has it send requests again by itself, orders as well.
SENDS_AGAIN = "maxRetriesOnFailure"
#: A venue that does not know an order so long after it was sent does not get it any more.
_ARRIVES_WITHIN_SECONDS = 30.0


@dataclass(kw_only=True)
class Placing:
    """Carries calls out, and remembers what it placed."""

    settings: Settings
    book: Book = field(default_factory=Book)

    @property
    def _reporting(self) -> Reporting:
        return Reporting(settings=self.settings, book=self.book)

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
            return collect([self._cancel(cancel) for cancel in call.cancels])
        return self._cancel_all(call)

    def replaces(self, name: str) -> bool:
        """Tell whether a read is answered by the gateway: none is, the venue has the orders."""
        del name
        return False

    def observe(self, name: str, arguments: tuple[Any, ...], found: Any) -> Flow[Any]:
        """Return what a read of the venue found, once the gateway was told what it says of the bot's orders."""
        return self._reporting.observe(name, arguments, found)

    def settle_all(self) -> Flow[None]:
        """Tell the gateway everything that became of the bot's orders; orders of an earlier run are taken up."""
        reporting = self._reporting
        yield from reporting.adopt()
        for known in self.book:
            if known.is_in_doubt:
                yield from attempt_flow(self._resolve(known))
            elif not known.is_ended:
                yield from reporting.refresh(known)

    def _create(self, call: Create) -> Flow[Any]:
        yield Venue("load_markets")
        order, wanted, market = yield from self.settings.prepare(self._by_cost(call))
        before = self.book.get(order.client_order_id)
        if before is not None and before.is_in_doubt:
            return (yield from self._resolve(before))
        decision = yield from self.settings.decide(self.settings.core.submit(order), order)
        return (yield from self._place(order, decision, wanted, market))

    def _create_several(self, call: CreateSeveral) -> Flow[Any]:
        if not 0 < len(call.orders) <= _BATCH_MAX:
            raise refuse(f"1 to {_BATCH_MAX} orders at once")
        yield Venue("load_markets")
        prepared = yield from collect(self.settings.prepare(self._by_cost(create)) for create in call.orders)
        orders = [order for order, _, _ in prepared]
        decision = yield from self.settings.decide(self.settings.core.submit_batch(orders), *orders)
        approved = zip(prepared, decision.legs)  # noqa: B905 as long as the batch, checked there
        flows = [self._place(order, leg, wanted, market) for (order, wanted, market), leg in approved]
        return (yield from collect(flows))

    def _by_cost(self, call: Create) -> Create:
        """Return a market buy by what it costs where ccxt would take amount and price as that.

        Raises Refused: ccxt is told to take the amount as money, which is not what is decided on, or to send twice.
        """
        exchange = self.settings.exchange
        if exchange.options.get(SENDS_AGAIN):
            raise refuse(f"with {SENDS_AGAIN} ccxt sends an order twice")
        if str(call.type).lower() != "market" or str(call.side).lower() != "buy" or call.params.get("cost"):
            return call
        if not exchange.market(call.symbol).get("spot"):
            return replace(call, price=None)
        options = exchange.options
        needs_price = (options.get("createOrder") or {}).get(_REQUIRES_PRICE, options.get(_REQUIRES_PRICE))
        # What ccxt calls so at bybit concerns its classic accounts alone.
        if needs_price is False and exchange.id != "bybit":
            raise refuse(f"with {_REQUIRES_PRICE} off an amount is money: use create_market_buy_order_with_cost")
        amount, price = to_decimal(call.amount, "amount"), to_decimal(call.price, "price")
        if needs_price and amount is not None and price is not None:
            return replace(call, amount=None, price=None, params={**call.params, "cost": amount * price})
        return replace(call, price=None)

    def _place(
        self, order: NewOrder, decision: Decision, wanted: Wanted, market: Mapping[str, Any]
    ) -> Flow[dict[str, Any]]:
        settings = self.settings
        client_id = venue_client_id(settings.exchange.id, decision.order_id)
        known = Known(order=order, client_id=client_id, sent_at=settings.core.monotonic())
        self.book.add(known)
        try:
            found = yield self._sending(order, wanted, market, client_id)
        except Exception as error:  # noqa: BLE001 whatever ccxt raises, the order may be at the venue
            found = yield from self._after_failure(known, error)
        except BaseException:
            # The program gave up waiting.
            settings.doubt(order)
            raise
        return (yield from self._arrived(known, found))

    def _sending(self, order: NewOrder, wanted: Wanted, market: Mapping[str, Any], client_id: str) -> Venue:
        exchange = self.settings.exchange
        params: dict[str, Any] = {**wanted.venue_params, client_id_parameter(exchange.id): client_id}
        if order.time_in_force not in {None, "GTC"}:
            params["timeInForce"] = order.time_in_force
        if order.post_only:
            params["postOnly"] = True
        if order.reduce_only and not market.get("spot"):
            params["reduceOnly"] = True
        if order.trigger_price is not None:
            params["triggerPrice"] = _text(order.trigger_price)
            if exchange.feature_value(order.symbol, "createOrder", "triggerDirection") is True:
                params["triggerDirection"] = "ascending" if order.side == "buy" else "descending"
        if order.quote_quantity is not None:
            return Venue(
                f"create_market_{order.side}_order_with_cost", (order.symbol, _text(order.quote_quantity), params)
            )
        executed = "limit" if order.type in {"limit", "stop_limit"} else "market"
        price = None if order.price is None else _text(order.price)
        return Venue("create_order", (order.symbol, executed, order.side, _text(order.quantity), price, params))

    def _after_failure(self, known: Known, error: Exception) -> Flow[dict[str, Any]]:
        """Return the order where the venue has it after all. Raises the venue's definite no, or OutcomeUnknown."""
        core = self.settings.core
        if self._is_refusal(error):
            self.book.forget(known)
            self.settings.settle(known.order)
            # Where the gateway cannot be told, the reservation ends by itself.
            yield from attempt(core.cancel(known.name, f"the venue refused it: {type(error).__name__}"))
            raise error
        # The same order asked for again is this one.
        self.settings.doubt(known.order)
        found, _ = yield from self._reporting.look_up(known)
        if found is not None:
            return found
        # It may be there: it stays reserved until somebody knows.
        yield from attempt(core.placed(known.name, None))
        detail = f"the venue may have the order: {type(error).__name__}"
        raise OutcomeUnknown(detail, client_order_id=known.name) from error

    def _is_refusal(self, error: Exception) -> bool:
        """Tell whether an error says that the venue did not take the order, by its class alone."""
        errors = self.settings.errors
        if isinstance(error, (errors.RateLimitExceeded, errors.DDoSProtection)):
            return True
        is_named = isinstance(error, errors.ExchangeError) and type(error) is not errors.ExchangeError
        return is_named and not isinstance(error, errors.DuplicateOrderId)

    def _arrived(self, known: Known, found: dict[str, Any]) -> Flow[dict[str, Any]]:
        self.book.locate(known, str(found["id"]))
        self.settings.settle(known.order)
        is_go = yield from self._reporting.confirm(known)
        if not is_go:
            is_cancelled = yield from self._reporting.withdraw(known)
            told = "it is cancelled there" if is_cancelled else "cancel it there: it still works"
            raise NotActionable(f"its approval ended before the venue had it: {told}", decision=None)
        yield from self._reporting.report(known, found)
        renamed: dict[str, Any] = known.rename(found)
        return renamed

    def _resolve(self, known: Known) -> Flow[dict[str, Any]]:
        """Return an order that was in doubt. Raises OutcomeUnknown: it still is; Unavailable: it never arrived."""
        found, is_sure = yield from self._reporting.look_up(known)
        if found is not None:
            return (yield from self._arrived(known, found))
        if not is_sure or self.settings.core.monotonic() - known.sent_at < _ARRIVES_WITHIN_SECONDS:
            raise OutcomeUnknown("the venue may have the order still", client_order_id=known.name)
        yield self.settings.core.cancel(known.name, "it did not reach the venue")
        self.book.forget(known)
        self.settings.settle(known.order)
        raise Unavailable("the order did not reach the venue and is cancelled: ask again")

    def _cancel(self, call: Cancel) -> Flow[Any]:
        """Cancel at the venue first: no gateway stands in the way of less risk."""
        known = self.book.find(call.id, call.params)
        order_id, params = call.id, dict(call.params)
        symbol = call.symbol
        if known is not None:
            params.pop("clientOrderId", None)
            order_id, symbol = known.exchange_order_id, known.order.symbol
            if order_id is None:
                params["clientOrderId"] = known.client_id
        try:
            found = yield Venue("cancel_order", (order_id, symbol, params))
        except self.settings.errors.OrderNotFound:
            if known is not None:
                yield from self._reporting.refresh(known)
            raise
        if known is None:
            return found
        yield from self._reporting.refresh(known)
        return known.rename(found)

    def _cancel_all(self, call: CancelAll) -> Flow[Any]:
        found = yield Venue("cancel_all_orders", (call.symbol, dict(call.params)))
        for known in self.book:
            if not known.is_ended and not known.is_in_doubt and call.symbol in {None, known.order.symbol}:
                yield from self._reporting.refresh(known)
        return found

    def _edit(self, call: Edit) -> Flow[Any]:
        """Replace an order: the new one is approved first, then the old one cancelled, then the new one placed.

        `amount` is the whole order's, its filled part included. A denial leaves the old order as it is.
        """
        known = self.book.find(call.id, call.params)
        if known is None or known.exchange_order_id is None:
            raise refuse("this order was not placed here: cancel it and place a new one")
        old = known.order
        if call.side and str(call.side).lower() != old.side:
            raise refuse("an order does not change its side")
        whole = to_decimal(call.amount, "amount") or to_decimal(old.quantity, "amount")
        filled = yield from self._filled(known)
        if whole is None or whole <= filled:
            raise refuse("more than that amount is already filled")
        params: dict[str, Any] = {name: value for name, value in call.params.items() if name != "clientOrderId"}
        params["riskgate"] = {
            "strategy": old.strategy,
            "stop_loss_price": old.stop_loss_price,
            **params.get("riskgate", {}),
        }
        price = call.price if call.price is not None else old.price
        create = Create(
            symbol=old.symbol, type=call.type, side=old.side, amount=whole - filled, price=price, params=params
        )
        order, wanted, market = yield from self.settings.prepare(create)
        decision = yield from self.settings.decide(self.settings.core.submit(order), order)
        try:
            yield from self._cancel(Cancel(id=known.exchange_order_id))
            filled = yield from self._filled(known, is_ended=True)
        except Exception:
            yield from attempt(self.settings.core.cancel(order.client_order_id, "the old order was not cancelled"))
            raise
        left = whole - filled
        if left <= 0:
            yield from attempt(self.settings.core.cancel(order.client_order_id, "the old order was filled"))
            raise refuse("the order was filled in the meantime")
        if left < Decimal(str(order.quantity)):
            order = replace(order, quantity=left)
        return (yield from self._place(order, decision, wanted, market))

    def _filled(self, known: Known, *, is_ended: bool = False) -> Flow[Decimal]:
        """Return what the venue says is filled. Raises OutcomeUnknown: it does not say, or the order still works."""
        found = yield Venue("fetch_order", (known.exchange_order_id, known.order.symbol))
        yield from self._reporting.report(known, found)
        filled = to_quantity(found.get("filled"))
        if filled is None or (is_ended and found.get("status") not in ENDED):
            raise OutcomeUnknown("the venue does not say what is left of the order", client_order_id=known.name)
        return filled


def attempt_flow(flow: Flow[Any]) -> Flow[None]:
    """Carry a flow out and let the gateway's no be: it is tried again."""
    try:
        yield from flow
    except Denied:
        raise
    except RiskGateError:
        return


def _text(value: Any) -> str:
    return to_text(Decimal(str(value)))
