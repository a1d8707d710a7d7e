"""What a venue tells of past days: as many as it has, some without a trade, some told otherwise later."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from riskgate.core.venues.model import Candle
from tests.simulation.venue import SimExchange, SimVenue

if TYPE_CHECKING:
    from tests.simulation.scheduler import Process
    from tests.simulation.world import World

_DAY, _MOMENT = timedelta(days=1), timedelta(milliseconds=1)
#: How many days a market was traded: too few for a figure, just enough, plenty.
LENGTHS = (20, 59, 62, 90, 150)
START = {"BTC": 50_000.0, "ETH": 3_000.0}


@dataclass(kw_only=True)
class Daily:
    """The closes of each asset, the newest last; yesterday's is the last that is complete."""

    closes: dict[str, list[float]] = field(default_factory=dict)
    #: Days before today without a trade: no candle is told of them.
    silent: frozenset[int] = frozenset()
    #: In some histories the venue tells another price of a day that it has told of.
    is_fickle: bool = False

    @classmethod
    def draw(cls, chance: random.Random) -> Daily:
        """Return a past, made backwards from the prices that histories begin with."""
        found = cls(
            silent=frozenset(chance.sample(range(2, 50), chance.choice([0, 0, 1, 3]))),
            is_fickle=chance.random() < 0.2,
        )
        for asset, price in START.items():
            series, length = [price], chance.choice(LENGTHS)
            while len(series) < length:
                series.append(series[-1] / (1 + chance.gauss(0, 0.02)))
            found.closes[asset] = [round(close, 2) for close in reversed(series)]
        return found

    def candles(self, symbol: str, since: datetime, today: date) -> Sequence[Candle]:
        """Return the days from an instant on; today's is under way, a venue may tell of it all the same."""
        series = self.closes[symbol.partition("/")[0]]
        found = []
        for back in range(len(series) - 1, -1, -1):
            opened = datetime.combine(today - back * _DAY, time(), UTC)
            if opened >= since and back not in self.silent:
                found.append(_candle(opened, series[-1 - back], is_closed=bool(back)))
        return found


def _candle(opened: datetime, close: float, *, is_closed: bool) -> Candle:
    price = Decimal(repr(close))
    return Candle(
        opened_at=opened,
        closed_at=opened + _DAY - _MOMENT,
        open=price,
        high=price,
        low=price,
        close=price,
        volume=Decimal(1),
        is_closed=is_closed,
    )


class SimHistory(SimExchange):
    """A venue of which past days are asked."""

    def __init__(self, world: World, process: Process, venue: SimVenue, daily: Daily) -> None:
        super().__init__(world, process, venue)
        self._daily = daily

    def list_candles(self, symbol: str, timeframe: str, since: datetime, until: datetime | None = None) -> Any:
        """Return the days that the venue tells of."""
        assert timeframe == "1d"
        found = self._read(lambda: self._daily.candles(symbol, since, self._venue.now.date()))
        if self._daily.is_fickle and self._world.chance.random() < 0.5:
            found = [
                *found[:-3],
                *(_candle(c.opened_at, float(c.close) * 1.01, is_closed=c.is_closed) for c in found[-3:]),
            ]
        return tuple(candle for candle in found if until is None or candle.opened_at <= until)
