"""What the gate adds up from stored figures against a full revaluation of the book after the order."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.account.document import AccountState, Balance, Position
from riskgate.core.checks.scenario_loss import SCENARIOS_MIN
from riskgate.core.codes import DenyCode
from riskgate.core.figures import CorrelationRow, RiskReport
from riskgate.core.instrument import MarketType
from riskgate.core.market.closes import DailyCloses
from riskgate.core.order import OrderType
from riskgate.core.quant.gate_inputs import RETURN_QUANTUM, build_correlation_rows, build_gate_report
from riskgate.core.quant.historical_shocks import HISTORICAL_SHOCKS
from riskgate.core.quant.inputs import RiskInputs
from riskgate.core.quant.portfolio import build_book
from riskgate.core.quant.stress import apply_scenario
from riskgate.core.quant.stress_report import list_scenarios
from riskgate.core.quant.var_report import build_var_report
from riskgate.core.scenario import StressScenario
from riskgate.core.side import Side
from tests.support.builders import (
    NOW,
    VENUE,
    build_account,
    build_limits,
    build_order,
    build_position,
    build_quote,
    build_working,
    run_check,
)
from tests.support.closes import load_closes, read_closes, series_of
from tests.support.hypothesis_profiles import examples, share

ASSETS = ("ADA", "BNB", "BTC", "DOGE", "ETH", "LINK", "LTC", "SOL", "XRP")
EQUITY = 100_000
LIMITS = build_limits(var_fraction_max="1", stress_loss_fraction_max="1")
OWN = StressScenario(
    name="hack", default_shock=Decimal("-0.1"), shocks={"ETH": Decimal("-0.9"), "USDT": Decimal("-0.02")}
)
#: Step of stored P&L and of the report's figures.
MONEY_STEP = 1e-8


@cache
def closes() -> dict[str, DailyCloses]:
    return load_closes(ASSETS, NOW)


@cache
def rows() -> dict[str, CorrelationRow]:
    return {row.asset: row for row in build_correlation_rows(closes(), NOW)}


def draw_book(generator: np.random.Generator) -> AccountState:
    """Draw up to six positions, swaps long or short and spot, marked near 100, with cash."""
    held = []
    for asset in generator.choice(ASSETS, size=int(generator.integers(0, 7)), replace=False):
        is_swap = bool(generator.integers(2))
        quantity = Decimal(str(round(float(generator.uniform(1, 300)), 3)))
        sign = -1 if is_swap and generator.integers(2) else 1
        price = Decimal(str(round(float(generator.uniform(50, 150)), 2)))
        symbol = f"{asset}/USDT:USDT" if is_swap else f"{asset}/USDT"
        average = price * Decimal(str(round(float(generator.uniform(0.8, 1.2)), 4)))
        held.append(build_position(sign * quantity, symbol, price, average_price=average))
    working = [build_working(20, "SOL/USDT", 100)] if generator.integers(2) else []
    cash = Decimal(EQUITY) - sum((p.value for p in held if p.market_type is MarketType.SPOT), Decimal(0))
    balances = {VENUE: {"USDT": Balance(total=cash)}}
    scenarios = {"hack": OWN} if generator.integers(2) else {}
    return build_account(EQUITY, positions=held, working=working, balances=balances, stress_scenarios=scenarios)


def draw_order(generator: np.random.Generator) -> Any:
    asset = str(generator.choice(ASSETS))
    is_swap = bool(generator.integers(2))
    symbol = f"{asset}/USDT:USDT" if is_swap else f"{asset}/USDT"
    side = Side.SELL if is_swap and generator.integers(2) else Side.BUY
    return build_order(str(round(float(generator.uniform(1, 300)), 3)), symbol=symbol, side=side)


def add(state: AccountState, order: Any) -> AccountState:
    """Return the book after everything has filled, at the prices it was decided at."""
    legs = [(order.symbol, order.side, order.quantity, order.price)]
    legs += [(o.symbol, o.side, o.quantity, o.unit_notional) for o in state.working_orders.values()]
    positions, cash = dict(state.positions), state.balances[VENUE]["USDT"].total
    for symbol, side, quantity, price in legs:
        # A line of its own, so that every part keeps the price it was valued at.
        extra = build_position(side.sign * quantity, symbol, price, venue=f"lot{len(positions)}")
        positions[extra.key] = extra
        if extra.market_type is MarketType.SPOT:
            cash -= extra.value
    return replace(state, positions=positions, working_orders={}, balances={VENUE: {"USDT": Balance(total=cash)}})


def is_increasing(state: AccountState, order: Any) -> bool:
    held: Position | None = state.positions.get(order.key)
    return held is None or held.quantity * order.side.sign > 0


def ask_gate(code: DenyCode, order: Any, state: AccountState, report: RiskReport) -> float:
    """Return what the gate measures, in money: by the whole row as by the part of it that the log keeps."""
    row = rows().get(order.symbol.partition("/")[0])
    kept = row.for_book(state.exposure.net_by_asset, None, report) if row is not None else None
    quote = build_quote(order.symbol)
    observed = observe(code, order, state, report=report, correlation=row, quote=quote)
    assert observe(code, order, state, report=report, correlation=kept, quote=quote) == observed
    return float(observed) * EQUITY


def observe(code: DenyCode, order: Any, state: AccountState, **given: Any) -> Decimal:
    """Return what a check observed, over equity."""
    observed = run_check(code, order, state, limits=LIMITS, **given).observed
    assert observed is not None
    return observed


def full_var(state: AccountState) -> float:
    report = build_var_report(
        RiskInputs(state=state, closes=closes(), quotes={}, history=(), now=NOW, engine_version="1")
    )
    assert report.figures[0].var is not None
    return max(float(report.figures[0].var), 0.0)


def full_stress(state: AccountState) -> float:
    book = build_book(state, {}, NOW)
    return max(-min(apply_scenario(book, scenario).pnl for scenario in list_scenarios(state)), 0.0)


def test_gate_when_held_against_a_full_revaluation_then_off_by_the_steps_of_the_numbers_alone() -> None:
    """150 random books and orders in a full run: within half a step of a return on what changed, and one step of money."""
    generator, worst_var, worst_stress, compared = np.random.default_rng(20261118), 0.0, 0.0, 0
    while compared < share(150):
        state, order = draw_book(generator), draw_order(generator)
        if not is_increasing(state, order):
            continue
        compared += 1
        report, after = build_gate_report(state, closes(), NOW), add(state, order)
        notional = float(order.quantity * order.price)
        bound = notional * float(RETURN_QUANTUM) / 2 + 3 * MONEY_STEP
        var_error = abs(ask_gate(DenyCode.VAR_LIMIT, order, state, report) - full_var(after))
        stress_error = abs(ask_gate(DenyCode.STRESS_LIMIT, order, state, report) - full_stress(after))
        assert var_error <= bound
        assert stress_error <= notional * 1e-12 + 3 * MONEY_STEP
        worst_var, worst_stress = max(worst_var, var_error / notional), max(worst_stress, stress_error / notional)
    # Measured: 5e-8 of the order's value, and 6e-12.
    assert 1e-9 < worst_var <= 1e-7
    assert worst_stress <= 1e-10


def test_gate_when_the_book_changed_elsewhere_since_then_never_below_the_full_revaluation() -> None:
    """About 90 books, in a full run, in which another asset was bought or sold after the report: the bound is the asset's worst day."""
    generator, ratios = np.random.default_rng(7), []
    for _ in range(share(110)):
        state, order = draw_book(generator), draw_order(generator)
        other = str(generator.choice([asset for asset in ASSETS if asset != order.symbol.partition("/")[0]]))
        extra = build_position(Decimal(int(generator.integers(-200, 200)) or 1), f"{other}/USDT:USDT", 100)
        if not is_increasing(state, order) or extra.key in state.positions:
            continue
        report = build_gate_report(state, closes(), NOW)
        changed = build_account(
            EQUITY,
            positions=[*state.positions.values(), extra],
            working=state.working_orders.values(),
            balances=state.balances,
            stress_scenarios=state.stress_scenarios,
        )
        after = add(changed, order)
        slack = float(order.quantity * order.price) * float(RETURN_QUANTUM) + 3 * MONEY_STEP
        observed, full = ask_gate(DenyCode.VAR_LIMIT, order, changed, report), full_var(after)
        assert observed >= full - slack
        assert ask_gate(DenyCode.STRESS_LIMIT, order, changed, report) >= full_stress(after) - slack
        ratios.append((observed - full) / abs(float(extra.value)))
    assert len(ratios) > share(60)
    # Measured: a fifth of the other change, and a half at most; it was the whole change before.
    assert 0.1 < np.median(ratios) < 0.3
    assert max(ratios) < 0.9


