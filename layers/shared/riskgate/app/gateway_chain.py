"""The gateway's own audit chain: what concerns no single account."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from riskgate.app.commit_event import ATTEMPTS_MAX, DEADLINE_SECONDS, Deps, Effects, Place, audit_row, backoff
from riskgate.app.ports import Commit
from riskgate.core.errors import Contention, VersionConflict
from riskgate.core.events import Event
from riskgate.core.records import GATEWAY_CHAIN


def append_to_gateway_chain(
    deps: Deps, event: Event, effects_at: Callable[[Place], Effects], *, actor: str, now: datetime
) -> Effects:
    """Write one entry to the gateway's chain; its answer may name the sequence number it gets.

    Raises
    ------
    Contention : others won every race. Transient, OutcomeUnknown : the database did not confirm.
    """
    deadline = deps.monotonic() + DEADLINE_SECONDS
    for attempt in range(ATTEMPTS_MAX):
        backoff(deps, attempt)
        if deps.monotonic() > deadline:
            break
        stored = deps.store.read_chain(GATEWAY_CHAIN)
        version = (stored.version if stored is not None else 0) + 1
        sequence = (stored.audit_sequence if stored is not None else 0) + 1
        effects = effects_at(Place(state_version=version, audit_sequence=sequence, limits_version=0))
        row = audit_row(
            GATEWAY_CHAIN,
            stored,
            event=event,
            effects=effects,
            state_after=None,
            state_hash="",
            limits_version=0,
            actor=actor,
            now=now,
        )
        try:
            deps.store.commit(Commit(account_id=GATEWAY_CHAIN, expected=stored, state=None, state_json="", audit=row))
        except VersionConflict:
            continue
        return effects
    raise Contention
