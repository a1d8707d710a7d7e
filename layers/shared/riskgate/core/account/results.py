"""Profit and loss of the running day, week and month, and since the account began: kept with the account's events.

Sums run since the account began; a period's figures are what they grew by since it did. In base currency.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from riskgate.core.money import MONEY_MAX, MONEY_QUANTUM, REPORT_CONTEXT, ZERO
from riskgate.core.replacing import replace

if TYPE_CHECKING:
    from riskgate.core.account.document import AccountState, Position

#: Rules from which on an account keeps its results.
RESULTS_SINCE = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Opening:
    """What the sums were when a period began; `equity` is that without what was ever transferred."""

    since: date
    equity: Decimal
    realized: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    unrealized: Decimal = ZERO


@dataclass(frozen=True, kw_only=True, slots=True)
class Results:
    """What was realised since the account began, and the openings of the running periods.

    Fees > 0 were paid, `funding` > 0 was received. `unpriced` counts fees and funding payments in a currency without
    a rate: they are in no sum.
    """

    day: Opening
    week: Opening
    month: Opening
    start: Opening
    realized: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    unpriced: int = 0

    def move(self, realized: Decimal = ZERO, fee: Decimal | None = ZERO, funding: Decimal | None = ZERO) -> Results:
        """Return the results with more realised; an amount that nothing prices is None."""
        return replace(
            self,
            realized=self.realized + realized,
            fees=self.fees + (fee or ZERO),
            funding=self.funding + (funding or ZERO),
            unpriced=self.unpriced + (fee is None) + (funding is None),
        )

    def absorb(self, amount: Decimal, executed_at: datetime) -> Results:
        """Return the results after a transfer that equity shows already: openings after it held it too."""

        def without(opening: Opening) -> Opening:
            held = executed_at.date() < opening.since
            return replace(opening, equity=opening.equity - amount) if held else opening

        return replace(
            self,
            day=without(self.day),
            week=without(self.week),
            month=without(self.month),
            start=without(self.start),
        )


def begin_results(state: AccountState) -> Results:
    """Return the results of an account that kept none: from the beginning of its day on."""
    own = state.day.baseline - (state.transferred - state.day.transfers)
    opening = Opening(since=state.day.day, equity=own, unrealized=compute_unrealized(state.positions.values()))
    return Results(day=opening, week=opening, month=opening, start=opening)


def roll_results(state: AccountState, today: date) -> Results | None:
    """Return the results of an account whose last known day was an earlier one, with the periods that begin now."""
    known = state.results
    if known is None:
        return None
    now = Opening(
        since=today,
        equity=state.equity - state.transferred,
        realized=known.realized,
        fees=known.fees,
        funding=known.funding,
        unrealized=compute_unrealized(state.positions.values()),
    )
    monday, first = today - timedelta(days=today.weekday()), today.replace(day=1)
    week = replace(now, since=monday) if known.week.since < monday else known.week
    month = replace(now, since=first) if known.month.since < first else known.month
    return replace(known, day=now, week=week, month=month)


def compute_unrealized(positions: Iterable[Position]) -> Decimal:
    """Return what closing the positions at their mark prices would realise, before fees."""
    return sum((compute_gain(position) for position in positions), ZERO)


def compute_gain(position: Position) -> Decimal:
    """Return what closing a position at its mark price would realise, before fees; to twelve decimals."""
    context = REPORT_CONTEXT
    move = context.subtract(position.mark_price, position.average_price)
    units = context.multiply(position.quantity, context.multiply(position.contract_size, position.rate))
    gain = context.multiply(move, units)
    return gain.quantize(MONEY_QUANTUM, context=context) if abs(gain) < MONEY_MAX else gain
