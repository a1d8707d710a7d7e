"""Every limit of an account, its default, and which direction is tighter."""

from dataclasses import dataclass, field, fields
from decimal import Decimal
from enum import StrEnum
from typing import Any

D = Decimal


def _limit(default: Any, *, tighter: str = "lower", unit: str = "", code: str = "", **bounds: Any) -> Any:
    """Declare one limit with the direction in which a change tightens it, its unit, its check and its own bounds."""
    return field(default=default, metadata={"tighter": tighter, "unit": unit, "code": code, **bounds})


class BreakerAction(StrEnum):
    """What becomes of the orders, and positions, that a tripped breaker covers; public API, so never renamed."""

    CANCEL_ENTRIES = "cancel_entries"
    LEAVE = "leave"
    FLATTEN = "flatten"


class StopRule(StrEnum):
    """What more than `true` an account may ask of the stops of its entries."""

    AT_VENUE = "at_venue"


@dataclass(frozen=True, kw_only=True, slots=True)
class StoplossGuard:
    """Lock entries after `stops` stop-outs within `window_minutes`, for `lock_minutes`."""

    stops: int = 3
    window_minutes: int = 60
    lock_minutes: int = 40
    scope: str = "all"


@dataclass(frozen=True, kw_only=True, slots=True)
class LossStreak:
    """Lock entries after `losses` losing closes in a row, for `lock_minutes`."""

    losses: int
    lock_minutes: int
    scope: str = "all"


@dataclass(frozen=True, kw_only=True, slots=True)
class Cooldown:
    """Lock a market after a close, for `minutes` or until the next `unlock_at` (HH:MM UTC)."""

    minutes: int | None = None
    unlock_at: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class LowProfit:
    """Lock a market, or strategy, whose closes within `window_minutes` earned less than `profit_fraction_min`."""

    window_minutes: int
    profit_fraction_min: Decimal
    trades_min: int
    lock_minutes: int
    scope: str = "symbol"


@dataclass(frozen=True, kw_only=True, slots=True)
class DrawdownGuard:
    """Lock all entries when `trades_min` closes or more within `window_minutes` fell from their best.

    By more than `drawdown_fraction_max` of the capital at that best, for `lock_minutes`.
    """

    window_minutes: int
    trades_min: int
    drawdown_fraction_max: Decimal
    lock_minutes: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AutoHedge:
    """Hedge the whole book when its net delta or its VaR, as fractions of equity, goes beyond a threshold.

    `action` is ``propose``, which plans and tells, or ``place``. `fraction` of each asset's delta is taken away in
    `markets` (``venue:symbol``, the preferred first; none: positions are reduced), at most once per interval.
    """

    net_delta_fraction_max: Decimal | None = None
    var_fraction_max: Decimal | None = None
    action: str = "propose"
    fraction: Decimal = D(1)
    markets: tuple[str, ...] = ()
    fee_fraction: Decimal = D("0.001")
    interval_minutes: int = 60


