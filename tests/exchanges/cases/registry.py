"""How a case gets into the table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from tests.exchanges.desk import NOW, Desk

HOUR_AGO = NOW - timedelta(hours=1)
TWO_HOURS_AGO = NOW - timedelta(hours=2)


@dataclass(frozen=True)
class Call:
    """One row of the table. `needs`: `trade` and `data` may not be offered without it; `extra` is told apart.

    `deniable`: a class may refuse it and trade: instruments name it, and it is denied before approval.
    """

    name: str
    told: str
    run: Callable[[Desk], None]
    needs: str = "extra"
    swap: bool = True
    spot: bool = True
    deniable: bool = False


CALLS: list[Call] = []


def call(
    told: str, needs: str = "extra", *, swap: bool = True, spot: bool = True, deniable: bool = False
) -> Callable[[Callable[[Desk], None]], Callable[[Desk], None]]:
    """Add a case to the table under its function's name."""

    def add(run: Callable[[Desk], None]) -> Callable[[Desk], None]:
        CALLS.append(Call(run.__name__, told, run, needs, swap, spot, deniable))
        return run

    return add
