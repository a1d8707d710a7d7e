"""What both kinds of guard do before a decision: markets, grid, stop, and the id of an order asked for again."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from riskgate_client.core import Core
from riskgate_client.errors import Conflict, Denied, OutcomeUnknown, RiskGateError
from riskgate_client.guard.actions import Create
from riskgate_client.guard.flow import Flow, Step, Venue
from riskgate_client.guard.wanted import Wanted, read_create, refuse
from riskgate_client.requests import NewOrder, is_same_request, to_text

_BUY = "buy"


@dataclass(kw_only=True)
class Settings:
    """How an exchange is guarded; see `guard`."""

    core: Core
    exchange: Any
    errors: Any
    venue: str
    strategy: str
    route: bool
    stop_fraction: Decimal | None
    venue_params: Collection[str]
    wait_seconds: float
    #: Orders whose outcome is unknown, by id: asked for again, they keep it.
    in_doubt: dict[str, Mapping[str, Any]] = field(default_factory=dict)

    def prepare(self, call: Create) -> Flow[tuple[NewOrder, Wanted, Mapping[str, Any]]]:
        """Return the order that the gateway is to decide on, what the bot asked for, and the market.

        Amounts and prices are put on the venue's grid as ccxt does: what is decided on is what is sent.
        """
        wanted = read_create(call, self.venue_params, route=self.route)
        yield Venue("load_markets")
        market = self.exchange.market(wanted.symbol)
        symbol = str(market["symbol"])
        if not wanted.is_market and wanted.price is None:
            raise refuse("a limit order needs a price")
        if wanted.quantity is None and wanted.cost is None:
            raise refuse("an order needs an amount")
        stop = wanted.stop_loss_price
        if stop is None and self.stop_fraction is not None and not wanted.reduce_only:
            stop = yield from self._stop_of(wanted, symbol)
        ours = wanted.ours
        order = NewOrder(
            client_order_id=wanted.client_order_id,
            symbol=symbol,
            venue=self.venue,
            strategy=str(ours.get("strategy", self.strategy)),
            side=wanted.side,
            type=wanted.type,
            quantity=self._on_grid("amount_to_precision", symbol, wanted.quantity),
            quote_quantity=self._on_grid("cost_to_precision", symbol, wanted.cost),
            price=None if wanted.is_market else self._on_grid("price_to_precision", symbol, wanted.price),
            trigger_price=self._on_grid("price_to_precision", symbol, wanted.trigger_price),
            stop_loss_price=self._on_grid("price_to_precision", symbol, stop),
            take_profit_price=wanted.take_profit_price if self.route else None,
            trailing_fraction=ours.get("trailing_fraction") if self.route else None,
            stop_kept_by=ours.get("stop_kept_by"),
            reduce_only=wanted.reduce_only,
            post_only=wanted.post_only,
            time_in_force=wanted.time_in_force,
            route=self.route,
            tags=tuple(ours.get("tags", ())),
        )
        return self._as_asked_before(order), wanted, market

    def _stop_of(self, wanted: Wanted, symbol: str) -> Flow[Decimal]:
        """Return a stop at the guard's distance from where the order would be filled."""
        assert self.stop_fraction is not None  # noqa: S101 asked by the caller
        price = wanted.price if not wanted.is_market else wanted.trigger_price
        if price is None:
            ticker = yield Venue("fetch_ticker", (symbol,))
            last = ticker.get("ask" if wanted.side == _BUY else "bid") or ticker.get("last")
            if not last:
                raise refuse("the venue tells no price to set the stop by")
            price = Decimal(str(last))
        away = -self.stop_fraction if wanted.side == _BUY else self.stop_fraction
        return price * (1 + away)

    def _on_grid(self, method: str, symbol: str, value: Decimal | None) -> Decimal | None:
        return None if value is None else Decimal(str(getattr(self.exchange, method)(symbol, to_text(value))))

    def _as_asked_before(self, order: NewOrder) -> NewOrder:
        """Return the order under the id of an equal one whose outcome is unknown: a bot that asks again means it."""
        body = order.to_wire()
        for name, before in self.in_doubt.items():
            if is_same_request(before, body):
                return NewOrder(**{**_fields(order), "client_order_id": name})
        return order

    def doubt(self, order: NewOrder) -> None:
        """Remember an order whose outcome is unknown."""
        self.in_doubt[order.client_order_id] = order.to_wire()

    def settle(self, *orders: NewOrder) -> None:
        """Forget the doubt about orders."""
        for order in orders:
            self.in_doubt.pop(order.client_order_id, None)

    def decide(self, step: Step, *orders: NewOrder) -> Flow[Any]:
        """Have orders decided, and remember them where their outcome stays unknown."""
        try:
            decision = yield step
        except BaseException as error:
            if isinstance(error, (Denied, Conflict)):
                self.settle(*orders)
            elif not isinstance(error, RiskGateError) or isinstance(error, OutcomeUnknown):
                # Also where the program gave up waiting.
                for order in orders:
                    self.doubt(order)
            raise
        self.settle(*orders)
        return decision


def _fields(order: NewOrder) -> dict[str, Any]:
    return {name: getattr(order, name) for name in order.__dataclass_fields__}
