"""What the risk jobs report: every figure a Decimal, every gap said in words.

Amounts are in the account's base currency; a VaR, expected shortfall or cost is positive for a loss, a profit and
loss is signed. A figure that cannot be computed is None beside its reason, never 0 and never NaN.
A string beside a field's type describes it in the OpenAPI document, a pair is part of its schema there.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

Count = Annotated[int, ("minimum", 0)]


class ReportStatus(StrEnum):
    """Whether there is anything to report."""

    OK = "ok"
    #: There are figures, but closes of an asset held are unknown or flagged: see `findings` and `uncovered`.
    PARTIAL = "partial"
    NO_POSITIONS = "no_positions"
    INSUFFICIENT_DATA = "insufficient_data"


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportInputs:
    """What a report was computed from.

    `marks_at` is the oldest mark of a position, `closes_day` the last UTC day of the window of daily closes,
    `closes_as_of` when the oldest of the series was fetched.
    """

    state_version: Count
    marks_at: datetime | None
    closes_day: date
    closes_as_of: datetime | None
    window_days: Count
    engine_version: str


@dataclass(frozen=True, kw_only=True, slots=True)
class DataFinding:
    """What is wrong with an asset's closes, and on how many days."""

    asset: str
    code: str
    count: Count
    first_day: date | None
    last_day: date | None


@dataclass(frozen=True, kw_only=True, slots=True)
class TailFigure:
    """VaR and expected shortfall by one method; None where `reason` says why."""

    method: str
    confidence: Decimal
    horizon_days: Count
    observations: Count
    var: Decimal | None
    es: Decimal | None
    var_fraction: Annotated[Decimal | None, "Of equity."]
    es_fraction: Decimal | None
    flags: Annotated[tuple[str, ...], "What a reader must know before using the figure."] = ()
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class PositionRisk:
    """One position's part of the risk, 95 %, one day.

    Components sum to the book's figure; the marginal is the change of normal VaR per unit of value;
    `closing_var_change` is what historical VaR does when the position is closed.
    """

    key: str
    asset: str
    value: Decimal
    marginal_var: Decimal
    component_var: Decimal
    component_es: Decimal
    component_var_normal: Decimal
    closing_var_change: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class UncoveredPosition:
    """A position without enough history: its whole value counts as lost in every figure."""

    key: str
    asset: str
    value: Decimal
    observations: Count


