"""The limits themselves: shipped values, and which change counts as loosening."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.limits import (
    BreakerAction,
    Cooldown,
    Limits,
    LossStreak,
    StoplossGuard,
    choose_action,
    exit_bound,
    list_loosened,
    tightest,
)
from tests.support.builders import build_limits, dec

D = Decimal


def test_shipped_limits_when_nobody_set_any_then_those_of_the_catalogue() -> None:
    shipped = Limits()

    assert {
        "notional": shipped.order_notional_fraction_max,
        "collar": shipped.price_collar_fraction_max,
        "collar of exits": shipped.price_collar_reducing_fraction_max,
        "risk per trade": shipped.risk_per_trade_fraction_max,
        "spread": shipped.spread_fraction_max,
        "volume": shipped.volume_fraction_max,
        "position": shipped.position_size_fraction_max,
        "gross": shipped.gross_exposure_fraction_max,
        "net": shipped.net_delta_fraction_max,
        "sector": shipped.sector_fraction_max,
        "asset": shipped.asset_fraction_max,
        "strategy": shipped.strategy_fraction_max,
        "venue": shipped.venue_equity_fraction_max,
        "correlation": shipped.correlation_max,
        "open risk": shipped.open_risk_fraction_max,
        "var": shipped.var_fraction_max,
        "stress": shipped.stress_loss_fraction_max,
        "day": shipped.daily_loss_fraction_max,
        "week": shipped.weekly_drawdown_fraction_max,
        "peak": shipped.drawdown_fraction_max,
    } == {
        "notional": D("0.10"),
        "collar": D("0.05"),
        "collar of exits": D("0.20"),
        "risk per trade": D("0.02"),
        "spread": D("0.01"),
        "volume": D("0.01"),
        "position": D("0.10"),
        "gross": D("0.80"),
        "net": D("0.80"),
        "sector": D("0.30"),
        "asset": D("0.20"),
        "strategy": D("0.50"),
        "venue": D("0.60"),
        "correlation": D("0.8"),
        "open risk": D("0.06"),
        "var": D("0.10"),
        "stress": D("0.50"),
        "day": D("0.03"),
        "week": D("0.08"),
        "peak": D("0.20"),
    }
    assert (shipped.state_max_age_seconds, shipped.quote_max_age_seconds) == (300, 30)
    assert (shipped.quote_max_age_reducing_seconds, shipped.duplicate_window_seconds) == (300, 2)
    assert (shipped.order_rate_max, shipped.order_rate_window_seconds) == (10, 1)
    assert (shipped.daily_trades_max, shipped.open_positions_max, shipped.leverage_max) == (20, 10, dec(3))
    assert shipped.slippage_budget_bps_max == 50
    assert (shipped.stop_loss_required, shipped.self_match_prevention, shipped.balance_required) == (False, True, True)
    protections = (
        "stoploss_guard",
        "loss_streak",
        "cooldown",
        "low_profit",
        "drawdown_guard",
        "repeated_execution_max",
    )
    assert all(getattr(shipped, name) is None for name in protections)


@pytest.mark.parametrize(
    ("name", "tight", "loose"),
    [
        ("position_size_fraction_max", D("0.05"), D("0.06")),
        ("order_notional_min", D(20), D(10)),
        ("duplicate_window_seconds", 5, 2),
        ("order_rate_window_seconds", 10, 1),
        ("var_confidence", D("0.99"), D("0.95")),
        ("stop_loss_required", True, False),
        ("balance_required", True, False),
        ("symbols_allowed", ("A/B",), ("A/B", "C/D")),
        ("symbols_denied", ("A/B", "C/D"), ("A/B",)),
        ("leverage_max", D(2), D(3)),
        ("reservation_ttl_seconds", 900, 60),
    ],
)
def test_change_when_it_tightens_then_not_loosened_and_the_way_back_is(name: str, tight: Any, loose: Any) -> None:
    old, new = replace(Limits(), **{name: loose}), replace(Limits(), **{name: tight})

    assert list_loosened(old, new) == ()
    assert list_loosened(new, old) == (name,)


@pytest.mark.parametrize("item", [item for item in fields(Limits) if "None" in str(item.type)], ids=lambda f: f.name)
def test_limit_when_switched_off_then_always_a_loosening(item: Any) -> None:
    on: dict[str, Any] = {
        "int | None": 1,
        "Decimal | None": D(1),
        "tuple[str, ...] | None": ("A/B",),
        "dict[str, tuple[str, ...]] | None": {"trend": ("A/B",)},
        "StoplossGuard | None": StoplossGuard(),
        "LossStreak | None": LossStreak(losses=1, lock_minutes=1),
        "Cooldown | None": Cooldown(minutes=1),
    }
    value = on.get(str(item.type), object())

    switched_on = replace(build_limits(), **{item.name: value})
    assert list_loosened(switched_on, build_limits()) == (item.name,)
    assert list_loosened(switched_on, switched_on) == ()


def test_leverage_when_set_where_there_was_none_then_a_loosening() -> None:
    """Without one an order needs its whole notional as margin; with one only a part of it."""
    assert list_loosened(build_limits(), build_limits(leverage_max="3")) == ("leverage_max",)


def test_protection_when_changed_from_one_setting_to_another_then_counted_as_loosened() -> None:
    old = build_limits(stoploss_guard=StoplossGuard(stops=3))

    assert list_loosened(old, build_limits(stoploss_guard=StoplossGuard(stops=2))) == ("stoploss_guard",)
    assert list_loosened(build_limits(), old) == ()


def test_change_when_of_many_limits_then_each_loosened_one_is_named() -> None:
    old = Limits()
    new = replace(old, leverage_max=D(5), daily_trades_max=10, daily_loss_fraction_max=None)

    assert list_loosened(old, new) == ("leverage_max", "daily_loss_fraction_max")


@pytest.mark.parametrize(
    ("name", "value"),
    [("open_positions_max", 5), ("sector_fraction_max", Decimal("0.3")), ("stop_loss_required", True)],
)
def test_limit_when_switched_on_then_no_loosening(name: str, value: Any) -> None:
    off = replace(Limits(), **{name: False if value is True else None})
    assert list_loosened(off, replace(off, **{name: value})) == ()
    assert list_loosened(replace(off, **{name: value}), off) == (name,)


def test_shipped_limits_when_nobody_set_any_then_counts_and_windows_of_the_catalogue() -> None:
    shipped = Limits()

    assert (shipped.strategies_known_only, shipped.rogue_order_kill_switch) == (True, False)
    assert (shipped.depth_fraction_max, shipped.price_impact_touch_fraction, shipped.book_max_age_seconds) == (1, 1, 60)
    assert (shipped.order_failures_max, shipped.order_failures_window_seconds) == (10, 300)
    assert shipped.reservation_ttl_seconds == 900
    assert (shipped.liquidation_distance_fraction_min, shipped.margin_ratio_max) == (D("0.10"), D("0.5"))
    assert (shipped.funding_rate_fraction_max, shipped.stablecoin_depeg_fraction_max) == (D("0.003"), D("0.03"))
    assert (shipped.var_confidence, shipped.equity_unexplained_gain_fraction_max) == (D("0.95"), D("0.02"))


@pytest.mark.parametrize(
    ("names", "highest"),
    [
        (("position_size_fraction_max", "gross_exposure_fraction_max", "net_delta_fraction_max"), 100),
        (("sector_fraction_max", "asset_fraction_max", "strategy_fraction_max", "depth_fraction_max"), 100),
        (("order_rate_max",), 1000),
        (("order_rate_window_seconds",), 3600),
        (("reservation_ttl_seconds",), 2_592_000),
    ],
)
def test_limit_when_it_may_be_more_than_all_then_no_more_than_its_highest(names: tuple[str, ...], highest: int) -> None:
    told = {item.name: item.metadata["highest"] for item in fields(Limits) if "highest" in item.metadata}
    assert {name: told[name] for name in names} == dict.fromkeys(names, highest)


@pytest.mark.parametrize("name", ["duplicate_window_seconds", "order_notional_fraction_max"])
def test_limit_when_a_window_or_a_fraction_of_an_order_then_it_has_a_highest_too(name: str) -> None:
    [told] = [item.metadata["highest"] for item in fields(Limits) if item.name == name]
    assert told == {"duplicate_window_seconds": 3600, "order_notional_fraction_max": 100}[name]


def test_breaker_when_nobody_said_what_it_does_then_entries_are_cancelled() -> None:
    cancel, leave = BreakerAction.CANCEL_ENTRIES, BreakerAction.LEAVE
    some = build_limits(breaker_actions={"DAILY_LOSS": leave})
    assert [choose_action(some, name) for name in ("DAILY_LOSS", "MAX_DRAWDOWN")] == [leave, cancel]
    assert choose_action(build_limits(), "DAILY_LOSS") is cancel


@pytest.mark.parametrize(
    ("first", "second", "tighter"),
    [("1", "2", "1"), ("2", "1", "1"), (None, "2", "2"), ("1", None, "1"), (None, None, None)],
)
def test_bounds_when_there_are_two_then_the_lower_and_none_is_none(
    first: str | None, second: str | None, tighter: str | None
) -> None:
    one, other, most = (None if value is None else dec(value) for value in (first, second, tighter))
    assert tightest(one, other) == most


@pytest.mark.parametrize(
    ("entries", "exits", "bound"),
    [(30, 300, 300), (300, 30, 300), (None, 30, None), (30, None, None), (None, None, None)],
)
def test_exit_when_its_own_bound_is_the_tighter_then_that_of_entries(
    entries: int | None, exits: int | None, bound: int | None
) -> None:
    assert exit_bound(entries, exits) == bound