def test_gate_when_days_are_missing_then_the_same_sample_as_the_full_revaluation() -> None:
    """ETH lacks 50 days, SOL is 100 days old: only days that all have count, as in the report."""
    gaps = closes()["ETH"].by_day()
    for day in sorted(gaps)[-120:-70]:
        del gaps[day]
    young = dict(sorted(read_closes()["SOL"].items())[-100:])
    shift = max(gaps) - max(young)
    dirty = closes() | {
        "ETH": series_of("ETH", gaps),
        "SOL": series_of("SOL", {day + shift: close for day, close in young.items()}),
    }
    state, order = (
        build_account(EQUITY, positions=[build_position(100, "ETH/USDT")]),
        build_order(50, symbol="SOL/USDT"),
    )
    report = build_gate_report(state, dirty, NOW)
    row = {one.asset: one for one in build_correlation_rows(dirty, NOW)}["SOL"]
    observed = observe(DenyCode.VAR_LIMIT, order, state, report=report, correlation=row, quote=build_quote("SOL/USDT"))
    after = add(state, order)
    full = build_var_report(
        RiskInputs(state=after, closes=dirty, quotes={}, history=(), now=NOW, engine_version="1")
    ).figures[0]

    assert full.observations < 100
    assert full.var is not None
    assert abs(observed * EQUITY - full.var) < Decimal("0.001")


