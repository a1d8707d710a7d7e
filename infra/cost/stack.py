"""What of the template has a price by itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from infra.cost.windows import ticks_in_month
from infra.template.generate import ROOT, load
from infra.template.scale import read_at_scale


@dataclass(frozen=True, kw_only=True)
class Stack:
    """The resources of the template and of its nested stack of alarms."""

    resources: dict[str, Any]
    alarms: dict[str, Any]
    globals: dict[str, Any]
    parameters: dict[str, Any]
    mappings: dict[str, Any]

    @classmethod
    def read(cls) -> Stack:
        """Read the template."""
        template, alarms = load(ROOT / "template.yaml"), load(ROOT / "infra" / "alarms.yaml")
        return cls(
            resources=template["Resources"],
            alarms=alarms["Resources"],
            globals=template["Globals"]["Function"],
            parameters=template["Parameters"],
            mappings=template["Mappings"],
        )

    def of_type(self, kind: str) -> dict[str, Any]:
        """Return the properties of the resources of a type, by name."""
        found = {**self.resources, **self.alarms}
        return {name: resource["Properties"] for name, resource in found.items() if resource["Type"] == kind}

    @property
    def functions(self) -> dict[str, Any]:
        """Return the functions' properties."""
        return self.of_type("AWS::Serverless::Function")

    def at_once(self, job: str, scale: str) -> int:
        """Return how many messages of its queue a job works on at once, with this `JobScale`."""
        source = self.of_type("AWS::Lambda::EventSourceMapping")[f"{job}Source"]
        return read_at_scale(source["ScalingConfig"]["MaximumConcurrency"], self.mappings, scale)

    @property
    def memory_gb(self) -> float:
        """Return the memory of a function that asks for none of its own."""
        return float(self.globals["MemorySize"]) / 1024

    def memory_of(self, function: str) -> float:
        """Return a function's memory in GB."""
        return float(self.functions[f"{function}Function"].get("MemorySize", self.globals["MemorySize"])) / 1024

    @property
    def with_snapshots(self) -> list[str]:
        """Return the functions that start from a snapshot, in the template's order."""
        return [
            name.removesuffix("Function") for name, properties in self.functions.items() if "SnapStart" in properties
        ]

    @property
    def snapshots(self) -> int:
        """Return how many snapshots are kept: one per function, of the version that its alias names."""
        return len(self.with_snapshots)

    @property
    def snapshot_gb(self) -> float:
        """Return the memory that is kept in snapshots."""
        return sum(self.memory_of(name) for name in self.with_snapshots)

    @property
    def alarm_metrics(self) -> int:
        """Return the metrics of all alarms: a metric expression is billed by those it names."""
        rows = self.of_type("AWS::CloudWatch::Alarm").values()
        return sum(max(1, sum("MetricStat" in metric for metric in row.get("Metrics", ()))) for row in rows)

    @property
    def dashboards(self) -> int:
        """Return the dashboards."""
        return len(self.of_type("AWS::CloudWatch::Dashboard"))

    @property
    def keys(self) -> int:
        """Return the keys."""
        return len(self.of_type("AWS::KMS::Key"))

    @property
    def secrets(self) -> int:
        """Return the secrets of the stack itself."""
        return len(self.of_type("AWS::SecretsManager::Secret"))

    @property
    def ticks_month(self) -> float:
        """Return how often the schedules go off in a month."""
        return sum(
            ticks_in_month(row["ScheduleExpression"]) for row in self.of_type("AWS::Scheduler::Schedule").values()
        )

    @property
    def seal_window_seconds(self) -> float:
        """Return for how long changes of an account are collected before its chain is sealed."""
        sources = self.of_type("AWS::Lambda::EventSourceMapping")
        window = sources["AuditSealStateSource"]["MaximumBatchingWindowInSeconds"]
        return float(self.parameters[window.value]["Default"])
