"""Answers of the risk routes. Amounts in base currency; a figure is null beside the reason why there is none."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from riskgate.core.risk.report import ScenarioFigure, StressReport, VarReport
from riskgate.core.scenario import StressScenario
from riskgate.schemas.http.answers.base import Answer, Sequence


class GateReport(Answer):
    """What the gate adds an order to: VAR_LIMIT and STRESS_LIMIT read it."""

    as_of: datetime
    is_current: Annotated[bool, "False: too old, the gate counts the whole exposure as lost."]
    scenario_day: date | None
    scenario_days: Sequence
    exposures: Mapping[str, Decimal]
    stress_pnl: Mapping[str, Decimal]


class RiskAnswer(Answer):
    """The latest risk reports; null until the job has run."""

    account_id: str
    var: VarReport | None
    var_is_current: bool
    stress: StressReport | None
    stress_is_current: bool
    gate: GateReport | None


class StressAnswer(Answer):
    """What one scenario would do to the account now."""

    account_id: str
    as_of: datetime
    base_currency: str
    equity: Decimal
    state_version: Sequence
    scenario: ScenarioFigure


class ScenariosAnswer(Answer):
    """All scenarios the account keeps."""

    scenarios: list[StressScenario]
