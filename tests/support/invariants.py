"""What must hold of the three tables after any history: the invariants of the gateway, checked from what is stored.

The checker reads the tables itself, not through the store. Limits are measured by a plain sum over positions
and working orders, not by the engine's running totals.

======  ==========================================================================================
I1      no approved order left a limit exceeded
I2      one client order id has at most one decision, stored as it stands in the log
I3      nothing covered by an engaged kill switch was approved
I4      the chain has no gap, every hash recomputes and links, its head is the account's
I5      the log alone, run through the engine, gives every decision and document again
I6      document = fold of the log, exposure = sum over the book, version = number of commits
I7      what the log says was approved is stored and can be found
I11     no order fills beyond its quantity without a break, and what is reserved belongs to an open order
======  ==========================================================================================
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from riskgate.adapters.dynamodb import items
from riskgate.adapters.dynamodb.packing import unpack
from riskgate.app.audit.archive_orders import tombstone_of
from riskgate.app.audit.verify_audit import Replay, verify_chain
from riskgate.app.ports.store import AuditRow
from riskgate.core.account.document import AccountState, OrderStatus
from riskgate.core.account.exposure import compute_exposure
from riskgate.core.account.stored import GATEWAY_CHAIN, GENESIS_HASH, OrderRecord
from riskgate.core.errors import StateCorrupt
from riskgate.core.kill_switch import list_scopes
from riskgate.core.order import Order
from riskgate.core.orders.events import BatchDecided, OrderDecided, OrderModified
from riskgate.core.safeguards.events import KillSwitchChanged
from riskgate.schemas.codec import encode, sha256_hex
from riskgate.schemas.log.audit_entry import AuditEntry, read_entry
from tests.support.invariant_limits import list_exceeded

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Item = dict[str, Any]


def assert_invariants(client: DynamoDBClient, *, state: str, control: str, audit: str) -> None:
    """Fail with every violation found in the three tables."""
    found = list(find_violations(client, state=state, control=control, audit=audit))
    assert not found, "\n".join(found)


def find_violations(client: DynamoDBClient, *, state: str, control: str, audit: str) -> Iterator[str]:
    """Yield one line for every violation."""
    tables = Tables.load(client, state=state, control=control, audit=audit)
    for account_id in sorted({*tables.accounts, *tables.chains}):
        for line in _check_account(tables, account_id):
            yield f"{account_id}: {line}"


@dataclass(kw_only=True)
class Tables:
    """All items, by what they are."""

    accounts: dict[str, Item] = field(default_factory=dict)
    orders: dict[str, dict[str, OrderRecord]] = field(default_factory=dict)
    limits: dict[str, Item] = field(default_factory=dict)
    chains: dict[str, list[AuditRow]] = field(default_factory=dict)

    @classmethod
    def load(cls, client: DynamoDBClient, *, state: str, control: str, audit: str) -> Tables:
        """Read the tables whole."""
        tables = cls()
        for item in _scan(client, state):
            account_id = item["pk"]["S"].removeprefix("ACCOUNT#")
            if item["sk"]["S"] == "STATE":
                tables.accounts[account_id] = item
            elif item["sk"]["S"].startswith("ORDER#"):
                record = items.parse_order(item)
                tables.orders.setdefault(account_id, {})[record.order.client_order_id] = record
        for item in _scan(client, control):
            if item["pk"]["S"] == "LIMITS":
                tables.limits[item["sk"]["S"].removeprefix("ACCOUNT#")] = item
        rows = sorted(_scan(client, audit), key=lambda item: int(item["sequence"]["N"]))
        for item in rows:
            tables.chains.setdefault(item["account_id"]["S"], []).append(read_row(item))
        return tables


@dataclass(kw_only=True)
class Decided:
    """One decision as the log tells it."""

    client_order_id: str
    order: Order
    sequence: int
    approved: bool
    answer: Any


def _check_account(tables: Tables, account_id: str) -> Iterator[str]:
    rows, item = tables.chains.get(account_id, []), tables.accounts.get(account_id)
    if item is None:
        # A table edit may have removed the document; the log must still be whole.
        yield from (f"I4 {finding}" for finding in verify_chain(rows))
        return
    try:
        stored = items.parse_account(item)
    except StateCorrupt as error:
        yield f"I6 unreadable: {error.detail}"
        return
    yield from (f"I4 entry {f.sequence}: {f.problem}" for f in verify_chain(rows, head=stored.audit_head))
    if not rows and stored.audit_head != GENESIS_HASH:
        yield "I4 the log is empty"
    if len(rows) != stored.audit_sequence:
        yield f"I4 {len(rows)} entries, the account names {stored.audit_sequence}"
    if stored.version != len(rows):
        yield f"I6 version {stored.version} after {len(rows)} commits"
    fold = Fold(account_id=account_id, switched=_list_switched(tables))
    for row in rows:
        yield from fold.feed(row)
    if account_id != GATEWAY_CHAIN:
        assert stored.state is not None
        yield from check_fold(fold, stored.state, tables.limits.get(account_id))
        yield from check_orders(fold, stored.state, tables.orders.get(account_id, {}))


@dataclass(kw_only=True)
class Fold:
    """The log run through the engine, entry by entry."""

    account_id: str
    switched: list[tuple[tuple[str, str], bool, datetime]]
    decided: list[Decided] = field(default_factory=list)
    engaged: dict[tuple[str, str], AuditRow] = field(default_factory=dict)
    replay: Replay = field(init=False)

    def __post_init__(self) -> None:
        """Start before the first entry."""
        self.replay = Replay(account_id=self.account_id)

    def feed(self, row: AuditRow) -> Iterator[str]:
        """Take one entry and yield what is wrong with it."""
        yield from (f"I5 entry {f.sequence}: {f.problem}" for f in self.replay.feed(row))
        entry, event = self.last_of(row)
        if isinstance(event, KillSwitchChanged):
            flag = (event.scope, event.key)
            if event.engaged:
                self.engaged[flag] = row
            else:
                self.engaged.pop(flag, None)
        if self.account_id == GATEWAY_CHAIN:
            return
        decided = list(list_decisions(entry, event))
        for decision in decided:
            if not decision.approved:
                continue
            yield from self.check_kill_switches(decision, row.at)
            assert self.replay.state is not None
            for line in list_exceeded(self.replay.state, self.replay.limits, decision.client_order_id):
                yield f"I1 entry {decision.sequence}: {line} after an approval"
        if not isinstance(event, OrderModified):
            self.decided += decided

    def last_of(self, row: AuditRow) -> tuple[AuditEntry, Any]:
        """Return an entry with its event, as the replay read them if it is the one that was fed last."""
        last = self.replay.last
        if last is not None and last.entry.sequence == row.sequence and not self.replay.stopped:
            return last.entry, last.event
        entry = read_entry(row.entry)
        return entry, entry.typed_inputs()

    def check_kill_switches(self, decision: Decided, at: datetime) -> Iterator[str]:
        """Yield what an approval ignored; `at` is when it was made."""
        order = decision.order
        if order.operator_exit:
            # A person vouched for it with a one-time code.
            return
        flags = set(list_scopes(order.account_id, order.venue, order.strategy, order.symbol))
        for flag in sorted(flags & set(self.engaged)):
            since = self.engaged[flag]
            # An account takes note of a release some time after it.
            if not self._was_released(flag, since.at, at):
                yield f"I3 entry {decision.sequence}: approved, kill switch {flag} engaged by entry {since.sequence}"

    def _was_released(self, flag: tuple[str, str], noted_at: datetime, at: datetime) -> bool:
        """Tell whether the gateway's log has a release of a flag between the engagement that was noted and an instant."""
        last = [engaged for name, engaged, when in self.switched if name == flag and when <= max(noted_at, at)]
        return bool(last) and not last[-1]


