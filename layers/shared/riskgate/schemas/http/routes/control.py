"""Routes by which people steer the gateway."""

from __future__ import annotations

from riskgate.core.access.tokens import Scope
from riskgate.schemas.http.json_body import BODY_MAX_BYTES
from riskgate.schemas.http.routes.route import ACCOUNT, Route, Tag

CONTROL_ROUTES = (
    Route(
        "POST",
        f"{ACCOUNT}/breakers/{{name}}/reset",
        "resetBreaker",
        Scope.ADMIN,
        Tag.CONTROL,
        "Reset a tripped breaker",
        description="Its baseline starts again from equity now.",
        totp=True,
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route(
        "POST",
        f"{ACCOUNT}/exits",
        "postExit",
        Scope.ADMIN,
        Tag.CONTROL,
        "Close positions on a person's word",
        description=(
            "Passes kill switches and breakers, denied only where the input is broken. The same exit_id again places "
            "nothing twice and goes on with what is pending. Can also stop entries and cancel open orders first."
        ),
        totp=True,
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route("GET", f"{ACCOUNT}/locks", "getLocks", Scope.ACCOUNTS_READ, Tag.CONTROL, "List the protections' locks"),
    Route(
        "DELETE",
        f"{ACCOUNT}/locks/{{lock_id}}",
        "deleteLock",
        Scope.ADMIN,
        Tag.CONTROL,
        "Unlock entries before a lock ends",
        totp=True,
    ),
    Route(
        "PUT",
        f"{ACCOUNT}/heartbeats/{{strategy}}",
        "putHeartbeat",
        Scope.ORDERS_WRITE,
        Tag.CONTROL,
        "Give a strategy's sign of life",
        description=(
            "The first one registers the strategy. From then on it may only reduce while a beat is overdue. Beats "
            "within half an interval of the last recorded one are answered and not recorded."
        ),
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route(
        "DELETE",
        f"{ACCOUNT}/heartbeats/{{strategy}}",
        "deleteHeartbeat",
        Scope.ORDERS_WRITE,
        Tag.CONTROL,
        "Promise no further signs of life",
    ),
    Route(
        "GET",
        f"{ACCOUNT}/reconciliation",
        "getReconciliation",
        Scope.ACCOUNTS_READ,
        Tag.CONTROL,
        "Get how the books stand against the venues'",
        description="The last run, the breaks that are open, and those closed lately.",
    ),
    Route(
        "POST",
        f"{ACCOUNT}/reconciliation/{{break_id}}/resolve",
        "resolveBreak",
        Scope.ADMIN,
        Tag.CONTROL,
        "Close a break",
        description="It opens again when what disagrees changes. Its market trades again once no red break is left.",
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
