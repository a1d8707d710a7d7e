"""The sample events of the risk jobs, as `sam local invoke` hands them over."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from riskgate.core.errors import GatewayError
from tests.support.risk_jobs import HANDLERS, RiskJobs

EVENTS = Path(__file__).parents[3] / "events"
#: What each sample answers; the numbers of a run on demand are of the account that holds nothing.
ANSWERS: dict[str, Any] = {
    "var/tick": {"accounts": 1},
    "var/batch": {"batchItemFailures": []},
    "var/one_account": {"account_id": "demo", "status": "no_positions", "var_95": "0", "is_latest": True},
    "stress/tick": {"accounts": 1},
    "stress/batch": {"batchItemFailures": []},
    "stress/one_account": {
        "account_id": "demo", "status": "no_positions", "worst": "exchange_lost_binance", "worst_pnl": "-100000",
        "is_latest": True,
    },
}  # fmt: skip


@pytest.mark.parametrize("name", ANSWERS)
def test_event_when_handed_over_then_answers_as_listed(jobs: RiskJobs, name: str) -> None:
    event = json.loads((EVENTS / f"{name}.json").read_text(encoding="utf-8"))

    assert HANDLERS[name.partition("/")[0]](event, jobs.context) == ANSWERS[name]  # type: ignore[arg-type]


def test_events_when_listed_then_every_file_is_used() -> None:
    assert {f"{path.parent.name}/{path.stem}" for job in HANDLERS for path in (EVENTS / job).glob("*.json")} == {
        *ANSWERS
    }


def test_message_when_hours_old_then_dropped_and_nothing_is_stored(jobs: RiskJobs) -> None:
    event = json.loads((EVENTS / "var/batch.json").read_text(encoding="utf-8"))
    jobs.gateway.advance(hours=1)

    assert HANDLERS["var"](event, jobs.context) == {"batchItemFailures": []}  # type: ignore[arg-type]
    assert jobs.risk()["var"] is None


def test_message_when_the_database_is_down_then_it_comes_again(jobs: RiskJobs, monkeypatch: pytest.MonkeyPatch) -> None:
    event = json.loads((EVENTS / "var/batch.json").read_text(encoding="utf-8"))
    monkeypatch.setattr("riskgate.app.risk.report_var.read_inputs", _refuse)

    failed = HANDLERS["var"](event, jobs.context)["batchItemFailures"]  # type: ignore[arg-type]
    assert [item["itemIdentifier"] for item in failed] == [event["Records"][0]["messageId"]]


def _refuse(*_arguments: Any) -> None:
    raise GatewayError("the database did not answer")
