"""What the routes' answers mean, beside the types that routes, handlers and answers declare themselves."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from functions.view_api.app import METRICS_TEXT
from riskgate.schemas.fields import Reason
from riskgate.schemas.http.queries import ACCOUNT, ACCOUNTS_PAGE, AFTER, AFTER_ACCOUNT, DAYS, PAGE_SIZE
from riskgate.schemas.http.requests.base import RequestModel
from riskgate.schemas.http.requests.telegram import TelegramUpdate
from riskgate.schemas.http.requests.webhooks import WebhookDelivery


@dataclass(frozen=True, slots=True)
class Operation:
    """What one route answers, by status.

    `problems` are problem statuses beyond those that follow from the route itself (body, scope, account, second
    factor) and from its answer (a decision may be a denial). `request` is the body of a route that reads it by itself.
    """

    replies: Mapping[int, str]
    problems: frozenset[int] = frozenset()
    query: tuple[Mapping[str, Any], ...] = ()
    is_replayed: bool = False
    request: type[RequestModel] | None = None
    content_type: str = "application/json"
    #: Schema of an answer that is text, sent as it is.
    text: Mapping[str, str] = field(default_factory=lambda: {"type": "object"})


def _created(created: str, replayed: str, *problems: int) -> Operation:
    return Operation({201: created, 200: replayed}, frozenset(problems), is_replayed=True)


def _ok(description: str, *problems: int, query: tuple[Mapping[str, Any], ...] = ()) -> Operation:
    return Operation({200: description}, frozenset(problems), query)


def _query(name: str, description: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": dict(schema)}


_PAGE_SIZE, _AFTER = PAGE_SIZE.describe(), AFTER.describe()
_ACCOUNTS_PAGE, _AFTER_ACCOUNT = ACCOUNTS_PAGE.describe(), AFTER_ACCOUNT.describe()
_CURSOR = _query("cursor", "`next_cursor` of the page before; no other text is taken.", {"type": "string"})

#: What a delivery may get; its body is as the webhook's templates say.
_DELIVERY = Operation(
    {
        201: "Approved; the gateway sends the order.",
        200: "Approved earlier, or cancelled.",
        202: "Being cancelled at the venue: look at the orders that are named.",
    },
    frozenset({401, 403, 404, 409, 422, 429, 503}),
    is_replayed=True,
    request=WebhookDelivery,
)

#: Every route, by operation id.
OPERATIONS: Mapping[str, Operation] = {
    "putAccount": Operation(
        {201: "Registered.", 200: "Known already; venues and sectors are as given now."}, frozenset({409, 422})
    ),
    "listAccounts": _ok("One page of accounts.", query=(_AFTER_ACCOUNT, _ACCOUNTS_PAGE)),
    "getPerformance": _ok("What it earned.", query=(DAYS.describe(),)),
    "getMetrics": Operation(
        {200: "Metrics in Prometheus' text format."},
        query=(ACCOUNT.describe(),),
        content_type=METRICS_TEXT,
        text={"type": "string"},
    ),
    "getAccount": Operation(
        {200: "The account as it is now.", 304: "As it was, by the entity tag in `If-None-Match`."},
        query=(
            {
                "name": "If-None-Match",
                "in": "header",
                "description": "`ETag` of an earlier answer.",
                "schema": {"type": "string"},
            },
        ),
    ),
    "acknowledgeAlert": _ok("Acknowledged."),
    "getLimits": _ok("The limits in force."),
    "putLimits": _ok("The limits in force from now on.", 409),
    "postSnapshot": Operation({201: "Recorded."}, frozenset({409, 422})),
    "postTransfer": _created("Recorded.", "Recorded earlier.", 409),
    "listAudit": _ok("Entries by sequence number.", query=(_AFTER, _PAGE_SIZE)),
    "putInstruments": _ok("Stored.", 409),
    "putQuotes": _ok("Stored.", 409, 422),
    "putCloseJump": _ok("Confirmed; the next risk run goes by it.", 404),
    "postOrder": _created("Approved; its exposure is reserved.", "Approved earlier, and still a go.", 409, 422, 429),
    "checkOrder": _ok("The decision the order would get now, approved or denied."),
    "postBatch": _created("All legs approved.", "All legs approved earlier.", 409, 422, 429),
    "postHedge": _created("Planned, or its orders decided.", "Known; nothing happened now.", 409, 422),
    "listOrders": _ok("One page of orders.", query=(_PAGE_SIZE, _CURSOR)),
    "getOrder": _ok("The order as stored."),
    "patchOrder": _ok("Approved on its new terms.", 409, 429),
    "putStop": _ok("The stop from now on.", 422),
    "postFill": _created("Recorded.", "Recorded earlier.", 409, 422),
    "confirmOrder": _ok("The order, reserved as long as it rests.", 409, 422),
    "cancelOrder": Operation({200: "Cancelled, or finished already.", 202: "Being cancelled at its venue."}),
    "getRisk": _ok("The latest reports."),
    "postStress": _ok("What the scenario would do."),
    "getScenarios": _ok("The scenarios the account keeps."),
    "putScenarios": _ok("The scenarios from now on.", 409),
    "resetBreaker": _ok("Reset, or tripped again at once."),
    "postExit": _created("Taken down; each order with its decision.", "Taken down earlier.", 409),
    "getExit": _ok("The exit as it is now."),
    "getLocks": _ok("The locks in force."),
    "deleteLock": _ok(
        "Unlocked; the locks that are left.",
        query=(
            {**_query("reason", "Why; the audit log keeps it.", TypeAdapter(Reason).json_schema()), "required": True},
        ),
    ),
    "putHeartbeat": _ok("Alive; the next beat is due then.", 409),
    "deleteHeartbeat": _ok("Promised nothing any more."),
    "getReconciliation": _ok("As the last run left it."),
    "resolveBreak": _ok("Closed."),
    "getKillSwitches": _ok("Every kill switch."),
    "putKillSwitch": _ok("Set."),
    "listWebhooks": _ok("The webhooks."),
    "getWebhook": _ok("The webhook as it was set up.", 404),
    "putWebhook": Operation({201: "Set up.", 200: "Set up anew, with other secrets."}, frozenset({404, 422})),
    "deleteWebhook": _ok("Deleted; its next delivery is refused.", 404),
    "postWebhook": _DELIVERY,
    "postSignedWebhook": _DELIVERY,
    "postTelegram": Operation({200: "Taken; repetitions are ignored."}, frozenset({401, 503}), request=TelegramUpdate),
    "getHealth": _ok("The service answers."),
    "getOpenApi": _ok("This document."),
    "getDashboard": Operation({200: "The page."}, content_type="text/html; charset=utf-8", text={"type": "string"}),
}
