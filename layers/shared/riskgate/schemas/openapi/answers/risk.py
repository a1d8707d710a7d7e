"""Answers of the risk routes. Amounts in base currency; a figure is null beside the reason why there is none."""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from riskgate.core.risk.report import ReportStatus
from riskgate.schemas.fields import Instant
from riskgate.schemas.openapi.answers.base import Answer, Money, Sequence


class ReportInputs(Answer):
    """What a report was computed from."""

    state_version: Sequence
    marks_at: Instant | None = Field(description="Oldest mark of a position.")
    closes_day: date = Field(description="Last UTC day of the window of daily closes.")
    closes_as_of: Instant | None = Field(description="When the oldest of the series was fetched.")
    window_days: Sequence
    engine_version: str


class DataFinding(Answer):
    """What is wrong with an asset's closes, and on how many days."""

    asset: str
    code: str
    count: Sequence
    first_day: date | None
    last_day: date | None


class TailFigure(Answer):
    """VaR and expected shortfall by one method, positive for a loss."""

    method: str
    confidence: Money
    horizon_days: Sequence
    observations: Sequence
    var: Money | None
    es: Money | None
    var_fraction: Money | None = Field(description="Of equity.")
    es_fraction: Money | None
    flags: list[str] = Field(description="What a reader must know before using the figure.")
    reason: str


class PositionRisk(Answer):
    """One position's part of the risk, 95 %, one day; components sum to the book's figure."""

    key: str
    asset: str
    value: Money
    marginal_var: Money = Field(description="Change of normal VaR per unit of value.")
    component_var: Money
    component_es: Money
    component_var_normal: Money
    closing_var_change: Money = Field(description="What historical VaR does when the position is closed.")


class UncoveredPosition(Answer):
    """A position without enough history: its whole value counts as lost in every figure."""

    key: str
    asset: str
    value: Money
    observations: Sequence


class LiquidityFigure(Answer):
    """Historical VaR plus the cost of closing at half a wide spread, one day."""

    confidence: Money
    market_var: Money
    liquidity_cost: Money
    liquidity_adjusted_var: Money
    spread_observations: Sequence = Field(description="Fewest spreads seen of a position; with one there is no range.")
    unknown: list[str] = Field(description="Positions whose spread is not known.")


class BacktestDay(Answer):
    """One day's outcome against the VaR forecast for it."""

    day: date
    pnl: Money
    var: Money
    is_exception: bool


class BacktestFigure(Answer):
    """How forecasts stood up: the model on today's book (``book``), or what was reported (``reported``)."""

    what: Literal["book", "reported"]
    confidence: Money
    observations: Sequence
    exceptions: Sequence | None
    expected_exceptions: Money | None
    kupiec_statistic: Money | None
    kupiec_p_value: Money | None
    independence_statistic: Money | None
    independence_p_value: Money | None
    conditional_coverage_statistic: Money | None
    conditional_coverage_p_value: Money | None
    zone: Literal["green", "yellow", "red"] | None = Field(description="Traffic light of the last 250 days.")
    green_max: int | None = Field(description="Most exceptions that are still green; -1 where none is.")
    yellow_max: int | None
    days: list[BacktestDay] = Field(description="At 95 % only.")
    reason: str


class DayPnl(Answer):
    """What today's book would have made on one day."""

    day: date
    pnl: Money


class CorrelationTable(Answer):
    """Correlations of daily log returns; null for a pair with too little in common. Volatilities are daily."""

    assets: list[str]
    matrix: list[list[Money | None]]
    volatilities: list[Money]


class VarReport(Answer):
    """VaR of today's book at current marks."""

    account_id: str
    as_of: Instant
    status: ReportStatus
    reason: str
    base_currency: str
    equity: Money
    gross: Money
    net: Money
    inputs: ReportInputs
    figures: list[TailFigure]
    positions: list[PositionRisk]
    uncovered: list[UncoveredPosition]
    liquidity: list[LiquidityFigure]
    backtests: list[BacktestFigure]
    findings: list[DataFinding]
    correlation: CorrelationTable | None
    pnl: list[DayPnl]
    drawdown_fraction: Money | None = Field(description="Deepest fall of today's book over the window.")


class ScenarioCoverage(Answer):
    """How a scenario's shocks cover the book: shares of gross position value."""

    own_fraction: Money
    sector_fraction: Money
    default_fraction: Money
    cash_fraction: Money
    sector_assets: list[str]
    default_assets: list[str]
    assumed_spread_keys: list[str]


class PositionLoss(Answer):
    """What a scenario does to one position."""

    key: str
    pnl: Money
    shock_fraction: Money


class VenueMarginFigure(Answer):
    """Cross margin of a venue after a scenario."""

    venue: str
    margin_balance: Money
    maintenance_margin: Money
    is_liquidated: bool


class SwapMarginFigure(Answer):
    """How far a swap is from liquidation after a scenario; null where no fall to zero does it."""

    key: str
    liquidation_distance_fraction: Money | None
    liquidation_price: Money | None


class ScenarioFigure(Answer):
    """What one scenario does to the account."""

    name: str
    source: str
    pnl: Money | None
    loss_fraction: Money | None = Field(description="Of equity.")
    equity_after: Money | None
    drawdown_fraction_after: Money | None
    is_ruined: bool
    has_liquidation: bool
    cash_pnl: Money | None
    exit_cost: Money | None
    coverage: ScenarioCoverage | None
    worst_positions: list[PositionLoss]
    positions: list[PositionLoss]
    venues: list[VenueMarginFigure]
    swaps: list[SwapMarginFigure]
    reason: str


class ReverseFigure(Answer):
    """The smallest shock of one factor that does each kind of harm; null where none does."""

    factor: str
    exposure: Money
    drawdown_shock: Money | None
    ruin_shock: Money | None
    liquidation_shock: Money | None


class StressReport(Answer):
    """Every scenario on today's book."""

    account_id: str
    as_of: Instant
    status: ReportStatus
    base_currency: str
    equity: Money
    peak_equity: Money
    inputs: ReportInputs
    worst: str = Field(description="Name of the scenario with the largest loss; empty when none loses.")
    scenarios: list[ScenarioFigure]
    reverse: list[ReverseFigure]
    assumptions: list[str]


class GateReport(Answer):
    """What the gate adds an order to: VAR_LIMIT and STRESS_LIMIT read it."""

    as_of: Instant
    is_current: bool = Field(description="False: too old, the gate counts the whole exposure as lost.")
    scenario_day: date | None
    scenario_days: Sequence
    exposures: dict[str, Money]
    stress_pnl: dict[str, Money]


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
    as_of: Instant
    base_currency: str
    equity: Money
    state_version: Sequence
    scenario: ScenarioFigure


class OwnScenario(Answer):
    """A scenario the account keeps; its report and the gate call it ``own:`` and its name."""

    name: str
    shocks: dict[str, Money]
    sector_shocks: dict[str, Money]
    default_shock: Money


class ScenariosAnswer(Answer):
    """All scenarios the account keeps."""

    scenarios: list[OwnScenario]
