"""What a caller needs for one route."""

from dataclasses import dataclass
from enum import StrEnum

from riskgate.core.access.tokens import Scope


class Tag(StrEnum):
    """Chapters of the API."""

    ORDERS = "orders"
    WEBHOOKS = "webhooks"
    ACCOUNTS = "accounts"
    MARKET = "market"
    RISK = "risk"
    CONTROL = "control"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Route:
    """One route.

    `scope` is None for a route open to all; where `secret_header` is named the function demands the secret in it, and
    where `proves_itself` what the path or the body holds proves its sender: both read the body themselves. `totp` asks
    for a second factor in X-TOTP: always, or only in the case `totp_when` names. `body_max_bytes` is 0 where no body is
    read.
    """

    method: str
    path: str
    operation_id: str
    scope: Scope | None
    tag: Tag
    summary: str
    description: str = ""
    totp: bool = False
    totp_when: str = ""
    body_max_bytes: int = 0
    secret_header: str = ""
    proves_itself: bool = False

    @property
    def path_parameters(self) -> tuple[str, ...]:
        """Return the names in the path's braces, in order."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))


#: Where the routes of one account begin.
ACCOUNT = "/accounts/{account_id}"
