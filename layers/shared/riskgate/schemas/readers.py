"""Read single values of a body: what a string or number must look like before it means anything."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from riskgate.schemas.decimals import parse_decimal
from riskgate.schemas.patterns import INSTANT_PATTERN

_INSTANT = re.compile(INSTANT_PATTERN)


@dataclass(frozen=True)
class AmountRange:
    """Amount in the gateway's notation within [low, high]; a bound of None is absent."""

    low: Decimal | None = None
    high: Decimal | None = None
    zero_allowed: bool = True

    def holds(self, amount: Decimal) -> bool:
        """Tell whether an amount is within the range."""
        too_low = self.low is not None and amount < self.low
        return not too_low and (self.high is None or amount <= self.high) and (self.zero_allowed or bool(amount))


def read_amount(value: object) -> Decimal | None:
    """Return the exact amount that a string or an already exact number spells; None for all else."""
    # bool, int and float never come out of `parse_json`; a float could not be exact any more.
    text = f"{value:f}" if isinstance(value, Decimal) else value
    return parse_decimal(text) if isinstance(text, str) else None


def read_instant(value: object) -> datetime | None:
    """Return the instant that a text names, in UTC; None for all else."""
    # Years outside 2000-2099 are mistakes, and sums with them overflow.
    if isinstance(value, str) and _INSTANT.fullmatch(value):
        try:
            return datetime.fromisoformat(value).astimezone(UTC)
        except ValueError:
            pass
    return None
