"""Who acts in a history: bots, the feeder of quotes, the market, and an operator who makes mistakes."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from riskgate.app.account.change_limits import change_limits
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.orders.confirm_placed import confirm_placed
from riskgate.app.orders.hand_over import hand_over
from riskgate.app.orders.modify_order import Change, modify_order
from riskgate.app.orders.record_fill import Fill, record_order_fill
from riskgate.app.orders.request_cancel import request_cancel
from riskgate.app.orders.submit_batch import submit_batch
from riskgate.app.orders.submit_order import DecisionNotActionable, OrderAnswer, submit_order
from riskgate.app.safeguards.reset_breaker import reset_breaker
from riskgate.app.safeguards.set_kill_switch import set_kill_switch
from riskgate.core.account.stored import ReadRequest
from riskgate.core.errors import GatewayError
from riskgate.core.kill_switch import KillSwitch, item_name
from riskgate.core.order import Order, OrderType, StopKeeper
from riskgate.core.side import Side
from riskgate.runtime import wiring
from riskgate.runtime.clock import utc_now
from riskgate.schemas.messages.order import MessageKind
from tests.simulation.checks import Violation
from tests.simulation.database import SimDynamo
from tests.simulation.gateway import CONTROL_TABLE, PERMITS, STATE_TABLE
from tests.simulation.world import BTC, ETH, OWN, ROUTED, VENUE, World

#: What a bot waits for an answer: API Gateway's own patience.
ANSWER_SECONDS = 4.0


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What a caller got: an answer, a refusal with its code, or nothing within its patience."""

    answer: Any = None
    status: int = 0
    code: str = ""
    stored: str = ""

    @property
    def is_known(self) -> bool:
        """Tell whether it is more than "ask again"."""
        return 200 <= self.status < 500


def call(world: World, name: str, use_case: Callable[[Acting], Any], seconds: float = ANSWER_SECONDS) -> Outcome:
    """Have one of the API's environments carry out a request, and wait for it."""

    def run(context: Any) -> Any:
        deps = replace(wiring.deps(), trace_id=f"{world.chance.getrandbits(128):032x}")
        del context
        return use_case(Acting(deps=deps, actor=f"token:{name}", now=utc_now()))

    task = world.functions["api"].invoke(run)
    if not world.scheduler.wait(task, seconds) or task.crashed:
        return Outcome(status=504, code="TIMEOUT")
    if task.error is None:
        return Outcome(answer=task.result, status=200)
    error = task.error
    if not isinstance(error, GatewayError):
        world.checks.note_error(error, f"api for {name}")
        return Outcome(status=500, code=type(error).__name__)
    stored = error.body if isinstance(error, DecisionNotActionable) else ""
    return Outcome(status=error.status, code=error.code, stored=stored)


@dataclass(kw_only=True)
class Actor:
    """Somebody with dice and a number of steps."""

    world: World
    name: str
    steps: int
    pauses: tuple[float, ...] = (0, 0, 0.003, 0.01, 0.05, 0.5, 2, 6)
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        """Take the dice of one's own."""
        self.chance = random.Random(f"{self.world.plan.seed}/{self.name}")  # noqa: S311 a simulation's dice

    def run(self) -> None:
        """Take all steps, with pauses between them."""
        for _ in range(min(self.steps, self.world.plan.steps_max)):
            self.world.scheduler.pause(self.chance.choice(self.pauses))
            self.step()
            self.world.counters["steps"] += 1

    def step(self) -> None:
        """Do one thing."""
        raise NotImplementedError

    def ask_again(self) -> None:
        """Find out, once nothing goes wrong any more, what became of what was done."""


