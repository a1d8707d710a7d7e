"""Equity where only some venues have a key: what the gateway reads there, and what is reported of the others.

Both are kept apart, each as last seen and moved since, and equity is their sum: neither side says what the other holds,
and they may come in any order.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from riskgate.core.account.parts import EquityParts
from riskgate.core.instrument import MarketType
from riskgate.core.ledger.suspicion import UNEXPLAINED_FRACTION
from riskgate.core.market.valuation import value_balances
from riskgate.core.money import ONE, ZERO, with_risk_context
from riskgate.core.replacing import replace

if TYPE_CHECKING:
    from datetime import datetime

    from riskgate.core.account.document import AccountState
    from riskgate.core.account.parts import UnconfirmedReading
    from riskgate.core.ledger.account_events import SnapshotRecorded

#: How the reason begins for which a reading of the venues with a key waits, where others have none.
_READ = "at the venues with a key: "
#: Rules from which on a reading of some venues tells their equity alone.
PARTS_SINCE = 4


def join_parts(state: AccountState, event: SnapshotRecorded) -> tuple[SnapshotRecorded, EquityParts | None]:
    """Return a reading of some venues as one whose equity is the account's, with the parts it is the sum of.

    What nobody has told yet of the other venues is the rest of the equity that is known of the account: registration,
    and readings from before parts were kept, told it as a whole.
    """
    if not event.excludes or event.rules < PARTS_SINCE:
        return event, None
    parts, told, at = state.equity_parts, event.equity, event.taken_at
    rest, since = max(ZERO, state.equity - told), state.equity_at
    if not event.from_venues and state.monitored_since is not None and not any(map(event.is_about, state.balances)):
        # The gateway has read all there was: what is reported is of venues that came since.
        rest = state.equity
    if event.from_venues:
        other = (rest, since) if parts is None else (parts.reported, parts.reported_at)
        joined = EquityParts(read=told, read_at=at, reported=other[0], reported_at=other[1])
    else:
        other = (rest, since) if parts is None else (parts.read, parts.read_at)
        joined = EquityParts(read=other[0], read_at=other[1], reported=told, reported_at=at)
    return replace(event, equity=joined.read + joined.reported), joined


def keep_parts(
    state: AccountState, event: SnapshotRecorded, parts: EquityParts | None, equity: Decimal
) -> AccountState:
    """Return the account after a reading with its parts; equity is as old as the older one.

    `event` is the joined one, `equity` what counts of it: what does not is left out of the reading's own part.
    """
    if parts is not None and event.from_venues:
        parts = replace(parts, read=parts.read + equity - event.equity)
    elif parts is not None:
        parts = replace(parts, reported=parts.reported + equity - event.equity)
    return replace(state, equity_parts=parts, equity_at=event.taken_at if parts is None else parts.seen_at)


def name_side(reason: str, event: SnapshotRecorded, parts: EquityParts | None) -> str:
    """Return why a reading is not believed, as that of its side: no reading of the other one confirms it."""
    return f"{_READ}{reason}" if reason and parts is not None and event.from_venues else reason


def keep_doubt(state: AccountState, event: SnapshotRecorded, parts: EquityParts | None) -> UnconfirmedReading | None:
    """Return the strange reading of the venues with a key that waits on, whatever is reported of the others."""
    first = state.unconfirmed
    is_kept = first is not None and parts is not None and not event.from_venues and first.reason.startswith(_READ)
    return first if is_kept else None


def find_last_at(state: AccountState, event: SnapshotRecorded) -> datetime:
    """Return when the venues that a reading is of were last seen: an older one of them tells nothing."""
    parts = state.equity_parts
    if parts is None or not event.excludes:
        return state.last_seen_at
    return parts.read_at if event.from_venues else parts.reported_at


@with_risk_context
def is_backed(state: AccountState, event: SnapshotRecorded) -> bool:
    """Tell whether the equity of a report of some venues is what its own balances are worth.

    The wallet of swaps may be told with or without what its positions gained, as venues do.
    """

    def rate_of(asset: str) -> Decimal:
        if asset == state.base_currency:
            return ONE
        return event.rates.get(asset) or state.rate(asset) or ZERO

    coins, gained = {}, ZERO
    for p in event.positions:
        if p.market_type is MarketType.SPOT:
            coins[p.asset] = p.mark_price * rate_of(p.settle_currency)
        else:
            gained += p.quantity * p.contract_size * (p.mark_price - p.average_price) * rate_of(p.settle_currency)
    totals, _ = value_balances(event.balances, lambda asset: coins.get(asset) or rate_of(asset))
    held = sum(totals.values(), ZERO)
    return any(abs(event.equity - worth) <= UNEXPLAINED_FRACTION * abs(worth) for worth in (held, held + gained))
