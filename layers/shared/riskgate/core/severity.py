"""How much something matters to a person: the colours of every alert."""

from enum import StrEnum


class Severity(StrEnum):
    """Info: good to know. Yellow from half a limit, orange from three quarters, red at it."""

    INFO = "info"
    YELLOW = "yellow"
    ORANGE = "orange"
    RED = "red"

    @property
    def rank(self) -> int:
        """Return its place in the order of urgency, 0 for info."""
        return _RANKS[self]


_RANKS = {severity: rank for rank, severity in enumerate(Severity)}
