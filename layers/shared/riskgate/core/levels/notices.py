"""Notices: what an entry of the audit log has to tell a person beside what was decided."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from decimal import Decimal
from enum import StrEnum

from riskgate.core.account.document import AccountState
from riskgate.core.account.venue_share import list_excess
from riskgate.core.codes import BreakerName, DenyCode
from riskgate.core.levels.levels import LOSS_NAMES, LevelMove
from riskgate.core.limits import Limits
from riskgate.core.money import MONEY_MAX, MONEY_QUANTUM, ZERO
from riskgate.core.severity import Severity

#: Breaks named in one notice; the rest is counted.
BREAKS_TOLD = 5


class NoticeKind(StrEnum):
    """What happened; public API, so never renamed."""

    LIMIT_LEVEL = "limit_level"
    LIMIT_REMINDER = "limit_reminder"
    LIMIT_RECOVERED = "limit_recovered"
    BREAKER_TRIPPED = "breaker_tripped"
    BREAKER_CLEARED = "breaker_cleared"
    ENTRIES_LOCKED = "entries_locked"
    READING_UNEXPECTED = "reading_unexpected"
    EQUITY_UNPROVEN = "equity_unproven"
    FILL_SUSPECT = "fill_suspect"
    SOLD_BEYOND_HELD = "sold_beyond_held"
    RECONCILIATION_BREAK = "reconciliation_break"
    FILL_AFTER_STOP = "fill_after_stop"
    STOP_MISSING = "stop_missing"
    STOP_RESTORED = "stop_restored"
    DAILY_SUMMARY = "daily_summary"


@dataclass(frozen=True, kw_only=True, slots=True)
class Notice:
    """One thing to tell about an account: `observed` against `limit`, both in `unit`, amounts in `currency`.

    `name` is a limit's code or a breaker's id, `subject` what it is about (a venue, a market, a strategy), `amount`
    what to withdraw or what is at issue, `passed` the levels that were passed in the same step.
    """

    kind: NoticeKind
    name: str
    severity: Severity
    observed: Decimal | None = None
    limit: Decimal | None = None
    unit: str = ""
    subject: str = ""
    detail: str = ""
    currency: str = ""
    since: datetime | None = None
    until: datetime | None = None
    amount: Decimal | None = None
    passed: tuple[Severity, ...] = ()


def list_notices(
    before: AccountState | None,
    after: AccountState,
    limits: Limits,
    moves: Iterable[LevelMove],
    reminded: Iterable[str],
) -> tuple[Notice, ...]:
    """Return what is to be told of a change: what happened, the levels that moved, the reminders that are due."""
    changes = _describe_change(before, after) if before is not None else ()
    told = (_describe_move(move, after, limits) for move in moves)
    reminders = (_describe_reminder(name, after) for name in reminded)
    return (*changes, *(notice for notice in told if notice is not None), *reminders)


def _describe_move(move: LevelMove, after: AccountState, limits: Limits) -> Notice | None:
    """Return what a limit's new level tells: that it was reached, or that it is no longer red."""
    row, level = move.row, move.level
    rank, old_rank = (level.rank if level else 0), (move.old.rank if move.old else 0)
    # A breaker that trips says so itself.
    is_stopped = row.code in LOSS_NAMES and row.code in after.breakers
    if rank > old_rank and level is not None and not is_stopped:
        kind, severity = NoticeKind.LIMIT_LEVEL, level
    elif move.old is Severity.RED and row.limit is not None and row.code not in LOSS_NAMES:
        kind, severity = NoticeKind.LIMIT_RECOVERED, Severity.INFO
    else:
        return None
    is_reached = kind is NoticeKind.LIMIT_LEVEL
    excess = list_excess(after, limits) if is_reached and row.code is DenyCode.VENUE_CONCENTRATION else ()
    return Notice(
        kind=kind,
        name=row.code.value,
        severity=severity,
        observed=_short(row.value),
        limit=row.limit,
        unit=row.unit,
        subject=excess[0].venue if excess else "",
        amount=excess[0].withdraw if excess else None,
        currency=after.base_currency if excess else "",
        passed=tuple(s for s in Severity if old_rank < s.rank < rank) if is_reached else (),
    )


