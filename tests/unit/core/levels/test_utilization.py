"""How much of every limit is used: the figures the dashboard and the alerts go by."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from riskgate.core.account.document import AccountState, SlippageSample, Venue
from riskgate.core.account.parts import Breaker
from riskgate.core.codes import DenyCode
from riskgate.core.instrument import MarketType
from riskgate.core.levels.utilization import Utilization, measure_running, measure_utilization
from riskgate.core.limits import Limits
from tests.support.builders import NOW, VENUE, build_account, build_limits, build_position, build_working


def measure(state: AccountState, limits: Limits | None = None) -> dict[DenyCode, Utilization]:
    return {row.code: row for row in measure_utilization(state, limits or Limits(), None)}


BOOK = build_account(
    positions=[
        build_position(5, "ETH/USDT", stop_loss_price=Decimal(90)),
        build_position(-4, "SOL/USDT:USDT", sector="defi", strategy="carry"),
    ],
    working=[build_working(3, "ETH/USDT", unit_risk=Decimal(10), stop_loss_price=Decimal(90))],
)


@pytest.mark.parametrize(
    ("code", "value"),
    [
        (DenyCode.POSITION_SIZE, "0.08"),
        (DenyCode.MAX_OPEN_POSITIONS, "2"),
        (DenyCode.GROSS_EXPOSURE, "0.12"),
        (DenyCode.NET_DELTA, "0.04"),
        (DenyCode.LEVERAGE, "0.12"),
        (DenyCode.SECTOR_CONCENTRATION, "0.08"),
        (DenyCode.ASSET_CONCENTRATION, "0.08"),
        (DenyCode.STRATEGY_BUDGET, "0.08"),
        (DenyCode.VENUE_CONCENTRATION, "0"),
        (DenyCode.TOTAL_OPEN_RISK, "0.048"),
        (DenyCode.VAR_LIMIT, "0.12"),
        (DenyCode.STRESS_LIMIT, "0.12"),
        (DenyCode.DAILY_LOSS, "0"),
        (DenyCode.MAX_DAILY_TRADES, "0"),
        (DenyCode.SLIPPAGE_BUDGET, "0"),
    ],
)
def test_book_when_measured_then_positions_and_working_orders_count(code: DenyCode, value: str) -> None:
    assert measure(BOOK)[code].value == Decimal(value)


def test_venue_when_there_are_several_then_the_fullest() -> None:
    venues = tuple(Venue(venue=name, market_type=MarketType.SPOT) for name in (VENUE, "kraken"))
    state = build_account(venues=venues, venue_equity={VENUE: Decimal(3000), "kraken": Decimal(7000)})

    row = measure(state)[DenyCode.VENUE_CONCENTRATION]
    assert (row.value, row.level) == (Decimal("0.7"), "red")


def test_slippage_when_fills_cost_something_then_in_basis_points() -> None:
    sample = SlippageSample(at=NOW, notional=Decimal(1000), cost=Decimal(3))

    assert measure(build_account(slippage=(sample,)))[DenyCode.SLIPPAGE_BUDGET].value == 30


def test_loss_when_its_breaker_is_tripped_then_shown_as_tripped_and_not_as_it_is_now() -> None:
    breaker = Breaker(tripped_at=NOW, observed=Decimal("0.05"), limit=Decimal("0.03"))

    row = measure(build_account(breakers={"DAILY_LOSS": breaker}))[DenyCode.DAILY_LOSS]
    assert (row.value, row.level) == (Decimal("0.05"), "red")


@pytest.mark.parametrize(
    ("equity", "level"),
    [
        ("10000", "none"),
        ("9850.01", "none"),
        ("9850", "yellow"),
        ("9775", "orange"),
        ("9700.01", "orange"),
        ("9700", "red"),
    ],
)
def test_level_when_half_three_quarters_or_all_is_used_then_yellow_orange_red(equity: str, level: str) -> None:
    state = replace(build_account(), equity=Decimal(equity))

    assert measure(state)[DenyCode.DAILY_LOSS].level == level


@pytest.mark.parametrize("equity", ["0", "-1"])
def test_level_when_it_cannot_be_measured_then_red(equity: str) -> None:
    row = measure(build_account(equity))[DenyCode.GROSS_EXPOSURE]

    assert (row.value, row.fraction, row.level) == (None, None, "red")


def test_level_when_the_limit_is_off_then_none() -> None:
    rows = measure(BOOK, build_limits())

    assert {row.level for row in rows.values()} == {"none"}
    assert all(row.limit is None for row in rows.values())


def test_running_limits_when_measured_then_as_in_the_whole_and_of_the_unused_only_those_that_were_told() -> None:
    limits = Limits()
    whole = measure(BOOK, limits)
    running = {row.code: row for row in measure_running(BOOK, limits)}
    assert DenyCode.GROSS_EXPOSURE in running
    assert DenyCode.VAR_LIMIT not in running
    assert running == {code: whole[code] for code in running}

    news = {row.code for row in measure_running(BOOK, limits, ())}
    half = {code for code, row in running.items() if row.level != "none"}
    assert half <= news < set(running)
    assert DenyCode.GROSS_EXPOSURE not in news
    told = {row.code for row in measure_running(BOOK, limits, {DenyCode.GROSS_EXPOSURE})}
    assert told == news | {DenyCode.GROSS_EXPOSURE}
