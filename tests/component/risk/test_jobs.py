"""The jobs through their real handlers: what they store, and what comes back over the API."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.market.closes import JumpMeaning
from riskgate.core.quant.tail_risk import compute_tail_risk
from riskgate.core.risk.report import ReportStatus
from riskgate.runtime.jobs import account_job, var
from riskgate.runtime.risk import risk_deps
from tests.support.closes import read_closes, series_of
from tests.support.gateway import ACCOUNT_ID, VENUE
from tests.support.market_data_job import metric_values
from tests.support.risk_jobs import RiskJobs, figure_of

BOOK = {"BTC": "0.5", "ETH": "4"}


def risk_series(asset: str) -> dict[Any, float]:
    """Return the stored closes of an asset by day."""
    return risk_deps().closes.get([asset])[asset].by_day()


def list_numbers(value: Any) -> list[Any]:
    """Return every leaf of a JSON value."""
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in list_numbers(item)]
    if isinstance(value, list):
        return [leaf for item in value for leaf in list_numbers(item)]
    return [value]


def test_reports_when_no_job_has_run_then_null(jobs: RiskJobs) -> None:
    body = jobs.risk()

    assert (body["var"], body["stress"], body["gate"]) == (None, None, None)
    assert not body["var_is_current"]


def test_var_when_the_schedule_ticks_then_every_account_has_a_report(jobs: RiskJobs) -> None:
    jobs.gateway.register("second")
    jobs.hold(**BOOK)
    assert jobs.tick("var") == {"accounts": 2}
    assert len(jobs.drain("var")) == 2

    report = jobs.risk()["var"]
    assert (report["status"], report["equity"], report["gross"]) == ("ok", "100000", "37000")
    assert len(report["figures"]) == 32
    assert jobs.risk("second")["var"]["status"] == ReportStatus.NO_POSITIONS
    assert jobs.risk()["var_is_current"]


def test_var_when_there_are_many_accounts_then_each_slice_sends_its_own_on(
    jobs: RiskJobs, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(account_job, "ACCOUNTS_PER_SLICE", 2)
    names = {"demo", "second", "third", "fourth", "fifth"}
    for name in names - {"demo"}:
        jobs.gateway.register(name)
    served: list[str] = []
    monkeypatch.setattr(var, "run_var", lambda account, *_: served.append(account))
    assert jobs.tick("var") == {"accounts": 5}
    # Three slices, and what they send on.
    assert jobs.drain("var") == [{"batchItemFailures": []}] * 8
    assert sorted(served) == sorted(names)
    capsys.readouterr()
    jobs.tick("var")
    jobs.gateway.advance(hours=3)
    jobs.drain("var")
    assert sum(metric_values(capsys.readouterr().out, "JobMessagesDropped")) == 5


def test_var_when_read_then_is_the_order_statistic_of_the_books_own_days(jobs: RiskJobs) -> None:
    """25,000 in BTC and 12,000 in ETH over the last 252 days of the data set."""
    jobs.hold(**BOOK)
    jobs.run()

    btc, eth = read_closes()["BTC"], read_closes()["ETH"]
    days = [max(day for day in btc if day.isoformat() <= "2022-11-10") - timedelta(days=i) for i in range(252)]

    def move(closes: Any, day: Any) -> float:
        return closes[day] / closes[day - timedelta(days=1)] - 1

    pnl = sorted(25_000 * move(btc, day) + 12_000 * move(eth, day) for day in days)
    report = jobs.risk()["var"]
    assert float(figure_of(report, "historical")) == pytest.approx(-pnl[12], abs=1e-7)
    assert float(figure_of(report, "historical", "0.99")) == pytest.approx(-pnl[2], abs=1e-7)
    assert compute_tail_risk([x / 1e5 for x in pnl], confidence=0.95).var_fraction == pytest.approx(-pnl[12] / 1e5)  # type: ignore[union-attr]


def test_report_when_read_then_parts_sum_to_the_whole(jobs: RiskJobs) -> None:
    jobs.hold(**BOOK)
    jobs.run()
    report = jobs.risk()["var"]

    for part, method in (("component_var", "historical"), ("component_var_normal", "normal")):
        total = sum(Decimal(row[part]) for row in report["positions"])
        assert abs(total - figure_of(report, method)) < Decimal("1e-6")
    assert [row["what"] for row in report["backtests"]] == ["book", "book", "reported", "reported"]
    assert report["backtests"][0]["observations"] == 250
    assert report["correlation"]["assets"] == ["BTC", "ETH"]
    assert report["inputs"]["closes_day"] == "2026-03-03"


def test_reports_when_read_then_hold_no_float(jobs: RiskJobs) -> None:
    jobs.hold(**BOOK, SOL="10")
    jobs.run("var")
    jobs.run("stress")

    assert not [leaf for leaf in list_numbers(jobs.risk()) if isinstance(leaf, float)]


def test_stress_when_the_job_has_run_then_every_kind_of_scenario_is_there(jobs: RiskJobs) -> None:
    jobs.hold(**BOOK)
    jobs.run("stress")

    report = jobs.risk()["stress"]
    names = {row["name"] for row in report["scenarios"]}
    assert {"march_2020_crash", "ftx_nov_2022_headline", "correlations_0.9", "volatility_x3"} < names
    assert {"liquidity_gone", "all_stops_hit", "depeg_usdt", "exchange_lost_binance"} < names
    crash = next(row for row in report["scenarios"] if row["name"] == "march_2020_crash")
    assert Decimal(crash["pnl"]) == Decimal("-0.452482") * 25_000 + Decimal("-0.509975") * 12_000
    assert report["worst"] == "exchange_lost_binance"
    assert report["reverse"][0]["factor"] == "uniform"


@pytest.mark.parametrize("job", ["var", "stress"])
def test_job_when_a_message_comes_twice_then_the_second_changes_nothing(jobs: RiskJobs, job: str) -> None:
    jobs.hold(**BOOK)
    jobs.tick(job)
    jobs.drain(job, copies=1)
    before = jobs.items("REPORT#")
    jobs.gateway.advance(seconds=0)
    jobs.tick(job)
    jobs.drain(job, copies=2)

    assert jobs.items("REPORT#") == before


def test_report_when_an_older_run_comes_late_then_the_newer_stays(jobs: RiskJobs) -> None:
    jobs.hold(**BOOK)
    jobs.tick("var")
    jobs.gateway.advance(minutes=20)
    assert jobs.at_once("var")["is_latest"]
    newest = jobs.risk()["var"]["as_of"]
    jobs.drain("var")

    assert jobs.risk()["var"]["as_of"] == newest
    assert jobs.risk()["gate"]["as_of"] == newest


def test_job_when_asked_for_one_account_then_runs_at_once(jobs: RiskJobs) -> None:
    jobs.hold(**BOOK)

    answer = jobs.at_once("var")
    assert answer == {
        "account_id": ACCOUNT_ID,
        "status": "ok",
        "var_95": str(figure_of(jobs.risk()["var"], "historical")),
        "is_latest": True,
    }
    assert jobs.at_once("stress")["worst"] == "exchange_lost_binance"
    assert jobs.at_once("var", "nobody") is None


def test_reports_when_hours_old_then_marked_and_the_gate_says_so(jobs: RiskJobs) -> None:
    jobs.hold(**BOOK)
    jobs.run("var")
    jobs.run("stress")
    jobs.gateway.advance(hours=3, seconds=1)

    body = jobs.risk()
    assert (body["var_is_current"], body["stress_is_current"], body["gate"]["is_current"]) == (False, False, False)
    assert body["var"]["status"] == "ok"


class TestDirtyData:
    def test_asset_when_its_history_is_short_then_it_counts_as_lost_in_full(self, jobs: RiskJobs) -> None:
        closes = read_closes()["SOL"]
        shift = jobs.gateway.now.date() - max(closes) - timedelta(days=1)
        late = {day + shift: close for day, close in closes.items() if (max(closes) - day).days < 40}
        jobs.gateway.advance(minutes=1)
        jobs.put_series(series_of("SOL", late))
        jobs.hold(**BOOK)
        jobs.run()
        without = figure_of(jobs.risk()["var"], "historical")
        jobs.hold(**BOOK, SOL="10")
        jobs.gateway.advance(minutes=1)
        jobs.run()

        report = jobs.risk()["var"]
        assert report["uncovered"] == [{"key": "binance:SOL/USDT", "asset": "SOL", "value": "1000", "observations": 39}]
        assert "SOL" not in jobs.risk()["gate"]["exposures"]
        assert abs(figure_of(report, "historical") - without - 1000) <= Decimal("1e-6")
        assert report["figures"][0]["flags"] == ["uncovered_positions_lost_in_full"]

    def test_closes_when_there_are_none_then_no_figure_and_no_zero(self, jobs: RiskJobs) -> None:
        jobs.hold(SOL="10", **BOOK)
        for item in jobs.items("").values():
            if item["pk"]["S"] == "CLOSES":
                key = {"pk": item["pk"], "sk": item["sk"]}
                jobs.gateway.aws.dynamodb.delete_item(TableName=jobs.gateway.aws.state_table, Key=key)
        jobs.run("var")
        jobs.run("stress")

        body = jobs.risk()
        assert body["var"]["status"] == "insufficient_data"
        assert body["var"]["figures"] == []
        assert body["gate"]["scenario_days"] == 0
        stressed = {row["name"]: row for row in body["stress"]["scenarios"]}
        assert stressed["correlations_0.9"]["pnl"] is None
        assert "insufficient data" in stressed["correlations_0.9"]["reason"]
        assert jobs.items("CORRELATION#") == {}

    def test_closes_when_the_feed_died_last_week_then_insufficient(self, jobs: RiskJobs) -> None:
        jobs.hold(**BOOK)
        jobs.gateway.advance(days=9)
        jobs.gateway.refresh_quotes()
        jobs.hold(**BOOK)
        jobs.run()

        assert jobs.risk()["var"]["status"] == "insufficient_data"
        assert {row["code"] for row in jobs.risk()["var"]["findings"]} >= {"delisted"}

    def test_closes_when_a_price_is_outlandish_or_missing_then_flagged_and_left_out(self, jobs: RiskJobs) -> None:
        for asset, factor in (("BTC", 100.0), ("ETH", 1.0)):
            series = risk_series(asset)
            series[max(series) - timedelta(days=30)] *= factor
            del series[max(series) - timedelta(days=60)]
            jobs.put_series(series_of(asset, series))
        jobs.hold(**BOOK)
        jobs.run()

        report = jobs.risk()["var"]
        found = {(row["asset"], row["code"]) for row in report["findings"]}
        assert {("BTC", "outlier"), ("BTC", "missing_days"), ("ETH", "missing_days")} <= found
        assert report["figures"][0]["observations"] == 252 - 4
        assert all(leaf not in {"NaN", "Infinity"} for leaf in list_numbers(report))

    def test_asset_when_it_never_moves_then_flagged_and_defined(self, jobs: RiskJobs) -> None:
        series = dict.fromkeys(risk_series("SOL"), 100.0)
        jobs.put_series(series_of("SOL", series))
        jobs.hold(SOL="10")
        jobs.run()

        report = jobs.risk()["var"]
        assert {row["code"] for row in report["findings"]} == {"constant_series"}
        assert "constant_series" in report["figures"][0]["flags"]
        assert figure_of(report, "historical") == 0
        assert report["correlation"]["matrix"] == [[None]]

    def test_asset_when_it_collapsed_and_was_delisted_then_flagged_and_finite(self, jobs: RiskJobs) -> None:
        luna = read_closes()["LUNA"]
        shift = jobs.gateway.now.date() - timedelta(days=31) - max(luna)
        jobs.put_series(series_of("LUNA", {day + shift: close for day, close in luna.items()}))
        instrument = {"venue": VENUE, "symbol": "LUNA/USDT", "market_type": "spot"}
        grid = {"tick_size": "0.00000001", "step_size": "1"}
        jobs.gateway.call("PUT", "/market/instruments", {"instruments": [instrument | grid]})
        quote = {"venue": VENUE, "symbol": "LUNA/USDT", "at": "2026-03-04T12:00:00Z"}
        jobs.gateway.call(
            "PUT", "/market/quotes", {"quotes": [quote | {"bid": "0.0001", "ask": "0.0002", "last": "0.0001"}]}
        )
        jobs.hold(**BOOK, LUNA="100000")
        jobs.run("var")
        jobs.run("stress")

        report = jobs.risk()["var"]
        assert {(row["asset"], row["code"]) for row in report["findings"]} == {("LUNA", "unconfirmed_jump")}
        assert (report["status"], [row["asset"] for row in report["uncovered"]]) == ("partial", ["LUNA"])
        # It was no change of unit: a person looked.
        series = risk_deps().closes.get(["LUNA"])["LUNA"]
        jumps = [day for day in series.by_day() if series.find_jump(day) is not None]
        for day in jumps:
            risk_deps().closes.confirm_jump("LUNA", day, JumpMeaning.PRICE)
        jobs.gateway.advance(minutes=1)
        jobs.run("var")

        report = jobs.risk()["var"]
        assert ("LUNA", "delisted") in {(row["asset"], row["code"]) for row in report["findings"]}
        assert (report["status"], report["uncovered"]) == ("partial", [])
        assert report["figures"][0]["observations"] < 252

    def test_closes_when_of_one_asset_they_cannot_be_read_then_the_others_have_their_rows(self, jobs: RiskJobs) -> None:
        jobs.gateway.register("second")
        jobs.hold(**BOOK)
        jobs.hold(account="second", SOL="10")
        key = {"pk": {"S": "CLOSES"}, "sk": {"S": "SOL"}}
        jobs.gateway.aws.dynamodb.put_item(
            TableName=jobs.gateway.aws.state_table, Item=key | {"closes": {"S": "not packed"}}
        )
        assert jobs.tick("var") == {"accounts": 2}
        failed = [answer["batchItemFailures"] for answer in jobs.drain("var")]

        assert sorted(map(len, failed)) == [0, 1]
        assert jobs.risk()["var"]["status"] == "ok"
        assert jobs.risk("second")["var"] is None
        rows = jobs.items("CORRELATION#")
        assert {item["sk"]["S"] for item in rows.values()} == {"CORRELATION#BTC", "CORRELATION#ETH"}
