"""Control routes: accounts, prices, time, faults, and what really happened. No authentication.

Bodies are JSON objects; amounts are strings or JSON numbers, parsed exactly.
"""

from collections.abc import Callable
from typing import Literal, cast

from .accounts import Account, FeeSchedule, Permissions
from .context import Context
from .control_fields import MARKETS, decimal, instant_ms, market_of, milliseconds, section, text
from .errors import ControlError
from .gateway import Gateway
from .inspection import list_accounts, list_orders, list_requests, list_trades, order_record
from .instruments import LiquidityProfile
from .money import plain
from .order_params import spot_order, swap_order
from .params import Params
from .render import Json

type ControlHandler = Callable[[Gateway, Json], object]

_MOVES: dict[str, Literal["spot", "swap"]] = {"spot_to_swap": "swap", "swap_to_spot": "spot"}
_LIQUIDITY = ("spread_bps", "level_gap_bps", "levels", "level_notional")


def health(gateway: Gateway, _body: Json) -> Json:
    """GET /control/health: time of the venue and of the path."""
    state = gateway.venue.state
    now_ms = state.event_ms
    return {
        "status": "ok",
        "now_ms": now_ms,
        "frozen": state.clock.frozen,
        "path_ms": state.feed.path_ms(now_ms),
        "path_speed": str(state.feed.segment.speed),
    }


def reset(gateway: Gateway, _body: Json) -> Json:
    """POST /control/reset: forget everything but the clock."""
    gateway.venue.reset()
    gateway.faults.clear()
    gateway.forget_requests()
    for family in MARKETS:
        gateway.limiter.set_limit(family, None)
    return {}


def _permissions(body: Json) -> Permissions:
    rights = dict(section(body, "permissions"))
    addresses = rights.pop("ip_allow_list", [])
    names = set(Permissions.__dataclass_fields__) - {"ip_allow_list"}
    if set(rights) - names or not all(isinstance(item, bool) for item in rights.values()):
        raise ControlError(f"permissions are booleans among {', '.join(sorted(names))}")
    if not isinstance(addresses, list):
        raise ControlError("ip_allow_list is no list")
    flags = cast("dict[str, bool]", rights)
    return Permissions(ip_allow_list=tuple(str(item) for item in addresses), **flags)


def _fees(body: Json) -> FeeSchedule | None:
    given = section(body, "fees")
    if not given:
        return None
    rates = {
        name: decimal(given[name], name)
        for name in ("spot_maker", "spot_taker", "swap_maker", "swap_taker")
        if name in given
    }
    return FeeSchedule(burn_bnb=given.get("burn_bnb") is True, **rates)


def put_account(gateway: Gateway, body: Json) -> Json:
    """POST /control/accounts: make or change an account, its key, balances, fees."""
    venue = gateway.venue
    permissions, fees = _permissions(body), _fees(body)
    account = venue.open_account(text(body, "account"), fees)
    if "key" in body:
        venue.add_key(account, text(body, "key"), text(body, "secret"), permissions)
    for market, amounts in section(body, "balances").items():
        if market not in MARKETS or not isinstance(amounts, dict):
            raise ControlError("balances are objects under spot and swap")
        for asset, amount in amounts.items():
            venue.set_balance(account, MARKETS[market], str(asset), decimal(amount, str(asset)))
    return {"account": account.account_id}


def revoke_key(gateway: Gateway, body: Json) -> Json:
    """DELETE /control/keys: revoke an API key."""
    gateway.venue.revoke_key(text(body, "key"))
    return {}


def put_transfer(gateway: Gateway, body: Json) -> Json:
    """POST /control/transfers: `type` deposit or withdrawal, or spot_to_swap, swap_to_spot."""
    amount = decimal(body.get("amount"), "amount")
    if amount <= 0:
        raise ControlError("amount is not positive")
    account, asset, kind = gateway.venue.account(text(body, "account")), text(body, "asset"), text(body, "type")
    if kind in _MOVES:
        transfer = gateway.venue.move(account, to=_MOVES[kind], asset=asset, amount=amount)
    else:
        market = market_of(body) or "spot"
        transfer = gateway.venue.transfer(account, kind=kind, market=market, asset=asset, amount=amount)
    return {"id": transfer.transfer_id}


def pay_funding(gateway: Gateway, body: Json) -> list[Json]:
    """POST /control/funding: settle funding of a contract at `rate`; > 0 is paid by longs to shorts."""
    paid = gateway.venue.pay_funding(text(body, "symbol"), decimal(body.get("rate"), "rate"))
    return [{"id": item.payment_id, "amount": plain(item.amount), "asset": item.asset} for item in paid]


def put_price(gateway: Gateway, body: Json) -> Json:
    """POST /control/price: hold a symbol at a price; null returns it to the path."""
    if "price" not in body:
        raise ControlError("price is missing")
    price = None if body["price"] is None else decimal(body["price"], "price")
    if price is not None and price <= 0:
        raise ControlError("price is not positive")
    gateway.venue.set_price(text(body, "symbol"), market_of(body), price)
    return {}


