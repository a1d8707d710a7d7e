"""The account a use case works on."""

from __future__ import annotations

from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import Snapshot
from riskgate.core.errors import NotFound


def require_account(snapshot: Snapshot) -> AccountState:
    """Return the account that was read.

    Raises
    ------
    NotFound : it is not registered.
    """
    if snapshot.account is None or snapshot.account.state is None:
        raise NotFound("the account is not registered", code="ACCOUNT_UNKNOWN")
    return snapshot.account.state
