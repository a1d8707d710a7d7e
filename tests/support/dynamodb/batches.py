"""Many items in one request, each for itself."""

from __future__ import annotations

from typing import Any

from tests.support.dynamodb.errors import InvalidUpdate, invalid
from tests.support.dynamodb.schema import find_table
from tests.support.dynamodb.scope import Scope, project
from tests.support.dynamodb.single import parse_delete, parse_put
from tests.support.dynamodb.tables import Table
from tests.support.dynamodb.values import ITEM_BYTES_MAX, copy_item, item_size

type Request = dict[str, Any]
type Answer = dict[str, Any]
type Tables = dict[str, Table]

READS_MAX, WRITES_MAX = 100, 25
#: Bytes of one answer; what comes after is left unread.
ANSWER_BYTES_MAX = 16 * 1024 * 1024
_EXPRESSION = {"ProjectionExpression", "ExpressionAttributeNames"}
_PARAMETERS = _EXPRESSION | {"Keys", "ConsistentRead"}


def read(tables: Tables, request: Request) -> Answer:
    """Read items by their keys; those that do not exist are left out."""
    _check_counts([len(wanted["Keys"]) for wanted in request["RequestItems"].values()], READS_MAX)
    answer: dict[str, list[Any]] = {}
    unread: dict[str, Any] = {}
    size = 0
    # So few items are never too much together: what each of them takes need not be known.
    is_small = sum(len(w["Keys"]) for w in request["RequestItems"].values()) * ITEM_BYTES_MAX <= ANSWER_BYTES_MAX
    for name, wanted in request["RequestItems"].items():
        if unknown := wanted.keys() - _PARAMETERS:
            raise NotImplementedError(f"the model of DynamoDB does not know BatchGetItem's {sorted(unknown)}")
        table = find_table(tables, {"TableName": name})
        places = None
        if wanted.keys() & _EXPRESSION:
            scope = Scope(wanted)
            places = scope.projection(wanted.get("ProjectionExpression"))
            scope.check_all_used()
        keys = [table.find_key(key) for key in wanted["Keys"]]
        if len(set(keys)) != len(keys):
            raise invalid("Provided list of item keys contains duplicates")
        answer[name] = []
        for given, key in zip(wanted["Keys"], keys, strict=True):
            found = table.get(key)
            if found is None:
                continue
            size += 0 if is_small else item_size(found)
            if size > ANSWER_BYTES_MAX:
                unread.setdefault(name, {**wanted, "Keys": []})["Keys"].append(copy_item(given))
            else:
                answer[name].append(copy_item(project(found, places)))
    return {"Responses": answer, "UnprocessedKeys": unread}


def write(tables: Tables, request: Request) -> Answer:
    """Put and delete items without conditions."""
    _check_counts([len(actions) for actions in request["RequestItems"].values()], WRITES_MAX)
    writes = []
    for name, actions in request["RequestItems"].items():
        table = find_table(tables, {"TableName": name})
        for action in actions:
            [(kind, body)] = action.items()
            try:
                writes.append(parse_put(table, body) if kind == "PutRequest" else parse_delete(table, body))
            except InvalidUpdate as error:
                raise invalid(str(error)) from None
    keys = [(one.table.name, one.key) for one in writes]
    if len(set(keys)) != len(keys):
        raise invalid("Provided list of item keys contains duplicates")
    for one in writes:
        one.store(one.result(None))
    return {"UnprocessedItems": {}}


def _check_counts(counts: list[int], most: int) -> None:
    """Refuse a request that names nothing, of one table too, or too much."""
    if not counts or not all(counts) or sum(counts) > most:
        raise invalid(f"1 validation error detected: between 1 and {most} items are wanted, {counts} came")
