"""When a one-time code counts: single use, and a lock after repeated failures.

Source: RFC 6238 section 5.2 (a code is accepted once, one step of clock drift either way) and RFC 4226
section 7.3 (throttling). The codes themselves are computed outside the core.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from riskgate.core.replacing import replace

STEP_SECONDS = 30
#: Steps before and after the current one whose codes are accepted.
WINDOW_STEPS = 1
FAILURES_MAX = 5
FAILURE_WINDOW = timedelta(minutes=15)
LOCK_DURATION = timedelta(minutes=15)

# ASCII only: digits of other scripts must not reach a comparison that normalizes them.
_CODE = re.compile(r"[0-9]{6}")


@dataclass(frozen=True, kw_only=True, slots=True)
class OperatorRecord:
    """What is remembered of an operator's one-time codes.

    `failures` were counted since `first_failure_at`; instants are whole seconds in UTC.
    """

    last_used_step: int | None = None
    failures: int = 0
    first_failure_at: datetime | None = None
    locked_until: datetime | None = None


def is_code(text: str) -> bool:
    """Tell whether a text can be a one-time code at all."""
    return _CODE.fullmatch(text) is not None


def is_locked(record: OperatorRecord, now: datetime) -> bool:
    """Tell whether the operator's codes are refused whatever they are."""
    return record.locked_until is not None and now < record.locked_until


def register_failure(record: OperatorRecord, now: datetime) -> OperatorRecord:
    """Return a record that is not locked after one more wrong code; the fifth within the window locks."""
    started = record.first_failure_at
    if record.locked_until is not None or started is None or now - started >= FAILURE_WINDOW:
        return replace(record, failures=1, first_failure_at=now, locked_until=None)
    failures = record.failures + 1
    locked_until = now + LOCK_DURATION if failures >= FAILURES_MAX else None
    return replace(record, failures=failures, locked_until=locked_until)
