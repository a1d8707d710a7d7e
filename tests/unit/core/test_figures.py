"""Stored figures: how long each is believed, what of a row a decision keeps, and which shock an asset takes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from riskgate.core.figures import (
    CLOCK_SKEW_MAX,
    CORRELATION_AGE_MAX,
    REPORT_AGE_MAX,
    Extremes,
    believe,
    is_current,
)
from riskgate.core.scenario import StressScenario
from tests.support.builders import NOW, SECOND, build_report, build_row, dec

EXTREMES = Extremes(day_low=dec("-0.1"), day_high=dec("0.1"), stress_low=dec("-0.5"), stress_high=dec("0.5"))


@pytest.mark.parametrize(
    ("age", "believed"),
    [
        (timedelta(0), True),
        (REPORT_AGE_MAX, True),
        (REPORT_AGE_MAX + SECOND, False),
        (-CLOCK_SKEW_MAX, True),
        (-CLOCK_SKEW_MAX - SECOND, False),
    ],
)
def test_report_when_older_than_its_age_or_from_the_future_then_not_believed(age: timedelta, believed: bool) -> None:
    report = build_report({}, as_of=NOW - age)
    assert believe(report, NOW) is (report if believed else None)
    assert believe(None, NOW) is None
    assert is_current(NOW - age, NOW, REPORT_AGE_MAX) is believed


def test_ages_when_figures_change_with_the_hour_or_the_day_then_three_hours_and_two_days() -> None:
    assert (timedelta(hours=3), timedelta(days=2)) == (REPORT_AGE_MAX, CORRELATION_AGE_MAX)


def test_row_when_cut_then_the_named_assets_and_its_scenarios_only_where_they_are_asked_for() -> None:
    row = build_row("BTC", {"ETH": "0.5", "SOL": "0.6"}, scenario_returns=(dec(1),), stress_shocks={"crash": dec(-1)})
    cut = row.cut({"ETH"})
    assert (set(cut.correlations), set(cut.volatilities), set(cut.observations)) == ({"ETH"}, {"ETH"}, {"ETH"})
    assert (cut.scenario_returns, cut.stress_shocks, cut.book) == (row.scenario_returns, row.stress_shocks, row.book)
    bare = row.cut({"ETH"}, with_scenarios=False)
    assert (bare.scenario_returns, bare.stress_shocks, bare.book) == ((), {}, None)
    assert (bare.asset, bare.as_of, set(bare.correlations)) == ("BTC", NOW, {"ETH"})


def test_row_when_for_a_book_then_the_extremes_of_what_is_held_and_of_what_the_report_held() -> None:
    row = replace(build_row("BTC", {"ETH": "0.5"}), extremes=dict.fromkeys(("ETH", "SOL", "ADA"), EXTREMES))
    own = row.for_book({"ETH", "LTC"}, None, build_report({"SOL": 1}))
    assert (set(own.extremes), own.correlations, own.volatilities, own.observations) == ({"ETH", "SOL"}, {}, {}, {})
    assert set(row.for_book({"ETH"}, None).extremes) == {"ETH"}


@pytest.mark.parametrize(
    ("asset", "sector", "sectors", "shock"),
    [
        ("BTC", "layer1", {"layer1": "-0.2"}, "-0.9"),
        ("ETH", "layer1", {"layer1": "-0.2"}, "-0.2"),
        ("ETH", "other", {"layer1": "-0.2"}, "-0.3"),
        ("USDC", "layer1", {"layer1": "-0.2"}, "0"),
        ("USDC", "layer1", {"stablecoin": "-0.1"}, "-0.1"),
        ("ETH", "layer1", {"stablecoin": "-0.1"}, "-0.3"),
        ("EUR", "layer1", {"stablecoin": "-0.1", "layer1": "-0.2"}, "0"),
        ("DAI", "", {"stablecoin": "-0.1"}, "-0.5"),
    ],
)
def test_shock_when_an_asset_has_its_own_then_that_else_its_sectors_and_cash_stays(
    asset: str, sector: str, sectors: dict[str, str], shock: str
) -> None:
    scenario = StressScenario(
        name="own",
        default_shock=dec("-0.3"),
        shocks={"BTC": dec("-0.9"), "DAI": dec("-0.5")},
        sector_shocks={name: Decimal(value) for name, value in sectors.items()},
    )
    assert scenario.shock_of(asset, sector) == dec(shock)
