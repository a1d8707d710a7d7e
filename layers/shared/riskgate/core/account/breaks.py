"""Breaks: where a venue's books and ours disagree, from first sight to how they were closed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256

from riskgate.core.money import ZERO
from riskgate.core.replacing import replace
from riskgate.core.severity import Severity

#: Open breaks an account document holds; a run that finds more opens the gravest and says how many it left.
OPEN_BREAKS_MAX = 100
#: Closed breaks kept for reading; the audit log has them all.
CLOSED_BREAKS_MAX = 30
#: Breaks remembered as closed by a person while both sides disagree.
ACCEPTED_BREAKS_MAX = 200


class BreakKind(StrEnum):
    """What disagrees; public, never renamed."""

    ROGUE_ORDER = "rogue_order"
    DUPLICATE_ORDER = "duplicate_order"
    MISSING_ORDER = "missing_order"
    STATUS = "status"
    FILLED_QUANTITY = "filled_quantity"
    AVERAGE_PRICE = "average_price"
    FEE = "fee"
    STALE_ORDER = "stale_order"
    POSITION = "position"
    BALANCE = "balance"
    UNREADABLE_ROW = "unreadable_row"


#: A red break lets its market only reduce.
_SEVERITIES = {
    BreakKind.ROGUE_ORDER: Severity.RED,
    BreakKind.DUPLICATE_ORDER: Severity.RED,
    BreakKind.MISSING_ORDER: Severity.ORANGE,
    BreakKind.STATUS: Severity.ORANGE,
    BreakKind.FILLED_QUANTITY: Severity.ORANGE,
    BreakKind.AVERAGE_PRICE: Severity.YELLOW,
    BreakKind.FEE: Severity.YELLOW,
    BreakKind.STALE_ORDER: Severity.ORANGE,
    BreakKind.POSITION: Severity.RED,
    BreakKind.BALANCE: Severity.ORANGE,
    BreakKind.UNREADABLE_ROW: Severity.ORANGE,
}
#: What was done cannot be undone by looking again: only a person closes these.
#: A row that has left its list still means what nobody understood.
STICKY = frozenset({BreakKind.ROGUE_ORDER, BreakKind.DUPLICATE_ORDER, BreakKind.UNREADABLE_ROW})


class Closing(StrEnum):
    """How a break ended."""

    RESOLVED = "resolved"
    SELF_CLEARED = "self_cleared"


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One disagreement as one run sees it.

    `subject` names what it is about within the venue: an order, a market or an asset; `market` the market key it
    touches, if any. `ours` and `theirs` are the evidence from both sides, `mark` what makes it the same disagreement
    still (a difference stays the same while both sides move), `money` what is at issue in base currency, None where
    nothing values it.
    """

    kind: BreakKind
    venue: str
    subject: str
    ours: dict[str, str]
    theirs: dict[str, str]
    mark: str
    action: str
    market: str = ""
    client_order_id: str = ""
    money: Decimal | None = None

    @property
    def break_id(self) -> str:
        """Return the id of the break: always the same for the same kind and subject."""
        return sha256(f"{self.kind}\n{self.venue}\n{self.subject}".encode()).hexdigest()[:16]

    @property
    def severity(self) -> Severity:
        """Return how bad it is."""
        return _SEVERITIES[self.kind]


