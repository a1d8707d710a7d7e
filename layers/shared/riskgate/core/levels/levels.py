"""Alert levels of an account's limits: what each change of the account has to tell a person.

The levels live in the account document, so they are folded from the audit log like everything else, and an entry's
notices come out of a replay as they were. A level is announced when it is reached, once, and falls only
`HYSTERESIS` below its threshold: a figure that trembles there is no news.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from riskgate.core.account.document import AccountState
from riskgate.core.account.parts import AlertLevel
from riskgate.core.codes import DenyCode
from riskgate.core.errors import NotFound
from riskgate.core.figures import RiskReport
from riskgate.core.levels.utilization import (
    ORANGE_FRACTION,
    YELLOW_FRACTION,
    Utilization,
    measure_running,
    measure_utilization,
)
from riskgate.core.limits import Limits
from riskgate.core.money import ONE, ZERO
from riskgate.core.replacing import replace
from riskgate.core.safeguards.breakers import LOSS_BREAKERS
from riskgate.core.severity import Severity

if TYPE_CHECKING:
    from riskgate.core.levels.notices import Notice

#: How far below its threshold a figure falls before the level does.
HYSTERESIS = Decimal("0.05")
#: A level that stays red is told again this often, until it is acknowledged.
REMIND_EVERY = timedelta(hours=1)
#: Alerts of the loss breakers carry their names.
LOSS_NAMES = frozenset(code.value for code in LOSS_BREAKERS)

_THRESHOLDS = ((Severity.RED, ONE), (Severity.ORANGE, ORANGE_FRACTION), (Severity.YELLOW, YELLOW_FRACTION))
#: Known only with a risk report; without one they keep their level.
_SCENARIO_CODES = frozenset({DenyCode.VAR_LIMIT, DenyCode.STRESS_LIMIT})


class LevelMove(NamedTuple):
    """A limit whose alert level is no longer what it was."""

    row: Utilization
    old: Severity | None
    level: Severity | None


def announce(
    before: AccountState | None,
    after: AccountState,
    limits: Limits,
    now: datetime,
    *,
    running_only: bool,
    report: RiskReport | None = None,
) -> tuple[AccountState, tuple[Notice, ...]]:
    """Return the account with its alert levels brought up to date, and what is to be told of the change.

    `running_only`: measure what costs the same in every book; the rest keeps its level. For the order path. `report`:
    the account's risk figures; VaR and stress keep their level without them.
    """
    levels = dict(after.alert_levels)
    rows: Iterable[Utilization] = ()
    # Where a new account's equity lies is assumed until its first reading: nothing to alarm anybody with.
    if before is not None and (_has_moved(before, after) or not running_only):
        rows = measure_running(after, limits, levels) if running_only else measure_utilization(after, limits, report)
    moves = []
    for row in rows:
        fraction = row.fraction
        is_quiet = fraction is not None and fraction < YELLOW_FRACTION and row.code not in levels
        is_unknown = row.code in _SCENARIO_CODES and report is None and row.limit is not None
        if not is_quiet and not is_unknown and (move := _move(levels, row, after, now)) is not None:
            moves.append(move)
    for name in after.breakers.keys() - levels.keys():
        levels[name] = AlertLevel(level=Severity.RED, since=now, told_at=now)
    for name in (before.breakers.keys() - after.breakers.keys() - LOSS_NAMES) if before is not None else ():
        levels.pop(name, None)
    reminded = _remind(levels, now)
    if levels != after.alert_levels:
        after = replace(after, alert_levels=levels)
    if not moves and not reminded and not _is_news(before, after):
        return after, ()
    # Most orders have nothing to tell: they do not load the words for it.
    from riskgate.core.levels.notices import list_notices  # noqa: PLC0415

    return after, list_notices(before, after, limits, moves, reminded)


def acknowledge(state: AccountState, name: str) -> AccountState:
    """Return the account with the reminders of one limit, or of all where `name` is empty, switched off.

    Raises NotFound: the limit has no alert.
    """
    if name and name not in state.alert_levels:
        raise NotFound(f"no alert for {name[:64]}", code="ALERT_NOT_FOUND")
    named = [name] if name else list(state.alert_levels)
    return replace(
        state,
        alert_levels=state.alert_levels | {n: replace(state.alert_levels[n], acknowledged=True) for n in named},
    )


def _has_moved(before: AccountState, after: AccountState) -> bool:
    """Tell whether any figure with a level can have changed: most denials change none."""
    return not (
        after.exposure is before.exposure
        and after.equity == before.equity
        and after.day == before.day
        and after.week == before.week
        and after.peak_equity == before.peak_equity
        and after.breakers == before.breakers
    )


def _is_news(before: AccountState | None, after: AccountState) -> bool:
    """Tell whether the documents differ in anything a notice may be about, levels aside."""
    return before is not None and not (
        after.breakers == before.breakers
        and after.locks == before.locks
        and after.unconfirmed == before.unconfirmed
        and after.equity_claim == before.equity_claim
        and after.reconciliation is before.reconciliation
    )


def _level_of(fraction: Decimal, held: Severity | None) -> Severity | None:
    """Return the level of a used fraction; `held` lasts until the figure is clearly below its threshold."""
    for level, threshold in _THRESHOLDS:
        keeps = held is not None and held.rank >= level.rank
        if fraction >= (threshold - HYSTERESIS if keeps else threshold):
            return level
    return None


def _move(levels: dict[str, AlertLevel], row: Utilization, after: AccountState, now: datetime) -> LevelMove | None:
    """Move one limit to its level; None where it has it already, or where it cannot be measured now."""
    held = levels.get(row.code)
    old = held.level if held is not None else None
    fraction = row.fraction
    if row.limit is not None and fraction is None:
        if row.value is None:
            return None  # no news of this limit
        fraction = ONE if row.value > 0 else ZERO  # nothing is allowed
    is_stopped = row.code in LOSS_NAMES and row.code in after.breakers
    level = Severity.RED if is_stopped else None if fraction is None else _level_of(fraction, old)
    if level is Severity.RED and row.code in after.drawdown_doubts:
        # Nothing is stopped yet: a second look, seconds later, trips the breaker, or finds that it was nothing.
        level = Severity.ORANGE
    if level is old:
        return None
    if level is None:
        del levels[row.code]
    else:
        levels[row.code] = AlertLevel(level=level, since=now, told_at=now)
    return LevelMove(row, old, level)


def _remind(levels: dict[str, AlertLevel], now: datetime) -> list[str]:
    """Return the red levels that nobody acknowledged for too long; they count as told again."""
    due = [
        name
        for name, held in sorted(levels.items())
        if held.level is Severity.RED and not held.acknowledged and now - held.told_at >= REMIND_EVERY
    ]
    for name in due:
        levels[name] = replace(levels[name], told_at=now)
    return due
