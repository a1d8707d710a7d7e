"""A log that was sealed by some rules gives the same account for ever: so the numbers of those rules stay what they are.

What an entry does is computed again from it, years later. A number that is changed in place gives another account than
the chain says, and every stored account is one that somebody edited. It changes with new rules alone (`RULES`), and the
old number stays for the entries of the old ones.
"""

from __future__ import annotations

from datetime import timedelta
from importlib import import_module
from typing import Any

import pytest

from tests.support.builders import dec

#: By module: the numbers that applying an entry, or deciding on an order, goes by.
NUMBERS: dict[str, dict[str, Any]] = {
    "riskgate.core.account.breaks": {"OPEN_BREAKS_MAX": 100, "CLOSED_BREAKS_MAX": 30, "ACCEPTED_BREAKS_MAX": 200},
    "riskgate.core.account.document": {
        "POSITIONS_MAX": 200,
        "WORKING_ORDERS_MAX": 500,
        "RECENT_ORDERS_MAX": 200,
        "REJECTED_ORDERS_MAX": 10,
    },
    "riskgate.core.account.exposure": {"HOLDINGS_SINCE": 4, "CLAIMS_SINCE": 3},
    "riskgate.core.account.pegs": {"DEPEG_MIN": dec("0.001")},
    "riskgate.core.account.results": {"RESULTS_SINCE": 4},
    "riskgate.core.account.stops": {"PLACING_MAX": timedelta(minutes=2)},
    "riskgate.core.account.transfers": {
        "TRANSFERS_ONCE_SINCE": 4,
        "NOISE_FRACTION": dec("0.001"),
        "MISFIT_FRACTION": dec("0.005"),
        "MISFIT_OF_AMOUNT": dec("0.2"),
        "CLOCK_SKEW": timedelta(seconds=30),
        "TRANSFER_AGE_MAX": timedelta(days=5),
        "TOLD_MAX": 20,
        "MOVES_MAX": 20,
    },
    "riskgate.core.checks.context": {
        "FREE_EXITS_SINCE": 2,
        "HEDGES_SINCE": 3,
        "STOPS_KEPT_SINCE": 3,
        "PRICES_KEPT_SINCE": 4,
        "UNSUPPORTED_SINCE": 5,
        "MARKET_STEPS_SINCE": 4,
    },
    "riskgate.core.checks.correlation": {"OBSERVATIONS_MIN": 30, "EXACT_SINCE": 4},
    "riskgate.core.checks.duplicate_order": {"OWN_STRATEGY_SINCE": 2},
    "riskgate.core.checks.liquidation": {"LIQUIDATION_SINCE": 4},
    "riskgate.core.checks.notional": {"VENUE_EXEMPTS_SINCE": 4},
    "riskgate.core.checks.price_impact": {"BOOKS_SINCE": 4},
    "riskgate.core.checks.scenario_loss": {"SCENARIOS_MIN": 60},
    "riskgate.core.figures": {
        "REPORT_AGE_MAX": timedelta(minutes=180),
        "CORRELATION_AGE_MAX": timedelta(days=2),
        "CLOCK_SKEW_SECONDS_MAX": 30,
        "CLOCK_SKEW_MAX": timedelta(minutes=1),
    },
    "riskgate.core.hedging.sizing": {"STEP_MIN": dec("1E-12")},
    "riskgate.core.hedging.valuation": {"FUNDING_HOURS": 8},
    "riskgate.core.hedging.variance": {"ROW_AGE_MAX": timedelta(days=7)},
    "riskgate.core.ledger.account_events": {"WARNINGS_SINCE": 4, "IDLE_RATES_MAX": 100, "VENUE_GROUPS_SINCE": 4},
    "riskgate.core.ledger.equity_parts": {"PARTS_SINCE": 4},
    "riskgate.core.ledger.missing_stops": {"STOPS_TOLD_SINCE": 4, "RED_AFTER": timedelta(minutes=10)},
    "riskgate.core.ledger.suspicion": {"CONFIRMATION_TOLERANCE": dec("0.2"), "UNEXPLAINED_FRACTION": dec("0.005")},
    "riskgate.core.levels.levels": {"HYSTERESIS": dec("0.05"), "REMIND_EVERY": timedelta(minutes=60)},
    "riskgate.core.levels.utilization": {
        "YELLOW_FRACTION": dec("0.50"),
        "ORANGE_FRACTION": dec("0.75"),
        "FLOOR_GONE": dec("1000"),
    },
    "riskgate.core.money": {"MONEY_MAX": dec("1000000000000000"), "MONEY_QUANTUM": dec("1E-12")},
    "riskgate.core.orders.decide": {
        "CLOCK_SKEW_MAX": timedelta(seconds=30),
        "KEPT_SINCE": 2,
        "SECTORS_SINCE": 6,
        "SLIPPAGE_WINDOW": timedelta(days=1),
        "JUMP_FACTOR": dec("10"),
    },
    "riskgate.core.orders.fees": {"COINS_SINCE": 4, "REBATE_FRACTION_MAX": dec("0.01")},
    "riskgate.core.orders.fills": {"SLIPPAGE_SAMPLES_MAX": 20},
    "riskgate.core.orders.placed": {"CONFIRMED_SINCE": 4, "SILENT_FOR": timedelta(days=1), "CONFIRMING_MAX": 100},
    "riskgate.core.orders.suspect_fills": {"SUSPECT_SINCE": 2, "FAR_FRACTION": dec("0.2")},
    "riskgate.core.orders.venue_side": {"VENUE_SIDE_SINCE": 4, "REASON_LENGTH_MAX": 200},
    "riskgate.core.paper.book": {"FINISHED_MAX": 200, "TRADES_MAX": 400, "ASSET_QUANTUM": dec("1E-8")},
    "riskgate.core.paper.matching": {"QUOTE_AGE_MAX": timedelta(minutes=3), "DEPTH_BAND_FRACTION": dec("0.001")},
    "riskgate.core.protections": {"CLOSED_TRADES_MAX": 100},
    "riskgate.core.reconciliation.fold": {"WATERMARKS_MAX": 8, "WATERMARK_SPACING": timedelta(minutes=4)},
    "riskgate.core.reconciliation.holdings": {"FUNDING_GRACE": timedelta(minutes=5)},
    "riskgate.core.reconciliation.match": {"GRACE_SECONDS": 60, "STALE_SECONDS": 180, "AMOUNT_QUANTUM": dec("1E-8")},
    "riskgate.core.reconciliation.rows": {"ROWS_MAX": 10},
    "riskgate.core.routing.steps": {"FLAG_MARGIN": timedelta(seconds=10)},
    "riskgate.core.safeguards.breakers": {
        "SECOND_LOOK_SINCE": 2,
        "SECOND_LOOK_AFTER": timedelta(seconds=2),
        "ORDER_FAILURES_MAX": 100,
    },
    "riskgate.core.safeguards.heartbeats": {
        "HEARTBEATS_MAX": 50,
        "INTERVAL_SECONDS_MIN": 5,
        "INTERVAL_SECONDS_MAX": 86400,
    },
    "riskgate.core.safeguards.venue_health": {"CONFIRMED_AFTER": timedelta(seconds=30)},
    "riskgate.core.scenario": {"OWN_SCENARIOS_MAX": 10},
    "riskgate.core.statements.lots": {"ASSET_UNIT": dec("1E-8")},
}


@pytest.mark.parametrize("module", NUMBERS)
def test_numbers_when_entries_went_by_them_then_as_they_were(module: str) -> None:
    names = NUMBERS[module]
    assert {name: getattr(import_module(module), name) for name in names} == names
