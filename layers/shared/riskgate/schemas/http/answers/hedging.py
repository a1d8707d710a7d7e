"""Answers of the hedge route."""

from datetime import datetime
from typing import Annotated, Literal

from riskgate.core.codes import DenyCode
from riskgate.core.hedging.model import HedgeMode, HedgeNote
from riskgate.core.side import Side
from riskgate.schemas.http.answers.base import Answer, Money, Sequence
from riskgate.schemas.http.answers.orders import LegDecision

type HedgeStatus = Literal["planned", "nothing_to_do", "placed", "partly_placed", "denied", "incomplete"]


class HedgeLegRow(Answer):
    """One order of a plan, at market; amounts in base currency."""

    client_order_id: str
    venue: str
    symbol: str
    asset: str
    side: Side
    quantity: Annotated[Money, "In base units on spot, in contracts on swaps."]
    price: Annotated[Money, "Expected price: the bid for a sale, the ask for a purchase."]
    reduces: Annotated[bool, "It only shrinks a position in its own market."]
    route: Annotated[bool, "The gateway sends it; otherwise the caller places it once it is approved."]
    delta: Annotated[Money, "Change of exposure, in units of the asset."]
    notional: Money
    fee: Money


class HedgeCost(Answer):
    """What the hedge costs, in base currency; funding below 0 is received."""

    fees: Money
    spread: Money
    funding: Money
    total: Money


class PricePointRow(Answer):
    """Profit and loss since entry if everything were closed after a move, fees and funding included."""

    move_fraction: Money
    unhedged_pnl: Money
    hedged_pnl: Money


class HedgeVariance(Answer):
    """Daily variance of what is hedged, in base currency squared."""

    hedge_ratio: Annotated[Money, "Value of the hedge over the value hedged."]
    before: Money
    after: Annotated[Money, "Expected residual variance."]
    optimum: Annotated[Money, "What the best size, lots aside, would leave."]
    residual_fraction: Money
    beta_value_before: Annotated[Money, "Value weighted by beta to the hedge's asset, in base currency."]
    beta_value_after: Money


class HedgePlanBody(Answer):
    """A plan as it stands in the audit log."""

    hedge_id: str
    account_id: str
    mode: HedgeMode
    legs: Annotated[list[HedgeLegRow], "The safer first: those that only reduce."]
    notes: list[HedgeNote]
    delta_before: Annotated[dict[str, Money], "Exposure to each asset, in units of it."]
    delta_after: dict[str, Money]
    value_before: Annotated[Money, "Signed value of what is hedged, in base currency."]
    value_after: Money
    cost: HedgeCost
    margin: Annotated[Money, "Initial margin of what the hedge opens."]
    pnl_table: list[PricePointRow]
    worst_pnl: Annotated[Money | None, "Least hedged profit of the table; null for an empty book."]
    locked_pnl: Annotated[Money | None, "The same, where no more than a lot of exposure is left."]
    pnl_at_target: Money | None
    target_reached: bool | None
    variance: HedgeVariance | None
    rounding: str
    state_version: Sequence
    audit_sequence: Sequence
    planned_at: datetime


class HedgeOutcome(Answer):
    """What became of one order; `ended` was approved earlier and works no longer, `pending` is yet to be decided."""

    client_order_id: str
    decision: LegDecision
    code: DenyCode | Literal["DECISION_NOT_ACTIONABLE"] | None


class HedgeAnswer(Answer):
    """A plan with what became of it."""

    hedge_id: str
    account_id: str
    status: HedgeStatus
    plan: HedgePlanBody
    outcomes: Annotated[list[HedgeOutcome], "One per order, in their order; empty for a plan."]
    delta_left: Annotated[dict[str, Money], "Exposure left when all (approved) orders fill."]
