"""Run one history: trade under faults, let everything heal, and hold the outcome against itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import time_machine

from riskgate.app.account.change_limits import change_limits
from riskgate.app.account.register_account import register_account
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.safeguards.set_kill_switch import set_kill_switch
from riskgate.core.account.stored import ReadRequest
from riskgate.core.kill_switch import KillSwitch
from riskgate.runtime.clock import utc_now
from riskgate.schemas.codec import sha256_hex
from riskgate.schemas.http.requests.accounts import AccountRequest
from riskgate.schemas.http.requests.base import parse_request
from tests.simulation import gateway, memory
from tests.simulation.actors import Actor, Bot, cast
from tests.simulation.checks import Chain, Violation
from tests.simulation.database import SimDynamo
from tests.simulation.ending import check_end, list_differences, list_traded
from tests.simulation.exits import closer_of
from tests.simulation.figures import put_figures, risk_jobs_of
from tests.simulation.flatten import flattener_of
from tests.simulation.gateway import make_deps
from tests.simulation.jobs import jobs_of
from tests.simulation.keys import keyholder_of
from tests.simulation.mistakes import mistaken_of
from tests.simulation.perp_account import PERP, register_perps, takes_part
from tests.simulation.perps import perps_of
from tests.simulation.scheduler import SECOND
from tests.simulation.world import BTC, ETH, NOON, OWN, ROUTED, VENUE, Plan, World, create_tables, instrument
from tests.support.dynamodb.database import Database

#: How long a history may take to heal once nothing goes wrong any more.
HEALING_SECONDS = 2400
#: Who else acts in some histories; the jobs come last, and look at what all others left.
MORE: Mapping[str, Callable[[World], Actor]] = {
    "flattener": flattener_of,
    "mistaken": mistaken_of,
    "keyholder": keyholder_of,
    "jobs": jobs_of,
}
#: Times the jobs run until the books agree, at most.
ROUNDS_MAX = 4


@dataclass(frozen=True, kw_only=True)
class Report:
    """What came of a history."""

    plan: Plan
    violation: str = ""
    code: str = ""
    injected: Counter[str] = field(default_factory=Counter)
    evaluated: Counter[str] = field(default_factory=Counter)
    counters: Counter[str] = field(default_factory=Counter)
    #: What all that happened comes to: two histories with the same are the same.
    trace: int = 0


def run_history(plan: Plan, tables: Database | None = None, release: Any = None) -> Report:
    """Run one history from its plan, on tables that somebody watches or on some of its own; the same plan, the same history.

    `release`: what rolls meanwhile, see `tests/simulation/release.py`.
    """
    with time_machine.travel(NOON, tick=False) as traveller, gateway.installed():
        start = template(traveller, with_perps=takes_part(plan)) if release is None else release.start(traveller)
        memory.forget()
        world = World(plan, traveller, start=start.at, tables=tables if tables is not None else Database())
        world.tables.restore(start.tables)
        world.checks.start(start.chains)
        world.streams.skip()
        violation: BaseException | None = None
        if release is not None:
            release.join(world)
        with gateway.active(world):
            try:
                _live(world)
            except AssertionError as error:
                violation = error
            finally:
                world.scheduler.abandon()
    code = violation.code if isinstance(violation, Violation) else str(violation).partition(":")[0]
    report = Report(
        plan=plan,
        violation=str(violation) if violation is not None else "",
        code=code if violation is not None else "",
        injected=world.faults.injected,
        evaluated=world.checks.evaluated,
        counters=world.counters,
        trace=_trace(world),
    )
    # Its parts know it: without that they go at once, and no search for garbage has to find them.
    vars(world).clear()
    return report


def _trace(world: World) -> int:
    """Return a digest of every log's head, of what chats showed, and of how far clock and scheduler came."""
    heads = sorted((account, chain.head) for account, chain in world.checks.chains.items())
    shown = [(message.chat, message.html) for message in world.chats]
    whole = repr((heads, shown, world.scheduler.now_us, world.scheduler.steps))
    return int(sha256_hex(whole.encode())[:16], 16)


