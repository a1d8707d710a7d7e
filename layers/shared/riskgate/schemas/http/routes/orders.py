"""Routes of orders."""

from riskgate.core.access.tokens import Scope
from riskgate.schemas.http.json_body import BATCH_BODY_MAX_BYTES, BODY_MAX_BYTES
from riskgate.schemas.http.routes.route import ACCOUNT, Route, Tag

_ORDERS = f"{ACCOUNT}/orders"
_ORDER = f"{_ORDERS}/{{client_order_id}}"

ORDER_ROUTES = (
    Route(
        "POST",
        _ORDERS,
        "postOrder",
        Scope.ORDERS_WRITE,
        Tag.ORDERS,
        "Submit an order: approve and reserve, or deny",
        description=(
            "201 approved, 422 denied. The same client_order_id with the same body replays the stored answer. "
            "With a different body it is a conflict. If the outcome is unclear, retry with the same body."
        ),
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route(
        "POST",
        f"{_ORDERS}/check",
        "checkOrder",
        Scope.ACCOUNTS_READ,
        Tag.ORDERS,
        "Check an order without placing it",
        description="The decision the order would get now, and the largest quantity that would pass.",
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route(
        "POST",
        f"{_ORDERS}/batch",
        "postBatch",
        Scope.ORDERS_WRITE,
        Tag.ORDERS,
        "Submit several orders together",
        description="Either all are approved or none. Limits apply to their sum.",
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
        description="The order is checked again on its new terms. If denied, it stays as it was.",
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route(
        "PUT",
        f"{ACCOUNT}/positions/{{market}}/stop",
        "putStop",
        Scope.ORDERS_WRITE,
        Tag.ORDERS,
        "Move the stop of a position",
        description=(
            "Tighter at any time. Looser only as far as risk per trade and total open risk allow, and not while only "
            "exits pass. A stop that the venue keeps is replaced there. The market is `venue:symbol`, percent-encoded."
        ),
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route(
        "POST",
        f"{_ORDER}/fills",
        "postFill",
        Scope.ORDERS_WRITE,
        Tag.ORDERS,
        "Report an execution",
        description="Reserved exposure becomes a position. Repeating a fill_id changes nothing.",
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route(
        "POST",
        f"{_ORDER}/placed",
        "confirmOrder",
        Scope.ORDERS_WRITE,
        Tag.ORDERS,
        "Confirm that an order was placed",
        description=(
            "It stays reserved until its fills or its end are told. The body is optional. Repeating it changes nothing."
        ),
        body_max_bytes=BODY_MAX_BYTES,
    ),
    Route(
        "POST",
        f"{_ORDER}/cancel",
        "cancelOrder",
        Scope.ORDERS_WRITE,
        Tag.ORDERS,
        "Cancel an order",
        description="Always passes and is never throttled. The body is optional.",
        body_max_bytes=BODY_MAX_BYTES,
    ),
)
