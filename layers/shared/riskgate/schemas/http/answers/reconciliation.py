"""Answers of the reconciliation routes."""

from datetime import datetime
from typing import Annotated

import msgspec

from riskgate.core.account.breaks import BreakKind, Closing
from riskgate.core.account.document import TradingState
from riskgate.core.reconciliation.events import RepairMade
from riskgate.core.severity import Severity
from riskgate.schemas.http.answers.base import Answer, Money, Sequence

type BreakId = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{16}$")]


class BreakRow(Answer):
    """Where the venue's books and ours disagree."""

    break_id: Annotated[BreakId, "Always the same for the same kind and subject."]
    kind: BreakKind
    severity: Annotated[Severity, "A red break lets its market only reduce."]
    venue: str
    subject: Annotated[str, "The order, market or asset."]
    market: str | None
    client_order_id: str | None
    ours: Annotated[dict[str, str], "What our side says."]
    theirs: Annotated[dict[str, str], "What the venue says; empty where it knows nothing of it."]
    money: Annotated[Money | None, "At issue, in base currency; null where nothing values it."]
    action: Annotated[str, "What to do about it."]
    first_seen: datetime


class OpenBreakRow(BreakRow):
    """A break that is open."""

    last_seen: datetime


class ClosedBreakRow(BreakRow):
    """A break that is over."""

    closed_at: datetime
    how: Closing
    who: Annotated[str | None, "Null where both sides agree again by themselves."]
    why: str


class VenueReadingRow(Answer):
    """How a venue was read in a run."""

    venue: str
    complete: Annotated[bool, "False: it did not answer everything, and nothing was raised or cleared there."]
    detail: str
    since: Annotated[datetime | None, "From when on its history was read."]
    read_at: datetime | None
    orders: Sequence
    trades: Sequence
    balances: Sequence
    positions: Sequence


class ReconciliationRunReport(Answer):
    """One run."""

    run_id: str
    at: datetime
    complete: bool
    venues: list[VenueReadingRow]
    compared: Annotated[Sequence, "Orders, positions and balances that were compared."]
    matched: Sequence
    matched_fraction: Money
    found: Annotated[Sequence, "Disagreements after repairs."]
    repairs: list[RepairMade]
    open: Sequence
    open_by_kind: dict[str, int]
    money_at_issue: Money


class ReconciliationAnswer(Answer):
    """How an account's books stand against its venues'."""

    account_id: str
    last_run: Annotated[ReconciliationRunReport | None, "Null before the first run."]
    open: Annotated[list[OpenBreakRow], "Gravest first."]
    closed: Annotated[list[ClosedBreakRow], "The latest ones, newest first; the audit log has all."]
    money_at_issue: Money


class BreakResolvedAnswer(Answer):
    """A break was closed."""

    closed: ClosedBreakRow
    open: Annotated[Sequence, "Breaks that are still open."]
    trading_state: TradingState
    breakers: Annotated[list[str], "Tripped breakers, those of single markets too."]
