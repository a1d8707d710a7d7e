"""Hold a caller's denials against its budget, and never what a denied decision found out about the account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from riskgate.app.ledger.commit_event import Acting
from riskgate.core.account.document import AccountState
from riskgate.core.errors import DenialBudgetSpent
from riskgate.core.ledger.apply import Result
from riskgate.core.order import Order

#: What the next decision works out again from the same account and newer quotes. All else would be lost: a breaker that
#: tripped on a price that comes back, a doubt, a peak, a reservation that ended, a level that people are told of.
_DERIVED_AGAIN = frozenset(
    {"version", "updated_at", "positions", "equity", "equity_parts", "exposure", "recent_orders", "slippage"}
)


@dataclass(slots=True)
class DenialOnce:
    """What one request takes of its caller's budget: one denial, however many races it loses on its way."""

    acting: Acting
    _is_left: bool | None = None

    def spend(self, orders: Iterable[Order], before: AccountState | None = None, result: Result | None = None) -> None:
        """Count a denial before it is written down. One of exits alone never counts.

        `before` and `result` are the account as it was read and what the decision came to: where that changes more
        than the next decision would work out again, it is written whatever the budget. Raises DenialBudgetSpent: the
        caller has had its share, and this one is not written; nothing happened.
        """
        if all(order.reduce_only or order.operator_exit for order in orders):
            return
        deps = self.acting.deps
        if self._is_left is None:
            self._is_left = deps.denials.spend(self.acting.actor, self.acting.now)
        if self._is_left:
            return
        if before is not None and result is not None and _is_news(before, result):
            return
        deps.count_over_budget()
        raise DenialBudgetSpent("too many orders were denied: look at why before you ask again")

    def give_back(self) -> None:
        """Give back what was spent on an attempt that lost its race, where the next one is approved."""
        if self._is_left:
            self.acting.deps.denials.give_back(self.acting.actor)
        self._is_left = None


def _is_news(before: AccountState, result: Result) -> bool:
    if result.expired or result.notices:
        return True
    names = (each.name for each in fields(before) if each.name not in _DERIVED_AGAIN)
    return any(getattr(before, name) != getattr(result.state, name) for name in names)
