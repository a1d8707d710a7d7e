"""The gateway's functions as Lambda runs them: execution environments that are kept, die and overlap, each with its own wiring."""

from __future__ import annotations

import json
import os
import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from greenlet import getcurrent

from riskgate.adapters.aws.alert_channel import AlertQueue, AlertTopic
from riskgate.adapters.aws.fifo_queue import FifoQueue
from riskgate.adapters.aws.job_queue import SqsJobQueue
from riskgate.adapters.aws.order_queue import SqsQueue
from riskgate.adapters.dynamodb import documents, guards, items, packing, store, transaction, wants
from riskgate.adapters.dynamodb.outbox import DynamoOutbox
from riskgate.adapters.dynamodb.store import DynamoStore
from riskgate.adapters.dynamodb.venue_budgets import DynamoVenueBudgets
from riskgate.adapters.exchange.rate_gate import SharedBudgets
from riskgate.app.alerts import deliver_alerts
from riskgate.app.ledger import run_store
from riskgate.app.ledger.commit_event import Deps
from riskgate.app.ledger.run_store import InstrumentMemory
from riskgate.app.orders.permits import Permits
from riskgate.app.venues import measured_exchange
from riskgate.core.account.document import Venue
from riskgate.observability import logger, metrics
from riskgate.runtime import wiring
from riskgate.runtime.jobs import (
    account_job,
    alert_fanout,
    control_stream,
    exchanges,
    hedge,
    monitor,
    order_worker,
    reconcile,
    streams,
    telegram_notifier,
)
from riskgate.schemas import codec
from tests.simulation import memory
from tests.simulation.database import SimDynamo
from tests.simulation.queues import SimSqs
from tests.simulation.scheduler import SECOND, Process, Task
from tests.simulation.venue import SimExchange

if TYPE_CHECKING:
    from tests.simulation.world import World

STATE_TABLE, CONTROL_TABLE, AUDIT_TABLE = "riskgate-state", "riskgate-control", "riskgate-audit"
NOTIFICATION_TABLE = "riskgate-notifications"
ORDER_AGE_SECONDS = 60
PERMIT_SECRET, TELEGRAM_SECRET = "riskgate/permit", "riskgate/telegram"
#: Nobody's; none of these texts may show anywhere.
SECRETS = {
    PERMIT_SECRET: "simulated-permit-key-" + "k9" * 24,
    TELEGRAM_SECRET: json.dumps(
        {
            "token": "1000000001:AAtestTokenThatNoServerEverKnewNorWill00",
            "chats": {"default": ["-100200300"], "red": ["4711"], "fallback": ["4712"]},
        }
    ),
}
HIDDEN = ("simulated-permit-key-", "AAtestTokenThatNoServerEverKnew")
ENVIRONMENT = {
    "STAGE": "test",
    "STATE_TABLE": STATE_TABLE,
    "CONTROL_TABLE": CONTROL_TABLE,
    "AUDIT_TABLE": AUDIT_TABLE,
    "NOTIFICATION_TABLE": NOTIFICATION_TABLE,
    "TELEGRAM_SECRET_ID": TELEGRAM_SECRET,
    "ALERT_QUEUE_URL": "https://sqs.invalid/alerts",
    "ALERT_TOPIC_ARN": "arn:aws:sns:us-east-1:123456789012:alerts",
    "DEAD_LETTER_QUEUE_URL": "https://sqs.invalid/letters",
    "STATEMENT_BUCKET": "statements",
    "ORDER_AGE_SECONDS_MAX": str(ORDER_AGE_SECONDS),
    "SUMMARY_HOUR": "off",
    "SUMMARY_TIME_ZONE": "UTC",
}
#: Every so manieth history packs what it stores.
PACKED_EVERY = 7
_active: list[World] = []
_installed: list[int] = []


