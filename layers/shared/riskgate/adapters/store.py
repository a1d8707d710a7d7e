"""The DynamoDB store: one consistent batch read and one transaction per decision."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from riskgate.adapters import store_items as items
from riskgate.adapters.dynamodb_errors import commit_errors, read_errors
from riskgate.app.ports import AuditRow, Commit
from riskgate.core.errors import InvalidRequest, NotFound, Transient
from riskgate.core.model import CorrelationRow, Instrument, KillSwitch, Quote, RiskReport
from riskgate.core.records import Marker as MarkerRecord
from riskgate.core.records import OrderRecord, ReadRequest, Snapshot, StoredAccount
from riskgate.schemas.codec import decode, encode
from riskgate.schemas.fields import IDENTIFIER_PATTERN

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: DynamoDB may leave keys of a batch unread under load; they are asked for again this often.
BATCH_READS_MAX = 4
BATCH_KEYS_MAX = 100
#: A cursor holds a client order id.
_CURSOR_NAME = re.compile(IDENTIFIER_PATTERN)


class DynamoStore:
    """Accounts, orders, market facts, kill switches, limits and the audit log in three tables."""

    def __init__(self, client: DynamoDBClient, *, state_table: str, control_table: str, audit_table: str) -> None:
        self._client = client
        self._state, self._control, self._audit = state_table, control_table, audit_table

    def read(self, request: ReadRequest) -> Snapshot:
        """Read everything the request names in one strongly consistent batch."""
        account_id = request.account_id
        state = _Keys()
        control = _Keys()
        state.add(items.account_key(account_id))
        control.add(items.limits_key(account_id))
        for scope, name in [("global", ""), ("account", account_id)]:
            control.add(items.kill_switch_key(scope, name))
        if request.orders or request.with_report:
            state.add(items.report_key(account_id))
        for order in request.orders:
            state.add(items.order_key(account_id, order.client_order_id))
            state.add(items.quote_key(order.key))
            state.add(items.instrument_key(order.key))
            state.add(items.correlation_key(order.symbol.partition("/")[0]))
            for scope, name in items.kill_switches_of(order):
                control.add(items.kill_switch_key(scope, name))
        for client_order_id in request.client_order_ids:
            state.add(items.order_key(account_id, client_order_id))
        for market in items.market_keys(request.markets):
            state.add(items.quote_key(market))
            state.add(items.instrument_key(market))
        for kind, name in request.markers:
            state.add(items.marker_key(account_id, kind, name))
        found = self._batch_get({self._state: state.keys, self._control: control.keys})
        with items.reading("a stored item"):
            return _snapshot(request, found[self._state], found[self._control])

    @read_errors
    def _batch_get(self, wanted: dict[str, list[items.Item]]) -> dict[str, dict[tuple[str, str], items.Item]]:
        found: dict[str, dict[tuple[str, str], items.Item]] = {table: {} for table in wanted}
        for chunk in _chunks(wanted):
            pending: dict[str, Any] = {table: {"Keys": keys, "ConsistentRead": True} for table, keys in chunk.items()}
            for _ in range(BATCH_READS_MAX):
                answer = self._client.batch_get_item(RequestItems=pending)
                for table, rows in answer["Responses"].items():
                    found[table].update({(row["pk"]["S"], row["sk"]["S"]): row for row in rows})
                pending = answer.get("UnprocessedKeys") or {}
                if not pending:
                    break
            else:
                raise Transient("the database did not answer all reads", code="THROTTLED")
        return found

    @commit_errors
    def commit(self, commit: Commit) -> None:
        """Write one transaction, or raise VersionConflict, Transient or OutcomeUnknown."""
        self._client.transact_write_items(TransactItems=self._actions(commit))

    def _actions(self, commit: Commit) -> Any:
        account_id, expected = commit.account_id, commit.expected
        version = (expected.version if expected is not None else 0) + 1
        account = items.account_item(
            account_id,
            commit.state,
            commit.state_json,
            version=version,
            sequence=commit.audit.sequence,
            head=commit.audit.hash,
        )
        put_account: dict[str, Any] = {"TableName": self._state, "Item": account}
        if expected is None:
            put_account |= {"ConditionExpression": "attribute_not_exists(pk)"}
        else:
            put_account |= {
                "ConditionExpression": "version = :version",
                "ExpressionAttributeValues": {":version": {"N": str(expected.version)}},
            }
        actions: list[dict[str, Any]] = [
            {"Put": put_account},
            {"Put": {"TableName": self._audit, "Item": _audit_item(commit.audit)} | _absent("account_id")},
        ]
        actions += [
            {"Put": {"TableName": self._state, "Item": items.order_item(record, version)} | _absent("pk")}
            for record in commit.new_records
        ]
        actions += [
            {"Put": {"TableName": self._state, "Item": items.order_item(record, version)} | _unchanged(record)}
            for record in commit.records
        ]
        for marker in commit.markers:
            item = items.marker_item(account_id, marker)
            actions.append({"Put": {"TableName": self._state, "Item": item} | _absent("pk")})
        actions.extend(self._expiry(account_id, order, version, commit.audit.at) for order in commit.expired)
        if commit.limits is not None:
            actions.extend(self._limits_actions(commit))
        if expected is None and commit.state is not None:
            actions.append({"Put": {"TableName": self._state, "Item": items.registry_key(account_id)}})
        return actions

    def _expiry(self, account_id: str, client_order_id: str, version: int, at: datetime) -> dict[str, Any]:
        return {
            "Update": {
                "TableName": self._state,
                "Key": items.order_key(account_id, client_order_id),
                "UpdateExpression": "SET #status = :expired, updated_at = :at, version = :version",
                "ExpressionAttributeNames": {"#status": "status"},
                "ExpressionAttributeValues": {
                    ":expired": {"S": "expired"},
                    ":at": {"S": items.instant(at)},
                    ":version": {"N": str(version)},
                },
            }
        }

    def _limits_actions(self, commit: Commit) -> list[dict[str, Any]]:
        assert commit.limits is not None  # noqa: S101 the caller checked
        arguments = (commit.account_id, commit.limits, commit.limits_version, commit.audit.at, commit.audit.actor)
        history = items.limits_history_key(commit.account_id, commit.limits_version)
        return [
            {"Put": {"TableName": self._control, "Item": items.limits_item(*arguments, target)}}
            for target in (items.limits_key(commit.account_id), history)
        ]

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

    def list_accounts(self) -> Sequence[str]:
        """Return the ids of all registered accounts."""
        return [row["sk"]["S"].removeprefix("ACCOUNT#") for row in self._query_all(self._state, "ACCOUNTS")]

    def list_kill_switches(self) -> Sequence[KillSwitch]:
        """Return all flags; a global one that is missing is listed as what it is, unreadable."""
        flags = []
        for row in self._query_all(self._control, "KILL_SWITCH"):
            scope, _, name = row["sk"]["S"].partition("#")
            flags.append(items.parse_kill_switch(scope.lower(), name, row))
        if all(flag is None or flag.scope != "global" for flag in flags):
            flags.insert(0, items.parse_kill_switch("global", "", None))
        return [flag for flag in flags if flag is not None]

    @read_errors
    def _query_all(self, table: str, pk: str) -> list[items.Item]:
        pages = self._client.get_paginator("query").paginate(
            TableName=table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": pk}},
            ConsistentRead=True,
        )
        return [row for page in pages for row in page["Items"]]

    @read_errors
    def put_kill_switch(self, flag: KillSwitch, *, cancel_open_orders: bool, now: datetime, actor: str) -> None:
        """Write one flag."""
        self._client.put_item(
            TableName=self._control,
            Item=items.kill_switch_key(flag.scope, flag.key)
            | {
                "engaged": {"BOOL": bool(flag.engaged)},
                "reason": {"S": flag.reason},
                "cancel_open_orders": {"BOOL": cancel_open_orders},
                "updated_at": {"S": items.instant(now)},
                "updated_by": {"S": actor},
            },
        )

    @read_errors
    def put_instruments(self, instruments: Sequence[Instrument]) -> None:
        """Write instruments."""
        for instrument in instruments:
            document = {"document": {"S": encode(instrument).decode()}}
            self._client.put_item(TableName=self._state, Item=items.instrument_key(instrument.key) | document)

    @read_errors
    def put_quotes(self, quotes: Sequence[Quote]) -> None:
        """Write quotes; an older quote never replaces a newer one."""
        for quote in quotes:
            at = {"S": items.instant(quote.at)}
            try:
                self._client.put_item(
                    TableName=self._state,
                    Item=items.quote_key(f"{quote.venue}:{quote.symbol}")
                    | {"document": {"S": encode(quote).decode()}, "at": at},
                    ConditionExpression="attribute_not_exists(pk) OR #at <= :at",
                    ExpressionAttributeNames={"#at": "at"},
                    ExpressionAttributeValues={":at": at},
                )
            except self._client.exceptions.ConditionalCheckFailedException:
                continue


class _Keys:
    """Unique keys in first-seen order: a batch read refuses duplicates."""

    def __init__(self) -> None:
        self.keys: list[items.Item] = []
        self._seen: set[tuple[str, str]] = set()

    def add(self, key: items.Item) -> None:
        name = (key["pk"]["S"], key["sk"]["S"])
        if name not in self._seen:
            self._seen.add(name)
            self.keys.append(key)


def _chunks(wanted: dict[str, list[items.Item]]) -> Iterable[dict[str, list[items.Item]]]:
    flat = [(table, key) for table, keys in wanted.items() for key in keys]
    for start in range(0, len(flat), BATCH_KEYS_MAX):
        chunk: dict[str, list[items.Item]] = {}
        for table, key in flat[start : start + BATCH_KEYS_MAX]:
            chunk.setdefault(table, []).append(key)
        yield chunk


def _snapshot(
    request: ReadRequest, state: dict[tuple[str, str], items.Item], control: dict[tuple[str, str], items.Item]
) -> Snapshot:
    account_id = request.account_id

    def at(key: items.Item, rows: dict[tuple[str, str], items.Item] = state) -> items.Item | None:
        return rows.get((key["pk"]["S"], key["sk"]["S"]))

    account, limits, report = (
        at(items.account_key(account_id)),
        at(items.limits_key(account_id), control),
        at(items.report_key(account_id)),
    )
    scopes = dict.fromkeys([("global", ""), ("account", account_id)])
    for order in request.orders:
        scopes.update(dict.fromkeys(items.kill_switches_of(order)))
    flags = [items.parse_kill_switch(s, n, at(items.kill_switch_key(s, n), control)) for s, n in scopes]
    documents = {name: row["document"]["S"].encode() for name, row in state.items() if "S" in row.get("document", {})}

    def typed[T](prefix: str, kind: type[T]) -> dict[str, T]:
        return {
            items.market_of(sk): decode(document, kind)
            for (pk, sk), document in documents.items()
            if pk == "MARKET" and sk.startswith(prefix)
        }

    ids = {*request.client_order_ids, *(order.client_order_id for order in request.orders)}
    records = {i: at(items.order_key(account_id, i)) for i in ids}
    markers = {m: at(items.marker_key(account_id, *m)) for m in request.markers}
    return Snapshot(
        account=items.parse_account(account) if account is not None else None,
        limits=items.parse_limits(limits) if limits is not None else None,
        kill_switches=tuple(flag for flag in flags if flag is not None),
        records={i: items.parse_order(row) for i, row in records.items() if row is not None},
        instruments=typed("INSTRUMENT#", Instrument),
        quotes=typed("QUOTE#", Quote),
        correlations=typed("CORRELATION#", CorrelationRow),
        markers={
            m: decode(row["document"]["S"].encode(), MarkerRecord) for m, row in markers.items() if row is not None
        },
        report=decode(report["document"]["S"].encode(), RiskReport) if report is not None else None,
    )


def _absent(attribute: str) -> dict[str, str]:
    return {"ConditionExpression": f"attribute_not_exists({attribute})"}


def _unchanged(record: OrderRecord) -> dict[str, Any]:
    # A batch read is no snapshot: it may have seen the account after a commit and the order before it.
    return {
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": {"N": str(record.version)}},
    }


def _audit_item(row: AuditRow) -> items.Item:
    return {
        "account_id": {"S": row.account_id},
        "sequence": {"N": str(row.sequence)},
        "hash": {"S": row.hash},
        "entry": {"S": row.entry},
        "event": {"S": row.event},
        "at": {"S": items.instant(row.at)},
        "actor": {"S": row.actor},
        "decision": {"S": row.decision},
        "code": {"S": row.code},
    }


def _parse_audit(item: items.Item) -> AuditRow:
    return AuditRow(
        account_id=item["account_id"]["S"],
        sequence=int(item["sequence"]["N"]),
        hash=item["hash"]["S"],
        entry=item["entry"]["S"],
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
        raise InvalidRequest("the cursor is not one this API gave", code="CURSOR_INVALID")
    return name
