"""Register an account."""

from __future__ import annotations

from collections.abc import Sequence

from riskgate.app.account.bind_secrets import bind_secrets
from riskgate.app.ledger.commit_event import Acting, Answered, Deps, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.market.keyed_venues import note_keyed_venues
from riskgate.app.market.note_wants import note_wants_of
from riskgate.core.account.document import AccountState, Venue
from riskgate.core.account.stored import GATEWAY_CHAIN, ReadRequest, Snapshot
from riskgate.core.account.venue_groups import exchange_of, have_own_wallets
from riskgate.core.errors import WALLET_REGISTERED_TWICE, Conflict, InvalidRequest
from riskgate.core.ledger.account_events import AccountRegistered
from riskgate.core.ledger.apply import Result
from riskgate.core.limits import Limits
from riskgate.schemas.codec import encode, sha256_hex
from riskgate.schemas.http.requests.accounts import AccountRequest


def loosens_account(deps: Deps, account_id: str, registration: AccountRequest) -> bool:
    """Tell whether a known account would be held to less when it is described so: a person must want that.

    Sectors and aliases have no order: each change may spread a concentration, or set one thing off against another.
    Where a venue or its key goes, or one comes without a key, others than the venues report what the account is worth.
    """
    state = deps.store.read(ReadRequest(account_id=account_id)).state
    if state is None:
        return False
    wanted = {venue.venue: venue for venue in registration.to_venues(account_id)}
    known = {venue.venue: venue for venue in state.venues}
    is_renamed = registration.to_aliases() != state.asset_aliases
    return (
        is_renamed
        or dict(registration.sectors) != state.sectors
        or not all(_is_kept(known.get(name), wanted.get(name)) for name in known | wanted)
    )


def _is_kept(known: Venue | None, wanted: Venue | None) -> bool:
    """Tell whether a venue stays as it was or gains a key; a new one must have its key."""
    if wanted is None:
        return False
    if known is None:
        return wanted.secret_name is not None
    if wanted.group != (known.group or exchange_of(known.venue)):
        # Wallets that count as one exchange would be told apart, or the other way about.
        return False
    if (wanted.paper_account is None) != (known.paper_account is None):
        # Money that exists would be told apart from such that does not, or the other way about.
        return False
    same_key = wanted.secret_name == known.secret_name
    return wanted.market_type is known.market_type and (same_key or known.secret_name is None)


def _is_described(state: AccountState, event: AccountRegistered) -> bool:
    described = (state.venues, state.sectors, state.asset_aliases)
    return described == (event.venues, event.sectors, event.asset_aliases)


def _require_own_wallets(venues: Sequence[Venue]) -> None:
    """Refuse one key for two venues, unless its exchange is known to have a wallet for each: it would count twice."""
    by_secret: dict[str, Venue] = {}
    for venue in venues:
        other = venue if venue.key_secret is None else by_secret.setdefault(venue.key_secret, venue)
        if other is not venue and not have_own_wallets(other.venue, venue.venue):
            text = f"{other.venue} and {venue.venue} have one key: what it holds would count twice"
            raise Conflict(text, code=WALLET_REGISTERED_TWICE)


def register_account(acting: Acting, account_id: str, registration: AccountRequest) -> bool:
    """Register an account with the shipped limits, or describe an existing one anew.

    Returns
    -------
    Whether it is new.

    Raises
    ------
    InvalidRequest : the id is reserved. Conflict : the base currency would change, a secret is another account's, or
    two venues have one wallet.
    """
    if account_id == GATEWAY_CHAIN:
        raise InvalidRequest("this account id is reserved", code="ACCOUNT_ID_RESERVED")
    venues = registration.to_venues(account_id)
    _require_own_wallets(venues)
    bind_secrets(acting.deps.store, account_id, venues)
    note_keyed_venues(acting.deps.store, venues)
    shipped = Limits()
    event = AccountRegistered(
        base_currency=registration.base_currency,
        venues=venues,
        sectors=dict(registration.sectors),
        asset_aliases=registration.to_aliases(),
        initial_equity=registration.initial_equity,
        limits=shipped,
        limits_hash=sha256_hex(encode(shipped)),
    )
    was_new: list[bool] = []

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[bool]:
        is_new = snapshot.account is None
        state = snapshot.state
        if maybe_committed and state is not None and _is_described(state, event):
            return Answered(was_new[-1])
        was_new.append(is_new)

        def effects(_result: Result, _place: LogPlace) -> tuple[bool, Effects]:
            return is_new, Effects(answer={"created": is_new})

        return Step(event, effects)

    is_new = commit_event(acting, ReadRequest(account_id=account_id), plan).value
    note_wants_of(acting.deps.store, account_id, acting.now)
    return is_new
