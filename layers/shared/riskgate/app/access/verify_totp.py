"""Verify an operator's one-time code: RFC 6238, accepted once, locked after repeated failures.

Failures and uses are single conditional writes, so parallel attempts line up: whatever their number, at
most four wrong codes are counted before the fifth locks, and a right code that comes later is refused.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Protocol

from pyotp import TOTP
from pyotp.exceptions import OTPVerificationError

from riskgate.core.access.totp import (
    STEP_SECONDS,
    WINDOW_STEPS,
    OperatorRecord,
    is_code,
    is_locked,
    register_failure,
)
from riskgate.core.errors import Forbidden, TooManyAttempts, Unauthorized
from riskgate.observability import TOTP_ACCEPTED, TOTP_LOCKED, TOTP_REFUSED, MetricUnit, logger, metrics

# Every lost race means that another attempt was counted, so the lock ends the loop long before this.
_RACES_MAX = 10


class OperatorStore(Protocol):
    """Where uses and failures of one-time codes are kept."""

    def get_operator(self, operator: str) -> OperatorRecord:
        """Return the record as it is now; an unknown operator has an empty one."""

    def use_step(self, operator: str, step: int, now: datetime) -> OperatorRecord | None:
        """Record a use and clear failures, if no such or later step was used and no lock holds.

        Returns None when recorded, else the record that forbade it.
        """

    def replace_failures(self, operator: str, before: OperatorRecord, after: OperatorRecord) -> OperatorRecord | None:
        """Record a failure, if nothing changed since `before` was read.

        Returns None when recorded, else the record as it is now.
        """


class SecretReader(Protocol):
    """Where secrets are read."""

    def get_json(self, secret_id: str, *, refresh: bool = False) -> Mapping[str, str]:
        """Return a secret's fields, from a cache unless `refresh`."""


def match_step(code: str, seed: str, now: datetime) -> int | None:
    """Return the time step within the window whose code this is, or None.

    `seed` is base32, at least 112 bits; raises Forbidden, code TOTP_NOT_ENROLLED, where it cannot be used.
    """
    try:
        totp = TOTP(seed, interval=STEP_SECONDS)
    except ValueError:
        # The library's message may quote the seed.
        raise _not_enrolled() from None
    if not is_code(code):
        return None
    try:
        return totp.verify_and_get_timecode(code, for_time=now, valid_window=WINDOW_STEPS)
    except OTPVerificationError:
        return None


def verify_totp(
    *,
    operator: str,
    code: str | None,
    now: datetime,
    operators: OperatorStore,
    secrets: SecretReader,
    secret_id: str,
) -> int:
    """Accept an operator's current one-time code (header X-TOTP) once; return the time step that was used up.

    A code that does not fit the cached seed is tried against a fresh one before it counts as a failure,
    so that a rotated seed works at once. The operator is from the verified token, never from the request. Raises
    Unauthorized: TOTP_REQUIRED, TOTP_INVALID or TOTP_REPLAYED; Forbidden: TOTP_NOT_ENROLLED; TooManyAttempts: the
    operator is locked, whatever the code; also the answer to the failure that locks.
    """
    now = now.astimezone(UTC).replace(microsecond=0)
    code = code.strip() if code else ""
    if not code:
        raise Unauthorized("this action needs a one-time code in the header X-TOTP", code="TOTP_REQUIRED")
    seed = _enrolled_seed(operator, secrets, secret_id)
    step = match_step(code, seed, now)
    if step is None:
        record = operators.get_operator(operator)
        _refuse_locked(operator, record, now)
        fresh = secrets.get_json(secret_id, refresh=True).get(operator)
        step = match_step(code, fresh, now) if fresh and fresh != seed else None
        if step is None:
            raise _count_failure(operator, record, now, operators)
    blocking = operators.use_step(operator, step, now)
    if blocking is not None:
        _refuse_locked(operator, blocking, now)
        logger.warning(TOTP_REFUSED, operator=operator, code="TOTP_REPLAYED")
        raise Unauthorized("this one-time code was already used; wait for the next", code="TOTP_REPLAYED")
    logger.info(TOTP_ACCEPTED, operator=operator)
    return step


def _enrolled_seed(operator: str, secrets: SecretReader, secret_id: str) -> str:
    seed = secrets.get_json(secret_id).get(operator) or secrets.get_json(secret_id, refresh=True).get(operator)
    if not seed:
        raise _not_enrolled()
    return seed


def _count_failure(
    operator: str, record: OperatorRecord, now: datetime, operators: OperatorStore
) -> Unauthorized | TooManyAttempts:
    """Count one wrong code and return the error to answer with."""
    for _ in range(_RACES_MAX):
        after = register_failure(record, now)
        current = operators.replace_failures(operator, record, after)
        if current is None:
            if is_locked(after, now):
                metrics.add_metric(name="TotpLocked", unit=MetricUnit.Count, value=1)
                logger.error(TOTP_LOCKED, operator=operator, failures=after.failures)
                return _locked(after)
            logger.warning(TOTP_REFUSED, operator=operator, code="TOTP_INVALID", failures=after.failures)
            return Unauthorized("the one-time code is wrong or too old", code="TOTP_INVALID")
        record = current
        if is_locked(record, now):
            return _locked(record)
    return TooManyAttempts("too many attempts at once")


def _refuse_locked(operator: str, record: OperatorRecord, now: datetime) -> None:
    if is_locked(record, now):
        logger.warning(TOTP_REFUSED, operator=operator, code="TOTP_LOCKED")
        raise _locked(record)


def _locked(record: OperatorRecord) -> TooManyAttempts:
    until = f"{record.locked_until:%Y-%m-%dT%H:%M:%SZ}" if record.locked_until else "later"
    return TooManyAttempts(f"too many wrong one-time codes: locked until {until}")


def _not_enrolled() -> Forbidden:
    return Forbidden("the token's operator has no usable one-time code seed", code="TOTP_NOT_ENROLLED")
