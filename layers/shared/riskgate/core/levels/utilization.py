"""How much of every account limit is used, whoever asks: the dashboard, the alerts, the operator."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from riskgate.core.account.document import AccountState
from riskgate.core.checks.scenario_loss import SCENARIOS_MIN
from riskgate.core.codes import DenyCode
from riskgate.core.figures import RiskReport
from riskgate.core.limits import Limits
from riskgate.core.money import ONE, ZERO, with_risk_context
from riskgate.core.safeguards.breakers import LOSS_BREAKERS, observe_loss

YELLOW_FRACTION = Decimal("0.50")
ORANGE_FRACTION = Decimal("0.75")


class Utilization(NamedTuple):
    """One limit: what is used (None: not measurable), what is allowed (None: off), in `unit`."""

    name: str
    code: DenyCode
    value: Decimal | None
    limit: Decimal | None
    unit: str

    @property
    def fraction(self) -> Decimal | None:
        """Return value / limit, or None where there is no such ratio."""
        if self.value is None or not self.limit:
            return None
        return self.value / self.limit

    @property
    def level(self) -> str:
        """Return none, yellow from half the limit, orange from three quarters, red at it; unmeasurable is red."""
        if self.limit is None:
            return "none"
        fraction = self.fraction
        if fraction is None or fraction >= ONE:
            return "red"
        if fraction >= ORANGE_FRACTION:
            return "orange"
        return "yellow" if fraction >= YELLOW_FRACTION else "none"


@with_risk_context
def measure_utilization(state: AccountState, limits: Limits, report: RiskReport | None) -> tuple[Utilization, ...]:
    """Return every account-level limit with its use, in catalogue order; fractions are of equity.

    Concentrations name the fullest market, sector, asset, strategy or venue.
    """
    equity = state.equity
    var, stress = _scenario_losses(state, limits, report)
    slippage = sum((s.notional for s in state.slippage), ZERO)
    cost = max(sum((s.cost for s in state.slippage), ZERO), ZERO)
    return (
        Utilization(
            "slippage_budget_bps_max",
            DenyCode.SLIPPAGE_BUDGET,
            cost * 10_000 / slippage if slippage else ZERO,
            limits.slippage_budget_bps_max,
            "bps",
        ),
        _row("position_size_fraction_max", DenyCode.POSITION_SIZE, _fullest(_by_market(state), equity), limits),
        *_exposures(state, limits),
        _row("var_fraction_max", DenyCode.VAR_LIMIT, _of_equity(var, equity), limits),
        _row("stress_loss_fraction_max", DenyCode.STRESS_LIMIT, _of_equity(stress, equity), limits),
        *_session(state, limits),
    )


@with_risk_context
def measure_running(state: AccountState, limits: Limits) -> tuple[Utilization, ...]:
    """Return the limits that running totals answer: as cheap in a full book as in an empty one."""
    return (*_exposures(state, limits), *_session(state, limits))


def _exposures(state: AccountState, limits: Limits) -> tuple[Utilization, ...]:
    equity, exposure = state.equity, state.exposure
    gross = _of_equity(exposure.gross, equity)
    many_venues = len(state.venues) > 1 and len({v.venue for v in state.venues}) > 1
    at_venue = _fullest(state.venue_equity, equity) if many_venues else ZERO
    sector, asset = _fullest(exposure.by_sector, equity), _fullest(exposure.by_asset, equity)
    return (
        _row("open_positions_max", DenyCode.MAX_OPEN_POSITIONS, Decimal(exposure.open_positions), limits),
        _row("gross_exposure_fraction_max", DenyCode.GROSS_EXPOSURE, gross, limits),
        _row("net_delta_fraction_max", DenyCode.NET_DELTA, _of_equity(exposure.net_worst, equity), limits),
        _row("leverage_max", DenyCode.LEVERAGE, gross, limits),
        _row("sector_fraction_max", DenyCode.SECTOR_CONCENTRATION, sector, limits),
        _row("asset_fraction_max", DenyCode.ASSET_CONCENTRATION, asset, limits),
        _row("strategy_fraction_max", DenyCode.STRATEGY_BUDGET, _fullest(exposure.by_strategy, equity), limits),
        _row("venue_equity_fraction_max", DenyCode.VENUE_CONCENTRATION, at_venue, limits),
        _row("open_risk_fraction_max", DenyCode.TOTAL_OPEN_RISK, _of_equity(exposure.open_risk, equity), limits),
    )


def _session(state: AccountState, limits: Limits) -> tuple[Utilization, ...]:
    rows = []
    for name, code in zip(_LOSS_LIMITS, LOSS_BREAKERS, strict=True):
        observed, limit = observe_loss(state, limits, code)
        breaker = state.breakers.get(code.value)
        rows.append(Utilization(name, code, breaker.observed if breaker else observed, limit, "fraction"))
    trades = _row("daily_trades_max", DenyCode.MAX_DAILY_TRADES, Decimal(state.day.approved_orders), limits)
    return (*rows, trades)


def _of_equity(amount: Decimal, equity: Decimal) -> Decimal | None:
    return amount / equity if equity > 0 else None


def _fullest(amounts: dict[str, Decimal], equity: Decimal) -> Decimal | None:
    return _of_equity(max(amounts.values(), default=ZERO), equity)


_LOSS_LIMITS = ("daily_loss_fraction_max", "weekly_drawdown_fraction_max", "drawdown_fraction_max")
_UNITS = {"open_positions_max": "positions", "leverage_max": "times", "daily_trades_max": "orders"}


def _row(name: str, code: DenyCode, value: Decimal | None, limits: Limits) -> Utilization:
    limit = getattr(limits, name)
    return Utilization(name, code, value, Decimal(limit) if type(limit) is int else limit, _UNITS.get(name, "fraction"))


def _by_market(state: AccountState) -> dict[str, Decimal]:
    """Return each market's position value plus its reserved notional: an upper bound of its leg."""
    totals = {key: abs(position.value) for key, position in state.positions.items()}
    for order in state.working_orders.values():
        totals[order.key] = totals.get(order.key, ZERO) + order.increasing_quantity * order.unit_notional
    return totals


def _scenario_losses(state: AccountState, limits: Limits, report: RiskReport | None) -> tuple[Decimal, Decimal]:
    """Return VaR and worst stress loss of the stored report; without one the whole gross exposure."""
    var = stress = state.exposure.gross
    pnl = sorted(pnl for pnl in report.scenario_pnl if pnl is not None) if report is not None else []
    if len(pnl) >= SCENARIOS_MIN:
        var = max(ZERO, -pnl[int((ONE - limits.var_confidence) * len(pnl))])
    if report is not None and report.stress_pnl:
        stress = max(ZERO, -min(report.stress_pnl.values()))
    return var, stress
