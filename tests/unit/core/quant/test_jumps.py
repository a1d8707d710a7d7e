"""A series that jumps and stays there: unknown until a person says what it was."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from riskgate.core.codes import DenyCode
from riskgate.core.market.closes import DailyCloses, JumpMeaning
from riskgate.core.quant.data_quality import FlagCode
from riskgate.core.quant.gate_inputs import build_correlation_rows, build_correlations, build_gate_report
from riskgate.core.quant.inputs import RiskInputs
from riskgate.core.quant.portfolio import align_daily_closes, list_covered
from riskgate.core.quant.var_report import build_var_report
from riskgate.core.risk.report import ReportStatus, VarReport
from riskgate.schemas.codec import decode, encode
from tests.support.builders import NOW, VIOLATED, build_account, build_limits, build_order, build_position, run_check
from tests.support.closes import load_closes

JUMPED_DAYS = 60
JUMP = NOW.date() - timedelta(days=JUMPED_DAYS)
LONG = build_account(100_000, positions=[build_position(100, "ETH/USDT", 100)])


def spoil(factor: float, days: int = JUMPED_DAYS, **confirmed: JumpMeaning) -> dict[str, DailyCloses]:
    """Return real closes, the last days of ETH in another unit."""
    found = load_closes(["BTC", "ETH"], NOW)
    closes = found["ETH"].closes
    moved = (*closes[:-days], *(close and close * factor for close in closes[-days:]))
    jumps = {JUMP if name == "jump" else date.fromisoformat(name): meaning for name, meaning in confirmed.items()}
    return found | {"ETH": replace(found["ETH"], closes=moved, jumps=jumps)}


def var_of(closes: dict[str, DailyCloses]) -> VarReport:
    inputs: dict[str, Any] = {"quotes": {}, "history": (), "now": NOW, "engine_version": "1"}
    return build_var_report(RiskInputs(state=LONG, closes=closes, **inputs))


def correlate(closes: dict[str, DailyCloses]) -> Any:
    """Hold a purchase of BTC against ETH."""
    matrix = build_correlations(closes, NOW)
    row = {one.asset: one for one in build_correlation_rows(closes, NOW)}["BTC"].for_book({"ETH"}, matrix)
    return run_check(
        DenyCode.CORRELATION, build_order(1), LONG, limits=build_limits(correlation_max="0.8"), correlation=row
    )


@pytest.mark.parametrize("factor", [1000, 0.001, 6, 10, 0.1])
def test_jump_when_it_stays_and_nobody_confirmed_it_then_the_asset_is_unknown(factor: float) -> None:
    closes = spoil(factor)
    aligned = align_daily_closes(closes, ("BTC", "ETH"), NOW)

    assert list_covered(aligned) == ("BTC",)
    (finding,) = (flag for flag in aligned.flags if flag.asset == "ETH")
    assert (finding.code, finding.count, finding.first_day) == (FlagCode.UNCONFIRMED_JUMP, 1, JUMP)
    result = correlate(closes)
    assert (result.outcome, result.observed) == (VIOLATED, 1)
    # No scenario: the gate counts the whole exposure as lost.
    assert build_gate_report(LONG, closes, NOW).scenario_pnl == ()


def test_report_when_a_series_jumps_then_all_of_it_counts_as_lost_and_the_status_says_so() -> None:
    report = var_of(spoil(1000))

    assert report.status is ReportStatus.INSUFFICIENT_DATA
    assert [row.asset for row in report.uncovered] == ["ETH"]
    assert report.figures == ()
    assert decode(encode(report), VarReport) == report


def test_report_when_another_asset_is_known_then_partial_with_what_is_in_doubt() -> None:
    both = build_account(
        100_000, positions=[build_position(100, "ETH/USDT", 100), build_position(100, "BTC/USDT", 100)]
    )
    inputs: dict[str, Any] = {"quotes": {}, "history": (), "now": NOW, "engine_version": "1"}
    report = build_var_report(RiskInputs(state=both, closes=spoil(1000), **inputs))

    assert (report.status, report.reason) == (ReportStatus.PARTIAL, "daily closes: ETH unconfirmed_jump")
    assert min(figure.var for figure in report.figures if figure.var is not None) > 10_000


@pytest.mark.parametrize("factor", [1000, 0.001])
def test_jump_when_confirmed_as_the_price_then_believed_and_no_loss_is_below_zero(factor: float) -> None:
    report = var_of(spoil(factor, jump=JumpMeaning.PRICE))

    assert report.status is ReportStatus.PARTIAL
    assert {flag.code for flag in report.findings} == {FlagCode.LARGE_MOVE}
    known = [figure for figure in report.figures if figure.var is not None]
    assert len(known) >= len(report.figures) - 4
    assert min(figure.var for figure in known if figure.var is not None) >= 0
    assert min(figure.es for figure in known if figure.es is not None) >= 0
    assert all(figure.reason for figure in report.figures if figure.var is None)


def test_jump_when_confirmed_as_another_unit_then_the_history_begins_there() -> None:
    closes = spoil(1000, days=100, **{(NOW.date() - timedelta(days=100)).isoformat(): JumpMeaning.UNIT})
    clean = load_closes(["BTC", "ETH"], NOW)
    aligned = align_daily_closes(closes, ("BTC", "ETH"), NOW)

    assert list_covered(aligned) == ("BTC", "ETH")
    assert {flag.code for flag in aligned.flags if flag.asset == "ETH"} == {FlagCode.SHORT_HISTORY}
    exact = correlate({asset: replace(one, closes=one.closes[-100:], first_day=one.last_day - timedelta(days=99))
                       for asset, one in clean.items()})  # fmt: skip
    assert correlate(closes).observed == exact.observed


def test_jump_when_before_the_window_then_of_no_concern() -> None:
    closes = spoil(1000, days=300)

    assert list_covered(align_daily_closes(closes, ("ETH",), NOW)) == ("ETH",)


def test_spike_when_it_comes_back_then_only_its_day_is_missing() -> None:
    found = load_closes(["ETH"], NOW)["ETH"]
    closes = list(found.closes)
    closes[-60] = (closes[-60] or 0) * 1000
    aligned = align_daily_closes({"ETH": replace(found, closes=tuple(closes))}, ("ETH",), NOW)

    assert {flag.code for flag in aligned.flags} == {FlagCode.OUTLIER, FlagCode.MISSING_DAYS}
    assert list_covered(aligned) == ("ETH",)


@pytest.mark.parametrize(("factor", "is_jump"), [(5.5, True), (2, False), (0.1, True)])
def test_find_jump_when_asked_then_the_two_closes(factor: float, is_jump: bool) -> None:
    series = spoil(factor)["ETH"]

    assert (series.find_jump(JUMP) is not None) is is_jump
    assert series.find_jump(JUMP + timedelta(days=1)) is None
    assert series.find_jump(series.first_day) is None