def _describe_change(before: AccountState, after: AccountState) -> Iterator[Notice]:
    """Yield what the two documents differ in that a person wants to know."""
    for name, breaker in sorted(after.breakers.items()):
        # A break is told with what disagrees, below.
        if name not in before.breakers and not name.startswith(BreakerName.RECONCILIATION_BREAK):
            held = before.alert_levels.get(name)
            old_rank = held.level.rank if held is not None else 0
            is_loss = name in LOSS_NAMES
            yield Notice(
                kind=NoticeKind.BREAKER_TRIPPED,
                name=name,
                severity=Severity.RED if breaker.scope == "account" else Severity.ORANGE,
                observed=_short(breaker.observed),
                limit=breaker.limit,
                unit="fraction" if is_loss else "",
                subject=breaker.key,
                detail=breaker.reason,
                until=datetime.combine(breaker.clears_on, time(), UTC) if breaker.clears_on is not None else None,
                passed=tuple(s for s in Severity if old_rank < s.rank < Severity.RED.rank) if is_loss else (),
            )
    for name in sorted(set(before.breakers).difference(after.breakers)):
        yield Notice(kind=NoticeKind.BREAKER_CLEARED, name=name, severity=Severity.INFO)
    for lock in after.locks:
        if lock not in before.locks:
            yield Notice(
                kind=NoticeKind.ENTRIES_LOCKED,
                name=lock.code,
                severity=Severity.ORANGE,
                subject=lock.key or lock.scope,
                detail=lock.reason,
                until=lock.until,
            )
    yield from _describe_breaks(before, after)
    strange, known = after.unconfirmed, before.unconfirmed
    if strange is not None and (known is None or known.reason != strange.reason):
        yield Notice(
            kind=NoticeKind.READING_UNEXPECTED,
            name="EQUITY",
            severity=Severity.ORANGE,
            observed=strange.equity,
            limit=before.equity,
            unit="base_currency",
            detail=strange.reason,
            currency=after.base_currency,
        )
    claim, old = after.equity_claim, before.equity_claim
    if claim is not None and claim.claimed is not None and (old is None or old.claimed is None):
        yield Notice(
            kind=NoticeKind.EQUITY_UNPROVEN,
            name="EQUITY",
            severity=Severity.ORANGE,
            observed=claim.claimed,
            limit=after.equity,
            unit="base_currency",
            currency=after.base_currency,
        )


def _describe_breaks(before: AccountState, after: AccountState) -> Iterator[Notice]:
    """Yield one notice of the breaks that are new, the gravest first."""
    known = before.reconciliation.open
    new = [item.finding for name, item in sorted(after.reconciliation.open.items()) if name not in known]
    if not new:
        return
    new.sort(key=lambda finding: -finding.severity.rank)
    told = [f"{finding.kind.value} {finding.venue} {finding.subject}" for finding in new[:BREAKS_TOLD]]
    more = [f"{len(new) - BREAKS_TOLD} more"] if len(new) > BREAKS_TOLD else []
    money = [finding.money for finding in new if finding.money is not None]
    yield Notice(
        kind=NoticeKind.RECONCILIATION_BREAK,
        name=BreakerName.RECONCILIATION_BREAK.value,
        severity=new[0].severity,
        subject=new[0].market,
        detail=", ".join([*told, *more]),
        amount=_short(sum(money, ZERO)) if money else None,
        currency=after.base_currency,
    )


def _describe_reminder(name: str, after: AccountState) -> Notice:
    breaker = after.breakers.get(name)
    return Notice(
        kind=NoticeKind.LIMIT_REMINDER,
        name=name,
        severity=Severity.RED,
        observed=_short(breaker.observed) if breaker is not None else None,
        limit=breaker.limit if breaker is not None else None,
        unit="fraction" if name in LOSS_NAMES else "",
        since=after.alert_levels[name].since,
    )


def _short(value: Decimal | None) -> Decimal | None:
    return value.quantize(MONEY_QUANTUM) if value is not None and abs(value) < MONEY_MAX else value
