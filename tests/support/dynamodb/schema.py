"""Making tables, and what is told of them."""

from __future__ import annotations

import re
from typing import Any

from tests.support.dynamodb.errors import Refused, invalid, invalid_values
from tests.support.dynamodb.tables import ARN, Table

type Request = dict[str, Any]
type Answer = dict[str, Any]
type Tables = dict[str, Table]

_NAME = re.compile(r"[A-Za-z0-9_.-]{3,255}")
_KEPT = ("AttributeDefinitions", "KeySchema", "DeletionProtectionEnabled", "StreamSpecification")


def find_table(tables: Tables, request: Request) -> Table:
    """Return the table that a request names."""
    table = tables.get(str(request.get("TableName")))
    if table is None:
        raise Refused("ResourceNotFoundException", "Cannot do operations on a non-existent table")
    return table


def create_table(tables: Tables, request: Request) -> Answer:
    """Make a table; it is there at once."""
    name = request["TableName"]
    if not _NAME.fullmatch(name):
        raise invalid("Invalid table/index name.  Table/index names must be between 3 and 255 characters long")
    if name in tables:
        raise Refused("ResourceInUseException", f"Table already exists: {name}")
    types = {one["AttributeName"]: one["AttributeType"] for one in request["AttributeDefinitions"]}
    schema = {one["KeyType"]: one["AttributeName"] for one in request["KeySchema"]}
    if "HASH" not in schema or schema.keys() - {"HASH", "RANGE"} or len(schema) != len(request["KeySchema"]):
        raise invalid("Invalid KeySchema: The first KeySchemaElement is not a HASH key type")
    names = [schema[kind] for kind in ("HASH", "RANGE") if kind in schema]
    if {*names} != {*types}:
        raise invalid_values(
            "Number of attributes in KeySchema does not exactly match number of attributes defined in "
            "AttributeDefinitions"
        )
    if set(types.values()) - {"S", "N", "B"}:
        raise invalid("a key is a string, a number or bytes")
    stream = request.get("StreamSpecification", {})
    view = stream.get("StreamViewType") if stream.get("StreamEnabled") else None
    description = {kept: request[kept] for kept in _KEPT if kept in request}
    tables[name] = Table(name, {key: types[key] for key in names}, description, view)
    return {"TableDescription": _describe(tables[name])}


def describe_table(tables: Tables, request: Request) -> Answer:
    """Tell of a table."""
    return {"Table": _describe(find_table(tables, request))}


def delete_table(tables: Tables, request: Request) -> Answer:
    """Drop a table with all it holds."""
    table = find_table(tables, request)
    if table.description.get("DeletionProtectionEnabled"):
        raise invalid("Resource cannot be deleted as it is currently protected against deletion.")
    del tables[table.name]
    return {"TableDescription": _describe(table) | {"TableStatus": "DELETING"}}


def update_table(tables: Tables, request: Request) -> Answer:
    """Change a table's protection."""
    table = find_table(tables, request)
    table.description["DeletionProtectionEnabled"] = request["DeletionProtectionEnabled"]
    return {"TableDescription": _describe(table)}


def list_tables(tables: Tables, _request: Request) -> Answer:
    """Name all tables."""
    return {"TableNames": sorted(tables)}


def update_time_to_live(tables: Tables, request: Request) -> Answer:
    """Name the attribute that says when an item is over."""
    wanted = request["TimeToLiveSpecification"]
    status = "ENABLED" if wanted["Enabled"] else "DISABLED"
    find_table(tables, request).time_to_live = {"TimeToLiveStatus": status, "AttributeName": wanted["AttributeName"]}
    return {"TimeToLiveSpecification": dict(wanted)}


def describe_time_to_live(tables: Tables, request: Request) -> Answer:
    """Tell which attribute says when an item is over."""
    return {"TimeToLiveDescription": dict(find_table(tables, request).time_to_live)}


def update_continuous_backups(tables: Tables, request: Request) -> Answer:
    """Keep, or stop keeping, what the table was at every instant."""
    enabled = request["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"]
    find_table(tables, request).description["Recovery"] = "ENABLED" if enabled else "DISABLED"
    return describe_continuous_backups(tables, request)


def describe_continuous_backups(tables: Tables, request: Request) -> Answer:
    """Tell whether the table can be put back to an earlier instant."""
    status = find_table(tables, request).description.get("Recovery", "DISABLED")
    recovery = {"PointInTimeRecoveryStatus": status}
    described = {"ContinuousBackupsStatus": "ENABLED", "PointInTimeRecoveryDescription": recovery}
    return {"ContinuousBackupsDescription": described}


def _describe(table: Table) -> Answer:
    items = [item for _, item in table.walk()]
    told = {name: value for name, value in table.description.items() if name != "Recovery"}
    arn = ARN.format(region="us-east-1", name=table.name)
    return told | {
        "TableName": table.name,
        "TableStatus": "ACTIVE",
        "TableArn": arn,
        "ItemCount": len(items),
        "DeletionProtectionEnabled": table.description.get("DeletionProtectionEnabled", False),
    }
