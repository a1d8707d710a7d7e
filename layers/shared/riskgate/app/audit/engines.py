"""Which engines decided the entries of a log, by which rules, and whether this one can replay them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from riskgate import ENGINE_VERSION
from riskgate.core.errors import DocumentTooNew
from riskgate.core.orders.events import RULES, BatchDecided
from riskgate.schemas.versions import schema_of

if TYPE_CHECKING:
    from riskgate.core.ledger.events import Event
    from riskgate.schemas.log.audit_entry import AuditEntry


@dataclass(slots=True)
class EngineSeen:
    """One engine: how many entries it decided, and the oldest and newest rules they name."""

    entries: int = 0
    rules: tuple[int, int] | None = None


@dataclass(slots=True)
class EnginesSeen:
    """The engines of a log by version, in the order in which they first decided."""

    by_version: dict[str, EngineSeen] = field(default_factory=dict)

    def note(self, entry: AuditEntry, event: Event) -> None:
        """Count an entry; events without rules of their own are the same by all."""
        seen = self.by_version.setdefault(entry.engine_version, EngineSeen())
        seen.entries += 1
        rules = rules_of(event)
        if rules is not None:
            oldest, newest = seen.rules or (rules, rules)
            seen.rules = min(oldest, rules), max(newest, rules)


def rules_of(event: Event) -> int | None:
    """Return the rules that an event names; None where its effect never depended on any."""
    return getattr(event.legs[0] if isinstance(event, BatchDecided) else event, "rules", None)


def require_replayable(entry: AuditEntry) -> None:
    """Refuse an entry that a newer engine decided.

    Raises DocumentTooNew: by what it was decided; ValueError: what the entry names is no version.
    """
    rules, version = entry.rules or 1, schema_of(type(entry)).version
    if entry.oldest_reader and entry.oldest_reader > version:
        raise DocumentTooNew(f"for readers of version {entry.oldest_reader} or later, and this one reads {version}")
    if _parse(entry.engine_version) <= _parse(ENGINE_VERSION) and rules <= RULES:
        return
    by = f"decided by engine {entry.engine_version} with rules {rules}"
    this = f"this is engine {ENGINE_VERSION} with rules up to {RULES}"
    raise DocumentTooNew(f"{by}, {this}: replay it with that or a later one")


def _parse(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
