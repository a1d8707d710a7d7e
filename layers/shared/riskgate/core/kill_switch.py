"""Kill switches: a flag as it is stored, which flags concern an order, and a change of one that is carried out."""

from dataclasses import dataclass
from datetime import datetime


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


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredKillSwitch:
    """A flag with what its item says about it.

    `flag` is None where the item's key is none that an order is held against: it stops nothing. `change_id` names the
    route's last change.
    """

    item: str
    flag: KillSwitch | None
    version: int = 0
    change_id: str = ""
    updated_at: str = ""
    updated_by: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class KillSwitchChange:
    """A change of a flag that accounts and venues are to follow; no earlier than `changed_at` by `actor`."""

    change_id: str
    flag: KillSwitch
    cancel_open_orders: bool
    changed_at: datetime
    actor: str


@dataclass(frozen=True, kw_only=True, slots=True)
class KillSwitchProgress:
    """How far a change has come.

    `accounts` are to take note, `noted` did, of `unreadable` the stored state is corrupt. Of `cancels_sent` orders
    that the worker was told to cancel `cancels_confirmed` rest no longer.
    """

    change_id: str
    changed_at: datetime
    accounts: int
    noted: int = 0
    unreadable: tuple[str, ...] = ()
    cancels_sent: int = 0
    cancels_confirmed: int = 0

    @property
    def is_complete(self) -> bool:
        """Tell whether every account that can take note did, and no cancel is open."""
        left = self.accounts - self.noted - len(self.unreadable)
        return left <= 0 and self.cancels_confirmed >= self.cancels_sent


def list_scopes(account_id: str, venue: str, strategy: str, symbol: str) -> list[tuple[str, str]]:
    """Return (scope, key) of every flag that may stop an order.

    Strategies are named in lower case; an order from before that has its own spelling as well.
    """
    strategies = dict.fromkeys((strategy, strategy.lower()))
    return [
        ("global", ""),
        ("account", account_id),
        ("venue", venue),
        *(("strategy", name) for name in strategies),
        ("symbol", symbol),
    ]


def item_name(scope: str, key: str) -> str:
    """Return the name of a flag's item in the table: what people edit."""
    return "GLOBAL" if scope == "global" else f"{scope.upper()}#{key}"
