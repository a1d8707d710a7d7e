"""Uses and failures of one-time codes in the control table.

Item: ``pk=OPERATOR``, ``sk=<operator>``, ``last_used_step`` N, ``failures`` N, ``first_failure_at`` S,
``locked_until`` S; attributes that do not apply are absent.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from riskgate.adapters.dynamodb.errors import read_errors
from riskgate.adapters.dynamodb.instants import format_seconds, parse_instant
from riskgate.core.access.totp import OperatorRecord
from riskgate.core.errors import StateCorrupt

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import AttributeValueTypeDef

PARTITION = "OPERATOR"


def operator_key(operator: str) -> dict[str, AttributeValueTypeDef]:
    """Return the key of one operator's item."""
    return {"pk": {"S": PARTITION}, "sk": {"S": operator}}


def from_item(item: Mapping[str, Any]) -> OperatorRecord:
    """Read an operator's record; an unreadable one is StateCorrupt, never an empty one."""
    try:
        return OperatorRecord(
            last_used_step=int(item["last_used_step"]["N"]) if "last_used_step" in item else None,
            failures=int(item["failures"]["N"]) if "failures" in item else 0,
            first_failure_at=_instant(item, "first_failure_at"),
            locked_until=_instant(item, "locked_until"),
        )
    except (KeyError, TypeError, ValueError):
        raise StateCorrupt("a stored operator cannot be read", code="OPERATOR_CORRUPT") from None


class DynamoOperatorStore:
    """Keep operators' records in the control table."""

    def __init__(self, client: DynamoDBClient, table_name: str) -> None:
        self._client = client
        self._table_name = table_name

    @read_errors
    def get_operator(self, operator: str) -> OperatorRecord:
        """Return the record as it is now (consistent read); an unknown operator has an empty one."""
        answer = self._client.get_item(TableName=self._table_name, Key=operator_key(operator), ConsistentRead=True)
        return from_item(answer.get("Item", {}))

    def use_step(self, operator: str, step: int, now: datetime) -> OperatorRecord | None:
        """Record a use and clear failures in one conditional write.

        A reply lost on the way and sent again by the SDK reads as a replay: the code is then used up
        without effect, and the operator waits for the next one.

        Returns None when recorded, else the record that forbade it: its step is as late, or a lock holds.
        """
        return self._update(
            operator,
            update="SET last_used_step = :step REMOVE failures, first_failure_at, locked_until",
            condition=(
                "(attribute_not_exists(last_used_step) OR last_used_step < :step)"
                " AND (attribute_not_exists(locked_until) OR locked_until <= :now)"
            ),
            values={":step": {"N": str(step)}, ":now": {"S": format_seconds(now)}},
        )

    def replace_failures(self, operator: str, before: OperatorRecord, after: OperatorRecord) -> OperatorRecord | None:
        """Replace the failure count, if it is still as `before`.

        Returns None when recorded, else the record as it is now.
        """
        values: dict[str, AttributeValueTypeDef] = {":failures": {"N": str(after.failures)}}
        sets, removes, conditions = ["failures = :failures"], [], []
        if before.failures:
            conditions.append("failures = :failures_before")
            values[":failures_before"] = {"N": str(before.failures)}
        else:
            conditions.append("attribute_not_exists(failures)")
        for name in ("first_failure_at", "locked_until"):
            was, will_be = getattr(before, name), getattr(after, name)
            if was is None:
                conditions.append(f"attribute_not_exists({name})")
            else:
                conditions.append(f"{name} = :{name}_before")
                values[f":{name}_before"] = {"S": format_seconds(was)}
            if will_be is None:
                removes.append(name)
            else:
                sets.append(f"{name} = :{name}")
                values[f":{name}"] = {"S": format_seconds(will_be)}
        update = f"SET {', '.join(sets)}" + (f" REMOVE {', '.join(removes)}" if removes else "")
        return self._update(operator, update=update, condition=" AND ".join(conditions), values=values)

    # Unconfirmed, at worst a code is used up or a failure counts twice: what it guards has not happened.
    @read_errors
    def _update(
        self, operator: str, *, update: str, condition: str, values: dict[str, AttributeValueTypeDef]
    ) -> OperatorRecord | None:
        try:
            self._client.update_item(
                TableName=self._table_name,
                Key=operator_key(operator),
                UpdateExpression=update,
                ConditionExpression=condition,
                ExpressionAttributeValues=values,
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != "ConditionalCheckFailedException":
                raise
            # Boto's types do not know that the item comes with this one error.
            response: Any = error.response
            return from_item(response.get("Item", {}))
        return None


def _instant(item: Mapping[str, Any], name: str) -> datetime | None:
    return parse_instant(item[name]["S"]) if name in item else None
