"""What the scheduled jobs left: figures never grow older, say what the book says, and seals are those of the log.

R1 no figure is replaced by an older one. R2 a day's record is the day's first. R3 once all is quiet the gate's figures are
those of the book, summed up here by hand. R4 no figure of an asset without a past. S1 each seal is a place of the log,
and stays. S2 once all is quiet every log is sealed to its end, and nobody was told that it is not whole. D1 the day's
summary is told once.
"""

from __future__ import annotations

import itertools
import json
import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from riskgate.adapters.dynamodb import closes as closes_store
from riskgate.adapters.dynamodb import documents, items
from riskgate.adapters.dynamodb.reports import latest_key
from riskgate.core.figures import RiskReport
from riskgate.core.orders.decide import settle
from riskgate.core.risk.report import ReportStatus, StressReport, VarReport
from tests.simulation.gateway import STATE_TABLE
from tests.simulation.world import OWN, ROUTED

if TYPE_CHECKING:
    from tests.simulation.buckets import Bucket
    from tests.simulation.daily import Daily
    from tests.simulation.world import World

#: Fewer daily returns than this give no figure.
RETURNS_MIN = 60
#: How alerts of the seal are named.
SEAL_ALERT = "audit-seal:"
#: Where the records of days are kept.
RECORDS = ("REPORT#VAR#", "REPORT#STRESS#")


