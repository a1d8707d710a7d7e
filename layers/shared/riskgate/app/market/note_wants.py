"""Note what an account wants of its venues, for the market data job: it reads no account."""

from __future__ import annotations

from datetime import datetime

from riskgate.app.ports.store import Store
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import ReadRequest
from riskgate.core.errors import Transient
from riskgate.core.limits import Limits
from riskgate.core.market.needs import list_places, list_wants
from riskgate.observability import logger

WANTS_LEFT = "wants_left_to_the_monitor"


def note_wants(store: Store, state: AccountState, limits: Limits | None, now: datetime) -> None:
    """Note what an account wants as it was read; where that fails, the monitor does it a minute later.

    Whoever notes has something else to do first that must not fail with it: a warning tells what was not noted.
    """
    try:
        store.wants.note(list_places(state), list_wants(state, limits), now)
    except Transient as error:
        _warn(state.account_id, error)


def note_wants_of(store: Store, account_id: str, now: datetime) -> None:
    """Read an account and note what it wants, as `note_wants` does."""
    try:
        found = store.read(ReadRequest(account_id=account_id))
    except Transient as error:
        _warn(account_id, error)
    else:
        note_wants(store, found.require_state(), found.limits.limits if found.limits else None, now)


def _warn(account_id: str, error: Transient) -> None:
    logger.warning(WANTS_LEFT, account_id=account_id, code=error.code, detail=error.detail)
