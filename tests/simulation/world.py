"""One history: everything that takes part in it, from the tables to the chats, made from one seed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import time_machine

from riskgate.adapters.dynamodb import documents, items
from riskgate.adapters.dynamodb.instants import format_microseconds
from riskgate.core.account.document import Venue
from riskgate.core.instrument import Instrument, MarketType, Quote
from riskgate.runtime.jobs import order_worker, telegram_notifier
from riskgate.schemas.messages.job import JobMessage
from riskgate.schemas.messages.text import write_message
from tests.simulation import gateway, perp_account
from tests.simulation.checks import Checks
from tests.simulation.faults import WEATHERS, Faults
from tests.simulation.gateway import AUDIT_TABLE, CONTROL_TABLE, NOTIFICATION_TABLE, STATE_TABLE, Context, Function
from tests.simulation.queues import Queue
from tests.simulation.scheduler import SECOND, Crashed, Process, Scheduler, Task
from tests.simulation.streams import Streams
from tests.simulation.swarm import Swarm, draw_swarm
from tests.simulation.venue import SimVenue
from tests.support.dynamodb.database import Database

#: A Wednesday: neither the day nor the week turns within a history.
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
VENUE, BTC, ETH = "binance", "BTC/USDT", "ETH/USDT"
#: The account whose orders the gateway sends, and the one whose bot places them itself.
ROUTED, OWN = "demo", "hand"
PRICES = {BTC: Decimal(50_000), ETH: Decimal(3_000)}
FUNDS = {"USDT": Decimal(100_000)}
FEES = (Decimal(0), Decimal("0.001"))
#: In so many histories commits are slow, and the operator is nervous.
STORMS = 0.3
SCHEMAS = {
    STATE_TABLE: (("pk", "S"), ("sk", "S")),
    CONTROL_TABLE: (("pk", "S"), ("sk", "S")),
    AUDIT_TABLE: (("account_id", "S"), ("sequence", "N")),
    NOTIFICATION_TABLE: (("pk", "S"), ("sk", "S")),
}


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a history is made from. `without` are kinds of faults, and actors, that are left out of it."""

    seed: int
    without: frozenset[str] = frozenset()
    #: How many steps each actor takes at most.
    steps_max: int = 1000
    weather: float | None = None


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One message in a chat, and the alerts that it shows."""

    chat: str
    html: str
    alerts: tuple[str, ...]


@dataclass(eq=False)
class World:
    """The parts, and what each may ask of the others."""

    plan: Plan
    traveller: time_machine.Traveller
    start: datetime = NOON
    chance: random.Random = field(init=False)
    faults: Faults = field(init=False)
    swarm: Swarm = field(init=False)
    storm: bool = field(init=False)
    scheduler: Scheduler = field(init=False)
    tables: Database = field(default_factory=Database)
    counters: Counter[str] = field(default_factory=Counter)
    queues: dict[str, Queue] = field(default_factory=dict)
    functions: dict[str, Function] = field(default_factory=dict)
    venues: dict[str, SimVenue] = field(default_factory=dict)
    published: list[dict[str, Any]] = field(default_factory=list)
    chats: list[Shown] = field(default_factory=list)
    checks: Checks = field(init=False)
    #: Orders whose bots wait for an answer.
    deciding: int = 0
    #: The release that rolls meanwhile.
    release: Any = None
    #: What actors of their own modules keep, by their names.
    kept: dict[str, Any] = field(default_factory=dict)
    people: Process = field(default_factory=lambda: Process(name="people"))

    def __post_init__(self) -> None:
        """Make the parts; no table holds anything yet."""
        seed = self.plan.seed
        self.chance = random.Random(f"{seed}/world")  # noqa: S311 a simulation's dice
        weather = self.chance.choice(WEATHERS) if self.plan.weather is None else self.plan.weather
        self.swarm = draw_swarm(seed)
        self.faults = Faults(
            chance=random.Random(f"{seed}/faults"),  # noqa: S311 a simulation's dice
            scale=weather * self.swarm.scale,
            without=self.plan.without | self.swarm.without,
        )
        self.storm = bool(weather) and self.chance.random() < STORMS
        self.scheduler = Scheduler(random.Random(f"{seed}/scheduler"), self.start, self.traveller)  # noqa: S311 dice
        self.checks = Checks(self)
        self.scheduler.found = self.checks.found
        self.streams = Streams(self)
        self._make_venues()
        self._make_functions()
        self._make_queues()

    # What the gateway's parts ask.

    def step(self, process: Process) -> None:
        """Let one way of a request pass; the process may die on it, or its clock be set."""
        self.scheduler.pause(self.faults.latency())
        if process is self.people:
            return
        if self.faults.happens("process.crash"):
            process.dead = True
            raise Crashed
        if self.faults.happens("clock.jump"):
            process.skew_us = self.draw_skew()

    def draw_skew(self) -> int:
        """Return how far a clock is from the true one, in microseconds."""
        return int(self.chance.uniform(-1.5, 1.5) * SECOND)

    def wrote(self, knows_us: int) -> None:
        """Take note that a table was written, by a process that knows kill switches as of `knows_us`."""
        self.checks.wrote(knows_us)
        self.streams.look()

    def venue_changed(self) -> None:
        """Take note that a venue's book is another."""
        self.checks.venue_changed()

    def shown(self, chat: str, html: str, alerts: tuple[str, ...]) -> None:
        """Take note of a message in a chat."""
        self.chats.append(Shown(chat=chat, html=html, alerts=alerts))

    def venue_of(self, venue: Venue) -> SimVenue:
        """Return the book behind an account's venue."""
        return self.venues[venue.secret_name or ""]

    def job_queue_of(self, process_name: str) -> Queue:
        """Return the queue of the job that a process runs."""
        return self.queues[f"https://sqs.invalid/{process_name.partition('#')[0]}"]

    @property
    def accounts(self) -> tuple[str, ...]:
        """Return the accounts that are there."""
        return (ROUTED, OWN, *((perp_account.PERP,) if perp_account.takes_part(self.plan) else ()))

    @property
    def orders(self) -> Queue:
        """Return the order queue."""
        return self.queues["https://sqs.invalid/orders"]

    @property
    def alerts(self) -> Queue:
        """Return the notifier's queue."""
        return self.queues["https://sqs.invalid/alerts"]

    def quote(self, symbol: str, at: datetime, venue: str = VENUE) -> Quote:
        """Return a market's quote."""
        price = self.venues["key"].prices[symbol]
        half = price / 10_000
        return Quote(
            venue=venue,
            symbol=symbol,
            at=at,
            bid=price - half,
            ask=price + half,
            last=price,
            volume_24h=Decimal(10_000_000),
        )

    def refresh_quotes(self) -> None:
        """Let the quotes be those of now, as a feeder that is in time would."""
        for symbol in (BTC, ETH):
            item = items.quote_key(f"{VENUE}:{symbol}") | documents.write_document(
                self.quote(symbol, self.scheduler.now)
            )
            at = {"at": {"S": format_microseconds(self.scheduler.now)}}
            self.tables.call("PutItem", {"TableName": STATE_TABLE, "Item": item | at})

    # Jobs.

    def tick(self, job: str) -> None:
        """Let a job's schedule come: late, twice or not at all."""
        if self.faults.happens("schedule.skipped"):
            return
        for _ in range(1 + self.faults.happens("schedule.twice")):
            self.functions[job].invoke({})

    def run_job(self, job: str, account: str) -> None:
        """Ask for one account's run of a job."""
        message = JobMessage(account_id=account, requested_at=self.scheduler.now)
        self.queues[f"https://sqs.invalid/{job}"].add(write_message(message))

    def add_job(
        self, name: str, handler: Callable[[Any, Any], Any], *, seconds_max: float, receives_max: int, visibility: int
    ) -> None:
        """Take in a job that not every history has, with a queue of its own."""
        self.functions[name] = Function(world=self, name=name, handler=handler, seconds_max=seconds_max)
        queue = Queue(world=self, name=name, visibility_seconds=visibility, receives_max=receives_max, is_fifo=False)
        queue.deliver = self._deliver_to(name)
        self.queues[queue.url] = queue

    def _make_venues(self) -> None:
        book = SimVenue(world=self, name=VENUE, prices=dict(PRICES), balances=dict(FUNDS))
        book.fee_fraction = self.chance.choice(FEES)
        if self.faults.scale:
            book.skew = timedelta(seconds=self.chance.uniform(-1, 1))
        self.venues = {"key": book}
        if perp_account.takes_part(self.plan):
            self.venues |= perp_account.make_books(self)

    def _make_functions(self) -> None:
        def api(run: Any, context: Context) -> Any:
            return run(context)

        kinds: dict[str, tuple[Callable[[Any, Any], Any], float]] = {
            "api": (api, 6),
            "worker": (order_worker.handle_orders, 30),
            "monitor": (gateway.run_monitor, 55),
            "reconcile": (gateway.run_reconcile, 120),
            "hedge": (gateway.run_hedge, 6),
            "control": (gateway.run_control, 60),
            "fanout": (gateway.run_fanout, 30),
            "notifier": (telegram_notifier.notify, 60),
        }
        for name, (handler, seconds) in kinds.items():
            self.functions[name] = Function(world=self, name=name, handler=handler, seconds_max=seconds)

    def _make_queues(self) -> None:
        fifo: dict[str, Any] = {"visibility_seconds": 180, "receives_max": 10}
        for name, function, settings in (
            ("orders", "worker", fifo),
            ("alerts", "notifier", {"visibility_seconds": 360, "receives_max": 20, "batch_size": 10}),
            ("monitor", "monitor", {"visibility_seconds": 330, "receives_max": 5, "is_fifo": False}),
            ("reconcile", "reconcile", {"visibility_seconds": 720, "receives_max": 5, "is_fifo": False}),
            ("hedge", "hedge", {"visibility_seconds": 36, "receives_max": 4, "is_fifo": False}),
            ("letters", "", {"visibility_seconds": 30, "receives_max": 1_000_000, "is_fifo": False}),
        ):
            queue = Queue(world=self, name=name, **settings)
            queue.deliver = self._deliver_to(function) if function else lambda _batch, _done: None
            self.queues[queue.url] = queue

    def _deliver_to(self, function: str) -> Any:
        def deliver(batch: list[dict[str, Any]], done: Callable[[set[str] | None], None]) -> None:
            def ended(task: Task) -> None:
                if task.crashed or task.error is not None:
                    self.checks.note_failure(task)
                    done(None)
                    return
                failures = (task.result or {}).get("batchItemFailures", ())
                done({failure["itemIdentifier"] for failure in failures})

            self.functions[function].invoke({"Records": batch}, ended)

        return deliver


def instrument(symbol: str) -> Instrument:
    """Return the trading rules of a market."""
    base, quote = symbol.split("/")
    return Instrument(
        venue=VENUE,
        symbol=symbol,
        market_type=MarketType.SPOT,
        base_currency=base,
        quote_currency=quote,
        settle_currency=quote,
        tick_size=Decimal("0.01"),
        step_size=Decimal("0.00001"),
        notional_min=Decimal(5),
        stop_orders=True,
    )


def create_tables(tables: Database) -> None:
    """Make the tables, empty."""
    for name, keys in SCHEMAS.items():
        request: dict[str, Any] = {
            "TableName": name,
            "AttributeDefinitions": [{"AttributeName": n, "AttributeType": t} for n, t in keys],
            "KeySchema": [
                {"AttributeName": keys[0][0], "KeyType": "HASH"},
                {"AttributeName": keys[1][0], "KeyType": "RANGE"},
            ],
            "BillingMode": "PAY_PER_REQUEST",
            "StreamSpecification": {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
        }
        tables.call("CreateTable", request)


__all__ = ["BTC", "ETH", "OWN", "ROUTED", "SECOND", "VENUE", "Plan", "World", "create_tables", "instrument"]
