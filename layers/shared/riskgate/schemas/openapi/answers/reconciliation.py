"""Answers of the reconciliation routes."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from riskgate.core.account.breaks import BreakKind, Closing
from riskgate.schemas.fields import Instant
from riskgate.schemas.openapi.answers.base import Answer, Money, Sequence

type BreakId = Annotated[str, StringConstraints(pattern="^[0-9a-f]{16}$")]
type BreakKindName = Annotated[str, Field(json_schema_extra={"enum": [kind.value for kind in BreakKind]})]


class BreakRow(Answer):
    """Where the venue's books and ours disagree."""

    break_id: BreakId = Field(description="Always the same for the same kind and subject.")
    kind: BreakKindName
    severity: Literal["yellow", "orange", "red"] = Field(description="A red break lets its market only reduce.")
    venue: str
    subject: str = Field(description="The order, market or asset.")
    market: str | None
    client_order_id: str | None
    ours: dict[str, str] = Field(description="What our side says.")
    theirs: dict[str, str] = Field(description="What the venue says; empty where it knows nothing of it.")
    money: Money | None = Field(description="At issue, in base currency; null where nothing values it.")
    action: str = Field(description="What to do about it.")
    first_seen: Instant


class OpenBreakRow(BreakRow):
    """A break that is open."""

    last_seen: Instant


class ClosedBreakRow(BreakRow):
    """A break that is over."""

    closed_at: Instant
    how: Annotated[str, Field(json_schema_extra={"enum": [how.value for how in Closing]})]
    who: str | None = Field(description="Null where both sides agree again by themselves.")
    why: str


class VenueReadingRow(Answer):
    """How a venue was read in a run."""

    venue: str
    complete: bool = Field(description="False: it did not answer everything, and nothing was raised or cleared there.")
    detail: str
    since: Instant | None = Field(description="From when on its history was read.")
    read_at: Instant | None
    orders: Sequence
    trades: Sequence
    balances: Sequence
    positions: Sequence


class RepairRow(Answer):
    """What a run put right on the venue's final word."""

    client_order_id: str
    fills: Sequence = Field(description="Missed fills that were recorded.")
    accepted_as: str = Field(description="The exchange's id of an order that was in doubt, or empty.")
    closed_as: str = Field(description="How an order had ended, or empty.")


class ReconciliationRunReport(Answer):
    """One run."""

    run_id: str
    at: Instant
    complete: bool
    venues: list[VenueReadingRow]
    compared: Sequence = Field(description="Orders, positions and balances that were compared.")
    matched: Sequence
    matched_fraction: Money
    found: Sequence = Field(description="Disagreements after repairs.")
    repairs: list[RepairRow]
    open: Sequence
    open_by_kind: dict[str, int]
    money_at_issue: Money


class ReconciliationAnswer(Answer):
    """How an account's books stand against its venues'."""

    account_id: str
    last_run: ReconciliationRunReport | None = Field(description="Null before the first run.")
    open: list[OpenBreakRow] = Field(description="Gravest first.")
    closed: list[ClosedBreakRow] = Field(description="The latest ones, newest first; the audit log has all.")
    money_at_issue: Money


class BreakResolvedAnswer(Answer):
    """A break was closed."""

    closed: ClosedBreakRow
    open: Sequence = Field(description="Breaks that are still open.")
    trading_state: str
    breakers: list[str] = Field(description="Tripped breakers, those of single markets too.")
