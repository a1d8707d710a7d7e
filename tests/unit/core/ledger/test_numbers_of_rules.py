"""A log that was sealed by some rules gives the same account for ever: so the numbers of those rules stay what they are.

What an entry does is computed again from it, years later. A number that is changed in place gives another account than
the chain says, and every stored account is one that somebody edited. It changes with new rules alone (`RULES`), and the
old number stays for the entries of the old ones.
"""

from __future__ import annotations

from dataclasses import fields
from datetime import timedelta
from decimal import Decimal
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


#: By module and class: the numbers and flags that a record means which does not name them. An entry from before a field was
#: there, a stored item and whoever builds one without it all go by these; a new field of such a class adds its line.
LEFT_OUT: dict[str, dict[str, dict[str, Any]]] = {
    "riskgate.core.access.keys": {
        "ExchangeKey": {"shows_all": False, "shows_budget": False},
    },
    "riskgate.core.access.totp": {
        "OperatorRecord": {"failures": 0},
    },
    "riskgate.core.account.breaks": {
        "Reconciliation": {"runs": 0},
    },
    "riskgate.core.account.document": {
        "KeptStop": {"lapsed": False, "moved": False},
        "Position": {"contract_size": dec("1"), "rate": dec("1")},
        "WorkingOrder": {"reduce_only": False, "operator_exit": False, "counted": False, "good_till": False},
        "Exposure": {"open_positions": 0},
        "DaySession": {"approved_orders": 0},
        "AccountState": {"round_trips": 0, "has_snapshot": False, "holds_coins": False},
    },
    "riskgate.core.account.parts": {
        "EquityClaim": {"accepted": dec("0")},
        "AlertLevel": {"acknowledged": False},
        "ToldTransfer": {"counted": True},
        "UnexplainedMove": {"in_day": True},
        "UnexplainedMoves": {"peak": dec("0"), "week_peak": dec("0")},
    },
    "riskgate.core.account.results": {
        "Results": {"unpriced": 0},
    },
    "riskgate.core.account.stored": {
        "StoredAccount": {"is_current": False},
        "OrderRecord": {"is_kept": False, "attempts": 0, "revision": 0, "version": 0, "has_rebates": False},
        "ReadRequest": {"with_report": False, "with_account": True},
    },
    "riskgate.core.alerts.alerts": {
        "Alert": {"audit_sequence": 0},
    },
    "riskgate.core.checks.context": {
        "PreTradeContext": {"account_known": True, "is_reducing": False, "rules": 1},
    },
    "riskgate.core.hedging.model": {
        "HedgeSpec": {"fraction": dec("1"), "horizon_hours": 0},
        "HedgePlanned": {"rules": 1},
    },
    "riskgate.core.instrument": {
        "Instrument": {"contract_size": dec("1"), "active": True, "stop_orders": False},
    },
    "riskgate.core.kill_switch": {
        "StoredKillSwitch": {"version": 0},
        "KillSwitchProgress": {"noted": 0, "cancels_sent": 0, "cancels_confirmed": 0},
    },
    "riskgate.core.ledger.account_events": {
        "ReportedPosition": {"contract_size": dec("1")},
        "SnapshotRecorded": {"from_venues": False, "rules": 1},
        "TransferRecorded": {"in_equity": False, "is_new": False, "rules": 1},
        "SnapshotResult": {"is_capped": False},
    },
    "riskgate.core.limits": {
        "StoplossGuard": {"stops": 3, "window_minutes": 60, "lock_minutes": 40},
        "AutoHedge": {"fraction": dec("1"), "fee_fraction": dec("0.001"), "interval_minutes": 60},
        "StrategyRules": {"stop_loss_required": False},
    },
    "riskgate.core.operators.commands": {
        "PendingCommand": {"pressed": False},
    },
    "riskgate.core.order": {
        "Order": {"reduce_only": False, "post_only": False, "route": False, "operator_exit": False},
    },
    "riskgate.core.order_book": {
        "OrderBook": {"contract_size": dec("1")},
    },
    "riskgate.core.orders.evaluate": {
        "Inputs": {"rules": 1},
    },
    "riskgate.core.orders.events": {
        "OrderDecided": {"rules": 1},
        "OrderModified": {"rules": 1},
        "OrderClosed": {"rules": 1, "leaves_open": False},
        "OrderPlaced": {"rules": 1},
        "Excess": {"was_denied": False, "in_budget": False},
        "FillRecorded": {"rules": 1},
    },
    "riskgate.core.paper.book": {
        "PaperTerms": {"maker_fee_fraction": dec("0.001"), "taker_fee_fraction": dec("0.001"), "leverage": dec("5")},
        "PaperOrder": {"is_waiting": False},
        "PaperBook": {"sequence": 0},
    },
    "riskgate.core.reconciliation.events": {
        "VenueReading": {"orders": 0, "trades": 0, "balances": 0, "positions": 0},
        "RepairMade": {"fills": 0},
    },
    "riskgate.core.reconciliation.match": {
        "VenueBook": {"has_all_balances": True, "has_all_positions": True},
        "Match": {"compared": 0, "matched": 0},
    },
    "riskgate.core.risk.report": {
        "ScenarioCoverage": {
            "own_fraction": dec("1"),
            "sector_fraction": dec("0"),
            "default_fraction": dec("0"),
            "cash_fraction": dec("0"),
        },
        "ScenarioFigure": {"is_ruined": False, "has_liquidation": False},
    },
    "riskgate.core.routing.events": {
        "OrderAccepted": {"rules": 1},
        "OrderReplaced": {"attempt": 0, "rules": 1},
        "OpenOrdersCancelled": {"remaining": 0},
    },
    "riskgate.core.safeguards.events": {
        "ExitRequested": {"stop_entries": False, "cancel_open_orders": False},
        "KillSwitchChanged": {"cancel_open_orders": False},
    },
    "riskgate.core.statements.coins": {
        "Reading": {"is_opening": False, "sequence": 0},
    },
    "riskgate.core.statements.pnl": {
        "MarketPnl": {"unknown_fees": 0, "executions": 0},
    },
    "riskgate.core.statements.statement": {
        "BookedFill": {"sequence": 0},
        "StatementBook": {"is_opened": False},
    },
    "riskgate.core.statements.summary": {
        "SummaryTold": {"rules": 1},
    },
    "riskgate.core.venues.budget": {
        "Booking": {"until_us": 0, "not_before_us": 0},
        "Purse": {"seen_us": 0, "left_us": 0, "good_until_us": 0, "owed_us": 0, "owed_since_us": 0},
    },
    "riskgate.core.venues.model": {
        "NewVenueOrder": {"reduce_only": False, "post_only": False},
        "VenueOrderRef": {"has_trigger": False},
        "VenueOrder": {"reduce_only": False},
    },
    "riskgate.core.webhooks.definition": {
        "Webhook": {"deleted": False},
    },
}


@pytest.mark.parametrize("module", LEFT_OUT)
def test_record_when_it_leaves_a_field_out_then_it_means_what_it_did(module: str) -> None:
    for name, meant in LEFT_OUT[module].items():
        kind = getattr(import_module(module), name)
        means = {f.name: f.default for f in fields(kind) if isinstance(f.default, int | Decimal)}
        assert {key: value for key, value in means.items() if value or key in meant} == meant, name
