"""Which venues the gateway reads itself, whosever accounts trade there: what jobs feed, no feeder does."""

from collections.abc import Iterable

from riskgate.app.ports.store import Store
from riskgate.core.account.document import Venue

#: Noted once the venues of all accounts from before are; no venue is called so.
ALL_BEFORE = "*"


def note_keyed_venues(store: Store, venues: Iterable[Venue]) -> None:
    """Note the venues that an account names a key for, for good: another account may have one there too."""
    for name in sorted({venue.venue for venue in venues if venue.secret_name is not None}):
        if not store.is_keyed_venue(name):
            store.note_keyed_venue(name)


def is_keyed_venue(store: Store, venue: str) -> bool:
    """Tell whether any account names, or ever named, a key for a venue.

    Raises StateCorrupt: a document from before venues were noted is not readable: nothing says what it has keys for.
    """
    if not store.is_keyed_venue(ALL_BEFORE):
        _note_all_before(store)
    return store.is_keyed_venue(venue)


def _note_all_before(store: Store) -> None:
    """Note the venues of accounts from before venues were noted, once for all: no later question reads an account."""
    for account_id in store.list_accounts():
        stored = store.read_chain(account_id)
        if stored is not None and stored.state is not None:
            note_keyed_venues(store, stored.state.venues)
    store.note_keyed_venue(ALL_BEFORE)
