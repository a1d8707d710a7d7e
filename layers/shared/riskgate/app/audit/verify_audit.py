"""Verify an audit chain and re-decide every entry from the log alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from riskgate.app.audit.engines import EnginesSeen, require_replayable
from riskgate.app.audit.held_inputs import HeldInputs
from riskgate.app.hedging.plan_hedge import hedge_body
from riskgate.app.ledger.commit_event import LogPlace
from riskgate.app.orders.submit_batch import batch_body
from riskgate.app.orders.submit_order import answer_body
from riskgate.app.ports.store import AuditRow
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import GATEWAY_CHAIN, GENESIS_HASH
from riskgate.core.errors import DocumentTooNew
from riskgate.core.hedging.model import HedgePlanned
from riskgate.core.ledger.account_events import AccountRegistered, LimitsChanged
from riskgate.core.ledger.apply import Result, apply_event
from riskgate.core.limits import Limits
from riskgate.core.orders.decide import decide_unknown_account
from riskgate.core.orders.events import BatchDecided, OrderDecided, OrderModified
from riskgate.schemas.codec import DecodeError, decode, encode, sha256_hex
from riskgate.schemas.http.answers.base import Answer
from riskgate.schemas.log.audit_entry import AuditEntry, read_entry
from riskgate.schemas.versions import as_of

if TYPE_CHECKING:
    from riskgate.core.ledger.events import Event


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing wrong with an entry."""

    sequence: int
    problem: str


def verify_chain(
    rows: Iterable[AuditRow], *, head: str | None = None, after: tuple[int, str] = (0, GENESIS_HASH)
) -> Iterator[Finding]:
    """Yield every break of an account's chain: gaps, edited entries, wrong links, a head that does not match.

    `rows` are in order, from behind the entry that `after` names by sequence and hash; `head` is what the account
    document names, None to leave that out.
    """
    sequence, previous = after
    for row in rows:
        if row.sequence != sequence + 1:
            yield Finding(sequence=row.sequence, problem=f"gap after {sequence}")
        sequence = row.sequence
        if sha256_hex(row.entry.encode()) != row.hash:
            yield Finding(sequence=sequence, problem="the entry does not match its hash")
        try:
            entry = read_entry(row.entry)
            # Whatever it names, a newer engine's entry too: the chain is the same.
            canonical = encode(decode(row.entry, dict[str, Any]))
        except (DecodeError, TypeError):
            yield Finding(sequence=sequence, problem="the entry is unreadable")
            previous = row.hash
            continue
        if canonical != row.entry.encode():
            yield Finding(sequence=sequence, problem="the entry is not canonical JSON")
        if (entry.account_id, entry.sequence, entry.event, entry.actor) != (
            row.account_id,
            row.sequence,
            row.event,
            row.actor,
        ):
            yield Finding(sequence=sequence, problem="the entry and its attributes disagree")
        if entry.previous_hash != previous:
            yield Finding(sequence=sequence, problem="does not link to the entry before")
        previous = row.hash
    if head is not None and previous != head:
        yield Finding(sequence=sequence, problem="the last entry is not the head the account names")


@dataclass(frozen=True, kw_only=True, slots=True)
class Replayed:
    """An entry of an account's chain, its event, and what that came to when it was applied again to `before`."""

    before: AccountState | None
    entry: AuditEntry
    event: Event
    result: Result


@dataclass(slots=True)
class Replay:
    """Fold the log through today's engine, each entry by the rules it names, and compare with what was written.

    `state` is the account after the entries fed so far, `last` the newest of them with what it came to; `engines` which
    engines decided them by which rules.
    `stopped`: an entry of a newer engine, or one that cannot be read, ended the fold: what follows rests on it.
    `held`: what earlier entries hold for those that name it; a fold from the first entry on passes all of it.
    """

    account_id: str
    state: AccountState | None = None
    limits: Limits = field(default_factory=Limits)
    replayed: int = 0
    stopped: bool = False
    engines: EnginesSeen = field(default_factory=EnginesSeen)
    last: Replayed | None = None
    held: HeldInputs = field(default_factory=HeldInputs)

    def feed(self, row: AuditRow) -> list[Finding]:
        """Re-decide one entry; an empty list means it came out byte for byte."""
        if self.stopped:
            return []
        try:
            entry, event = _read_whole(row, self.held)
        except (DecodeError, ValueError, TypeError, DocumentTooNew) as error:
            self.stopped = True
            problem = error.detail if isinstance(error, DocumentTooNew) else f"unreadable: {error}"
            return [Finding(sequence=row.sequence, problem=problem)]
        self.replayed += 1
        self.engines.note(entry, event)
        if self.account_id == GATEWAY_CHAIN:
            return self._compare_unknown_account(entry, event)
        limits = event.limits if isinstance(event, AccountRegistered) and self.state is None else self.limits
        before = self.state
        result = apply_event(self.account_id, before, limits, event, entry.at)
        # As the gateway reads it: the stored document names orders and markets in another order than they came.
        text = encode(result.state)
        self.state = decode(text, AccountState)
        self.limits = event.limits if isinstance(event, LimitsChanged) else limits
        self.last = Replayed(before=before, entry=entry, event=event, result=result)
        return [*self._compare_state(entry, result, text), *_compare_answer(entry, event, result)]

    def _compare_state(self, entry: AuditEntry, result: Result, text: bytes) -> list[Finding]:
        findings = []
        document = as_of(text, AccountState, entry.state_schema_version or 1)
        if sha256_hex(document) != entry.state_hash:
            findings.append(Finding(sequence=entry.sequence, problem="the account document came out differently"))
        if result.state.version != entry.state_version_after:
            findings.append(Finding(sequence=entry.sequence, problem="the state version came out differently"))
        if encode(result.notices) != encode(entry.notices):
            findings.append(Finding(sequence=entry.sequence, problem="the notices came out differently"))
        return findings

    def _compare_unknown_account(self, entry: AuditEntry, event: Event) -> list[Finding]:
        if not isinstance(event, OrderDecided):
            return []
        decision = decide_unknown_account(event, entry.at)
        place = LogPlace(state_version=entry.state_version_after, audit_sequence=entry.sequence, limits_version=0)
        return _compare(entry, answer_body(event.order, decision, place, entry.at))


def _read_whole(row: AuditRow, held: HeldInputs) -> tuple[AuditEntry, Event]:
    entry = read_entry(row.entry)
    require_replayable(entry)
    event = entry.typed_inputs(whole=True, resolve=held.resolve)
    held.note(entry)
    return entry, event


def _compare_answer(entry: AuditEntry, event: Event, result: Result) -> list[Finding]:
    place = LogPlace(
        state_version=result.state.version,
        audit_sequence=entry.sequence,
        limits_version=result.state.limits_version,
    )
    if isinstance(event, OrderDecided | OrderModified):
        return _compare(entry, answer_body(event.order, result.decisions[0], place, entry.at))
    if isinstance(event, BatchDecided):
        orders = tuple(leg.order for leg in event.legs)
        return _compare(entry, batch_body(orders, result, place, entry.at))
    if isinstance(event, HedgePlanned):
        return _compare(entry, hedge_body(entry.account_id, event, result, place, entry.at))
    return []


def _compare(entry: AuditEntry, decided: Answer) -> list[Finding]:
    if encode(decided) == encode(entry.answer):
        return []
    written, came_out = entry.answer, decode(encode(decided), dict[str, Any])
    names = [name for name in came_out.keys() | written.keys() if came_out.get(name) != written.get(name)]
    return [Finding(sequence=entry.sequence, problem=f"decided differently in {', '.join(sorted(names))}")]
