"""Parse orders from the body of a request."""

import re
from decimal import Decimal

from infra.simulators.exchange.context import Context
from infra.simulators.exchange.errors import missing
from infra.simulators.exchange.instruments import Instrument
from infra.simulators.exchange.money import ZERO
from infra.simulators.exchange.orders import Leg, Order, SelfTradePrevention, Side, TimeInForce
from infra.simulators.exchange.triggers import fires_upward

from .errors import Refusal, bad_parameter

_LINK_ID = re.compile(r"[0-9A-Za-z_-]{1,36}")
_SIDES = {"Buy": Side.BUY, "Sell": Side.SELL}
_TIMES = {"GTC": TimeInForce.GTC, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK, "PostOnly": TimeInForce.GTC}
_LEGS = {"0": Leg.BOTH, "1": Leg.LONG, "2": Leg.SHORT}
_RISES, _FALLS = "1", "2"
#: What an order would have to be more than is simulated.
_UNKNOWN = ("takeProfit", "stopLoss", "tpLimitPrice", "slLimitPrice", "trailingStop")


def link_id(ctx: Context) -> str:
    """Return the client's id of a new order, or make one as the venue keeps none."""
    text = ctx.params.text("orderLinkId")
    if text is None:
        return f"auto-{ctx.venue.state.sequences.next()}"
    if not _LINK_ID.fullmatch(text):
        raise bad_parameter("params error: orderLinkId invalid")
    return text


def new_order(ctx: Context, instrument: Instrument) -> Order:
    """Return the order that a body asks for."""
    params = ctx.params
    if any(params.text(name) not in {None, "0"} for name in _UNKNOWN):
        raise bad_parameter("take-profit, stop-loss and trailing orders are not simulated")
    side, kind = _SIDES.get(params.required("side")), params.required("orderType")
    if side is None or kind not in {"Limit", "Market"}:
        raise bad_parameter("params error: side or orderType invalid")
    limit = kind == "Limit"
    price = params.decimal("price") if limit else None
    if limit and not price:
        raise missing("price")
    timed = params.text("timeInForce") or ("GTC" if limit else "IOC")
    if timed not in _TIMES:
        raise bad_parameter("params error: timeInForce invalid")
    leg = _leg(ctx, instrument)
    quantity = params.required_decimal("qty")
    by_quote = instrument.market == "spot" and not limit and _unit(ctx, side) == "quoteCoin"
    order = Order(
        order_id=0,
        account_id=ctx.caller.account_id,
        instrument=instrument,
        client_order_id=link_id(ctx),
        side=side,
        type=kind.upper(),
        time_in_force=_TIMES[timed],
        quantity=ZERO if by_quote else quantity,
        price=price or ZERO,
        quote_budget=quantity if by_quote else None,
        leg=leg,
        reduce_only=params.flag("reduceOnly") or _closes(leg, side),
        post_only=limit and timed == "PostOnly",
        self_trade_prevention=SelfTradePrevention.NONE,
    )
    if params.decimal("triggerPrice"):
        _let_wait(ctx, order, params.required_decimal("triggerPrice"))
    return order


def _unit(ctx: Context, side: Side) -> str:
    return ctx.params.text("marketUnit") or ("quoteCoin" if side is Side.BUY else "baseCoin")


def _leg(ctx: Context, instrument: Instrument) -> Leg:
    leg = _LEGS.get(ctx.params.text("positionIdx") or "0")
    if instrument.market == "spot":
        return Leg.BOTH
    if leg is None or (leg is not Leg.BOTH) is not ctx.caller.futures.is_hedged(instrument.symbol):
        raise bad_parameter("position idx not match position mode")
    return leg


def _closes(leg: Leg, side: Side) -> bool:
    """Tell whether an order can only reduce its leg."""
    return (leg, side) in {(Leg.LONG, Side.SELL), (Leg.SHORT, Side.BUY)}


def _let_wait(ctx: Context, order: Order, trigger: Decimal) -> None:
    """Make an order conditional; of a contract it must say from which side the price comes."""
    last = ctx.venue.state.price(order.instrument) or ZERO
    rises = trigger > last
    if order.instrument.market == "swap":
        direction = ctx.params.text("triggerDirection")
        if direction not in {_RISES, _FALLS}:
            raise bad_parameter("params error: triggerDirection invalid")
        rises = direction == _RISES
        if rises and trigger <= last:
            raise Refusal(110092, f"expect Rising, but trigger_price[{trigger}] <= current[{last}]??LastPrice")
        if not rises and trigger >= last:
            raise Refusal(110093, f"expect Falling, but trigger_price[{trigger}] >= current[{last}]??LastPrice")
    order.stop_price = trigger
    order.type = next(kind for kind in ("STOP", "TAKE_PROFIT") if fires_upward(order.side, kind) is rises)
