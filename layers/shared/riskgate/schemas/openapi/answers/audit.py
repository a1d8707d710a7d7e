"""Answers of the audit and health routes."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from riskgate.schemas.fields import Instant
from riskgate.schemas.openapi.answers.base import Answer, Sequence

type Hash = Annotated[str, StringConstraints(pattern="^[0-9a-f]{64}$")]


class AuditEntryRow(Answer):
    """One link of the account's hash chain."""

    account_id: str
    sequence: Sequence
    previous_hash: Hash
    hash: Hash = Field(description="SHA-256 over the RFC 8785 canonical JSON of the entry without this field.")
    at: Instant
    actor: str = Field(description="Token id, job, or raw table edit.")
    event: str
    inputs: dict[str, Any] = Field(description="The event with everything that was read for it.")
    answer: Any = Field(description="What was answered.")
    limits_version: Sequence
    state_version_before: Sequence
    state_version_after: Sequence
    state_hash: str = Field(description="SHA-256 of the account document after the event.")
    engine_version: str
    notices: list[dict[str, Any]] = Field(description="What the event told the people in charge.")


class AuditPage(Answer):
    """Audit entries in order."""

    entries: list[AuditEntryRow]
    next_after: Sequence | None = Field(description="Pass as `after` for the next page; null on the last.")


class HealthAnswer(Answer):
    """The service answers."""

    status: Literal["ok"]
    engine_version: str


class TelegramAnswer(Answer):
    """The update was taken; what it asked for is answered in the chat."""

    ok: bool
