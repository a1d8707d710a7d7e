"""Bots that own an order token and do whatever the API lets them: the venue's own books stay within the limits.

Each history is drawn from a seed. What is held, and what would be held if everything that rests were filled, is
computed from the books of the simulated exchange, never from the gateway's. After a stop it does not grow.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

import pytest

from tests.support.callers import BOT, Caller
from tests.support.gateway import ACCOUNT_ID, BTC, ETH, VENUE, Answer, instant
from tests.support.monitored_account import Watch

#: Prices at the venue when a history begins; the gateway is told the venue's, as its market data job does.
PRICES = {BTC: Decimal(50000), ETH: Decimal(4000)}
SPREAD = Decimal("0.0002")
STEPS = 60
#: What the account may hold of one coin, in one market and in all, as fractions of equity (shipped limits).
POSITION, GROSS = Decimal("0.10"), Decimal("0.80")
#: An order may be filled at a price that moved since it was approved, and equity pays the fee: not an order more.
SLACK = Decimal("1.02")
STRATEGIES = ["alpha"] * 4 + ["beta"] * 4 + ["Alpha", "gamma"]
QUANTITIES = ["0.00001", "0.01", "0.02", "0.05", "0.1", "0.19", "0.5", "1", "2.4", "1000"]


@dataclass
class World:
    """One history: an account at the venue, a bot with an order token, and an operator."""

    watch: Watch
    dice: random.Random
    bot: Caller
    prices: dict[str, Decimal] = field(default_factory=lambda: dict(PRICES))
    ids: list[str] = field(default_factory=list)
    answers: dict[int, int] = field(default_factory=dict)
    stopped_at: dict[str, Decimal] | None = None
    seen: dict[str, Decimal] = field(default_factory=dict)

    # --- what the bot does

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        """Let the bot ask; whatever it is, the gateway answers in codes."""
        answer = self.watch.routed.gateway.call(method, f"/accounts/{ACCOUNT_ID}{path}", body, caller=self.bot)
        assert answer.status < 500, answer.text
        self.answers[answer.status] = self.answers.get(answer.status, 0) + 1
        return answer

    def draw_order(self) -> dict[str, Any]:
        """Draw an order: any side, type, size and name, sent by the gateway or (as it says) by the bot."""
        symbol = self.dice.choice([BTC, ETH])
        kind = self.dice.choice(["limit", "limit", "market", "stop_limit"])
        away = Decimal(self.dice.choice([-4, -1, 0, 0, 1, 4])) / 100
        price = (self.prices[symbol] * (1 + away)).quantize(Decimal("0.01"))
        side = self.dice.choice(["buy", "buy", "buy", "sell"])
        used = self.dice.random() < 0.1 and self.ids
        order = {
            "client_order_id": self.dice.choice(self.ids) if used else f"bot-{len(self.ids)}-{self.dice.randrange(99)}",
            "symbol": symbol,
            "venue": VENUE,
            "strategy": self.dice.choice(STRATEGIES),
            "side": side,
            "type": kind,
            "quantity": self.dice.choice(QUANTITIES),
            "route": self.dice.random() < 0.85,
        }
        if kind != "market":
            order["price"] = str(price)
        if kind == "stop_limit":
            order["trigger_price"] = str(price)
        if side == "buy" and self.dice.random() < 0.9:
            order["stop_loss_price"] = str((price * Decimal("0.97")).quantize(Decimal("0.01")))
        if self.dice.random() < 0.05:
            order["reduce_only"] = True
        self.ids.append(str(order["client_order_id"]))
        return order

    def submit(self) -> None:
        """Order."""
        self.call("POST", "/orders", self.draw_order())

    def submit_batch(self) -> None:
        """Order several at once."""
        self.call("POST", "/orders/batch", {"orders": [self.draw_order() for _ in range(self.dice.randint(1, 4))]})

    def change(self) -> None:
        """Make an order larger, smaller, dearer."""
        body = self.dice.choice([{"quantity": self.dice.choice(QUANTITIES)}, {"price": str(self.prices[BTC])}])
        self.call("PATCH", f"/orders/{self.draw_id()}", body)

    def cancel(self) -> None:
        """Take an order back."""
        self.call("POST", f"/orders/{self.draw_id()}/cancel")

    def report_fill(self) -> None:
        """Claim a fill, or that an order is gone."""
        at = instant(self.watch.routed.gateway.now)
        fill = {"fill_id": f"f{self.dice.randrange(10**6)}", "quantity": "0.1", "price": "0.01", "executed_at": at}
        self.call("POST", f"/orders/{self.draw_id()}/fills", fill)

    def report_money(self) -> None:
        """Claim to be rich, or that money came in."""
        self.call("POST", "/snapshots", {"equity": "9000000", "balances": [], "positions": []})
        self.call("POST", "/transfers", {"transfer_id": str(self.dice.random()), "kind": "deposit", "amount": "1"})

    def beat(self) -> None:
        """Promise, or end, a sign of life of any strategy."""
        path = f"/heartbeats/{self.dice.choice(STRATEGIES)}"
        self.call(*self.dice.choice([("PUT", path, {"interval_seconds": 3600}), ("DELETE", path)]))

    def loosen(self) -> None:
        """Try what is an operator's."""
        self.call("PUT", "/limits", {"position_size_fraction_max": "1"})
        self.call("POST", "/exits", {"scope": "all"})

    def draw_id(self) -> str:
        """Draw an order of before, or none."""
        return self.dice.choice(self.ids) if self.ids else "nothing"

    # --- what the world does

    def work(self) -> None:
        """Let the order worker carry out what waits."""
        self.watch.routed.work_all()

    def move_price(self) -> None:
        """Move a price by up to half a percent, which fills what it reaches."""
        symbol = self.dice.choice([BTC, ETH])
        moved = self.prices[symbol] * (1 + Decimal(self.dice.randint(-50, 50)) / 10_000)
        self.prices[symbol] = moved.quantize(Decimal("0.01"))
        self.watch.price(str(self.prices[symbol]), symbol.replace("/", ""))

    def monitor(self) -> None:
        """Read the venue."""
        self.work()
        self.watch.run()

    def stop(self) -> None:
        """Engage or release the kill switch. Once it is acknowledged, what the books could come to is the most there is."""
        engaged = self.stopped_at is None
        assert self.watch.routed.gateway.kill(engaged=engaged).status == 200
        self.stopped_at = self.worst_case() if engaged else None

    def quote(self) -> None:
        """Tell the gateway the venue's prices."""
        gateway = self.watch.routed.gateway
        quotes = [
            gateway.quote_of(symbol, bid=str(price * (1 - SPREAD)), ask=str(price * (1 + SPREAD)), last=str(price))
            for symbol, price in self.prices.items()
        ]
        assert gateway.call("PUT", "/market/quotes", {"quotes": quotes}).status == 200

    # --- what the venue's books say

    def held(self) -> dict[str, Decimal]:
        """Return units of each coin."""
        spot = self.watch.simulator.account()["spot"]
        names = {symbol: symbol.split("/")[0] for symbol in PRICES}
        return {
            symbol: Decimal(spot.get(name, {}).get("free", 0)) + Decimal(spot.get(name, {}).get("locked", 0))
            for symbol, name in names.items()
        }

    def worst_case(self) -> dict[str, Decimal]:
        """Return units of each coin if every resting buy were filled."""
        found = self.held()
        for order in self.watch.simulator.orders():
            if order["open"] and order["side"] == "BUY":
                symbol = {"BTCUSDT": BTC, "ETHUSDT": ETH}[order["symbol"]]
                found[symbol] += Decimal(order["quantity"]) - Decimal(order["executed"])
        return found

    def assert_within_limits(self) -> None:
        """Fail where more is held, or could come to be held, than before and than the limits allow."""
        equity = self.watch.venue_value({"BTC": str(self.prices[BTC]), "ETH": str(self.prices[ETH])})
        worst = self.worst_case()
        values = {symbol: units * self.prices[symbol] / equity for symbol, units in worst.items()}
        for symbol, value in values.items():
            # A price alone may lift what is held above a limit.
            assert worst[symbol] <= self.seen.get(symbol, 0) or value <= POSITION * SLACK, f"{symbol}: {value:.4f}"
        assert sum(values.values()) <= GROSS * SLACK
        assert all(units >= 0 for units in worst.values())
        if self.stopped_at is not None:
            for symbol, units in worst.items():
                assert units <= self.stopped_at[symbol], f"{symbol} grew after the stop"
        self.seen = worst


