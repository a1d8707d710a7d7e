"""Rows of a venue's lists that nobody can read: each is a finding, so that a person looks at what it means."""

from collections.abc import Iterable

from riskgate.core.account.breaks import BreakKind, Finding, Reconciliation
from riskgate.core.reconciliation.match import Match
from riskgate.core.venues.model import UnreadableRow

#: Findings of one kind of list; where a venue's whole list is unreadable, graver breaks must find room.
ROWS_MAX = 10
_ACTION = (
    "look the row up at the venue and settle by hand what it means: cancel the order, record the fill or the transfer; "
    "then close the break: riskctl recon resolve"
)


def match_rows(venue: str, rows: Iterable[UnreadableRow]) -> Match:
    """Return a finding for each row, and one for what is beyond `ROWS_MAX` of a kind."""
    by_kind: dict[str, dict[str, UnreadableRow]] = {}
    for row in rows:
        by_kind.setdefault(row.kind, {})[_name(row)] = row
    findings: list[Finding] = []
    for kind, found in sorted(by_kind.items()):
        names = sorted(found)
        findings += [_describe(venue, found[name], name) for name in names[:ROWS_MAX]]
        if len(names) > ROWS_MAX:
            findings.append(_describe_rest(venue, kind, len(names) - ROWS_MAX))
    return Match(findings=tuple(findings), compared=len(findings))


def list_unsettled(known: Reconciliation, venue: str, rows: Iterable[UnreadableRow]) -> tuple[Finding, ...]:
    """Return the findings of rows about which no person has said what they mean."""
    accepted = {item.break_id: item.mark for item in known.accepted}
    return tuple(f for f in match_rows(venue, rows).findings if accepted.get(f.break_id) != f.mark)


def _name(row: UnreadableRow) -> str:
    return f"{row.kind} {row.row_id or row.symbol or 'without an id'}"


def _describe(venue: str, row: UnreadableRow, name: str) -> Finding:
    theirs = {"list": row.kind, "row": row.row_id, "symbol": row.symbol, "detail": row.detail}
    return Finding(
        kind=BreakKind.UNREADABLE_ROW,
        venue=venue,
        subject=name,
        ours={},
        theirs={key: text for key, text in theirs.items() if text},
        mark=row.detail,
        action=_ACTION,
    )


def _describe_rest(venue: str, kind: str, count: int) -> Finding:
    return Finding(
        kind=BreakKind.UNREADABLE_ROW,
        venue=venue,
        subject=f"{kind}: more rows",
        ours={},
        theirs={"list": kind, "rows": str(count)},
        mark="more",
        action=_ACTION,
    )