@dataclass(kw_only=True)
class Bot(Actor):
    """Trades on one account, asks again after a timeout, and makes mistakes with ids."""

    account: str
    orders: dict[str, Order] = field(default_factory=dict)
    bodies: dict[str, str] = field(default_factory=dict)
    unsure: dict[str, Order] = field(default_factory=dict)
    numbers: int = 0
    keeps_stops: bool = False

    def __post_init__(self) -> None:
        """Choose whether the venue keeps the stops of what is bought."""
        super().__post_init__()
        self.keeps_stops = random.Random(f"{self.world.plan.seed}/{self.name}/stops").random() < 0.3  # noqa: S311 dice

    @property
    def keeper(self) -> StopKeeper:
        """Tell who keeps the stops of what is bought."""
        return StopKeeper.VENUE if self.is_routed and self.keeps_stops else StopKeeper.STRATEGY

    @property
    def is_routed(self) -> bool:
        """Tell whether the gateway sends this account's orders."""
        return self.account == ROUTED

    def step(self) -> None:
        """Do one thing a bot does."""
        weights = {
            self.enter: 8,
            self.leave: 3,
            self.repeat: 4,
            self.reuse: 1,
            self.cancel: 3,
            self.change: 3,
            self.batch: 1,
            self.report: 0 if self.is_routed else 5,
        }
        if self.chance.random() < 0.8:
            self.world.refresh_quotes()
        self.chance.choices([*weights], [*weights.values()])[0]()

    def enter(self) -> None:
        """Order something new."""
        self.submit(self.new_order())

    def new_order(self) -> Order:
        """Return an order with a fresh id."""
        symbol = self.chance.choice([BTC, BTC, ETH])
        price = self.world.venues["key"].prices[symbol]
        side = self.chance.choice([Side.BUY, Side.BUY, Side.BUY, Side.BUY, Side.BUY, Side.SELL])
        kind = self.chance.choice([OrderType.LIMIT, OrderType.LIMIT, OrderType.LIMIT, OrderType.MARKET])
        away = Decimal(self.chance.choice(["0.97", "0.99", "0.999", "0.9999", "1.0005", "1.005"]))
        self.numbers += 1
        name = f"{self.name}-{self.numbers}"
        order = Order(
            account_id=self.account,
            client_order_id=name,
            symbol=symbol,
            venue=VENUE,
            strategy=self.chance.choice(["trend", "trend", "grid"]),
            side=side,
            type=kind,
            quantity=self.size(symbol),
            price=(price * away).quantize(Decimal("0.01")) if kind is OrderType.LIMIT else None,
            stop_loss_price=(price * Decimal("0.93")).quantize(Decimal("0.01")) if side is Side.BUY else None,
            route=self.is_routed,
            stop_kept_by=self.keeper if side is Side.BUY else None,
        )
        self.orders[name] = order
        return order

    def size(self, symbol: str) -> Decimal:
        """Return a quantity: mostly small, sometimes beyond every limit."""
        worth = Decimal(self.chance.choice([200, 500, 1000, 1000, 1500, 2000, 2000, 3000, 6000, 60_000]))
        return (worth / self.world.venues["key"].prices[symbol]).quantize(Decimal("0.0001"))

    def leave(self) -> None:
        """Sell some of what is held, as an exit."""
        held = self.held()
        if not held:
            return
        symbol = self.chance.choice(sorted(held))
        part = Decimal(self.chance.choice(["0.3", "1", "1", "1.5"]))
        quantity = (held[symbol] * part).quantize(Decimal("0.00001"))
        if quantity <= 0:
            return
        order = replace(
            self.new_order(),
            symbol=symbol,
            side=Side.SELL,
            type=OrderType.MARKET,
            price=None,
            quantity=quantity,
            reduce_only=True,
            stop_loss_price=None,
            stop_kept_by=None,
        )
        self.orders[order.client_order_id] = order
        self.submit(order)

    def held(self) -> dict[str, Decimal]:
        """Return what the account holds, as the log has it."""
        chain = self.world.checks.chains.get(self.account)
        state = chain.fold.replay.state if chain is not None else None
        return {p.symbol: p.quantity for p in state.positions.values()} if state is not None else {}

    def repeat(self) -> None:
        """Ask again with the same id and the same body."""
        if self.orders:
            self.submit(self.orders[self.chance.choice(sorted(self.orders))])

    def reuse(self) -> None:
        """Use an id again for something else."""
        if self.orders:
            known = self.orders[self.chance.choice(sorted(self.orders))]
            self.submit(replace(known, quantity=(known.quantity or Decimal(1)) * 2), is_other=True)

    def submit(self, order: Order, *, is_other: bool = False) -> Outcome:
        """Post an order and look at the answer."""

        def use_case(acting: Acting) -> OrderAnswer:
            answer = submit_order(acting, order, permits=wiring.permits)
            return hand_over(acting, answer, MessageKind.SUBMIT, queue=wiring.queue)

        self.world.deciding += 1
        outcome = call(self.world, self.name, use_case)
        self.world.deciding -= 1
        self.judge(order, outcome, is_other=is_other)
        if outcome.answer is not None:
            decided = (
                "approved"
                if outcome.answer.approved
                else f"denied {outcome.answer.body.split('"code":"')[1].partition('"')[0]}"
            )
            self.world.counters[f"answer {decided}"] += 1
        else:
            self.world.counters[f"answer {outcome.code}"] += 1
        return outcome

    def judge(self, order: Order, outcome: Outcome, *, is_other: bool) -> None:
        """Hold an answer against the one before, and against what is stored."""
        world, name = self.world, order.client_order_id
        if not outcome.is_known or outcome.status == 429:
            if not is_other:
                self.unsure[name] = order
            return
        body = outcome.answer.body if outcome.answer is not None else outcome.stored
        if not is_other:
            self.unsure.pop(name, None)
        if not body:
            return
        item = world.tables.tables[STATE_TABLE].get((f"ACCOUNT#{order.account_id}", f"ORDER#{name}"))
        world.checks.require("I7", item is not None, f"{name} was answered and is not stored")
        if is_other and name in self.bodies:
            world.checks.require("I2", outcome.status >= 400, f"{name} answers for two orders")
        elif is_other:
            # The first that came through under this id was the other one.
            self.orders[name] = order
        same = self.bodies.setdefault(name, body) == body
        world.checks.require("I2", same, f"{name} got two answers")

    def batch(self) -> None:
        """Post two orders together."""
        legs = (self.new_order(), self.new_order())

        def use_case(acting: Acting) -> OrderAnswer:
            answer = submit_batch(acting, self.account, legs, permits=wiring.permits)
            return hand_over(acting, answer, MessageKind.SUBMIT, queue=wiring.queue)

        names = tuple(leg.client_order_id for leg in legs)
        for name in names:
            # A denied batch decides nothing about its legs: neither is to be posted alone.
            del self.orders[name]
        outcome = call(self.world, self.name, use_case)
        if not outcome.is_known:
            outcome = call(self.world, self.name, use_case)
        if outcome.answer is not None and outcome.answer.approved:
            body = self.bodies.setdefault("/".join(names), outcome.answer.body)
            self.world.checks.require("I2", body == outcome.answer.body, f"{names} got two answers")

    def cancel(self) -> None:
        """Cancel an order."""
        if self.orders:
            name = self.chance.choice(sorted(self.orders))
            call(
                self.world,
                self.name,
                lambda acting: request_cancel(acting, self.account, name, "the bot's", queue=wiring.queue),
            )

    def change(self) -> None:
        """Modify an order."""
        if not self.orders:
            return
        name = self.chance.choice(sorted(self.orders))
        known = self.orders[name]
        factor = Decimal(self.chance.choice(["0.5", "0.9", "1.5", "3"]))
        change = Change(quantity=((known.quantity or Decimal(1)) * factor).quantize(Decimal("0.00001")))
        if known.price is not None and self.chance.random() < 0.5:
            change = Change(price=(known.price * Decimal("1.002")).quantize(Decimal("0.01")))

        def use_case(acting: Acting) -> OrderAnswer:
            answer = modify_order(acting, self.account, name, change, permits=wiring.permits)
            return hand_over(acting, answer, MessageKind.MODIFY, queue=wiring.queue)

        call(self.world, self.name, use_case)

    def report(self) -> None:
        """Tell of an order that this bot placed itself: that it rests, or that it filled; some twice."""
        mine = [name for name in self.bodies if name in self.orders]
        if not mine:
            return
        name = self.chance.choice(sorted(mine))
        if self.chance.random() < 0.3:
            call(self.world, self.name, lambda acting: confirm_placed(acting, self.account, name, f"x-{name}"))
            return
        quantity = self.orders[name].quantity or Decimal(1)
        part = (quantity * Decimal(self.chance.choice(["0.3", "0.5", "1"]))).quantize(Decimal("0.00001"))
        price = self.orders[name].price or self.world.venues["key"].prices[self.orders[name].symbol]
        fill = Fill(
            fill_id=f"f{self.chance.randint(1, 4)}", quantity=part, price=price, executed_at=self.world.scheduler.now
        )
        for _ in range(self.chance.choice([1, 1, 2])):
            call(self.world, self.name, lambda acting: record_order_fill(acting, self.account, name, fill))


