"""Readings of an account that are too strange to believe at once: what is strange, and what confirms it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING

from riskgate.core.account.parts import EquityClaim, UnconfirmedReading
from riskgate.core.instrument import MarketType, market_key
from riskgate.core.money import ONE, ZERO
from riskgate.core.orders.decide import JUMP_FACTOR
from riskgate.core.safeguards.breakers import SECOND_LOOK_AFTER, SECOND_LOOK_SINCE

if TYPE_CHECKING:
    from riskgate.core.account.document import AccountState, Position
    from riskgate.core.ledger.account_events import SnapshotRecorded
    from riskgate.core.limits import Limits

#: Two strange readings this close to each other confirm one another.
CONFIRMATION_TOLERANCE = Decimal("0.2")
#: What funding, roundings and fees without a price may take from equity between two readings, and the value of a
#: position that may be gone: more is looked at again, which costs seconds.
UNEXPLAINED_FRACTION = Decimal("0.005")


def find_reason(state: AccountState, event: SnapshotRecorded) -> str:
    """Return why a reading is not believed at once, or an empty string where it is."""
    if event.equity <= 0:
        return "equity is not positive"
    if state.equity > 0 and not state.equity < event.equity * JUMP_FACTOR < state.equity * JUMP_FACTOR**2:
        return f"equity moved by a factor of {JUMP_FACTOR} or more"
    if not event.positions and any(event.is_about(position.venue) for position in state.positions.values()):
        return "no positions while the account holds some"
    if event.rules < SECOND_LOOK_SINCE:
        return ""
    gone = _list_gone(state, event)
    if gone:
        return f"nothing in {', '.join(gone[:3])} any more"
    if event.from_venues and state.monitored_since is not None and _has_fallen(state, event):
        return "equity fell by more than fills, prices, funding and transfers explain"
    return ""


def is_confirmed(first: UnconfirmedReading | None, event: SnapshotRecorded, reason: str) -> bool:
    """Tell whether a strange reading is the second of its kind."""
    # The same reading sent again is no second look.
    if first is None or not _is_alike(first, event, reason) or event.taken_at <= first.at:
        return False
    return event.rules < SECOND_LOOK_SINCE or event.taken_at - first.at >= SECOND_LOOK_AFTER


def remember(first: UnconfirmedReading | None, event: SnapshotRecorded, reason: str) -> UnconfirmedReading:
    """Return the reading that a later one is to confirm: the first of its kind, however often it is repeated."""
    if first is not None and event.rules >= SECOND_LOOK_SINCE and _is_alike(first, event, reason):
        return first
    return UnconfirmedReading(at=event.taken_at, equity=event.equity, reason=reason)


def _is_anywhere(_venue: str) -> bool:
    return True


def explain_equity(
    state: AccountState,
    marks: Mapping[str, Decimal],
    rates: Mapping[str, Decimal],
    is_about: Callable[[str], bool] = _is_anywhere,
) -> Decimal:
    """Return what equity would be if nothing but prices had moved since the account document was last changed.

    Parameters
    ----------
    marks : prices in quote currency by market key. rates : base currency per unit of an asset. What is in neither
        stays as it is. is_about : the venues that the rates are for.
    """
    change, held = ZERO, set()
    for key, position in state.positions.items():
        units = position.quantity * position.contract_size
        rate = rates.get(position.settle_currency, position.rate) if is_about(position.venue) else position.rate
        mark = marks.get(key, position.mark_price)
        if position.market_type is MarketType.SPOT:
            change += units * (mark * rate - position.mark_price * position.rate)
            held.add((position.venue, position.asset))
        else:
            change += units * (mark - position.mark_price) * rate
    for venue, balances in state.balances.items():
        for asset, balance in balances.items():
            known = state.rate(asset)
            if is_about(venue) and asset in rates and known is not None and (venue, asset) not in held:
                change += balance.total * (rates[asset] - known)
    return state.equity + change


def cap_equity(state: AccountState, limits: Limits, event: SnapshotRecorded) -> tuple[Decimal, EquityClaim | None]:
    """Return the equity that counts after a reading, and what is unproven of it.

    Whoever trades may report a loss at once, and a gain as far as the gateway's own prices explain it. What was
    believed beyond that adds up until somebody who cannot gain by it has looked: else small steps would go anywhere.
    """
    allowed = limits.equity_unexplained_gain_fraction_max
    if event.from_venues and event.excludes:
        # A look at some venues proves nothing of what is reported of the others.
        return event.equity, state.equity_claim
    if event.own_marks is None or allowed is None:
        return event.equity, None
    explained = explain_equity(state, event.own_marks, {})
    gain = event.equity - explained
    accepted = state.equity_claim.accepted if state.equity_claim is not None else ZERO
    if gain <= 0:
        return event.equity, EquityClaim(accepted=accepted) if accepted else None
    if accepted + gain <= allowed * max(explained, ZERO):
        return event.equity, EquityClaim(accepted=accepted + gain)
    return explained, EquityClaim(accepted=accepted, claimed=event.equity)


def _is_alike(first: UnconfirmedReading, event: SnapshotRecorded, reason: str) -> bool:
    return first.reason == reason and abs(event.equity - first.equity) <= CONFIRMATION_TOLERANCE * max(
        abs(first.equity), ONE
    )


def _list_gone(state: AccountState, event: SnapshotRecorded) -> list[str]:
    """Return what is held of worth and not reported any more: whole venues; where the gateway itself reads, markets.

    A spot holding may be booked in another market of its asset.
    """
    keys = {market_key(p.venue, p.symbol) for p in event.positions}
    spot = {(p.venue, p.asset) for p in event.positions if p.market_type is MarketType.SPOT}
    venues = {p.venue for p in event.positions}
    least = UNEXPLAINED_FRACTION * max(state.equity, ZERO)

    def is_gone(position: Position) -> bool:
        if not event.from_venues:
            return position.venue not in venues
        is_moved = position.market_type is MarketType.SPOT and (position.venue, position.asset) in spot
        return position.key not in keys and not is_moved and abs(position.value) > least

    held = (position for position in state.positions.values() if event.is_about(position.venue))
    return sorted(position.key for position in held if is_gone(position))


def _has_fallen(state: AccountState, event: SnapshotRecorded) -> bool:
    marks = {market_key(p.venue, p.symbol): p.mark_price for p in event.positions}
    explained = explain_equity(state, marks, event.rates, event.is_about)
    return explained - event.equity > UNEXPLAINED_FRACTION * max(state.equity, ZERO)
