"""What one commit writes: account, audit entry and all that belongs to them, in one transaction."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from riskgate.adapters.dynamodb import guards, items
from riskgate.adapters.dynamodb.instants import format_microseconds
from riskgate.adapters.dynamodb.order_names import name_item
from riskgate.adapters.dynamodb.packing import pack
from riskgate.app.ports.store import AuditRow, Commit
from riskgate.core.account.stored import OrderRecord, StoredAccount


def build_actions(commit: Commit, *, state_table: str, control_table: str, audit_table: str) -> Any:
    """Return the actions of one transaction, each with the condition under which it may be written."""
    account_id, expected = commit.account_id, commit.expected
    held = commit.replaces if commit.restores else expected
    version = (expected.version if expected is not None else 0) + 1
    account = items.account_item(
        account_id,
        commit.state,
        commit.state_json,
        version=version,
        sequence=commit.audit.sequence,
        head=commit.audit.hash,
        held=commit.held,
    )
    actions: list[dict[str, Any]] = [
        {"Put": {"TableName": state_table, "Item": account} | is_at(held)},
        {"Put": {"TableName": audit_table, "Item": audit_item(commit.audit)} | _absent("account_id")},
    ]
    actions += [
        {"Put": {"TableName": state_table, "Item": items.order_item(record, version)} | _absent("pk")}
        for record in commit.new_records
    ]
    actions += [
        {"Put": {"TableName": state_table, "Item": items.order_item(record, version)} | _unchanged(record)}
        for record in commit.records
    ]
    for marker in commit.markers:
        item = items.marker_item(account_id, marker)
        actions.append({"Put": {"TableName": state_table, "Item": item} | _absent("pk")})
    actions += [
        {"Put": {"TableName": state_table, "Item": items.report_item(account_id, kind, document)}}
        for kind, document in commit.reports
    ]
    actions += [
        {"Put": {"TableName": state_table, "Item": name_item(account_id, named)}} for named in commit.order_names
    ]
    actions.extend(_expiry(state_table, account_id, order, version, commit.audit.at) for order in commit.expired)
    if commit.limits is not None:
        actions.extend(_limits_actions(control_table, commit))
    if held is None and commit.state is not None:
        actions.append({"Put": {"TableName": state_table, "Item": items.registry_key(account_id)}})
    if commit.released and commit.guard_version:
        actions.append(guards.is_unchanged(control_table, account_id, commit.guard_version))
    else:
        actions += [_is_released(control_table, scope, name) for scope, name in commit.released]
    return actions


def is_at(stored: StoredAccount | None) -> dict[str, Any]:
    """Return the condition that an account is stored as it was read."""
    if stored is None:
        return _absent("pk")
    return {
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": {"N": str(stored.version)}},
    }


def _is_released(table: str, scope: str, name: str) -> dict[str, Any]:
    """Return the condition that a flag does not hold trading back: an unreadable one does, as a missing global one."""
    condition = "engaged = :released" if scope == "global" else "attribute_not_exists(pk) OR engaged = :released"
    return {
        "ConditionCheck": {
            "TableName": table,
            "Key": items.kill_switch_key(scope, name),
            "ConditionExpression": condition,
            "ExpressionAttributeValues": {":released": {"BOOL": False}},
        }
    }


def _expiry(table: str, account_id: str, client_order_id: str, version: int, at: datetime) -> dict[str, Any]:
    return {
        "Update": {
            "TableName": table,
            "Key": items.order_key(account_id, client_order_id),
            "UpdateExpression": "SET #status = :expired, updated_at = :at, version = :version",
            "ExpressionAttributeNames": {"#status": "status"},
            "ExpressionAttributeValues": {
                ":expired": {"S": "expired"},
                ":at": {"S": format_microseconds(at)},
                ":version": {"N": str(version)},
            },
        }
    }


def _limits_actions(table: str, commit: Commit) -> list[dict[str, Any]]:
    assert commit.limits is not None  # noqa: S101 the caller checked
    arguments = (commit.account_id, commit.limits, commit.limits_version, commit.audit.at, commit.audit.actor)
    history = items.limits_history_key(commit.account_id, commit.limits_version)
    return [
        {"Put": {"TableName": table, "Item": items.limits_item(*arguments, target)}}
        for target in (items.limits_key(commit.account_id), history)
    ]


def _absent(attribute: str) -> dict[str, str]:
    return {"ConditionExpression": f"attribute_not_exists({attribute})"}


def _unchanged(record: OrderRecord) -> dict[str, Any]:
    # A batch read is no snapshot: it may have seen the account after a commit and the order before it.
    return {
        "ConditionExpression": "version = :version",
        "ExpressionAttributeValues": {":version": {"N": str(record.version)}},
    }


def audit_item(row: AuditRow) -> items.Item:
    """Return the item of an entry."""
    return {
        "account_id": {"S": row.account_id},
        "sequence": {"N": str(row.sequence)},
        "hash": {"S": row.hash},
        "entry": pack(row.entry),
        "event": {"S": row.event},
        "at": {"S": format_microseconds(row.at)},
        "actor": {"S": row.actor},
        "decision": {"S": row.decision},
        "code": {"S": row.code},
        # For the stream's filter: most entries have nothing to tell.
        "notices": {"N": str(row.notices)},
    }
