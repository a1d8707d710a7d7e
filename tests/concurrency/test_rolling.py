"""A deployment rolls out: two builds serve one account at once, and nothing is lost in either direction."""

from __future__ import annotations

import json
import random
import subprocess
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from threading import Lock
from typing import Any
from uuid import uuid4

import pytest

from riskgate import ENGINE_VERSION
from riskgate.adapters.dynamodb.reports import ReportStore
from riskgate.core.figures import CorrelationRow, RiskReport
from tests.concurrency.instances import ACCOUNT_ID, NOW, UNLIMITED, Gateway
from tests.support.next_version import (
    ANNOTATED,
    GROWN,
    NEXT_ENGINE,
    RENAMED,
    ROOT,
    SHARED,
    UNNAMED,
    UNNAMED_ENGINE,
    build_next,
    command_of,
    environment_of,
)

#: Instances of each build, bots, and what each bot orders before and after what is new is used.
INSTANCES, BOTS, ORDERS = 2, 4, 6
TRIES_MAX = 400
#: What a caller of a busy gateway may meet, and asks again after.
AGAIN = {"CONTENTION", "DOCUMENT_TOO_NEW"}
TODAY, NEXT = ENGINE_VERSION, NEXT_ENGINE


@dataclass
class Build:
    """One running instance of a build; one caller at a time."""

    process: subprocess.Popen[str]
    engine: str = ""
    lock: Lock = field(default_factory=Lock)

    def ask(self, do: str, **arguments: str) -> Any:
        """Have a command carried out."""
        assert self.process.stdin is not None
        with self.lock:
            self.process.stdin.write(json.dumps({"do": do} | arguments) + "\n")
            self.process.stdin.flush()
            return self.hear()

    def hear(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, f"the instance of engine {self.engine} ended"
        return json.loads(line)


@dataclass
class Rollout:
    """Instances of two builds behind one address: a request comes to any of them."""

    builds: list[Build]
    seen: Counter[tuple[str, str]] = field(default_factory=Counter)
    lock: Lock = field(default_factory=Lock)

    def of(self, engine: str) -> Build:
        """Return an instance of a build."""
        return next(build for build in self.builds if build.engine == engine)

    def ask(self, chance: random.Random, do: str, **arguments: str) -> Any:
        """Ask whoever comes up, and again after a 503, as a bot does."""
        for _ in range(TRIES_MAX):
            build = chance.choice(self.builds)
            answer = build.ask(do, **arguments)
            with self.lock:
                self.seen[build.engine, answer.get("error", "")] += 1
            if "error" not in answer:
                return answer
            assert answer["error"] in AGAIN, answer
        raise AssertionError(f"no answer after {TRIES_MAX} tries")

    def count(self, engine: str, error: str = "") -> int:
        """Return how often a build answered so."""
        return self.seen[engine, error]


@contextmanager
def running(path: Path, prefix: str) -> Iterator[Build]:
    """Run an instance of a build."""
    with subprocess.Popen(
        command_of("tests.concurrency.build_process", prefix),
        cwd=ROOT,
        env=environment_of(path),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        build = Build(process)
        try:
            build.engine = build.hear()["engine"]
            yield build
        finally:
            assert process.stdin is not None
            process.stdin.close()
            process.wait()


def put_figures(gateway: Gateway) -> None:
    """Store what the risk jobs leave: what every decision reads, and later entries need not write again."""
    days = tuple(Decimal(number) / 100 for number in range(252))
    reports = ReportStore(gateway.clients[0], gateway.tables["state"])
    reports.put_gate_report(ACCOUNT_ID, RiskReport(as_of=NOW, exposures={"BTC": Decimal(0)}, scenario_pnl=days))
    reports.put_rows([CorrelationRow(asset="BTC", as_of=NOW, scenario_returns=days)])


@pytest.fixture
def roll_out(database: str, tmp_path: Path) -> Iterator[Any]:
    """Give what starts both builds on the tables of an account without limits; the next build holds the invariants."""
    gateway = Gateway(prefix=f"{database}-{uuid4().hex[:8]}")
    gateway.set_up()
    gateway.limit(UNLIMITED)
    put_figures(gateway)
    for client in gateway.clients:
        client.close()
    with ExitStack() as stack:

        def start(changes: tuple[tuple[str, str, str], ...], instances: int = INSTANCES) -> Rollout:
            paths = [SHARED, build_next(tmp_path, changes)]
            # All start at once: each loads for a second or two.
            with ThreadPoolExecutor(2 * instances) as pool:
                started = [
                    pool.submit(stack.enter_context, running(path, gateway.prefix)) for path in paths * instances
                ]
            return Rollout([future.result() for future in started])

        yield start


@dataclass
class Bot:
    """One caller: what it ordered, what it was answered, and what it filled."""

    number: int
    rollout: Rollout
    answers: dict[str, Any] = field(default_factory=dict)
    filled: dict[str, Decimal] = field(default_factory=dict)
    chance: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.chance = random.Random(self.number)  # noqa: S311 which instance is asked

    def trade(self, phase: str, strategies: tuple[str, ...]) -> None:
        """Submit orders, fill some in part, cancel some."""
        for n in range(ORDERS):
            name = f"{phase}-{self.number}-{n}"
            strategy = strategies[n % len(strategies)]
            self.answers[name] = self.rollout.ask(self.chance, "submit", name=name, strategy=strategy)
            assert self.answers[name]["approved"], self.answers[name]
            if self.chance.random() < 0.5:
                self.rollout.ask(self.chance, "fill", name=name, quantity="0.0004")
                self.filled[name] = Decimal("0.0004")
            if self.chance.random() < 0.3:
                self.rollout.ask(self.chance, "cancel", name=name)


def trade(bots: list[Bot], phase: str, *strategies: str) -> None:
    """Let all bots trade at once."""
    with ThreadPoolExecutor(BOTS) as pool:
        for done in [pool.submit(bot.trade, phase, strategies) for bot in bots]:
            done.result()


def assert_nothing_lost(rollout: Rollout, bots: list[Bot]) -> Any:
    """Hold what is stored against what the bots were answered, and the log against itself."""
    next_build = rollout.of(NEXT)
    found = next_build.ask("look")
    assert found["findings"] == []
    assert found["engines"] == [TODAY, NEXT]
    for bot in bots:
        for name, answer in bot.answers.items():
            record = found["orders"][name]
            assert record["answer"] == answer["body"], "one decision, given to whoever asked again"
            assert Decimal(record["filled_quantity"]) == bot.filled.get(name, 0)
            again = next_build.ask("submit", name=name, strategy=record["order"]["strategy"])
            assert again.get("body", answer["body"]) == answer["body"]
    assert len(found["orders"]) == sum(len(bot.answers) for bot in bots)
    return found


def test_rollout_when_both_builds_serve_then_each_order_is_decided_once_and_no_field_is_dropped(roll_out: Any) -> None:
    rollout = roll_out(GROWN)
    bots = [Bot(n, rollout) for n in range(BOTS)]
    trade(bots, "before", "trend", "grid")
    assert rollout.count(TODAY) > 0 < rollout.count(NEXT)
    assert rollout.count(TODAY, "DOCUMENT_TOO_NEW") == 0, "both serve while nothing new is used"
    trade(bots, "after", ANNOTATED, "trend")
    assert rollout.count(TODAY, "DOCUMENT_TOO_NEW") > 0, "who does not know the field leaves the account alone"
    assert rollout.count(NEXT, "DOCUMENT_TOO_NEW") == 0
    found = assert_nothing_lost(rollout, bots)
    decided_by_next = found["state"]["annotations"]
    used = [name for name, record in found["orders"].items() if record.get("annotation")]
    assert used, "the next build decided an order that uses what is new"
    assert sorted(used) == sorted(decided_by_next)
    assert rollout.of(TODAY).ask("look")["error"] == "DOCUMENT_TOO_NEW"


def test_rollout_when_a_field_is_renamed_then_the_older_build_leaves_the_account_to_the_newer(roll_out: Any) -> None:
    rollout = roll_out(RENAMED)
    bots = [Bot(n, rollout) for n in range(BOTS)]
    for n in range(ORDERS):
        answer = rollout.of(TODAY).ask("submit", name=f"older-{n}", strategy="trend")
        bots[0].answers[f"older-{n}"] = answer
    trade(bots, "both", "trend")
    assert rollout.count(NEXT) > 0 < rollout.count(TODAY, "DOCUMENT_TOO_NEW")
    found = assert_nothing_lost(rollout, bots)
    assert "closed_trips" in found["state"]
    assert "round_trips" not in found["state"]


def test_rollout_from_a_build_that_names_nothing_then_both_write_one_chain_and_it_replays(roll_out: Any) -> None:
    rollout = roll_out(UNNAMED)
    bots = [Bot(n, rollout) for n in range(BOTS)]
    trade(bots, "both", "trend", "grid")
    assert rollout.count(UNNAMED_ENGINE) > 0 < rollout.count(TODAY)
    assert rollout.count(UNNAMED_ENGINE, "DOCUMENT_TOO_NEW") == 0, "it goes on deciding"
    # Rolled back, and rolled out again.
    for build, name in ((UNNAMED_ENGINE, "back"), (TODAY, "again"), (TODAY, "named")):
        bots[0].answers[name] = rollout.of(build).ask("submit", name=name, strategy="trend")
    found = rollout.of(TODAY).ask("look")
    assert found["findings"] == []
    assert sorted(found["engines"]) == [UNNAMED_ENGINE, TODAY]
    assert found["named"][-3:] == [False, False, True]
    assert sum(found["named"]) > 1 < found["named"].count(False)
    for bot in bots:
        for name, answer in bot.answers.items():
            assert found["orders"][name]["answer"] == answer["body"]
    assert len(found["orders"]) == sum(len(bot.answers) for bot in bots)


def test_messages_when_sent_by_either_build_then_read_or_left_to_the_newer(roll_out: Any) -> None:
    rollout = roll_out(GROWN, instances=1)
    today, following = rollout.of(TODAY), rollout.of(NEXT)
    older = today.ask("write", name="a", extra="")["text"]
    unused = following.ask("write", name="b", extra="")["text"]
    newer = following.ask("write", name="c", extra="seen")["text"]
    assert [following.ask("read", text=text).get("name") for text in (older, unused, newer)] == ["a", "b", "c"]
    assert [today.ask("read", text=text).get("name") for text in (older, unused)] == ["a", "b"]
    refused = today.ask("read", text=newer)
    assert refused["error"] == "DOCUMENT_TOO_NEW"
    assert f"engine {TODAY} reads version" in refused["detail"]
