"""Bind the secrets of an account's keys to it: whoever may register one account must not trade with another's key."""

from collections.abc import Iterable, Sequence

from riskgate.app.ports.store import Store
from riskgate.core.account.document import Venue
from riskgate.core.errors import Conflict, StateCorrupt

#: Bound to itself once the secrets of all accounts from before are bound; no secret is called so.
ALL_BEFORE = "*"


def bind_secrets(store: Store, account_id: str, venues: Sequence[Venue]) -> None:
    """Make sure that every secret named here is this account's, from now on and for good.

    Raises Conflict: code SECRET_OF_ANOTHER_ACCOUNT; nothing says whose it is.
    """
    names = _list_names(venues)
    if names and store.get_secret_owner(ALL_BEFORE) is None:
        _bind_all_before(store)
    for name in names:
        if (store.get_secret_owner(name) or store.bind_secret(name, account_id)) != account_id:
            raise Conflict("a secret belongs to one account, and this one to another", code="SECRET_OF_ANOTHER_ACCOUNT")


def _bind_all_before(store: Store) -> None:
    """Bind the secrets of accounts from before secrets were bound, once for all: a registration reads no other."""
    for other in store.list_accounts():
        try:
            stored = store.read_chain(other)
        except StateCorrupt:
            continue
        if stored is not None and stored.state is not None:
            for name in _list_names(stored.state.venues):
                store.bind_secret(name, other)
    store.bind_secret(ALL_BEFORE, ALL_BEFORE)


def _list_names(venues: Iterable[Venue]) -> list[str]:
    return sorted({v.key_secret for v in venues if v.key_secret is not None})
