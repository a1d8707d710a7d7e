"""The catalogue of metrics is what the collector has."""

from __future__ import annotations

from infra.prometheus.catalogue import PAGE, write_page
from riskgate.runtime.metrics.catalogue import ACCOUNT_METRICS


def test_page_when_the_collector_changed_then_it_was_written_anew() -> None:
    assert PAGE.read_text(encoding="utf-8") == write_page(), "run: python -m infra.prometheus.catalogue"


def test_metrics_when_listed_then_each_has_a_name_of_its_own_and_no_label_twice() -> None:
    names = [metric.name for metric in ACCOUNT_METRICS]

    assert len(set(names)) == len(names)
    assert all(len({"account", *metric.labels}) == len(metric.labels) + 1 for metric in ACCOUNT_METRICS)
