"""The risk jobs' figures: what decisions read of them is named by later entries, and changes under way."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from riskgate.adapters.dynamodb.reports import ReportStore
from riskgate.core.figures import CorrelationRow, RiskReport
from tests.simulation.actors import Actor
from tests.simulation.database import SimDynamo
from tests.simulation.gateway import STATE_TABLE
from tests.simulation.world import World

#: As many days as the VaR of the gate looks at.
DAYS = 252
ASSETS = ("BTC", "ETH")


def put_figures(client: Any, at: datetime, number: int, accounts: Iterable[str]) -> None:
    """Store the figures of a run of the risk jobs, others for each number; losses are far below every limit."""
    reports = ReportStore(client, STATE_TABLE)
    moves = tuple(Decimal((day * 7 + number) % 5) / 10_000 for day in range(DAYS))
    rows = [CorrelationRow(asset=asset, as_of=at, scenario_returns=moves, scenario_day=at.date()) for asset in ASSETS]
    reports.put_rows(rows)
    for account in accounts:
        report = RiskReport(as_of=at, exposures={}, scenario_pnl=(Decimal(number),) * DAYS, scenario_day=at.date())
        reports.put_gate_report(account, report)


@dataclass(kw_only=True)
class RiskJobs(Actor):
    """Makes new figures while orders are decided; what it cannot write now, it writes the next time."""

    runs: int = 0

    def step(self) -> None:
        """Run once."""
        self.runs += 1
        try:
            client, now = SimDynamo(self.world, self.world.people), self.world.scheduler.now
            put_figures(client, now, self.runs, self.world.accounts)
        except Exception as error:  # noqa: BLE001 the database was away: a run of this hour is missing
            self.world.checks.note_error(error, self.name)


def risk_jobs_of(world: World) -> RiskJobs:
    """Return the jobs with dice of their own."""
    dice = random.Random(f"{world.plan.seed}/risk")  # noqa: S311 dice
    return RiskJobs(world=world, name="risk", steps=dice.choice([0, 0, 1, 3]), pauses=(0.5, 2, 6))
