"""Grafana's dashboards of CloudWatch's metrics ask for nothing that nobody measures."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from infra.grafana.from_cloudwatch import BOARDS
from infra.grafana.generate import FOLDER_CLOUDWATCH, list_files
from tests.support.published_metrics import list_of_venues, list_published_by

AWS = {
    "AWS/ApiGateway": ({"Latency", "4XXError", "5XXError"}, {"ApiName", "Stage"}),
    "AWS/SQS": ({"ApproximateAgeOfOldestMessage"}, {"QueueName"}),
    "AWS/Lambda": ({"Errors"}, {"FunctionName"}),
}


def load(uid: str) -> Any:
    return json.loads((FOLDER_CLOUDWATCH / f"{uid}.json").read_text(encoding="utf-8"))


def list_targets(board: Any) -> list[dict[str, Any]]:
    return [target for panel in board["panels"] for target in panel["targets"]]


def test_dashboards_when_the_panels_changed_then_they_were_written_anew() -> None:
    for path, text in list_files().items():
        assert path.read_text(encoding="utf-8") == text, "run: python -m infra.grafana.generate"


@pytest.mark.parametrize("uid", BOARDS)
def test_metric_when_asked_for_then_somebody_measures_it(uid: str) -> None:
    targets = list_targets(load(uid))
    assert targets
    for target in targets:
        name, dimensions = target["metricName"], target["dimensions"]
        if target["namespace"] == "RiskGateway":
            of_venue = name in list_of_venues()
            assert set(dimensions) == {"service", "stage", *(["venue"] if of_venue else [])}, target
            assert name in list_published_by(dimensions["service"]), target
        else:
            names, wanted = AWS[target["namespace"]]
            assert name in names
            assert set(dimensions) == wanted


@pytest.mark.parametrize("uid", BOARDS)
def test_variable_when_a_panel_names_it_then_the_dashboard_has_it(uid: str) -> None:
    board = load(uid)
    variables = {one["name"] for one in board["templating"]["list"]}
    named = {
        value[1:] for target in list_targets(board) for value in target["dimensions"].values() if value.startswith("$")
    }
    regexes = {name for one in board["templating"]["list"] for name in re.findall(r"\$(\w+)", one.get("regex") or "")}

    assert named <= variables
    assert named | regexes | {"source"} == variables


@pytest.mark.parametrize("uid", BOARDS)
def test_panel_when_drawn_then_its_queries_have_letters_of_their_own_and_it_has_a_unit(uid: str) -> None:
    for panel in load(uid)["panels"]:
        letters = [target["refId"] for target in panel["targets"]]
        assert len(set(letters)) == len(letters) > 0
        assert panel["datasource"] == {"type": "cloudwatch", "uid": "${source}"}
        assert panel["fieldConfig"]["defaults"]["unit"]