@dataclass(frozen=True, kw_only=True, slots=True)
class Break:
    """A disagreement that is open."""

    finding: Finding
    first_seen: datetime
    last_seen: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ClosedBreak:
    """A disagreement that is over: by a person's word, or because both sides agree again."""

    finding: Finding
    first_seen: datetime
    closed_at: datetime
    how: Closing
    who: str
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class AcceptedBreak:
    """A break that a person closed while both sides disagreed: it opens again only when its mark changes."""

    break_id: str
    kind: BreakKind
    venue: str
    mark: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Watermark:
    """How far a venue's history has been read: all up to `read_at`; the log stood at `audit_sequence` then."""

    read_at: datetime
    audit_sequence: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Reconciliation:
    """What reconciliation knows of an account.

    `run_id` names the last run; `watermarks` are per venue those of the last runs that read it whole, newest last.
    `adopted` is by how much snapshots moved swap positions beyond what fills explain, by market.
    """

    runs: int = 0
    run_id: str = ""
    run_at: datetime | None = None
    watermarks: dict[str, tuple[Watermark, ...]] = field(default_factory=dict)
    open: dict[str, Break] = field(default_factory=dict)
    closed: tuple[ClosedBreak, ...] = ()
    accepted: tuple[AcceptedBreak, ...] = ()
    adopted: dict[str, Decimal] = field(default_factory=dict)

    @property
    def money_at_issue(self) -> Decimal:
        """Return the sum over the open breaks, in base currency, as far as it is known."""
        return sum((item.finding.money or ZERO for item in self.open.values()), ZERO)

    def find(self, findings: tuple[Finding, ...], venues: frozenset[str], now: datetime) -> Reconciliation:
        """Return the breaks after a run that looked at everything of `venues` and found these disagreements there.

        What was open and is not found any more has cleared itself, but for what only a person closes. A row that nobody
        can read is found wherever it stood: it may be why the venue was not read whole.
        """
        found = {i.break_id: i for i in findings if i.venue in venues or i.kind is BreakKind.UNREADABLE_ROW}
        gone = [
            name
            for name, item in sorted(self.open.items())
            if item.finding.venue in venues and name not in found and item.finding.kind not in STICKY
        ]
        closed = [_close(self.open[name], now, Closing.SELF_CLEARED, "", "both sides agree again") for name in gone]
        still = {name: item for name, item in self.open.items() if name not in gone}
        accepted = {item.break_id: item for item in self.accepted if item.break_id in found or item.venue not in venues}
        accepted |= {item.break_id: item for item in self.accepted if item.kind in STICKY}
        for name, finding in sorted(found.items(), key=lambda entry: (-entry[1].severity.rank, entry[0])):
            if name in still:
                still[name] = replace(still[name], finding=finding, last_seen=now)
            elif (name not in accepted or accepted[name].mark != finding.mark) and len(still) < OPEN_BREAKS_MAX:
                still[name] = Break(finding=finding, first_seen=now, last_seen=now)
                accepted.pop(name, None)
        return replace(
            self,
            open=still,
            closed=(*self.closed, *closed)[-CLOSED_BREAKS_MAX:],
            accepted=tuple(item for item in self.accepted if item.break_id in accepted),
        )

    def note(self, finding: Finding, now: datetime, *, closed_for: str = "") -> Reconciliation:
        """Return the breaks with one that an entry of the log shows by itself; `closed_for`: why it is over at once."""
        known = self.open.get(finding.break_id)
        if closed_for:
            item = Break(finding=finding, first_seen=now, last_seen=now)
            over = _close(item, now, Closing.SELF_CLEARED, "", closed_for)
            return replace(self, closed=(*self.closed, over)[-CLOSED_BREAKS_MAX:])
        if known is None and len(self.open) >= OPEN_BREAKS_MAX:
            return self
        item = Break(finding=finding, first_seen=known.first_seen if known is not None else now, last_seen=now)
        return replace(self, open={**self.open, finding.break_id: item})

    def adopt(self, changes: Mapping[str, Decimal]) -> Reconciliation:
        """Return the breaks with what a snapshot took over from a venue and no fill explains: it stays a difference."""
        adopted = {key: self.adopted.get(key, ZERO) + changes.get(key, ZERO) for key in {*self.adopted, *changes}}
        return replace(self, adopted={key: amount for key, amount in sorted(adopted.items()) if amount})

    def resolve(self, break_id: str, who: str, why: str, now: datetime) -> Reconciliation:
        """Return the breaks with an open one closed on a person's word."""
        item = self.open[break_id]
        finding = item.finding
        accepted = AcceptedBreak(break_id=break_id, kind=finding.kind, venue=finding.venue, mark=finding.mark)
        taken_over = finding.market if finding.kind is BreakKind.POSITION else ""
        return replace(
            self,
            adopted={key: amount for key, amount in self.adopted.items() if key != taken_over},
            open={name: other for name, other in self.open.items() if name != break_id},
            closed=(*self.closed, _close(item, now, Closing.RESOLVED, who, why))[-CLOSED_BREAKS_MAX:],
            accepted=(*(o for o in self.accepted if o.break_id != break_id), accepted)[-ACCEPTED_BREAKS_MAX:],
        )


def _close(item: Break, now: datetime, how: Closing, who: str, why: str) -> ClosedBreak:
    return ClosedBreak(finding=item.finding, first_seen=item.first_seen, closed_at=now, how=how, who=who, why=why)
