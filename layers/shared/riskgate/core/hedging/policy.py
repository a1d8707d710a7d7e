"""An account's own hedging: what sets it off, and what it then asks for."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from riskgate.core.account.document import AccountState
from riskgate.core.checks.scenario_loss import SCENARIOS_MIN, list_known, measure_var
from riskgate.core.figures import RiskReport, believe
from riskgate.core.hedging.model import HedgeInstrument, HedgeMode, HedgeSpec
from riskgate.core.limits import AutoHedge, Limits
from riskgate.core.money import with_risk_context

#: Strategy of the orders of an account's own hedging.
AUTO_STRATEGY = "auto-hedge"


@dataclass(frozen=True, kw_only=True, slots=True)
class Trigger:
    """A threshold that is exceeded: `observed` and `limit` are fractions of equity."""

    name: str
    observed: Decimal
    limit: Decimal


@with_risk_context
def find_triggers(
    state: AccountState, limits: Limits, report: RiskReport | None, now: datetime
) -> tuple[tuple[Trigger, ...], tuple[str, ...]]:
    """Return the thresholds of the account's policy that are exceeded, and those that cannot be measured.

    What cannot be measured sets nothing off: the gate denies orders for it, but trading by itself on missing figures
    would be another risk.
    """
    policy = limits.auto_hedge
    if policy is None:
        return (), ()
    exceeded: list[Trigger] = []
    unmeasured: list[str] = []
    for name, observed, limit in (
        ("net_delta_fraction_max", _net_delta(state), policy.net_delta_fraction_max),
        ("var_fraction_max", _var(state, limits, report, now), policy.var_fraction_max),
    ):
        if limit is None:
            continue
        if observed is None:
            unmeasured.append(name)
        elif observed > limit:
            exceeded.append(Trigger(name=name, observed=observed, limit=limit))
    return tuple(exceeded), tuple(unmeasured)


def spec_of(policy: AutoHedge, now: datetime) -> HedgeSpec:
    """Return the hedge of the interval that `now` lies in: one id, so one plan, however often it is asked for."""
    length = timedelta(minutes=policy.interval_minutes)
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    start = epoch + (now - epoch) // length * length
    return HedgeSpec(
        hedge_id=f"auto-{start:%Y%m%dT%H%M}",
        mode=HedgeMode.DELTA_NEUTRAL,
        instruments=tuple(_instrument(key) for key in policy.markets),
        fraction=policy.fraction,
        fee_fraction=policy.fee_fraction,
        horizon_hours=24,
        strategy=AUTO_STRATEGY,
    )


def _instrument(key: str) -> HedgeInstrument:
    venue, _, symbol = key.partition(":")
    return HedgeInstrument(venue=venue, symbol=symbol)


def _net_delta(state: AccountState) -> Decimal | None:
    return abs(state.exposure.net) / state.equity if state.equity > 0 else None


def _var(state: AccountState, limits: Limits, report: RiskReport | None, now: datetime) -> Decimal | None:
    believed = believe(report, now)
    return measure_var(state, limits, believed) if len(list_known(believed)) >= SCENARIOS_MIN else None
