"""What a point of `riskctl preflight` comes to."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


class Verdict(StrEnum):
    """ACCEPTED is what a person named on the command line although it is LEFT or UNKNOWN."""

    OK = "OK"
    LEFT = "LEFT"
    UNKNOWN = "UNKNOWN"
    ACCEPTED = "ACCEPTED"


@dataclass(frozen=True, kw_only=True, slots=True)
class Judged:
    """A verdict, what was seen, and what to do about it."""

    verdict: Verdict
    detail: str
    todo: str = ""


def ok(detail: str) -> Judged:
    """Return that nothing is left."""
    return Judged(verdict=Verdict.OK, detail=detail)


def left(detail: str, todo: str) -> Judged:
    """Return what is left to do."""
    return Judged(verdict=Verdict.LEFT, detail=detail, todo=todo)


def unknown(detail: str, todo: str) -> Judged:
    """Return that it could not be found out, and how a person does."""
    return Judged(verdict=Verdict.UNKNOWN, detail=detail, todo=todo)


def tell_age(at: datetime, now: datetime) -> str:
    """Write how long ago an instant was, in the largest unit that fits."""
    age = max(now - at, timedelta())
    for unit, size in (("d", timedelta(days=1)), ("h", timedelta(hours=1)), ("min", timedelta(minutes=1))):
        if age >= size:
            return f"{age // size} {unit} ago"
    return f"{age // timedelta(seconds=1)} s ago"
