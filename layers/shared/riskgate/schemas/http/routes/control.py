"""Routes by which people steer the gateway."""

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
        description="Its baseline restarts from current equity.",
        totp=True,
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route(
        "POST",
        f"{ACCOUNT}/exits",
        "postExit",
        Scope.ADMIN,
        Tag.CONTROL,
        "Close positions (operator)",
        description=(
            "Passes kill switches and breakers. Denied only when its input is invalid. The same exit_id again places "
            "nothing twice and continues what is pending. Can stop entries and cancel open orders first."
        ),
        totp=True,
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route(
        "GET",
        f"{ACCOUNT}/exits/{{exit_id}}",
        "getExit",
        Scope.ACCOUNTS_READ,
        Tag.CONTROL,
        "Look at an exit",
        description="Its orders as they are now. Places nothing, and needs no one-time code.",
    ),
    Route("GET", f"{ACCOUNT}/locks", "getLocks", Scope.ACCOUNTS_READ, Tag.CONTROL, "List locks"),
    Route(
        "DELETE",
        f"{ACCOUNT}/locks/{{lock_id}}",
        "deleteLock",
        Scope.ADMIN,
        Tag.CONTROL,
        "End a lock early",
        totp=True,
    ),
    Route(
        "PUT",
        f"{ACCOUNT}/heartbeats/{{strategy}}",
        "putHeartbeat",
        Scope.ORDERS_WRITE,
        Tag.CONTROL,
        "Send a heartbeat",
        description=(
            "The first heartbeat registers the strategy. From then on it may only reduce while one is overdue. "
            "Heartbeats within half an interval of the last recorded one are answered but not recorded."
        ),
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route(
        "DELETE",
        f"{ACCOUNT}/heartbeats/{{strategy}}",
        "deleteHeartbeat",
        Scope.ORDERS_WRITE,
        Tag.CONTROL,
        "Stop heartbeat monitoring",
    ),
    Route(
        "GET",
        f"{ACCOUNT}/reconciliation",
        "getReconciliation",
        Scope.ACCOUNTS_READ,
        Tag.CONTROL,
        "Get the state of reconciliation",
        description="The last run, open breaks, and recently closed ones.",
    ),
    Route(
        "POST",
        f"{ACCOUNT}/reconciliation/{{break_id}}/resolve",
        "resolveBreak",
        Scope.ADMIN,
        Tag.CONTROL,
        "Close a break",
        description="It reopens when the difference changes. Its market trades again once no red break is left.",
        totp=True,
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route(
        "POST",
        f"{ACCOUNT}/alerts/{{alert}}/acknowledge",
        "acknowledgeAlert",
        Scope.ADMIN,
        Tag.CONTROL,
        "Acknowledge an alert",
        description=(
            "Nobody is reminded of it until its level changes. The alert is named as in the account's `alerts`. "
            "The body is optional."
        ),
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
        description="After this answer nothing that an engaged switch covers is approved.",
        totp=True,
        body_max_bytes=BODY_MAX_BYTES,
    ),
)
