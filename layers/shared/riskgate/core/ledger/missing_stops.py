"""What people are told of stops that their venue does not hold: judged with each reading of the account."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from riskgate.core.account.document import AccountState, Position
from riskgate.core.account.legs import orders_of
from riskgate.core.account.stop_risk import covered_by_stops
from riskgate.core.account.stops import PLACING_MAX
from riskgate.core.levels.notices import Notice, NoticeKind
from riskgate.core.money import plain
from riskgate.core.order import StopKeeper
from riskgate.core.replacing import replace
from riskgate.core.severity import Severity

#: Rules from which on readings tell of missing stops.
STOPS_TOLD_SINCE = 4
#: A stop that is missing for so long needs a person at once: the worker has tried several times.
RED_AFTER = timedelta(minutes=10)


def tell_missing_stops(state: AccountState, now: datetime) -> tuple[AccountState, tuple[Notice, ...]]:
    """Return the account as people know it now, and what they are told: a stop is missing, still is, or rests again."""
    found = dict(_list_missing(state, now))
    if found == state.missing_stops:
        return state, ()
    known = state.missing_stops
    worse = [key for key, level in sorted(found.items()) if key not in known or level.rank > known[key].rank]
    notices = [_tell(state, key, found[key]) for key in worse]
    notices += [_tell_restored(state, key) for key in sorted(known.keys() - found.keys())]
    return replace(state, missing_stops=found), tuple(notices)


def _list_missing(state: AccountState, now: datetime) -> Iterator[tuple[str, Severity]]:
    for key, position in state.positions.items():
        kept = position.kept_stop
        if kept is None or kept.kept_by is not StopKeeper.VENUE or kept.unkept_since is None:
            continue
        missing_for = now - kept.unkept_since
        if missing_for > PLACING_MAX:
            yield key, Severity.RED if missing_for >= RED_AFTER else Severity.ORANGE


def _tell(state: AccountState, key: str, severity: Severity) -> Notice:
    position = state.positions[key]
    kept = position.kept_stop
    return Notice(
        kind=NoticeKind.STOP_MISSING,
        name=key,
        severity=severity,
        detail=_resting(state, position),
        limit=position.stop_loss_price,
        unit="price",
        since=kept.unkept_since if kept is not None else None,
    )


def _tell_restored(state: AccountState, key: str) -> Notice:
    position = state.positions.get(key)
    detail = _resting(state, position) if position is not None else "the position is closed"
    return Notice(kind=NoticeKind.STOP_RESTORED, name=key, severity=Severity.INFO, detail=detail)


def _resting(state: AccountState, position: Position) -> str:
    rests = covered_by_stops(position, orders_of(state, position.key))
    return f"a stop rests for {plain(rests)} of {plain(abs(position.quantity))}"
