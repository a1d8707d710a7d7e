"""A person who closes positions on their word, while everything else goes on; and asks again where no answer came."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from decimal import Decimal

from riskgate.app.orders.place_in_turn import Sender
from riskgate.app.safeguards.exit_positions import ExitDemand, exit_positions
from riskgate.runtime import wiring
from tests.simulation.actors import Actor, Outcome, call
from tests.simulation.world import BTC, ROUTED, VENUE, World

#: How often a demand whose orders are not all decided is asked for again before somebody would look into it.
CALLS_MAX = 4


@dataclass(kw_only=True)
class Closer(Actor):
    """Demands exits of an account whose orders the gateway sends."""

    account: str = ROUTED
    markets: tuple[tuple[str, str], ...] = ((VENUE, BTC),)
    demands: dict[str, ExitDemand] = field(default_factory=dict)

    def step(self) -> None:
        """Demand something new, or the last demand once more."""
        if self.demands and self.chance.random() < 0.4:
            self.demand(self.demands[max(self.demands)])
            return
        name = f"exit-{len(self.demands) + 1}"
        self.demands[name] = ExitDemand(
            exit_id=name,
            reason="drill",
            market=self.chance.choice([None, *self.markets]),
            fraction=Decimal(self.chance.choice(["0.5", "1", "1"])),
            stop_entries=self.chance.random() < 0.2,
            cancel_open_orders=self.chance.random() < 0.5,
        )
        self.demand(self.demands[name])

    def demand(self, demand: ExitDemand) -> Outcome:
        """Demand an exit, and hold what is answered against the id that was given."""
        sender = Sender(permits=wiring.permits, queue=wiring.queue)
        outcome = call(
            self.world, self.name, lambda acting: exit_positions(acting, self.account, demand, sender=sender)
        )
        self.world.counters[f"exit {outcome.code or 'answered'}"] += 1
        if outcome.answer is not None:
            self.world.checks.require("X2", outcome.answer.value.exit_id == demand.exit_id, "another exit's answer")
        return outcome

    def ask_again(self) -> None:
        """Find out what became of each demand: once nothing goes wrong any more, every order of it is decided."""
        for name, demand in sorted(self.demands.items()):
            for _ in range(CALLS_MAX):
                outcome = self.demand(demand)
                legs = outcome.answer.value.legs if outcome.answer is not None else []
                if outcome.status == 200 and not any(leg.decision == "pending" for leg in legs):
                    break
            known = outcome.is_known and not any(leg.decision == "pending" for leg in legs)
            self.world.checks.require("X2", known, f"{name} cannot be found out: {outcome.code} {legs}")


def closer_of(world: World) -> Closer:
    """Return who demands exits in a history, in some of them."""
    dice = random.Random(f"{world.plan.seed}/closer")  # noqa: S311 a simulation's dice
    return Closer(world=world, name="closer", steps=dice.choice([0, 0, 1, 2, 4]), pauses=(0.05, 0.5, 2, 6))


__all__ = ["Closer", "closer_of"]
