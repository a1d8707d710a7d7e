"""Write ``infra/docs/metrics.md`` from the collector (`python -m infra.prometheus.catalogue`)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from riskgate.runtime.metrics.catalogue import ACCOUNT_METRICS
from riskgate.runtime.metrics.collector import GATEWAY_METRICS, PREFIX
from riskgate.runtime.metrics.readings import GROUPS_MAX, POSITIONS_MAX
from riskgate.runtime.metrics.scrape import ACCOUNTS_MAX

PAGE = Path(__file__).parents[1] / "docs" / "metrics.md"

_HEAD = f"""# Metrics

<!-- Written by `python -m infra.prometheus.catalogue`: edit it there, and the texts of metrics in the collector. -->

`GET /metrics` has the book and the queues in Prometheus' text format, for a token with the scope `metrics:read`.
It shows the accounts of the token, at most {ACCOUNTS_MAX} of them; `?account=` asks for one. Each is read once per
scrape. Nothing is remembered between scrapes: what is not stored is not here.

[`prometheus.yml`](../prometheus/prometheus.yml) scrapes it every 30 seconds.
[`riskgate.yml`](../prometheus/rules/riskgate.yml) has recording and alert rules, tested by `promtool test rules`.
Figures that are read seldom carry their age (`…_age_seconds`).

[Prometheus and Grafana](observability.md) tells how to run both, and what each dashboard answers.

Amounts are in the account's base currency, which `riskgate_account_info` names. They are floating point here: the
API has them exactly.

## Of the gateway

| metric | labels | meaning |
| --- | --- | --- |
"""

_ACCOUNTS = f"""
## Of each account

All have the label `account`. Markets, and groups of exposure, are cut to the {POSITIONS_MAX} and {GROUPS_MAX} largest,
so the number of series is bounded: 150 to 250 per account, and 6 for each position.

| metric | more labels | meaning |
| --- | --- | --- |
"""

_TAIL = """
## What only CloudWatch has

The functions share no memory, so what they count and time goes to CloudWatch ([all of it](operations.md#metrics)).
The stack's [dashboard](operations.md#dashboard) shows it, and so does [Grafana](observability.md#with-cloudwatch).

| wanted | metric in CloudWatch |
| --- | --- |
| decision latency | `RequestDuration` of `order_api` (percentiles) |
| orders approved and denied | `OrdersApproved`, `OrdersDenied` |
| latency of placing an order, by venue | `VenueLatency` of `order_worker` |
| latency of market data, by venue | `VenueLatency` of `market_data`, `monitor` |
| failed calls, by venue | `VenueErrors` against `VenueCalls` |
| age of the oldest message of a queue | `ApproximateAgeOfOldestMessage` (AWS/SQS) |
| alerts delivered, and how late | `AlertsDelivered`, `AlertDeliverySeconds` of `telegram_notifier` |
| fills after a stop | `FillsAfterStop` |
| missed fills, repairs, money at issue | `MissedFills`, `ReconciliationRepairs`, `MoneyAtIssue` of `reconcile` |
"""


def write_page() -> str:
    """Return the page."""
    return _HEAD + "".join(_gateway_rows()) + _ACCOUNTS + "".join(_account_rows()) + _TAIL


def _gateway_rows() -> Iterator[str]:
    for name, text, labels in GATEWAY_METRICS:
        yield _row(f"{PREFIX}{name}", labels, text)


def _account_rows() -> Iterator[str]:
    for metric in ACCOUNT_METRICS:
        name = f"{PREFIX}account_{metric.name}{'_total' if metric.is_counter else ''}"
        yield _row(name, metric.labels, metric.text)


def _row(name: str, labels: tuple[str, ...], text: str) -> str:
    return f"| `{name}` | {', '.join(f'`{label}`' for label in labels)} | {text} |\n"


if __name__ == "__main__":
    PAGE.write_text(write_page(), encoding="utf-8")
