"""Control routes: accounts, prices, time, faults, and what really happened. No authentication.

Bodies are JSON objects; amounts are strings or JSON numbers, parsed exactly.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal, cast

from .accounts import Account, FeeSchedule, Permissions
from .errors import ControlError
from .gateway import Gateway
from .inspection import list_accounts, list_orders, list_requests, list_trades, order_record
from .instruments import Market
from .order_params import spot_order, swap_order
from .params import Params
from .context import Context
from .render import Json

type ControlHandler = Callable[[Gateway, Json], object]

_MARKETS: dict[str, Market] = {"spot": "spot", "swap": "swap"}
_LIQUIDITY = {"spread_bps", "level_gap_bps", "level_notional"}


def _decimal(value: object, name: str) -> Decimal:
    """Return a field's value as a decimal."""
    try:
        result = Decimal(str(value))
    except ArithmeticError:
        raise ControlError(f"{name} is no number") from None
    if not result.is_finite():
        raise ControlError(f"{name} is not finite")
    return result


def _text(body: Json, name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise ControlError(f"{name} is missing")
    return value


def _market(body: Json) -> Market | None:
    """Return the market a body names, None for both."""
    value = body.get("market")
    if value is None:
        return None
    if not isinstance(value, str) or value not in _MARKETS:
        raise ControlError("market is spot or swap")
    return _MARKETS[value]


def _section(body: Json, name: str) -> Json:
    """Return an object inside a body, empty when absent."""
    value = body.get(name, {})
    if not isinstance(value, dict):
        raise ControlError(f"{name} is no object")
    return cast(Json, value)


def _instant_ms(value: object, name: str) -> int:
    """Return milliseconds from an RFC 3339 text or an integer."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    try:
        instant = datetime.fromisoformat(str(value))
    except ValueError:
        raise ControlError(f"{name} is no instant") from None
    instant = instant if instant.tzinfo else instant.replace(tzinfo=UTC)
    return int(instant.timestamp() * 1000)


def _milliseconds(body: Json, name: str) -> int:
    """Return a duration given in seconds, as milliseconds."""
    return int(_decimal(body.get(name, 0), name) * 1000)


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
    gateway.log.clear()
    for family in _MARKETS:
        gateway.limiter.set_limit(family, None)
    return {}


def _permissions(body: Json) -> Permissions:
    section = dict(_section(body, "permissions"))
    addresses = section.pop("ip_allow_list", [])
    names = set(Permissions.__dataclass_fields__) - {"ip_allow_list"}
    if set(section) - names or not all(isinstance(item, bool) for item in section.values()):
        raise ControlError(f"permissions are booleans among {', '.join(sorted(names))}")
    if not isinstance(addresses, list):
        raise ControlError("ip_allow_list is no list")
    flags = cast(dict[str, bool], section)
    return Permissions(ip_allow_list=tuple(str(item) for item in addresses), **flags)


def _fees(body: Json) -> FeeSchedule | None:
    section = _section(body, "fees")
    if not section:
        return None
    rates = {
        name: _decimal(section[name], name)
        for name in ("spot_maker", "spot_taker", "swap_maker", "swap_taker")
        if name in section
    }
    return FeeSchedule(burn_bnb=section.get("burn_bnb") is True, **rates)


def put_account(gateway: Gateway, body: Json) -> Json:
    """POST /control/accounts: make or change an account, its key, balances, fees."""
    venue = gateway.venue
    permissions, fees = _permissions(body), _fees(body)
    account = venue.open_account(_text(body, "account"), fees)
    if "key" in body:
        venue.add_key(account, _text(body, "key"), _text(body, "secret"), permissions)
    for market, amounts in _section(body, "balances").items():
        if market not in _MARKETS or not isinstance(amounts, dict):
            raise ControlError("balances are objects under spot and swap")
        for asset, amount in amounts.items():
            venue.set_balance(account, _MARKETS[market], str(asset), _decimal(amount, str(asset)))
    return {"account": account.account_id}


def revoke_key(gateway: Gateway, body: Json) -> Json:
    """DELETE /control/keys: revoke an API key."""
    gateway.venue.revoke_key(_text(body, "key"))
    return {}


def put_transfer(gateway: Gateway, body: Json) -> Json:
    """POST /control/transfers: deposit or withdraw."""
    amount = _decimal(body.get("amount"), "amount")
    if amount <= 0:
        raise ControlError("amount is not positive")
    transfer = gateway.venue.transfer(
        gateway.venue.account(_text(body, "account")),
        kind=_text(body, "type"),
        market=_market(body) or "spot",
        asset=_text(body, "asset"),
        amount=amount,
    )
    return {"id": transfer.transfer_id}


def put_price(gateway: Gateway, body: Json) -> Json:
    """POST /control/price: hold a symbol at a price; null returns it to the path."""
    if "price" not in body:
        raise ControlError("price is missing")
    price = None if body["price"] is None else _decimal(body["price"], "price")
    if price is not None and price <= 0:
        raise ControlError("price is not positive")
    gateway.venue.set_price(_text(body, "symbol"), _market(body), price)
    return {}


def put_book(gateway: Gateway, body: Json) -> Json:
    """POST /control/book: change the synthetic book's spread and depth."""
    changes: dict[str, object] = {}
    for name in _LIQUIDITY & set(body):
        changes[name] = _decimal(body[name], name)
        if cast(Decimal, changes[name]) < 0:
            raise ControlError(f"{name} is negative")
    if "levels" in body:
        changes["levels"] = int(_decimal(body["levels"], "levels"))
    gateway.venue.set_liquidity(_text(body, "symbol"), _market(body), changes)
    return {}


def put_trading(gateway: Gateway, body: Json) -> Json:
    """POST /control/trading: close or reopen a symbol's market."""
    trading = body.get("trading") is True
    gateway.venue.set_trading(_text(body, "symbol"), _market(body), trading=trading)
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
        clock.set(_instant_ms(body["now"], "now"))
    gateway.venue.advance(_milliseconds(body, "advance_seconds"))
    return health(gateway, body)


def step(gateway: Gateway, body: Json) -> Json:
    """POST /control/step: follow the path by `seconds` while the clock stands."""
    by_ms = _milliseconds(body, "seconds")
    if by_ms < 0:
        raise ControlError("seconds is negative")
    gateway.venue.step_path(by_ms)
    return health(gateway, body)


def replay(gateway: Gateway, body: Json) -> Json:
    """POST /control/replay: continue the path from `start` at `speed`.

    With `align` (the default) the start is moved to the venue's time of day, so that daily
    candles close at the path's daily closes.
    """
    speed = _decimal(body.get("speed", 1), "speed")
    if speed < 0:
        raise ControlError("speed is negative")
    align = body.get("align", True) is not False
    gateway.venue.replay(_instant_ms(body.get("start"), "start"), speed, align=align)
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
    family, limit = _market(body), body.get("limit")
    if family is None:
        raise ControlError("market is spot or swap")
    gateway.limiter.set_limit(family, None if limit is None else int(_decimal(limit, "limit")))
    return {}


def place_order(gateway: Gateway, body: Json) -> Json:
    """POST /control/orders: place an order for any account, fields named as in the API."""
    account: Account = gateway.venue.account(_text(body, "account"))
    market: Literal["spot", "swap"] = _market(body) or "spot"
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
    order = gateway.venue.state.orders.get(int(_decimal(body.get("order_id"), "order_id")))
    if order is None:
        raise ControlError("no such order")
    return order_record(gateway.venue.engine.cancel(order))


def clear_requests(gateway: Gateway, _body: Json) -> Json:
    """DELETE /control/requests."""
    gateway.log.clear()
    return {}


CONTROL_ROUTES: dict[tuple[str, str], ControlHandler] = {
    ("GET", "/control/health"): health,
    ("POST", "/control/reset"): reset,
    ("GET", "/control/accounts"): list_accounts,
    ("POST", "/control/accounts"): put_account,
    ("DELETE", "/control/keys"): revoke_key,
    ("POST", "/control/transfers"): put_transfer,
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
