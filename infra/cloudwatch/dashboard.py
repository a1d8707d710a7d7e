"""The body of the stack's dashboard in CloudWatch: the book, the machinery, and every alarm (`make template`)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from infra.cloudwatch.panels import BOOK, EXECUTION, NAMESPACE, RUNNING, Metric, Panel, Unit

#: The parameters of the stack of alarms that name resources.
FUNCTIONS = (
    "Authorizer", "OrderApi", "AdminApi", "RiskApi", "ViewApi", "Dashboard", "OrderWorker", "MarketData", "Monitor",
    "Reconcile", "Hedge", "Var", "Stress", "AuditSeal", "ControlStream", "AlertFanout", "TelegramNotifier",
    "TelegramWebhook", "VenueApi", "VenueReader", "Webhooks", "AuditArchive",
)  # fmt: skip
TABLES = ("StateTable", "ControlTable", "AuditTable", "NotificationTable")
QUEUES = ("Order", "MarketData", "Monitor", "Reconcile", "Hedge", "Var", "Stress", "AuditSeal", "Alert")
STREAM_READERS = ("ControlStream", "AlertFanout", "AuditSeal")
#: CloudWatch's: columns of a dashboard, and alarms of one widget.
COLUMNS, ALARMS_MAX = 24, 100
_WIDTH, _HEIGHT = 8, 6
_PERIOD_SECONDS = 60
_AXES = {
    Unit.MILLISECONDS: "ms",
    Unit.SECONDS: "s",
    Unit.FRACTION: "of the mark price",
    Unit.COUNT: "",
    Unit.AMOUNT: "base currency",
}
_RUNBOOKS = (
    "# Risk gateway ${ParentName}\n"
    "An alarm is named ${ParentName}-KIND. Its page says what to do: infra/runbooks/KIND.md. Figures of accounts are "
    "of all accounts of the stage ${Stage}: the worst of a minute, or the sum. The live page and riskctl have each one."
)

type Widget = dict[str, Any]


def write_body(alarms: Sequence[str]) -> str:
    """Return the body for `Fn::Sub`: parameters of the stack of alarms, and the logical ids of its `alarms`, in ${}."""
    widgets: list[Widget] = []
    _place(widgets, [_text(_RUNBOOKS)], width=COLUMNS, height=3)
    shown = [alarms[first : first + ALARMS_MAX] for first in range(0, len(alarms), ALARMS_MAX)]
    _place(widgets, [_alarms(some) for some in shown], width=COLUMNS, height=8)
    for title, panels in (
        ("The book", map(_own, BOOK)),
        ("Orders", map(_own, EXECUTION)),
        ("API, functions, queues, tables", _aws()),
        ("Alerts and jobs", map(_own, RUNNING)),
    ):
        _place(widgets, [_text(f"## {title}")], width=COLUMNS, height=1)
        _place(widgets, panels, width=_WIDTH, height=_HEIGHT)
    return json.dumps({"start": "-PT12H", "periodOverride": "auto", "widgets": widgets}, separators=(",", ":"))


def _place(widgets: list[Widget], more: Iterable[Widget], *, width: int, height: int) -> None:
    """Add widgets below what is there, from left to right."""
    top = max((one["y"] + one["height"] for one in widgets), default=0)
    per_row = COLUMNS // width
    for number, widget in enumerate(more):
        row, column = divmod(number, per_row)
        widgets.append(widget | {"x": column * width, "y": top + row * height, "width": width, "height": height})


def _text(markdown: str) -> Widget:
    return {"type": "text", "properties": {"markdown": markdown}}


def _alarms(names: Sequence[str]) -> Widget:
    properties = {
        "title": "Alarms",
        "sortBy": "stateUpdatedTimestamp",
        "alarms": [f"${{{name}.Arn}}" for name in names],
    }
    return {"type": "alarm", "properties": properties}


def _own(panel: Panel) -> Widget:
    return _graph(panel.title, [_line(metric) for metric in panel.metrics], _AXES[panel.unit])


def _line(metric: Metric) -> list[Any]:
    if metric.by_venue:
        schema = f'{{{NAMESPACE},service,stage,venue}} MetricName="{metric.name}"'
        asked = f"SEARCH('{schema} service=\"{metric.service}\" stage=\"${{Stage}}\"', '{metric.statistic}')"
        return [{"expression": asked, "label": f"{metric.service}: ${{!PROP('Dim.venue')}}"}]
    dimensions = ["service", metric.service, "stage", "${Stage}"]
    return [NAMESPACE, metric.name, *dimensions, {"stat": metric.statistic, "label": metric.label}]


def _aws() -> Iterator[Widget]:
    """Yield what AWS measures of the resources."""
    api = ["ApiName", "${ApiName}", "Stage", "v1"]
    latency = [["AWS/ApiGateway", "Latency", *api, {"stat": stat, "label": stat}] for stat in ("p50", "p99")]
    yield _graph("API: time of an answer", latency, "ms")
    counts = [["AWS/ApiGateway", name, *api, {"stat": "Sum"}] for name in ("Count", "4XXError", "5XXError")]
    yield _graph("API: answers and errors", counts)
    for title, name in (
        ("Functions that raised or timed out", "Errors"),
        ("Functions refused concurrency", "Throttles"),
    ):
        yield _graph(title, [_of("AWS/Lambda", name, "FunctionName", one, "Sum") for one in FUNCTIONS])
    ages = [_of("AWS/Lambda", "IteratorAge", "FunctionName", one, "Maximum") for one in STREAM_READERS]
    yield _graph("Age of the tables' streams", ages, "ms")
    waiting = [_of("AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName", f"{one}Queue", "Maximum") for one in QUEUES]
    yield _graph("Age of the oldest message", waiting, "s")
    dead = [
        _of("AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", f"{one}DeadLetterQueue", "Maximum")
        for one in (*QUEUES, "Stream")
    ]
    yield _graph("Messages put aside", dead)
    events = ("ReadThrottleEvents", "WriteThrottleEvents")
    yield _graph(
        "Throttled requests of tables",
        [_of("AWS/DynamoDB", name, "TableName", one, "Sum", f"{one} {name}") for one in TABLES for name in events],
    )


def _of(namespace: str, name: str, dimension: str, resource: str, stat: str, label: str = "") -> list[Any]:
    return [namespace, name, dimension, f"${{{resource}}}", {"stat": stat, "label": label or resource}]


def _graph(title: str, metrics: list[list[Any]], axis: str = "") -> Widget:
    properties: dict[str, Any] = {
        "title": title,
        "view": "timeSeries",
        "region": "${AWS::Region}",
        "period": _PERIOD_SECONDS,
        "metrics": metrics,
    }
    if axis:
        properties["yAxis"] = {"left": {"label": axis, "showUnits": False}}
    return {"type": "metric", "properties": properties}
