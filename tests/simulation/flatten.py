"""Somebody who has a breaker close what it covers, and changes their mind: trips it, resets it too early, or twice.

F1 only a breaker that stands closes positions. F2 once all is quiet each trip that still stands did so, or there was
nothing to close. F3 each order of such a demand is decided.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from riskgate.app.account.change_limits import change_limits
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.safeguards.reset_breaker import reset_breaker
from riskgate.app.safeguards.trip_breaker import trip_breaker
from riskgate.core.account.stored import ReadRequest
from riskgate.core.codes import BreakerName
from riskgate.core.limits import BreakerAction, choose_action
from riskgate.core.safeguards.events import BreakerTripped, ExitRequested
from riskgate.schemas.codec import sha256_hex
from riskgate.schemas.messages.order import MessageKind
from tests.simulation.actors import Actor, call
from tests.simulation.checks import Seen
from tests.simulation.gateway import STATE_TABLE
from tests.simulation.world import BTC, ETH, ROUTED, World

#: What a person decides: these breakers, all of the whole account, close what they cover.
FLATTENING = dict.fromkeys(
    ["MANUAL_STOP", "DAILY_LOSS", "WEEKLY_DRAWDOWN", "MAX_DRAWDOWN", "ORDER_FAILURE_RATE"], BreakerAction.FLATTEN
)
PREFIX = "flatten-"
#: What a trip takes to be told of and carried out, where nothing goes wrong.
FOLLOWING_SECONDS = 20


def exit_id_of(breaker: str, tripped_at: datetime) -> str:
    """Return the name of the demand of one trip."""
    return PREFIX + sha256_hex(f"{breaker} {tripped_at.isoformat()}".encode())[:24]


@dataclass(kw_only=True)
class Flattener(Actor):
    """A person with a plan for bad days."""

    trips: int = 0
    #: The trips that have to close something, by breaker; and the demands that were made.
    due: dict[str, datetime] = field(default_factory=dict)
    demands: dict[str, ExitRequested] = field(default_factory=dict)

    def run(self) -> None:
        """Decide beforehand, then take all steps."""
        if not self.steps:
            return
        self.world.checks.observers.append(self.look)
        self.decide(flattens=True)
        super().run()

    def step(self) -> None:
        """Do one thing of it."""
        weights = {self.trip: 4, self.crash: 3, self.reset: 3, self.reconsider: 1}
        self.chance.choices([*weights], [*weights.values()])[0]()

    def reconsider(self) -> None:
        """Say anew what breakers do."""
        self.decide(flattens=self.chance.random() < 0.6)

    def decide(self, *, flattens: bool) -> None:
        """Say what breakers do: close everything, or what they do where nobody says anything."""

        def use_case(acting: Acting) -> Any:
            found = acting.deps.store.read(ReadRequest(account_id=ROUTED))
            assert found.limits is not None
            limits = replace(found.limits.limits, breaker_actions=FLATTENING if flattens else None)
            return change_limits(acting, ROUTED, limits, expected_version=found.require_state().limits_version)

        call(self.world, self.name, use_case)

    def trip(self) -> None:
        """Stop entries by hand, some twice."""
        self.trips += 1
        event = BreakerTripped(name=BreakerName.MANUAL_STOP, reason=f"drill {self.trips}")
        for _ in range(self.chance.choice([1, 1, 2])):
            call(self.world, self.name, lambda acting: trip_breaker(acting, ROUTED, event))

    def crash(self) -> None:
        """Let a market fall by so much that a loss is noticed."""
        venue, symbol = self.world.venues["key"], self.chance.choice([BTC, ETH])
        fall = Decimal(self.chance.choice(["0.6", "0.8", "0.9"]))
        venue.move(symbol, (venue.prices[symbol] * fall).quantize(Decimal("0.01")))
        self.world.refresh_quotes()
        for _ in range(2):
            # A drawdown trips when a second look finds it, too.
            self.world.tick("monitor")
            self.world.scheduler.pause(self.chance.choice([0.5, 8]))

    def reset(self) -> None:
        """Let the account trade again: at once, or some time after the trip; perhaps a second time."""
        self.world.scheduler.pause(self.chance.choice([0, 0.2, 1, 3]))
        state = self.world.checks.chains[ROUTED].fold.replay.state
        tripped = sorted(state.breakers) if state is not None else []
        if not tripped:
            return
        name, _, key = self.chance.choice(tripped).partition(" ")
        for _ in range(self.chance.choice([1, 2])):
            call(self.world, self.name, lambda acting: reset_breaker(acting, ROUTED, name, "is over", key=key))

    def look(self, seen: Seen) -> None:
        """Look at an entry: what is to be closed after it, and whether what it closes may be."""
        if seen.account != ROUTED:
            return
        event, before = seen.event, seen.before
        if isinstance(event, ExitRequested) and event.exit_id.startswith(PREFIX):
            standing = before.breakers.items() if before is not None else ()
            trips = {exit_id_of(name, one.tripped_at) for name, one in standing}
            self.world.checks.require("F1", event.exit_id in trips, f"{seen.where}: closed though no breaker stands")
            self.demands[event.exit_id] = event
        known = before.breakers if before is not None else {}
        for name, breaker in seen.after.breakers.items():
            if name not in known or known[name].tripped_at != breaker.tripped_at:
                self.due[name] = breaker.tripped_at
        limits = self.world.checks.chains[ROUTED].fold.replay.limits
        for name in list(self.due):
            flattens = choose_action(limits, name.partition(" ")[0]) is BreakerAction.FLATTEN
            if not (flattens and seen.after.positions and name in seen.after.breakers):
                del self.due[name]

    def ask_again(self) -> None:
        """Hold each trip that stands against its demand, and the demand against its orders."""
        if not self.steps:
            return
        # Who asked for an exit just now may have stopped entries by that.
        self.world.scheduler.pause(FOLLOWING_SECONDS)
        require, dead = self.world.checks.require, self.world.orders.dead
        given_up = any(MessageKind.FLATTEN.value in message.body for message in dead)
        for name, tripped_at in self.due.items():
            made = self.demands.get(exit_id_of(name, tripped_at))
            require("F2", made is not None or given_up, f"{name} of {tripped_at} has closed nothing")
            for leg in made.legs if made is not None and not given_up else ():
                key = (f"ACCOUNT#{ROUTED}", f"ORDER#{leg.client_order_id}")
                is_decided = self.world.tables.tables[STATE_TABLE].get(key) is not None
                require("F3", is_decided, f"{name}: {leg.client_order_id} was never decided")
        self.world.counters["flattened"] += len(self.demands)


def flattener_of(world: World) -> Flattener:
    """Return who flattens, in some histories."""
    dice = random.Random(f"{world.plan.seed}/flattener/steps")  # noqa: S311 a simulation's dice
    return Flattener(world=world, name="flattener", steps=dice.choice([0, 0, 0, 3, 5, 8]), pauses=(0, 0.05, 0.5, 2, 6))