@dataclass(kw_only=True)
class Feeder(Actor):
    """Stores quotes, most of them in time; the market moves meanwhile."""

    def step(self) -> None:
        """Move the market, then tell of it: late, not at all, or with a price that is none."""
        world, venue = self.world, self.world.venues["key"]
        for symbol in (BTC, ETH):
            drift = Decimal(self.chance.choice(["0.97", "0.995", "0.999", "1", "1.001", "1.004", "1.02"]))
            if self.chance.random() < 0.5:
                venue.move(symbol, (venue.prices[symbol] * drift).quantize(Decimal("0.01")))
        mood = self.chance.random()
        if mood < 0.15:
            return
        at = world.scheduler.now - timedelta(seconds=0 if mood < 0.9 else 90)
        quotes = [world.quote(symbol, at) for symbol in (BTC, ETH)]
        if mood > 0.96:
            quotes = [replace(quote, bid=None, ask=None, last=None) for quote in quotes]
        call(world, self.name, lambda acting: acting.deps.store.put_quotes(quotes))
        if 0.90 < mood < 0.93:
            client = SimDynamo(world, world.people)
            key = {"pk": {"S": "MARKET"}, "sk": {"S": f"QUOTE#{VENUE}:{BTC}"}}
            try:
                client.delete_item(TableName=STATE_TABLE, Key=key)
            except Exception:  # noqa: BLE001 a mistake that failed
                return


