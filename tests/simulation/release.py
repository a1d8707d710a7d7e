"""A release rolls out while everything goes on: function by function, some invocations here, some there; it may go back.

The newest build of a history brings the simulation: its checks read all that is stored. The older one is a guest in it,
with its own environments. What one writes the other reads, or leaves alone.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, fields, replace
from typing import Any
from unittest.mock import patch

from tests.simulation import history
from tests.simulation.bridge import Far, Guest
from tests.simulation.builds import BUILDS
from tests.simulation.history import Report
from tests.simulation.perp_account import TRADERS
from tests.simulation.world import Plan

#: In so many histories a release rolls.
RELEASES = 0.2
#: Which build follows which one, and whose orders use what is new.
KINDS: tuple[tuple[str, str, frozenset[str]], ...] = (
    ("", "grown", frozenset({"trend"})),
    ("", "grown", frozenset({"grid"})),
    ("", "grown", frozenset()),
    ("", "renamed", frozenset()),
    ("unnamed", "", frozenset()),
)
#: Shares of a function's invocations that the newer build takes while the function changes.
SHARES = (0.1, 0.5, 0.9)
PAUSES = (0, 0.05, 0.5, 2, 6)


@dataclass(kw_only=True)
class Release:
    """What rolls in a history, and how far it has come. `shares`: how much of a function's work the newer build does."""

    guest: Guest
    users: frozenset[str]
    dice: random.Random
    name: str = "release"
    shares: dict[str, float] = field(default_factory=dict)
    world: Any = None

    @property
    def may_stay_back(self) -> bool:
        """Tell whether the older build reads all that the newer one wrote: fields more that nobody used."""
        return self.guest.host.name == "grown" and not self.users

    def choose(self, function: str) -> Guest | None:
        """Return which build serves an invocation; None: the newer one."""
        share = self.shares.get(function, 0.0)
        is_newer = share >= 1 or (share > 0 and self.dice.random() < share)
        self.world.counters["served by the newer build" if is_newer else "served by the older build"] += 1
        return None if is_newer else self.guest

    def start(self, traveller: Any) -> Any:
        """Return the tables as the older build left them, and their logs as the newer one reads them."""
        names = (self.guest.build.name, self.guest.host.name)
        if names not in _started:
            _started[names] = _start(self.guest, traveller)
        return _started[names]

    def join(self, world: Any) -> None:
        """Take part in a history."""
        self.world = world
        gateway = self.guest.build.module("tests.simulation.gateway")
        gateway.wants._JITTER.seed(self.dice.random())
        gateway.monitor._TOLD.clear()
        world.release = self

    def run(self) -> None:
        """Roll out; it may go back, from wherever it is, and come again. Where nothing new is used, it may stay back."""
        self._pause(2)
        if self.dice.random() < 0.5:
            self._move(1.0, self.dice.randint(1, len(self.world.functions)))
            self._pause(3)
            self.world.counters["releases rolled back"] += 1
            self._move(0.0)
            if self.may_stay_back and self.dice.random() < 0.5:
                self.world.counters["releases that stay back"] += 1
                return
            self._pause(3)
        self._move(1.0)

    def _move(self, share: float, count: int | None = None) -> None:
        """Move functions, in any order, some of them step by step."""
        for name in self.dice.sample(sorted(self.world.functions), count or len(self.world.functions)):
            if self.dice.random() < 0.5:
                self.shares[name] = self.dice.choice(SHARES)
                self._pause(2)
            self.shares[name] = share
            self._pause(0.5)

    def _pause(self, scale: float) -> None:
        self.world.scheduler.pause(self.dice.choice(PAUSES) * scale)

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Let the guest's modules find the host's simulation."""
        guest, host = self.guest, self.guest.host
        gateway = guest.build.module("tests.simulation.gateway")
        with ExitStack() as stack:
            stack.enter_context(gateway.installed())
            stack.enter_context(patch.object(gateway, "_active", host.module("tests.simulation.gateway")._active))
            stack.enter_context(patch.object(gateway, "reach", lambda exchange: Far(inner=exchange, guest=guest)))
            versions = guest.build.module("riskgate.schemas.versions")
            stack.enter_context(patch.object(versions, "_describe", self._count(versions._describe)))
            users: set[str] = getattr(host.module("riskgate"), "USERS", set())
            users.clear()
            users.update(self.users)
            guest.build.module("tests.simulation.memory").forget()
            yield

    def _count(self, describe: Callable[..., str]) -> Callable[..., str]:
        """Return `describe`, which is asked of each document that the older build refuses, as a newer one wrote it."""

        def counting(kind: type, written: Any) -> str:
            self.world.counters[f"refused as too new {kind.__name__}"] += 1
            return describe(kind, written)

        return counting


def release_of(plan: Plan) -> Release | None:
    """Return what rolls in a history, if anything does."""
    dice = random.Random(f"{plan.seed}/release")  # noqa: S311 a simulation's dice
    if dice.random() >= RELEASES or "release" in plan.without:
        return None
    older, newer, users = dice.choice(KINDS)
    return Release(guest=Guest(build=BUILDS[older], host=BUILDS[newer]), users=users, dice=dice)


def run_history(plan: Plan) -> Report:
    """Run one history; where a release rolls, with the newest build's simulation."""
    release = release_of(plan)
    if release is None:
        return history.run_history(plan)
    host = release.guest.host
    with release.installed():
        # The start that both builds know has no account with leverage.
        without = plan.without | TRADERS
        told = host.module("tests.simulation.history").run_history(replace(plan, without=without), release=release)
    report = Report(**{one.name: getattr(told, one.name) for one in fields(Report)} | {"plan": plan})
    report.counters["releases"] += 1
    report.counters[f"releases {release.guest.build.name or 'today'} to {host.name or 'today'}"] += 1
    return report


_started: dict[tuple[str, str], Any] = {}


def _start(guest: Guest, traveller: Any) -> Any:
    before = guest.build.module("tests.simulation.history").template(traveller, with_perps=False)
    host = guest.host
    world_of, gateway = (host.module(f"tests.simulation.{name}") for name in ("world", "gateway"))
    world = world_of.World(world_of.Plan(seed=0, weather=0.0, without=TRADERS), traveller, start=before.at)
    world.tables.restore(before.tables)
    with gateway.active(world):
        world.checks.wrote(0)
        world.checks.raise_found()
    return host.module("tests.simulation.history").Start(at=before.at, tables=before.tables, chains=world.checks.chains)
