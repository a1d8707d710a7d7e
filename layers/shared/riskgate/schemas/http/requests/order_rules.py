"""What an order's body as a whole has to be, however it is read."""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.money import ZERO
from riskgate.core.order import OrderType, StopKeeper, TimeInForce
from riskgate.schemas.http.requests.rules import Rule, absent, among, given
from riskgate.schemas.readers import AmountRange

#: Most legs of a batch and most tags of an order.
BATCH_LEGS_MAX = 10
TAGS_MAX = 10
POSITIVE = AmountRange(low=ZERO, zero_allowed=False)
TRAILING = AmountRange(low=ZERO, high=Decimal("0.5"), zero_allowed=False)

_LIMITS = [kind for kind in OrderType if kind.has_limit_price]
_NO_LIMITS = [kind for kind in OrderType if not kind.has_limit_price]
_TRIGGERS = [kind for kind in OrderType if kind.has_trigger_price]
_NO_TRIGGERS = [kind for kind in OrderType if not kind.has_trigger_price]
_NOT_GTD = [force for force in TimeInForce if force is not TimeInForce.GTD]
_REQUIRED, _NOT_ALLOWED = "is required for this order type", "is not allowed for this order type"
_TAKES = "is not allowed for an order that may take liquidity"
_OF_THE_VENUE = "needs a stop_loss_price that the venue keeps"
_EITHER = "give either quantity or quote_quantity"

ORDER_RULES = (
    Rule("quantity", _EITHER, (absent("quantity"), absent("quote_quantity"))),
    Rule("quantity", _EITHER, (given("quantity"), given("quote_quantity"))),
    Rule("price", _REQUIRED, (among("type", *_LIMITS), absent("price"))),
    Rule("price", _NOT_ALLOWED, (among("type", *_NO_LIMITS), given("price"))),
    Rule("trigger_price", _REQUIRED, (among("type", *_TRIGGERS), absent("trigger_price"))),
    Rule("trigger_price", _NOT_ALLOWED, (among("type", *_NO_TRIGGERS), given("trigger_price"))),
    Rule("expires_at", "is required for GTD", (among("time_in_force", TimeInForce.GTD), absent("expires_at"))),
    Rule("expires_at", "is allowed for GTD only", (among("time_in_force", *_NOT_GTD), given("expires_at"))),
    Rule("post_only", _TAKES, (among("post_only", True), among("type", *_NO_LIMITS))),
    Rule("post_only", _TAKES, (among("post_only", True), among("time_in_force", TimeInForce.IOC, TimeInForce.FOK))),
    Rule("stop_kept_by", "needs a stop_loss_price", (given("stop_kept_by"), absent("stop_loss_price"))),
    Rule(
        "stop_kept_by",
        "is venue only where the gateway sends the order: set route",
        (among("stop_kept_by", StopKeeper.VENUE), among("route", False)),
    ),
    *(
        Rule(name, _OF_THE_VENUE, (given(name), unkept))
        for name in ("take_profit_price", "trailing_fraction")
        for unkept in (
            absent("stop_loss_price"),
            among("stop_kept_by", StopKeeper.STRATEGY),
            among("route", False),
        )
    ),
)
