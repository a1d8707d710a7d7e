"""What must hold of hedges and of funding, entry by entry, and in the end.

H1: a demand has one plan, in the log and in every answer. H2: each order of a hedge is one of its plan, as large and on
the side that the plan says, and begun while the plan is fresh. H3: no plan takes away more than there is, what earlier
hedges are still to take away set off. H4: once nothing goes wrong any more, every order of a demand is decided.
F1: each payment of funding is written down once, as the venue paid it, and in the end all of them are.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from riskgate.core.account.document import AccountState, WorkingOrder
from riskgate.core.hedging.model import HEDGE_PREFIX, HedgeMode, HedgePlanned, HedgeSpec
from riskgate.core.instrument import MarketType
from riskgate.core.order import Order
from riskgate.core.reconciliation.events import FundingRecorded
from riskgate.core.side import Side
from tests.support.invariants import Decided

if TYPE_CHECKING:
    from tests.simulation.world import World

#: A plan is not begun later than this; clocks may be apart by as much again as processes' are.
PLAN_SECONDS, SKEW_SECONDS = 60, 4
ZERO = Decimal(0)
_BY_DELTA = frozenset({HedgeMode.DELTA_NEUTRAL, HedgeMode.FULL, HedgeMode.PARTIAL})


@dataclass(frozen=True, kw_only=True)
class Planned:
    """A plan as the log has it: its orders by id, and when it was made."""

    legs: dict[str, dict[str, Any]]
    at: datetime
    begun: set[str] = field(default_factory=set)


class HedgeChecks:
    """Looks at each entry about hedges and funding."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._plans: dict[tuple[str, str], Planned] = {}
        self._paid: Counter[str] = Counter()

    def look(self, account: str, event: Any, answer: Any, at: datetime, before: AccountState | None) -> None:
        """Look at one entry."""
        if isinstance(event, HedgePlanned):
            self._take_plan(account, event.spec, answer, at, before)
        elif isinstance(event, FundingRecorded):
            self._take_payment(event)

    def look_at(self, account: str, decision: Decided, at: datetime) -> None:
        """Look at one decision: an order of a hedge is its plan's."""
        order = decision.order
        is_named = decision.client_order_id.startswith(HEDGE_PREFIX)
        if not is_named and order.tags[:1] != ("hedge",):
            return
        hedge = order.tags[1] if len(order.tags) > 1 else ""
        plan, name = self._plans.get((account, hedge)), decision.client_order_id
        leg = plan.legs.get(name) if plan is not None else None
        if plan is None or leg is None:
            self._world.checks.fail("H2", f"{account}: {name} is no order of the plan of {hedge!r}")
            return
        asked = (order.venue, order.symbol, order.side.value, order.quantity, order.reduce_only)
        wanted = (leg["venue"], leg["symbol"], leg["side"], Decimal(leg["quantity"]), leg["reduces"])
        self._world.checks.require("H2", asked == wanted, f"{account}: {name} is {asked}, its plan says {wanted}")
        fresh = bool(plan.begun) or at - plan.at <= timedelta(seconds=PLAN_SECONDS + SKEW_SECONDS)
        self._world.checks.require("H2", fresh, f"{account}: {name} was begun {at - plan.at} after its plan")
        plan.begun.add(name)
        self._world.counters[f"hedge order {'approved' if decision.approved else 'denied'}"] += 1

    def check_payments(self) -> None:
        """In the end all payments are written down."""
        for venue in self._world.venues.values():
            missing = [paid.payment_id for _, paid in venue.payments if not self._paid[paid.payment_id]]
            self._world.checks.require("H5", not missing, f"funding was paid and is not written down: {missing}")

    def _take_plan(self, account: str, spec: HedgeSpec, answer: Any, at: datetime, before: AccountState | None) -> None:
        known = (account, spec.hedge_id) in self._plans
        self._world.checks.require("H1", not known, f"{account}: {spec.hedge_id} is planned again")
        legs = {leg["client_order_id"]: leg for leg in answer["legs"]}
        self._plans[account, spec.hedge_id] = Planned(legs=legs, at=at)
        self._world.counters["hedge plans"] += 1
        self._world.counters["hedge legs"] += len(legs)
        if before is None or spec.mode not in _BY_DELTA:
            return
        deltas = self._deltas_of(spec, before)
        planned: Counter[str] = Counter()
        for leg in legs.values():
            size = self._size(leg["venue"], leg["symbol"])
            sign = 1 if leg["side"] == Side.BUY.value else -1
            planned[leg["asset"]] += sign * Decimal(leg["quantity"]) * size  # type: ignore[assignment]
        for asset, change in planned.items():
            there = deltas.get(asset, ZERO)
            right = change * there <= 0 and abs(change) <= abs(there) * spec.fraction
            self._world.checks.require("H3", right, f"{account}: {spec.hedge_id} changes {change} of {there} {asset}")

    def _take_payment(self, event: FundingRecorded) -> None:
        self._paid[event.payment_id] += 1
        once = self._paid[event.payment_id] == 1
        self._world.checks.require("H5", once, f"payment {event.payment_id} is written down again")
        listed = (paid for venue in self._world.venues.values() for _, paid in venue.payments)
        told = {paid.payment_id: (paid.symbol, paid.amount, paid.at) for paid in listed}
        ours = (event.instrument.symbol, event.amount, event.paid_at)
        right = told.get(event.payment_id) == ours
        self._world.checks.require("H5", right, f"payment {event.payment_id} is {ours}, the venue's {told}")

    def _deltas_of(self, spec: HedgeSpec, state: AccountState) -> dict[str, Decimal]:
        """Return the units of each asset that a hedge is about, less those that hedges under way take away."""
        found: Counter[str] = Counter()
        for key, position in state.positions.items():
            if spec.position in {None, key}:
                found[position.asset] += position.quantity * self._size(position.venue, position.symbol)  # type: ignore[assignment]
        for name, order in state.working_orders.items():
            if spec.position is None and name.startswith(HEDGE_PREFIX):
                units = order.quantity * self._size(order.venue, order.symbol)
                found[order.asset] += order.side.sign * units  # type: ignore[assignment]
        return dict(found)  # type: ignore[arg-type]

    def _size(self, venue: str, symbol: str) -> Decimal:
        """Return the units of one contract, as the venue has them."""
        books = (book for book in self._world.venues.values() if book.name == venue)
        return next((book.sizes[symbol] for book in books if symbol in book.sizes), Decimal(1))


def takes_away(state: AccountState, order: WorkingOrder) -> bool:
    """Tell whether an order that was approved sets off what is held of its asset, and no more: it may open a position."""
    if order.market_type is MarketType.SPOT and order.side is Side.SELL:
        return False
    held = sum((p.value for p in state.positions.values() if p.asset == order.asset), ZERO)
    return held * order.side.sign < 0 and order.quantity * order.unit_notional <= abs(held)


def only_reduces(state: AccountState, asked: Order, order: WorkingOrder) -> bool:
    """Tell whether an order, by the terms that were asked for, takes off a position no more than there is."""
    position = state.positions.get(order.key)
    if position is None or asked.quantity is None or position.quantity * order.side.sign >= 0:
        return False
    return asked.quantity - order.filled_quantity <= abs(position.quantity)


__all__ = ["HedgeChecks", "only_reduces", "takes_away"]