@dataclass(frozen=True, kw_only=True)
class Context:
    """What Lambda tells a handler about its invocation."""

    aws_request_id: str
    world: World
    ends_us: int
    function_name: str = "simulated"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:us-east-1:123456789012:function:simulated"

    def get_remaining_time_in_millis(self) -> int:
        """Return the time until the invocation is ended."""
        return max(0, (self.ends_us - self.world.scheduler.now_us) // 1000)


@dataclass(kw_only=True)
class Function:
    """One function and its execution environments."""

    world: World
    name: str
    handler: Callable[[Any, Any], Any]
    seconds_max: float
    idle: list[Process] = field(default_factory=list)
    _numbers: int = 0

    def invoke(self, event: Any, on_end: Callable[[Task], None] | None = None) -> Task:
        """Start an invocation in an environment of its own."""
        world = self.world
        process = self._take()
        self._numbers += 1
        ends = world.scheduler.now_us + int(self.seconds_max * SECOND)
        context = Context(aws_request_id=f"{self.name}-{self._numbers}", world=world, ends_us=ends)

        guest = process.kept.get("guest")
        run: Callable[[Any, Any], Any] = self.handler if guest is None else partial(guest.run, self.handler)

        def ended(task: Task) -> None:
            if not process.dead:
                self.idle.append(process)
            if on_end is not None:
                on_end(task)

        def begin() -> Any:
            # Whoever begins now has to know the switches as of now, whatever its process remembers.
            process.kept["flags_read_us"] = world.scheduler.now_us
            return run(event, context)

        late = world.chance.uniform(0.1, 2) if world.faults.happens("process.late") else 0
        return world.scheduler.spawn(
            f"{self.name}-{self._numbers}",
            begin,
            process,
            after=late,
            seconds_max=self.seconds_max,
            on_end=ended,
        )

    def _take(self) -> Process:
        release = self.world.release
        guest = release.choose(self.name) if release is not None else None
        idle = self.idle if release is None else [one for one in self.idle if one.kept.get("guest") is guest]
        if idle:
            process = idle[self.world.chance.randrange(len(idle))]
            self.idle.remove(process)
            return process
        process = Process(name=f"{self.name}#{self._numbers}")
        if guest is not None:
            # Of the build before, see release.py.
            process.kept["guest"] = guest
        if self.world.faults.happens("clock.skew"):
            process.skew_us = self.world.draw_skew()
        return process


class _Secrets:
    """Secrets Manager's texts; it always answers here."""

    def get_text(self, secret_id: str, *, refresh: bool = False) -> str:  # noqa: ARG002 the seam's
        return SECRETS[secret_id]

    def clear(self) -> None:
        """Keep them: they do not change."""


class _Objects:
    """A bucket that keeps nothing: statements are not what is looked at here."""

    def get(self, key: str) -> bytes | None:  # noqa: ARG002 the seam's
        return b"{}"

    def put(self, key: str, data: bytes, *, content_type: str, replace: bool = False) -> bool:  # noqa: ARG002 the seam's
        return False


class SimMessenger:
    """The chats, as the notifier has them."""

    def __init__(self, world: World, process: Process) -> None:
        self._world, self._process = world, process

    def send(self, chat_id: str, html: str, *, silent: bool = False) -> int:
        """Show a message."""
        del silent
        world = self._world
        world.step(self._process)
        if world.faults.happens("chat.throttled"):
            raise deliver_alerts.ChatThrottled("slow down", retry_after_seconds=2)
        world.shown(chat_id, html, self._process.kept.get("shows", ()))
        world.step(self._process)
        if world.faults.happens("chat.answer_lost"):
            raise deliver_alerts.Transient("the messenger did not answer")
        return 1

    def check(self) -> str:
        """Tell who sends."""
        return "simulated"


def make_deps(world: World, process: Process) -> Deps:
    """Return a process's store and clock."""
    client = SimDynamo(world, process)
    found = DynamoStore(client, state_table=STATE_TABLE, control_table=CONTROL_TABLE, audit_table=AUDIT_TABLE)
    found.wants = wants.DynamoWants(client, STATE_TABLE, sleep=world.scheduler.pause)
    return Deps(store=found, sleep=world.scheduler.pause, monotonic=lambda: world.scheduler.now_us / SECOND)


def _here() -> tuple[World, Process]:
    """Return the world, and the process whose code runs."""
    return _active[-1], getcurrent().task.process  # type: ignore[attr-defined]


def _kept[T](name: str, make: Callable[[World, Process], T]) -> Callable[..., T]:
    """Return what gives the running process its own one of something, made on first use."""

    def get(*_: Any) -> T:
        world, process = _here()
        found = process.kept.get(name)
        if found is None:
            found = process.kept[name] = make(world, process)
        return found  # type: ignore[return-value]

    return get


def reach(exchange: SimExchange) -> Any:
    """Return a venue's client as this build has it; a guest among another build's parts has it translated."""
    return exchange


def _exchange_of(venue: Venue) -> Any:
    world, process = _here()
    return reach(world.venue_of(venue).connect(process))


def _budgets(world: World, process: Process) -> SharedBudgets:
    bookings = DynamoVenueBudgets(SimDynamo(world, process), STATE_TABLE)
    return SharedBudgets(
        bookings=bookings,
        address="egress",
        percent=100,
        now_us=lambda: world.scheduler.now_us,
        sleep=world.scheduler.pause,
    )


def _job_queue(world: World, process: Process) -> SqsJobQueue:
    return SqsJobQueue(SimSqs(world, process), world.job_queue_of(process.name).url)


def _plan_message(pending: Any, now: Any) -> Any:
    message = _planned(pending, now)
    _, process = _here()
    process.kept["shows"] = tuple(item.alert.id for item in message.shows)
    return message


def _pack(text: str | bytes) -> dict[str, Any]:
    """Pack texts in one of so many histories: it takes a tenth of the time, and either way the same is read back."""
    if _active[-1].plan.seed % PACKED_EVERY == 0:
        return packing.pack(text)
    return {"S": text if isinstance(text, str) else text.decode()}


_planned = deliver_alerts.plan_message
PERMITS = Permits(keys=_Secrets(), secret_id=PERMIT_SECRET, lifetime_seconds=ORDER_AGE_SECONDS)

#: What stands in for the wiring of the runtime: the running process's own.
_PATCHES: list[tuple[Any, str, Any]] = [
    (wiring, "deps", _kept("deps", make_deps)),
    (wiring, "instruments", _kept("instruments", lambda _w, _p: InstrumentMemory())),
    (wiring, "secrets", _kept("secrets", lambda _w, _p: _Secrets())),
    (wiring, "queue", _kept("queue", lambda w, p: SqsQueue(SimSqs(w, p), w.orders.url))),
    (wiring, "permits", lambda: PERMITS),
    (exchanges, "exchange_of", _exchange_of),
    (exchanges, "order_exchange_of", _exchange_of),
    (exchanges, "priced_exchange_of", _exchange_of),
    (exchanges, "shared_budgets", _kept("budgets", _budgets)),
    (exchanges, "_bookings", _kept("bookings", lambda w, p: DynamoVenueBudgets(SimDynamo(w, p), STATE_TABLE))),
    (order_worker, "secret_owners", _kept("owners", lambda _w, _p: {})),
    (account_job, "job_queue", _kept("job_queue", _job_queue)),
    (alert_fanout, "alert_queue", _kept("alert_queue", lambda w, p: AlertQueue(SimSqs(w, p), w.alerts.url))),
    (alert_fanout, "alert_topic", _kept("topic", lambda w, p: AlertTopic(SimSqs(w, p), "arn:topic"))),
    (streams, "sqs_client", _kept("sqs", SimSqs)),
    (streams, "_dead_letter_queue_url", lambda: "https://sqs.invalid/letters"),
    (
        telegram_notifier,
        "outbox",
        _kept("outbox", lambda w, p: DynamoOutbox(SimDynamo(w, p), NOTIFICATION_TABLE)),
    ),
    (telegram_notifier, "alert_queue", _kept("own_queue", lambda w, p: FifoQueue(SimSqs(w, p), w.alerts.url))),
    (telegram_notifier, "bot_of", _kept("messenger", SimMessenger)),
    (telegram_notifier, "sleep", lambda seconds: _active[-1].scheduler.pause(seconds)),
    (reconcile, "S3Objects", lambda _client, _bucket: _Objects()),
    (reconcile, "s3_client", lambda: None),
    (deliver_alerts, "plan_message", _plan_message),
    (measured_exchange, "add_venue_metric", lambda *_, **__: None),
    (metrics, "add_metric", lambda **_: None),
    (codec, "_DECODERS", memory.Decoders()),
    *((module, "unpack", memory.unpack) for module in (documents, items, store, streams)),
    *((module, "pack", _pack) for module in (documents, items, transaction)),
    *((module, "decode_in_parts", memory.decode_in_parts) for module in (items, run_store)),
    # As few as show what shards do: a global switch writes them all before it is acknowledged.
    (guards, "SHARDS", 3),
]


def stand_in(*patches: tuple[Any, str, Any]) -> None:
    """Let further parts of the gateway find the simulation's in the place of AWS's."""
    _PATCHES.extend(patches)


@contextmanager
def installed() -> Iterator[None]:
    """Let the gateway's modules find the simulation's parts in the place of AWS's; within another one, do nothing."""
    if _installed:
        yield
        return
    _installed.append(1)
    level = logger.log_level
    logger.setLevel("CRITICAL")
    with patch.dict(os.environ, ENVIRONMENT):
        os.environ.pop("_X_AMZN_TRACE_ID", None)
        before = [(owner, name, getattr(owner, name)) for owner, name, _ in _PATCHES]
        for owner, name, stand_in in _PATCHES:
            setattr(owner, name, stand_in)
        try:
            yield
        finally:
            for owner, name, original in before:
                setattr(owner, name, original)
            logger.setLevel(level)
            _installed.clear()


@contextmanager
def active(world: World) -> Iterator[None]:
    """Let a world be the one that is running: its chance is the only one."""
    # What the history before it had set.
    os.environ.update(ENVIRONMENT)
    given = (random._urandom, os.urandom)  # type: ignore[attr-defined]
    random._urandom = os.urandom = world.chance.randbytes  # type: ignore[attr-defined,assignment]
    wants._JITTER.seed(world.chance.random())
    monitor._TOLD.clear()
    _active.append(world)
    try:
        yield
    finally:
        _active.remove(world)
        random._urandom, os.urandom = given  # type: ignore[attr-defined]


def run_monitor(event: Any, context: Any) -> Any:
    """Serve one invocation of the monitor."""
    return account_job.handle_job(
        event, context, monitor.run_monitor, age_seconds_max=monitor.AGE_SECONDS_MAX, comes_again=False
    )


def run_reconcile(event: Any, context: Any) -> Any:
    """Serve one invocation of reconciliation."""
    return account_job.handle_job(
        event,
        context,
        reconcile.run_reconciliation,
        age_seconds_max=reconcile.AGE_SECONDS_MAX,
        comes_again=False,
    )


def run_hedge(event: Any, context: Any) -> Any:
    """Serve one invocation of the hedge function by its schedule."""
    return account_job.handle_job(event, context, hedge.run_policy, age_seconds_max=hedge.AGE_SECONDS_MAX)


def run_control(event: Any, context: Any) -> Any:
    """Serve one batch of the streams that stop trading, or a tick."""
    if "Records" in event:
        streams.handle_stream(event, control_stream.handle_change)
    else:
        control_stream.probe(context.aws_request_id)
        control_stream.repair_guards()


def run_fanout(event: Any, _context: Any) -> Any:
    """Serve one batch of the log's stream."""
    streams.handle_stream(event, alert_fanout.handle_entry)