def test_report_when_an_asset_has_too_little_history_then_it_is_left_to_the_gates_worst_case() -> None:
    young = dict(sorted(closes()["SOL"].by_day().items())[-SCENARIOS_MIN:])
    known = closes() | {"SOL": series_of("SOL", young)}
    state = build_account(EQUITY, positions=[build_position(10, "SOL/USDT"), build_position(10, "BTC/USDT")])

    report = build_gate_report(state, known, NOW)
    assert set(report.exposures) == {"BTC"}
    order = build_order("0.001", symbol="BTC/USDT")
    row = rows()["BTC"]
    bounded = observe(DenyCode.VAR_LIMIT, order, state, report=report, correlation=row)
    # A row that knows the asset's extremes bounds it; one that does not counts it as lost in full.
    blind = replace(row, extremes={name: of for name, of in row.extremes.items() if name != "SOL"})
    lost = observe(DenyCode.VAR_LIMIT, order, state, report=report, correlation=blind)
    assert bounded < lost
    assert lost * EQUITY > 1_000


def test_report_when_no_closes_are_known_then_no_scenarios_but_stress_all_the_same() -> None:
    state = build_account(EQUITY, positions=[build_position(10, "SOL/USDT")])

    report = build_gate_report(state, {}, NOW)
    assert report.scenario_pnl == ()
    assert report.exposures == {"SOL": Decimal(1000)}
    shock = HISTORICAL_SHOCKS["ftx_nov_2022"]["shocks"]["SOL"]
    cash = HISTORICAL_SHOCKS["ftx_nov_2022"]["shocks"]["USDT"]
    assert float(report.stress_pnl["ftx_nov_2022"]) == pytest.approx(1_000 * shock + EQUITY * cash, abs=1e-6)


