"""The seam to the database: the account, its orders and its audit log."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import datetime

    from riskgate.core.account.document import AccountState
    from riskgate.core.account.order_names import VenueOrderName
    from riskgate.core.account.stored import HeldInput, Marker, OrderRecord, ReadRequest, Snapshot, StoredAccount
    from riskgate.core.instrument import Instrument, Quote
    from riskgate.core.kill_switch import KillSwitch, KillSwitchProgress, StoredKillSwitch
    from riskgate.core.limits import Limits
    from riskgate.core.market.needs import Place, Want
    from riskgate.core.order_book import OrderBook


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
    `order_names` are what venues call orders.
    `released` are the kill switches, by scope and key, that must not be engaged at this very instant; where
    `guard_version` is not empty, the guard of that version vouches for them: it must still have it.
    `held` is what entries of the chain hold for later ones, this entry included.
    `restores`: the table holds `replaces` instead of `expected`, which the log has (None where it holds nothing).
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
    order_names: tuple[VenueOrderName, ...] = ()
    limits: Limits | None = None
    limits_version: int = 0
    released: tuple[tuple[str, str], ...] = ()
    guard_version: str = ""
    restores: bool = False
    replaces: StoredAccount | None = None
    held: tuple[HeldInput, ...] = ()


class Wants(Protocol):
    """What accounts want of venues, joined over all of them."""

    def note(self, places: Collection[Place], wants: Collection[Want], now: datetime) -> None:
        """Note what an account wants; it holds for a day. Raises Transient: some of it may not be noted."""

    def list_places(self, now: datetime) -> Sequence[Place]:
        """Return the places that some account gives a secret for, in order (consistent)."""

    def list_wants(self, place: Place, now: datetime) -> Sequence[Want]:
        """Return all that is wanted of a place (consistent)."""


class KillSwitches(Protocol):
    """Kill switches, and how far each change of one has come."""

    def list(self) -> Sequence[StoredKillSwitch]:
        """Return all flags; a global one that is missing is listed as what it is, unreadable."""

    def get(self, scope: str, key: str) -> StoredKillSwitch | None:
        """Return one flag, None where its item does not exist (consistent)."""

    def put(
        self,
        flag: KillSwitch,
        *,
        cancel_open_orders: bool,
        now: datetime,
        actor: str,
        change_id: str = "",
        seen: int | None = None,
    ) -> int:
        """Write one flag over what was read a moment ago, and return its new version.

        `change_id`: of a change that its caller logs; written once, however often this is repeated. `seen`: the version
        that a release goes by. Raises VersionConflict: somebody else wrote it meanwhile, or a decision is being held
        against it just now; Contention: somebody engaged it after version `seen`.
        """

    def list_shards(self, scope: str, key: str) -> Sequence[int]:
        """Return the shards of accounts whose guards have to name a flag while it holds trading back."""

    def put_guards(self, shards: Collection[int], *, stale_alone: bool = False) -> tuple[Sequence[int], Sequence[int]]:
        """Let the guards of shards say what the flags say now; with `stale_alone` those that say something else.

        Returns which were written, and which lost a race and are to be put again.
        """

    def put_plan(self, name: str, progress: KillSwitchProgress) -> None:
        """Note that a change is being carried out; an older one never replaces a newer one."""

    def put_part(
        self,
        name: str,
        change_id: str,
        part: int,
        *,
        noted: int,
        unreadable: Sequence[str],
        now: datetime,
    ) -> None:
        """Note what a slice of the accounts came to."""

    def start_cancels(self, name: str, change_id: str, covers: str, *, orders: int, now: datetime) -> None:
        """Note how many orders of an account (at a venue) are to be cancelled, the first time it is asked."""

    def put_cancels(self, name: str, change_id: str, covers: str, *, still_open: int) -> None:
        """Note how many of those orders may still rest after an attempt to cancel them."""

    def list_progress(self, names: Sequence[str]) -> dict[str, KillSwitchProgress]:
        """Return how far the latest change of each named flag has come; nothing where none was carried out."""


class Store(Protocol):
    """Accounts, orders, market facts, limits and the audit log, and the kill switches beside them."""

    @property
    def kill_switches(self) -> KillSwitches:
        """Return where kill switches are kept."""

    @property
    def wants(self) -> Wants:
        """Return where it is kept what accounts want of venues."""

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

    def get_secret_owner(self, name: str) -> str | None:
        """Return the account that a secret is bound to, None where it is bound to none (consistent)."""

    def bind_secret(self, name: str, account_id: str) -> str:
        """Bind a secret to an account unless it is bound already, and return the account it is bound to then."""

    def is_keyed_venue(self, venue: str) -> bool:
        """Tell whether a venue was noted as one that the gateway reads itself (consistent)."""

    def note_keyed_venue(self, venue: str) -> None:
        """Note that an account names a key for a venue: the gateway reads it itself from now on."""

    def list_instruments(self, venue: str) -> Sequence[Instrument]:
        """Return all stored instruments of a venue, of every market type."""

    def put_instruments(self, instruments: Sequence[Instrument]) -> None:
        """Write instruments."""

    def put_quotes(self, quotes: Sequence[Quote]) -> int:
        """Write quotes; an older quote never replaces a newer one. Return how many were written."""

    def put_book(self, venue: str, book: OrderBook) -> bool:
        """Write a dated order book; an older one never replaces a newer one. Tell whether it was written."""
