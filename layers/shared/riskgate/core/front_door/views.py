"""What of a venue's answer a bot is shown, by call."""

from dataclasses import dataclass
from enum import StrEnum


class View(StrEnum):
    """How an answer is cut: not at all, or to what is the bot's own."""

    WHOLE = "whole"
    ORDER = "order"
    ORDERS = "orders"
    TRADES = "trades"
    POSITIONS = "positions"
    SWAP_ACCOUNT = "swap_account"
    SWAP_BALANCE = "swap_balance"
    SPOT_ACCOUNT = "spot_account"
    INCOME = "income"


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderFields:
    """How orders name themselves in a list, and what a bot asks for one by."""

    number: str
    client_id: str
    asked_by: str


PLAIN_ORDER = OrderFields(number="orderId", client_id="clientOrderId", asked_by="origClientOrderId")
#: Conditional orders of USD-M futures.
ALGO_ORDER = OrderFields(number="algoId", client_id="clientAlgoId", asked_by="clientAlgoId")

_VIEWS = {
    "/api/v3/order": View.ORDER,
    "/api/v3/openOrders": View.ORDERS,
    "/api/v3/allOrders": View.ORDERS,
    "/api/v3/myTrades": View.TRADES,
    "/api/v3/account": View.SPOT_ACCOUNT,
    "/fapi/v1/order": View.ORDER,
    "/fapi/v1/openOrder": View.ORDER,
    "/fapi/v1/openOrders": View.ORDERS,
    "/fapi/v1/allOrders": View.ORDERS,
    "/fapi/v1/algoOrder": View.ORDER,
    "/fapi/v1/openAlgoOrders": View.ORDERS,
    "/fapi/v1/allAlgoOrders": View.ORDERS,
    "/fapi/v1/userTrades": View.TRADES,
    "/fapi/v1/income": View.INCOME,
    "/fapi/v2/account": View.SWAP_ACCOUNT,
    "/fapi/v3/account": View.SWAP_ACCOUNT,
    "/fapi/v2/balance": View.SWAP_BALANCE,
    "/fapi/v3/balance": View.SWAP_BALANCE,
    "/fapi/v2/positionRisk": View.POSITIONS,
    "/fapi/v3/positionRisk": View.POSITIONS,
}
#: What shows an order only while it is open.
OPEN_ONE = frozenset({"/fapi/v1/openOrder"})
#: What lists the orders of trades.
ALL_LISTS = {
    "/api/v3/myTrades": "/api/v3/allOrders",
    "/fapi/v1/userTrades": "/fapi/v1/allOrders",
}
#: Names a parameter may have: what signs a request, and what ccxt takes for its own settings, is none of them.
PARAMETER_NAMES = frozenset(
    {
        "symbol", "symbols", "pair", "asset", "coin", "orderId", "origClientOrderId", "algoId", "clientAlgoId",
        "algoType", "startTime", "endTime", "fromId", "limit", "page", "size", "current", "incomeType",
        "omitZeroBalances",
        # Of market data.
        "interval", "timeZone", "type", "windowSize", "period", "contractType", "symbolStatus", "permissions",
    }
)  # fmt: skip


def view_of(path: str) -> View:
    """Return how the answer to a call that reads is cut."""
    return _VIEWS.get(path, View.WHOLE)


def fields_of(path: str) -> OrderFields:
    """Return how orders name themselves in the answer to a call."""
    return ALGO_ORDER if "lgo" in path else PLAIN_ORDER
