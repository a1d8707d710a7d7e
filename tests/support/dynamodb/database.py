"""A DynamoDB in this process: requests and answers as the client has them, without HTTP and without JSON.

It knows what the gateway uses; a parameter it does not know is a NotImplementedError, never passed over. Every request
is answered alone (one lock): there are no conflicts but those a test injects, and every read is consistent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from copy import deepcopy
from threading import RLock
from typing import Any

from tests.support.dynamodb import batches, schema, transactions
from tests.support.dynamodb.errors import ConditionFailed, InvalidUpdate, Refused, invalid
from tests.support.dynamodb.reads import query, scan
from tests.support.dynamodb.scope import Scope, project
from tests.support.dynamodb.single import Write, parse_delete, parse_put, parse_update_item, returned
from tests.support.dynamodb.tables import Table
from tests.support.dynamodb.values import copy_item

type Request = Mapping[str, Any]
type Answer = dict[str, Any]

_NAMES = {"ExpressionAttributeNames"}
_VALUES = _NAMES | {"ExpressionAttributeValues"}
_WRITE = _VALUES | {"TableName", "ReturnValues", "ReturnValuesOnConditionCheckFailure", "ConditionExpression"}
_READ = _NAMES | {"TableName", "ConsistentRead", "ProjectionExpression"}
_PAGE = _READ | _VALUES | {"FilterExpression", "Limit", "ExclusiveStartKey", "Select"}
#: Parameters of each operation that the model honours.
PARAMETERS: dict[str, set[str]] = {
    "GetItem": _READ | {"Key"},
    "PutItem": _WRITE | {"Item"},
    "UpdateItem": _WRITE | {"Key", "UpdateExpression"},
    "DeleteItem": _WRITE | {"Key"},
    "Query": _PAGE | {"KeyConditionExpression", "ScanIndexForward"},
    "Scan": _PAGE,
    "BatchGetItem": {"RequestItems"},
    "BatchWriteItem": {"RequestItems"},
    "TransactGetItems": {"TransactItems"},
    "TransactWriteItems": {"TransactItems", "ClientRequestToken"},
    "CreateTable": {"TableName", "AttributeDefinitions", "KeySchema", "BillingMode", "StreamSpecification"}
    | {"DeletionProtectionEnabled"},
    "DescribeTable": {"TableName"},
    "DeleteTable": {"TableName"},
    "UpdateTable": {"TableName", "DeletionProtectionEnabled"},
    "ListTables": set(),
    "UpdateTimeToLive": {"TableName", "TimeToLiveSpecification"},
    "DescribeTimeToLive": {"TableName"},
    "UpdateContinuousBackups": {"TableName", "PointInTimeRecoverySpecification"},
    "DescribeContinuousBackups": {"TableName"},
}


class Database:
    """Tables, and the tokens of transactions that were carried out."""

    def __init__(self) -> None:
        self.tables: dict[str, Table] = {}
        self.tokens = transactions.Tokens(time.time)
        self.lock = RLock()
        self._writes: dict[str, Callable[[Table, dict[str, Any]], Write]] = {
            "PutItem": parse_put,
            "UpdateItem": parse_update_item,
            "DeleteItem": parse_delete,
        }

    def call(self, operation: str, request: Request) -> Answer:
        """Answer one request.

        Raises
        ------
        Refused : DynamoDB would refuse it.
        NotImplementedError : the model does not know the operation or one of its parameters.
        """
        known = PARAMETERS.get(operation)
        if known is None:
            raise NotImplementedError(f"the model of DynamoDB has no {operation}")
        if unknown := request.keys() - known:
            raise NotImplementedError(f"the model of DynamoDB does not know {operation}'s {sorted(unknown)}")
        with self.lock:
            return self._answer(operation, dict(request))

    def records(self, table: str, start: int = 0) -> list[dict[str, Any]]:
        """Return the records of a table's stream from a position on, the oldest first; they are the caller's."""
        with self.lock:
            return deepcopy(self.tables[table].records[start:])

    def save(self) -> dict[str, Table]:
        """Return all tables as they are now."""
        with self.lock:
            return {name: table.copy() for name, table in self.tables.items()}

    def restore(self, saved: Mapping[str, Table]) -> None:
        """Put all tables back; no transaction was ever carried out."""
        with self.lock:
            self.tables = {name: table.copy() for name, table in saved.items()}
            self.tokens.forget()

    def _answer(self, operation: str, request: dict[str, Any]) -> Answer:
        if operation in self._writes:
            return self._write(operation, request)
        if operation == "GetItem":
            return self._get(request)
        if operation in {"Query", "Scan"}:
            table = schema.find_table(self.tables, request)
            return query(table, request) if operation == "Query" else scan(table, request)
        if operation == "TransactWriteItems":
            return transactions.write(self.tables, self.tokens, request)
        if operation == "TransactGetItems":
            return transactions.read(self.tables, request)
        if operation == "BatchGetItem":
            return batches.read(self.tables, request)
        if operation == "BatchWriteItem":
            return batches.write(self.tables, request)
        snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation).lstrip("_")
        answer: Answer = getattr(schema, snake)(self.tables, request)
        return answer

    def _get(self, request: dict[str, Any]) -> Answer:
        table = schema.find_table(self.tables, request)
        scope = Scope(request)
        places = scope.projection(request.get("ProjectionExpression"))
        scope.check_all_used()
        found = table.get(table.find_key(request["Key"]))
        return {"Item": copy_item(project(found, places))} if found is not None else {}

    def _write(self, operation: str, request: dict[str, Any]) -> Answer:
        wanted = request.get("ReturnValues", "NONE")
        if operation != "UpdateItem" and wanted not in {"NONE", "ALL_OLD"}:
            raise invalid("Return values set to invalid value")
        table = schema.find_table(self.tables, request)
        try:
            write = self._writes[operation](table, request)
            before = write.check()
            after = write.result(before)
        except ConditionFailed as failed:
            raise _condition_error(failed, request) from None
        except InvalidUpdate as error:
            raise invalid(str(error)) from None
        write.store(after)
        shown = returned(wanted, write, before, after)
        return {"Attributes": shown} if shown is not None else {}


def _condition_error(failed: ConditionFailed, request: Request) -> Refused:
    shows = request.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and failed.item is not None
    fields = {"Item": copy_item(failed.item)} if shows and failed.item is not None else {}
    return Refused("ConditionalCheckFailedException", "The conditional request failed", **fields)
