"""How many denials of a caller are written down: each costs as much as an approval, and a bot in a loop asks for ever.

The budget is each function instance's own memory: it costs no request, and bounds a caller to as much for each instance
that serves it.
"""

from dataclasses import dataclass, field
from datetime import datetime

#: Denials at once, and how many more each second brings.
BURST, PER_SECOND = 300.0, 1.0
#: Callers that are remembered; of more the one that was denied longest ago is forgotten.
CALLERS_MAX = 1_000


@dataclass(slots=True)
class DenialBudget:
    """Denials that each caller has left: a token bucket by who acts."""

    burst: float = BURST
    per_second: float = PER_SECOND
    _left: dict[str, tuple[float, datetime]] = field(default_factory=dict)

    def spend(self, actor: str, now: datetime) -> bool:
        """Take one denial; tell whether there was one."""
        left, at = self._left.pop(actor, (self.burst, now))
        left = min(self.burst, left + max((now - at).total_seconds(), 0) * self.per_second)
        is_left = left >= 1
        self._left[actor] = (left - is_left, max(now, at))
        if len(self._left) > CALLERS_MAX:
            del self._left[next(iter(self._left))]
        return is_left

    def give_back(self, actor: str) -> None:
        """Give back a denial that was taken and did not come to be."""
        if actor in self._left:
            left, at = self._left[actor]
            self._left[actor] = (min(self.burst, left + 1), at)
