"""An operator who makes mistakes: in the table of switches, with limits, breakers, breaks, accounts and dead letters.

What each must come to stands in `infra/docs` and the runbooks. `switches` looks at what the edits came to; beside it,
M1: nonsense is refused, and what is refused changes nothing.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from riskgate.app.account.change_limits import change_limits
from riskgate.app.account.register_account import register_account
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.reconciliation.resolve_break import resolve_break
from riskgate.app.safeguards.reset_breaker import reset_breaker
from riskgate.app.safeguards.set_kill_switch import set_kill_switch
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import ReadRequest
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.limits import Limits
from riskgate.schemas.http.requests.accounts import AccountRequest
from riskgate.schemas.http.requests.base import parse_request
from riskgate.schemas.http.requests.limits import LimitsRequest
from tests.simulation.actors import Actor, Outcome, call
from tests.simulation.edits import NAMED, Editor
from tests.simulation.queues import Queue
from tests.simulation.switches import SwitchJudge
from tests.simulation.world import OWN, ROUTED, VENUE, World

#: Limits that nobody can mean, as somebody types them.
NONSENSE: tuple[Mapping[str, Any], ...] = (
    {"position_size_fraction_max": "-0.1"},
    {"position_size_fraction_max": "NaN"},
    {"daily_trades_max": -1},
    {"order_rate_max": "ten"},
    {"daily_loss_fraction_max": "1e3"},
    {"no_such_limit": 1},
)
#: Limits that can be meant and are wrong: nothing passes, or as good as nothing.
TIGHT: tuple[Mapping[str, Any], ...] = (
    {"position_size_fraction_max": "0.000000000001"},
    {"daily_trades_max": 0},
    {"order_rate_max": 1},
    {"daily_loss_fraction_max": "0.0001"},
    {"symbol_allowlist": []},
)
#: How often what a person sets back is tried before they sleep over it.
TRIES_MAX = 30


@dataclass(kw_only=True)
class Mistaken(Actor):
    """The operator of the day."""

    #: What limits were before somebody touched them, by account; and whose registration is another than it was.
    limits: dict[str, Limits] = field(default_factory=dict)
    registered: set[str] = field(default_factory=set)
    #: Messages that were seen on their way: somebody brings them again.
    seen: dict[str, tuple[Queue, Any]] = field(default_factory=dict)
    judge: SwitchJudge = field(init=False)
    editor: Editor = field(init=False)

    def run(self) -> None:
        """Take all steps, then set back what was set."""
        if not self.steps:
            return
        self.judge = SwitchJudge(world=self.world)
        self.editor = Editor(world=self.world, chance=self.chance)
        super().run()
        self.set_back()

    def step(self) -> None:
        """Make one mistake."""
        self.look_at_queues()
        weights = {
            self.editor.edit: 5,
            self.editor.misname: 1,
            self.editor.flip: 2,
            self.editor.delete: 3,
            self.release_other: 2,
            self.mislimit: 2,
            self.reset_early: 2,
            self.resolve: 2,
            self.register: 2,
            self.replay: 3,
        }
        self.chance.choices([*weights], [*weights.values()])[0]()

    def release_other(self) -> None:
        """Release what is not engaged: nothing else may be released by that."""
        engaged = set(self.world.checks.engaged_us)
        others = [n for n in NAMED if n not in engaged]
        if others:
            scope, _, key = self.chance.choice(others).partition("#")
            flag = KillSwitch(scope=scope.lower(), key=key, engaged=False, reason="the wrong one")
            call(self.world, self.name, lambda acting: set_kill_switch(acting, flag, cancel_open_orders=False))

    # What the routes do.

    def mislimit(self) -> None:
        """Ask for limits that are nonsense, or so tight that nothing passes."""
        account = self.chance.choice([ROUTED, OWN])
        before = self._state(account)
        body = self.chance.choice(NONSENSE)
        outcome = self.change(account, body)
        self.world.checks.require("M1", outcome.status != 200, f"{body} became the limits of {account}")
        after = self._state(account)
        if before is not None and after is not None and before.version == after.version:
            self.world.checks.require("M1", before.limits_hash == after.limits_hash, f"{body} changed {account}")
        self.change(account, self.chance.choice(TIGHT))

    def change(self, account: str, body: Mapping[str, Any]) -> Outcome:
        """Change limits as the route does."""

        def use_case(acting: Acting) -> Any:
            asked = parse_request(LimitsRequest, body)
            found = acting.deps.store.read(ReadRequest(account_id=account))
            assert found.limits is not None
            self.limits.setdefault(account, found.limits.limits)
            version = found.require_state().limits_version
            return change_limits(acting, account, asked.apply_to(found.limits.limits), expected_version=version)

        return call(self.world, self.name, use_case)

    def reset_early(self) -> None:
        """Clear what has just tripped, or has not tripped; from two windows at once."""
        account = self.chance.choice([ROUTED, OWN])
        state = self._state(account)
        tripped = sorted(state.breakers) if state is not None else []
        name, _, key = self.chance.choice([*tripped, *tripped, "MAX_DRAWDOWN", "MANUAL_STOP"]).partition(" ")
        for _ in range(2):
            call(self.world, self.name, lambda acting: reset_breaker(acting, account, name, "too early", key=key))

    def resolve(self) -> None:
        """Close a break that is open, on one's word alone; or one that nobody knows."""
        state = self._state(ROUTED)
        known = sorted(state.reconciliation.open) if state is not None else []
        name = self.chance.choice([*known, *known, "no-such-break"])
        for _ in range(self.chance.choice([1, 2])):
            outcome = call(self.world, self.name, lambda acting: resolve_break(acting, ROUTED, name, "I am sure"))
            self.world.checks.require("M1", name in known or outcome.status != 200, f"{name} was resolved")

    def register(self) -> None:
        """Register an account again: in other words, in another currency, without its key, with another's."""
        account = self.chance.choice([ROUTED, OWN])
        kind = self.chance.choice(["sectors", "equity", "currency", "key"])
        body = _registration(account)
        if kind == "sectors":
            body |= {"sectors": {"BTC": "coins"}}
        elif kind == "equity":
            body |= {"initial_equity": "1"}
        elif kind == "currency":
            body |= {"base_currency": "EUR"}
        elif account == ROUTED:
            body |= {"venues": [{"venue": VENUE, "market_type": "spot"}]}
        else:
            body |= {"venues": [{"venue": VENUE, "market_type": "spot", "secret_name": "key"}]}
        self.registered.add(account)
        outcome = self.describe(account, body)
        refused = kind == "currency" or (kind == "key" and account == OWN)
        self.world.checks.require("M1", outcome.status != 200 or not refused, f"{account} took {kind} {body}")

    def describe(self, account: str, body: Mapping[str, Any]) -> Outcome:
        """Register an account as the route does."""
        return call(
            self.world, self.name, lambda acting: register_account(acting, account, parse_request(AccountRequest, body))
        )

    # Messages.

    def look_at_queues(self) -> None:
        """Note what is on its way."""
        for queue in (self.world.orders, self.world.queues["https://sqs.invalid/monitor"]):
            for message in queue.messages[-3:]:
                self.seen[message.message_id] = (queue, message)

    def replay(self) -> None:
        """Move dead letters back, twice; and bring again what went through long ago."""
        for queue in self.world.queues.values():
            letters, queue.dead = queue.dead, []
            for letter in letters:
                for _ in range(2):
                    queue.add(letter.body, group=letter.group, attributes=letter.attributes)
                self.world.counters["letters replayed"] += 1
        if self.seen:
            queue, message = self.seen[self.chance.choice(sorted(self.seen))]
            for _ in range(2):
                delay = self.chance.choice([0, 0.5, 5])
                queue.add(message.body, group=message.group, attributes=message.attributes, delay=delay)
            self.world.counters["messages replayed"] += 1

    # And back.

    def set_back(self) -> None:
        """Set back what was set: an operator who has noticed."""
        for account in sorted(self.registered):
            self.insist(lambda a=account: self.describe(a, _registration(a)))  # type: ignore[misc]
        for account, limits in sorted(self.limits.items()):

            def use_case(acting: Acting, account: str = account, limits: Limits = limits) -> Any:
                state = acting.deps.store.read(ReadRequest(account_id=account)).require_state()
                return change_limits(acting, account, limits, expected_version=state.limits_version)

            self.insist(lambda u=use_case: call(self.world, self.name, u))  # type: ignore[misc]

    def insist(self, ask: Any) -> None:
        """Ask until it is done."""
        for _ in range(TRIES_MAX):
            if ask().status == 200:
                return
            self.world.scheduler.pause(1)

    def ask_again(self) -> None:
        """Look at what the edits came to."""
        if self.steps:
            self.judge.check_end()

    def _state(self, account: str) -> AccountState | None:
        chain = self.world.checks.chains.get(account)
        return chain.fold.replay.state if chain is not None else None


def _registration(account: str) -> dict[str, Any]:
    """Return how an account was registered before anything happened."""
    venue = {"venue": VENUE, "market_type": "spot"} | ({"secret_name": "key"} if account == ROUTED else {})
    return {"base_currency": "USDT", "venues": [venue], "initial_equity": "100000"}


def mistaken_of(world: World) -> Mistaken:
    """Return who makes mistakes, in some histories."""
    dice = random.Random(f"{world.plan.seed}/mistaken/steps")  # noqa: S311 a simulation's dice
    steps = dice.choice([0, 0, 0, 3, 6, 10])
    return Mistaken(world=world, name="mistaken", steps=steps, pauses=(0, 0.01, 0.05, 0.5, 2, 6))


__all__ = ["Mistaken", "mistaken_of"]
