"""The gateway's routes as operations without I/O: what to ask, what an answer means."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import quote

from riskgate_client.account import Account, HeartbeatAnswer, HeartbeatEnded, KillSwitch, KillSwitches, StopAnswer
from riskgate_client.asking import Answered, Asking, Request
from riskgate_client.decoding import read
from riskgate_client.errors import (
    Conflict,
    Denied,
    NotActionable,
    OrderEnded,
    OutcomeUnknown,
    StillWorking,
    Unavailable,
    Unreadable,
)
from riskgate_client.models import (
    ACTIONABLE_STATUSES,
    FINAL_STATUSES,
    BatchDecision,
    CancelAnswer,
    CheckAnswer,
    Decision,
    FillAnswer,
    Order,
    OrdersPage,
    PlacedAnswer,
)
from riskgate_client.reading import about, decided, refusal_of
from riskgate_client.requests import Amount, NewFill, NewOrder, amounts, to_amount
from riskgate_client.wire import Operation, Pause, Policy

T = TypeVar("T")
#: What an order is waited for: statuses, or whatever a function says of it.
Until = Collection[str] | Callable[[Order], bool]
FILLED: Collection[str] = frozenset({"filled"})
#: At the venue, or beyond.
PLACED: Collection[str] = frozenset({"submitted", "partially_filled", "filled"})
FINAL: Collection[str] = FINAL_STATUSES


@dataclass(frozen=True, kw_only=True)
class Core:
    """What one account's bot may ask; each method returns an operation that a transport drives."""

    account: str
    policy: Policy
    monotonic: Callable[[], float]

    @property
    def _asking(self) -> Asking:
        return Asking(policy=self.policy, monotonic=self.monotonic)

    def submit(self, order: NewOrder) -> Operation[Decision]:
        """See `Client.submit`."""
        request = self._post("orders", order.to_wire(), order.client_order_id)
        try:
            answer = yield from self._asking.ask(request)
        except OutcomeUnknown as unknown:
            return (yield from self._look_up(order, unknown))
        return about(decided(answer, request, Decision), request)

    def _look_up(self, order: NewOrder, unknown: OutcomeUnknown) -> Operation[Decision]:
        """Settle an order whose answers were lost by what the gateway has of it, where that is enough."""
        found = yield from self._asking.ask_once(self._get("orders", order.client_order_id))
        if found is None or not found.is_success:
            raise unknown
        stored = read(Order, found.body)
        if not stored.decision.is_approved:
            raise Denied("the order is denied", decision=stored.decision)
        if stored.status not in ACTIONABLE_STATUSES:
            raise NotActionable(f"the order is {stored.status}", decision=stored.decision, order=stored)
        if not order.route:
            # The bot would place it on this word, and a kill switch may have overtaken it: only the route itself looks.
            raise OutcomeUnknown(unknown.detail, client_order_id=order.client_order_id, order=stored) from unknown
        return stored.decision

    def check(self, order: NewOrder) -> Operation[CheckAnswer]:
        """See `Client.check`."""
        return self._read_answer(self._post("orders/check", order.to_wire()), CheckAnswer)

    def submit_batch(self, orders: Collection[NewOrder]) -> Operation[BatchDecision]:
        """See `Client.submit_batch`."""
        bodies = [order.to_wire() for order in orders]
        request = self._post("orders/batch", {"orders": bodies})
        answer = yield from self._asking.ask(request)
        decision = decided(answer, request, BatchDecision)
        if [leg.client_order_id for leg in decision.legs] != [order.client_order_id for order in orders]:
            raise OutcomeUnknown("the answer is about other orders")
        return decision

    def modify(
        self,
        client_order_id: str,
        *,
        quantity: Amount | None,
        price: Amount | None,
        trigger_price: Amount | None,
        stop_loss_price: Amount | None,
    ) -> Operation[Order]:
        """See `Client.modify`."""
        terms = amounts(quantity=quantity, price=price, trigger_price=trigger_price, stop_loss_price=stop_loss_price)
        request = Request(
            method="PATCH",
            path=self._path("orders", client_order_id),
            body=json.dumps(terms),
            client_order_id=client_order_id,
        )
        in_doubt = True
        try:
            answer = yield from self._asking.ask(request)
            in_doubt = answer.in_doubt
            about(decided(answer, request, Decision), request)
        except (OutcomeUnknown, Denied, Conflict):
            # The first of several requests may have been taken, and the last one judged against it.
            if not in_doubt:
                raise
        found = yield from self._asking.ask_once(self._get("orders", client_order_id))
        if found is not None and found.is_success:
            order = read(Order, found.body)
            if not in_doubt or _has_terms(order, terms):
                return order
        # Asked for again, the same terms do no harm.
        raise OutcomeUnknown("the new terms may be in force", client_order_id=client_order_id)

    def cancel(self, client_order_id: str, reason: str | None) -> Operation[CancelAnswer]:
        """See `Client.cancel`."""
        body = {"reason": reason} if reason else {}
        return self._read_answer(self._post(_order(client_order_id, "cancel"), body, client_order_id), CancelAnswer)

    def placed(self, client_order_id: str, exchange_order_id: str | None) -> Operation[PlacedAnswer]:
        """See `Client.placed`."""
        body = {"exchange_order_id": exchange_order_id} if exchange_order_id else {}
        return self._read_answer(self._post(_order(client_order_id, "placed"), body, client_order_id), PlacedAnswer)

    def fill(self, client_order_id: str, fill: NewFill) -> Operation[FillAnswer]:
        """See `Client.fill`."""
        request = self._post(_order(client_order_id, "fills"), fill.to_wire(), client_order_id)
        return self._read_answer(request, FillAnswer)

    def get(self, client_order_id: str) -> Operation[Order]:
        """See `Client.get`."""
        return self._read_answer(self._get("orders", client_order_id), Order)

    def list_orders(self, cursor: str | None) -> Operation[OrdersPage]:
        """Return one page of orders."""
        request = self._get("orders")
        if cursor is not None:
            request = Request(method="GET", path=f"{request.path}?cursor={quote(cursor, safe='')}")
        return self._read_answer(request, OrdersPage)

    def find(self, is_wanted: Callable[[Order], bool]) -> Operation[Order | None]:
        """See `Client.find`."""
        cursor = None
        while True:
            page = yield from self.list_orders(cursor)
            for order in page.orders:
                if is_wanted(order):
                    return order
            if page.next_cursor is None:
                return None
            cursor = page.next_cursor

    def wait_for(self, client_order_id: str, until: Until, timeout_seconds: float) -> Operation[Order]:
        """See `Client.wait_for`."""
        end = self.monotonic() + timeout_seconds
        attempt = 1
        seen: Order | None = None
        while True:
            found = yield from self._asking.ask_once(self._get("orders", client_order_id))
            if found is not None:
                seen = self._readable(found, client_order_id)
            if seen is not None and (until(seen) if callable(until) else seen.status in until):
                return seen
            if seen is not None and seen.is_final:
                raise OrderEnded(seen)
            left = end - self.monotonic()
            if left <= 0:
                if seen is None:
                    raise Unavailable("the order could not be read")
                raise StillWorking(seen)
            yield Pause(seconds=min(self.policy.pause_after(attempt), left))
            attempt += 1

    def _readable(self, answer: Answered, client_order_id: str) -> Order:
        if not answer.is_success:
            raise refusal_of(answer, self._get("orders", client_order_id))
        return read(Order, answer.body)

    def read_account(self) -> Operation[Account]:
        """See `Client.read_account`."""
        return self._read_answer(Request(method="GET", path=self._path()), Account)

    def move_stop(
        self,
        venue: str,
        symbol: str,
        stop_loss_price: Amount,
        take_profit_price: Amount | None,
        stop_kept_by: str | None,
    ) -> Operation[StopAnswer]:
        """See `Client.move_stop`."""
        body: dict[str, Any] = amounts(stop_loss_price=stop_loss_price, take_profit_price=take_profit_price)
        if stop_kept_by is not None:
            body["stop_kept_by"] = stop_kept_by
        path = self._path("positions", f"{venue}:{symbol}", "stop")
        return self._read_answer(Request(method="PUT", path=path, body=json.dumps(body)), StopAnswer)

    def heartbeat(self, strategy: str, interval_seconds: int) -> Operation[HeartbeatAnswer]:
        """See `Client.heartbeat`."""
        body = json.dumps({"interval_seconds": interval_seconds})
        request = Request(method="PUT", path=self._path("heartbeats", strategy), body=body)
        return self._read_answer(request, HeartbeatAnswer)

    def end_heartbeat(self, strategy: str) -> Operation[HeartbeatEnded]:
        """See `Client.end_heartbeat`."""
        return self._read_answer(Request(method="DELETE", path=self._path("heartbeats", strategy)), HeartbeatEnded)

    def engaged_kill_switches(
        self, venue: str | None, strategy: str | None, symbol: str | None
    ) -> Operation[tuple[KillSwitch, ...]]:
        """See `Client.engaged_kill_switches`."""
        found = yield from self._read_answer(Request(method="GET", path="/kill-switch"), KillSwitches)
        return tuple(
            switch
            for switch in found.kill_switches
            if switch.engaged and switch.concerns(account=self.account, venue=venue, strategy=strategy, symbol=symbol)
        )

    def _read_answer(self, request: Request, kind: type[T]) -> Operation[T]:
        answer = yield from self._asking.ask(request)
        if not answer.is_success:
            raise refusal_of(answer, request)
        try:
            return read(kind, answer.body)
        except Unreadable as error:
            if request.is_read:
                raise
            raise OutcomeUnknown(error.detail, client_order_id=request.client_order_id) from error

    def _path(self, *parts: str) -> str:
        return "/".join(("/accounts", *(quote(part, safe="") for part in (self.account, *parts))))

    def _get(self, *parts: str) -> Request:
        return Request(method="GET", path=self._path(*parts))

    def _post(self, place: str, body: dict[str, Any], client_order_id: str = "") -> Request:
        path = f"{self._path()}/{place}"
        return Request(method="POST", path=path, body=json.dumps(body), client_order_id=client_order_id)


def _order(client_order_id: str, action: str) -> str:
    return f"orders/{quote(client_order_id, safe='')}/{action}"


def _has_terms(order: Order, terms: dict[str, Any]) -> bool:
    return all(getattr(order, name) == to_amount(value) for name, value in terms.items())