def _list_switched(tables: Tables) -> list[tuple[tuple[str, str], bool, datetime]]:
    """Return what the gateway's log says of kill switches: which, whether engaged, when."""
    events = ((row.at, read_entry(row.entry).typed_inputs()) for row in tables.chains.get(GATEWAY_CHAIN, []))
    return [((e.scope, e.key), e.engaged, at) for at, e in events if isinstance(e, KillSwitchChanged)]


def list_decisions(entry: AuditEntry, event: Any) -> Iterator[Decided]:
    """Yield what an entry decided about orders; `event` are its inputs, read."""
    if isinstance(event, OrderDecided | OrderModified):
        yield _decided(event.order, entry, entry.answer)
    elif isinstance(event, BatchDecided) and entry.answer["decision"] == "approved":
        # A denied batch decides nothing about its legs' ids.
        for leg, answer in zip(event.legs, entry.answer["legs"], strict=True):
            yield _decided(leg.order, entry, answer)


def _decided(order: Order, entry: AuditEntry, answer: Any) -> Decided:
    return Decided(
        client_order_id=order.client_order_id,
        order=order,
        sequence=entry.sequence,
        approved=answer["decision"] == "approved",
        answer=answer,
    )


def check_fold(fold: Fold, state: AccountState, limits_item: Item | None) -> Iterator[str]:
    """Hold the stored document and limits against the whole log, folded."""
    if fold.replay.state is None or encode(fold.replay.state) != encode(state):
        yield "I6 the document is not the fold of the log"
    if compute_exposure(state) != state.exposure:
        yield "I6 the running totals are not the sums over the book"
    if limits_item is None:
        yield "I6 no limits are stored"
        return
    stored = items.parse_limits(limits_item)
    if stored.limits != fold.replay.limits or stored.version != state.limits_version:
        yield "I6 the stored limits are not those of the log"
    if stored.content_hash != state.limits_hash:
        yield "I6 the stored limits do not match the hash in the document"


