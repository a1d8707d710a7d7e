"""The scheduled jobs that touch accounts beside monitor and reconciliation: closes, VaR, stress, the seal, the summary.

They are the product's own handlers behind queues of their own. Where the days of prices come from, and where sealed
heads go to, is simulated: see `daily` and `buckets`.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from riskgate.adapters.aws.alert_channel import AlertQueue, AlertTopic
from riskgate.adapters.aws.seals import SealedHeads
from riskgate.adapters.dynamodb.closes import ClosesStore
from riskgate.adapters.dynamodb.most_traded import MostTradedStore
from riskgate.adapters.dynamodb.reports import ReportStore
from riskgate.app.risk.read_inputs import RiskDeps
from riskgate.runtime import wiring
from riskgate.runtime.jobs import account_job, audit_seal, market_data, stress, var
from tests.simulation import gateway
from tests.simulation.actors import Actor
from tests.simulation.buckets import Bucket, SimKms, SimS3
from tests.simulation.daily import Daily, SimHistory
from tests.simulation.database import SimDynamo
from tests.simulation.gateway import STATE_TABLE, _kept
from tests.simulation.queues import SimSqs
from tests.simulation.scheduler import Process
from tests.simulation.work_of_jobs import JobsJudge
from tests.simulation.world import World

#: As `template.yaml` has them: how often a message is tried, and how long it is then out of sight.
RECEIVES_MAX, VISIBILITY_SECONDS = 3, 360
SECONDS_MAX = 60
CLOSES_RECEIVES_MAX = 4
#: The jobs' hour of the daily summary, in some histories; all of them begin at noon.
SUMMARY_HOUR = "12"


def run_stress(event: Any, context: Any) -> Any:
    """Serve one invocation of the stress job."""
    return account_job.handle_job(event, context, stress.run_stress, age_seconds_max=stress.AGE_SECONDS_MAX)


HANDLERS: dict[str, Callable[[Any, Any], Any]] = {
    "closes": market_data.handle_market_data,
    "var": var.handle_var,
    "stress": run_stress,
    "seal": audit_seal.handle_audit_seal,
}


def _closes(world: World, process: Process) -> ClosesStore:
    return ClosesStore(SimDynamo(world, process), STATE_TABLE)


def _risk_deps(world: World, process: Process) -> RiskDeps:
    reports = ReportStore(SimDynamo(world, process), STATE_TABLE)
    return RiskDeps(deps=wiring.deps(), reports=reports, closes=_closes(world, process))


def _seals(world: World, process: Process) -> SealedHeads:
    bucket = jobs_in(world).bucket
    return SealedHeads(s3=SimS3(world, process, bucket), kms=SimKms(world, process), bucket=bucket.name, key_id="seal")


def _sinks(world: World, process: Process) -> tuple[AlertQueue, AlertTopic]:
    client: Any = SimSqs(world, process)
    return AlertQueue(client, world.alerts.url), AlertTopic(client, "arn:topic")


def _history(world: World, process: Process) -> SimHistory:
    return SimHistory(world, process, world.venues["key"], jobs_in(world).daily)


gateway.stand_in(
    (market_data, "closes", _kept("closes", _closes)),
    (market_data, "most_traded", _kept("traded", lambda w, p: MostTradedStore(SimDynamo(w, p), STATE_TABLE))),
    (market_data, "_exchange", _kept("history", _history)),
    (market_data, "job_queue", lambda: account_job.job_queue()),
    (audit_seal, "job_queue", lambda: account_job.job_queue()),
    (audit_seal, "seals", _kept("seals", _seals)),
    (audit_seal, "sinks", _kept("sinks", _sinks)),
    (var, "risk_deps", _kept("risk", _risk_deps)),
    (stress, "risk_deps", _kept("risk", _risk_deps)),
)


@dataclass(kw_only=True)
class Jobs(Actor):
    """The schedules of the hour, in the order in which they come, or in another where some are late."""

    bucket: Bucket = field(default_factory=Bucket)
    daily: Daily = field(init=False)
    judge: JobsJudge = field(init=False)

    def __post_init__(self) -> None:
        """Draw how much there is of prices, and whether the day's summary is told."""
        super().__post_init__()
        self.judge = JobsJudge(world=self.world, bucket=self.bucket)
        if not self.steps:
            return
        self.daily = Daily.draw(self.chance)
        for name, handler in HANDLERS.items():
            self._add(name, handler)
        if self.chance.random() < 0.3:
            os.environ["SUMMARY_HOUR"] = SUMMARY_HOUR
            self.judge.tells_summary = True

    def _add(self, name: str, handler: Callable[[Any, Any], Any]) -> None:
        receives = CLOSES_RECEIVES_MAX if name == "closes" else RECEIVES_MAX
        self.world.add_job(name, handler, seconds_max=SECONDS_MAX, receives_max=receives, visibility=VISIBILITY_SECONDS)

    def step(self) -> None:
        """Let one schedule come, or several at once; the seal also hears of what was written."""
        draw = self.chance.random()
        if draw < 0.25:
            self.tick("closes")
        elif draw < 0.5:
            self.tick("var")
        elif draw < 0.7:
            self.tick("stress")
        elif draw < 0.8:
            self.tick("seal")
        elif draw < 0.9:
            self.tell_seal()
        else:
            for name in ("closes", "var", "stress", "monitor"):
                self.tick(name)

    def tick(self, name: str) -> None:
        """Let a job's schedule come: late, twice or not at all."""
        faults = self.world.faults
        for _ in range(0 if faults.happens("schedule.skipped") else 1 + faults.happens("schedule.twice")):
            self.world.functions[name].invoke({"task": "closes"} if name == "closes" else {})

    def tell_seal(self) -> None:
        """Bring the seal a batch of the state table's stream, of any age."""
        records = self.world.tables.tables[STATE_TABLE].records
        changed = [r for r in records[-40:] if r["dynamodb"]["Keys"]["sk"] == {"S": "STATE"}]
        if changed:
            events = [{"eventSource": "aws:dynamodb", "dynamodb": {"Keys": r["dynamodb"]["Keys"]}} for r in changed]
            self.world.functions["seal"].invoke({"Records": events})

    def ask_again(self) -> None:
        """Let each job come once more, when nothing goes wrong any more, and look at what all of them left."""
        if not self.steps:
            return
        for name in ("closes", "monitor", "var", "stress", "seal"):
            self.judge.note_places()
            self.world.functions[name].invoke({"task": "closes"} if name == "closes" else {})
            self.world.scheduler.pause(6)
        self.judge.check_end(self.daily)


def jobs_in(world: World) -> Jobs:
    """Return the jobs of a history that has some."""
    found: Jobs = world.kept["jobs"]
    return found


def jobs_of(world: World) -> Jobs:
    """Return the jobs with dice of their own; in some histories none of them come."""
    dice = random.Random(f"{world.plan.seed}/jobs/steps")  # noqa: S311 a simulation's dice
    jobs = Jobs(world=world, name="jobs", steps=dice.choice([0, 0, 0, 2, 4, 7]), pauses=(0.05, 0.5, 2, 6))
    world.kept["jobs"] = jobs
    return jobs


__all__ = ["Jobs", "jobs_of"]
