"""One kind of bad input: what is sent where, and the one answer it may get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from riskgate.schemas.http.routes import ROUTES

#: Header values: one, several of the same name, or none at all.
type Headers = Mapping[str, str | tuple[str, ...] | None]


class Group(StrEnum):
    """What kinds have in common."""

    NO_OBJECT = "no object"
    SIZE = "size"
    MEDIA_TYPE = "media type"
    NUMBERS = "numbers"
    OVERFLOW = "overflow by product"
    SYMBOLS = "symbols"
    FIELDS = "other fields"
    LOGIC = "contradictions"
    IDS = "ids"
    ACCESS = "access"
    TOTP = "one-time codes"
    ROUTES = "routes"
    QUERIES = "query strings"
    WEBHOOKS = "webhooks"


class Who(StrEnum):
    """Whose token comes along; the tests issue each."""

    OPERATOR = "operator"
    BOT = "bot"
    READER = "reader"
    FEEDER = "feeder"
    ELSEWHERE = "for another account"
    EXPIRED = "expired"
    REVOKED = "revoked"
    FAR = "from another network"
    UNKNOWN = "never issued"
    FORGED = "known id, wrong secret"
    NOBODY = "none"


@dataclass(frozen=True, kw_only=True)
class Kind:
    """One kind of bad input.

    `on` names operations, or ``operation:pointer`` where `value` stands in a body that is valid elsewhere. `body` is
    all that is sent; `changes` are fields of the valid body, None takes one away. `line` is method and address of a
    request that belongs to no operation, or names one otherwise. `first` was sent before, and was approved.
    """

    group: Group
    name: str
    status: int
    code: str
    on: tuple[str, ...] = ()
    line: tuple[str, str] | None = None
    body: bytes | None = None
    value: str | None = None
    changes: Mapping[str, Any] | None = None
    headers: Headers | None = None
    query: str = ""
    who: Who = Who.OPERATOR
    first: bytes | None = None
    #: How often at once.
    times: int = 1
    #: Whether the refusal itself is written down.
    is_noted: bool = False
    #: One-time codes sent before, by the steps of their clocks; and that of the request itself.
    codes: tuple[str, ...] = ()
    #: Whether API Gateway itself answers, before any function.
    by_gateway: bool = False
    number: int = 0

    @property
    def is_denial(self) -> bool:
        """Tell whether it is understood, and denied: that is written down."""
        return self.status == 422


_BODIES = {route.operation_id: route.body_max_bytes for route in ROUTES}
#: Deliveries are read as text too.
DELIVERIES = ("postWebhook", "postSignedWebhook")
#: Telegram's updates have more fields than anybody reads: what is not known of them is left out.
UPDATES = ("postTelegram",)
WITH_BODY = tuple(name for name, size in _BODIES.items() if size)
STRICT = tuple(name for name in WITH_BODY if name not in UPDATES)
WITHOUT_BODY = tuple(name for name, size in _BODIES.items() if not size)
OPTIONAL_BODY = ("cancelOrder", "confirmOrder", "acknowledgeAlert")
JSON_ONLY = tuple(name for name in STRICT if name not in DELIVERIES)
WITH_TOKEN = tuple(route.operation_id for route in ROUTES if route.scope is not None)
OF_ACCOUNT = tuple(route.operation_id for route in ROUTES if "account_id" in route.path_parameters)
ADMIN_ONLY = tuple(route.operation_id for route in ROUTES if route.scope == "admin")
WITH_TOTP = tuple(route.operation_id for route in ROUTES if route.totp)