def test_rows_when_written_on_the_other_side_of_midnight_then_matched_by_day() -> None:
    """The account's report is of yesterday's window, the row of today's: 251 days are shared."""
    state = build_account(EQUITY, positions=[build_position(100, "ETH/USDT")])
    order = build_order(50, symbol="SOL/USDT")
    report = build_gate_report(state, closes(), NOW - timedelta(days=1))
    late = replace(report, as_of=NOW)

    quote = build_quote("SOL/USDT")
    given: dict[str, Any] = {"report": late, "correlation": rows()["SOL"], "quote": quote}
    observed = float(observe(DenyCode.VAR_LIMIT, order, state, **given)) * EQUITY
    returns = {name: moves_of(name) for name in ("ETH", "SOL")}
    shared = sorted(10_000 * returns["ETH"][:-1] + 5_000 * returns["SOL"][:-1])
    assert observed == pytest.approx(-shared[int(0.05 * 251)], abs=0.001)


def moves_of(asset: str) -> Any:
    """Return the last 252 simple returns, oldest first; yesterday's window begins a day before today's."""
    prices = np.array(list(closes()[asset].by_day().values())[-253:])
    return prices[1:] / prices[:-1] - 1


def test_rows_when_the_feed_died_then_none() -> None:
    assert build_correlation_rows(closes(), NOW + timedelta(days=9)) == ()
    assert build_correlation_rows({}, NOW) == ()


def test_report_when_market_order_on_an_empty_book_then_measured() -> None:
    report = build_gate_report(build_account(EQUITY), closes(), NOW)

    assert len(report.scenario_pnl) == 252
    assert set(report.scenario_pnl) == {Decimal(0)}
    order = build_order(10, symbol="ETH/USDT", type=OrderType.MARKET, price=None)
    quote = build_quote("ETH/USDT")
    account = build_account(EQUITY)
    observed = observe(DenyCode.VAR_LIMIT, order, account, report=report, correlation=rows()["ETH"], quote=quote)
    assert 0 < observed < Decimal("0.01")


@given(seed=st.integers(0, 2**32 - 1), portion=st.floats(0.0, 0.3))
@examples(40)
def test_day_pnl_when_closes_are_missing_then_none_on_their_days_and_the_others_added_up(
    seed: int, portion: float
) -> None:
    generator = np.random.default_rng(seed)
    held = [build_position(int(generator.integers(1, 300)), f"{asset}/USDT", 100) for asset in ("BTC", "ETH", "SOL")]
    state = build_account(EQUITY, positions=held)
    thinned = {asset: thin(one, generator, portion) for asset, one in closes().items()}
    report = build_gate_report(state, thinned, NOW)
    assert report.scenario_day is not None
    days = [report.scenario_day - timedelta(days=back) for back in reversed(range(len(report.scenario_pnl)))]
    known = {asset: series.by_day() for asset, series in thinned.items()}
    for day, found in zip(days, report.scenario_pnl, strict=True):
        pnl = 0.0
        for asset, value in report.exposures.items():
            before, after = known[asset].get(day - timedelta(days=1)), known[asset].get(day)
            pnl += float(value) * (after / before - 1) if before and after else np.nan
        assert (found is None) == bool(np.isnan(pnl)), day
        assert found is None or float(found) == pytest.approx(pnl, abs=1e-6)


def thin(series: DailyCloses, generator: np.random.Generator, portion: float) -> DailyCloses:
    """Return a series of which a portion of the days has no close."""
    kept = [close if generator.random() >= portion else None for close in series.closes]
    kept[0], kept[-1] = series.closes[0], series.closes[-1]
    return replace(series, closes=tuple(kept))


@pytest.mark.parametrize(
    ("venues", "placed"), [(("binance",), {"binance": 10_000.0}), (("binance", "other"), {}), ((), {})]
)
def test_book_when_all_is_at_one_venue_then_its_equity_is_there_and_else_not_known(
    venues: tuple[str, ...], placed: dict[str, float]
) -> None:
    balances = {venue: {"USDT": Balance(total=Decimal(5_000))} for venue in venues}
    book = build_book(build_account(10_000, balances=balances), {}, NOW)
    assert (book.venue_equity, book.equity) == (placed, 10_000.0)
