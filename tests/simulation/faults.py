"""What goes wrong, how often, and what of it happened."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

#: Of a hundred chances, how many: in a history whose weather is average.
RATES: Mapping[str, float] = {
    # DynamoDB
    "db.request_lost": 0.6,
    "db.answer_lost": 0.8,
    "db.request_late": 0.4,
    "db.slow": 4.0,
    "db.throttled": 0.8,
    "db.internal_error": 0.5,
    "db.transaction_conflict": 2.0,
    "db.torn_read": 25.0,
    "db.keys_unprocessed": 1.5,
    "db.writes_unprocessed": 5.0,
    "db.page_short": 15.0,
    # queues, streams, schedules
    "queue.request_lost": 1.0,
    "queue.answer_lost": 1.5,
    "queue.throttled": 1.0,
    "queue.ack_lost": 3.0,
    "queue.late": 10.0,
    "bucket.request_lost": 2.0,
    "bucket.answer_lost": 3.0,
    "stream.duplicate": 8.0,
    "stream.late": 10.0,
    "schedule.skipped": 10.0,
    "schedule.twice": 8.0,
    # processes and clocks
    "process.crash": 0.25,
    "process.late": 3.0,
    "clock.skew": 20.0,
    "clock.jump": 0.5,
    # venues
    "venue.request_lost": 2.0,
    "venue.answer_lost": 4.0,
    "venue.request_late": 2.0,
    "venue.rate_limited": 2.0,
    "venue.down": 1.0,
    "venue.answer_unreadable": 0.7,
    "venue.refused": 0.7,
    "venue.lists_late": 15.0,
    # people and messengers
    "chat.throttled": 5.0,
    "chat.answer_lost": 3.0,
}
#: How the weather of a history scales all rates.
WEATHERS = (0.0, 0.5, 1.0, 2.0, 5.0)


@dataclass(kw_only=True)
class Faults:
    """The dice. `without` are kinds that never happen; `scale` is the weather, 0 once everything is well again."""

    chance: random.Random
    scale: float = 1.0
    without: frozenset[str] = frozenset()
    injected: Counter[str] = field(default_factory=Counter)

    def happens(self, kind: str) -> bool:
        """Tell whether a fault happens now, and count it."""
        # Drawn also where it may not happen: leaving one kind out leaves the others where they were.
        drawn = self.chance.random() * 100
        if drawn >= RATES[kind] * self.scale or kind in self.without:
            return False
        self.injected[kind] += 1
        return True

    def latency(self) -> float:
        """Return what one way of a request takes, in seconds."""
        drawn = self.chance.random()
        if self.scale and drawn > 0.98:
            return 0.05 + self.chance.random() * 0.3
        return 0.0005 + drawn * 0.004
