"""The client: one account of one gateway, for programs with threads and for asyncio."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection
from typing import Any

import httpx

from riskgate_client.account import Account, HeartbeatAnswer, HeartbeatEnded, KillSwitch, StopAnswer
from riskgate_client.core import FINAL, Core, Until
from riskgate_client.heartbeats import AsyncHeartbeats, Heartbeats
from riskgate_client.models import BatchDecision, CancelAnswer, CheckAnswer, Decision, FillAnswer, Order, PlacedAnswer
from riskgate_client.requests import Amount, NewFill, NewOrder
from riskgate_client.transport import AsyncTransport, SyncTransport, check_token, check_url
from riskgate_client.wire import Policy

_POLICY = Policy()


class _Base:
    """What both clients know: where to ask, for which account, how patiently. The token is in no text of it."""

    def __init__(self, url: str, account: str, policy: Policy, monotonic: Callable[[], float]) -> None:
        self.url = url
        self.account = account
        self.core = Core(account=account, policy=policy, monotonic=monotonic)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.url!r}, account={self.account!r})"


class Client(_Base):
    """The gateway for one account; threads may share it.

    `url` is the stack's output `ApiUrl`, https except on this machine (`allow_http` for a closed network). Each call
    asks again after lost answers, 429 and 5xx, with the same ids and within the policy's deadline. Every failure is a
    `RiskGateError`. Raises ValueError: the address or the token is none.
    """

    def __init__(
        self,
        url: str,
        token: str,
        account: str,
        *,
        policy: Policy = _POLICY,
        allow_http: bool = False,
        transport: httpx.BaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Any = time.sleep,
    ) -> None:
        url = check_url(url, allow_http=allow_http)
        super().__init__(url, account, policy, monotonic)
        self._transport = SyncTransport(url, check_token(token), transport, sleep)
        self.run = self._transport.run

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._transport.close()

    def submit(self, order: NewOrder) -> Decision:
        """Have an order decided; what is returned is approved and its exposure reserved.

        With `route` the gateway sends it, otherwise place it before `reservation_expires_at` and say so (`placed`).
        Raises Denied, NotActionable, Refused; Unavailable: nothing happened; OutcomeUnknown: ask again with the same
        order object.
        """
        return self.run(self.core.submit(order))

    def check(self, order: NewOrder) -> CheckAnswer:
        """Return the decision the order would get, without effect, and the largest quantity that would pass."""
        return self.run(self.core.check(order))

    def submit_batch(self, orders: Collection[NewOrder]) -> BatchDecision:
        """Have at most ten orders decided together: all are approved, or none (Denied). Otherwise as `submit`."""
        return self.run(self.core.submit_batch(orders))

    def modify(
        self,
        client_order_id: str,
        *,
        quantity: Amount | None = None,
        price: Amount | None = None,
        trigger_price: Amount | None = None,
        stop_loss_price: Amount | None = None,
    ) -> Order:
        """Give a working order new terms; `quantity` is the whole order's, its filled part included.

        Returns the order as it is afterwards: one at its venue keeps its terms until it is replaced there. Raises
        Denied: the terms stay as they were; Conflict; OutcomeUnknown: ask for the same terms again.
        """
        terms = {"quantity": quantity, "price": price, "trigger_price": trigger_price}
        return self.run(self.core.modify(client_order_id, **terms, stop_loss_price=stop_loss_price))

    def cancel(self, client_order_id: str, reason: str | None = None) -> CancelAnswer:
        """Cancel an order. One that left for its venue ends later: wait for its end."""
        return self.run(self.core.cancel(client_order_id, reason))

    def placed(self, client_order_id: str, exchange_order_id: str | None = None) -> PlacedAnswer:
        """Tell that the bot placed an order. Raises Conflict: it ended; cancel it at the venue."""
        return self.run(self.core.placed(client_order_id, exchange_order_id))

    def fill(self, client_order_id: str, fill: NewFill) -> FillAnswer:
        """Report an execution of an order that the bot placed; twice the same `fill_id` counts once."""
        return self.run(self.core.fill(client_order_id, fill))

    def get(self, client_order_id: str) -> Order:
        """Return an order. Raises NotFound."""
        return self.run(self.core.get(client_order_id))

    def find(self, is_wanted: Callable[[Order], bool]) -> Order | None:
        """Return the first order that a function wants, by client_order_id, or None. Reads page after page."""
        return self.run(self.core.find(is_wanted))

    def wait_for(self, client_order_id: str, until: Until = FINAL, timeout_seconds: float = 30.0) -> Order:
        """Wait until an order has one of the statuses, or a function says so; see FILLED, PLACED and FINAL.

        Raises OrderEnded: it ended otherwise; StillWorking: not in time; Unavailable: it could not be read.
        """
        return self.run(self.core.wait_for(client_order_id, until, timeout_seconds))

    def read_account(self) -> Account:
        """Return the account: trading state, equity, positions, orders."""
        return self.run(self.core.read_account())

    def move_stop(
        self,
        venue: str,
        symbol: str,
        stop_loss_price: Amount,
        *,
        take_profit_price: Amount | None = None,
        stop_kept_by: str | None = None,
    ) -> StopAnswer:
        """Move the stop of a position: tighter always, looser within limits."""
        return self.run(self.core.move_stop(venue, symbol, stop_loss_price, take_profit_price, stop_kept_by))

    def heartbeat(self, strategy: str, interval_seconds: int) -> HeartbeatAnswer:
        """Give one sign of life; without the next within the interval the strategy may only reduce."""
        return self.run(self.core.heartbeat(strategy, interval_seconds))

    def end_heartbeat(self, strategy: str) -> HeartbeatEnded:
        """Release a strategy from its promise."""
        return self.run(self.core.end_heartbeat(strategy))

    def heartbeats(self, strategy: str, interval_seconds: int = 60) -> Heartbeats:
        """Return a context manager that gives signs of life from a thread; see `Heartbeats`."""
        return Heartbeats(self, strategy, interval_seconds)

    def engaged_kill_switches(
        self, *, venue: str | None = None, strategy: str | None = None, symbol: str | None = None
    ) -> tuple[KillSwitch, ...]:
        """Return the engaged kill switches that concern the account; of what is left out, any. Empty: none is."""
        return self.run(self.core.engaged_kill_switches(venue, strategy, symbol))


class AsyncClient(_Base):
    """The gateway for one account, for asyncio; the methods are those of `Client`, where they are described."""

    def __init__(
        self,
        url: str,
        token: str,
        account: str,
        *,
        policy: Policy = _POLICY,
        allow_http: bool = False,
        transport: httpx.AsyncBaseTransport | None = None,
        monotonic: Callable[[], float] = time.monotonic,
        sleep: Any = None,
    ) -> None:
        url = check_url(url, allow_http=allow_http)
        super().__init__(url, account, policy, monotonic)
        pausing = {} if sleep is None else {"sleep": sleep}
        self._transport = AsyncTransport(url, check_token(token), transport, **pausing)
        self.run = self._transport.run

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    async def submit(self, order: NewOrder) -> Decision:
        """Have an order decided; what is returned is approved. See `Client.submit`."""
        return await self.run(self.core.submit(order))

    async def check(self, order: NewOrder) -> CheckAnswer:
        """Return the decision the order would get, and the largest quantity. See `Client.check`."""
        return await self.run(self.core.check(order))

    async def submit_batch(self, orders: Collection[NewOrder]) -> BatchDecision:
        """Have orders decided together. See `Client.submit_batch`."""
        return await self.run(self.core.submit_batch(orders))

    async def modify(
        self,
        client_order_id: str,
        *,
        quantity: Amount | None = None,
        price: Amount | None = None,
        trigger_price: Amount | None = None,
        stop_loss_price: Amount | None = None,
    ) -> Order:
        """Give a working order new terms. See `Client.modify`."""
        terms = {"quantity": quantity, "price": price, "trigger_price": trigger_price}
        return await self.run(self.core.modify(client_order_id, **terms, stop_loss_price=stop_loss_price))

    async def cancel(self, client_order_id: str, reason: str | None = None) -> CancelAnswer:
        """Cancel an order. See `Client.cancel`."""
        return await self.run(self.core.cancel(client_order_id, reason))

    async def placed(self, client_order_id: str, exchange_order_id: str | None = None) -> PlacedAnswer:
        """Tell that the bot placed an order. See `Client.placed`."""
        return await self.run(self.core.placed(client_order_id, exchange_order_id))

    async def fill(self, client_order_id: str, fill: NewFill) -> FillAnswer:
        """Report an execution. See `Client.fill`."""
        return await self.run(self.core.fill(client_order_id, fill))

    async def get(self, client_order_id: str) -> Order:
        """Return an order. See `Client.get`."""
        return await self.run(self.core.get(client_order_id))

    async def find(self, is_wanted: Callable[[Order], bool]) -> Order | None:
        """Return the first order that a function wants. See `Client.find`."""
        return await self.run(self.core.find(is_wanted))

    async def wait_for(self, client_order_id: str, until: Until = FINAL, timeout_seconds: float = 30.0) -> Order:
        """Wait until an order has come so far. See `Client.wait_for`."""
        return await self.run(self.core.wait_for(client_order_id, until, timeout_seconds))

    async def read_account(self) -> Account:
        """Return the account. See `Client.read_account`."""
        return await self.run(self.core.read_account())

    async def move_stop(
        self,
        venue: str,
        symbol: str,
        stop_loss_price: Amount,
        *,
        take_profit_price: Amount | None = None,
        stop_kept_by: str | None = None,
    ) -> StopAnswer:
        """Move the stop of a position. See `Client.move_stop`."""
        return await self.run(self.core.move_stop(venue, symbol, stop_loss_price, take_profit_price, stop_kept_by))

    async def heartbeat(self, strategy: str, interval_seconds: int) -> HeartbeatAnswer:
        """Give one sign of life. See `Client.heartbeat`."""
        return await self.run(self.core.heartbeat(strategy, interval_seconds))

    async def end_heartbeat(self, strategy: str) -> HeartbeatEnded:
        """Release a strategy from its promise. See `Client.end_heartbeat`."""
        return await self.run(self.core.end_heartbeat(strategy))

    def heartbeats(self, strategy: str, interval_seconds: int = 60) -> AsyncHeartbeats:
        """Return an async context manager that gives signs of life from a task; see `AsyncHeartbeats`."""
        return AsyncHeartbeats(self, strategy, interval_seconds)

    async def engaged_kill_switches(
        self, *, venue: str | None = None, strategy: str | None = None, symbol: str | None = None
    ) -> tuple[KillSwitch, ...]:
        """Return the engaged kill switches that concern the account. See `Client.engaged_kill_switches`."""
        return await self.run(self.core.engaged_kill_switches(venue, strategy, symbol))
