"""Rows of a venue's lists that nobody can read: each a finding, up to the most of a kind."""

from __future__ import annotations

import pytest

from riskgate.core.account.breaks import BreakKind, Reconciliation
from riskgate.core.reconciliation.rows import ROWS_MAX, list_unsettled, match_rows
from riskgate.core.venues.model import UnreadableRow
from tests.support.builders import NOW, VENUE


def row(kind: str = "trades", row_id: str = "7", symbol: str = "", detail: str = "no price") -> UnreadableRow:
    return UnreadableRow(kind=kind, row_id=row_id, symbol=symbol, detail=detail)


def test_row_when_unreadable_then_a_finding_that_names_it() -> None:
    matched = match_rows(VENUE, [row(symbol="BTC/USDT")])
    [finding] = matched.findings
    assert matched.compared == 1
    assert (finding.kind, finding.venue, finding.subject) == (BreakKind.UNREADABLE_ROW, VENUE, "trades 7")
    assert finding.theirs == {"list": "trades", "row": "7", "symbol": "BTC/USDT", "detail": "no price"}
    assert (finding.ours, finding.mark) == ({}, "no price")
    assert "riskctl recon resolve" in finding.action


@pytest.mark.parametrize(
    ("unnamed", "subject"),
    [
        (row(row_id="", symbol="BTC/USDT"), "trades BTC/USDT"),
        (row(row_id=""), "trades without an id"),
    ],
)
def test_row_when_it_has_no_id_then_named_by_what_it_has(unnamed: UnreadableRow, subject: str) -> None:
    [finding] = match_rows(VENUE, [unnamed]).findings
    assert finding.subject == subject
    assert "row" not in finding.theirs


def test_rows_when_there_are_none_then_nothing_is_found() -> None:
    matched = match_rows(VENUE, [])
    assert (matched.findings, matched.compared) == ((), 0)


@pytest.mark.parametrize(("count", "more"), [(ROWS_MAX, None), (ROWS_MAX + 1, "1"), (ROWS_MAX + 3, "3")])
def test_rows_when_many_then_the_most_of_a_kind_and_how_many_more(count: int, more: str | None) -> None:
    rows = [row(row_id=f"{number:02}") for number in range(count)]
    findings = match_rows(VENUE, [*rows, row("orders"), rows[0]]).findings
    names = [finding.subject for finding in findings]
    shown = [f"trades {number:02}" for number in range(ROWS_MAX)]
    assert names == ["orders 7", *shown, *(["trades: more rows"] if more else [])]
    if more:
        assert findings[-1].theirs == {"list": "trades", "rows": more}
        assert (findings[-1].kind, findings[-1].venue) == (BreakKind.UNREADABLE_ROW, VENUE)


def test_row_when_a_person_said_what_it_means_then_settled_as_long_as_it_says_the_same() -> None:
    [finding] = match_rows(VENUE, [row()]).findings
    known = Reconciliation().note(finding, NOW).resolve(finding.break_id, "alice", "it was cancelled", NOW)
    assert list_unsettled(Reconciliation(), VENUE, [row()]) == (finding,)
    assert list_unsettled(known, VENUE, [row()]) == ()
    assert [f.mark for f in list_unsettled(known, VENUE, [row(detail="no side")])] == ["no side"]
