"""Make sure that an order leaves with a key of its own account, whatever the account document says."""

from collections.abc import MutableMapping

from riskgate.app.ports.store import Store
from riskgate.core.errors import Unprocessable


def require_own_secret(store: Store, account_id: str, name: str, known: MutableMapping[str, str]) -> None:
    """Make sure that a secret is no other account's; `known` keeps whose each one is, which never changes.

    One that is bound to nobody is from before secrets were bound, and passes.

    Raises Unprocessable: code SECRET_OF_ANOTHER_ACCOUNT.
    """
    owner = known.get(name) or store.get_secret_owner(name)
    if owner is None:
        return
    known[name] = owner
    if owner != account_id:
        raise Unprocessable("the venue's key is another account's", code="SECRET_OF_ANOTHER_ACCOUNT")
