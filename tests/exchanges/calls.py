"""What the gateway asks of a venue and tells it: one case for each call, the same for every class."""

from __future__ import annotations

from riskgate.core.instrument import MarketType
from tests.exchanges.cases import account, faults, finding, market, placing
from tests.exchanges.cases.registry import CALLS, Call

#: In the order of the table; each adds its cases when it is imported.
_ROOMS = [room.__name__ for room in (market, account, placing, finding, faults)]
CALLS.sort(key=lambda item: _ROOMS.index(item.run.__module__))


def list_calls(kind: MarketType) -> list[Call]:
    """Return the calls that a market type has."""
    return [item for item in CALLS if (item.spot if kind is MarketType.SPOT else item.swap)]


__all__ = ["CALLS", "Call", "list_calls"]
