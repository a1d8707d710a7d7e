"""Write the correlation rows that the gate reads, from the historical closes.

Stands where no market data job runs: the rows are those the job would have written at the end of a past day.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from infra.local.settings import ROOT
from riskgate.adapters.dynamodb.documents import pack_document, write_document
from riskgate.adapters.dynamodb.items import correlation_key, correlations_key
from riskgate.core.correlations import PackedCorrelations
from riskgate.core.figures import CorrelationRow
from riskgate.core.market.closes import DailyCloses
from riskgate.core.quant.gate_inputs import build_correlation_rows, build_correlations

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CLOSES = ROOT / "infra" / "local" / "data" / "daily_closes.csv"


def compute_rows(assets: Sequence[str], as_of: date, closes: Path = CLOSES) -> tuple[CorrelationRow, ...]:
    """Return one row per asset (a column of `closes`, in USD) from the log returns up to and including `as_of`."""
    known, end = _read_all(assets, as_of, closes)
    # The gate believes no row that was written long ago, whatever its closes are of. Correlations alone are shown.
    written_at = datetime.now(UTC)
    rows = build_correlation_rows(known, end)
    return tuple(replace(row.cut(assets, with_scenarios=False), as_of=written_at) for row in rows)


def compute_matrix(assets: Sequence[str], as_of: date, closes: Path = CLOSES) -> PackedCorrelations:
    """Return the correlations between all the assets, of the same returns.

    Raises ValueError: none of them has a history.
    """
    correlations = build_correlations(*_read_all(assets, as_of, closes))
    if correlations is None:
        raise ValueError("no asset has closes of these days")
    return replace(correlations.pack(), as_of=datetime.now(UTC))


def put_rows(client: DynamoDBClient, state_table: str, rows: Sequence[CorrelationRow]) -> None:
    """Write rows where the gate reads them."""
    for row in rows:
        client.put_item(TableName=state_table, Item=correlation_key(row.asset) | write_document(row))


def put_matrix(client: DynamoDBClient, state_table: str, matrix: PackedCorrelations) -> None:
    """Write the correlations between all assets where the gate reads them: before the rows."""
    client.put_item(TableName=state_table, Item=correlations_key() | pack_document(matrix))


def delete_rows(client: DynamoDBClient, state_table: str, assets: Sequence[str]) -> None:
    """Remove the rows of some assets, and the correlations between all."""
    for key in (*map(correlation_key, assets), correlations_key()):
        client.delete_item(TableName=state_table, Key=key)


def _read_all(assets: Sequence[str], as_of: date, closes: Path) -> tuple[dict[str, DailyCloses], datetime]:
    """Return the closes of the assets, and the end of the last day."""
    end = datetime.combine(as_of + timedelta(days=1), time(), UTC)
    return {asset: _read_closes(asset, closes, end) for asset in assets}, end


def _read_closes(asset: str, closes: Path, end: datetime) -> DailyCloses:
    with closes.open(encoding="utf-8", newline="") as file:
        known = {date.fromisoformat(row["date"]): float(row[asset]) for row in csv.DictReader(file) if row[asset]}
    first, last = min(known), max(known)
    days = (first + timedelta(days=number) for number in range((last - first).days + 1))
    return DailyCloses(
        asset=asset, symbol=f"{asset}/USD", venue="file", first_day=first,
        closes=tuple(known.get(day) for day in days), as_of=end, asked_from=first,
    )  # fmt: skip
