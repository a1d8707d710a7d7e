"""Risk reports in the state table: the latest of each kind, one record a day, and what the gate reads."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from riskgate.adapters.dynamodb import documents, items
from riskgate.adapters.dynamodb.batch_read import batch_read
from riskgate.adapters.dynamodb.errors import read_errors
from riskgate.adapters.dynamodb.instants import format_microseconds
from riskgate.core.correlations import PackedCorrelations
from riskgate.core.figures import CorrelationRow, RiskReport
from riskgate.core.risk.report import StressRecord, StressReport, VarRecord, VarReport

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: A year for the backtest, and a month to look into it.
RECORD_DAYS = 400
_KINDS = {VarReport: "VAR", StressReport: "STRESS", VarRecord: "VAR", StressRecord: "STRESS"}


def latest_key(account_id: str, kind: type) -> items.Item:
    """Return the key of the latest report."""
    return items.key(items.account_pk(account_id), f"REPORT#{_KINDS[kind]}")


def record_key(account_id: str, kind: type, day: date) -> items.Item:
    """Return the key of one day's record."""
    return items.key(items.account_pk(account_id), f"REPORT#{_KINDS[kind]}#{day.isoformat()}")


class ReportStore:
    """Write and read risk reports; a job that runs twice, or late, never replaces newer figures."""

    def __init__(self, client: DynamoDBClient, state_table: str) -> None:
        self._client, self._table = client, state_table

    def put_report(self, report: VarReport | StressReport) -> bool:
        """Store the latest report of its kind; tell whether none newer was there."""
        return self._put(latest_key(report.account_id, type(report)) | documents.pack_document(report), report.as_of)

    @read_errors
    def put_record(self, account_id: str, record: VarRecord | StressRecord) -> bool:
        """Store the day's record, unless there is one: the forecast that counts is the day's first."""
        expires = datetime(record.day.year, record.day.month, record.day.day, tzinfo=UTC) + timedelta(days=RECORD_DAYS)
        item = record_key(account_id, type(record), record.day) | documents.pack_document(record)
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item | {"ttl": {"N": str(int(expires.timestamp()))}},
                ConditionExpression="attribute_not_exists(pk)",
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def put_gate_report(self, account_id: str, report: RiskReport) -> bool:
        """Store what the gate reads of an account."""
        return self._put(items.report_key(account_id) | documents.write_document(report), report.as_of)

    def put_rows(self, rows: Sequence[CorrelationRow]) -> None:
        """Store what the gate reads of each asset."""
        for row in rows:
            self._put(items.correlation_key(row.asset) | documents.write_document(row), row.as_of)

    def put_correlations(self, correlations: PackedCorrelations) -> None:
        """Store the correlations between all assets."""
        self._put(items.correlations_key() | documents.pack_document(correlations), correlations.as_of)

    def read_latest(self, account_id: str) -> tuple[VarReport | None, StressReport | None]:
        """Return the latest reports (consistent).

        Raises StateCorrupt: one cannot be read; Transient: the database did not answer.
        """
        keys = [latest_key(account_id, VarReport), latest_key(account_id, StressReport)]
        found = batch_read(self._client, {self._table: keys})[self._table]
        var, stress = (found.get((key["pk"]["S"], key["sk"]["S"])) for key in keys)
        return (
            _unpack(var, VarReport) if var is not None else None,
            _unpack(stress, StressReport) if stress is not None else None,
        )

    @read_errors
    def list_var_records(self, account_id: str, now: datetime, *, days: int = RECORD_DAYS) -> tuple[VarRecord, ...]:
        """Return the records of the last days, oldest first; expired ones may still be in the table."""
        oldest = record_key(account_id, VarRecord, now.date() - timedelta(days=days))["sk"]
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk BETWEEN :oldest AND :newest",
            ExpressionAttributeValues={
                ":pk": {"S": items.account_pk(account_id)},
                ":oldest": oldest,
                ":newest": record_key(account_id, VarRecord, now.date())["sk"],
            },
            ConsistentRead=True,
        )
        return tuple(_unpack(item, VarRecord) for page in pages for item in page["Items"])

    @read_errors
    def list_close_assets(self) -> tuple[str, ...]:
        """Return the assets whose daily closes are stored."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk",
            ExpressionAttributeValues={":pk": {"S": "CLOSES"}},
            ProjectionExpression="sk",
        )
        return tuple(item["sk"]["S"] for page in pages for item in page["Items"])

    @read_errors
    def _put(self, item: items.Item, as_of: datetime) -> bool:
        stamp = {"S": format_microseconds(as_of)}
        try:
            self._client.put_item(
                TableName=self._table,
                Item=item | {"as_of": stamp},
                ConditionExpression="attribute_not_exists(as_of) OR as_of <= :as_of",
                ExpressionAttributeValues={":as_of": stamp},
            )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True


def _unpack[T](item: items.Item, kind: type[T]) -> T:
    with documents.reading("a risk report"):
        return documents.unpack_document(item, kind)
