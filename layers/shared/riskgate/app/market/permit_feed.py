"""Whose word counts about a venue's market: prices that a feeder invents value what every account holds there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from riskgate.app.market.keyed_venues import is_keyed_venue
from riskgate.core.access.tokens import Scope
from riskgate.core.account.stored import ReadRequest
from riskgate.core.errors import Conflict, Forbidden

if TYPE_CHECKING:
    from riskgate.app.ledger.commit_event import Deps
    from riskgate.core.access.tokens import Principal


def is_trusted(caller: Principal) -> bool:
    """Tell whether a caller may correct what a feed says: an administrator."""
    return Scope.ADMIN in caller.scopes


def permit_feed(deps: Deps, caller: Principal, venues: Iterable[str], *, code: str) -> None:
    """Make sure that a caller may write market facts of venues: those of its accounts that none of them has a key for.

    An administrator may write all. A token for all accounts may write every venue that no account has a key for.

    Raises Forbidden: code VENUE_NOT_PERMITTED, none of its accounts trades there; Conflict: with `code`, the gateway
    reads the venue itself.
    """
    if is_trusted(caller):
        return
    named = sorted(set(venues))
    if caller.has_all_accounts:
        keyed_anywhere = [venue for venue in named if is_keyed_venue(deps.store, venue)]
        if keyed_anywhere:
            raise Conflict(f"the gateway reads {keyed_anywhere[0]} itself", code=code)
        return
    known: set[str] = set()
    keyed: set[str] = set()
    for account_id in sorted(caller.accounts):
        state = deps.store.read(ReadRequest(account_id=account_id)).state
        if state is not None:
            known |= {venue.venue for venue in state.venues}
            keyed |= state.keyed_venues
    for venue in named:
        if venue not in known:
            raise Forbidden(f"no account of the token trades at {venue}", code="VENUE_NOT_PERMITTED")
        if venue in keyed:
            raise Conflict(f"the gateway reads {venue} itself", code=code)
