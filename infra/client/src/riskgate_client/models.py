"""Answers about orders. Amounts are Decimal, instants are aware and UTC, fractions are 0 to 1."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

#: An order in one of these works no longer.
FINAL_STATUSES = frozenset({"denied", "filled", "cancelled", "rejected", "expired"})
#: An approval in one of these is still a go; see `DECISION_NOT_ACTIONABLE`.
ACTIONABLE_STATUSES = frozenset({"approved", "submitting", "submitted", "partially_filled", "filled"})


@dataclass(frozen=True, kw_only=True)
class Violation:
    """A rule the order breaks, with what was seen against what is allowed."""

    code: str
    message: str
    observed: Decimal | None
    limit: Decimal | None
    unit: str | None


@dataclass(frozen=True, kw_only=True)
class CheckRow:
    """Verdict of one check; `utilization` is observed / limit where both are figures."""

    name: str
    outcome: str
    observed: Decimal | None
    limit: Decimal | None
    utilization: Decimal | None


@dataclass(frozen=True, kw_only=True)
class Reserved:
    """Exposure kept for the order, in the account's base currency."""

    notional: Decimal
    risk: Decimal


@dataclass(frozen=True, kw_only=True)
class Decision:
    """What the gateway decided on one order; `quantity` is what it decided on, also of a `quote_quantity`."""

    decision: str
    client_order_id: str
    order_id: str
    account_id: str
    code: str | None
    violations: tuple[Violation, ...]
    checks: tuple[CheckRow, ...]
    reserved: Reserved
    reservation_expires_at: datetime | None
    audit_sequence: int
    decided_at: datetime
    quantity: Decimal | None = None
    warnings: tuple[str, ...] = ()

    @property
    def is_approved(self) -> bool:
        """Tell whether the order may be placed."""
        return self.decision == "approved"


@dataclass(frozen=True, kw_only=True)
class CheckAnswer(Decision):
    """The decision an order would get, and how large it could be: `max_quantity` 0 where none would pass."""

    max_quantity: Decimal
    quantity_unit: str
    binding_check: str | None


@dataclass(frozen=True, kw_only=True)
class BatchDecision:
    """One decision on all legs: all approved or none."""

    decision: str
    code: str | None
    legs: tuple[Decision, ...]

    @property
    def is_approved(self) -> bool:
        """Tell whether the orders may be placed."""
        return self.decision == "approved" and all(leg.is_approved for leg in self.legs)

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Return what the legs break."""
        return tuple(violation for leg in self.legs for violation in leg.violations)


@dataclass(frozen=True, kw_only=True)
class Order:
    """An order as the gateway has it; quantities in `quantity_unit`, base units on spot and contracts on swaps."""

    client_order_id: str
    order_id: str
    account_id: str
    status: str
    symbol: str
    venue: str
    strategy: str
    side: str
    type: str
    quantity: Decimal
    quantity_unit: str
    filled_quantity: Decimal
    average_fill_price: Decimal | None
    fees: Mapping[str, Decimal]
    price: Decimal | None
    trigger_price: Decimal | None
    stop_loss_price: Decimal | None
    take_profit_price: Decimal | None
    reduce_only: bool
    post_only: bool
    time_in_force: str
    route: bool
    exchange_order_id: str | None
    reason: str | None
    decision: Decision
    created_at: datetime
    updated_at: datetime
    tags: tuple[str, ...] = ()

    @property
    def is_final(self) -> bool:
        """Tell whether it works no longer."""
        return self.status in FINAL_STATUSES

    @property
    def remaining_quantity(self) -> Decimal:
        """Return what is not filled, at least 0."""
        return max(self.quantity - self.filled_quantity, Decimal(0))


@dataclass(frozen=True, kw_only=True)
class OrdersPage:
    """Orders by client_order_id; `next_cursor` is None on the last page."""

    orders: tuple[Order, ...]
    next_cursor: str | None


@dataclass(frozen=True, kw_only=True)
class FillAnswer:
    """The order, the position and the account after a fill; profit and fee in base currency."""

    client_order_id: str
    fill_id: str
    status: str
    filled_quantity: Decimal
    remaining_quantity: Decimal
    realized_pnl: Decimal
    fee: Decimal | None
    slippage_bps: Decimal
    position_quantity: Decimal
    equity: Decimal
    trading_state: str
    recorded_at: datetime
    excess_quantity: Decimal = Decimal(0)


@dataclass(frozen=True, kw_only=True)
class PlacedAnswer:
    """An order that rests at its venue; `reserved_until` None: until its fills or its end are told."""

    client_order_id: str
    order_id: str
    status: str
    filled_quantity: Decimal
    reserved_until: datetime | None


@dataclass(frozen=True, kw_only=True)
class CancelAnswer:
    """The order after a cancel. Where it had left for its venue, `status` is not final yet: wait for its end."""

    client_order_id: str
    order_id: str
    status: str
    filled_quantity: Decimal
    reason: str

    @property
    def is_final(self) -> bool:
        """Tell whether it works no longer."""
        return self.status in FINAL_STATUSES
