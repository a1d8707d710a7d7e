"""Figures as the venue has them: random trading, money moves, fees and funding; after each reading nothing differs.

The other side of every comparison is computed here, from the books of the simulated exchange alone.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.account.document import AccountState
from riskgate.core.account.exposure import compute_exposure
from riskgate.core.instrument import MarketType
from tests.support.gateway import ACCOUNT_ID, BTC, ETH, VENUE
from tests.support.monitored_account import BTC_SWAP, SWAP_VENUE, Watch
from tests.support.venue import ACCOUNT

STEPS = 25
PRICES = {"BTC": Decimal(50000), "ETH": Decimal(4000), "BNB": Decimal(500)}
#: Below this a spot holding cannot be sold: it counts in equity, and is no position.
NOTIONAL_MIN = Decimal(5)
#: What would only stand in the way of trading: here it is not asked whether an order passes.
OFF: dict[str, Any] = {
    "var_fraction_max": None,
    "stress_loss_fraction_max": None,
    "correlation_max": None,
    "daily_loss_fraction_max": "0.9",
    "weekly_drawdown_fraction_max": "0.9",
    "drawdown_fraction_max": "0.9",
    "position_size_fraction_max": "0.5",
    "asset_fraction_max": "0.9",
    "sector_fraction_max": "0.9",
    "open_risk_fraction_max": "0.9",
    "daily_trades_max": 1000,
    "strategies_known_only": False,
}


@dataclass
class World:
    """An account that trades spot and swap at the venue, through the gateway and by hand."""

    watch: Watch
    dice: random.Random
    prices: dict[str, Decimal] = field(default_factory=lambda: dict(PRICES))
    done: dict[str, int] = field(default_factory=dict)

    def begin(self) -> None:
        """Fund both wallets; spot fees are paid in BNB where the history says so."""
        watch = self.watch
        watch.trade_both()
        rules = {"market_type": "spot", "tick_size": "0.01", "step_size": "0.001", "notional_min": str(NOTIONAL_MIN)}
        instrument = {"venue": VENUE, "symbol": "BNB/USDT"} | rules
        assert watch.routed.gateway.call("PUT", "/market/instruments", {"instruments": [instrument]}).status == 200
        bnb = self.dice.choice(["0", "2"])
        watch.fund(spot={"USDT": "60000", "BTC": "0", "ETH": "0", "BNB": bnb}, swap={"USDT": "40000"})
        fees = {"burn_bnb": bnb != "0"}
        watch.simulator.control.post("accounts", account=ACCOUNT, fees=fees)
        for coin in self.prices:
            self.set_price(coin)
        assert watch.routed.gateway.limits(**OFF).status == 200
        self.quote()
        watch.recorded()

    def set_price(self, coin: str) -> None:
        """Hold a coin at its price, in all its markets."""
        self.watch.price(str(self.prices[coin]), f"{coin}USDT")

    def quote(self) -> None:
        """Tell the gateway the venue's prices."""
        gateway = self.watch.routed.gateway
        rows = [(VENUE, BTC, "BTC"), (VENUE, ETH, "ETH"), (SWAP_VENUE, BTC_SWAP, "BTC")]
        quotes = [
            gateway.quote_of(symbol, venue=venue) | {side: str(self.prices[coin]) for side in ("bid", "ask", "last")}
            for venue, symbol, coin in rows
        ]
        assert gateway.call("PUT", "/market/quotes", {"quotes": quotes}).status == 200

    def order(self) -> None:
        """Send an order through the gateway; the venue's answer may come in parts."""
        venue, symbol, coin = self.dice.choice(
            [(VENUE, BTC, "BTC"), (VENUE, ETH, "ETH"), (SWAP_VENUE, BTC_SWAP, "BTC")]
        )
        side = self.dice.choice(["buy", "sell"])
        price = self.prices[coin]
        kind = self.dice.choice(["market", "market", "limit"])
        away = Decimal("1.002") if side == "buy" else Decimal("0.998")
        stop = price * (Decimal("0.9") if side == "buy" else Decimal("1.1"))
        size = Decimal(self.dice.choice([200, 900, 3000])) / price
        self.quote()
        answer = self.watch.routed.gateway.submit(
            venue=venue,
            symbol=symbol,
            side=side,
            type=kind,
            price=str((price * away).quantize(Decimal("0.1"))) if kind == "limit" else None,
            quantity=str(size.quantize(Decimal("0.001"))),
            stop_loss_price=str(stop.quantize(Decimal("0.1"))),
            stop_kept_by="strategy",
            route=True,
        )
        assert answer.status in {201, 422}, answer.text
        self.watch.routed.work_all()
        self.count("approved" if answer.status == 201 else "denied")

    def trade_by_hand(self) -> None:
        """Trade past the gateway."""
        market = self.dice.choice(["spot", "swap"])
        side = self.dice.choice(["BUY", "BUY", "SELL"])
        if market == "spot" and side == "SELL" and self.free("BTC") < Decimal("0.01"):
            side = "BUY"
        self.watch.trade_at_venue(side, "0.01", market=market)
        self.count("by hand")

    def free(self, coin: str) -> Decimal:
        """Return what of a coin is free on spot."""
        return Decimal(self.watch.simulator.account()["spot"].get(coin, {}).get("free", 0))

    def move_money(self) -> None:
        """Deposit, withdraw, or move between the wallets."""
        kind = self.dice.choice(["deposit", "withdrawal", "spot_to_swap", "swap_to_spot"])
        amount = str(self.dice.randint(100, 900))
        if kind in {"withdrawal", "spot_to_swap"} and self.free("USDT") < Decimal(amount):
            kind = "deposit"
        self.watch.move(kind, amount)
        self.count("transfers")

    def pay_funding(self) -> None:
        """Let longs pay shorts, or the other way round."""
        rate = self.dice.choice(["0.0001", "-0.0003"])
        self.watch.simulator.control.post("funding", symbol="BTCUSDT", rate=rate)
        self.count("funding")

    def move_price(self) -> None:
        """Move a price by up to half a percent."""
        coin = self.dice.choice(list(self.prices))
        moved = self.prices[coin] * (1 + Decimal(self.dice.randint(-50, 50)) / 10_000)
        self.prices[coin] = moved.quantize(Decimal("0.1"))
        self.set_price(coin)

    def count(self, what: str) -> None:
        """Remember that something happened: a history in which nothing does shows nothing."""
        self.done[what] = self.done.get(what, 0) + 1

    # --- the two sides

    def read(self) -> AccountState:
        """Read the venue until a reading is believed, as every minute does."""
        for _ in range(3):
            if self.watch.run()["recorded"]:
                break
        return self.watch.routed.state(ACCOUNT_ID)

    def assert_same(self, state: AccountState) -> None:
        """Fail where any figure is not the one that the venue's own books give, to the last unit."""
        books = self.watch.simulator.account()
        spot = {coin: Decimal(row["free"]) + Decimal(row["locked"]) for coin, row in books["spot"].items()}
        swap = {name: Decimal(row["quantity"]) for name, row in books["positions"].items() if Decimal(row["quantity"])}
        values = {coin: units * self.prices[coin] for coin, units in spot.items() if coin in self.prices}
        held = {coin: spot[coin] for coin, value in values.items() if value >= NOTIONAL_MIN}

        assert state.equity == self.watch.venue_value({coin: str(price) for coin, price in self.prices.items()})
        known: dict[str, Decimal] = {}
        for position in state.positions.values():
            if position.market_type is MarketType.SPOT:
                known[position.asset] = known.get(position.asset, Decimal(0)) + position.quantity
        assert known == held
        contracts = [p.quantity for p in state.positions.values() if p.market_type is MarketType.SWAP]
        assert contracts == list(swap.values())
        for coin, units in spot.items():
            assert state.balances[VENUE][coin].total == units if units else True
        self._assert_exposure(state, {c: values[c] for c in held}, sum(swap.values(), Decimal(0)) * self.prices["BTC"])

    def _assert_exposure(self, state: AccountState, spot: dict[str, Decimal], swap: Decimal) -> None:
        """Fail where the limits' observed values are not those of what the venue holds and what rests there."""
        assert state.exposure == compute_exposure(state)
        if any(True for _ in state.working_orders):
            return
        unit = Decimal("1e-8")
        assert abs(state.exposure.net - (sum(spot.values(), Decimal(0)) + swap)) < unit
        assert abs(state.exposure.gross - (sum(spot.values(), Decimal(0)) + abs(swap))) < unit
        nets = {coin: value for coin, value in spot.items() if coin != "BTC"}
        btc = spot.get("BTC", Decimal(0)) + swap
        nets |= {"BTC": btc} if btc else {}
        found = {coin: value for coin, value in state.exposure.net_by_asset.items() if abs(value) > unit}
        assert found.keys() == {coin for coin, value in nets.items() if abs(value) > unit}
        assert all(abs(found[coin] - nets[coin]) < unit for coin in found)

    def assert_nothing_but_marks(self, before: AccountState) -> None:
        """Fail where a second reading of the same books changes more than when they were seen."""
        self.watch.again()
        after = self.watch.routed.state(ACCOUNT_ID)
        for name in ("equity", "balances", "venue_equity", "transferred", "closed_trades", "round_trips", "exposure"):
            assert getattr(after, name) == getattr(before, name), name
        assert _without_marks(after) == _without_marks(before)