def check_orders(fold: Fold, state: AccountState, orders: dict[str, OrderRecord]) -> Iterator[str]:
    """Hold an account's stored orders against its log, folded, and against its document."""
    counted = Counter(decision.client_order_id for decision in fold.decided)
    yield from (f"I2 {name} was decided {times} times" for name, times in counted.items() if times > 1)
    yield from (f"I2 {name} is stored without a decision" for name in sorted(set(orders) - set(counted)))
    for decision in fold.decided:
        record = orders.get(decision.client_order_id)
        if record is None:
            yield f"I7 {decision.client_order_id} was decided and is not stored"
            continue
        answered = encode(decision.answer)
        if record.archived_at is not None:
            whole = replace(record, answer=answered.decode())
            answered = tombstone_of(whole, record.archived_in, record.archived_at).answer.encode()
        if record.answer.encode() != answered:
            yield f"I2 {decision.client_order_id} is stored with another answer than the log's"
        if decision.approved == (record.status is OrderStatus.DENIED):
            yield f"I7 {decision.client_order_id} is {record.status.value}, its decision was the opposite"
        if record.request_hash != sha256_hex(encode(decision.order)):
            yield f"I2 {decision.client_order_id} is stored with another request's hash"
    yield from _check_reservations(state, orders)


def _check_reservations(state: AccountState, orders: dict[str, OrderRecord]) -> Iterator[str]:
    open_orders = {name for name, record in orders.items() if not record.status.is_final}
    if open_orders != set(state.working_orders):
        yield f"I11 open orders {sorted(open_orders)}, reservations {sorted(state.working_orders)}"
    known = state.reconciliation
    noted = {item.finding.client_order_id for item in known.open.values()}
    noted |= {item.finding.client_order_id for item in known.closed}
    for name, record in orders.items():
        if record.filled_quantity > record.quantity and name not in noted:
            yield f"I11 {name} filled {record.filled_quantity} of {record.quantity}"
        working = state.working_orders.get(name)
        if working is None:
            continue
        # While an order is being replaced at the venue the larger of its two quantities stays reserved.
        whole = max(record.quantity, record.next_terms.quantity) if record.next_terms is not None else record.quantity
        if working.quantity + record.filled_quantity != whole:
            yield f"I11 {name} reserves {working.quantity}, {record.filled_quantity} of {whole} filled"
        if working.status is not record.status:
            yield f"I11 {name} is {record.status.value}, its reservation {working.status.value}"


def read_row(item: Item) -> AuditRow:
    """Read an item of the audit table."""
    return AuditRow(
        account_id=item["account_id"]["S"],
        sequence=int(item["sequence"]["N"]),
        hash=item["hash"]["S"],
        entry=unpack(item["entry"]).decode(),
        event=item["event"]["S"],
        at=datetime.fromisoformat(item["at"]["S"]),
        actor=item["actor"]["S"],
        decision=item["decision"]["S"],
        code=item["code"]["S"],
    )


def _scan(client: DynamoDBClient, table: str) -> list[Item]:
    pages = client.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return [dict(item) for page in pages for item in page["Items"]]
