"""What a bot asks of ccxt, as an order of the gateway's. What is not understood is refused, never left out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from riskgate_client.errors import Refused
from riskgate_client.guard.actions import Create
from riskgate_client.requests import new_client_order_id

_TIMES = frozenset({"GTC", "IOC", "FOK"})
#: ccxt's unified parameters that say something about the order itself.
_KNOWN = frozenset(
    {
        "clientOrderId", "cost", "postOnly", "reduceOnly", "riskgate", "stopLoss", "stopLossPrice", "stopPrice",
        "takeProfit", "timeInForce", "triggerPrice",
    }
)  # fmt: skip
#: Parameters that say how the venue is to read the others, and change neither size nor side.
_FOR_THE_VENUE = frozenset({"triggerDirection"})
#: What `params["riskgate"]` may say beside ccxt's own.
_OURS = frozenset({"strategy", "stop_loss_price", "take_profit_price", "trailing_fraction", "stop_kept_by", "tags"})
_TYPES = {
    "market": ("market", "stop"),
    "limit": ("limit", "stop_limit"),
    "stop_market": ("stop", "stop"),
    "stop_limit": ("stop_limit", "stop_limit"),
}


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """One order in the gateway's words; prices and amounts are not on the venue's grid yet."""

    symbol: str
    type: str
    side: str
    quantity: Decimal | None
    cost: Decimal | None
    price: Decimal | None
    trigger_price: Decimal | None
    stop_loss_price: Decimal | None
    take_profit_price: Decimal | None
    reduce_only: bool
    post_only: bool
    time_in_force: str
    client_order_id: str
    ours: Mapping[str, Any] = field(default_factory=dict)
    venue_params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_market(self) -> bool:
        """Tell whether it is executed at market, at once or when triggered."""
        return self.type in {"market", "stop"}


def refuse(detail: str) -> Refused:
    """Return the refusal of arguments."""
    return Refused(detail, code="ARGUMENTS_REFUSED")


def to_decimal(value: Any, name: str) -> Decimal | None:
    """Return a number as a bot gives it: a float as the shortest text that means it. Raises Refused."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float, str, Decimal)):
        raise refuse(f"{name} is no number")
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or number <= 0:
        raise refuse(f"{name} is no number greater than 0")
    return number


def read_create(call: Create, allowed: Collection[str], *, route: bool) -> Wanted:
    """Return what a bot asks for. `allowed` are the venue's own parameters that may go along. Raises Refused."""
    params = {name: value for name, value in dict(call.params).items() if value is not None}
    ours = _ours(params.get("riskgate", {}))
    apart = set(params) - _KNOWN
    venue_params = {name: params[name] for name in apart & (_FOR_THE_VENUE | set(allowed))}
    unknown = apart - set(venue_params)
    if unknown or (route and set(venue_params) - _FOR_THE_VENUE):
        raise refuse(f"parameters that the gateway cannot judge: {', '.join(sorted(unknown or venue_params))}")
    side, kind = str(call.side).lower(), str(call.type).lower()
    if side not in {"buy", "sell"} or kind not in _TYPES:
        raise refuse("side must be buy or sell, type market or limit, stops by triggerPrice")
    trigger, protects = _trigger(params)
    # The gateway's stops buy into a rise and sell into a fall.
    direction = params.get("triggerDirection", "")
    if direction not in {"", {"buy": "ascending", "sell": "descending"}[side]}:
        raise refuse("an order that waits for a better price is no stop")
    plain, triggered = _TYPES[kind]
    order_type = triggered if trigger is not None else plain
    stop_loss, take_profit = _attached(params, "stopLoss"), _attached(params, "takeProfit")
    force, post_only = _time_in_force(params)
    if not route:
        venue_params |= {name: params[name] for name in ("stopLoss", "takeProfit") if name in params}
    cost = to_decimal(params.get("cost"), "cost")
    return Wanted(
        symbol=str(call.symbol),
        type=order_type,
        side=side,
        quantity=to_decimal(call.amount, "amount") if cost is None else None,
        cost=cost,
        price=to_decimal(call.price, "price"),
        trigger_price=trigger,
        stop_loss_price=to_decimal(ours.get("stop_loss_price"), "stop_loss_price") or stop_loss,
        take_profit_price=to_decimal(ours.get("take_profit_price"), "take_profit_price") or take_profit,
        reduce_only=_flag(params, "reduceOnly") or protects,
        post_only=post_only,
        time_in_force=force,
        client_order_id=str(params.get("clientOrderId") or new_client_order_id()),
        ours=ours,
        venue_params=venue_params,
    )


def _ours(given: Any) -> Mapping[str, Any]:
    if not isinstance(given, Mapping) or set(given) - _OURS:
        raise refuse(f"params['riskgate'] may hold {', '.join(sorted(_OURS))}")
    return given


def _trigger(params: Mapping[str, Any]) -> tuple[Decimal | None, bool]:
    """Return the trigger price, and whether the order is a stop-loss: one that only closes."""
    names = [name for name in ("triggerPrice", "stopPrice", "stopLossPrice") if name in params]
    if len(names) > 1:
        raise refuse(f"one trigger price, not {' and '.join(names)}")
    name = names[0] if names else ""
    return to_decimal(params.get(name), name), name == "stopLossPrice"


def _attached(params: Mapping[str, Any], name: str) -> Decimal | None:
    given = params.get(name)
    if given is None:
        return None
    if not isinstance(given, Mapping) or "triggerPrice" not in given:
        raise refuse(f"{name} needs a triggerPrice")
    return to_decimal(given["triggerPrice"], name)


def _time_in_force(params: Mapping[str, Any]) -> tuple[str, bool]:
    force = str(params.get("timeInForce") or "GTC").upper()
    if force == "PO":
        return "GTC", True
    if force not in _TIMES:
        raise refuse(f"time in force must be one of {', '.join(sorted(_TIMES))} or PO")
    return force, _flag(params, "postOnly")


def _flag(params: Mapping[str, Any], name: str) -> bool:
    value = params.get(name, False)
    if not isinstance(value, bool):
        raise refuse(f"{name} must be true or false")
    return value
