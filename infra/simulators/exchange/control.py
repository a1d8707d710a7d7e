"""Control routes: accounts, prices, time, faults, and what really happened. No authentication.

Bodies are JSON objects; amounts are strings or JSON numbers, parsed exactly.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel

from .accounts import Permissions
from .context import Context
from .control_bodies import (
    AccountBody,
    BookBody,
    CancelBody,
    ClockBody,
    FundingBody,
    KeyBody,
    ListingBody,
    OrderBody,
    PriceBody,
    RateLimitBody,
    ReplayBody,
    StepBody,
    TradingBody,
    TransferBody,
)
from .errors import ControlError
from .gateway import Gateway
from .inspection import list_accounts, list_orders, list_requests, list_trades, order_record
from .instruments import LiquidityProfile, Market
from .money import plain
from .order_params import spot_order, swap_order
from .params import Params
from .render import Json

_MARKETS: tuple[Market, ...] = ("spot", "swap")
_MOVES: dict[str, Market] = {"spot_to_swap": "swap", "swap_to_spot": "spot"}


def health(gateway: Gateway, _body: object = None) -> Json:
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
    for family in _MARKETS:
        gateway.protocol.set_limit(family, None)
    return {}


def put_account(gateway: Gateway, body: AccountBody) -> Json:
    """POST /control/accounts: make or change an account, its key, balances, fees."""
    venue = gateway.venue
    if body.key is not None and body.secret is None:
        raise ControlError("secret is missing")
    account = venue.open_account(body.account, body.fees)
    if body.key is not None and body.secret is not None:
        venue.add_key(account, body.key, body.secret, Permissions(**body.permissions.model_dump()))
    for market, amounts in body.balances.items():
        for asset, amount in amounts.items():
            venue.set_balance(account, market, asset, amount)
    if body.dual_side_position is not None:
        account.futures.dual_side = body.dual_side_position
    return {"account": account.account_id}


def revoke_key(gateway: Gateway, body: KeyBody) -> Json:
    """DELETE /control/keys: revoke an API key."""
    gateway.venue.revoke_key(body.key)
    return {}


def put_transfer(gateway: Gateway, body: TransferBody) -> Json:
    """POST /control/transfers: `type` deposit or withdrawal, or spot_to_swap, swap_to_spot."""
    venue = gateway.venue
    account = venue.account(body.account)
    if body.type in _MOVES:
        transfer = venue.move(account, to=_MOVES[body.type], asset=body.asset, amount=body.amount)
    else:
        transfer = venue.transfer(account, kind=body.type, market=body.market, asset=body.asset, amount=body.amount)
    return {"id": transfer.transfer_id}


def pay_funding(gateway: Gateway, body: FundingBody) -> list[Json]:
    """POST /control/funding: settle funding of a contract at `rate`; > 0 is paid by longs to shorts."""
    paid = gateway.venue.pay_funding(body.symbol, body.rate)
    return [{"id": item.payment_id, "amount": plain(item.amount), "asset": item.asset} for item in paid]


def put_price(gateway: Gateway, body: PriceBody) -> Json:
    """POST /control/price: hold a symbol at a price; null returns it to the path."""
    gateway.venue.set_price(body.symbol, body.market, body.price)
    return {}


def put_funding_rate(gateway: Gateway, body: FundingBody) -> Json:
    """POST /control/funding-rate: say what the next funding of a contract will be; nothing is paid by that."""
    gateway.venue.set_funding_rate(body.symbol, body.rate)
    return {}


def put_book(gateway: Gateway, body: BookBody) -> Json:
    """POST /control/book: change the synthetic book's spread and depth."""
    given = body.model_dump(exclude={"symbol", "market"}, exclude_none=True)

    def reshape(profile: LiquidityProfile) -> LiquidityProfile:
        return replace(profile, **given)

    gateway.venue.set_liquidity(body.symbol, body.market, reshape)
    return {}


def put_trading(gateway: Gateway, body: TradingBody) -> Json:
    """POST /control/trading: close or reopen a symbol's market."""
    gateway.venue.set_trading(body.symbol, body.market, trading=body.trading)
    return {}


def put_clock(gateway: Gateway, body: ClockBody) -> Json:
    """POST /control/clock: `mode` frozen, running or wall; `now`; `advance_seconds`."""
    clock = gateway.venue.state.clock
    if body.mode == "frozen":
        clock.freeze()
    elif body.mode is not None:
        clock.run(from_wall=body.mode == "wall")
    if body.now is not None:
        clock.set(body.now)
    gateway.venue.advance(int(body.advance_seconds * 1000))
    return health(gateway)


