"""Write the correlation rows that the gate reads, from the historical closes.

Stands where no market data job runs: the rows are those the job would have written at the end of a past day.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import ROUND_CEILING, Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from infra.local.settings import ROOT
from riskgate.adapters.dynamodb.items import correlation_key
from riskgate.core.figures import CorrelationRow
from riskgate.core.quant.correlation import CorrelationMatrix, compute_correlation
from riskgate.core.quant.data_quality import CloseSeries
from riskgate.core.quant.returns import align_closes, compute_log_returns
from riskgate.schemas.codec import encode

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CLOSES = ROOT / "infra" / "local" / "data" / "daily_closes.csv"
#: Rounded towards more correlation: against the trader.
CORRELATION_QUANTUM = Decimal("0.000001")
VOLATILITY_QUANTUM = Decimal("0.00000001")


def compute_rows(assets: Sequence[str], as_of: date, closes: Path = CLOSES) -> tuple[CorrelationRow, ...]:
    """Return one row per asset (a column of `closes`, in USD) from the log returns up to and including `as_of`."""
    aligned = align_closes(_read_series(assets, closes), as_of=as_of)
    matrix = compute_correlation(compute_log_returns(aligned.closes), aligned.assets)
    # The gate believes no row that was written long ago, whatever its closes are of.
    written_at = datetime.now(UTC)
    return tuple(_row(matrix, index, written_at) for index in range(len(aligned.assets)))


def put_rows(client: DynamoDBClient, state_table: str, rows: Sequence[CorrelationRow]) -> None:
    """Write rows where the gate reads them."""
    for row in rows:
        item = correlation_key(row.asset) | {"document": {"S": encode(row).decode()}}
        client.put_item(TableName=state_table, Item=item)


def delete_rows(client: DynamoDBClient, state_table: str, assets: Sequence[str]) -> None:
    """Remove the rows of some assets."""
    for asset in assets:
        client.delete_item(TableName=state_table, Key=correlation_key(asset))


def _read_series(assets: Sequence[str], closes: Path) -> list[CloseSeries]:
    with closes.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    series = []
    for asset in assets:
        known = [(row["date"], float(row[asset])) for row in rows if row[asset]]
        series.append(CloseSeries.of(asset, [day for day, _ in known], [close for _, close in known]))
    return series


def _row(matrix: CorrelationMatrix, index: int, written_at: datetime) -> CorrelationRow:
    # An undefined pair is left out: the gate then counts it as fully correlated.
    defined = [other for other in range(len(matrix.assets)) if matrix.defined[index, other]]
    return CorrelationRow(
        asset=matrix.assets[index],
        as_of=written_at,
        correlations={
            matrix.assets[other]: Decimal(repr(float(matrix.matrix[index, other]))).quantize(
                CORRELATION_QUANTUM, ROUND_CEILING
            )
            for other in defined
        },
        volatilities={
            matrix.assets[other]: Decimal(repr(float(matrix.volatilities[other]))).quantize(VOLATILITY_QUANTUM)
            for other in defined
        },
        observations={matrix.assets[other]: int(matrix.observations[index, other]) for other in defined},
    )
