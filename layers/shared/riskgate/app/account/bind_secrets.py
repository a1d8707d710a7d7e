"""Bind the secrets of an account's keys to it: whoever may register one account must not trade with another's key."""

from collections.abc import Sequence

from riskgate.app.ports.store import Store
from riskgate.core.account.document import Venue
from riskgate.core.errors import Conflict, StateCorrupt


def bind_secrets(store: Store, account_id: str, venues: Sequence[Venue]) -> None:
    """Make sure that every secret named here is this account's, from now on and for good.

    Raises Conflict: code SECRET_OF_ANOTHER_ACCOUNT; nothing says whose it is.
    """
    for name in sorted({venue.secret_name for venue in venues if venue.secret_name is not None}):
        owner = store.get_secret_owner(name)
        if owner is None:
            # Accounts from before secrets were bound: asked for once, when a name is first bound.
            owner = _find_user(store, name, account_id) or store.bind_secret(name, account_id)
        if owner != account_id:
            raise Conflict("a secret belongs to one account, and this one to another", code="SECRET_OF_ANOTHER_ACCOUNT")


def _find_user(store: Store, name: str, account_id: str) -> str | None:
    """Return another account whose venues name the secret."""
    for other in store.list_accounts():
        if other == account_id:
            continue
        try:
            stored = store.read_chain(other)
        except StateCorrupt:
            continue
        state = stored.state if stored is not None else None
        if state is not None and any(venue.secret_name == name for venue in state.venues):
            return other
    return None
