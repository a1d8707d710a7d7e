"""Switches as somebody edits them by hand, in the table itself."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tests.simulation.database import SimDynamo
from tests.simulation.gateway import CONTROL_TABLE
from tests.simulation.world import BTC, ETH, OWN, ROUTED, VENUE, World

#: What somebody types into `engaged`: what is no boolean is unreadable, and an unreadable flag is an engaged one.
TYPED: tuple[Mapping[str, Any] | None, ...] = (
    {"BOOL": True},
    {"BOOL": True},
    {"BOOL": False},
    {"S": "yes"},
    {"S": "false"},
    {"N": "0"},
    {"NULL": True},
    None,
)
#: Items that somebody means; the last ones are not what any order is held against.
NAMED = (
    "GLOBAL",
    f"ACCOUNT#{ROUTED}",
    f"ACCOUNT#{OWN}",
    f"VENUE#{VENUE}",
    "STRATEGY#trend",
    f"SYMBOL#{BTC}",
    f"SYMBOL#{ETH}",
)
MISNAMED = (
    "global",
    "Global",
    f"SYMBOL#{BTC.lower()}",
    "STRATEGY#Trend",
    f"ACCOUNT {ROUTED}",
    f"VENUE#{VENUE.upper()}",
    "SYMBOL#BTC",
)


@dataclass(kw_only=True)
class Editor:
    """Somebody with a console."""

    world: World
    chance: random.Random

    def write(self, operation: str, **request: Any) -> None:
        """Ask the table for something, as a console does."""
        try:
            SimDynamo(self.world, self.world.people).call(operation, {"TableName": CONTROL_TABLE} | request)
        except Exception:  # noqa: BLE001 whoever types a command sees that it failed
            self.world.counters["edits failed"] += 1

    def edit(self) -> None:
        """Write an item whole, or set its attribute alone."""
        name, value = self.chance.choice(NAMED), self.chance.choice(TYPED)
        key = _key(name)
        self.world.counters[f"edit {name.partition('#')[0]}"] += 1
        if value is None and self.chance.random() < 0.5:
            self.write("UpdateItem", Key=key, UpdateExpression="REMOVE engaged")
        elif value is None or self.chance.random() < 0.5:
            item = key | ({"engaged": value} if value is not None else {"engage": {"BOOL": True}})
            self.write("PutItem", Item=item)
        else:
            self.set(name, value)

    def set(self, name: str, value: Mapping[str, Any]) -> None:
        """Set `engaged`, as the page about stopping says."""
        values = {":on": value}
        self.write("UpdateItem", Key=_key(name), UpdateExpression="SET engaged = :on", ExpressionAttributeValues=values)

    def misname(self) -> None:
        """Write an item that stops nothing, whatever somebody meant by it."""
        self.write("PutItem", Item=_key(self.chance.choice(MISNAMED)) | {"engaged": {"BOOL": True}})

    def flip(self) -> None:
        """Engage, release and engage again: at once, or with a moment in between."""
        name = self.chance.choice(NAMED)
        for engaged in self.chance.choice([(True, False), (True, False, True), (False, True, False)]):
            self.set(name, {"BOOL": engaged})
            self.world.scheduler.pause(self.chance.choice([0, 0, 0.05, 1]))

    def delete(self) -> None:
        """Take an item away: of the global one that is a stop, of any other a release."""
        self.write("DeleteItem", Key=_key(self.chance.choice(["GLOBAL", *NAMED])))


def _key(name: str) -> dict[str, Any]:
    return {"pk": {"S": "KILL_SWITCH"}, "sk": {"S": name}}
