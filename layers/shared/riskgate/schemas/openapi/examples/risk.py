"""Examples of the risk routes; lists are shortened."""

from __future__ import annotations

from typing import Any

from riskgate.schemas.openapi.examples.shared import AT

_INPUTS: dict[str, Any] = {
    "state_version": 121,
    "marks_at": AT,
    "closes_day": "2026-03-01",
    "closes_as_of": "2026-03-02T00:10:04.000000Z",
    "window_days": 252,
    "engine_version": "1.0.0",
}
_VAR: dict[str, Any] = {
    "account_id": "demo",
    "as_of": AT,
    "status": "ok",
    "reason": "",
    "base_currency": "USDT",
    "equity": "96880",
    "gross": "27400",
    "net": "27400",
    "inputs": _INPUTS,
    "figures": [
        {
            "method": "historical/order_statistic_MFE",
            "confidence": "0.95",
            "horizon_days": 1,
            "observations": 252,
            "var": "1798.05578666",
            "es": "2549.9700385",
            "var_fraction": "0.01855962",
            "es_fraction": "0.02632091",
            "flags": [],
            "reason": "",
        }
    ],
    "positions": [
        {
            "key": "binance:BTC/USDT",
            "asset": "BTC",
            "value": "17000",
            "marginal_var": "0.05701198",
            "component_var": "1081.74841555",
            "component_es": "1483.01115631",
            "component_var_normal": "969.20359487",
            "closing_var_change": "-969.71617493",
        }
    ],
    "uncovered": [],
    "liquidity": [
        {
            "confidence": "0.95",
            "market_var": "1798.05578666",
            "liquidity_cost": "5.48",
            "liquidity_adjusted_var": "1803.53578666",
            "spread_observations": 1,
            "unknown": [],
        }
    ],
    "backtests": [
        {
            "what": "book",
            "confidence": "0.95",
            "observations": 250,
            "exceptions": 15,
            "expected_exceptions": "12.5",
            "kupiec_statistic": "0.49761437",
            "kupiec_p_value": "0.48054838",
            "independence_statistic": "2.24088866",
            "independence_p_value": "0.13440372",
            "conditional_coverage_statistic": "2.73850303",
            "conditional_coverage_p_value": "0.25429724",
            "zone": "green",
            "green_max": 18,
            "yellow_max": 26,
            "days": [{"day": "2026-03-01", "pnl": "-2011.5", "var": "1790.25", "is_exception": True}],
            "reason": "",
        },
        {
            "what": "reported",
            "confidence": "0.95",
            "observations": 12,
            "exceptions": None,
            "expected_exceptions": None,
            "kupiec_statistic": None,
            "kupiec_p_value": None,
            "independence_statistic": None,
            "independence_p_value": None,
            "conditional_coverage_statistic": None,
            "conditional_coverage_p_value": None,
            "zone": None,
            "green_max": None,
            "yellow_max": None,
            "days": [],
            "reason": "insufficient data for VaR backtest: 12 observations, 60 needed",
        },
    ],
    "findings": [
        {
            "asset": "BTC",
            "code": "missing_days",
            "count": 1,
            "first_day": "2025-11-04",
            "last_day": "2025-11-04",
        }
    ],
    "correlation": {
        "assets": ["BTC", "ETH"],
        "matrix": [["1", "0.87654321"], ["0.87654321", "1"]],
        "volatilities": ["0.0321", "0.0412"],
    },
    "pnl": [{"day": "2026-03-01", "pnl": "-2011.5"}],
    "drawdown_fraction": "0.232557",
}
_SCENARIO: dict[str, Any] = {
    "name": "march_2020_crash",
    "source": "7-day close-to-close",
    "pnl": "-12853.175502",
    "loss_fraction": "0.13267109",
    "equity_after": "84026.824498",
    "drawdown_fraction_after": "0.15973176",
    "is_ruined": False,
    "has_liquidation": False,
    "cash_pnl": "0",
    "exit_cost": "0",
    "coverage": {
        "own_fraction": "1",
        "sector_fraction": "0",
        "default_fraction": "0",
        "cash_fraction": "0",
        "sector_assets": [],
        "default_assets": [],
        "assumed_spread_keys": [],
    },
    "worst_positions": [{"key": "binance:BTC/USDT", "pnl": "-7692.194", "shock_fraction": "-0.452482"}],
    "positions": [{"key": "binance:BTC/USDT", "pnl": "-7692.194", "shock_fraction": "-0.452482"}],
    "venues": [],
    "swaps": [],
    "reason": "",
}
_STRESS: dict[str, Any] = {
    "account_id": "demo",
    "as_of": AT,
    "status": "ok",
    "base_currency": "USDT",
    "equity": "96880",
    "peak_equity": "100000",
    "inputs": _INPUTS,
    "worst": "march_2020_crash",
    "scenarios": [_SCENARIO],
    "reverse": [
        {
            "factor": "uniform",
            "exposure": "27400",
            "drawdown_shock": "-0.61605839",
            "ruin_shock": None,
            "liquidation_shock": None,
        }
    ],
    "assumptions": ["a swap's maintenance margin is 1% of its notional"],
}
_GATE: dict[str, Any] = {
    "as_of": AT,
    "is_current": True,
    "scenario_day": "2026-03-01",
    "scenario_days": 252,
    "exposures": {"BTC": "17000", "ETH": "10400"},
    "stress_pnl": {"march_2020_crash": "-12853.175502", "own:bridge-hack": "-5120"},
}
_OWN: dict[str, Any] = {
    "name": "bridge-hack",
    "shocks": {"ETH": "-0.4"},
    "sector_shocks": {"smart-contracts": "-0.5"},
    "default_shock": "-0.1",
}

#: Examples by operation id, then ``request`` or status, then name.
RISK_EXAMPLES: dict[str, dict[str, dict[str, Any]]] = {
    "getRisk": {
        "200": {
            "latest": {
                "account_id": "demo",
                "var": _VAR,
                "var_is_current": True,
                "stress": _STRESS,
                "stress_is_current": True,
                "gate": _GATE,
            },
            "before_the_first_run": {
                "account_id": "demo",
                "var": None,
                "var_is_current": False,
                "stress": None,
                "stress_is_current": False,
                "gate": None,
            },
        }
    },
    "postStress": {
        "request": {
            "named": {"scenario": "ftx_nov_2022"},
            "shocks": {"shocks": {"BTC": "-0.3", "ETH": "-0.4"}, "default_shock": "-0.5"},
        },
        "200": {
            "crash": {
                "account_id": "demo",
                "as_of": AT,
                "base_currency": "USDT",
                "equity": "96880",
                "state_version": 121,
                "scenario": _SCENARIO,
            }
        },
    },
    "getScenarios": {"200": {"one": {"scenarios": [_OWN]}}},
    "putScenarios": {"request": {"one": {"scenarios": [_OWN]}}, "200": {"one": {"scenarios": [_OWN]}}},
}
