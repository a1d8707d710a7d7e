"""What each route takes and answers: the models behind the OpenAPI document."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from riskgate.schemas.http.requests.accounts import AccountRequest, TransferRequest
from riskgate.schemas.http.requests.base import RequestModel
from riskgate.schemas.http.requests.control import BreakerResetRequest, ExitRequest, KillSwitchRequest
from riskgate.schemas.http.requests.heartbeats import HeartbeatRequest
from riskgate.schemas.http.requests.hedges import HedgeRequest
from riskgate.schemas.http.requests.limits import LimitsRequest
from riskgate.schemas.http.requests.market import InstrumentsRequest, QuotesRequest
from riskgate.schemas.http.requests.orders import BatchRequest, CancelRequest, FillRequest, OrderPatch, OrderRequest
from riskgate.schemas.http.requests.reconciliation import BreakResolveRequest
from riskgate.schemas.http.requests.snapshots import SnapshotRequest
from riskgate.schemas.http.requests.stress import ScenariosRequest, StressRequest
from riskgate.schemas.http.requests.telegram import TelegramUpdate
from riskgate.schemas.openapi.answers import accounts, audit, hedges, orders, problems, reconciliation, risk


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """One answer of a route; `model` is None for a JSON object the document cannot describe (itself)."""

    description: str
    model: type[BaseModel] | None
    is_replay: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """Models of one route.

    `conflicts` are problem statuses beyond those that follow from the route itself (body, scope, account,
    second factor), such as 409 and 422. A 422 with the body of a decision stands in `denied`, beside a plain one or
    alone.
    """

    replies: Mapping[int, Reply]
    request: type[RequestModel] | None = None
    body_required: bool = True
    query: tuple[Mapping[str, Any], ...] = ()
    conflicts: frozenset[int] = field(default=frozenset())
    denied: type[problems.Problem] | None = None


def _query(name: str, description: str, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"name": name, "in": "query", "description": description, "schema": dict(schema)}


_REASON = {"type": "string", "minLength": 1, "maxLength": 500}
_PAGE_SIZE = _query(
    "limit", "Most entries of the page.", {"type": "integer", "minimum": 1, "maximum": 100, "default": 50}
)


def _ok(model: type[BaseModel] | None, description: str) -> Mapping[int, Reply]:
    return {200: Reply(description=description, model=model)}


def _created(model: type[BaseModel], created: str, replayed: str) -> Mapping[int, Reply]:
    return {
        201: Reply(description=created, model=model),
        200: Reply(description=replayed, model=model, is_replay=True),
    }


_ACCOUNTS = {
    "putAccount": Operation(
        request=AccountRequest,
        replies={
            201: Reply(description="Registered.", model=accounts.AccountAnswer),
            200: Reply(description="Known already; venues and sectors are as given now.", model=accounts.AccountAnswer),
        },
        conflicts=frozenset({409}),
    ),
    "getAccount": Operation(replies=_ok(accounts.AccountAnswer, "The account as it is now.")),
    "getLimits": Operation(replies=_ok(accounts.LimitsAnswer, "The limits in force.")),
    "putLimits": Operation(
        request=LimitsRequest,
        replies=_ok(accounts.LimitsAnswer, "The limits in force from now on."),
        conflicts=frozenset({409}),
    ),
    "postSnapshot": Operation(
        request=SnapshotRequest,
        replies={201: Reply(description="Recorded.", model=accounts.SnapshotAnswer)},
        conflicts=frozenset({422}),
    ),
    "postTransfer": Operation(
        request=TransferRequest,
        replies=_created(accounts.TransferAnswer, "Recorded.", "Recorded earlier."),
        conflicts=frozenset({409}),
    ),
    "listAudit": Operation(
        replies=_ok(audit.AuditPage, "Entries by sequence number."),
        query=(
            _query("after", "Entries with a greater sequence number.", {"type": "integer", "minimum": 0, "default": 0}),
            _PAGE_SIZE,
        ),
    ),
}

_MARKET = {
    "putInstruments": Operation(request=InstrumentsRequest, replies=_ok(accounts.MarketAnswer, "Stored.")),
    "putQuotes": Operation(
        request=QuotesRequest, replies=_ok(accounts.MarketAnswer, "Stored."), conflicts=frozenset({422})
    ),
}

_ORDERS = {
    "postOrder": Operation(
        request=OrderRequest,
        replies=_created(orders.Decision, "Approved; its exposure is reserved.", "Approved earlier, and still a go."),
        conflicts=frozenset({409, 422}),
        denied=problems.DeniedProblem,
    ),
    "checkOrder": Operation(
        request=OrderRequest,
        replies=_ok(orders.CheckAnswer, "The decision the order would get now, approved or denied."),
    ),
    "postBatch": Operation(
        request=BatchRequest,
        replies=_created(orders.BatchAnswer, "All legs approved.", "All legs approved earlier."),
        conflicts=frozenset({409, 422}),
        denied=problems.DeniedBatchProblem,
    ),
    "postHedge": Operation(
        request=HedgeRequest,
        replies=_created(hedges.HedgeAnswer, "Planned, or its orders decided.", "Known; nothing happened now."),
        conflicts=frozenset({409, 422}),
    ),
    "listOrders": Operation(
        replies=_ok(orders.OrdersPage, "One page of orders."),
        query=(_PAGE_SIZE, _query("cursor", "`next_cursor` of the page before.", {"type": "string"})),
    ),
    "getOrder": Operation(replies=_ok(orders.OrderAnswer, "The order as stored.")),
    "patchOrder": Operation(
        request=OrderPatch,
        replies=_ok(orders.Decision, "Approved on its new terms."),
        conflicts=frozenset({409}),
        denied=problems.DeniedProblem,
    ),
    "postFill": Operation(
        request=FillRequest,
        replies=_created(orders.FillAnswer, "Recorded.", "Recorded earlier."),
        conflicts=frozenset({409, 422}),
    ),
    "cancelOrder": Operation(
        request=CancelRequest,
        body_required=False,
        replies={
            **_ok(orders.CancelAnswer, "Cancelled, or finished already."),
            202: Reply(description="Being cancelled at its venue.", model=orders.CancelAnswer),
        },
    ),
}

_CONTROL = {
    "resetBreaker": Operation(
        request=BreakerResetRequest, replies=_ok(accounts.BreakerResetAnswer, "Reset, or tripped again at once.")
    ),
    "postExit": Operation(
        request=ExitRequest,
        replies=_created(accounts.ExitAnswer, "Taken down; each order with its decision.", "Taken down earlier."),
        conflicts=frozenset({409}),
    ),
    "getLocks": Operation(replies=_ok(accounts.LocksAnswer, "The locks in force.")),
    "deleteLock": Operation(
        replies=_ok(accounts.LocksAnswer, "Unlocked; the locks that are left."),
        query=({**_query("reason", "Why; the audit log keeps it.", _REASON), "required": True},),
    ),
    "putHeartbeat": Operation(
        request=HeartbeatRequest,
        replies=_ok(accounts.HeartbeatAnswer, "Alive; the next beat is due then."),
        conflicts=frozenset({409}),
    ),
    "deleteHeartbeat": Operation(replies=_ok(accounts.HeartbeatEndedAnswer, "Promised nothing any more.")),
    "getReconciliation": Operation(replies=_ok(reconciliation.ReconciliationAnswer, "As the last run left it.")),
    "resolveBreak": Operation(request=BreakResolveRequest, replies=_ok(reconciliation.BreakResolvedAnswer, "Closed.")),
    "getKillSwitches": Operation(replies=_ok(accounts.KillSwitchesAnswer, "Every kill switch.")),
    "putKillSwitch": Operation(request=KillSwitchRequest, replies=_ok(accounts.KillSwitchAnswer, "Set.")),
}

_SERVICE = {
    "postTelegram": Operation(
        request=TelegramUpdate,
        replies=_ok(audit.TelegramAnswer, "Taken; repetitions are ignored."),
        conflicts=frozenset({401, 503}),
    ),
    "getHealth": Operation(replies=_ok(audit.HealthAnswer, "The service answers.")),
    "getOpenApi": Operation(replies=_ok(None, "This document.")),
}

_RISK = {
    "getRisk": Operation(replies=_ok(risk.RiskAnswer, "The latest reports.")),
    "postStress": Operation(request=StressRequest, replies=_ok(risk.StressAnswer, "What the scenario would do.")),
    "getScenarios": Operation(replies=_ok(risk.ScenariosAnswer, "The scenarios the account keeps.")),
    "putScenarios": Operation(
        request=ScenariosRequest,
        replies=_ok(risk.ScenariosAnswer, "The scenarios from now on."),
        conflicts=frozenset({409}),
    ),
}

#: Models of every route, by operation id.
OPERATIONS: Mapping[str, Operation] = {**_ACCOUNTS, **_MARKET, **_ORDERS, **_RISK, **_CONTROL, **_SERVICE}
