"""The route table: what the gateway answers, and what a caller needs for it.

Import-light on purpose: the authorizer and the template's tests read it too.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from riskgate.core.access import Scope
from riskgate.schemas.json_body import BATCH_BODY_MAX_BYTES, BODY_MAX_BYTES


class Tag(StrEnum):
    """Chapters of the API."""

    ORDERS = "orders"
    ACCOUNTS = "accounts"
    MARKET = "market"
    CONTROL = "control"
    SERVICE = "service"


@dataclass(frozen=True, slots=True)
class Route:
    """One route.

    `scope` is None for a route open to all. `totp` asks for a second factor in X-TOTP: always, or only
    in the case `totp_when` names. `body_max_bytes` is 0 where no body is read.
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

    @property
    def path_parameters(self) -> tuple[str, ...]:
        """Return the names in the path's braces, in order."""
        return tuple(part[1:-1] for part in self.path.split("/") if part.startswith("{"))


_ACCOUNT = "/accounts/{account_id}"
_ORDERS = f"{_ACCOUNT}/orders"
_ORDER = f"{_ORDERS}/{{client_order_id}}"

_ACCOUNT_ROUTES = (
    Route(
        "PUT",
        _ACCOUNT,
        "putAccount",
        Scope.ADMIN,
        Tag.ACCOUNTS,
        "Register an account",
        description="The same registration again answers 200; another one under a known id is a conflict.",
        body_max_bytes=BATCH_BODY_MAX_BYTES,
    ),
    Route(
        "GET",
        _ACCOUNT,
        "getAccount",
        Scope.ACCOUNTS_READ,
        Tag.ACCOUNTS,
        "Get an account's trading state",
        description="Equity, positions, open orders, and every limit with its value, utilization and alert level.",
    ),
    Route("GET", f"{_ACCOUNT}/limits", "getLimits", Scope.ACCOUNTS_READ, Tag.ACCOUNTS, "Get the limits in force"),
    Route(
        "PUT",
        f"{_ACCOUNT}/limits",
        "putLimits",
        Scope.ADMIN,
        Tag.ACCOUNTS,
        "Change limits",
        description="Limits left out stay as they are; null switches a check off. The next decision obeys.",
        totp=True,
        totp_when="the change loosens a limit or cannot be shown to tighten it",
        body_max_bytes=BATCH_BODY_MAX_BYTES,
    ),
    Route(
        "POST",
        f"{_ACCOUNT}/snapshots",
        "postSnapshot",
        Scope.ORDERS_WRITE,
        Tag.ACCOUNTS,
        "Report equity, balances and positions",
        description="For accounts the gateway holds no exchange keys of. Breakers are run on the new equity.",
        body_max_bytes=BATCH_BODY_MAX_BYTES,
    ),
    Route(
        "POST",
        f"{_ACCOUNT}/transfers",
        "postTransfer",
        Scope.ADMIN,
        Tag.ACCOUNTS,
        "Report a deposit or withdrawal",
        description="Moves equity and the loss and drawdown baselines, so that neither is a gain or a loss.",
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route(
        "GET",
        f"{_ACCOUNT}/audit",
        "listAudit",
        Scope.ACCOUNTS_READ,
        Tag.ACCOUNTS,
        "List audit entries",
        description="In order of sequence number; each entry carries the hash of the one before.",
    ),
)

_MARKET_ROUTES = (
    Route(
        "PUT",
        "/market/instruments",
        "putInstruments",
        Scope.MARKET_WRITE,
        Tag.MARKET,
        "Store trading rules",
        body_max_bytes=BATCH_BODY_MAX_BYTES,
    ),
    Route(
        "PUT",
        "/market/quotes",
        "putQuotes",
        Scope.MARKET_WRITE,
        Tag.MARKET,
        "Store quotes",
        body_max_bytes=BATCH_BODY_MAX_BYTES,
    ),
)

_ORDER_ROUTES = (
    Route(
        "POST",
        _ORDERS,
        "postOrder",
        Scope.ORDERS_WRITE,
        Tag.ORDERS,
        "Decide on an order and reserve its exposure",
        description=(
            "201 approved, 422 denied. The same client_order_id with the same body replays the stored answer; "
            "with another body it is a conflict. Retry an unclear outcome with the same body."
        ),
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route(
        "POST",
        f"{_ORDERS}/check",
        "checkOrder",
        Scope.ACCOUNTS_READ,
        Tag.ORDERS,
        "Decide on an order without placing it",
        description="The decision the order would get now, and the largest quantity that would pass.",
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route(
        "POST",
        f"{_ORDERS}/batch",
        "postBatch",
        Scope.ORDERS_WRITE,
        Tag.ORDERS,
        "Decide on orders together",
        description="All are approved or none; limits hold for their sum.",
        body_max_bytes=BATCH_BODY_MAX_BYTES,
    ),
    Route("GET", _ORDERS, "listOrders", Scope.ACCOUNTS_READ, Tag.ORDERS, "List orders"),
    Route("GET", _ORDER, "getOrder", Scope.ACCOUNTS_READ, Tag.ORDERS, "Get an order"),
    Route(
        "PATCH",
        _ORDER,
        "patchOrder",
        Scope.ORDERS_WRITE,
        Tag.ORDERS,
        "Modify a working order",
        description="The order is checked anew on its new terms; when denied it stays as it was.",
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route(
        "POST",
        f"{_ORDER}/fills",
        "postFill",
        Scope.ORDERS_WRITE,
        Tag.ORDERS,
        "Report an execution",
        description="Reserved exposure becomes a position. The same fill_id again changes nothing.",
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route(
        "POST",
        f"{_ORDER}/cancel",
        "cancelOrder",
        Scope.ORDERS_WRITE,
        Tag.ORDERS,
        "Cancel an order",
        description="Always passes and is never throttled; the body may be left out.",
        body_max_bytes=BODY_MAX_BYTES,
    ),
)

_CONTROL_ROUTES = (
    Route(
        "POST",
        f"{_ACCOUNT}/breakers/{{name}}/reset",
        "resetBreaker",
        Scope.ADMIN,
        Tag.CONTROL,
        "Reset a tripped breaker",
        description="Its baseline starts again from equity now.",
        totp=True,
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route("GET", "/kill-switch", "getKillSwitches", Scope.ACCOUNTS_READ, Tag.CONTROL, "List the kill switches"),
    Route(
        "PUT",
        "/kill-switch",
        "putKillSwitch",
        Scope.ADMIN,
        Tag.CONTROL,
        "Engage or release a kill switch",
        description="Once an engagement is answered, nothing it covers is approved any more.",
        totp=True,
        body_max_bytes=BODY_MAX_BYTES,
    ),
)

_SERVICE_ROUTES = (
    Route("GET", "/health", "getHealth", None, Tag.SERVICE, "Tell whether the service answers"),
    Route("GET", "/openapi.json", "getOpenApi", None, Tag.SERVICE, "Get this document"),
)

#: Every route, in the order the documentation lists them.
ROUTES: tuple[Route, ...] = _ACCOUNT_ROUTES + _MARKET_ROUTES + _ORDER_ROUTES + _CONTROL_ROUTES + _SERVICE_ROUTES