@dataclass(frozen=True, kw_only=True, slots=True)
class StrategyRules:
    """What a registered strategy is held to beside the account's own limits, which hold as well.

    `fraction_max` is its share of equity; `heartbeat_seconds` the longest silence, and no entry before its first beat.
    """

    fraction_max: Decimal | None = None
    symbols: tuple[str, ...] | None = None
    stop_loss_required: bool | StopRule = False
    heartbeat_seconds: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """All limits of one account; None switches a check off. Fractions are of equity unless said otherwise."""

    # The limits of the checks, as they declare them; written by `make checks`.
    state_max_age_seconds: int | None = _limit(300, unit="seconds", code="STATE_STALE")
    strategies: dict[str, StrategyRules] | None = _limit(None, tighter="never", code="STRATEGY_UNKNOWN")
    strategies_known_only: bool = _limit(True, tighter="true", code="STRATEGY_UNKNOWN")
    symbols_allowed: tuple[str, ...] | None = _limit(None, tighter="subset", code="SYMBOL_NOT_PERMITTED")
    symbols_denied: tuple[str, ...] = _limit((), tighter="superset", code="SYMBOL_NOT_PERMITTED")
    strategy_symbols: dict[str, tuple[str, ...]] | None = _limit(None, tighter="never", code="SYMBOL_NOT_PERMITTED")
    order_notional_min: Decimal | None = _limit(
        None, tighter="higher", unit="base_currency", code="NOTIONAL_BELOW_MINIMUM"
    )
    order_notional_fraction_max: Decimal | None = _limit(
        D("0.10"), unit="fraction", highest=100, code="NOTIONAL_ABOVE_MAXIMUM"
    )
    order_notional_max: Decimal | None = _limit(None, unit="base_currency", code="NOTIONAL_ABOVE_MAXIMUM")
    quote_max_age_seconds: int | None = _limit(30, unit="seconds", code="QUOTE_STALE")
    quote_max_age_reducing_seconds: int | None = _limit(300, unit="seconds", code="QUOTE_STALE")
    price_collar_fraction_max: Decimal | None = _limit(D("0.05"), unit="fraction", code="PRICE_COLLAR")
    price_collar_reducing_fraction_max: Decimal | None = _limit(D("0.20"), unit="fraction", code="PRICE_COLLAR")
    stop_loss_required: bool | StopRule = _limit(False, tighter="true", code="STOP_LOSS_REQUIRED")
    risk_per_trade_fraction_max: Decimal | None = _limit(D("0.02"), unit="fraction", code="RISK_PER_TRADE")
    duplicate_window_seconds: int | None = _limit(
        2, tighter="higher", unit="seconds", highest=3600, code="DUPLICATE_ORDER"
    )
    self_match_prevention: bool = _limit(True, tighter="true", code="SELF_MATCH")
    balance_required: bool = _limit(True, tighter="true", code="INSUFFICIENT_BALANCE")
    spread_fraction_max: Decimal | None = _limit(D("0.01"), unit="fraction", code="SPREAD_TOO_WIDE")
    volume_fraction_max: Decimal | None = _limit(D("0.01"), unit="fraction", code="LIQUIDITY_INSUFFICIENT")
    depth_fraction_max: Decimal | None = _limit(D("1"), unit="fraction", highest=100, code="LIQUIDITY_INSUFFICIENT")
    price_impact_bps_max: Decimal | None = _limit(None, unit="bps", code="PRICE_IMPACT")
    price_impact_touch_fraction: Decimal = _limit(D("1"), unit="fraction", code="PRICE_IMPACT")
    book_max_age_seconds: int = _limit(60, tighter="unordered", unit="seconds", code="PRICE_IMPACT")
    slippage_budget_bps_max: Decimal | None = _limit(D("50"), unit="bps", code="SLIPPAGE_BUDGET")
    position_size_fraction_max: Decimal | None = _limit(D("0.10"), unit="fraction", highest=100, code="POSITION_SIZE")
    open_positions_max: int | None = _limit(10, unit="positions", code="MAX_OPEN_POSITIONS")
    gross_exposure_fraction_max: Decimal | None = _limit(D("0.80"), unit="fraction", highest=100, code="GROSS_EXPOSURE")
    net_delta_fraction_max: Decimal | None = _limit(D("0.80"), unit="fraction", highest=100, code="NET_DELTA")
    leverage_max: Decimal | None = _limit(D("3"), tighter="lower_only", unit="times", code="LEVERAGE")
    liquidation_distance_fraction_min: Decimal | None = _limit(
        D("0.10"), tighter="higher", unit="fraction", code="LIQUIDATION_DISTANCE"
    )
    margin_ratio_max: Decimal | None = _limit(D("0.5"), unit="fraction", code="MARGIN_RATIO")
    funding_rate_fraction_max: Decimal | None = _limit(D("0.003"), unit="fraction", code="FUNDING_RATE")
    stablecoin_depeg_fraction_max: Decimal | None = _limit(D("0.03"), unit="fraction", code="STABLECOIN_DEPEG")
    sector_fraction_max: Decimal | None = _limit(D("0.30"), unit="fraction", highest=100, code="SECTOR_CONCENTRATION")
    asset_fraction_max: Decimal | None = _limit(D("0.20"), unit="fraction", highest=100, code="ASSET_CONCENTRATION")
    strategy_fraction_max: Decimal | None = _limit(D("0.50"), unit="fraction", highest=100, code="STRATEGY_BUDGET")
    venue_equity_fraction_max: Decimal | None = _limit(D("0.60"), unit="fraction", code="VENUE_CONCENTRATION")
    correlation_max: Decimal | None = _limit(D("0.8"), unit="correlation", code="CORRELATION")
    open_risk_fraction_max: Decimal | None = _limit(D("0.06"), unit="fraction", code="TOTAL_OPEN_RISK")
    var_fraction_max: Decimal | None = _limit(D("0.10"), unit="fraction", code="VAR_LIMIT")
    var_confidence: Decimal = _limit(D("0.95"), tighter="higher", unit="fraction", lowest=D("0.5"), code="VAR_LIMIT")
    stress_loss_fraction_max: Decimal | None = _limit(D("0.50"), unit="fraction", code="STRESS_LIMIT")
    daily_loss_fraction_max: Decimal | None = _limit(D("0.03"), unit="fraction", code="DAILY_LOSS")
    weekly_drawdown_fraction_max: Decimal | None = _limit(D("0.08"), unit="fraction", code="WEEKLY_DRAWDOWN")
    drawdown_fraction_max: Decimal | None = _limit(D("0.20"), unit="fraction", code="MAX_DRAWDOWN")
    daily_trades_max: int | None = _limit(20, unit="orders", code="MAX_DAILY_TRADES")
    order_rate_max: int | None = _limit(10, unit="orders", highest=1000, code="ORDER_RATE")
    order_rate_window_seconds: int = _limit(1, tighter="higher", unit="seconds", highest=3600, code="ORDER_RATE")
    stoploss_guard: StoplossGuard | None = _limit(None, tighter="never", code="STOPLOSS_GUARD")
    loss_streak: LossStreak | None = _limit(None, tighter="never", code="LOSS_STREAK")
    cooldown: Cooldown | None = _limit(None, tighter="never", code="COOLDOWN")
    low_profit: LowProfit | None = _limit(None, tighter="never", code="LOW_PROFIT")
    drawdown_guard: DrawdownGuard | None = _limit(None, tighter="never", code="DRAWDOWN_GUARD")
    repeated_execution_max: int | None = _limit(None, unit="round_trips", code="REPEATED_EXECUTION")
    # End of what `make checks` writes.
    equity_unexplained_gain_fraction_max: Decimal | None = _limit(D("0.02"), unit="fraction")
    order_failures_max: int | None = _limit(10, unit="failures")
    order_failures_window_seconds: int = _limit(300, tighter="higher", unit="seconds")
    breaker_actions: dict[str, BreakerAction] | None = _limit(None, tighter="unordered")
    auto_hedge: AutoHedge | None = _limit(None, tighter="unordered")
    rogue_order_kill_switch: bool = _limit(False, tighter="true")
    reservation_ttl_seconds: int = _limit(900, tighter="higher", unit="seconds", highest=30 * 24 * 60 * 60)


