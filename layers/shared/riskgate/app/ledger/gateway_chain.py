"""The gateway's own audit chain: what concerns no single account."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from riskgate.app.ledger.commit_event import (
    ATTEMPTS_MAX,
    DEADLINE_SECONDS,
    Acting,
    Deps,
    Effects,
    LogPlace,
    backoff,
)
from riskgate.app.ledger.entry import audit_row
from riskgate.app.ports.store import Commit
from riskgate.core.account.stored import GATEWAY_CHAIN, Marker, ReadRequest
from riskgate.core.errors import Contention, OutcomeUnknown, VersionConflict

if TYPE_CHECKING:
    from riskgate.core.ledger.events import Event


def append_to_gateway_chain(
    acting: Acting,
    event: Event,
    effects_at: Callable[[LogPlace], Effects],
    *,
    once: Marker | None = None,
) -> Effects:
    """Write one entry to the gateway's chain; its answer may name the sequence number it gets.

    `once`: the event's identity where it may be told of again: then nothing is written a second time. Raises
    Contention: others won every race; Transient, OutcomeUnknown: the database did not confirm.
    """
    deps = acting.deps
    deadline = deps.monotonic() + DEADLINE_SECONDS
    failure: Contention | OutcomeUnknown = Contention()
    for attempt in range(ATTEMPTS_MAX):
        backoff(deps, attempt)
        if deps.monotonic() > deadline:
            break
        stored = deps.store.read_chain(GATEWAY_CHAIN)
        if once is not None and is_noted(deps, once):
            return Effects()
        version = (stored.version if stored is not None else 0) + 1
        sequence = (stored.audit_sequence if stored is not None else 0) + 1
        effects = effects_at(LogPlace(state_version=version, audit_sequence=sequence, limits_version=0))
        row = audit_row(
            acting,
            GATEWAY_CHAIN,
            stored,
            event=event,
            effects=effects,
            state_after=None,
            state_hash="",
            limits_version=0,
            trace_id=deps.trace_id,
        )
        commit = Commit(
            account_id=GATEWAY_CHAIN,
            expected=stored,
            state=None,
            state_json="",
            audit=row,
            markers=(once,) if once is not None else (),
        )
        try:
            deps.store.commit(commit)
        except VersionConflict:
            continue
        except OutcomeUnknown as error:
            if once is None:
                raise
            failure = error
            continue
        return effects
    raise failure


def change_marker(change_id: str, written: str = "") -> Marker:
    """Return what makes the entries of a kill switch's change unique; of one that the route logs also what it wrote."""
    return Marker(kind="EDIT", key=change_id, request_hash="", answer=written)


def is_noted(deps: Deps, once: Marker) -> bool:
    """Tell whether the gateway's chain has an entry of this identity."""
    return once.name in deps.store.read(ReadRequest(account_id=GATEWAY_CHAIN, markers=(once.name,))).markers
