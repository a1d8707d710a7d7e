"""The DynamoDB store: one consistent batch read and one transaction per decision."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from copy import copy
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from riskgate.adapters.dynamodb import documents, items, keyed_venues, secret_owners
from riskgate.adapters.dynamodb.batch_read import batch_read, query_all
from riskgate.adapters.dynamodb.errors import commit_errors, read_errors
from riskgate.adapters.dynamodb.instants import format_microseconds
from riskgate.adapters.dynamodb.kill_switches import DynamoKillSwitches
from riskgate.adapters.dynamodb.matrix import RememberedMatrix
from riskgate.adapters.dynamodb.packing import UnknownDictionary, unpack
from riskgate.adapters.dynamodb.snapshot import Keys, build_snapshot, list_keys
from riskgate.adapters.dynamodb.transaction import build_actions
from riskgate.adapters.dynamodb.wants import DynamoWants
from riskgate.app.ports.store import AuditRow, Commit
from riskgate.core.account.stored import OrderRecord, ReadRequest, Snapshot, StoredAccount
from riskgate.core.errors import InvalidRequest, NotFound
from riskgate.core.instrument import Instrument, Quote
from riskgate.core.order_book import OrderBook
from riskgate.core.replacing import replace
from riskgate.schemas.patterns import IDENTIFIER_PATTERN

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: A cursor holds a client order id.
_CURSOR_NAME = re.compile(IDENTIFIER_PATTERN)


type Rows = dict[tuple[str, str], items.Item]


class Beside(Protocol):
    """What each read of an account brings along for somebody else: items of the state table."""

    def list_keys(self) -> Iterable[items.Item]:
        """Return the keys to read."""

    def take(self, rows: Rows) -> None:
        """Take what was read."""


class DynamoStore:
    """Accounts, orders, market facts, kill switches, limits and the audit log in three tables."""

    def __init__(self, client: DynamoDBClient, *, state_table: str, control_table: str, audit_table: str) -> None:
        self._client = client
        self._state, self._control, self._audit = state_table, control_table, audit_table
        # What each account held when it was read last: the quotes of that come with the next read.
        self._held: dict[str, tuple[str, ...]] = {}
        self._matrix = RememberedMatrix()
        self._beside: Beside | None = None
        self.wants = DynamoWants(client, state_table)
        self.kill_switches = DynamoKillSwitches(client, state_table=state_table, control_table=control_table)

    def reading_beside(self, beside: Beside) -> DynamoStore:
        """Return the same store, whose reads bring something else along: it costs no request of its own."""
        other = copy(self)
        other._beside = beside  # noqa: SLF001 its own class
        return other

    def read(self, request: ReadRequest) -> Snapshot:
        """Read everything the request names in one strongly consistent batch.

        With orders also the quotes of all that is held and the correlations between all assets: in a second batch
        where this instance did not know that they are needed.
        """
        state, control = list_keys(request)
        if request.orders:
            for market in self._held.get(request.account_id, ()):
                state.add(items.quote_key(market))
            if self._matrix.is_wanted:
                state.add(items.correlations_key())
        if self._beside is not None:
            for key in self._beside.list_keys():
                state.add(key)
        found = batch_read(self._client, {self._state: state.keys, self._control: control.keys})
        if self._beside is not None:
            self._beside.take(found[self._state])
        with documents.reading("a stored item"):
            snapshot = build_snapshot(request, found[self._state], found[self._control])
        return self._complete(snapshot, request.account_id, found[self._state], state) if request.orders else snapshot

    def _complete(self, snapshot: Snapshot, account_id: str, found: Rows, asked: Keys) -> Snapshot:
        """Return the snapshot with the quotes of the markets that are held, and with the correlations."""
        self._matrix.take(found)
        missing = self._list_held(snapshot, account_id)
        if self._matrix.must_be_read(snapshot):
            missing.append(items.correlations_key())
        missing = [key for key in missing if asked.add(key)]
        quotes = snapshot.quotes
        if missing:
            rows = batch_read(self._client, {self._state: missing})[self._state]
            self._matrix.take(rows)
            with documents.reading("a stored quote"):
                quotes = quotes | {
                    items.market_of(sk): documents.unpack_document(row, Quote)
                    for (_, sk), row in rows.items()
                    if items.is_quote(sk)
                }
        return replace(snapshot, quotes=quotes, matrix=self._matrix.value)

    def _list_held(self, snapshot: Snapshot, account_id: str) -> list[items.Item]:
        """Return the keys of the held markets' quotes, where something else is held than was known."""
        known = snapshot.state
        held = tuple(known.positions) if known is not None else ()
        if held == self._held.get(account_id):
            return []
        self._held[account_id] = held
        return [items.quote_key(market) for market in held]

    @commit_errors
    def commit(self, commit: Commit) -> None:
        """Write one transaction, or raise VersionConflict, Transient or OutcomeUnknown."""
        actions = build_actions(commit, state_table=self._state, control_table=self._control, audit_table=self._audit)
        self._client.transact_write_items(TransactItems=actions)

    @read_errors
    def read_chain(self, account_id: str) -> StoredAccount | None:
        """Read only the account document (consistent)."""
        key = items.account_key(account_id)
        item = self._client.get_item(TableName=self._state, Key=key, ConsistentRead=True).get("Item")
        return items.parse_account(item) if item is not None else None

    @read_errors
    def get_order(self, account_id: str, client_order_id: str) -> OrderRecord:
        """Return one order (consistent), or raise NotFound."""
        key = items.order_key(account_id, client_order_id)
        item = self._client.get_item(TableName=self._state, Key=key, ConsistentRead=True).get("Item")
        if item is None:
            raise NotFound("no such order", code="ORDER_NOT_FOUND")
        return items.parse_order(item)

    @read_errors
    def list_orders(
        self, account_id: str, *, limit: int, cursor: str | None
    ) -> tuple[Sequence[OrderRecord], str | None]:
        """Return one page of orders by client order id, and the cursor of the next."""
        query: dict[str, Any] = {
            "TableName": self._state,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
            "ExpressionAttributeValues": {
                ":pk": {"S": items.account_pk(account_id)},
                ":prefix": {"S": "ORDER#"},
            },
            "ConsistentRead": True,
            "Limit": limit,
        }
        if cursor is not None:
            query["ExclusiveStartKey"] = items.order_key(account_id, _decode_cursor(cursor))
        page = self._client.query(**query)
        last = page.get("LastEvaluatedKey")
        following = _encode_cursor(last["sk"]["S"].removeprefix("ORDER#")) if last else None
        return [items.parse_order(item) for item in page["Items"]], following

    @read_errors
    def list_audit(self, account_id: str, *, after: int, limit: int) -> Sequence[AuditRow]:
        """Return audit entries after a sequence number, oldest first."""
        page = self._client.query(
            TableName=self._audit,
            KeyConditionExpression="account_id = :account AND #sequence > :after",
            ExpressionAttributeNames={"#sequence": "sequence"},
            ExpressionAttributeValues={":account": {"S": account_id}, ":after": {"N": str(after)}},
            ConsistentRead=True,
            Limit=limit,
        )
        return [_parse_audit(item) for item in page["Items"]]

    @read_errors
    def read_report(self, account_id: str, kind: str) -> str | None:
        """Return the latest report of a kind as JSON, None where there is none (consistent)."""
        key = items.report_key(account_id, kind)
        item = self._client.get_item(TableName=self._state, Key=key, ConsistentRead=True).get("Item")
        with documents.reading("a report"):
            return item["document"]["S"] if item is not None else None

    def list_accounts(self) -> Sequence[str]:
        """Return the ids of all registered accounts."""
        return [row["sk"]["S"].removeprefix("ACCOUNT#") for row in query_all(self._client, self._state, "ACCOUNTS")]

    def list_instruments(self, venue: str) -> Sequence[Instrument]:
        """Return all stored instruments of a venue, of every market type."""
        rows = query_all(self._client, self._state, "MARKET", items.instrument_key(f"{venue}:")["sk"]["S"])
        with documents.reading("a stored instrument"):
            return [documents.unpack_document(row, Instrument) for row in rows]

    @read_errors
    def put_instruments(self, instruments: Sequence[Instrument]) -> None:
        """Write instruments."""
        for instrument in instruments:
            item = items.instrument_key(instrument.key) | documents.write_document(instrument)
            self._client.put_item(TableName=self._state, Item=item)

    @read_errors
    def get_secret_owner(self, name: str) -> str | None:
        """Return the account that a secret is bound to, None where it is bound to none (consistent)."""
        return secret_owners.get_owner(self._client, self._control, name)

    @read_errors
    def bind_secret(self, name: str, account_id: str) -> str:
        """Bind a secret to an account unless it is bound already, and return the account it is bound to then."""
        secret_owners.bind(self._client, self._control, name, account_id)
        return secret_owners.get_owner(self._client, self._control, name) or account_id

    @read_errors
    def is_keyed_venue(self, venue: str) -> bool:
        """Tell whether a venue was noted as one that the gateway reads itself (consistent)."""
        return keyed_venues.has(self._client, self._control, venue)

    @read_errors
    def note_keyed_venue(self, venue: str) -> None:
        """Note that an account names a key for a venue: the gateway reads it itself from now on."""
        keyed_venues.note(self._client, self._control, venue)

    @read_errors
    def put_quotes(self, quotes: Sequence[Quote]) -> int:
        """Write quotes; an older quote never replaces a newer one. Return how many were written."""
        return sum(
            self._put_newer(items.quote_key(f"{quote.venue}:{quote.symbol}"), quote, quote.at) for quote in quotes
        )

    @read_errors
    def put_book(self, venue: str, book: OrderBook) -> bool:
        """Write a dated order book; an older one never replaces a newer one. Tell whether it was written."""
        assert book.at is not None  # noqa: S101 dated by whoever read it
        return self._put_newer(items.book_key(f"{venue}:{book.symbol}"), book, book.at)

    def _put_newer(self, key: items.Item, fact: Quote | OrderBook, dated: datetime) -> bool:
        """Write a market's fact unless a newer one is there; tell whether it was written."""
        at = {"S": format_microseconds(dated)}
        try:
            self._client.put_item(
                TableName=self._state,
                Item=key | documents.write_document(fact) | {"at": at},
                ConditionExpression="attribute_not_exists(pk) OR #at <= :at",
                ExpressionAttributeNames={"#at": "at"},
                ExpressionAttributeValues={":at": at},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _parse_audit(item: items.Item) -> AuditRow:
    try:
        entry = unpack(item["entry"]).decode()
    except (KeyError, ValueError, UnknownDictionary):
        # Somebody else wrote it: whoever verifies finds that it does not match its hash.
        entry = ""
    return AuditRow(
        account_id=item["account_id"]["S"],
        sequence=int(item["sequence"]["N"]),
        hash=item["hash"]["S"],
        entry=entry,
        event=item["event"]["S"],
        at=datetime.fromisoformat(item["at"]["S"]),
        actor=item["actor"]["S"],
        decision=item["decision"]["S"],
        code=item["code"]["S"],
    )


def _encode_cursor(name: str) -> str:
    return base64.urlsafe_b64encode(name.encode()).decode()


def _decode_cursor(cursor: str) -> str:
    try:
        name = base64.b64decode(cursor.encode("ascii"), altchars=b"-_", validate=True).decode("ascii")
    except (binascii.Error, UnicodeError):
        name = ""
    if _CURSOR_NAME.fullmatch(name) is None:
        raise InvalidRequest("this cursor does not come from this API", code="CURSOR_INVALID")
    return name
