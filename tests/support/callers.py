"""Who calls the API, and the proxy events in which API Gateway hands a call to a function."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from riskgate.core.access.tokens import ALL_ACCOUNTS, ALL_STRATEGIES, Scope

#: The account that the tokens of bot and reader are for.
OWN_ACCOUNT = "demo"


@dataclass(frozen=True, kw_only=True)
class Caller:
    """Whom the authorizer proved."""

    token_id: str
    operator: str = "alice"
    scopes: tuple[str, ...] = ()
    accounts: tuple[str, ...] = (ALL_ACCOUNTS,)
    strategies: tuple[str, ...] = (ALL_STRATEGIES,)
    cidrs: tuple[str, ...] = ()
    source_ip: str = "203.0.113.7"

    def context(self) -> dict[str, str]:
        """Return what the authorizer hands to API Gateway."""
        return {
            "token_id": self.token_id,
            "operator": self.operator,
            "scopes": " ".join(self.scopes),
            "accounts": ",".join(self.accounts),
            "strategies": ",".join(self.strategies),
            "cidrs": ",".join(self.cidrs) or "*",
        }


ADMIN = Caller(token_id="adminadmin01", scopes=tuple(Scope))
BOT = Caller(token_id="botbotbot001", scopes=(Scope.ORDERS_WRITE, Scope.ACCOUNTS_READ), accounts=(OWN_ACCOUNT,))
FEEDER = Caller(
    token_id="feederfeeder",
    scopes=(Scope.SNAPSHOTS_WRITE, Scope.TRANSFERS_WRITE, Scope.MARKET_WRITE, Scope.ACCOUNTS_READ),
)
READER = Caller(token_id="readerreader", scopes=(Scope.ACCOUNTS_READ,), accounts=(OWN_ACCOUNT,))


def limited_to(caller: Caller, *scopes: str) -> Caller:
    """Return the caller with other scopes."""
    return replace(caller, scopes=scopes)


def build_event(
    method: str,
    path: str,
    body: Any = None,
    *,
    caller: Caller | None = ADMIN,
    headers: Mapping[str, str] | None = None,
    query: Mapping[str, str] | None = None,
    request_id: str = "request-0",
) -> dict[str, Any]:
    """Return the proxy event of API Gateway's REST API; bytes arrive as base64."""
    text: str | None
    if body is None or isinstance(body, str):
        text = body
    elif isinstance(body, bytes):
        text = base64.b64encode(body).decode()
    else:
        text = json.dumps(body)
    sent = {"Host": "api.example.com", "Authorization": "Bearer rg_redacted"}
    if text is not None:
        sent["Content-Type"] = "application/json"
    sent = {name: value for name, value in (sent | dict(headers or {})).items() if value is not None}
    return {
        "resource": path,
        "path": path,
        "httpMethod": method,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": dict(query) if query else None,
        "multiValueQueryStringParameters": {name: [value] for name, value in query.items()} if query else None,
        "pathParameters": None,
        "stageVariables": None,
        "requestContext": {
            "requestId": request_id,
            "stage": "v1",
            "path": f"/v1{path}",
            "httpMethod": method,
            "identity": {"sourceIp": (caller or ADMIN).source_ip},
            "authorizer": caller.context() if caller is not None else None,
        },
        "body": text,
        "isBase64Encoded": isinstance(body, bytes),
    }
