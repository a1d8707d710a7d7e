"""A jump of daily closes through the real handlers: unknown, confirmed by a person, believed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from riskgate.core.ledger.gateway_events import CloseJumpConfirmed
from riskgate.core.market.closes import JumpMeaning
from riskgate.core.risk.report import ReportStatus
from riskgate.runtime import wiring
from riskgate.runtime.risk import risk_deps
from riskgate.schemas.log.audit_entry import read_entry
from tests.support.callers import ADMIN
from tests.support.gateway import Answer
from tests.support.risk_jobs import RiskJobs

BODY = {"asset": "ETH", "meaning": "price", "reason": "two venues show it"}


@pytest.fixture
def jumped(jobs: RiskJobs) -> tuple[RiskJobs, date]:
    """Give a book of BTC and ETH, and closes of ETH that are a thousandfold since sixty days."""
    series = risk_deps().closes.get(["ETH"])["ETH"]
    closes = (*series.closes[:-60], *(close and close * 1000 for close in series.closes[-60:]))
    jobs.put_series(replace(series, closes=closes))
    jobs.limits_for()
    jobs.hold(BTC="0.4", ETH="3")
    jobs.run("var")
    return jobs, series.last_day - timedelta(days=59)


def confirm(jobs: RiskJobs, day: date, *, totp: bool = True, **changes: Any) -> Answer:
    headers = jobs.gateway.next_totp() if totp else {}
    body = BODY | {"day": day.isoformat()} | changes
    return jobs.gateway.call("PUT", "/market/close-jumps", body, headers=headers, caller=ADMIN)


def test_report_when_closes_jump_then_partial_and_the_asset_is_lost_in_full(jumped: tuple[RiskJobs, date]) -> None:
    report = jumped[0].risk()["var"]

    assert (report["status"], report["reason"]) == (ReportStatus.PARTIAL, "daily closes: ETH unconfirmed_jump")
    assert [row["asset"] for row in report["uncovered"]] == ["ETH"]


def test_jump_when_confirmed_then_the_next_run_goes_by_it_and_the_log_has_it(jumped: tuple[RiskJobs, date]) -> None:
    jobs, day = jumped
    assert confirm(jobs, day, totp=False).status == 401
    assert confirm(jobs, day).status == 200
    jobs.gateway.advance(hours=1)
    jobs.run("var")

    report = jobs.risk()["var"]
    assert report["uncovered"] == []
    assert report["status"] == ReportStatus.PARTIAL  # so large a move stays a finding
    rows = wiring.deps().store.list_audit("gateway", after=0, limit=100)
    (event,) = (read_entry(row.entry).typed_inputs() for row in rows if row.event == CloseJumpConfirmed.event_name)
    assert isinstance(event, CloseJumpConfirmed)
    assert (event.asset, event.day, event.meaning) == ("ETH", day, JumpMeaning.PRICE)
    assert 500 < event.after / event.before < 2000
    # The collection writes the series anew and leaves what people said.
    jobs.put_series(replace(risk_deps().closes.get(["ETH"])["ETH"], as_of=jobs.gateway.now, jumps={}))
    assert risk_deps().closes.get(["ETH"])["ETH"].jumps == {day: JumpMeaning.PRICE}


def test_jump_when_there_is_none_that_day_then_not_found(jumped: tuple[RiskJobs, date]) -> None:
    jobs, day = jumped

    assert confirm(jobs, day + timedelta(days=1)).code == "CLOSE_JUMP_NOT_FOUND"
    assert confirm(jobs, day, asset="GHOST").code == "CLOSE_JUMP_NOT_FOUND"
    assert confirm(jobs, day, meaning="split").status == 400


def test_caller_when_for_one_account_only_then_forbidden(jumped: tuple[RiskJobs, date]) -> None:
    jobs, day = jumped
    one = replace(ADMIN, accounts=("demo",))
    body = BODY | {"day": day.isoformat()}

    answer = jobs.gateway.call("PUT", "/market/close-jumps", body, headers=jobs.gateway.next_totp(), caller=one)
    assert (answer.status, answer.code) == (403, "ACCOUNT_NOT_PERMITTED")
