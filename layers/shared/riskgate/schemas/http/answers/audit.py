"""Answers of the audit route."""

from datetime import datetime
from typing import Annotated, Any

import msgspec

from riskgate.schemas.http.answers.base import Answer, Sequence

type Hash = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class NamedInput(Answer):
    """A value that an entry does not have again: `place` is where in its inputs it belongs."""

    place: Annotated[str, "Names and numbers with dots between them."]
    hash: Annotated[Hash, "SHA-256 of the value's RFC 8785 canonical JSON."]
    sequence: Annotated[Sequence, "The earlier entry of the chain that has the value whole."]


class AuditEntryRow(Answer):
    """One link of the account's hash chain."""

    account_id: str
    sequence: Sequence
    previous_hash: Hash
    hash: Annotated[Hash, "SHA-256 over the RFC 8785 canonical JSON of the entry without this field."]
    at: datetime
    actor: Annotated[str, "Token id, job, or raw table edit."]
    event: str
    inputs: Annotated[dict[str, Any], "The event with everything that was read for it."]
    answer: Annotated[Any, "What was answered."]
    limits_version: Sequence
    state_version_before: Sequence
    state_version_after: Sequence
    state_hash: Annotated[str, "SHA-256 of the account document after the event."]
    engine_version: str
    notices: Annotated[list[dict[str, Any]], "What the event told the people in charge."]
    trace_id: (
        Annotated[str, "What everything that follows from the same request is found by; entries of before have none."]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    rules: (
        Annotated[int, "The newest rules that the engine knew; entries of engine 1.0.0 name none."] | msgspec.UnsetType
    ) = msgspec.UNSET
    schema_version: (
        Annotated[int, "The version of the entry's own shape; 1 where it is missing."] | msgspec.UnsetType
    ) = msgspec.UNSET
    oldest_reader: (
        Annotated[int, "The oldest such version that replays the entry; any where it is missing."] | msgspec.UnsetType
    ) = msgspec.UNSET
    named: (
        Annotated[tuple[NamedInput, ...], "Inputs that are null here: an earlier entry of the chain has each."]
        | msgspec.UnsetType
    ) = msgspec.UNSET
    state_schema_version: (
        Annotated[int, "The version of the account document that `state_hash` covers."] | msgspec.UnsetType
    ) = msgspec.UNSET


class AuditPage(Answer):
    """Audit entries in order."""

    entries: list[AuditEntryRow]
    next_after: Annotated[Sequence | None, "Pass as `after` for the next page; null on the last."]