@dataclass(kw_only=True)
class JobsJudge:
    """Looks at a history's end."""

    world: World
    bucket: Bucket
    tells_summary: bool = False
    #: How far each log was when the seal came for the last time.
    due: dict[str, int] = field(default_factory=dict)
    read: int = field(init=False)

    def __post_init__(self) -> None:
        """Begin with what is written from now on."""
        tables = self.world.tables.tables
        self.read = len(tables[STATE_TABLE].records) if STATE_TABLE in tables else 0

    def check_end(self, daily: Daily) -> None:
        """Hold what the jobs left against the tables, the log and the past."""
        self._check_order()
        for account in (ROUTED, OWN):
            self._check_reports(account, daily)
        self._check_seals()
        self._check_summary()

    def _check_order(self) -> None:
        require = self.world.checks.require
        for record in self.world.tables.tables[STATE_TABLE].records[self.read :]:
            change = record["dynamodb"]
            old, new = change.get("OldImage"), change.get("NewImage")
            sort_key = change["Keys"]["sk"]["S"]
            name = f"{change['Keys']['pk']['S']} {sort_key}"
            if sort_key.startswith(RECORDS):
                require("R2", old is None or old == new, f"{name} was written again")
            elif old and new and "as_of" in old and "as_of" in new:
                require("R1", old["as_of"]["S"] <= new["as_of"]["S"], f"{name} went back to {new['as_of']['S']}")

    def _check_reports(self, account: str, daily: Daily) -> None:
        chain = self.world.checks.chains.get(account)
        item = self._item(items.report_key(account))
        if chain is None or item is None or chain.fold.replay.state is None:
            return
        require, replay = self.world.checks.require, chain.fold.replay
        report: RiskReport = documents.unpack_document(item, RiskReport)
        state, _ = settle(replay.state, replay.limits, report.as_of)
        held = {asset: value for asset, value in state.exposure.net_by_asset.items() if value}
        known = {asset: value for asset, value in held.items() if len(self._returns(asset)) >= RETURNS_MIN}
        if not known:
            # Without any past the whole book is told, and nothing of what it would have made.
            require("R3", not report.scenario_pnl or not held, f"{account}: days of {held} without a past")
            known = held
        same = report.exposures == known
        require("R3", same, f"{account}: the figures' exposures are {report.exposures}, not {known}")
        for back, told in enumerate(reversed(report.scenario_pnl)):
            summed = [self._day_pnl(asset, value, back) for asset, value in report.exposures.items()]
            lacks = any(part is None for part in summed)
            require("R3", (told is None) is lacks, f"{account}: day {back} is {told}")
            if told is not None and not lacks:
                total = sum(part for part in summed if part is not None)
                near = math.isclose(float(told), total, rel_tol=1e-6, abs_tol=1e-4)
                require("R3", near, f"{account}: day {back} is {told}, not {total}")
        self._check_var(account, daily)

    def _check_var(self, account: str, daily: Daily) -> None:
        require = self.world.checks.require
        for kind in (VarReport, StressReport):
            item = self._item(latest_key(account, kind))
            require("R3", item is not None, f"{account} has no {kind.__name__}")
        found = self._item(latest_key(account, VarReport))
        if found is None:
            return
        report: VarReport = documents.unpack_document(found, VarReport)
        long = {asset for asset in daily.closes if len(self._returns(asset)) >= RETURNS_MIN}
        figures = bool(report.figures)
        held = {one.asset for one in report.positions} | {one.asset for one in report.uncovered}
        require("R4", not figures or bool(held & long), f"{account}: figures of {held} without a past")
        known = report.status is not ReportStatus.INSUFFICIENT_DATA or not held & long
        require("R4", known, f"{account}: no figures of {held} though there is a past")
        for figure in report.figures:
            ok = figure.var is None or figure.var.is_finite()
            require("R4", ok, f"{account}: VaR is {figure.var}")
        self.world.counters[f"var {report.status.value}"] += 1

    def _returns(self, asset: str) -> list[float]:
        return [value for value in self._by_day(asset) if value is not None]

    def _by_day(self, asset: str) -> list[float | None]:
        """Return the returns of the days as stored, the newest last."""
        item = self._item(items.key("CLOSES", asset))
        if item is None:
            return []
        closes = closes_store.unpack(item["closes"]["B"])
        pairs = itertools.pairwise(closes)
        return [None if a is None or b is None else b / a - 1 for a, b in pairs]

    def _day_pnl(self, asset: str, value: Decimal, back: int) -> float | None:
        days = self._by_day(asset)
        if back >= len(days):
            return None
        found = days[-1 - back]
        return None if found is None else float(value) * found

    def _check_seals(self) -> None:
        require = self.world.checks.require
        require("S1", not self.bucket.written_over, f"seals were written over: {self.bucket.written_over}")
        newest: Counter[str] = Counter()
        for account, sequence, head in self._heads():
            rows = self.world.checks.chains[account].rows
            is_there = sequence <= len(rows) and rows[sequence - 1].hash == head
            require("S1", is_there, f"{account}: entry {sequence} is sealed as {head[:12]}")
            newest[account] = max(newest[account], sequence)
        for account, chain in self.world.checks.chains.items():
            require(
                "S2", newest[account] >= self.due[account], f"{account}: sealed {newest[account]} of {len(chain.rows)}"
            )
        told = [alert for message in self.world.chats for alert in message.alerts if alert.startswith(SEAL_ALERT)]
        require("S2", not told, f"somebody was told that a log is not whole: {told}")

    def note_places(self) -> None:
        """Take note of how far each log has come."""
        self.due = {account: len(chain.rows) for account, chain in self.world.checks.chains.items()}

    def _heads(self) -> Iterator[tuple[str, int, str]]:
        for data in self.bucket.objects.values():
            head = json.loads(json.loads(data)["head"])
            yield head["account_id"], int(head["sequence"]), head["hash"]

    def _check_summary(self) -> None:
        require = self.world.checks.require
        for account, chain in self.world.checks.chains.items():
            told = sum(row.event == "summary_told" for row in chain.rows)
            require("D1", told <= 1, f"{account}: the day's summary was told {told} times")
            if self.tells_summary and account in {ROUTED, OWN}:
                require("D1", told == 1, f"{account}: the day's summary was not told")

    def _item(self, key: Any) -> Any:
        return self.world.tables.tables[STATE_TABLE].get((key["pk"]["S"], key["sk"]["S"]))
