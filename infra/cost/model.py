"""The bill: what is used in a month, from the template and measured units, times the list of prices.

Lines are list prices without any free tier. What no one could measure without an AWS account is in ``units.json`` under
``assumed``; what was measured on the gateway's own handlers is under ``measured`` (tests/component/cost).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.cost.stack import Stack

FOLDER = Path(__file__).parent
MONTH_HOURS, MONTH_SECONDS = 730, 730 * 3600
MILLION = 1_000_000
GB = 1024**3
#: Memory with which a function gets one CPU (Lambda, "Configure function memory").
MB_OF_A_CPU = 1769
#: Runs of a job in a month.
MINUTELY, FIVE_MINUTELY, HOURLY = MONTH_HOURS * 60, MONTH_HOURS * 12, MONTH_HOURS


@dataclass(frozen=True, kw_only=True)
class Line:
    """So much of something, at its price."""

    what: str
    price: str
    quantity: float


@dataclass(frozen=True, kw_only=True)
class Bill:
    """Lines of a bill, priced."""

    lines: tuple[tuple[Line, float], ...]

    @property
    def total(self) -> float:
        """Return what it comes to, in USD."""
        return sum(usd for _, usd in self.lines)

    def by_subject(self) -> dict[str, float]:
        """Return USD by what they are for, the largest first."""
        found: dict[str, float] = {}
        for line, usd in self.lines:
            found[line.what] = found.get(line.what, 0.0) + usd
        return dict(sorted(found.items(), key=lambda item: -item[1]))


class Model:
    """Bills of a stack."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.prices: dict[str, Any] = json.loads((FOLDER / "prices.json").read_text(encoding="utf-8"))
        units = json.loads((FOLDER / "units.json").read_text(encoding="utf-8"))
        self.measured: dict[str, Any] = units["measured"]
        self.assumed: dict[str, Any] = units["assumed"]

    def after_allowances(self, *bills: Bill) -> float:
        """Return USD of bills together, less what AWS gives an account for nothing each month: nobody else uses it."""
        left = dict(self.prices["always_free_month"])
        total = 0.0
        for line, usd in (row for bill in bills for row in bill.lines):
            free = min(line.quantity, left.get(line.price, 0))
            left[line.price] = left.get(line.price, 0) - free
            total += usd * (1 - free / line.quantity) if line.quantity else 0.0
        return total

    def months(self, accounts: int) -> Bill:
        """Return a month of a stack with so many accounts that do not trade."""
        one = self.account().lines
        scaled = tuple(
            (Line(what=x.what, price=x.price, quantity=x.quantity * accounts), usd * accounts) for x, usd in one
        )
        return Bill(lines=(*self.idle().lines, *scaled))

    @property
    def snapshot_gb_month(self) -> float:
        """Return USD of a GB of snapshots, kept for a month."""
        return float(self.prices["prices"]["snapstart_gb_second"]["usd"]) * MONTH_SECONDS

    def idle(self) -> Bill:
        """Return a month of a stack without any account."""
        return self._bill(self._fixed())

    def account(self) -> Bill:
        """Return a month of one account that does not trade: its venue is read, its books are compared and sealed."""
        return self._bill(self._account())

    def decisions(self, kind: str = "approved") -> Bill:
        """Return a million decisions, with a month of keeping what they store."""
        return self._bill(self._decisions(kind))

    def _bill(self, lines: Iterator[Line]) -> Bill:
        return Bill(lines=tuple((line, line.quantity * self.prices["prices"][line.price]["usd"]) for line in lines))

    def _fixed(self) -> Iterator[Line]:
        stack, assumed = self.stack, self.assumed
        yield Line(what="snapshots", price="snapstart_gb_second", quantity=stack.snapshot_gb * MONTH_SECONDS)
        restored = assumed["snapshot_restores_month"] * stack.snapshot_gb / max(stack.snapshots, 1)
        yield Line(what="snapshots", price="snapstart_restore_gb", quantity=restored)
        yield Line(what="alarms", price="alarm_metric_month", quantity=stack.alarm_metrics)
        metrics = assumed["metrics_of_other_jobs"] + self.measured["monitor"]["metrics"]
        metrics += self.measured["reconcile"]["metrics"]
        yield Line(what="metrics", price="metric_month", quantity=metrics)
        yield Line(what="dashboard", price="dashboard_month", quantity=stack.dashboards)
        yield Line(what="keys and secrets", price="kms_key_month", quantity=stack.keys)
        yield Line(what="keys and secrets", price="kms_request", quantity=assumed["queue_key_requests_month"])
        yield Line(what="keys and secrets", price="secret_month", quantity=stack.secrets)
        yield Line(what="queues", price="sqs_request", quantity=assumed["queue_polls_month"])
        yield Line(what="schedules", price="scheduler_call", quantity=stack.ticks_month)
        yield from self._invocations("schedules", stack.ticks_month, seconds="tick_seconds", memory=stack.memory_gb)
        yield from self._job("market data", MINUTELY * assumed["venues"], "market_data", stack.memory_of("MarketData"))

    def _account(self) -> Iterator[Line]:
        stack, measured = self.stack, self.measured
        yield Line(what="secret", price="secret_month", quantity=1)
        for what, runs in (("monitor", MINUTELY), ("reconcile", FIVE_MINUTELY)):
            units = measured[what]
            yield from self._database(what, runs, units)
            memory = stack.memory_of(what.title())
            yield from self._invocations(what, runs, seconds=self.seconds_of(what), memory=memory, units=units)
            yield self._message(what, runs)
        yield from self._job("hedge", FIVE_MINUTELY, "hedge", stack.memory_of("Hedge"))
        yield self._message("hedge", FIVE_MINUTELY)
        for name in ("var", "stress"):
            what, memory = "value at risk and stress", stack.memory_of(name.title())
            yield from self._database(what, HOURLY, measured[name])
            yield from self._invocations(
                what, HOURLY, seconds=self.seconds_of(name), memory=memory, units=measured[name]
            )
            yield self._message(what, HOURLY)
        history = HOURLY * self.assumed["var_history_read_units"]
        yield Line(what="value at risk and stress", price="dynamodb_read_unit", quantity=history)
        yield from self._seals()
        stored = MINUTELY * measured["monitor"]["stored_bytes"] + FIVE_MINUTELY * measured["reconcile"]["stored_bytes"]
        yield from self._storage("what is kept", stored)
        ended = MINUTELY * measured["monitor"]["end_write_units"]
        ended += FIVE_MINUTELY * measured["reconcile"]["end_write_units"]
        yield Line(what="what leaves the tables", price="dynamodb_write_unit", quantity=ended)

    def _seals(self) -> Iterator[Line]:
        """Yield the lines of an account that changes all the time: sealed each window, and looked at each hour."""
        stack = self.stack
        seals = MONTH_SECONDS / max(stack.seal_window_seconds, 60)
        looks = seals + HOURLY
        yield from self._job("seal", looks, "seal", stack.memory_of("AuditSeal"))
        yield self._message("seal", HOURLY)
        # The newest seal is listed and read, its proof checked where this process does not know it, and one made.
        yield Line(what="seal", price="s3_write", quantity=looks + seals)
        yield Line(what="seal", price="s3_read", quantity=looks)
        proofs = looks * self.assumed["seals_of_other_processes"]
        yield Line(what="seal", price="kms_request", quantity=seals + proofs)

    def seconds_of(self, what: str) -> float:
        """Return how long a run of a job takes: measured calls and requests, at assumed times."""
        assumed, measured = self.assumed, self.measured[what]
        calls = measured.get("venue_calls", 0)
        asked = assumed["venue_connect_seconds"] + calls * assumed["venue_call_seconds"] if calls else 0
        stored = measured["requests"] * assumed["database_request_seconds"]
        share = self.stack.memory_of(what.title()) * 1024 / MB_OF_A_CPU
        return float(asked + stored + assumed[f"{what}_cpu_seconds"] / share)

    def _message(self, what: str, runs: float) -> Line:
        """Return the line of a queue's messages: each is sent with nine others, received alone and deleted."""
        return Line(what=what, price="sqs_request", quantity=2.1 * runs)

    def _decisions(self, kind: str) -> Iterator[Line]:
        stack, assumed, units = self.stack, self.assumed, self.measured[kind]
        yield Line(what="API", price="api_request", quantity=MILLION)
        yield from self._database("database", MILLION, units)
        yield from self._storage("what is kept", MILLION * units["stored_bytes"])
        ended = MILLION * (units["end_write_units"] + self.measured["tombstone"]["write_units"])
        yield Line(what="what leaves the tables", price="dynamodb_write_unit", quantity=ended)
        traced = assumed["traced_fraction_of_decisions"]
        yield from self._invocations(
            "function",
            MILLION,
            seconds="decision_seconds",
            memory=stack.memory_of("OrderApi"),
            units=units,
            traced=traced,
        )
        calls = MILLION * assumed["authorizer_calls_per_decision"]
        yield from self._invocations(
            "authorizer", calls, seconds="authorizer_seconds", memory=stack.memory_of("Authorizer"), traced=traced
        )
        yield Line(what="authorizer", price="dynamodb_read_unit", quantity=calls)
        yield Line(what="logs", price="log_gb", quantity=MILLION * assumed["access_log_bytes"] / GB)

    def _job(self, what: str, runs: float, name: str, memory: float) -> Iterator[Line]:
        """Yield the lines of a job whose units are assumed."""
        units = {
            "read_units": self.assumed[f"{name}_read_units"],
            "write_units": self.assumed.get(f"{name}_write_units", 0),
            "log_bytes": self.assumed[f"{name}_log_bytes"],
        }
        yield from self._database(what, runs, units)
        yield from self._invocations(what, runs, seconds=f"{name}_seconds", memory=memory, units=units)

    def _database(self, what: str, runs: float, units: dict[str, Any]) -> Iterator[Line]:
        yield Line(what=what, price="dynamodb_read_unit", quantity=runs * units["read_units"])
        yield Line(what=what, price="dynamodb_write_unit", quantity=runs * units["write_units"])

    def lasting(self, number: float) -> float:
        """Return what so many approvals, each with a fill, cost each month after all else has left (USD)."""
        stored = sum(self.measured[kind]["lasting_bytes"] for kind in ("tombstone", "fill"))
        return sum(
            line.quantity * float(self.prices["prices"][line.price]["usd"])
            for line in self._storage("orders", number * stored)
        )

    def _storage(self, what: str, stored: float) -> Iterator[Line]:
        for price in ("dynamodb_gb_month", "dynamodb_recovery_gb_month"):
            yield Line(what=what, price=price, quantity=stored / GB)

    def _invocations(
        self,
        what: str,
        runs: float,
        *,
        seconds: float | str,
        memory: float,
        units: dict[str, Any] | None = None,
        traced: float = 0.0,
    ) -> Iterator[Line]:
        logged = self.assumed["platform_log_bytes"] + (units or {}).get("log_bytes", 0)
        yield Line(what=what, price="lambda_request", quantity=runs)
        took = self.assumed[seconds] if isinstance(seconds, str) else seconds
        yield Line(what=what, price="lambda_gb_second", quantity=runs * took * memory)
        yield Line(what="logs" if runs == MILLION else what, price="log_gb", quantity=runs * logged / GB)
        yield Line(what="traces" if runs == MILLION else what, price="trace", quantity=runs * traced)
