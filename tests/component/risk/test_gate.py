"""The gate by what the jobs left: orders that the book's VaR, a crash or a correlation does not allow."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.support.gateway import ACCOUNT_ID, ETH, SOL
from tests.support.risk_jobs import RiskJobs, figure_of
from tests.support.wire import Wire

BOOK = {"BTC": "0.4", "ETH": "3"}


def check_of(answer: Any, name: str) -> Any:
    """Return one check of a decision."""
    return next(check for check in answer.body["checks"] if check["name"] == name)


def market_order(jobs: RiskJobs, quantity: str, symbol: str = ETH, **changes: Any) -> Any:
    """Ask for a purchase at market."""
    bare = {"price": None, "stop_loss_price": None, "type": "market"}
    return jobs.gateway.submit(symbol=symbol, quantity=quantity, **bare | changes)


@pytest.fixture
def reported(jobs: RiskJobs) -> RiskJobs:
    """Give a book of 20,000 in BTC and 9,000 in ETH with both reports."""
    jobs.limits_for()
    jobs.hold(**BOOK)
    jobs.run("var")
    jobs.run("stress")
    return jobs


def test_var_when_the_order_would_push_it_beyond_the_limit_then_denied(reported: RiskJobs) -> None:
    """The book's VaR at 95 % is about 2 % of equity; each 1,000 of ETH adds about 80."""
    reported.limits_for(var_fraction_max="0.03")

    assert market_order(reported, "3").status == 201
    denied = market_order(reported, "5")
    assert (denied.status, denied.code) == (422, "VAR_LIMIT")
    assert denied.violated == {"VAR_LIMIT"}


def test_var_when_the_gate_measures_it_then_equals_the_jobs_next_report(reported: RiskJobs) -> None:
    reported.limits_for(var_fraction_max="1")
    answer = market_order(reported, "3", price="3000", type="limit")
    assert answer.status == 201, answer.text
    observed = Decimal(check_of(answer, "VAR_LIMIT")["observed"])

    reported.hold(BTC="0.4", ETH="6")
    reported.run("var")
    full = figure_of(reported.risk()["var"], "historical") / 100_000
    assert abs(observed - full) < Decimal("1e-8") * 30_000


def test_stress_when_the_worst_scenario_would_take_too_much_then_denied(reported: RiskJobs) -> None:
    """March 2020, each at its worst: 14,000 of the book, 5,300 of the cash, and half of what is bought."""
    reported.limits_for(stress_loss_fraction_max="0.25")

    assert market_order(reported, "3").status == 201
    denied = market_order(reported, "2")
    assert (denied.status, denied.violated) == (422, {"STRESS_LIMIT"})


def test_correlation_when_the_candidate_is_the_book_again_then_denied(reported: RiskJobs) -> None:
    reported.limits_for(correlation_max="0.8")

    denied = market_order(reported, "1")
    assert (denied.status, denied.violated) == (422, {"CORRELATION"})
    assert Decimal("0.8") < Decimal(check_of(denied, "CORRELATION")["observed"]) < Decimal("0.95")
    reported.limits_for(correlation_max="0.95")
    assert market_order(reported, "1").status == 201


def test_order_when_all_three_limits_allow_it_then_approved_by_stored_figures_alone(
    reported: RiskJobs, wire: Wire
) -> None:
    reported.limits_for(var_fraction_max="0.05", stress_loss_fraction_max="0.5", correlation_max="0.95")
    wire.sent.clear()

    answer = market_order(reported, "1")
    assert answer.status == 201, answer.text
    assert {check_of(answer, name)["outcome"] for name in ("VAR_LIMIT", "STRESS_LIMIT", "CORRELATION")} == {"passed"}
    # What the checks need comes with the decision's one batch read; a second one may refresh the marks of the book.
    asked = [str(sent.body) for sent in wire.sent if sent.operation != "TransactWriteItems"]
    assert {sent.operation for sent in wire.sent} == {"BatchGetItem", "TransactWriteItems"}
    assert "REPORT#GATE" in asked[0]
    assert "CORRELATION#ETH" in asked[0]
    assert "'CORRELATIONS'" in asked[0]
    assert sum("REPORT#" in keys or "CORRELATION" in keys or "CLOSES" in keys for keys in asked) == 1


def test_correlations_when_the_job_has_run_again_then_they_come_with_a_later_batch_and_never_by_themselves(
    reported: RiskJobs, wire: Wire
) -> None:
    """One batch read and one transaction per decision, the one after the hourly job included."""
    reported.limits_for(correlation_max="0.95", state_max_age_seconds=None)
    assert market_order(reported, "0.1").status == 201
    read: list[bool] = []
    for minutes in (1, 61, 1, 1):
        reported.gateway.advance(minutes=minutes)
        reported.gateway.refresh_quotes()
        if minutes > 1:
            reported.run("var")
        wire.sent.clear()
        assert market_order(reported, "0.1").status == 201
        assert wire.operations() == ["BatchGetItem", "TransactWriteItems"]
        read.append("'CORRELATIONS'" in str(wire.sent[0].body))
    assert read == [False, False, True, False]


