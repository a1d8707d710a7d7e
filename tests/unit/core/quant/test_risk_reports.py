"""VaR and stress reports assembled from an account and its closes: pure, repeatable, without a float."""

from __future__ import annotations

import json
from dataclasses import fields, is_dataclass, replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from riskgate.core.account.document import AccountState, Balance
from riskgate.core.quant.historical_shocks import HISTORICAL_SHOCKS
from riskgate.core.quant.inputs import RiskInputs
from riskgate.core.quant.scenario_library import load_historical_scenarios
from riskgate.core.quant.stress_report import build_stress_report
from riskgate.core.quant.var_report import build_var_report
from riskgate.core.risk.report import Count, ReportStatus, StressReport, VarRecord, VarReport
from riskgate.schemas.codec import decode, encode
from tests.support.builders import NOW, VENUE, build_account, build_limits, build_position, build_quote
from tests.support.closes import load_closes, series_of

DATA = Path(__file__).parents[3] / "data" / "historical_scenarios.json"
CLOSES = load_closes(["BTC", "ETH", "SOL", "LUNA"], NOW)
SHORT = "ETH/USDT:USDT"
BOOK = build_account(
    100_000,
    positions=[build_position(200, "BTC/USDT"), build_position(-80, SHORT), build_position(50, "SOL/USDT")],
    balances={VENUE: {"USDT": Balance(total=Decimal(75_000))}},
)


def var_of(state: AccountState = BOOK, **changes: Any) -> VarReport:
    given: dict[str, Any] = {"closes": CLOSES, "quotes": {}, "history": (), "now": NOW, "engine_version": "1"}
    return build_var_report(RiskInputs(state=state, **given | changes))


def stress_of(state: AccountState = BOOK, **changes: Any) -> StressReport:
    given: dict[str, Any] = {
        "closes": CLOSES,
        "quotes": {},
        "now": NOW,
        "limits": build_limits(),
        "engine_version": "1",
    }
    return build_stress_report(RiskInputs(state=state, **given | changes))


def list_leaves(value: Any) -> list[Any]:
    if is_dataclass(value):
        return [leaf for item in fields(value) for leaf in list_leaves(getattr(value, item.name))]
    if isinstance(value, dict):
        return [leaf for item in value.values() for leaf in list_leaves(item)]
    if isinstance(value, tuple | list):
        return [leaf for item in value for leaf in list_leaves(item)]
    return [value]


@pytest.mark.parametrize("report", [var_of(), stress_of()], ids=["var", "stress"])
def test_report_when_assembled_then_exact_finite_and_repeatable(report: Any) -> None:
    leaves = list_leaves(report)

    assert not [leaf for leaf in leaves if isinstance(leaf, float | np.generic)]
    assert all(leaf.is_finite() for leaf in leaves if isinstance(leaf, Decimal))
    assert decode(encode(report), type(report)) == report
    assert encode(var_of() if isinstance(report, VarReport) else stress_of()) == encode(report)


def test_shocks_when_shipped_then_those_of_the_data_set() -> None:
    document = json.loads(DATA.read_text(encoding="utf-8"))
    shipped, computed = (load_historical_scenarios(source) for source in (HISTORICAL_SHOCKS, document))

    assert [replace(one, source="") for one in shipped] == [replace(one, source="") for one in computed]


def test_figures_when_the_book_is_doubled_then_doubled() -> None:
    double = build_account(100_000, positions=[replace(p, quantity=2 * p.quantity) for p in BOOK.positions.values()])
    for one, two in zip(var_of().figures, var_of(double).figures, strict=True):
        assert one.var is not None
        assert two.var is not None
        assert abs(two.var - 2 * one.var) < Decimal("1e-6")
        assert one.es is not None
        assert one.es >= one.var


def test_figures_when_cash_is_added_then_the_same_money() -> None:
    rich = replace(BOOK, equity=BOOK.equity * 10)

    pairs = zip(var_of().figures, var_of(rich).figures, strict=True)
    assert all(one.var and two.var and abs(one.var - two.var) < Decimal("1e-6") for one, two in pairs)


def test_figures_when_perfectly_hedged_then_zero() -> None:
    hedged = build_account(100_000, positions=[build_position(10, "BTC/USDT"), build_position(-10, "BTC/USDT:USDT")])

    assert {abs(figure.var) for figure in var_of(hedged).figures} == {Decimal(0)}


def test_figures_when_equity_is_gone_then_money_without_fractions() -> None:
    ruined = var_of(replace(BOOK, equity=Decimal(-5)))

    assert all(f.var is not None and f.var_fraction is None for f in ruined.figures)


def test_simulation_when_run_again_for_the_same_instant_then_the_same_paths() -> None:
    def simulated(report: VarReport) -> list[Decimal | None]:
        return [figure.var for figure in report.figures if figure.method.startswith("monte_carlo")]

    assert simulated(var_of()) == simulated(var_of())
    assert simulated(var_of()) != simulated(var_of(now=NOW + timedelta(hours=1)))


