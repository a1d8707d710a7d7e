"""Heartbeats: signs of life that strategies promise, and who fell silent.

A beat within half an interval of the last recorded one is not recorded: it would change nothing but a time, and the
log would hold little else. The promise runs from the last recorded beat, so a strategy that beats at least once per
interval, however often, never misses it: its recorded beats are never further apart than one interval.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from riskgate.core.account.document import AccountState
from riskgate.core.account.parts import Heartbeat
from riskgate.core.figures import CLOCK_SKEW_SECONDS_MAX
from riskgate.core.limits import Limits, rules_of

#: Most strategies that promise a heartbeat, shortest and longest promise.
HEARTBEATS_MAX = 50
INTERVAL_SECONDS_MIN = 5
INTERVAL_SECONDS_MAX = 24 * 60 * 60


def choose_interval(limits: Limits, strategy: str, promised: int) -> int:
    """Return the longest silence in seconds: what the strategy promises, or what is registered for it if shorter."""
    registered = rules_of(limits, strategy).heartbeat_seconds
    return promised if registered is None else min(promised, registered)


def is_overdue(heartbeat: Heartbeat, now: datetime) -> bool:
    """Tell whether the promised sign of life is missing; one from the future tells nothing."""
    age = (now - heartbeat.at).total_seconds()
    return not -CLOCK_SKEW_SECONDS_MAX <= age <= heartbeat.interval_seconds


def list_overdue(heartbeats: Mapping[str, Heartbeat], now: datetime) -> Iterator[tuple[str, Heartbeat]]:
    """Yield the silent strategies by name."""
    return ((name, beat) for name, beat in sorted(heartbeats.items()) if is_overdue(beat, now))


def needs_recording(state: AccountState, strategy: str, interval_seconds: int, now: datetime) -> bool:
    """Tell whether a beat changes anything but a time that is recent enough."""
    known = state.heartbeats.get(strategy)
    if known is None or known.interval_seconds != interval_seconds or is_overdue(known, now):
        return True
    return now - known.at >= timedelta(seconds=interval_seconds) / 2