def test_correlation_when_an_asset_is_new_to_the_matrix_then_the_first_decision_on_it_knows_it(
    jobs: RiskJobs,
) -> None:
    jobs.limits_for(correlation_max="0.99", state_max_age_seconds=None)
    jobs.hold(**BOOK)
    aws = jobs.gateway.aws
    aws.dynamodb.delete_item(TableName=aws.state_table, Key={"pk": {"S": "CLOSES"}, "sk": {"S": "SOL"}})
    jobs.run("var")
    assert market_order(jobs, "0.1").status == 201
    assert market_order(jobs, "1", SOL).violated == {"CORRELATION"}
    jobs.put_closes("SOL")
    jobs.gateway.advance(minutes=1)
    jobs.gateway.refresh_quotes()
    jobs.run("var")

    answer = market_order(jobs, "1", SOL)
    assert answer.status == 201, answer.text
    assert Decimal(0) < Decimal(check_of(answer, "CORRELATION")["observed"]) < Decimal("0.99")


def test_batch_when_its_legs_are_of_two_assets_then_the_second_is_held_against_the_first(jobs: RiskJobs) -> None:
    jobs.limits_for(correlation_max="0.95")
    jobs.run("var")
    gateway = jobs.gateway
    gateway.refresh_quotes()
    legs = [
        gateway.order(symbol=symbol, quantity=quantity, price=None, stop_loss_price=None, type="market")
        for symbol, quantity in ((ETH, "0.1"), (SOL, "1"))
    ]
    answer = gateway.call("POST", f"/accounts/{ACCOUNT_ID}/orders/batch", {"orders": legs})

    assert answer.status == 201, answer.text
    second = next(check for check in answer.body["legs"][1]["checks"] if check["name"] == "CORRELATION")
    assert Decimal("0.3") < Decimal(second["observed"]) < Decimal("0.95")


def test_exit_when_every_risk_limit_is_breached_then_passes(reported: RiskJobs) -> None:
    reported.limits_for(var_fraction_max="0.001", stress_loss_fraction_max="0.001", correlation_max="0.01")

    assert market_order(reported, "1", side="sell").status == 201


def test_limit_when_the_report_is_too_old_then_the_whole_exposure_counts(reported: RiskJobs) -> None:
    """29,300 of 100,000: beyond a VaR limit of 10 % that the reports would allow."""
    reported.limits_for(var_fraction_max="0.10", stress_loss_fraction_max="0.25", state_max_age_seconds=None)
    assert market_order(reported, "0.5").status == 201
    reported.gateway.advance(hours=3, minutes=5)
    reported.gateway.refresh_quotes()

    denied = market_order(reported, "0.1")
    assert denied.violated == {"VAR_LIMIT", "STRESS_LIMIT"}
    assert Decimal(check_of(denied, "VAR_LIMIT")["observed"]) > Decimal("0.29")


def test_limit_when_the_rows_are_two_days_old_then_fully_correlated(reported: RiskJobs) -> None:
    reported.limits_for(correlation_max="0.95", state_max_age_seconds=None)
    assert market_order(reported, "0.5").status == 201
    reported.gateway.advance(days=2, minutes=5)
    reported.gateway.refresh_quotes()

    assert market_order(reported, "0.1").violated == {"CORRELATION"}


def test_limit_when_two_assets_were_bought_since_the_report_then_each_counts_with_its_worst_day(
    reported: RiskJobs,
) -> None:
    """Not with its whole value: a bot that trades several coins within the hour is not stopped by the clock."""
    reported.limits_for(var_fraction_max="0.06")

    assert market_order(reported, "20", SOL).status == 201
    second = market_order(reported, "0.5")
    assert second.status == 201, second.text
    worst_day = Decimal("0.4228091")
    assert Decimal(check_of(second, "VAR_LIMIT")["observed"]) > worst_day * 2_000 / 100_000


def test_asset_when_the_jobs_know_nothing_of_it_then_the_order_counts_as_lost(reported: RiskJobs) -> None:
    key = {"pk": {"S": "MARKET"}, "sk": {"S": "CORRELATION#SOL"}}
    reported.gateway.aws.dynamodb.delete_item(TableName=reported.gateway.aws.state_table, Key=key)
    reported.limits_for(var_fraction_max="0.05")

    denied = market_order(reported, "40", SOL)
    assert denied.violated == {"VAR_LIMIT"}
    assert market_order(reported, "10", SOL).status == 201


def test_account_when_it_holds_nothing_then_its_first_order_is_measured(jobs: RiskJobs) -> None:
    jobs.limits_for(var_fraction_max="0.05", stress_loss_fraction_max="0.5")
    jobs.run("var")

    answer = market_order(jobs, "10")
    assert answer.status == 201, answer.text
    assert Decimal(0) < Decimal(check_of(answer, "VAR_LIMIT")["observed"]) < Decimal("0.05")
