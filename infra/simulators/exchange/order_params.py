"""Parse orders from request parameters, with the codes each market answers."""

import re
from decimal import Decimal

from .context import Context
from .errors import VenueError, illegal, missing, not_required
from .instruments import SPOT_ORDER_TYPES, Instrument
from .money import ZERO
from .orders import AlgoOrder, Order, SelfTradePrevention, Side, TimeInForce

_SPOT_ID = re.compile(r"[a-zA-Z0-9-_]{1,36}")
_SPOT_ID_RANGE = "^[a-zA-Z0-9-_]{1,36}$"
_SWAP_ID = re.compile(r"[.A-Z:/a-z0-9_-]{1,36}")
_SPOT_STOPS = frozenset({"STOP_LOSS", "STOP_LOSS_LIMIT", "TAKE_PROFIT", "TAKE_PROFIT_LIMIT"})
_SPOT_PRICED = frozenset({"LIMIT", "LIMIT_MAKER", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"})
_SPOT_TIMED = frozenset({"LIMIT", "STOP_LOSS_LIMIT", "TAKE_PROFIT_LIMIT"})
_ALGO_TYPES = frozenset({"STOP", "STOP_MARKET", "TAKE_PROFIT", "TAKE_PROFIT_MARKET"})
GTD_MIN_MS = 600_000


def _invalid_time_in_force() -> VenueError:
    return VenueError(-1115, "Invalid timeInForce.")


def _invalid_type() -> VenueError:
    return VenueError(-1116, "Invalid orderType.")


def client_id(ctx: Context, name: str) -> str:
    """Return a client-chosen id, or make one as the venue does.

    VenueError -1100 on spot, -4015 on futures, for a wrong character or length.
    """
    text = ctx.params.text(name)
    if text is None:
        return f"auto-{ctx.venue.state.sequences.next()}"
    if ctx.market == "spot":
        if not _SPOT_ID.fullmatch(text):
            raise illegal(name, _SPOT_ID_RANGE)
    elif not _SWAP_ID.fullmatch(text):
        raise VenueError(-4015, "Client order id is not valid.")
    return text


def _side(ctx: Context) -> Side:
    side = ctx.params.choice("side", Side, VenueError(-1117, "Invalid side."))
    if side is None:
        raise missing("side")
    return side


def _time_in_force(ctx: Context) -> TimeInForce | None:
    return ctx.params.choice("timeInForce", TimeInForce, _invalid_time_in_force())


def _prevention(ctx: Context) -> SelfTradePrevention:
    name = "selfTradePreventionMode"
    error = VenueError(-1130, f"Data sent for parameter '{name}' is not valid.")
    chosen = ctx.params.choice(name, SelfTradePrevention, error)
    return chosen or SelfTradePrevention.EXPIRE_MAKER


def _decimal_if(ctx: Context, name: str, *, needed: bool) -> Decimal | None:
    """Return a decimal that an order type needs, or refuse it when the type does not take it."""
    value = ctx.params.decimal(name)
    if needed and value is None:
        raise missing(name)
    if not needed and value is not None:
        raise not_required(name)
    return value


def spot_order(ctx: Context, instrument: Instrument) -> Order:
    """Parse a spot order; parameters its type does not take are refused."""
    params = ctx.params
    kind = params.required("type")
    if kind not in SPOT_ORDER_TYPES:
        raise _invalid_type()
    side, quantity = _side(ctx), params.decimal("quantity")
    time_in_force = _time_in_force(ctx)
    if kind in _SPOT_TIMED:
        if time_in_force is None:
            raise missing("timeInForce")
        if time_in_force not in (TimeInForce.GTC, TimeInForce.IOC, TimeInForce.FOK):
            raise _invalid_time_in_force()
    elif time_in_force is not None:
        raise not_required("timeInForce")
    price = _decimal_if(ctx, "price", needed=kind in _SPOT_PRICED)
    stop_price = _decimal_if(ctx, "stopPrice", needed=kind in _SPOT_STOPS)
    budget = params.decimal("quoteOrderQty")
    if budget is not None and (kind != "MARKET" or quantity is not None):
        raise not_required("quoteOrderQty")
    if quantity is None and budget is None:
        raise missing("quantity")
    if price == 0:
        raise VenueError(-1013, "Invalid price.")
    return Order(
        order_id=0,
        account_id=ctx.caller.account_id,
        instrument=instrument,
        client_order_id=client_id(ctx, "newClientOrderId"),
        side=side,
        type=kind,
        time_in_force=time_in_force or TimeInForce.GTC,
        quantity=ZERO if quantity is None else quantity,
        price=ZERO if price is None else price,
        stop_price=stop_price,
        quote_budget=budget,
        post_only=kind == "LIMIT_MAKER",
        self_trade_prevention=_prevention(ctx),
    )


def _check_position_side(ctx: Context) -> None:
    named = ctx.params.text("positionSide") not in (None, "BOTH")
    if named is not ctx.caller.futures.dual_side:
        raise VenueError(-4061, "Order's position side does not match user's setting.")
    if named:
        # The mode can be set, so that it can be found out; legs are not traded here.
        raise VenueError(-1020, "This operation is not supported.")


def swap_order(ctx: Context, instrument: Instrument) -> Order:
    """Parse a futures order; conditional types belong to another route (-4120)."""
    params = ctx.params
    kind = params.required("type")
    if kind in _ALGO_TYPES or kind == "TRAILING_STOP_MARKET":
        raise VenueError(
            -4120,
            "Order type not supported for this endpoint. Please use the Algo Order API endpoints instead.",
        )
    if kind not in ("LIMIT", "MARKET"):
        raise _invalid_type()
    _check_position_side(ctx)
    limit = kind == "LIMIT"
    time_in_force = _time_in_force(ctx)
    if limit and time_in_force is None:
        raise missing("timeInForce")
    if not limit and time_in_force is not None:
        raise not_required("timeInForce")
    price = _decimal_if(ctx, "price", needed=limit)
    if price == 0:
        raise VenueError(-4001, "Price less than 0.")
    return Order(
        order_id=0,
        account_id=ctx.caller.account_id,
        instrument=instrument,
        client_order_id=client_id(ctx, "newClientOrderId"),
        side=_side(ctx),
        type=kind,
        time_in_force=time_in_force or TimeInForce.GTC,
        quantity=params.required_decimal("quantity"),
        price=ZERO if price is None else price,
        reduce_only=params.flag("reduceOnly"),
        post_only=time_in_force is TimeInForce.GTX,
        self_trade_prevention=_prevention(ctx),
        expires_at_ms=_good_till(ctx, time_in_force),
    )


def _good_till(ctx: Context, time_in_force: TimeInForce | None) -> int | None:
    """Return when a GTD order expires: whole seconds, at least ten minutes away."""
    good_till = ctx.params.integer("goodTillDate")
    if time_in_force is not TimeInForce.GTD:
        return None
    if good_till is None or good_till <= ctx.now_ms + GTD_MIN_MS:
        raise VenueError(-1102, "Mandatory parameter 'goodTillDate' was not sent or too early.")
    return good_till - good_till % 1000


def algo_order(ctx: Context, instrument: Instrument) -> AlgoOrder:
    """Parse a futures conditional order."""
    params = ctx.params
    if params.required("algoType") != "CONDITIONAL":
        raise VenueError(-1130, "Data sent for parameter 'algoType' is not valid.")
    kind = params.required("type")
    if kind not in _ALGO_TYPES:
        raise _invalid_type()
    _check_position_side(ctx)
    close_position, quantity = params.flag("closePosition"), params.decimal("quantity")
    if close_position and (quantity is not None or not kind.endswith("MARKET")):
        raise VenueError(-4137, "Quantity must be zero with closePosition equals true")
    if not close_position and quantity is None:
        raise missing("quantity")
    price = _decimal_if(ctx, "price", needed=not kind.endswith("MARKET"))
    return AlgoOrder(
        algo_id=0,
        account_id=ctx.caller.account_id,
        instrument=instrument,
        client_algo_id=client_id(ctx, "clientAlgoId"),
        side=_side(ctx),
        type=kind,
        time_in_force=_time_in_force(ctx) or TimeInForce.GTC,
        quantity=ZERO if quantity is None else quantity,
        price=ZERO if price is None else price,
        trigger_price=params.required_decimal("triggerPrice"),
        reduce_only=params.flag("reduceOnly"),
        close_position=close_position,
        working_type=params.text("workingType") or "CONTRACT_PRICE",
        self_trade_prevention=_prevention(ctx),
        created_ms=ctx.venue.state.event_ms,
        updated_ms=ctx.venue.state.event_ms,
    )
