"""The part of a row that an entry keeps is made once for the same row, matrix, report and book, and anew for any other."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from riskgate.app.orders.submit_order import submitted_event
from riskgate.core.account.stored import Snapshot, StoredAccount
from riskgate.core.figures import CorrelationRow, RiskReport
from tests.support.builders import (
    NOW,
    build_account,
    build_matrix,
    build_order,
    build_position,
    build_report,
    build_row,
)

ROW = replace(build_row("BTC", {"ETH": "0.5", "SOL": "0.25"}), book=None)
ORDER = build_order("0.1", 100)
MATRIX = build_matrix(ROW)
REPORT = build_report({"ETH": 10})


def keep(
    *held: str, row: CorrelationRow = ROW, report: RiskReport | None = REPORT, matrix: Any = MATRIX
) -> CorrelationRow | None:
    """Return what the entry of an order in BTC keeps of its row, of an account that holds some assets."""
    positions = [build_position("0.1", f"{asset}/USDT") for asset in held]
    account = StoredAccount(
        state=build_account(1000, positions=positions), version=1, audit_sequence=1, audit_head="0" * 64
    )
    found = Snapshot(account=account, limits=None, correlations={"BTC": row}, matrix=matrix, report=report)
    return submitted_event(ORDER, found).market.correlation


def test_row_when_nothing_changed_then_the_same_one_and_what_the_row_itself_gives() -> None:
    first = keep("ETH")
    assert first == ROW.for_book({"ETH"}, MATRIX, REPORT)
    assert keep("ETH") is first


def test_row_when_row_matrix_report_or_book_is_another_then_made_anew() -> None:
    first = keep("ETH")
    later = replace(ROW, as_of=NOW.replace(hour=0), stress_shocks={"crash": Decimal("-0.5")})
    assert keep("ETH", row=later) == later.for_book({"ETH"}, MATRIX, REPORT) != first
    assert keep("SOL") == ROW.for_book({"SOL"}, MATRIX, REPORT) != first
    other = build_matrix(build_row("BTC", {"ETH": "0.75", "SOL": "0.25"}))
    assert keep("ETH", matrix=other) == ROW.for_book({"ETH"}, other, REPORT) != first
    assert keep("ETH", report=None, matrix=None) == ROW.for_book({"ETH"}, None, None) != first
