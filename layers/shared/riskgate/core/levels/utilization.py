"""How much of every account limit is used, whoever asks: the dashboard, the alerts, the operator."""

from collections.abc import Container
from decimal import Decimal
from typing import Literal, NamedTuple

from riskgate.core.account.document import AccountState
from riskgate.core.checks import CHECKS
from riskgate.core.checks.declaration import Measure
from riskgate.core.codes import FLOORS, DenyCode
from riskgate.core.figures import RiskReport
from riskgate.core.limits import Limits
from riskgate.core.money import ONE, with_risk_context

YELLOW_FRACTION = Decimal("0.50")
ORANGE_FRACTION = Decimal("0.75")
#: Use of a floor below which nothing is left.
FLOOR_GONE = Decimal(1000)


#: Name of the limit, code, measure and unit of each.
type _Measured = tuple[tuple[str, DenyCode, Measure, str], ...]


class Utilization(NamedTuple):
    """One limit: what is used (None: not measurable), what is allowed (None: off), in `unit`."""

    name: str
    code: DenyCode
    value: Decimal | None
    limit: Decimal | None
    unit: str

    @property
    def fraction(self) -> Decimal | None:
        """Return value / limit, or None where there is no such ratio; of a floor the inverse."""
        if self.value is None or not self.limit:
            return None
        if self.code in FLOORS:
            return self.limit / self.value if self.value > 0 else FLOOR_GONE
        return self.value / self.limit

    @property
    def level(self) -> Literal["none", "yellow", "orange", "red"]:
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
    return _measure(_ALL, state, limits, report)


@with_risk_context
def measure_running(state: AccountState, limits: Limits, told: Container[str] | None = None) -> tuple[Utilization, ...]:
    """Return the limits that running totals answer: as cheap in a full book as in an empty one.

    With `told`, the names that people were told of, no other that is used by less than half: most are.
    """
    return _measure(_RUNNING if told is None else _list_news(state, limits, told), state, limits, None)


def _list_news(state: AccountState, limits: Limits, told: Container[str]) -> _Measured:
    news = []
    for measured in _RUNNING:
        name, code, measure, _ = measured
        limit = getattr(limits, name)
        value = measure(state, limits, None) if limit and code not in told and code not in FLOORS else None
        if value is None or value / limit >= YELLOW_FRACTION:
            news.append(measured)
    return tuple(news)


def _measure(
    measured: _Measured, state: AccountState, limits: Limits, report: RiskReport | None
) -> tuple[Utilization, ...]:
    rows = []
    for name, code, measure, unit in measured:
        limit = getattr(limits, name)
        bound = Decimal(limit) if type(limit) is int else limit
        rows.append(Utilization(name, code, measure(state, limits, report), bound, unit))
    return tuple(rows)


def _list_measured(*, running_only: bool) -> _Measured:
    return tuple(
        (check.limits[0].name, check.code, check.measure, check.limits[0].unit)
        for check in CHECKS
        if check.measure is not None and (check.is_running or not running_only)
    )


_ALL, _RUNNING = _list_measured(running_only=False), _list_measured(running_only=True)
