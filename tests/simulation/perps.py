"""Who trades on the account with leverage, and what befalls it.

Shorts are opened and closed, stops of both sides rest, funding is paid, marks leap until the venue closes positions by
itself, a person closes others, and hedges (`hedges.py`) sell at one venue what is held at the other.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from riskgate.core.kill_switch import KillSwitch
from riskgate.core.order import Order, OrderType, StopKeeper
from riskgate.core.side import Side
from tests.simulation.actors import Actor, Bot, Operator
from tests.simulation.exits import Closer
from tests.simulation.hedges import Hedger
from tests.simulation.perp_account import (
    BTC,
    BTC_SWAP,
    COINS,
    COINS_KEY,
    ETH_SWAP,
    MARGIN_KEY,
    PERP,
    SIZES,
    SWAPS,
    refresh_swap_quotes,
    swaps_of,
    takes_part,
)

if TYPE_CHECKING:
    from tests.simulation.world import World


@dataclass(kw_only=True)
class PerpBot(Bot):
    """Opens longs and shorts of swaps, and buys coins that a hedge may sell at the other venue."""

    account: str = PERP

    @property
    def is_routed(self) -> bool:
        """Tell that the gateway sends this account's orders."""
        return True

    def step(self) -> None:
        """Do one thing a bot does."""
        if self.chance.random() < 0.8:
            refresh_swap_quotes(self.world)
        super().step()

    def new_order(self) -> Order:
        """Return an order with a fresh id."""
        symbol = self.chance.choice([BTC_SWAP, BTC_SWAP, ETH_SWAP, BTC])
        side = Side.BUY if symbol == BTC else self.chance.choice([Side.BUY, Side.SELL, Side.SELL])
        kind = self.chance.choice([OrderType.LIMIT, OrderType.MARKET])
        price = self.price(symbol)
        away = Decimal(self.chance.choice(["0.01", "0.001", "-0.0005", "-0.005", "-0.005"]))
        stop = Decimal("0.93") if side is Side.BUY else Decimal("1.07")
        self.numbers += 1
        name = f"{self.name}-{self.numbers}"
        order = Order(
            account_id=self.account,
            client_order_id=name,
            symbol=symbol,
            venue=COINS if symbol == BTC else SWAPS,
            strategy=self.chance.choice(["trend", "carry"]),
            side=side,
            type=kind,
            quantity=self.size(symbol),
            price=(price * (1 - away * side.sign)).quantize(Decimal("0.01")) if kind is OrderType.LIMIT else None,
            stop_loss_price=(price * stop).quantize(Decimal("0.01")),
            route=True,
            stop_kept_by=self.keeper,
        )
        self.orders[name] = order
        return order

    @property
    def keeper(self) -> StopKeeper:
        """Tell who keeps the stops of entries."""
        return StopKeeper.VENUE if self.keeps_stops else StopKeeper.STRATEGY

    def price(self, symbol: str) -> Decimal:
        """Return a market's price at its venue."""
        return self.world.venues[MARGIN_KEY if symbol in SIZES else COINS_KEY].prices[symbol]

    def size(self, symbol: str) -> Decimal:
        """Return a quantity: contracts of swaps, coins of spot; sometimes beyond every limit."""
        worth = Decimal(self.chance.choice([300, 1000, 2000, 3000, 4000, 5000, 60_000]))
        return self.whole(symbol, worth / (self.price(symbol) * SIZES.get(symbol, Decimal(1))))

    def whole(self, symbol: str, quantity: Decimal) -> Decimal:
        """Return a quantity on its market's grid."""
        return quantity.quantize(Decimal("0.1") if symbol in SIZES else Decimal("0.00001"))

    def leave(self) -> None:
        """Close some of what is held, long or short."""
        held = self.positions()
        if not held:
            return
        venue, symbol = self.chance.choice(sorted(held))
        part = Decimal(self.chance.choice(["0.3", "1", "1", "1.5"]))
        quantity = self.whole(symbol, abs(held[venue, symbol]) * part)
        if quantity <= 0:
            return
        order = replace(
            self.new_order(),
            symbol=symbol,
            venue=venue,
            side=Side.SELL if held[venue, symbol] > 0 else Side.BUY,
            type=OrderType.MARKET,
            price=None,
            quantity=quantity,
            reduce_only=True,
            stop_loss_price=None,
            stop_kept_by=None,
        )
        self.orders[order.client_order_id] = order
        self.submit(order)

    def positions(self) -> dict[tuple[str, str], Decimal]:
        """Return what the account holds, as the log has it."""
        chain = self.world.checks.chains.get(self.account)
        state = chain.fold.replay.state if chain is not None else None
        return {(p.venue, p.symbol): p.quantity for p in state.positions.values()} if state is not None else {}