def _without_marks(state: AccountState) -> dict[str, tuple[Any, ...]]:
    return {
        key: (p.quantity, p.average_price, p.mark_price, p.strategy, p.stop_loss_price)
        for key, p in state.positions.items()
    }


def run_history(watch: Watch, seed: int, steps: int) -> World:
    """Let anything happen, and compare after every reading."""
    world = World(watch=watch, dice=random.Random(seed))  # noqa: S311 - a history, not a secret
    world.begin()
    acts = [world.order] * 6 + [world.trade_by_hand, world.move_money, world.pay_funding] + [world.move_price] * 2
    for step in range(steps):
        world.dice.choice(acts)()
        state = world.read()
        world.assert_same(state)
        if step % 10 == 9:
            world.assert_nothing_but_marks(state)
    return world


@pytest.mark.parametrize("seed", range(2))
def test_account_when_anything_happens_at_the_venue_then_its_figures_are_the_venues(watch: Watch, seed: int) -> None:
    world = run_history(watch, seed, STEPS)
    assert world.done.get("approved", 0) > 5, world.done
    assert {"by hand", "transfers", "funding"} <= world.done.keys(), world.done


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 104))
def test_account_when_histories_are_long_then_its_figures_are_the_venues(watch: Watch, seed: int) -> None:
    run_history(watch, seed, 60)
