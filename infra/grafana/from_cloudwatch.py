"""The dashboards with CloudWatch as data source: what functions, queues and the API measure is there alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from grafana_foundation_sdk.builders import cloudwatch, dashboard, timeseries
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.cloudwatch import CloudWatchQueryMode, MetricEditorMode, MetricQueryType
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, DataSourceRef, VariableRefresh

from infra.cloudwatch.panels import EXECUTION, FAILURES, NAMESPACE, RUNNING, Panel, Unit

_SOURCE = DataSourceRef(type_val="cloudwatch", uid="${source}")
_REFS = "ABCDEFGHIJKL"
_ALL = "*"


@dataclass(frozen=True, slots=True)
class Asked:
    """One metric as CloudWatch knows it; a dimension may be a variable of the dashboard, or ``*`` for each."""

    namespace: str
    name: str
    statistic: str
    dimensions: dict[str, str]
    label: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """One panel."""

    title: str
    unit: Unit
    asked: tuple[Asked, ...]


def _own(panel: Panel) -> Drawn:
    return Drawn(
        panel.title,
        panel.unit,
        tuple(
            Asked(
                NAMESPACE,
                metric.name,
                metric.statistic,
                {"service": metric.service, "stage": "$stage"} | ({"venue": _ALL} if metric.by_venue else {}),
                f"{metric.service}: ${{PROP('Dim.venue')}}" if metric.by_venue else metric.label,
            )
            for metric in panel.metrics
        ),
    )


def _aws(title: str, unit: Unit, namespace: str, dimensions: dict[str, str], *metrics: tuple[str, str]) -> Drawn:
    """Draw metrics of AWS' own; a variable that may be several things gives a line for each."""
    [(first, value), *_] = dimensions.items()
    label = "${PROP('MetricName')} ${PROP('Stat')}" if value == "$stack" else f"${{PROP('Dim.{first}')}}"
    return Drawn(title, unit, tuple(Asked(namespace, name, stat, dimensions, label) for name, stat in metrics))


_API = {"ApiName": "$stack", "Stage": "v1"}
_QUEUE = {"QueueName": "$queue"}
BOARDS = {
    "riskgate-aws-execution": ("Execution in AWS", tuple(map(_own, (*EXECUTION, FAILURES)))),
    "riskgate-aws-gateway": (
        "Gateway in AWS",
        (
            _aws(
                "API: time of an answer",
                Unit.MILLISECONDS,
                "AWS/ApiGateway",
                _API,
                ("Latency", "p50"),
                ("Latency", "p99"),
            ),
            _aws("API: errors", Unit.COUNT, "AWS/ApiGateway", _API, ("4XXError", "Sum"), ("5XXError", "Sum")),
            _aws(
                "Age of the oldest message",
                Unit.SECONDS,
                "AWS/SQS",
                _QUEUE,
                ("ApproximateAgeOfOldestMessage", "Maximum"),
            ),
            _aws(
                "Functions that raised or timed out",
                Unit.COUNT,
                "AWS/Lambda",
                {"FunctionName": "$function"},
                ("Errors", "Sum"),
            ),
            *map(_own, RUNNING),
        ),
    ),
}


def write_board(uid: str) -> str:
    """Return a dashboard as JSON."""
    title, panels = BOARDS[uid]
    made = (
        dashboard.Dashboard(f"Risk gateway: {title}")
        .uid(uid)
        .tags(["riskgate", "cloudwatch"])
        .refresh("1m")
        .time("now-12h", "now")
        .timezone("utc")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(dashboard.DatasourceVariable("source").label("CloudWatch").type("cloudwatch"))
    )
    named = {value for panel in panels for asked in panel.asked for value in asked.dimensions.values()}
    if "$stage" in named:
        made = made.with_variable(_variable("stage", NAMESPACE, "JobRuns", "stage"))
    if "$stack" in named:
        made = made.with_variable(_variable("stack", "AWS/ApiGateway", "Latency", "ApiName"))
    for variable in (
        _variable("queue", "AWS/SQS", "ApproximateAgeOfOldestMessage", "QueueName"),
        _variable("function", "AWS/Lambda", "Errors", "FunctionName"),
    ):
        if f"${variable.build().name}" in named:
            # All is every one of the region, of other stacks as well.
            made = made.with_variable(variable.multi(True).include_all(True).all_value(_ALL).regex("/^$stack-/"))
    for panel in panels:
        made = made.with_panel(_draw(panel))
    text: str = JSONEncoder(sort_keys=True, indent=2).encode(made.build())
    return text + "\n"


def _variable(name: str, namespace: str, metric: str, dimension: str) -> Any:
    """Let the person choose among the values of a dimension."""
    asked: dict[str, object] = {
        "queryType": "dimensionValues",
        "region": "default",
        "namespace": namespace,
        "metricName": metric,
        "dimensionKey": dimension,
        "dimensionFilters": {},
        "refId": "CloudWatchVariableQueryEditor-VariableQuery",
    }
    refresh = VariableRefresh.ON_DASHBOARD_LOAD
    return dashboard.QueryVariable(name).label(name.capitalize()).datasource(_SOURCE).query(asked).refresh(refresh)


def _draw(panel: Drawn) -> Any:
    made = timeseries.Panel().title(panel.title).datasource(_SOURCE).unit(panel.unit.value).span(12).height(8)
    for number, asked in enumerate(panel.asked):
        made = made.with_target(
            cloudwatch.CloudWatchMetricsQuery()
            .ref_id(_REFS[number])
            .id("")
            .query_mode(CloudWatchQueryMode.METRICS)
            .metric_query_type(MetricQueryType.SEARCH)
            .metric_editor_mode(MetricEditorMode.BUILDER)
            .region("default")
            .namespace(asked.namespace)
            .metric_name(asked.name)
            .dimensions(dict(asked.dimensions))
            .match_exact(True)
            .statistic(asked.statistic)
            .period("60")
            .label(asked.label)
        )
    return made
