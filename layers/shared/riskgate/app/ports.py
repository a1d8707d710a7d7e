"""Seams between the use cases and the outside: one protocol each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from riskgate.core.account import AccountState
from riskgate.core.limits import Limits
from riskgate.core.model import Instrument, KillSwitch, MarketType, Quote
from riskgate.core.records import Marker, OrderRecord, ReadRequest, Snapshot, StoredAccount
from riskgate.core.venue import (
    Candle,
    KeyPermissions,
    NewVenueOrder,
    OrderBook,
    VenueBalance,
    VenueClock,
    VenueOrder,
    VenueOrderRef,
    VenuePosition,
    VenueStatus,
    VenueTrade,
    VenueTransfer,
)
from riskgate.schemas.order_message import OrderMessage


@dataclass(frozen=True, kw_only=True, slots=True)
class AuditRow:
    """One sealed audit entry: `entry` is the canonical JSON that `hash` covers."""

    account_id: str
    sequence: int
    hash: str
    entry: str
    event: str
    at: datetime
    actor: str
    decision: str = ""
    code: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Commit:
    """One transaction: the account document moves from `expected` to `state`, with all that belongs to it.

    `new_records` must not exist yet, `records` replace what the same version of the account wrote;
    `expired` are order ids whose status becomes expired.
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
    limits: Limits | None = None
    limits_version: int = 0
    extra: dict[str, str] = field(default_factory=dict)


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

    def list_accounts(self) -> Sequence[str]:
        """Return the ids of all registered accounts."""

    def list_kill_switches(self) -> Sequence[KillSwitch]:
        """Return all flags."""

    def put_kill_switch(self, flag: KillSwitch, *, cancel_open_orders: bool, now: datetime, actor: str) -> None:
        """Write one flag."""

    def put_instruments(self, instruments: Sequence[Instrument]) -> None:
        """Write instruments."""

    def put_quotes(self, quotes: Sequence[Quote]) -> None:
        """Write quotes; an older quote never replaces a newer one."""


class Exchange(Protocol):
    """One venue of one account, spot or linear swap.

    Reads raise Transient (RateLimited) when the venue does not answer, Rejected (VenueAccessDenied for the key) when
    it refuses, and VenueAnswerInvalid when what it says cannot be read with certainty. A read never means that
    there is nothing: an empty answer is returned only where the venue gave one.
    """

    venue: str
    market_type: MarketType

    def client_order_id(self, order_id: str, revision: int = 0) -> str:
        """Return the venue's form of the gateway's order id (32 hex digits); always the same for the same order.

        A replaced order needs an id of its own: `revision` counts the replacements. Keep the result with the order.
        """

    def order_id_of(self, client_order_id: str) -> str | None:
        """Return the gateway's order id behind a client order id of revision 0, or None for another's."""

    def create_order(self, order: NewVenueOrder) -> VenueOrder:
        """Send an order, once. A client order id that the venue knows returns the order it knows.

        Raises
        ------
        InvalidRequest : off the venue's grid, or an order it does not offer: nothing was sent.
        Rejected : the venue refused it, and knows no order with this id.
        Transient : surely nothing happened.
        OutcomeUnknown : it may have happened: `get_order` tells, never send it again blindly.
        """

    def cancel_order(self, ref: VenueOrderRef) -> VenueOrder:
        """Cancel an order and return it as it is then: cancelled, or ended before by itself.

        Raises
        ------
        NotFound : the venue knows no such order.
        Rejected, Transient, OutcomeUnknown : it still rests, or may.
        """

    def cancel_all_orders(self, symbol: str) -> tuple[VenueOrder, ...]:
        """Cancel what rests in one market, waiting triggers too; return each of these orders as it is then."""

    def get_order(self, ref: VenueOrderRef) -> VenueOrder | None:
        """Return an order as the venue sees it, or None where it surely knows none."""

    def list_open_orders(self, symbol: str | None = None) -> tuple[VenueOrder, ...]:
        """Return all resting orders of one market or of all, waiting triggers too."""

    def list_trades(self, symbol: str | None, since: datetime) -> tuple[VenueTrade, ...]:
        """Return all fills since an instant, that instant included, by time; some venues need the market named."""

    def list_balances(self) -> tuple[VenueBalance, ...]:
        """Return all assets that are held."""

    def list_positions(self) -> tuple[VenuePosition, ...]:
        """Return all open swap positions; spot has none."""

    def list_quotes(self, symbols: Sequence[str]) -> tuple[Quote, ...]:
        """Return the quotes of those markets that have one."""

    def get_order_book(self, symbol: str, levels: int | None = None) -> OrderBook:
        """Return the resting orders of a market; `OrderBook.depth` sums what is within a band."""

    def list_candles(
        self, symbol: str, timeframe: str, since: datetime, until: datetime | None = None
    ) -> tuple[Candle, ...]:
        """Return the candles that open within a period, oldest first; a venue may not reach back all the way.

        Parameters
        ----------
        timeframe : str, 1m, 5m, 15m, 1h, 4h or 1d.
        """

    def list_transfers(self, since: datetime) -> tuple[VenueTransfer, ...]:
        """Return the money that moved in or out of the wallet since an instant, by time.

        Moves between the venue's own wallets count for each of them: within an account that holds both they cancel.
        The period starts up to a second early, so a transfer can be seen again: its id tells.
        """

    def list_instruments(self) -> tuple[Instrument, ...]:
        """Return the trading rules of all markets of the type; what has incomplete rules is left out."""

    def get_clock(self) -> VenueClock:
        """Return the venue's time, and how far ours is from it."""

    def get_status(self) -> VenueStatus:
        """Return what the venue says about its own state."""

    def get_key_permissions(self) -> KeyPermissions:
        """Return what the API key may do, and what could not be found out."""


class Queue(Protocol):
    """Work for the order worker: one lane per account, in order."""

    def send(self, message: OrderMessage) -> None:
        """Append a message to its account's lane; the same message again within minutes is dropped.

        Raises
        ------
        Transient : it may not have arrived; sending it again is safe.
        """
