"""One-time codes: given on the command line, typed by a person, or computed from a local stack's seed."""

import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import typer
from pyotp import TOTP

from infra.riskctl.errors import ApiProblem, CliError
from riskgate.core.access.totp import STEP_SECONDS

#: The gateway takes each code once, and the one before and after the current too.
_STEP = timedelta(seconds=STEP_SECONDS)


def compute_code(seed: str, at: datetime) -> str:
    """Return the code of the step that `at` lies in."""
    return TOTP(seed, interval=STEP_SECONDS).at(at)


def compute_seconds_left(at: datetime) -> int:
    """Return how long the code of `at` stays the current one."""
    return STEP_SECONDS - int(at.timestamp()) % STEP_SECONDS


class OneTimeCodes:
    """Give a guarded call its code: the one the person passed, or one from the seed of a local stack."""

    def __init__(self, *, given: str | None, seed: str | None) -> None:
        self._given = given
        self._seed = seed

    def run[T](self, call: Callable[[str], T]) -> T:
        """Call with a code; with a seed at hand, wait for a fresh one where the current ones were used."""
        if self._given is not None:
            return call(self._given)
        if self._seed is not None:
            return self._run_with_seed(self._seed, call)
        if not sys.stdin.isatty():
            raise CliError("this needs a one-time code: pass --totp")
        return call(typer.prompt("One-time code"))

    @staticmethod
    def _run_with_seed[T](seed: str, call: Callable[[str], T]) -> T:
        for ahead in (timedelta(0), _STEP):
            try:
                return call(compute_code(seed, datetime.now(UTC) + ahead))
            except ApiProblem as problem:
                if problem.code != "TOTP_REPLAYED":
                    raise
        wait = compute_seconds_left(datetime.now(UTC))
        typer.echo(f"the last code was already used: waiting {wait} s for the next", err=True)
        time.sleep(wait)
        return call(compute_code(seed, datetime.now(UTC) + _STEP))
