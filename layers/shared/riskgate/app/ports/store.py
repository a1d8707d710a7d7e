"""The seam to the database: the account, its orders and its audit log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from riskgate.core.account.document import AccountState
    from riskgate.core.account.stored import Marker, OrderRecord, ReadRequest, Snapshot, StoredAccount
    from riskgate.core.instrument import Instrument, Quote
    from riskgate.core.kill_switch import KillSwitch
    from riskgate.core.limits import Limits


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditRow:
    """One sealed audit entry: `entry` is the canonical JSON that `hash` covers, `notices` how many it has to tell."""

    account_id: str
    sequence: int
    hash: str
    entry: str
    event: str
    at: datetime
    actor: str
    decision: str = ""
    code: str = ""
    notices: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class Commit:
    """One transaction: the account document moves from `expected` to `state`, with all that belongs to it.

    `new_records` must not exist yet, `records` replace what the same version of the account wrote;
    `expired` are order ids whose status becomes expired; `reports` are the latest of their kind, each with its JSON.
    """

    account_id: str
    expected: StoredAccount | None
    state: AccountState | None
    state_json: str
    audit: AuditRow
    new_records: tuple[OrderRecord, ...] = ()
    records: tuple[OrderRecord, ...] = ()
    expired: tuple[str, ...] = ()
    markers: tuple[Marker, ...] = ()
    reports: tuple[tuple[str, str], ...] = ()
    limits: Limits | None = None
    limits_version: int = 0


class Store(Protocol):
    """Accounts, orders, market facts, kill switches, limits and the audit log."""

    def read(self, request: ReadRequest) -> Snapshot:
        """Read everything the request names in one strongly consistent batch."""

    def commit(self, commit: Commit) -> None:
        """Write one transaction, or raise VersionConflict, Transient or OutcomeUnknown."""

    def read_chain(self, account_id: str) -> StoredAccount | None:
        """Read only the account document (consistent)."""

    def get_order(self, account_id: str, client_order_id: str) -> OrderRecord:
        """Return one order (consistent), or raise NotFound."""

    def list_orders(
        self, account_id: str, *, limit: int, cursor: str | None
    ) -> tuple[Sequence[OrderRecord], str | None]:
        """Return one page of orders by client order id, and the cursor of the next."""

    def list_audit(self, account_id: str, *, after: int, limit: int) -> Sequence[AuditRow]:
        """Return audit entries after a sequence number, oldest first."""

    def read_report(self, account_id: str, kind: str) -> str | None:
        """Return the latest report of a kind as JSON, None where there is none (consistent)."""

    def list_accounts(self) -> Sequence[str]:
        """Return the ids of all registered accounts."""

    def list_kill_switches(self) -> Sequence[KillSwitch]:
        """Return all flags."""

    def put_kill_switch(self, flag: KillSwitch, *, cancel_open_orders: bool, now: datetime, actor: str) -> None:
        """Write one flag."""

    def list_instruments(self, venue: str) -> Sequence[Instrument]:
        """Return all stored instruments of a venue, of every market type."""

    def put_instruments(self, instruments: Sequence[Instrument]) -> None:
        """Write instruments."""

    def put_quotes(self, quotes: Sequence[Quote]) -> int:
        """Write quotes; an older quote never replaces a newer one. Return how many were written."""
