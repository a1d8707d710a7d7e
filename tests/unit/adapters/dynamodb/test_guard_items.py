"""Guards as they are stored: which flags each names, and what cannot be read guards nothing."""

from __future__ import annotations

from typing import Any

import pytest

from riskgate.adapters.dynamodb import guards
from riskgate.adapters.dynamodb.guards import (
    FLAGS_MAX,
    REASON_LENGTH_MAX,
    SHARDS,
    Guard,
    guard_key,
    hold,
    is_current,
    list_shards,
    parse_guard,
)
from riskgate.core.kill_switch import KillSwitch

#: Accounts of the first shard and of another one, by the checksum of their names: builds must agree on it.
FIRST, OTHER = "demo", "paper"


def shard_of(account: str) -> int:
    return int(guard_key(account)["pk"]["S"].removeprefix("KILL_SWITCH_GUARD#"))


def flag(scope: str, key: str = "", engaged: bool | None = True, reason: str = "") -> KillSwitch:
    return KillSwitch(scope=scope, key=key, engaged=engaged, reason=reason)


def stored(shard: int, *flags: KillSwitch) -> dict[str, Any]:
    """Return what a guard of a shard says while these flags hold trading back."""
    return {"version": {"S": "v1"}} | guards._write_flags(shard, flags)


def test_key_then_the_shard_that_every_build_agrees_on() -> None:
    assert guard_key("demo") == {"pk": {"S": "KILL_SWITCH_GUARD#00"}, "sk": {"S": "GUARD"}}
    assert guard_key("paper")["pk"] == {"S": "KILL_SWITCH_GUARD#22"}
    assert SHARDS == 32
    assert {shard_of(f"account-{number}") for number in range(1000)} == set(range(SHARDS))


def test_shards_when_the_flag_is_of_an_account_then_its_own_alone() -> None:
    assert list_shards("account", FIRST) == [shard_of(FIRST)]
    for scope in ("global", "venue", "strategy", "symbol"):
        assert list_shards(scope, FIRST) == list(range(SHARDS))


def test_guard_when_written_then_read_as_it_was_and_without_other_shards_accounts() -> None:
    mine, shard = flag("account", FIRST, reason="why"), shard_of(FIRST)
    assert shard != shard_of(OTHER)
    everywhere = flag("global", reason="x" * (REASON_LENGTH_MAX + 5))
    unreadable = flag("strategy", "trend", engaged=None)
    found = parse_guard(stored(shard, mine, flag("account", OTHER), everywhere, unreadable))
    cut = flag("global", reason="x" * REASON_LENGTH_MAX)
    assert found == Guard("v1", (mine, cut, unreadable))


@pytest.mark.parametrize(
    "item",
    [
        None,
        {},
        {"version": {"S": "v"}},
        {"flags": {"L": []}},
        {"version": {"N": "1"}, "flags": {"L": []}},
        {"version": {"S": "v"}, "flags": {"S": "none"}},
        {"version": {"S": "v"}, "flags": {"L": [{"S": "global"}]}},
        {"version": {"S": "v"}, "flags": {"L": [{"M": {"scope": {"S": "global"}}}]}},
        {"version": {"S": "v"}, "flags": {"L": None}},
    ],
)
def test_guard_when_it_is_no_guard_then_it_guards_nothing(item: dict[str, Any] | None) -> None:
    assert parse_guard(item) is None


@pytest.mark.parametrize("engaged", [None, {"BOOL": False}, {"S": "true"}, {"BOOL": "true"}])
def test_guard_when_a_flag_in_it_is_not_plainly_engaged_then_unreadable_and_so_it_holds(engaged: Any) -> None:
    item = {name: {"S": ""} for name in ("scope", "key", "reason")} | ({"engaged": engaged} if engaged else {})
    found = parse_guard({"version": {"S": "v"}, "flags": {"L": [{"M": item}]}})
    assert found is not None
    assert found.flags[0].engaged is None
    assert found.flags[0].is_engaged


def test_guard_when_too_many_flags_hold_then_it_names_none() -> None:
    flags = [flag("strategy", f"s{number}") for number in range(FLAGS_MAX + 1)]
    assert parse_guard(stored(0, *flags)) is None
    full = parse_guard(stored(0, *flags[1:]))
    assert full is not None
    assert len(full.flags) == FLAGS_MAX


def test_guard_when_it_says_what_the_flags_say_then_current() -> None:
    one, shard = flag("global"), shard_of(FIRST)
    assert is_current(shard, stored(shard, one), [one, flag("account", OTHER)])
    assert not is_current(shard, stored(shard, one), [])
    assert not is_current(shard, stored(shard), [one])
    assert not is_current(shard, {}, [])
    assert not is_current(shard, stored(shard, one) | {"version": {"N": "1"}}, [one])
    too_many = [flag("strategy", f"s{number}") for number in range(FLAGS_MAX + 1)]
    assert is_current(shard, {"version": {"S": "v1"}}, too_many)


GLOBAL, TREND = ("global", ""), ("strategy", "trend")
RELEASED = flag(*GLOBAL, engaged=False)


@pytest.mark.parametrize(
    ("own", "guarded", "held"),
    [
        ([RELEASED], [], [RELEASED]),
        ([RELEASED], [flag(*GLOBAL, reason="guard")], [flag(*GLOBAL, reason="guard")]),
        ([flag(*GLOBAL, reason="own")], [flag(*GLOBAL, reason="guard")], [flag(*GLOBAL, reason="own")]),
        ([flag(*GLOBAL, engaged=None)], [flag(*GLOBAL)], [flag(*GLOBAL, engaged=None)]),
        ([], [flag(*TREND)], [flag(*TREND)]),
        ([RELEASED, flag(*TREND)], [], [RELEASED, flag(*TREND)]),
        ([flag("venue", "kraken")], [flag("symbol", "ETH/USDT")], []),
    ],
)
def test_flags_when_their_item_or_the_guard_says_so_then_engaged(
    own: list[KillSwitch], guarded: list[KillSwitch], held: list[KillSwitch]
) -> None:
    assert hold(own, Guard("v", tuple(guarded)), [GLOBAL, TREND]) == held
    assert hold(own, None, [GLOBAL, TREND]) == [each for each in own if (each.scope, each.key) in {GLOBAL, TREND}]