def step(gateway: Gateway, body: StepBody) -> Json:
    """POST /control/step: follow the path by `seconds` while the clock stands."""
    gateway.venue.step_path(int(body.seconds * 1000))
    return health(gateway)


def replay(gateway: Gateway, body: ReplayBody) -> Json:
    """POST /control/replay: restart the path from `start` at `speed`, candles of the past too.

    With `align` (the default) the start is moved to the venue's time of day, so that daily
    candles close at the path's daily closes.
    """
    gateway.venue.replay(body.start, body.speed, align=body.align)
    return health(gateway)


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


def put_rate_limit(gateway: Gateway, body: RateLimitBody) -> Json:
    """POST /control/rate_limit: weight per minute of spot or swap; null lifts the limit."""
    gateway.protocol.set_limit(body.market, body.limit)
    return {}


def put_listing(gateway: Gateway, body: ListingBody) -> Json:
    """POST /control/listing: list orders `lag_ms` after they were accepted, at venues that accept them first."""
    gateway.venue.state.listing_lag_ms = body.lag_ms
    return {}


def place_order(gateway: Gateway, body: OrderBody) -> Json:
    """POST /control/orders: place an order for any account, fields named as in the API."""
    fields = {
        name: ("true" if value else "false") if isinstance(value, bool) else str(value)
        for name, value in (body.model_extra or {}).items()
        if value is not None
    }
    account = gateway.venue.account(body.account)
    ctx = Context(venue=gateway.venue, market=body.market, params=Params(fields), account=account)
    parse = spot_order if body.market == "spot" else swap_order
    order = parse(ctx, ctx.instrument())
    order.source = "control"
    return order_record(gateway.venue.engine.place(order))


def cancel_order(gateway: Gateway, body: CancelBody) -> Json:
    """DELETE /control/orders: cancel an order by `order_id`, as if its owner had done so."""
    order = gateway.venue.state.orders.get(body.order_id)
    if order is None:
        raise ControlError("no such order")
    return order_record(gateway.venue.engine.cancel(order))


def clear_requests(gateway: Gateway, _body: Json) -> Json:
    """DELETE /control/requests."""
    gateway.forget_requests()
    return {}


@dataclass(frozen=True, slots=True)
class ControlRoute:
    """What answers, and the model of the body it takes; without one, the fields as they came."""

    handler: Callable[[Gateway, Any], object]
    body: type[BaseModel] | None = None

    def answer(self, gateway: Gateway, fields: Json) -> object:
        """Return the answer; ValidationError for a body that does not fit the model."""
        return self.handler(gateway, fields if self.body is None else self.body.model_validate(fields))


CONTROL_ROUTES: dict[tuple[str, str], ControlRoute] = {
    ("GET", "/control/health"): ControlRoute(health),
    ("POST", "/control/reset"): ControlRoute(reset),
    ("GET", "/control/accounts"): ControlRoute(list_accounts),
    ("POST", "/control/accounts"): ControlRoute(put_account, AccountBody),
    ("DELETE", "/control/keys"): ControlRoute(revoke_key, KeyBody),
    ("POST", "/control/transfers"): ControlRoute(put_transfer, TransferBody),
    ("POST", "/control/funding"): ControlRoute(pay_funding, FundingBody),
    ("POST", "/control/funding-rate"): ControlRoute(put_funding_rate, FundingBody),
    ("POST", "/control/price"): ControlRoute(put_price, PriceBody),
    ("POST", "/control/book"): ControlRoute(put_book, BookBody),
    ("POST", "/control/trading"): ControlRoute(put_trading, TradingBody),
    ("POST", "/control/clock"): ControlRoute(put_clock, ClockBody),
    ("POST", "/control/step"): ControlRoute(step, StepBody),
    ("POST", "/control/replay"): ControlRoute(replay, ReplayBody),
    ("GET", "/control/faults"): ControlRoute(list_faults),
    ("POST", "/control/faults"): ControlRoute(put_fault),
    ("DELETE", "/control/faults"): ControlRoute(clear_faults),
    ("POST", "/control/rate_limit"): ControlRoute(put_rate_limit, RateLimitBody),
    ("POST", "/control/listing"): ControlRoute(put_listing, ListingBody),
    ("GET", "/control/orders"): ControlRoute(list_orders),
    ("POST", "/control/orders"): ControlRoute(place_order, OrderBody),
    ("DELETE", "/control/orders"): ControlRoute(cancel_order, CancelBody),
    ("GET", "/control/trades"): ControlRoute(list_trades),
    ("GET", "/control/requests"): ControlRoute(list_requests),
    ("DELETE", "/control/requests"): ControlRoute(clear_requests),
}
