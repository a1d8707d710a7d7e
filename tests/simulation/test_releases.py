"""Two builds in one process: each has classes of its own, what passes between them is translated, and both trade."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from riskgate import ENGINE_VERSION
from riskgate.app.orders.submit_order import submit_order
from riskgate.core.errors import DocumentTooNew, Rejected
from riskgate.core.order import Order, OrderType
from riskgate.core.side import Side
from riskgate.schemas.messages.order import MessageKind, OrderMessage
from riskgate.schemas.messages.text import read_message
from tests.simulation import gateway
from tests.simulation.bridge import Far, Guest
from tests.simulation.builds import BUILDS, FOLDERS, Build
from tests.simulation.release import KINDS, RELEASES, release_of
from tests.simulation.test_simulation import run
from tests.simulation.world import Plan
from tests.support.next_version import NEXT_ENGINE

ORDER = Order(
    account_id="demo",
    client_order_id="a",
    symbol="BTC/USDT",
    venue="binance",
    strategy="trend",
    side=Side.BUY,
    type=OrderType.LIMIT,
    quantity=Decimal(1),
    price=Decimal(50_000),
)
GROWN = BUILDS["grown"]
GUEST = Guest(build=BUILDS[""], host=GROWN)


def test_build_when_loaded_beside_another_then_each_has_its_own_classes() -> None:
    assert GROWN.module("riskgate").ENGINE_VERSION == NEXT_ENGINE
    assert BUILDS[""].module("riskgate").ENGINE_VERSION == ENGINE_VERSION
    order = GROWN.module("riskgate.core.order").Order
    assert order is not Order
    assert order.__module__ == "riskgate_grown.core.order"
    stored = GROWN.module("riskgate.core.account.stored").OrderRecord
    assert "annotation" in stored.__annotations__


def test_build_when_a_change_finds_nothing_then_it_is_refused() -> None:
    build = Build(name="stale", changes=(("core/side.py", "nothing like this", ""),))
    with pytest.raises(ValueError, match="nothing like"):
        build.source_of(FOLDERS["riskgate"] / "core" / "side.py")


def test_bridge_when_crossed_and_crossed_back_then_the_same() -> None:
    there, back = GUEST.outwards, GUEST.inwards
    taken = there([ORDER, {"side": Side.SELL}])
    assert type(taken[0]) is GROWN.module("riskgate.core.order").Order
    assert taken[0].side is GROWN.module("riskgate.core.side").Side.BUY
    assert taken[0] != ORDER
    assert back(taken) == [ORDER, {"side": Side.SELL}]


def test_bridge_when_a_function_crosses_then_its_names_are_the_other_builds() -> None:
    theirs = GROWN.module("tests.simulation.gateway")
    [permits] = [stand_in for _, name, stand_in in gateway._PATCHES if name == "permits"]
    assert permits() is gateway.PERMITS
    assert GUEST.outwards(permits)() is theirs.PERMITS
    assert GUEST.outwards(gateway.run_monitor) is theirs.run_monitor
    assert GUEST.outwards(submit_order) is GROWN.module("riskgate.app.orders.submit_order").submit_order
    kept = GUEST.outwards(gateway._kept("orders", lambda _world, _process: ORDER))
    made = kept.__closure__[0].cell_contents
    assert made(None, None) is ORDER, "what belongs to no module of a build stays as it is"


def test_far_when_the_host_refuses_then_in_the_guests_words() -> None:
    rejected = GROWN.module("riskgate.core.errors").Rejected

    @dataclass
    class Venue:
        asked: list[Any] = field(default_factory=list)

        def create_order(self, order: Any) -> Any:
            self.asked.append(order)
            raise rejected("no", venue_code="-2010")

    venue = Venue()
    with pytest.raises(Rejected) as error:
        Far(inner=venue, guest=GUEST).create_order(ORDER)
    assert error.value.venue_code == "-2010"
    assert type(venue.asked[0]) is not Order


def test_message_when_the_newer_build_wrote_it_then_the_older_one_reads_it_unless_it_uses_what_is_new() -> None:
    messages, text = (GROWN.module(f"riskgate.schemas.messages.{name}") for name in ("order", "text"))
    fields = {
        "account_id": "demo",
        "sent_at": datetime(2026, 3, 4, tzinfo=UTC),
        "actor": "test",
        "client_order_id": "a",
    }
    unused = messages.OrderMessage(kind=messages.MessageKind.CANCEL, **fields)
    found = read_message(text.write_message(unused), OrderMessage)
    assert (found.kind, found.client_order_id) == (MessageKind.CANCEL, "a")
    used = messages.OrderMessage(kind=messages.MessageKind.CANCEL, annotation="seen", **fields)
    with pytest.raises(DocumentTooNew):
        read_message(text.write_message(used), OrderMessage)


def test_releases_when_drawn_then_every_kind_and_in_so_many_histories() -> None:
    found = [release_of(Plan(seed=seed)) for seed in range(1000)]
    rolling = [one for one in found if one is not None]
    assert abs(len(rolling) / len(found) - RELEASES) < 0.05
    kinds = Counter((one.guest.build.name, one.guest.host.name, one.users) for one in rolling)
    assert set(kinds) == set(KINDS)
    assert release_of(Plan(seed=3, without=frozenset({"release"}))) is None


@pytest.mark.long
def test_histories_when_a_release_rolls_in_each_then_both_builds_serve_and_every_invariant_holds(
    tmp_path: Path,
) -> None:
    status, text, told = run(tmp_path, "--seeds", "600", "--first", "90000", "--jobs", "1", "--only-releases")
    assert status == 0, text
    counts = told["counts"]
    for older, newer in {kind[:2] for kind in KINDS}:
        assert counts[f"releases {older or 'today'} to {newer or 'today'}"] > 0
    wanted = {
        "served by the newer build",
        "served by the older build",
        "releases rolled back",
        "releases that stay back",
        "refused as too new AccountState",
        "refused as too new OrderMessage",
    }
    assert wanted <= set(counts), f"never happened: {wanted - set(counts)}"


@pytest.mark.long
def test_history_when_a_release_rolls_and_it_is_run_again_then_it_is_the_same(tmp_path: Path) -> None:
    options = ("--seeds", "100", "--first", "7100", "--only-releases")
    first, second = (run(tmp_path, *options, "--jobs", jobs)[2] for jobs in "12")
    timed: dict[str, Any] = {"runs": [], "cpu_seconds": 0}
    assert first | timed == second | timed
