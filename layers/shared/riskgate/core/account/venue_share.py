"""Money at venues: who holds more than its share, and what to take away from there."""

from dataclasses import dataclass
from decimal import Decimal

from riskgate.core.account.document import AccountState
from riskgate.core.account.venue_groups import has_many_groups, sum_groups
from riskgate.core.limits import Limits
from riskgate.core.money import ONE, ZERO, quantize_money, with_risk_context


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueExcess:
    """An exchange, named by its venue group, above its share; amounts in base currency, of all its wallets.

    `share` is its part of the account's equity (None where that is not positive). `withdraw` brings it back to
    `limit` if the money leaves the account, `move` if it goes to another exchange of the account.
    """

    venue: str
    equity: Decimal
    share: Decimal | None
    limit: Decimal
    withdraw: Decimal
    move: Decimal


@with_risk_context
def list_excess(state: AccountState, limits: Limits) -> tuple[VenueExcess, ...]:
    """Return the exchanges that hold more than VENUE_CONCENTRATION allows, the largest excess first.

    An account at one exchange has nothing to spread. Equal to the limit passes, as in the check.
    """
    limit = limits.venue_equity_fraction_max
    if limit is None or not has_many_groups(state):
        return ()
    found = [
        _excess(group, held, state.equity, limit)
        for group, held in sum_groups(state).items()
        if held > 0 and held > limit * state.equity
    ]
    return tuple(sorted(found, key=lambda excess: (-excess.move, excess.venue)))


def _excess(venue: str, held: Decimal, equity: Decimal, limit: Decimal) -> VenueExcess:
    surplus = held - limit * max(equity, ZERO)
    # What leaves the account makes its equity smaller, and with it what the venue may hold.
    leaving = surplus / (ONE - limit) if limit < ONE else held
    return VenueExcess(
        venue=venue,
        equity=held,
        share=held / equity if equity > 0 else None,
        limit=limit,
        withdraw=min(quantize_money(leaving), held),
        move=min(quantize_money(surplus), held),
    )
