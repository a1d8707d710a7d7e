"""A kill switch as it is stored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True, slots=True)
class KillSwitch:
    """One kill-switch flag as read; `engaged` is None where the item is missing or of the wrong type."""

    scope: str
    key: str
    engaged: bool | None
    reason: str = ""

    @property
    def is_engaged(self) -> bool:
        """Return whether the flag holds trading back: also where nobody can read it."""
        return self.engaged is not False