@dataclass(kw_only=True)
class PerpMarket(Actor):
    """Marks move, some by leaps; resting orders fill, funding is paid, and the account's jobs come."""

    def step(self) -> None:
        """Do one thing that happens out there."""
        swaps, coins = swaps_of(self.world), self.world.venues[COINS_KEY]
        # Rather of what is held: nothing else is paid for or liquidated.
        symbol = self.chance.choice([*sorted(swaps.positions) * 3, BTC_SWAP, ETH_SWAP])
        draw = self.chance.random()
        if draw < 0.3:
            drift = self.chance.choice(["0.97", "0.995", "1.001", "1.03", "0.3", "0.6", "1.7", "2.9"])
            swaps.move(symbol, (swaps.prices[symbol] * Decimal(drift)).quantize(Decimal("0.01")))
        elif draw < 0.55:
            resting = [o for book in (swaps, coins) for o in book.open_orders() if o.asked.limit_price is not None]
            if resting:
                order = self.chance.choice(resting)
                book = swaps if order.asked.symbol in SIZES else coins
                book.come_to(order, Decimal(self.chance.choice(["0.3", "0.6", "1", "1"])))
        elif draw < 0.6:
            coins.move(BTC, coins.prices[BTC])
        elif draw < 0.75:
            swaps.pay_funding(symbol, swaps.rates[symbol])
        elif draw < 0.9:
            self.world.run_job("monitor", PERP)
        else:
            self.world.run_job("reconcile", PERP)


@dataclass(kw_only=True)
class PerpOperator(Operator):
    """A person whose flags are about swaps and hedges."""

    account: str = PERP

    def flag(self, *, engaged: bool) -> KillSwitch:
        """Return a flag."""
        scopes = [("venue", SWAPS), ("account", PERP), ("strategy", "hedge"), ("symbol", BTC_SWAP), ("venue", COINS)]
        scope, key = self.chance.choice(scopes)
        return KillSwitch(scope=scope, key=key, engaged=engaged, reason="drill")


def perps_of(world: World) -> list[Actor]:
    """Return who acts on the account, with dice of their own; nobody in the histories that are without it."""
    if not takes_part(world.plan):
        return []
    dice = random.Random(f"{world.plan.seed}/perps/cast")  # noqa: S311 a simulation's dice
    bots = dice.choice([1, 1, 2])
    actors: list[Actor] = [
        PerpBot(world=world, name=f"perp{number}", steps=dice.randint(3, 8)) for number in range(bots)
    ]
    actors += [
        PerpMarket(world=world, name="perpmarket", steps=dice.randint(3, 9)),
        Hedger(world=world, name="hedger", steps=dice.choice([0, 2, 3, 5]), pauses=(0.05, 0.5, 2, 6)),
        Closer(
            world=world,
            name="perpcloser",
            steps=dice.choice([0, 0, 0, 1, 2]),
            pauses=(0.5, 2, 6),
            account=PERP,
            markets=((SWAPS, BTC_SWAP), (COINS, BTC)),
        ),
        PerpOperator(world=world, name="perpoperator", steps=dice.choice([0, 0, 0, 1, 3])),
    ]
    return [actor for actor in actors if actor.name not in world.plan.without]


__all__ = ["PERP", "perps_of"]
