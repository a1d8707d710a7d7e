"""Answers of the hedge route."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from riskgate.core.codes import DenyCode
from riskgate.core.hedging.model import HedgeMode
from riskgate.core.side import Side
from riskgate.schemas.fields import Instant
from riskgate.schemas.openapi.answers.base import Answer, Money, Sequence


class HedgeLegRow(Answer):
    """One order of a plan, at market; amounts in base currency."""

    client_order_id: str
    venue: str
    symbol: str
    asset: str
    side: Side
    quantity: Money = Field(description="In contracts of the market.")
    price: Money = Field(description="Expected price: the bid for a sale, the ask for a purchase.")
    reduces: bool = Field(description="It only shrinks a position in its own market.")
    route: bool = Field(description="The gateway sends it; otherwise the caller places it once it is approved.")
    delta: Money = Field(description="Change of exposure, in units of the asset.")
    notional: Money
    fee: Money


class HedgeNoteRow(Answer):
    """Something the plan could not do, or that its reader should know."""

    code: str
    key: str = Field(description="Market, asset or venue it is about.")
    message: str


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

    hedge_ratio: Money = Field(description="Value of the hedge over the value hedged.")
    before: Money
    after: Money = Field(description="Expected residual variance.")
    optimum: Money = Field(description="What the best size, lots aside, would leave.")
    residual_fraction: Money
    beta_value_before: Money = Field(description="Value weighted by beta to the hedge's asset, in base currency.")
    beta_value_after: Money


class HedgePlanBody(Answer):
    """A plan as it stands in the audit log."""

    hedge_id: str
    account_id: str
    mode: HedgeMode
    legs: list[HedgeLegRow] = Field(description="The safer first: those that only reduce.")
    notes: list[HedgeNoteRow]
    delta_before: dict[str, Money] = Field(description="Exposure to each asset, in units of it.")
    delta_after: dict[str, Money]
    value_before: Money = Field(description="Signed value of what is hedged, in base currency.")
    value_after: Money
    cost: HedgeCost
    margin: Money = Field(description="Initial margin of what the hedge opens.")
    pnl_table: list[PricePointRow]
    worst_pnl: Money | None = Field(description="Least hedged profit of the table; null for an empty book.")
    locked_pnl: Money | None = Field(description="The same, where no more than a lot of exposure is left.")
    pnl_at_target: Money | None
    target_reached: bool | None
    variance: HedgeVariance | None
    rounding: str
    state_version: Sequence
    audit_sequence: Sequence
    planned_at: Instant


class HedgeOutcome(Answer):
    """What became of one order; `ended` was approved earlier and works no longer, `pending` is yet to be decided."""

    client_order_id: str
    decision: Literal["approved", "denied", "ended", "pending"]
    code: DenyCode | Literal["DECISION_NOT_ACTIONABLE"] | None


class HedgeAnswer(Answer):
    """A plan with what became of it."""

    hedge_id: str
    account_id: str
    status: Literal["planned", "nothing_to_do", "placed", "partly_placed", "denied", "incomplete"]
    plan: HedgePlanBody
    outcomes: list[HedgeOutcome] = Field(description="One per order, in their order; empty for a plan.")
    delta_left: dict[str, Money] = Field(description="Exposure left when all (approved) orders fill.")
