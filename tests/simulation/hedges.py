"""Somebody who hedges: on their word, again where no answer came, and by the account's policy."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from riskgate.app.account.change_limits import change_limits
from riskgate.app.hedging.place_hedge import hedge_account
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.orders.place_in_turn import Sender
from riskgate.core.account.stored import ReadRequest
from riskgate.core.hedging.model import HedgeInstrument, HedgeMode, HedgeSpec
from riskgate.core.limits import AutoHedge
from riskgate.runtime import wiring
from tests.simulation.actors import Actor, Outcome, call
from tests.simulation.perp_account import BTC, BTC_SWAP, COINS, ETH_SWAP, PERP, SWAPS, refresh_swap_quotes

#: How often a demand whose orders are not all decided is asked for again before somebody would look into it.
CALLS_MAX = 4


@dataclass(kw_only=True)
class Hedger(Actor):
    """Somebody who hedges the account with leverage, on their word and by its policy."""

    demands: dict[str, HedgeSpec] = field(default_factory=dict)
    plans: dict[str, Any] = field(default_factory=dict)

    def step(self) -> None:
        """Demand something new, the last demand once more, or let the policy's schedule come."""
        if self.chance.random() < 0.85:
            refresh_swap_quotes(self.world)
            self.world.refresh_quotes()
        draw = self.chance.random()
        if draw < 0.15:
            self.set_policy()
        elif draw < 0.35:
            self.world.run_job("hedge", PERP)
        elif draw < 0.6 and self.demands:
            self.demand(self.demands[max(self.demands)])
        else:
            spec = self.new_demand()
            self.demands[spec.hedge_id] = spec
            self.demand(spec)
            if self.chance.random() < 0.4:
                self.demand(spec)

    def new_demand(self) -> HedgeSpec:
        """Return a hedge with a fresh id: of a position, or of the whole book."""
        swap = HedgeInstrument(venue=SWAPS, symbol=BTC_SWAP)
        markets = self.chance.choice([(), (swap,), (swap, HedgeInstrument(venue=SWAPS, symbol=ETH_SWAP))])
        mode = self.chance.choice([HedgeMode.DELTA_NEUTRAL, HedgeMode.DELTA_NEUTRAL, HedgeMode.PARTIAL, HedgeMode.FULL])
        position = self.chance.choice([f"{COINS}:{BTC}", f"{COINS}:{BTC}", f"{SWAPS}:{BTC_SWAP}"])
        fraction = Decimal(1) if mode is HedgeMode.FULL else Decimal(self.chance.choice(["0.5", "0.8", "1"]))
        return HedgeSpec(
            hedge_id=f"h{len(self.demands) + 1}",
            mode=mode,
            position=None if mode is HedgeMode.DELTA_NEUTRAL else position,
            instruments=markets,
            fraction=fraction,
            fee_fraction=Decimal("0.001"),
            horizon_hours=24,
            strategy="hedge",
        )

    def demand(self, spec: HedgeSpec) -> Outcome:
        """Demand a hedge, and hold its plan against the one answered before."""
        sender = Sender(permits=wiring.permits, queue=wiring.queue)

        def use_case(acting: Acting) -> Any:
            return hedge_account(acting, PERP, spec, execute=True, sender=sender)

        self.world.deciding += 1
        outcome = call(self.world, self.name, use_case)
        self.world.deciding -= 1
        told = outcome.answer.value.status if outcome.answer is not None else outcome.code
        self.world.counters[f"hedge {told}"] += 1
        if outcome.answer is not None:
            plan = outcome.answer.value.plan
            same = self.plans.setdefault(spec.hedge_id, plan) == plan
            self.world.checks.require("H1", same, f"{spec.hedge_id} was answered with two plans")
        return outcome

    def ask_again(self) -> None:
        """Find out what became of each demand: once nothing goes wrong any more, every order of it is decided."""
        refresh_swap_quotes(self.world)
        self.world.refresh_quotes()
        for name, spec in sorted(self.demands.items()):
            for _ in range(CALLS_MAX):
                outcome = self.demand(spec)
                pending = outcome.answer is not None and outcome.answer.value.status == "incomplete"
                known = outcome.is_known and outcome.status != 429 and not pending
                if known:
                    break
            self.world.checks.require("H4", known, f"{name} cannot be found out: {outcome.code}")

    def set_policy(self) -> None:
        """Let the account hedge itself, or not."""
        policy = AutoHedge(
            net_delta_fraction_max=Decimal("0.01"),
            action=self.chance.choice(["place", "place", "propose"]),
            markets=(f"{SWAPS}:{BTC_SWAP}", f"{SWAPS}:{ETH_SWAP}"),
            interval_minutes=1,
        )
        wanted = self.chance.choice([policy, policy, None])

        def use_case(acting: Acting) -> Any:
            found = acting.deps.store.read(ReadRequest(account_id=PERP))
            assert found.limits is not None
            limits = replace(found.limits.limits, auto_hedge=wanted)
            return change_limits(acting, PERP, limits, expected_version=found.require_state().limits_version)

        call(self.world, self.name, use_case)


__all__ = ["Hedger"]
