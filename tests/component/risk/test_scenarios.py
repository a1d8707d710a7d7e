"""Scenarios of one's own: tried, stored, audited, in the report and in the gate."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.component.risk.test_gate import check_of, market_order
from tests.support.callers import ADMIN, BOT, READER
from tests.support.gateway import ACCOUNT_ID, ETH
from tests.support.risk_jobs import RiskJobs

HACK = {"name": "bridge-hack", "default_shock": "-0.1", "shocks": {"ETH": "-0.9"}, "sector_shocks": {"unknown": "-0.2"}}


def test_scenario_when_tried_then_what_it_would_do(jobs: RiskJobs) -> None:
    jobs.hold(BTC="0.4", ETH="3")

    answer = jobs.stress({"shocks": {"BTC": "-0.3"}, "default_shock": -0.5}, caller=READER)
    assert answer.status == 200, answer.text
    figure = answer.body["scenario"]
    assert Decimal(figure["pnl"]) == Decimal("-0.3") * 20_000 - Decimal("0.5") * 9_000
    assert (figure["name"], figure["coverage"]["default_assets"]) == ("ad_hoc", ["ETH"])
    assert jobs.risk()["stress"] is None


def test_scenario_when_named_then_as_in_the_report(jobs: RiskJobs) -> None:
    jobs.hold(BTC="0.4", ETH="3")
    jobs.put_scenarios(HACK)
    jobs.run("stress")
    reported = {row["name"]: row for row in jobs.risk()["stress"]["scenarios"]}

    for name in ("ftx_nov_2022", "liquidity_gone", "correlations_0.9", "own:bridge-hack"):
        assert jobs.stress({"scenario": name}).body["scenario"] == reported[name]


@pytest.mark.parametrize("name", ["nobody", "own:nobody"])
def test_scenario_when_unknown_then_404(jobs: RiskJobs, name: str) -> None:
    answer = jobs.stress({"scenario": name})

    assert (answer.status, answer.code) == (404, "SCENARIO_UNKNOWN")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"scenario": "ftx_nov_2022", "default_shock": "0"},
        {"scenario": "../x"},
        {"scenario": None},
        {"default_shock": "-1.01"},
        {"default_shock": "101"},
        {"default_shock": "NaN"},
        {"default_shock": True},
        {"default_shock": "-1e-1"},
        {"shocks": {"BTC": "-0.5"}},
        {"shocks": {"btc": "-0.5"}, "default_shock": "0"},
        {"shocks": {"BTC": "-Infinity"}, "default_shock": "0"},
        {"shocks": [], "default_shock": "0"},
        {"shocks": {f"A{n}": "0" for n in range(51)}, "default_shock": "0"},
        {"sector_shocks": {"": "0"}, "default_shock": "0"},
        {"default_shock": "0", "extra": 1},
    ],
    ids=str,
)
def test_scenario_when_the_body_is_bad_then_400(jobs: RiskJobs, body: Any) -> None:
    answer = jobs.stress(body)

    assert (answer.status, answer.code) == (400, "VALIDATION_FAILED")


def test_scenario_when_the_account_is_unknown_or_empty_then_said(jobs: RiskJobs) -> None:
    assert jobs.gateway.call("POST", "/accounts/nobody/stress", {"default_shock": "-0.5"}).status == 404
    answer = jobs.stress({"default_shock": "-0.5"})
    assert (answer.status, answer.body["scenario"]["pnl"]) == (200, "0")


def test_own_scenarios_when_stored_then_listed_audited_and_reported(jobs: RiskJobs) -> None:
    jobs.hold(BTC="0.4", ETH="3")
    stored = jobs.put_scenarios(HACK, totp=False)
    assert stored.status == 200, stored.text
    assert jobs.gateway.call("GET", f"/accounts/{ACCOUNT_ID}/scenarios").body == stored.body
    jobs.run("stress")

    figure = next(row for row in jobs.risk()["stress"]["scenarios"] if row["name"] == "own:bridge-hack")
    assert Decimal(figure["pnl"]) == Decimal("-0.1") * 20_000 - Decimal("0.9") * 9_000
    entries = jobs.gateway.call("GET", f"/accounts/{ACCOUNT_ID}/audit", query={"limit": "100"}).body["entries"]
    changes = [entry for entry in entries if entry["event"] == "stress_scenarios_changed"]
    assert [entry["inputs"]["scenarios"] for entry in changes] == [stored.body["scenarios"]]
    assert changes[0]["actor"] == f"token:{ADMIN.token_id}"


def test_own_scenarios_when_put_again_then_no_second_entry(jobs: RiskJobs) -> None:
    jobs.put_scenarios(HACK)
    before = jobs.gateway.account()["state_version"]

    assert jobs.put_scenarios(HACK, totp=False).status == 200
    assert jobs.gateway.account()["state_version"] == before


def test_own_scenarios_when_one_would_go_or_change_then_a_code_is_needed(jobs: RiskJobs) -> None:
    jobs.put_scenarios(HACK)
    other = {"name": "other", "default_shock": "-0.2"}

    for scenarios in ([], [{**HACK, "default_shock": "0"}], [other]):
        assert jobs.put_scenarios(*scenarios, totp=False).status == 401
    assert jobs.put_scenarios(HACK, other, totp=False).status == 200
    assert jobs.put_scenarios(other).body["scenarios"] == [other | {"shocks": {}, "sector_shocks": {}}]


@pytest.mark.parametrize(
    "scenarios",
    [
        [{"name": "x"}],
        [{"name": "X", "default_shock": "0"}],
        [{"name": "own:x", "default_shock": "0"}],
        [{"name": "x", "default_shock": "0"}] * 2,
        [{"name": f"n{n}", "default_shock": "0"} for n in range(11)],
        {},
        None,
    ],
    ids=str,
)
def test_own_scenarios_when_the_body_is_bad_then_400(jobs: RiskJobs, scenarios: Any) -> None:
    answer = jobs.gateway.call("PUT", f"/accounts/{ACCOUNT_ID}/scenarios", {"scenarios": scenarios})

    assert answer.status == 400


def test_own_scenarios_when_a_bot_would_change_them_then_403(jobs: RiskJobs) -> None:
    body = {"scenarios": []}

    assert jobs.gateway.call("PUT", f"/accounts/{ACCOUNT_ID}/scenarios", body, caller=BOT).status == 403


def test_gate_when_only_an_own_scenario_forbids_the_order_then_denied(jobs: RiskJobs) -> None:
    """The gateway's own worst takes 0.65 of ETH, the account's 0.9."""
    jobs.limits_for(stress_loss_fraction_max="0.30")
    jobs.hold(BTC="0.1", ETH="3")
    jobs.run("var")
    jobs.run("stress")
    assert market_order(jobs, "2", ETH).status == 201
    jobs.put_scenarios(HACK, totp=False)
    jobs.gateway.refresh_quotes()
    jobs.run("stress")

    denied = market_order(jobs, "7", ETH)
    assert denied.violated == {"STRESS_LIMIT"}
    observed = Decimal(check_of(denied, "STRESS_LIMIT")["observed"])
    assert abs(observed - (Decimal("0.1") * 5_000 + Decimal("0.9") * 36_012) / 100_000) < Decimal("0.001")
