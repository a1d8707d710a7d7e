"""What edits of the switches' table came to, once all is quiet.

K1 each change of a switch stands in the gateway's log, whoever made it; one that stops nothing is told of. K2 the guards
say what the switches say. K3 every account that a change may concern has it in its own log. Whatever happens meanwhile, I3 holds: see `checks`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from riskgate.adapters.dynamodb import guards, items
from riskgate.core.account.stored import GATEWAY_CHAIN
from tests.simulation.gateway import CONTROL_TABLE, STATE_TABLE
from tests.simulation.world import OWN, ROUTED

if TYPE_CHECKING:
    from tests.simulation.world import World

RELEASED = {"BOOL": False}


@dataclass(kw_only=True)
class SwitchJudge:
    """Looks at a history's end."""

    world: World
    read: int = field(init=False)

    def __post_init__(self) -> None:
        """Begin with what is written from now on."""
        self.read = len(self.world.tables.tables[CONTROL_TABLE].records)

    def check_end(self) -> None:
        """Hold the switches against the log, the guards and the accounts."""
        for record in self.world.tables.tables[CONTROL_TABLE].records[self.read :]:
            if record["dynamodb"]["Keys"]["pk"]["S"] == "KILL_SWITCH":
                self._check_noted(record)
        self._check_guards()

    def _check_noted(self, record: dict[str, Any]) -> None:
        change = record["dynamodb"]
        name, old, new = change["Keys"]["sk"]["S"], change.get("OldImage"), change.get("NewImage")
        ids = [record["eventID"], (new or {}).get("change_id", {}).get("S", "")]
        named = items.read_kill_switch_name(name)
        if named is not None:
            is_due = _meaning(name, old) != _meaning(name, new)
        else:
            is_due = new is not None and new.get("engaged") != RELEASED
        if not is_due:
            return
        require, text = self.world.checks.require, f"{name}: {old} became {new}, and nobody knows"
        require("K1", self._is_noted(GATEWAY_CHAIN, ids), text)
        if named is None or any("follow_kill_switch" in letter.body for letter in self.world.orders.dead):
            return
        for account in (ROUTED, OWN):
            if named[0] != "account" or named[1] == account:
                require("K3", self._is_noted(account, ids), f"{text}: {account}")

    def _is_noted(self, account: str, ids: list[str]) -> bool:
        table = self.world.tables.tables[STATE_TABLE]
        keys = [items.marker_key(account, "EDIT", change_id) for change_id in ids if change_id]
        return any(table.get((key["pk"]["S"], key["sk"]["S"])) is not None for key in keys)

    def _check_guards(self) -> None:
        table, engaged = self.world.tables.tables[CONTROL_TABLE], []
        for name in self.engaged():
            named = items.read_kill_switch_name(name)
            if named is not None:
                engaged.append(named)
        for shard in range(guards.SHARDS):
            key = guards._key(shard)
            guard = guards.parse_guard(table.get((key["pk"]["S"], key["sk"]["S"])))
            if guard is None:
                self.world.checks.fail("K2", f"guard {shard} cannot be read")
                continue
            named_here = {(flag.scope, flag.key) for flag in guard.flags}
            wanted = {(s, k) for s, k in engaged if s != "account" or shard in guards.list_shards(s, k)}
            self.world.checks.require("K2", named_here == wanted, f"guard {shard}: {named_here}, not {wanted}")

    def engaged(self) -> list[str]:
        """Return the names of the items that hold trading back, the missing global one among them."""
        partition = self.world.tables.tables[CONTROL_TABLE].partitions.get("KILL_SWITCH")
        rows = dict(partition.items) if partition is not None else {}
        names = [str(name) for name, row in rows.items() if row.get("engaged") != RELEASED]
        return names if "GLOBAL" in rows else ["GLOBAL", *names]


def _meaning(name: str, image: dict[str, Any] | None) -> tuple[str, bool]:
    """Return what an item says of its switch: engaged, released, or nothing that can be read."""
    if image is None:
        return ("unreadable" if name == "GLOBAL" else "released"), False
    value = image.get("engaged")
    says = "engaged" if value == {"BOOL": True} else "released" if value == RELEASED else "unreadable"
    return says, image.get("cancel_open_orders") == {"BOOL": True}


__all__ = ["SwitchJudge"]
