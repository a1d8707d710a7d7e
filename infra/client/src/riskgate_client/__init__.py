"""Client of the risk gateway: orders with safe retries, and a guard around ccxt.

Only what a call returns is a go. Every failure is a `RiskGateError`: do not place the order.
"""

from riskgate_client.client import AsyncClient, Client
from riskgate_client.core import FILLED, FINAL, PLACED
from riskgate_client.errors import (
    Conflict,
    Denied,
    NotActionable,
    NotFound,
    NotPermitted,
    OrderEnded,
    OutcomeUnknown,
    Refused,
    RiskGateError,
    StillWorking,
    Unavailable,
    Unreadable,
)
from riskgate_client.guard import guard
from riskgate_client.guard.faces import NotGuarded
from riskgate_client.requests import FillFee, NewFill, NewOrder, new_client_order_id
from riskgate_client.tracing import trace
from riskgate_client.wire import Policy

__all__ = [
    "FILLED",
    "FINAL",
    "PLACED",
    "AsyncClient",
    "Client",
    "Conflict",
    "Denied",
    "FillFee",
    "NewFill",
    "NewOrder",
    "NotActionable",
    "NotFound",
    "NotGuarded",
    "NotPermitted",
    "OrderEnded",
    "OutcomeUnknown",
    "Policy",
    "Refused",
    "RiskGateError",
    "StillWorking",
    "Unavailable",
    "Unreadable",
    "guard",
    "new_client_order_id",
    "trace",
]
