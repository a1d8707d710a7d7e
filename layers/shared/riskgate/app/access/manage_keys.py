"""Issue and revoke keys of the front door; each change is an entry of the gateway's audit chain."""

from typing import Protocol

from riskgate.app.access.manage_tokens import append_change
from riskgate.app.ledger.commit_event import Acting
from riskgate.core.access.keys import ExchangeKey
from riskgate.core.account.stored import ReadRequest
from riskgate.core.errors import InvalidRequest, NotFound
from riskgate.core.ledger.gateway_events import TokenChange


class KeyStore(Protocol):
    """Where issued keys are kept."""

    def get_key(self, key_id: str) -> ExchangeKey | None:
        """Return the key as it is now, or None."""

    def put_key(self, key: ExchangeKey) -> None:
        """Store a new key; an id that is taken is a Conflict."""

    def revoke_key(self, key_id: str) -> None:
        """Revoke a key for good; one that does not exist is a NotFound."""


def find_venues(acting: Acting, account_id: str, names: list[str]) -> dict[str, str]:
    """Return the named venues of an account by market type.

    Raises NotFound: no such account; InvalidRequest: a venue is not the account's, or two trade the same type.
    """
    state = acting.deps.store.read(ReadRequest(account_id=account_id)).require_state()
    registered = {venue.venue: venue.market_type.value for venue in state.venues}
    if unknown := [name for name in names if name not in registered]:
        raise InvalidRequest(f"the account has no venue {unknown[0][:64]}", code="TOKEN_REQUEST_INVALID")
    venues = {registered[name]: name for name in names}
    if len(venues) != len(names):
        raise InvalidRequest("a key takes one venue of each market type", code="TOKEN_REQUEST_INVALID")
    return venues


def create_key(acting: Acting, key: ExchangeKey, *, keys: KeyStore) -> None:
    """Store a new key and note it in the audit log; nobody may be shown its secret before this returns.

    Raises Conflict: the id is taken; Contention, Transient, OutcomeUnknown: it opens nothing, as nobody knows it.
    """
    keys.put_key(key)
    append_change(acting, key.grant, TokenChange.CREATED)


def revoke_key(acting: Acting, key_id: str, *, keys: KeyStore) -> ExchangeKey:
    """Revoke a key for good, then note it in the audit log; repeating the call finishes half a one.

    Raises NotFound: no such key.
    """
    key = keys.get_key(key_id)
    if key is None:
        raise NotFound("no such key", code="TOKEN_NOT_FOUND")
    keys.revoke_key(key_id)
    append_change(acting, key.grant, TokenChange.REVOKED)
    return key
