"""The demo's trader: send orders, report fills and equity, and insist on what the story expects."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_FLOOR, Decimal
from http import HTTPStatus
from typing import Any

from infra.demo.books import Books
from infra.demo.prices import MARKETS, VENUE, Candle, Quote, make_quote
from infra.demo.screen import Call, Screen, describe_order, percent
from infra.riskctl.api import ApiClient, ApiReply, account_path

CALM_SPREAD_BPS = Decimal(2)


class StoryBroken(Exception):
    """The gateway did something else than the story says: the demo fails."""


def expect(*, that: bool, what: str) -> None:
    """Insist on something; StoryBroken when it is not so."""
    if not that:
        raise StoryBroken(what)


@dataclass(kw_only=True)
class Trader:
    """One bot on one account that was made for this run, with the bot's own books."""

    bot: ApiClient
    feed: ApiClient
    account_id: str
    books: Books
    candles: Mapping[tuple[str, date], Candle]
    screen: Screen
    quotes: dict[str, Quote] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    replays: int = 0
    orders_sent: int = 0

    def path(self, *rest: str) -> str:
        """Return a route of the account."""
        return account_path(self.account_id, *rest)

    def quote(
        self,
        day: date,
        prices: Mapping[str, Decimal],
        *,
        spread_bps: Decimal = CALM_SPREAD_BPS,
        age: timedelta = timedelta(0),
    ) -> None:
        """Push historical prices as if they were seen `age` ago: the gateway's clock is today's."""
        quotes = {
            asset: make_quote(asset, price, self.candles[asset, day], spread_bps) for asset, price in prices.items()
        }
        at = datetime.now(UTC) - age
        self.feed.call("PUT", "/market/quotes", {"quotes": [quote.to_request(at) for quote in quotes.values()]})
        self.quotes |= quotes

    def snapshot(self) -> dict[str, Any]:
        """Report equity, balances and positions; the gateway must then hold the same positions."""
        self.feed.call("POST", self.path("snapshots"), self.books.to_snapshot(self.quotes))
        account = self.bot.get(self.path())
        held = {row["asset"]: Decimal(row["quantity"]) for row in account["positions"]}
        expected = {asset: holding.quantity for asset, holding in self.books.holdings.items()}
        expect(that=held == expected, what=f"the gateway holds {held}, the bot {expected}")
        return account

    def order(self, asset: str, side: str, quantity: Decimal | str, **fields: Any) -> dict[str, Any]:
        """Return an order: a limit order where a price is given, else a market order."""
        self.orders_sent += 1
        prices = {name: Decimal(value) for name, value in fields.items() if name.endswith("price")}
        return {
            "client_order_id": f"{self.account_id}-{self.orders_sent:02d}",
            "symbol": f"{asset}/USDT",
            "venue": VENUE,
            "strategy": "swing",
            "side": side,
            "type": "limit" if "price" in fields else "market",
            "quantity": Decimal(quantity),
            **fields,
            **prices,
        }

    def submit(self, order: Mapping[str, Any]) -> ApiReply:
        """Send an order and take the time."""
        started = time.perf_counter()
        reply = self.bot.call("POST", self.path("orders"), order, is_answer=lambda _: True)
        elapsed = (time.perf_counter() - started) * 1000
        if reply.replayed:
            self.replays += 1
        elif "decision" in reply.body:
            self.calls.append(Call(outcome=reply.body["code"] or "approved", milliseconds=elapsed))
        return reply

    def approve(self, order: Mapping[str, Any], *, fill: bool = True) -> ApiReply:
        """Send an order that must be approved, and report its execution."""
        reply = self.submit(order)
        body = reply.body
        approved = reply.status == HTTPStatus.CREATED and body["decision"] == "approved"
        expect(that=approved, what=f"{describe_order(order)} was to be approved, it was answered {reply.status} {body}")
        equity = self.books.compute_equity(self.quotes)
        reserved = body["reserved"]
        uses = f"{percent(reserved['notional'], equity)} of equity, {percent(reserved['risk'], equity)} at risk"
        self.screen.approved(
            describe_order(order), uses if Decimal(reserved["notional"]) else "an exit: no limit applies"
        )
        if fill:
            self._fill(order)
        return reply

    def deny(self, order: Mapping[str, Any], code: str, *, also: str | None = None) -> ApiReply:
        """Send an order that must be denied for one reason, and perhaps `also` for another."""
        reply = self.submit(order)
        body = reply.body
        seen = f"it was answered {reply.status} {body.get('code') or body.get('decision')}"
        denied = reply.status == HTTPStatus.UNPROCESSABLE_ENTITY and body.get("code") == code
        expect(that=denied, what=f"{describe_order(order)} was to be denied with {code}, {seen}")
        reasons = {violation["code"]: violation["message"] for violation in body["violations"]}
        expect(that=also is None or also in reasons, what=f"{also} is missing among {sorted(reasons)}")
        self.screen.denied(describe_order(order), code, reasons[code] + (f"; {reasons[also]}" if also else ""))
        return reply

    def size(self, order: Mapping[str, Any], binding: str) -> Decimal:
        """Ask for the largest quantity that would pass; `binding` is the check that must bound it."""
        body = self.bot.call("POST", self.path("orders", "check"), order).body
        expect(
            that=body["binding_check"] == binding,
            what=f"the size was to be bound by {binding}, it is by {body['binding_check']}",
        )
        what = f"how much {order['side']} of {order['symbol']}?"
        self.screen.noted(what, f"at most {body['max_quantity']}, bound by {binding}")
        return Decimal(body["max_quantity"])

    def quantity_of(self, asset: str, notional: Decimal) -> Decimal:
        """Return the quantity worth about `notional`, on the lot grid."""
        return (notional / self.quotes[asset].ask).quantize(MARKETS[asset].step_size, ROUND_FLOOR)

    def _fill(self, order: Mapping[str, Any]) -> None:
        """Report the whole order as executed at its price, or at the touch."""
        asset = order["symbol"].partition("/")[0]
        is_buy = order["side"] == "buy"
        touch = self.quotes[asset].ask if is_buy else self.quotes[asset].bid
        price = order.get("price", touch)
        signed = order["quantity"] if is_buy else -order["quantity"]
        fee = self.books.book(asset, signed, price, order.get("stop_loss_price"))
        execution = {
            "fill_id": f"{order['client_order_id']}-fill",
            "quantity": order["quantity"],
            "price": price,
            "fee": fee,
            "executed_at": datetime.now(UTC),
        }
        reply = self.bot.call("POST", self.path("orders", order["client_order_id"], "fills"), execution)
        expect(that=reply.body["status"] == "filled", what=f"the order was to be filled, it is {reply.body['status']}")