#: A strategy that nobody registered has no rules of its own.
_NO_RULES = StrategyRules()


def rules_of(limits: Limits, strategy: str) -> StrategyRules:
    """Return what the account registered for a strategy."""
    return (limits.strategies or {}).get(strategy, _NO_RULES)


def choose_action(limits: Limits, breaker: str) -> BreakerAction:
    """Return what to do when a breaker of this name trips: entries are cancelled unless a person wants it otherwise."""
    return (limits.breaker_actions or {}).get(breaker, BreakerAction.CANCEL_ENTRIES)


def tightest(first: Decimal | None, second: Decimal | None) -> Decimal | None:
    """Return the lower of two bounds; None is none."""
    return min((bound for bound in (first, second) if bound is not None), default=None)


def exit_bound[N: (int, Decimal)](entries: N | None, exits: N | None) -> N | None:
    """Return the bound of orders that only reduce: their own, or that of entries where it is looser; None is none.

    An exit is never held to more than an entry: else an order would pass and a smaller one would not.
    """
    return None if entries is None or exits is None else max(entries, exits)


def list_loosened(old: Limits, new: Limits) -> tuple[str, ...]:
    """Return the names of the limits that `new` makes looser than `old`.

    Tightening needs no second factor; everything that cannot be shown to tighten counts as loosening.
    """
    return tuple(
        item.name
        for item in fields(Limits)
        if not _is_at_least_as_tight(item.metadata["tighter"], getattr(old, item.name), getattr(new, item.name))
    )


def _is_at_least_as_tight(tighter: str, old: Any, new: Any) -> bool:
    if old == new:
        return True
    if tighter == "true":
        # Beyond on and off, a rule by name asks for more than on.
        return (bool(new), isinstance(new, StopRule)) >= (bool(old), isinstance(old, StopRule))
    if tighter == "superset":
        return set(new) >= set(old)
    if tighter == "unordered":
        # It trades by itself: every change is a person's, with a second factor.
        return False
    if tighter == "never":
        # From "off" to any protection is tighter; between two settings no order is obvious.
        return old is None
    if new is None or old is None:
        # Without a leverage the whole notional is margin: to set one frees margin.
        return old is None and tighter != "lower_only"
    if tighter == "subset":
        return set(new) <= set(old)
    return bool(new < old if tighter.startswith("lower") else new > old)
