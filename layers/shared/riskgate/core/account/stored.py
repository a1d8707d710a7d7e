"""What is stored beside the account document: orders with their answers, and chain positions."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from riskgate.core.account.document import AccountState, OrderStatus, WorkingOrder
from riskgate.core.correlations import Correlations
from riskgate.core.errors import NotFound
from riskgate.core.figures import CorrelationRow, RiskReport
from riskgate.core.instrument import Instrument, Market, Quote
from riskgate.core.kill_switch import KillSwitch, list_scopes
from riskgate.core.limits import Limits
from riskgate.core.money import ZERO
from riskgate.core.order import Order, StopKeeper
from riskgate.core.order_book import OrderBook

#: Audit chain of what concerns no single account (tokens, global switches, unknown accounts).
GATEWAY_CHAIN = "gateway"
#: Hash before the first entry of a chain.
GENESIS_HASH = "0" * 64


@dataclass(frozen=True, kw_only=True, slots=True)
class HeldInput:
    """What an entry of the account's chain holds whole, so that later ones name it.

    `hash` is the SHA-256 of its canonical JSON, `sequence` the entry's, written `at`.
    """

    hash: str
    sequence: int
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredAccount:
    """The account document with its place in the audit chain; `state` is None for the gateway's own chain.

    `document` is its JSON as it is stored: an older version may have written it. `is_current` tells that it is what
    this version writes of `state`. `held` is what entries may name, the last used last; what is not there is written
    whole.
    """

    state: AccountState | None
    version: int
    audit_sequence: int
    audit_head: str
    document: bytes = field(default=b"", repr=False)
    is_current: bool = False
    held: tuple[HeldInput, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredLimits:
    """The limits item of an account; `content_hash` is computed from what was read, not stored."""

    limits: Limits
    version: int
    content_hash: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NextTerms:
    """Approved new terms of an order that the venue still works on its old ones.

    `quantity` is the whole order's, filled part included; `terms` is the reservation under the new terms alone,
    `held` the one the old terms had.
    """

    order: Order
    quantity: Decimal
    decision_price: Decimal
    terms: WorkingOrder
    held: WorkingOrder
    permit: str
    decided_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderRecord:
    """One order with the answer it got. `answer` is the stored JSON body, returned unchanged to a replay.

    `request_hash` identifies the request's content, `batch_id` the batch it came in. `quantity` is the
    resolved quantity; an order `is_kept` reserved beyond `expires_at`, until its end is told, else to
    `reserved_until` where it has one; `filled_notional` is in
    quote currency, `filled_fees` by the currency they were paid in.

    The rest belongs to routed orders: `permit` lets the worker send the terms decided at `decided_at`; `attempts`
    counts the sends, the last one made by `claimed_by` under `venue_client_id`; `revision` counts how often the
    order was replaced at the venue, and `next_terms` are approved terms that the venue does not have yet.
    `stop_kept_by` is who holds the stop of what fills, settled with the decision.
    `has_rebates` tells that rebates are in `filled_fees`: earlier versions left them out. `placed_as` is the venue's id
    as the bot that placed the order says: shown, and never taken for proof of whose an order at the venue is.
    `trace_id` is of the request that placed the order.

    `archived_at` makes it a tombstone: the order ended long ago, and the record of then with its whole answer is in the
    archive, in the object `archived_in`. What is left keeps the id taken.

    `version` is the account's version whose commit wrote the record as read.
    """

    order: Order
    order_id: str
    status: OrderStatus
    request_hash: str
    answer: str
    quantity: Decimal
    decision_price: Decimal
    created_at: datetime
    updated_at: datetime
    filled_quantity: Decimal = ZERO
    filled_notional: Decimal = ZERO
    filled_fees: dict[str, Decimal] = field(default_factory=dict)
    expires_at: datetime | None = None
    is_kept: bool = False
    reserved_until: datetime | None = None
    exchange_order_id: str | None = None
    batch_id: str | None = None
    reason: str = ""
    permit: str = ""
    decided_at: datetime | None = None
    attempts: int = 0
    claimed_by: str = ""
    venue_client_id: str = ""
    revision: int = 0
    next_terms: NextTerms | None = None
    stop_kept_by: StopKeeper | None = None
    version: int = 0
    has_rebates: bool = False
    placed_as: str = ""
    trace_id: str = ""
    archived_at: datetime | None = None
    archived_in: str = ""

    def is_released(self, now: datetime) -> bool:
        """Tell whether the clock has released an order that has not ended."""
        end = self.reserved_until or self.expires_at
        return end is not None and end <= now and not self.is_kept and not self.status.is_final


@dataclass(frozen=True, kw_only=True, slots=True)
class Marker:
    """Proof that something with this id was recorded, with the answer it got."""

    kind: str
    key: str
    request_hash: str
    answer: str

    @property
    def name(self) -> tuple[str, str]:
        """Return what a read asks for it by."""
        return self.kind, self.key


@dataclass(frozen=True, kw_only=True, slots=True)
class ReadRequest:
    """What one consistent batch read fetches for an account.

    `orders` bring their record, kill switches, quote, instrument and correlation row, at market the order book too;
    `client_order_ids` only records; `markets` (venue, symbol) only instrument and quote; `instruments` (venue, symbol)
    not even the quote; `markers` (kind, key); `books` (venue, symbol) order books; `assets` their correlation rows;
    orders and `with_report` bring the account's risk figures. Without `with_account` all of it comes alone: what is
    read then is facts about markets.
    """

    account_id: str
    orders: tuple[Order, ...] = ()
    client_order_ids: tuple[str, ...] = ()
    markets: tuple[tuple[str, str], ...] = ()
    instruments: tuple[tuple[str, str], ...] = ()
    markers: tuple[tuple[str, str], ...] = ()
    books: tuple[tuple[str, str], ...] = ()
    assets: tuple[str, ...] = ()
    with_report: bool = False
    with_account: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Snapshot:
    """What one batch read found; absent items are absent keys or None.

    `correlations` are rows by asset, `matrix` the correlations between all assets, which come with orders alone.
    `guard_version` is of the guard that vouches for the kill switches, empty where none does.
    """

    account: StoredAccount | None
    limits: StoredLimits | None
    kill_switches: tuple[KillSwitch, ...] = ()
    guard_version: str = ""
    records: dict[str, OrderRecord] = field(default_factory=dict)
    instruments: dict[str, Instrument] = field(default_factory=dict)
    quotes: dict[str, Quote] = field(default_factory=dict)
    correlations: dict[str, CorrelationRow] = field(default_factory=dict)
    matrix: Correlations | None = None
    markers: dict[tuple[str, str], Marker] = field(default_factory=dict)
    report: RiskReport | None = None
    books: dict[str, OrderBook] = field(default_factory=dict)

    @property
    def state(self) -> AccountState | None:
        """Return the account document, None where the account is not registered."""
        return self.account.state if self.account is not None else None

    def require_state(self) -> AccountState:
        """Return the account document; NotFound where the account is not registered."""
        if self.account is None or self.account.state is None:
            raise NotFound("the account is not registered", code="ACCOUNT_UNKNOWN")
        return self.account.state

    def market(self, key: str, asset: str | None = None) -> Market:
        """Return what was read for one market."""
        return Market(
            instrument=self.instruments.get(key),
            quote=self.quotes.get(key),
            correlation=self.correlations.get(asset) if asset is not None else None,
        )

    def kill_switches_for(self, order: Order) -> tuple[KillSwitch, ...]:
        """Return the flags that match one order."""
        scopes = list_scopes(order.account_id, order.venue, order.strategy, order.symbol)
        return tuple(flag for flag in self.kill_switches if (flag.scope, flag.key) in scopes)