def test_liquidity_when_spreads_are_known_then_half_of_a_wide_one_on_top() -> None:
    """Seen 1 % yesterday and 2 % today: mean 1.5 % plus three volatilities, on 20,000 of BTC."""
    quote = build_quote("BTC/USDT", bid=Decimal(99), ask=Decimal(101))
    seen = VarRecord(
        day=NOW.date() - timedelta(days=1), as_of=NOW - timedelta(days=1), equity=Decimal(1), transferred=Decimal(0),
        var_95=None, var_99=None, spreads={f"{VENUE}:BTC/USDT": Decimal("0.01")},
    )  # fmt: skip
    figure = var_of(quotes={quote_key("BTC/USDT"): quote}, history=[seen]).liquidity[0]

    cost = 20_000 * 0.5 * (0.015 + 3 * np.std([0.01, 0.02], ddof=1))
    assert float(figure.liquidity_cost) == pytest.approx(cost, abs=1e-6)
    assert figure.liquidity_adjusted_var == figure.market_var + figure.liquidity_cost
    assert (figure.spread_observations, figure.unknown) == (2, (f"{VENUE}:{SHORT}", f"{VENUE}:SOL/USDT"))
    old = replace(quote, at=NOW - timedelta(hours=2))
    assert var_of(quotes={quote_key("BTC/USDT"): old}).liquidity == ()


def quote_key(symbol: str) -> str:
    return f"{VENUE}:{symbol}"


def test_backtest_when_there_is_too_little_history_then_a_reason_and_no_verdict() -> None:
    short = {asset: series_of(asset, dict(list(one.by_day().items())[-280:])) for asset, one in CLOSES.items()}

    book = var_of(closes=short).backtests[0]
    assert (book.exceptions, book.zone) == (None, None)
    assert "insufficient data" in book.reason


def test_backtest_when_a_job_failed_for_hours_then_the_pair_is_left_out() -> None:
    """Records 24 h apart but one, which came 9 h late: two intervals are no days."""
    late = 30
    history = []
    for day in range(70):
        at = NOW - timedelta(days=70 - day) + timedelta(hours=9 if day == late else 0)
        equity = Decimal(100_000)
        record = VarRecord(
            day=at.date(), as_of=at, equity=equity, transferred=Decimal(0), var_95=Decimal(1), var_99=None
        )
        history.append(record)

    first, second = var_of(history=history).backtests[2:]
    assert (first.what, first.observations, first.exceptions) == ("reported", 68, 0)
    assert (second.observations, second.reason != "") == (0, True)


class TestStress:
    def test_short_when_the_market_crashes_then_it_gains(self) -> None:
        crash = next(one for one in stress_of().scenarios if one.name == "march_2020_crash")

        assert {p.key: p.pnl > 0 for p in crash.positions}[f"{VENUE}:{SHORT}"]

    def test_sector_when_an_asset_has_no_history_then_its_sectors_median(self) -> None:
        state = replace(BOOK, sectors={"ETH": "chains", "ADA": "chains", "SOL": "chains"})
        state = replace(state, positions={k: replace(p, sector="chains") for k, p in BOOK.positions.items()})
        crash = next(one for one in stress_of(state).scenarios if one.name == "march_2020_crash")

        assert crash.coverage is not None
        assert crash.coverage.sector_assets == ("SOL",)

    def test_swap_when_the_crash_takes_its_margin_then_liquidated(self) -> None:
        held = [build_position(900, "BTC/USDT:USDT")]
        state = build_account(30_000, positions=held, balances={VENUE: {"USDT": Balance(total=Decimal(30_000))}})
        figures = {one.name: one for one in stress_of(state).scenarios}

        crash = figures["march_2020_crash"]
        assert crash.has_liquidation
        assert crash.is_ruined
        assert crash.venues[0].is_liquidated
        calm = figures["terra_luna_may_2022"]
        assert not calm.has_liquidation
        distance = calm.swaps[0].liquidation_distance_fraction
        assert distance is not None
        assert 0 < distance < 1

    def test_reverse_when_a_fall_breaches_the_drawdown_limit_then_the_smallest_one(self) -> None:
        report = stress_of(limits=build_limits(drawdown_fraction_max="0.20"))
        uniform = report.reverse[0]

        # 17,000 net of 100,000: no fall to zero loses a fifth.
        assert (uniform.factor, uniform.drawdown_shock) == ("uniform", None)
        btc = next(one for one in report.reverse if one.factor == "BTC")
        assert btc.drawdown_shock == Decimal(-1)

    def test_history_when_missing_then_only_what_needs_it_is_missing(self) -> None:
        reasons = {one.name: one.reason for one in stress_of(closes={}).scenarios}

        assert {name for name, reason in reasons.items() if reason} == {"correlations_0.9", "volatility_x3"}

    def test_account_when_it_holds_only_cash_then_what_can_be_lost_is_told(self) -> None:
        report = stress_of(build_account(100_000))

        names = {one.name for one in report.scenarios}
        assert report.status is ReportStatus.NO_POSITIONS
        assert {"depeg_usdt", "exchange_lost_binance"} <= names
        assert not {one.reason for one in report.scenarios} - {""}


def test_count_when_described_then_it_may_be_zero() -> None:
    """A book without positions has a report, too: of no days, no observations, no exceptions."""
    assert get_args(Count) == (int, ("minimum", 0))
