"""A limits change: which values are limits at all, and what it does to the limits in force."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields, replace
from decimal import Decimal
from types import NoneType
from typing import Any, get_args, get_type_hints

import pytest

from riskgate.core.errors import InvalidRequest
from riskgate.core.limits import Cooldown, DrawdownGuard, Limits, LossStreak, LowProfit, StoplossGuard
from riskgate.schemas.codec import encode
from riskgate.schemas.http.requests.base import parse_request
from riskgate.schemas.http.requests.failed import ValidationFailed
from riskgate.schemas.http.requests.limits import LimitsRequest

type Body = dict[str, Any]
type AsSent = Callable[[Body], Body]

HINTS = get_type_hints(Limits)
NAMES = [item.name for item in fields(Limits)]
NULLABLE = {name for name in NAMES if NoneType in get_args(HINTS[name])}
AMOUNTS = [name for name in NAMES if Decimal in (HINTS[name], *get_args(HINTS[name]))]
COUNTS = [name for name in NAMES if int in (HINTS[name], *get_args(HINTS[name]))]
FRACTIONS = [item.name for item in fields(Limits) if item.metadata["unit"] == "fraction"]


def change(body: Body, limits: Limits | None = None) -> Limits:
    """Return limits (the shipped ones) after a change."""
    return parse_request(LimitsRequest, body).apply_to(limits or Limits())


def refused(body: Body) -> list[str]:
    """Return the fields a body is refused for."""
    with pytest.raises(ValidationFailed) as caught:
        parse_request(LimitsRequest, body)
    return [error["field"] for error in caught.value.errors]


def test_change_when_its_fields_are_compared_then_they_are_the_engines() -> None:
    assert list(LimitsRequest.model_fields) == NAMES
    assert len(AMOUNTS) + len(COUNTS) > 30


@pytest.mark.parametrize("name", NAMES)
def test_limit_when_null_then_off_only_where_it_can_be(name: str) -> None:
    if name in NULLABLE:
        assert getattr(change({name: None}), name) is None
    else:
        assert refused({name: None}) == [name]


@pytest.mark.parametrize("name", AMOUNTS)
def test_amount_when_nonsense_then_refused(name: str) -> None:
    for value in ["0", "-0.1", "NaN", "Infinity", "1e1", "", True, [], {}, "0.1 ", 0.1, "1" * 17]:
        assert refused({name: value}) == [name], value


@pytest.mark.parametrize("name", COUNTS)
def test_count_when_nonsense_then_refused(name: str) -> None:
    for value in [Decimal(0), Decimal(-1), Decimal("1.5"), "1", True, [], Decimal(10**9)]:
        assert refused({name: value}) == [name], value


@pytest.mark.parametrize("name", FRACTIONS)
def test_fraction_when_above_its_bound_then_refused(name: str) -> None:
    takes_leverage = name in {
        "order_notional_fraction_max",
        "position_size_fraction_max",
        "gross_exposure_fraction_max",
        "net_delta_fraction_max",
        "sector_fraction_max",
        "asset_fraction_max",
        "strategy_fraction_max",
        "depth_fraction_max",
    }
    highest = Decimal(100 if takes_leverage else 1)
    assert getattr(change({name: highest}), name) == highest
    assert refused({name: highest + Decimal("0.000001")}) == [name]


@pytest.mark.parametrize(
    ("name", "highest"),
    [
        ("correlation_max", Decimal(1)),
        ("leverage_max", Decimal(100)),
        ("slippage_budget_bps_max", Decimal(10_000)),
        ("state_max_age_seconds", Decimal(86_400)),
        ("open_positions_max", Decimal(200)),
        ("order_rate_max", Decimal(1_000)),
        ("order_rate_window_seconds", Decimal(3_600)),
        ("reservation_ttl_seconds", Decimal(30 * 86_400)),
    ],
)
def test_limit_when_above_its_bound_then_refused(name: str, highest: Decimal) -> None:
    assert getattr(change({name: highest}), name) == highest
    assert refused({name: highest + 1}) == [name]


def test_var_confidence_when_below_one_half_then_refused() -> None:
    assert change({"var_confidence": "0.5"}).var_confidence == Decimal("0.5")
    assert refused({"var_confidence": "0.49"}) == ["var_confidence"]


def test_change_when_applied_then_others_stay() -> None:
    before = Limits(order_notional_max=Decimal(500), stop_loss_required=True)
    after = change({"daily_trades_max": Decimal(5), "spread_fraction_max": None, "balance_required": False}, before)
    assert after == replace(before, daily_trades_max=5, spread_fraction_max=None, balance_required=False)
    assert type(after.daily_trades_max) is int


def test_change_when_empty_or_unknown_then_refused() -> None:
    assert refused({}) == ["body"]
    assert refused({"daily_loss_pct": "3"}) == ["daily_loss_pct"]


@pytest.mark.parametrize("name", ["symbols_allowed", "symbols_denied"])
def test_symbols_when_a_list_of_distinct_symbols_then_taken(name: str) -> None:
    assert getattr(change({name: ["BTC/USDT", "ETH/USDT:USDT"]}), name) == ("BTC/USDT", "ETH/USDT:USDT")
    assert getattr(change({name: []}), name) == ()
    for value in ["BTC/USDT", ["btc/usdt"], ["BTC/USDT", "BTC/USDT"], [None], {"BTC/USDT": True}, ["A/B"] * 501]:
        with pytest.raises(ValidationFailed):
            parse_request(LimitsRequest, {name: value})


def test_strategy_symbols_when_well_formed_then_taken() -> None:
    assert change({"strategy_symbols": {"trend": ["BTC/USDT"]}}).strategy_symbols == {"trend": ("BTC/USDT",)}
    for value in [[], {"a b": ["BTC/USDT"]}, {"trend": "BTC/USDT"}, {"trend": ["x"]}]:
        with pytest.raises(ValidationFailed):
            parse_request(LimitsRequest, {"strategy_symbols": value})


@pytest.mark.parametrize(
    ("body", "name", "setting"),
    [
        ({"stoploss_guard": {}}, "stoploss_guard", StoplossGuard()),
        (
            {"stoploss_guard": {"stops": 2, "window_minutes": 30, "lock_minutes": 10, "scope": "side"}},
            "stoploss_guard",
            StoplossGuard(stops=2, window_minutes=30, lock_minutes=10, scope="side"),
        ),
        (
            {"loss_streak": {"losses": 4, "lock_minutes": 60, "scope": "symbol"}},
            "loss_streak",
            LossStreak(losses=4, lock_minutes=60, scope="symbol"),
        ),
        ({"cooldown": {"minutes": 5}}, "cooldown", Cooldown(minutes=5)),
        ({"cooldown": {"unlock_at": "06:30"}}, "cooldown", Cooldown(unlock_at="06:30")),
        (
            {"low_profit": {"window_minutes": 60, "profit_fraction_min": "0.001", "trades_min": 2, "lock_minutes": 9}},
            "low_profit",
            LowProfit(window_minutes=60, profit_fraction_min=Decimal("0.001"), trades_min=2, lock_minutes=9),
        ),
        (
            {
                "drawdown_guard": {
                    "window_minutes": 60,
                    "trades_min": 3,
                    "drawdown_fraction_max": "0.05",
                    "lock_minutes": 30,
                }
            },
            "drawdown_guard",
            DrawdownGuard(window_minutes=60, trades_min=3, drawdown_fraction_max=Decimal("0.05"), lock_minutes=30),
        ),
        (
            {"loss_streak": {"losses": 2, "lock_minutes": 5, "scope": "strategy"}},
            "loss_streak",
            LossStreak(losses=2, lock_minutes=5, scope="strategy"),
        ),
    ],
    ids=lambda value: str(value)[:40],
)
def test_protection_when_well_formed_then_the_engines(as_sent: AsSent, body: Body, name: str, setting: object) -> None:
    assert getattr(change(as_sent(body)), name) == setting


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"cooldown": {"minutes": 5, "unlock_at": "06:30"}}, "cooldown.minutes"),
        ({"cooldown": {}}, "cooldown.minutes"),
        ({"cooldown": {"unlock_at": "55:102"}}, "cooldown.unlock_at"),
        ({"cooldown": {"unlock_at": "24:00"}}, "cooldown.unlock_at"),
        ({"cooldown": {"minutes": None, "unlock_at": None}}, "cooldown.minutes"),
        ({"cooldown": {"minutes": -5}}, "cooldown.minutes"),
        ({"cooldown": {"minutes": 10_081}}, "cooldown.minutes"),
        ({"stoploss_guard": {"stops": 0}}, "stoploss_guard.stops"),
        ({"stoploss_guard": {"scope": "everything"}}, "stoploss_guard.scope"),
        ({"stoploss_guard": {"window": 5}}, "stoploss_guard.window"),
        ({"loss_streak": {"losses": 4}}, "loss_streak.lock_minutes"),
        (
            {"low_profit": {"window_minutes": 60, "profit_fraction_min": "-0.1", "trades_min": 2, "lock_minutes": 9}},
            "low_profit.profit_fraction_min",
        ),
        (
            {
                "drawdown_guard": {
                    "window_minutes": 60,
                    "trades_min": 3,
                    "drawdown_fraction_max": "0",
                    "lock_minutes": 30,
                }
            },
            "drawdown_guard.drawdown_fraction_max",
        ),
        ({"stoploss_guard": True}, "stoploss_guard"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_protection_when_contradictory_then_refused(as_sent: AsSent, body: Body, field: str) -> None:
    assert refused(as_sent(body)) == [field]


def test_change_when_the_result_contradicts_itself_then_refused() -> None:
    assert change({"order_notional_min": "10", "order_notional_max": "10"}).order_notional_min == 10
    with pytest.raises(InvalidRequest) as caught:
        change({"order_notional_min": "10"}, Limits(order_notional_max=Decimal(5)))
    assert caught.value.code == "LIMITS_CONTRADICTORY"


def test_limits_when_answered_and_sent_back_then_unchanged(as_sent: AsSent) -> None:
    limits = Limits(
        symbols_allowed=("BTC/USDT",),
        strategy_symbols={"trend": ("BTC/USDT",)},
        stoploss_guard=StoplossGuard(),
        loss_streak=LossStreak(losses=3, lock_minutes=5),
        cooldown=Cooldown(unlock_at="06:30"),
        low_profit=LowProfit(window_minutes=1, profit_fraction_min=Decimal(0), trades_min=1, lock_minutes=1),
        order_notional_min=Decimal("0.000000000001"),
    )
    answered = json.loads(encode(limits))
    assert change(as_sent(answered), Limits()) == limits


def test_shipped_limits_when_sent_back_then_unchanged(as_sent: AsSent) -> None:
    assert change(as_sent(json.loads(encode(Limits())))) == Limits()
