"""Answers of the order routes."""

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from riskgate.core.account.document import OrderStatus, TradingState
from riskgate.core.checks.result import CheckOutcome
from riskgate.core.codes import DenyCode
from riskgate.core.instrument import QuantityUnit
from riskgate.core.order import OrderType, StopKeeper, TimeInForce
from riskgate.core.side import Side
from riskgate.schemas.http.answers.base import Answer, Money, Sequence

#: What became of one order of several: `ended` was approved once and works no longer, `pending` is yet to be decided.
type LegDecision = Literal["approved", "denied", "ended", "pending"]


class Violation(Answer):
    """A rule the order breaks, with what was seen against what is allowed."""

    code: DenyCode
    message: str
    observed: Money | None
    limit: Money | None
    unit: str | None


class CheckRow(Answer):
    """Verdict of one check; `utilization` is observed / limit where both are figures."""

    name: DenyCode
    outcome: CheckOutcome
    observed: Money | None
    limit: Money | None
    utilization: Money | None


class Reserved(Answer):
    """Exposure kept for the order, in base currency."""

    notional: Money
    risk: Money


class Decision(Answer, kw_only=True):
    """What the gateway decided on one order and why."""

    decision: Literal["approved", "denied"]
    client_order_id: str
    order_id: Annotated[str, "The gateway's own id of the order."]
    account_id: str
    code: Annotated[DenyCode | None, "First violation in catalogue order; null when approved."]
    violations: Annotated[list[Violation], "Every check that failed; the first alone where the order is archived."]
    checks: Annotated[list[CheckRow], "Every check, in catalogue order; none where the order is archived."]
    reserved: Reserved
    quantity: (
        Annotated[Money, "What was decided on, in base units: of a quote_quantity what it came to."] | msgspec.UnsetType
    ) = msgspec.UNSET
    reservation_expires_at: Annotated[
        datetime | None,
        "Place it before then, and confirm it: it stays reserved until its fills or its end are told.",
    ]
    limits_version: Annotated[Sequence, "0 for an unknown account."]
    state_version: Annotated[Sequence, "Version of the account the decision left."]
    audit_sequence: Annotated[Sequence, "Audit entry of the decision."]
    decided_at: datetime
    warnings: Annotated[list[str], "Why checks stood back for an exit."] | msgspec.UnsetType = msgspec.UNSET


class CheckAnswer(Decision, kw_only=True):
    """The decision an order would get, and how large it could be; versions and sequence are the account's now."""

    max_quantity: Annotated[Money, "Largest quantity on the lot grid that would pass; 0 for none."]
    quantity_unit: Annotated[QuantityUnit, "What quantities count: base units on spot, contracts on swaps."]
    binding_check: Annotated[DenyCode | None, "The check that denies the next larger quantity."]


class BatchAnswer(Answer):
    """One decision on all legs."""

    decision: Literal["approved", "denied"]
    code: Annotated[DenyCode | None, "First violation of the first denied leg."]
    legs: list[Decision]


class OrderAnswer(Answer):
    """An order as stored."""

    client_order_id: str
    order_id: str
    account_id: str
    status: OrderStatus
    symbol: str
    venue: str
    strategy: str
    side: Side
    type: OrderType
    quantity: Annotated[Money, "In `quantity_unit`, also where a quote_quantity was given."]
    quantity_unit: Annotated[QuantityUnit, "What quantities count: base units on spot, contracts on swaps."]
    filled_quantity: Money
    average_fill_price: Money | None
    fees: Annotated[dict[str, Money], "Paid so far, by the currency they were paid in; less than 0 are rebates."]
    price: Money | None
    trigger_price: Money | None
    stop_loss_price: Money | None
    take_profit_price: Money | None
    trailing_fraction: Money | None
    stop_kept_by: Annotated[StopKeeper | None, "Who holds the stop; null without one."]
    reduce_only: bool
    post_only: bool
    time_in_force: TimeInForce
    expires_at: datetime | None
    route: bool
    exchange_order_id: Annotated[str | None, "The venue's id, as the venue or the bot that placed it says."]
    reason: Annotated[str | None, "Why it ended: what the venue, the clock or whoever cancelled it said."]
    tags: list[str]
    decision: Decision
    created_at: datetime
    updated_at: datetime
    trace_id: (
        Annotated[str, "The trace id of the request that placed it, as its answer told; orders of before have none."]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    archived_at: Annotated[datetime, "Since when the whole answer is in the archive alone."] | msgspec.UnsetType = (
        msgspec.UNSET
    )
    archived_in: Annotated[str, "The object of the archive that has the order as it ended."] | msgspec.UnsetType = (
        msgspec.UNSET
    )


class OrdersPage(Answer):
    """Orders by client_order_id."""

    orders: list[OrderAnswer]
    next_cursor: Annotated[str | None, "Pass as `cursor` for the next page; null on the last."]


class FillAnswer(Answer, kw_only=True):
    """The order, the position and the account after a fill."""

    client_order_id: str
    fill_id: str
    status: OrderStatus
    filled_quantity: Money
    remaining_quantity: Money
    excess_quantity: (
        Annotated[Money, "What of this fill nobody approved: it counts, and is a break of reconciliation."]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    realized_pnl: Annotated[Money, "In base currency."]
    fee: Annotated[Money | None, "In base currency; null where the fee's currency has no known rate."]
    pending_fees: (
        Annotated[
            dict[str, Money],
            "Fees at this venue, by currency, that nothing prices yet: booked, charged once a rate is known.",
        ]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    slippage_bps: Annotated[Money, "Cost against the decision price; greater than 0 is worse."]
    position_quantity: Money
    equity: Money
    trading_state: TradingState
    recorded_at: datetime


class StopAnswer(Answer):
    """The stop of a position as it is from now on."""

    venue: str
    symbol: str
    quantity: Annotated[Money, "Of the position; less than 0 is short."]
    stop_loss_price: Money | None
    take_profit_price: Money | None
    trailing_fraction: Money | None
    stop_kept_by: Annotated[StopKeeper | None, "Who holds the stop."]


class PlacedAnswer(Answer):
    """An order that rests at its venue."""

    client_order_id: str
    order_id: str
    status: OrderStatus
    filled_quantity: Money
    reserved_until: Annotated[datetime | None, "Null: until its fills or its end are told."]
    updated_at: datetime


class CancelAnswer(Answer):
    """The order after a cancel; a finished order stays as it was."""

    client_order_id: str
    order_id: str
    status: OrderStatus
    filled_quantity: Money
    reason: str
    updated_at: datetime