def run_history(watch: Watch, seed: int) -> World:
    """Let a bot act at random, and look at the venue's books after every step."""
    world = World(
        watch=watch,
        dice=random.Random(seed),  # noqa: S311 - a history, not a secret
        bot=replace(BOT, strategies=("alpha", "beta")),
    )
    watch.fund(spot={"USDT": "100000", "BTC": "0", "ETH": "0"})
    for symbol, price in PRICES.items():
        watch.price(str(price), symbol.replace("/", ""))
    bots: list[Callable[[], None]] = [world.submit] * 8 + [world.submit_batch] * 3 + [world.change] * 2 + [world.cancel]
    bots += [world.report_fill, world.report_money, world.beat, world.loosen]
    around: list[Callable[[], None]] = [world.work] * 4 + [world.move_price] * 4 + [world.monitor] * 2 + [world.stop]
    # Without a risk report the whole exposure counts as its VaR, and no other limit would ever bind.
    off = {"var_fraction_max": None, "stress_loss_fraction_max": None}
    assert watch.routed.gateway.limits(**off).status == 200
    world.quote()
    world.monitor()
    for _ in range(STEPS):
        world.dice.choice(bots)()
        world.dice.choice(around if world.stopped_at is None else [*around, world.stop, world.stop])()
        world.quote()
        world.assert_within_limits()
    world.work()
    world.assert_within_limits()
    return world


@pytest.mark.parametrize("seed", range(3))
def test_bot_when_it_does_anything_the_api_lets_it_then_the_venues_books_stay_within_the_limits(
    watch: Watch, seed: int
) -> None:
    world = run_history(watch, seed)
    assert any(world.seen.values()), "nothing was bought, nothing rests: the history shows nothing"
    assert {201, 403, 422} <= world.answers.keys(), world.answers


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 115))
def test_bots_when_there_are_many_then_the_venues_books_stay_within_the_limits(watch: Watch, seed: int) -> None:
    run_history(watch, seed)
