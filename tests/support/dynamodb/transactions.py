"""Transactions: all actions or none, each action's reason where they were cancelled, and repeated tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.support.dynamodb.errors import ConditionFailed, InvalidUpdate, Refused, invalid
from tests.support.dynamodb.schema import find_table
from tests.support.dynamodb.scope import Scope, project
from tests.support.dynamodb.single import Write, parse_check, parse_delete, parse_put, parse_update_item
from tests.support.dynamodb.tables import Table
from tests.support.dynamodb.values import copy_item, item_size

type Request = dict[str, Any]
type Answer = dict[str, Any]
type Tables = dict[str, Table]

ACTIONS_MAX = 100
BYTES_MAX = 4 * 1024 * 1024
#: How long a token makes a repetition out of the same request.
TOKEN_SECONDS = 600
_PARSERS: dict[str, Callable[[Table, Request], Write]] = {
    "Put": parse_put,
    "Update": parse_update_item,
    "Delete": parse_delete,
    "ConditionCheck": parse_check,
}
_COMMON = {"TableName", "ConditionExpression", "ExpressionAttributeNames", "ExpressionAttributeValues"}
_COMMON |= {"ReturnValuesOnConditionCheckFailure"}
_PARAMETERS = {
    "Put": _COMMON | {"Item"},
    "Update": _COMMON | {"Key", "UpdateExpression"},
    "Delete": _COMMON | {"Key"},
    "ConditionCheck": _COMMON | {"Key"},
}


@dataclass
class Tokens:
    """The requests that were carried out under a token of their own."""

    clock: Callable[[], float]
    _known: dict[str, tuple[float, Any]] = field(default_factory=dict)

    def is_repeated(self, token: str, actions: Any) -> bool:
        """Tell whether this request was carried out before."""
        at, before = self._known.get(token, (float("-inf"), None))
        if self.clock() - at >= TOKEN_SECONDS:
            return False
        if before != actions:
            raise Refused(
                "IdempotentParameterMismatchException", "The request uses the same client token as a previous one"
            )
        return True

    def keep(self, token: str, actions: Any) -> None:
        """Note that a request was carried out."""
        self._known[token] = self.clock(), actions

    def forget(self) -> None:
        """Know nothing."""
        self._known.clear()


def write(tables: Tables, tokens: Tokens, request: Request) -> Answer:
    """Carry all actions out, or none of them."""
    actions = request["TransactItems"]
    _check_count(actions)
    token = request.get("ClientRequestToken")
    if token and tokens.is_repeated(token, actions):
        return {}
    writes = [_parse(tables, action) for action in actions]
    _check_distinct([(one.table.name, one.key) for _, one in writes if isinstance(one, Write)])
    results, reasons = [], list[dict[str, Any]]()
    for body, one in writes:
        after, reason = _try(body, one)
        results.append(after)
        reasons.append(reason)
    if any(reason["Code"] != "None" for reason in reasons):
        raise _cancelled(reasons)
    if sum(item_size(after) for after in results if after is not None) > BYTES_MAX:
        raise invalid("Collection size in transaction exceeds 4MB limit")
    for (_, one), after in zip(writes, results, strict=True):
        assert isinstance(one, Write)
        one.store(after)
    if token:
        # Callers build their requests anew for every call: what was kept is not written to.
        tokens.keep(token, actions)
    return {}


def read(tables: Tables, request: Request) -> Answer:
    """Read items as they were at one instant."""
    actions = request["TransactItems"]
    _check_count(actions)
    wanted = []
    for action in actions:
        body = action["Get"]
        if unknown := body.keys() - {"TableName", "Key", "ProjectionExpression", "ExpressionAttributeNames"}:
            raise NotImplementedError(f"Get with {sorted(unknown)}")
        table, scope = find_table(tables, body), Scope(body)
        places = scope.projection(body.get("ProjectionExpression"))
        scope.check_all_used()
        wanted.append((table, table.parse_key(body["Key"])[0], places))
    _check_distinct([(table.name, key) for table, key, _ in wanted])
    found = [(table.get(key), places) for table, key, places in wanted]
    return {"Responses": [{"Item": copy_item(project(item, places))} if item else {} for item, places in found]}


def _parse(tables: Tables, action: Any) -> tuple[Request, Write | InvalidUpdate]:
    """Return an action's parameters and what it does, or why its item can not be stored."""
    if len(action) != 1:
        raise invalid("TransactItems can only contain one of Check, Put, Update or Delete")
    [(kind, body)] = action.items()
    if unknown := body.keys() - _PARAMETERS[kind]:
        raise NotImplementedError(f"the model of DynamoDB does not know {kind}'s {sorted(unknown)}")
    try:
        return body, _PARSERS[kind](find_table(tables, body), body)
    except InvalidUpdate as error:
        return body, error


def _try(body: Request, one: Write | InvalidUpdate) -> tuple[Any, dict[str, Any]]:
    """Return what an action would leave, and its reason to cancel the transaction (``None``: it has none)."""
    try:
        if isinstance(one, InvalidUpdate):
            raise one
        return one.result(one.check()), {"Code": "None"}
    except ConditionFailed as failed:
        reason: dict[str, Any] = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}
        if body.get("ReturnValuesOnConditionCheckFailure") == "ALL_OLD" and failed.item is not None:
            reason["Item"] = copy_item(failed.item)
        return None, reason
    except InvalidUpdate as error:
        return None, {"Code": "ValidationError", "Message": str(error)}


def _cancelled(reasons: list[dict[str, Any]]) -> Refused:
    codes = ", ".join(reason["Code"] for reason in reasons)
    return Refused(
        "TransactionCanceledException",
        f"Transaction cancelled, please refer cancellation reasons for specific reasons [{codes}]",
        CancellationReasons=reasons,
    )


def _check_count(actions: Any) -> None:
    if not 1 <= len(actions) <= ACTIONS_MAX:
        raise invalid(
            "1 validation error detected: Value at 'transactItems' failed to satisfy constraint: "
            f"Member must have length between 1 and {ACTIONS_MAX}"
        )


def _check_distinct(keys: list[Any]) -> None:
    if len(set(keys)) != len(keys):
        raise invalid("Transaction request cannot include multiple operations on one item")