def put_book(gateway: Gateway, body: Json) -> Json:
    """POST /control/book: change the synthetic book's spread and depth."""
    given = {name: decimal(body[name], name) for name in _LIQUIDITY if name in body}
    if any(value < 0 for value in given.values()):
        raise ControlError("the book's figures are not negative")

    def reshape(profile: LiquidityProfile) -> LiquidityProfile:
        return LiquidityProfile(
            spread_bps=given.get("spread_bps", profile.spread_bps),
            level_gap_bps=given.get("level_gap_bps", profile.level_gap_bps),
            levels=int(given.get("levels", profile.levels)),
            level_notional=given.get("level_notional", profile.level_notional),
        )

    gateway.venue.set_liquidity(text(body, "symbol"), market_of(body), reshape)
    return {}


def put_trading(gateway: Gateway, body: Json) -> Json:
    """POST /control/trading: close or reopen a symbol's market."""
    trading = body.get("trading") is True
    gateway.venue.set_trading(text(body, "symbol"), market_of(body), trading=trading)
    return {}


def put_clock(gateway: Gateway, body: Json) -> Json:
    """POST /control/clock: `mode` frozen, running or wall; `now`; `advance_seconds`."""
    clock, mode = gateway.venue.state.clock, body.get("mode")
    if mode == "frozen":
        clock.freeze()
    elif mode in ("running", "wall"):
        clock.run(from_wall=mode == "wall")
    elif mode is not None:
        raise ControlError("mode is frozen, running or wall")
    if "now" in body:
        clock.set(instant_ms(body["now"], "now"))
    gateway.venue.advance(milliseconds(body, "advance_seconds"))
    return health(gateway, body)


def step(gateway: Gateway, body: Json) -> Json:
    """POST /control/step: follow the path by `seconds` while the clock stands."""
    by_ms = milliseconds(body, "seconds")
    if by_ms < 0:
        raise ControlError("seconds is negative")
    gateway.venue.step_path(by_ms)
    return health(gateway, body)


def replay(gateway: Gateway, body: Json) -> Json:
    """POST /control/replay: restart the path from `start` at `speed`, candles of the past too.

    With `align` (the default) the start is moved to the venue's time of day, so that daily
    candles close at the path's daily closes.
    """
    speed = decimal(body.get("speed", 1), "speed")
    if speed < 0:
        raise ControlError("speed is negative")
    align = body.get("align", True) is not False
    gateway.venue.replay(instant_ms(body.get("start"), "start"), speed, align=align)
    return health(gateway, body)


def put_fault(gateway: Gateway, body: Json) -> Json:
    """POST /control/faults."""
    return gateway.faults.add(body).describe()


def list_faults(gateway: Gateway, _body: Json) -> list[Json]:
    """GET /control/faults: with the counts of requests seen and hit."""
    return gateway.faults.describe()


def clear_faults(gateway: Gateway, _body: Json) -> Json:
    """DELETE /control/faults."""
    gateway.faults.clear()
    return {}


def put_rate_limit(gateway: Gateway, body: Json) -> Json:
    """POST /control/rate_limit: weight per minute of spot or swap; null lifts the limit."""
    family, limit = market_of(body), body.get("limit")
    if family is None:
        raise ControlError("market is spot or swap")
    gateway.limiter.set_limit(family, None if limit is None else int(decimal(limit, "limit")))
    return {}


def place_order(gateway: Gateway, body: Json) -> Json:
    """POST /control/orders: place an order for any account, fields named as in the API."""
    account: Account = gateway.venue.account(text(body, "account"))
    market: Literal["spot", "swap"] = market_of(body) or "spot"
    fields = {
        name: ("true" if value else "false") if isinstance(value, bool) else str(value)
        for name, value in body.items()
        if name not in ("account", "market") and value is not None
    }
    ctx = Context(venue=gateway.venue, market=market, params=Params(fields), account=account)
    parse = spot_order if market == "spot" else swap_order
    order = parse(ctx, ctx.instrument())
    order.source = "control"
    return order_record(gateway.venue.engine.place(order))


def cancel_order(gateway: Gateway, body: Json) -> Json:
    """DELETE /control/orders: cancel an order by `order_id`, as if its owner had done so."""
    order = gateway.venue.state.orders.get(int(decimal(body.get("order_id"), "order_id")))
    if order is None:
        raise ControlError("no such order")
    return order_record(gateway.venue.engine.cancel(order))


def clear_requests(gateway: Gateway, _body: Json) -> Json:
    """DELETE /control/requests."""
    gateway.forget_requests()
    return {}


CONTROL_ROUTES: dict[tuple[str, str], ControlHandler] = {
    ("GET", "/control/health"): health,
    ("POST", "/control/reset"): reset,
    ("GET", "/control/accounts"): list_accounts,
    ("POST", "/control/accounts"): put_account,
    ("DELETE", "/control/keys"): revoke_key,
    ("POST", "/control/transfers"): put_transfer,
    ("POST", "/control/funding"): pay_funding,
    ("POST", "/control/price"): put_price,
    ("POST", "/control/book"): put_book,
    ("POST", "/control/trading"): put_trading,
    ("POST", "/control/clock"): put_clock,
    ("POST", "/control/step"): step,
    ("POST", "/control/replay"): replay,
    ("GET", "/control/faults"): list_faults,
    ("POST", "/control/faults"): put_fault,
    ("DELETE", "/control/faults"): clear_faults,
    ("POST", "/control/rate_limit"): put_rate_limit,
    ("GET", "/control/orders"): list_orders,
    ("POST", "/control/orders"): place_order,
    ("DELETE", "/control/orders"): cancel_order,
    ("GET", "/control/trades"): list_trades,
    ("GET", "/control/requests"): list_requests,
    ("DELETE", "/control/requests"): clear_requests,
}
