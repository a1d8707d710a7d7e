"""What reconciliation writes into the log: each run with all it found, each break a person closed, funding paid."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from riskgate.core.account.breaks import Finding, Watermark
from riskgate.core.instrument import Instrument


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueReading:
    """How one venue was read: wholly, or not at all; then nothing is raised or cleared there.

    `since` is from when on its history was read, `watermark` how far; both None where it was not.
    """

    venue: str
    complete: bool
    detail: str = ""
    since: datetime | None = None
    watermark: Watermark | None = None
    orders: int = 0
    trades: int = 0
    balances: int = 0
    positions: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class RepairMade:
    """What a run put right on the venue's final word; the fills and the end have entries of their own before it.

    `fills` are missed fills that were recorded, `accepted_as` the exchange's id of an order that was in doubt,
    `closed_as` how an order had ended; a text is empty where there is nothing to say.
    """

    client_order_id: str
    fills: int = 0
    accepted_as: str = ""
    closed_as: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class ReconciliationRun:
    """One run over an account: what was read, compared, repaired, and what disagreed in the end.

    `findings` holds at most the gravest; `found` counts all of them.
    """

    event_name: ClassVar[str] = "reconciliation_run"
    run_id: str
    readings: tuple[VenueReading, ...]
    findings: tuple[Finding, ...]
    found: int
    repairs: tuple[RepairMade, ...]
    compared: int
    matched: int


@dataclass(frozen=True, kw_only=True, slots=True)
class RowsUnreadable:
    """The monitor met rows that nobody can read, in lists that reconciliation does not read: transfers."""

    event_name: ClassVar[str] = "rows_unreadable"
    findings: tuple[Finding, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class BreakResolved:
    """A person closed a break."""

    event_name: ClassVar[str] = "break_resolved"
    break_id: str
    reason: str
    who: str


@dataclass(frozen=True, kw_only=True, slots=True)
class FundingRecorded:
    """A swap's funding payment in settle currency; `amount` > 0 was received.

    It moves no figure of the account: the snapshots of the wallet do. The statement counts it for `strategy`, whose
    position it was.
    """

    event_name: ClassVar[str] = "funding_recorded"
    instrument: Instrument
    strategy: str
    payment_id: str
    amount: Decimal
    paid_at: datetime
