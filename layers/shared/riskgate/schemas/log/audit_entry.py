"""The audit entry: canonical JSON that the hash chain covers."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

import msgspec

from riskgate import ENGINE_VERSION
from riskgate.schemas.codec import DecodeError, decode, encode, sha256_hex
from riskgate.schemas.log.named_inputs import NamedInput, Resolve, fill_in
from riskgate.schemas.shape.shapes import require_known
from riskgate.schemas.versions import schema_of, upcast

if TYPE_CHECKING:
    from riskgate.core.ledger.events import Event


class AuditEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One entry of an account's chain.

    `inputs` is the event with everything that was read for it, `answer` what was answered, `state_hash` the
    SHA-256 of the account document's canonical JSON after the event (empty on the gateway's own chain), `notices`
    what the event has to tell a person, `trace_id` what everything that follows from its request is found by: no
    decision asks for it, and entries of earlier versions have none.

    `engine_version` and `rules` name the engine that decided and the newest rules it knew, `schema_version` the
    version of the entry's own shape with its event, `state_schema_version` that of the account document whose hash it
    has. Entries of engine 1.0.0 name their engine alone.

    `named` is what its inputs have null in place of: earlier entries of the chain hold it. Such an entry says the
    oldest version that replays it, `oldest_reader`.
    """

    account_id: str
    sequence: int
    previous_hash: str
    at: datetime
    actor: str
    event: str
    inputs: Any
    answer: Any
    limits_version: int
    state_version_before: int
    state_version_after: int
    state_hash: str
    engine_version: str = ENGINE_VERSION
    notices: Any = ()
    trace_id: str | msgspec.UnsetType = msgspec.UNSET
    rules: int | msgspec.UnsetType = msgspec.UNSET
    schema_version: int | msgspec.UnsetType = msgspec.UNSET
    state_schema_version: int | msgspec.UnsetType = msgspec.UNSET
    oldest_reader: int | msgspec.UnsetType = msgspec.UNSET
    named: tuple[NamedInput, ...] | msgspec.UnsetType = msgspec.UNSET

    def typed_inputs(self, *, whole: bool = False, resolve: Resolve | None = None) -> Event:
        """Return the inputs as the event they are.

        `whole`: refuse to leave anything out. `resolve` gives what the entry names; without it, that is None in the
        event. Raises ValueError: an event this engine does not know, inputs that do not fit it, or what is named is not
        there.
        """
        # Only a replay reads events back, and only it needs all of them: a decision does not load them.
        from riskgate.core.ledger.events import EVENT_TYPES  # noqa: PLC0415

        kind = EVENT_TYPES.get(self.event)
        if kind is None:
            raise ValueError(f"unknown event {self.event}")
        try:
            text = encode(self._fill_in(resolve, whole=whole))
            if whole:
                require_known(text, kind)
            event: Event = decode(text, kind)
        except DecodeError as error:
            raise ValueError(f"unreadable inputs: {error}") from error
        return event

    def _fill_in(self, resolve: Resolve | None, *, whole: bool) -> Any:
        if not self.named:
            return self.inputs
        if any(one.sequence >= self.sequence for one in self.named):
            raise ValueError("no earlier entry is named")
        if resolve is not None:
            return fill_in(self.inputs, self.named, resolve)
        if whole:
            raise ValueError("other entries hold a part of the inputs")
        return self.inputs


class _Versioned(msgspec.Struct, frozen=True):
    schema_version: int = 1


def seal(entry: AuditEntry) -> tuple[str, str]:
    """Return the entry's canonical JSON and its SHA-256 in hex."""
    text = encode(entry)
    return text.decode(), sha256_hex(text)


def read_entry(text: str) -> AuditEntry:
    """Read a stored entry back (DecodeError if it is none); inputs and answer stay plain JSON values.

    One of an earlier shape is brought up to today's; of a newer one what is not known here is left out.
    """
    version = decode(text, _Versioned).schema_version if schema_of(AuditEntry).upcasters else 1
    return decode(upcast(text, AuditEntry, version), AuditEntry)


def is_newer(text: str) -> bool:
    """Tell whether an entry says that a newer build wrote it; DecodeError if it is no object."""
    return decode(text, _Versioned).schema_version > schema_of(AuditEntry).version
