"""The stack's dashboard in CloudWatch asks for nothing that nobody measures."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from infra.cloudwatch.dashboard import ALARMS_MAX, COLUMNS
from infra.template.generate import QUERIES
from tests.support.published_metrics import list_of_venues, list_published_by
from tests.template.reading import Resources, of_type

#: What AWS measures, by namespace: metrics and dimensions.
AWS = {
    "AWS/ApiGateway": ({"Latency", "Count", "4XXError", "5XXError"}, {"ApiName", "Stage"}),
    "AWS/Lambda": ({"Errors", "Throttles", "IteratorAge"}, {"FunctionName"}),
    "AWS/SQS": ({"ApproximateAgeOfOldestMessage", "ApproximateNumberOfMessagesVisible"}, {"QueueName"}),
    "AWS/DynamoDB": ({"ReadThrottleEvents", "WriteThrottleEvents"}, {"TableName"}),
}
SEARCH = re.compile(
    r"SEARCH\('\{RiskGateway,service,stage,venue\} MetricName=\"(\w+)\" service=\"(\w+)\" stage=\"\$\{Stage\}\"', "
    r"'(Sum|Maximum)'\)"
)
#: CloudWatch's limits: widgets of a dashboard, metrics of a widget and of a dashboard.
WIDGETS_MAX, METRICS_MAX, METRICS_OF_ALL_MAX = 500, 500, 2500
#: CloudFormation's: bytes of a template that comes from S3.
TEMPLATE_BYTES_MAX = 1_000_000

Line = list[Any]


@pytest.fixture(scope="module")
def text(alarms: dict[str, Any]) -> str:
    [dashboard] = of_type(alarms["Resources"], "AWS::CloudWatch::Dashboard").values()
    body: str = dashboard["DashboardBody"]["Fn::Sub"]
    return body


@pytest.fixture(scope="module")
def widgets(text: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(text)["widgets"]
    return found


@pytest.fixture(scope="module")
def lines(widgets: list[dict[str, Any]]) -> list[Line]:
    return [line for widget in widgets for line in widget["properties"].get("metrics", [])]


def dimensions_of(line: Line) -> dict[str, str]:
    pairs = line[2:-1]
    return dict(zip(pairs[::2], pairs[1::2], strict=True))


def test_own_metrics_when_asked_for_then_the_function_can_publish_them(lines: list[Line]) -> None:
    own = [line for line in lines if line[0] == "RiskGateway"]
    assert len(own) > 30
    for line in own:
        assert line[1] not in list_of_venues(), line
        dimensions = dimensions_of(line)
        assert set(dimensions) == {"service", "stage"}
        assert dimensions["stage"] == "${Stage}"
        assert line[1] in list_published_by(dimensions["service"]), line


def test_metrics_of_venues_when_searched_then_the_function_can_publish_them(lines: list[Line]) -> None:
    searches = [line[0]["expression"] for line in lines if len(line) == 1]
    assert searches
    for asked in searches:
        found = SEARCH.fullmatch(asked)
        assert found, asked
        assert found[1] in list_published_by(found[2]) & list_of_venues(), asked


def test_metrics_of_aws_when_asked_for_then_they_are_of_this_stacks_resources(
    lines: list[Line], resources: Resources
) -> None:
    passed = resources["Alarms"]["Properties"]["Parameters"]
    theirs = [line for line in lines if len(line) > 1 and line[0] != "RiskGateway"]
    assert {line[0] for line in theirs} == set(AWS)
    for line in theirs:
        names, dimensions = AWS[line[0]]
        assert line[1] in names
        assert set(dimensions_of(line)) == dimensions
        for value in dimensions_of(line).values():
            assert value == "v1" or value.removeprefix("${").removesuffix("}") in passed, line


def test_resources_when_one_is_added_then_the_dashboard_shows_it(lines: list[Line], resources: Resources) -> None:
    passed = {
        json.dumps(value): f"${{{name}}}" for name, value in resources["Alarms"]["Properties"]["Parameters"].items()
    }

    def asked(name: str) -> set[str]:
        return {next(iter(dimensions_of(line).values())) for line in lines if len(line) > 1 and line[1] == name}

    functions = {passed[json.dumps({"Ref": name})] for name in of_type(resources, "AWS::Lambda::Function")}
    tables = {passed[json.dumps({"Ref": name})] for name in of_type(resources, "AWS::DynamoDB::Table")}
    queues = {f"${{{name}}}" for name in of_type(resources, "AWS::SQS::Queue")}
    dead = {name for name in queues if name.endswith("DeadLetterQueue}")}
    assert asked("Errors") == asked("Throttles") == functions
    assert asked("ReadThrottleEvents") == asked("WriteThrottleEvents") == tables
    assert asked("ApproximateNumberOfMessagesVisible") == dead
    assert asked("ApproximateAgeOfOldestMessage") == queues - dead


def test_alarms_when_shown_then_all_of_them_once(widgets: list[dict[str, Any]], alarms: dict[str, Any]) -> None:
    shown = [widget["properties"]["alarms"] for widget in widgets if widget["type"] == "alarm"]
    assert all(0 < len(some) <= ALARMS_MAX for some in shown)
    wanted = [f"${{{name}.Arn}}" for name in of_type(alarms["Resources"], "AWS::CloudWatch::Alarm")]
    assert [name for some in shown for name in some] == wanted


def test_body_when_filled_in_then_every_name_in_it_is_known(text: str, alarms: dict[str, Any]) -> None:
    known = set(alarms["Parameters"]) | {f"{name}.Arn" for name in alarms["Resources"]} | {"AWS::Region"}
    assert set(re.findall(r"\$\{([^!}][^}]*)\}", text)) <= known
    assert json.loads(re.sub(r"\$\{[^}]*\}", "x", text))["widgets"]


def test_body_when_measured_then_under_the_limits(
    text: str, widgets: list[dict[str, Any]], lines: list[Line], alarms: dict[str, Any]
) -> None:
    assert len(widgets) <= WIDGETS_MAX
    assert max(len(widget["properties"].get("metrics", [])) for widget in widgets) <= METRICS_MAX
    assert len(lines) <= METRICS_OF_ALL_MAX
    assert len(json.dumps(alarms).encode()) < TEMPLATE_BYTES_MAX // 2
    assert len(text.encode()) < TEMPLATE_BYTES_MAX // 10


def test_widgets_when_placed_then_none_covers_another(widgets: list[dict[str, Any]]) -> None:
    taken: set[tuple[int, int]] = set()
    for one in widgets:
        assert one["x"] + one["width"] <= COLUMNS
        cells = {
            (x, y) for x in range(one["x"], one["x"] + one["width"]) for y in range(one["y"], one["y"] + one["height"])
        }
        assert not cells & taken, one["properties"]
        taken |= cells


def test_dashboard_when_it_is_not_wanted_then_there_is_none(alarms: dict[str, Any], resources: Resources) -> None:
    [dashboard] = [one for one in alarms["Resources"].values() if one["Type"] == "AWS::CloudWatch::Dashboard"]
    assert alarms["Conditions"][dashboard["Condition"]] == {"Fn::Equals": [{"Ref": "CloudWatchDashboard"}, "true"]}
    passed = resources["Alarms"]["Properties"]["Parameters"]
    assert passed["CloudWatchDashboard"] in ({"Ref": "CloudWatchDashboard"}, "true")


def test_saved_queries_when_asked_then_their_log_groups_exist_and_each_file_is_one(
    alarms: dict[str, Any], resources: Resources
) -> None:
    groups = {group["LogGroupName"]["Fn::Sub"] for group in of_type(resources, "AWS::Logs::LogGroup").values()}
    queries = of_type(alarms["Resources"], "AWS::Logs::QueryDefinition")
    for query in queries.values():
        named = {group["Fn::Sub"].replace("${ParentName}", "${AWS::StackName}") for group in query["LogGroupNames"]}
        assert named
        assert named <= groups
    assert {query["QueryString"] for query in queries.values()} == {
        path.read_text(encoding="utf-8") for path in QUERIES.glob("*.txt")
    }


def test_usage_when_asked_for_then_by_fields_of_the_access_log(alarms: dict[str, Any], resources: Resources) -> None:
    [stage] = of_type(resources, "AWS::ApiGateway::Stage").values()
    query = alarms["Resources"]["UsageQuery"]["Properties"]["QueryString"]
    [fields] = re.findall(r" by ([\w, ]+)\n", query)
    assert set(fields.split(", ")) <= json.loads(stage["AccessLogSetting"]["Format"]).keys()