def _live(world: World) -> None:
    actors = cast(world)
    if "closer" not in world.plan.without:
        actors.append(closer_of(world))
    if "risk" not in world.plan.without:
        actors.append(risk_jobs_of(world))
    for name, make in MORE.items():
        if name not in world.plan.without:
            actors.append(make(world))
    actors += perps_of(world)
    actors = world.swarm.choose(actors, meeting=world.storm, releasing=world.release is not None)
    if world.release is not None:
        actors.append(world.release)
    tasks = [world.scheduler.spawn(actor.name, actor.run, world.people) for actor in actors]
    until = world.scheduler.now_us
    while not all(task.done for task in tasks):
        until += 5 * SECOND
        world.scheduler.run(until)
        for task in tasks:
            if task.error is not None:
                raise task.error
        if until > world.scheduler.now_us + HEALING_SECONDS * SECOND:
            raise AssertionError("LIVENESS: an actor never ends")
    bots = [actor for actor in actors if isinstance(actor, Bot)]
    _heal(world)
    others = [actor for actor in actors if not isinstance(actor, Bot) and actor is not world.release]
    check_end(world, bots, others)


def _heal(world: World) -> None:
    """Let nothing go wrong any more, and everything come to rest."""
    world.faults.scale = 0.0
    until = world.scheduler.now_us + HEALING_SECONDS * SECOND
    for healing_round in range(ROUNDS_MAX):
        _settle(world, until)
        accounts = [account for account in list_traded(world) if not healing_round or list_differences(world, account)]
        if not accounts:
            break
        for job in ("monitor", "reconcile"):
            for account in accounts:
                world.run_job(job, account)
            _settle(world, until)
    world.functions["notifier"].invoke({})
    _settle(world, until)


def _settle(world: World, until: int) -> None:
    """Run until no message waits and no record is left."""
    queues = [queue for name, queue in world.queues.items() if not name.endswith("letters")]
    while world.scheduler.now_us < until:
        world.scheduler.run(world.scheduler.now_us + 10 * SECOND)
        if world.streams.is_idle and not any(queue.messages for queue in queues):
            return
    raise AssertionError(f"LIVENESS: not at rest after {HEALING_SECONDS} s")


@dataclass(frozen=True, kw_only=True)
class Start:
    """The tables as they are before each history, and the logs in them as far as they were checked."""

    at: Any
    tables: Any
    chains: dict[str, Chain]


_started: dict[bool, Start] = {}


def prepare() -> None:
    """Make the tables that histories start from, while nothing is wrong with the gateway."""
    with time_machine.travel(NOON, tick=False) as traveller, gateway.installed():
        template(traveller, with_perps=False)
        template(traveller, with_perps=True)


def template(traveller: time_machine.Traveller, *, with_perps: bool) -> Start:
    """Return the tables with the accounts registered, made once."""
    if with_perps not in _started:
        _started[with_perps] = _make_template(traveller, with_perps=with_perps)
    return _started[with_perps]


def _make_template(traveller: time_machine.Traveller, *, with_perps: bool) -> Start:
    seeds = (seed for seed in count() if takes_part(Plan(seed=seed)) is with_perps)
    world = World(Plan(seed=next(seeds), weather=0.0), traveller)
    create_tables(world.tables)
    with gateway.active(world):
        task = world.scheduler.spawn("set up", lambda: _set_up(world), world.people)
        world.scheduler.run()
        if task.error is not None:
            raise task.error
        for account in world.accounts:
            if account != OWN:
                world.run_job("monitor", account)
        world.scheduler.run(world.scheduler.now_us + 400 * SECOND)
        world.scheduler.abandon()
    return Start(at=world.scheduler.now, tables=world.tables.save(), chains=world.checks.chains)


def _set_up(world: World) -> None:
    deps = make_deps(world, world.people)
    acting = Acting(deps=deps, actor="token:admin", now=utc_now())
    set_kill_switch(acting, KillSwitch(scope="global", key="", engaged=False, reason="start"), cancel_open_orders=False)
    deps.store.put_instruments([instrument(symbol) for symbol in (BTC, ETH)])
    deps.store.put_quotes([world.quote(symbol, world.scheduler.now) for symbol in (BTC, ETH)])
    put_figures(SimDynamo(world, world.people), world.scheduler.now, 0, world.accounts)
    if PERP in world.accounts:
        register_perps(acting, world)
    for account, secret in ((ROUTED, "key"), (OWN, None)):
        venue = {"venue": VENUE, "market_type": "spot"} | ({"secret_name": secret} if secret is not None else {})
        body = {"base_currency": "USDT", "venues": [venue], "initial_equity": "100000"}
        register_account(acting, account, parse_request(AccountRequest, body))
        found = deps.store.read(ReadRequest(account_id=account))
        assert found.limits is not None
        limits = replace(
            found.limits.limits,
            order_rate_max=1000,
            daily_trades_max=1000,
            duplicate_window_seconds=None,
            correlation_max=None,
            state_max_age_seconds=900,
        )
        change_limits(acting, account, limits, expected_version=found.require_state().limits_version)
