"""Collect metrics: from accounts that were read already, so that a scrape reads each of them once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from riskgate import ENGINE_VERSION
from riskgate.adapters.aws.queue_depths import QueueDepth
from riskgate.core.money import REPORT_CONTEXT
from riskgate.core.statements.view import BookView
from riskgate.runtime.metrics.catalogue import ACCOUNT_METRICS

PREFIX = "riskgate_"

#: Metrics beside those of accounts: name, meaning, labels.
GATEWAY_METRICS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("build_info", "1; the label tells which engine answers.", ("version",)),
    ("account_info", "1; the label tells the currency of the account's amounts.", ("account", "base_currency")),
    ("accounts", "Accounts that the token may see: shown here, beyond the most of one scrape, unreadable.", ("state",)),
    (
        "queue_messages",
        "Messages of a queue, as SQS estimates them. Only for tokens of all accounts.",
        ("queue", "state"),
    ),
    ("alerts_pending", "Alerts that wait to be shown in a chat. Only for tokens of all accounts.", ()),
    ("alerts_pending_oldest_seconds", "Age of the oldest of them; missing where none waits.", ()),
)


@dataclass(frozen=True, kw_only=True, slots=True)
class PendingAlerts:
    """Alerts that are still to be shown."""

    count: int
    oldest_seconds: int | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Scrape:
    """What one scrape found; `omitted` counts accounts beyond the most of one, `unreadable` those that are corrupt."""

    views: Sequence[BookView]
    omitted: int = 0
    unreadable: int = 0
    queues: Mapping[str, QueueDepth] = field(default_factory=dict)
    alerts: PendingAlerts | None = None


class BookCollector(Collector):
    """The families of one scrape."""

    def __init__(self, scrape: Scrape) -> None:
        self._scrape = scrape

    def collect(self) -> Iterator[Metric]:
        """Yield every family that has a sample."""
        for family in (*self._gateway(), *self._accounts()):
            if family.samples:
                yield family

    def _accounts(self) -> Iterator[Metric]:
        for metric in ACCOUNT_METRICS:
            kind = CounterMetricFamily if metric.is_counter else GaugeMetricFamily
            family = kind(f"{PREFIX}account_{metric.name}", metric.text, labels=("account", *metric.labels))
            for view in self._scrape.views:
                for labels, value in metric.read(view):
                    if value is not None:
                        family.add_metric((view.state.account_id, *labels), float(REPORT_CONTEXT.plus(Decimal(value))))
            yield family

    def _gateway(self) -> Iterator[Metric]:
        scrape = self._scrape
        families = {
            name: GaugeMetricFamily(f"{PREFIX}{name}", text, labels=labels) for name, text, labels in GATEWAY_METRICS
        }
        families["build_info"].add_metric((ENGINE_VERSION,), 1)
        for view in scrape.views:
            families["account_info"].add_metric((view.state.account_id, view.state.base_currency), 1)
        counts = {"shown": len(scrape.views), "omitted": scrape.omitted, "unreadable": scrape.unreadable}
        for state, count in counts.items():
            families["accounts"].add_metric((state,), count)
        for queue, depth in sorted(scrape.queues.items()):
            for state, messages in depth._asdict().items():
                families["queue_messages"].add_metric((queue, state), messages)
        if scrape.alerts is not None:
            families["alerts_pending"].add_metric((), scrape.alerts.count)
            if scrape.alerts.oldest_seconds is not None:
                families["alerts_pending_oldest_seconds"].add_metric((), scrape.alerts.oldest_seconds)
        yield from families.values()


def write_metrics(scrape: Scrape) -> str:
    """Return a scrape in Prometheus' text format."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(BookCollector(scrape))
    return generate_latest(registry).decode()