@dataclass(frozen=True, kw_only=True, slots=True)
class LiquidityFigure:
    """Historical VaR plus the cost of closing at half a wide spread, 1 day; `unknown` names what has no spread."""

    confidence: Decimal
    market_var: Decimal
    liquidity_cost: Decimal
    liquidity_adjusted_var: Decimal
    spread_observations: Annotated[Count, "Fewest spreads seen of a position; with one there is no range."]
    unknown: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class BacktestDay:
    """One day's outcome against the VaR forecast for it."""

    day: date
    pnl: Decimal
    var: Decimal
    is_exception: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class BacktestFigure:
    """How forecasts stood up to what happened; the statistics are None where `reason` says why."""

    what: Annotated[Literal["book", "reported"], "The model on today's book, or what was reported."]
    confidence: Decimal
    observations: Count
    exceptions: Count | None = None
    expected_exceptions: Decimal | None = None
    kupiec_statistic: Decimal | None = None
    kupiec_p_value: Decimal | None = None
    independence_statistic: Decimal | None = None
    independence_p_value: Decimal | None = None
    conditional_coverage_statistic: Decimal | None = None
    conditional_coverage_p_value: Decimal | None = None
    zone: Annotated[str | None, "Traffic light of the last 250 days: green, yellow or red."] = None
    green_max: Annotated[int | None, "Most exceptions that are still green; -1 where none is."] = None
    yellow_max: int | None = None
    days: Annotated[tuple[BacktestDay, ...], "At 95 % only."] = ()
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class DayPnl:
    """What today's book would have made on one day."""

    day: date
    pnl: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class CorrelationTable:
    """Correlations of daily log returns; None for a pair with too little in common. Volatilities are daily."""

    assets: tuple[str, ...]
    matrix: tuple[tuple[Decimal | None, ...], ...]
    volatilities: tuple[Decimal, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class VarReport:
    """VaR of today's book at current marks; the first figure is the one that is backtested and drawn."""

    account_id: str
    as_of: datetime
    status: ReportStatus
    reason: str
    base_currency: str
    equity: Decimal
    gross: Decimal
    net: Decimal
    inputs: ReportInputs
    figures: tuple[TailFigure, ...] = ()
    positions: tuple[PositionRisk, ...] = ()
    uncovered: tuple[UncoveredPosition, ...] = ()
    liquidity: tuple[LiquidityFigure, ...] = ()
    backtests: tuple[BacktestFigure, ...] = ()
    findings: tuple[DataFinding, ...] = ()
    correlation: CorrelationTable | None = None
    pnl: tuple[DayPnl, ...] = ()
    drawdown_fraction: Annotated[Decimal | None, "Deepest fall of today's book over the window."] = None


@dataclass(frozen=True, kw_only=True, slots=True)
class VarRecord:
    """What was reported on one UTC day, kept to be held against what then happened.

    `transferred` is the account's net transfers since registration: what differs between two records is no
    profit. `spreads` are (ask - bid) / mid per market.
    """

    day: date
    as_of: datetime
    equity: Decimal
    transferred: Decimal
    var_95: Decimal | None
    var_99: Decimal | None
    spreads: dict[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class ScenarioCoverage:
    """How a scenario's shocks cover the book: shares of gross position value."""

    own_fraction: Decimal = Decimal(1)
    sector_fraction: Decimal = Decimal(0)
    default_fraction: Decimal = Decimal(0)
    cash_fraction: Decimal = Decimal(0)
    sector_assets: tuple[str, ...] = ()
    default_assets: tuple[str, ...] = ()
    assumed_spread_keys: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class PositionLoss:
    """What a scenario does to one position."""

    key: str
    pnl: Decimal
    shock_fraction: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueMarginFigure:
    """Cross margin of a venue after a scenario."""

    venue: str
    margin_balance: Decimal
    maintenance_margin: Decimal
    is_liquidated: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class SwapMarginFigure:
    """How far a swap is from liquidation after a scenario: None where no fall to zero does it."""

    key: str
    liquidation_distance_fraction: Decimal | None
    liquidation_price: Decimal | None


@dataclass(frozen=True, kw_only=True, slots=True)
class ScenarioFigure:
    """What one scenario does to the account; without enough data only `reason` says something."""

    name: str
    source: str
    pnl: Decimal | None
    loss_fraction: Annotated[Decimal | None, "Of equity."] = None
    equity_after: Decimal | None = None
    drawdown_fraction_after: Decimal | None = None
    is_ruined: bool = False
    has_liquidation: bool = False
    cash_pnl: Decimal | None = None
    exit_cost: Decimal | None = None
    coverage: ScenarioCoverage | None = None
    worst_positions: tuple[PositionLoss, ...] = ()
    positions: tuple[PositionLoss, ...] = ()
    venues: tuple[VenueMarginFigure, ...] = ()
    swaps: tuple[SwapMarginFigure, ...] = ()
    reason: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReverseFigure:
    """The smallest shock of one factor that does each kind of harm; None where none does."""

    factor: str
    exposure: Decimal
    drawdown_shock: Decimal | None
    ruin_shock: Decimal | None
    liquidation_shock: Decimal | None


@dataclass(frozen=True, kw_only=True, slots=True)
class StressReport:
    """Every scenario on today's book; `worst` names the one with the largest loss, empty when none loses."""

    account_id: str
    as_of: datetime
    status: ReportStatus
    base_currency: str
    equity: Decimal
    peak_equity: Decimal
    inputs: ReportInputs
    worst: str
    scenarios: tuple[ScenarioFigure, ...]
    reverse: tuple[ReverseFigure, ...]
    assumptions: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class StressRecord:
    """What was reported on one UTC day: the worst scenario and its profit and loss."""

    day: date
    as_of: datetime
    equity: Decimal
    worst: str
    worst_pnl: Decimal