@dataclass(kw_only=True)
class Market(Actor):
    """Lets resting orders fill, in parts; and the jobs' schedules come."""

    def step(self) -> None:
        """Do one thing that happens out there."""
        venue = self.world.venues["key"]
        orders = [order for order in venue.open_orders() if order.asked.limit_price is not None]
        draw = self.chance.random()
        if draw < 0.6 and orders:
            part = Decimal(self.chance.choice(["0.3", "0.6", "1", "1"]))
            venue.come_to(self.chance.choice(orders), part)
        elif draw < 0.7 and orders:
            venue.cancel(self.chance.choice(orders))
        elif draw < 0.8:
            self.world.tick("monitor")
        elif draw < 0.85:
            self.world.tick("reconcile")
        elif draw < 0.92:
            self.world.functions["notifier"].invoke({})


@dataclass(kw_only=True)
class Operator(Actor):
    """A person with a keyboard, at three in the morning."""

    account: str

    def step(self) -> None:
        """Do one thing an operator does, right or wrong; rather while an order is being decided than when all is quiet."""
        for _ in range(self.chance.choice([0, 0, 20, 100]) if not self.world.storm else 300):
            if self.world.deciding:
                break
            self.world.scheduler.pause(0.02)
        storm = 6 if self.world.storm else 0
        weights = {self.kill: 3 + storm, self.release: 4 + storm, self.edit: 2, self.limit: 2, self.reset: 1}
        self.chance.choices([*weights], [*weights.values()])[0]()

    def flag(self, *, engaged: bool) -> KillSwitch:
        """Return a flag, some of them about the wrong thing."""
        scope, key = self.chance.choice(
            [
                ("global", ""),
                ("account", self.account),
                ("account", "nobody"),
                ("venue", VENUE),
                ("strategy", "trend"),
                ("symbol", BTC),
            ]
        )
        return KillSwitch(scope=scope, key=key, engaged=engaged, reason="drill")

    def kill(self) -> None:
        """Engage a switch by the route: once that is acknowledged, the flag is there."""
        flag, cancels = self.flag(engaged=True), self.chance.random() < 0.5
        done = call(self.world, self.name, lambda acting: set_kill_switch(acting, flag, cancel_open_orders=cancels))
        if done.status == 200:
            item = self.world.tables.tables[CONTROL_TABLE].get(("KILL_SWITCH", item_name(flag.scope, flag.key)))
            is_there = item is not None and item["engaged"] != {"BOOL": False}
            is_ours = is_there and item is not None and item.get("change_id") == {"S": done.answer.change_id}
            # Whatever somebody made of it since: written over, edited, deleted.
            images = (r["dynamodb"].get("NewImage", {}) for r in self.world.tables.tables[CONTROL_TABLE].records)
            wanted = ({"S": done.answer.change_id}, {"BOOL": True})
            right = is_there or any((one.get("change_id"), one.get("engaged")) == wanted for one in images)
            self.world.checks.require("I3", right, f"{flag.scope} {flag.key} was acknowledged and is not there")
            if is_ours:
                self.world.checks.acknowledged.add(item_name(flag.scope, flag.key))

    def release(self) -> None:
        """Release a switch that is engaged."""
        rows = self.world.tables.tables[CONTROL_TABLE].partitions.get("KILL_SWITCH")
        names = sorted(str(name) for name in rows.items) if rows is not None else []
        engaged = [n for n in names if rows is not None and rows.items[n].get("engaged") != {"BOOL": False}]
        if engaged:
            scope, _, key = self.chance.choice(engaged).partition("#")
            flag = KillSwitch(scope=scope.lower(), key=key, engaged=False, reason="over")
            call(self.world, self.name, lambda acting: set_kill_switch(acting, flag, cancel_open_orders=False))

    def edit(self) -> None:
        """Write a flag into the table by hand; sometimes what is no flag."""
        name = self.chance.choice(["GLOBAL", f"ACCOUNT#{self.account}", "STRATEGY#grid", f"SYMBOL#{ETH}", "SYMBOL#ETH"])
        value = self.chance.choice([{"BOOL": True}, {"BOOL": True}, {"BOOL": False}, {"S": "yes"}])
        item = {"pk": {"S": "KILL_SWITCH"}, "sk": {"S": name}, "engaged": value}
        if self.chance.random() < 0.3:
            item["cancel_open_orders"] = {"BOOL": True}
        try:
            SimDynamo(self.world, self.world.people).put_item(TableName=CONTROL_TABLE, Item=item)
        except Exception:  # noqa: BLE001 whoever types a command sees that it failed
            return

    def limit(self) -> None:
        """Change the limits: too tight, or wide again."""
        most = Decimal(self.chance.choice(["0.01", "0.05", "0.1", "0.3"]))
        account = self.chance.choice([self.account, self.account, self.account, "nobody"])

        def use_case(acting: Acting) -> Any:
            found = acting.deps.store.read(ReadRequest(account_id=account))
            state = found.require_state()
            assert found.limits is not None
            limits = replace(found.limits.limits, position_size_fraction_max=most, order_notional_fraction_max=most)
            return change_limits(acting, account, limits, expected_version=state.limits_version)

        call(self.world, self.name, use_case)

    def reset(self) -> None:
        """Clear a breaker."""
        chain = self.world.checks.chains.get(self.account)
        state = chain.fold.replay.state if chain is not None else None
        tripped = sorted(state.breakers) if state is not None else []
        name = self.chance.choice([*tripped, "DAILY_LOSS"]).partition(" ")[0]
        call(self.world, self.name, lambda acting: reset_breaker(acting, self.account, name, "looked into"))


def cast(world: World) -> list[Actor]:
    """Return who acts in a history, without those whom its plan leaves out."""
    chance = random.Random(f"{world.plan.seed}/cast")  # noqa: S311 a simulation's dice
    accounts = chance.choice([[ROUTED], [ROUTED], [ROUTED], [OWN], [ROUTED, OWN]])
    actors: list[Actor] = [
        Bot(world=world, name=f"bot{number}", steps=chance.randint(3, 10), account=chance.choice(accounts))
        for number in range(chance.choice([1, 2, 2, 3]))
    ]
    feeder = Feeder(world=world, name="feeder", steps=chance.randint(2, 6))
    market = Market(world=world, name="market", steps=chance.randint(2, 8))
    operator = Operator(
        world=world,
        name="operator",
        steps=chance.choice([0, 0, 1, 2, 4] if not world.storm else [6, 10]),
        account=chance.choice(accounts),
    )
    actors += [feeder, market, operator]
    return [actor for actor in actors if actor.name not in world.plan.without]


__all__ = ["PERMITS", "Actor", "Bot", "Violation", "call", "cast"]
