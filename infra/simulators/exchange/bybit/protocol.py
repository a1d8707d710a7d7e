"""Bybit's way to speak: keys in headers, an HMAC over what is sent, an envelope around every answer."""

from __future__ import annotations

import hashlib
import hmac
import json

from infra.simulators.exchange import protocol
from infra.simulators.exchange.clock import wall_ms
from infra.simulators.exchange.context import Context
from infra.simulators.exchange.errors import VenueError
from infra.simulators.exchange.faults import Fault, Kind
from infra.simulators.exchange.instruments import Instrument, Market
from infra.simulators.exchange.params import Params
from infra.simulators.exchange.protocol import Protocol, Route
from infra.simulators.exchange.state import Customs
from infra.simulators.exchange.wire import Answer, Request

from .catalogue import bybit_instruments
from .errors import Refusal, bad_parameter, translate
from .limits import SecondLimiter
from .routes import ANY_CATEGORY, ROUTES

RECV_WINDOW_DEFAULT_MS = 5_000
FUTURE_TOLERANCE_MS = 1_000
_FORBIDDEN = 403
_MARKETS: dict[str, Market] = {"spot": "spot", "linear": "swap"}
#: Categories that exist there and hold nothing here.
_EMPTY = frozenset({"inverse", "option"})
_INJECTED = {Kind.ERROR_BEFORE_ACCEPT: (10016, "Server error."), Kind.ERROR_AFTER_ACCEPT: (10000, "Server Timeout")}


class Bybit(Protocol):
    """The v5 protocol of a unified account."""

    key_header = "X-BAPI-API-KEY"
    customs = Customs(unified=True, ids_are_used_once=True, accepts_doomed=True, triggers_hold_nothing=True)
    routes = ROUTES

    def __init__(self) -> None:
        self.limiter = SecondLimiter()

    def instruments(self) -> dict[tuple[Market, str], Instrument]:
        """Return pairs and perpetuals."""
        return bybit_instruments()

    def set_limit(self, _family: str, limit: int | None) -> None:
        """Set how many requests a key may send to one path in a second."""
        self.limiter.set_limit(limit)

    def admit(self, request: Request, _route: Route) -> dict[str, str]:
        """Count a request of a key to a path."""
        return self.limiter.use(request.api_key or request.client_ip, request.path)

    def parse(self, request: Request) -> Params:
        """Return the parameters of the query, or of a JSON body."""
        if request.method == "GET":
            return Params.parse(request.query, "")
        try:
            body: object = json.loads(request.body or "{}")
        except ValueError:
            body = None
        if not isinstance(body, dict):
            raise bad_parameter("params error: the body is no JSON object")
        return Params({name: _text(value) for name, value in body.items() if value is not None})

    def authenticate(self, ctx: Context, request: Request, permission: str) -> None:
        """Check key, timestamp, signature and permission, in this order."""
        given = {name: request.headers.get(f"x-bapi-{name}", "") for name in ("timestamp", "api-key", "sign")}
        if not all(given.values()):
            text = f"empty value: apiTimestamp[{given['timestamp']}] apiKey[{given['api-key']}]"
            raise bad_parameter(f"{text} apiSignature[{given['sign']}]: openapi sign params error!")
        found = ctx.venue.state.keys.get(given["api-key"])
        if found is not None and found[1].permissions.ip_allow_list:
            _check_address(found[1].permissions.ip_allow_list, request.client_ip)
        ctx.account, ctx.key = protocol.find_key(ctx.venue.state, given["api-key"], request.client_ip)
        window = request.headers.get("x-bapi-recv-window") or str(RECV_WINDOW_DEFAULT_MS)
        _check_timestamp(given["timestamp"], window, ctx.now_ms)
        sent = request.query if request.method == "GET" else request.body
        origin = f"{given['timestamp']}{given['api-key']}{window}{sent}"
        signature = hmac.new(ctx.key.secret.encode(), origin.encode(), hashlib.sha256).hexdigest()
        if not hmac.compare_digest(signature.encode(), given["sign"].encode()):
            raise Refusal(10004, f"error sign! origin_string[{origin}]")
        needed = "enable_futures" if permission == "trade" and _market(ctx.params) == "swap" else permission
        needed = "enable_spot_and_margin_trading" if needed == "trade" else needed
        if not getattr(ctx.key.permissions, needed):
            raise Refusal(10005, "Permission denied, please check your API key permissions.")

    def call(self, route: Route, ctx: Context) -> object:
        """Answer for the market of the category; what the core refuses is put in Bybit's words."""
        category = ctx.params.text("category")
        if category in _EMPTY and route.handler in ANY_CATEGORY:
            return {"category": category, "list": [], "nextPageCursor": ""}
        if category is not None and category not in _MARKETS:
            raise bad_parameter("params error: category invalid")
        ctx.market = _market(ctx.params) or route.market
        try:
            return route.handler(ctx)
        except VenueError as error:
            raise translate(error, ctx.market) from error

    def answer(self, payload: object, now_ms: int) -> object:
        """Put a result into its envelope."""
        return {"retCode": 0, "retMsg": "OK", "result": payload, "retExtInfo": {}, "time": now_ms}

    def refusal(self, error: VenueError, now_ms: int) -> Answer:
        """Put an error into an envelope."""
        told = translate(error, "swap")
        body = {"retCode": told.code, "retMsg": told.msg, "result": {}, "retExtInfo": {}, "time": now_ms}
        return Answer(status=told.status, payload=body, headers=self.limiter.headers_of(told.code, now_ms))

    def no_route(self, _request: Request) -> VenueError:
        """Return what unknown paths answer."""
        return Refusal(10017, "Route not found.", 404)

    def injected(self, fault: Fault) -> object:
        """Return code and message, the fault's own or the usual ones."""
        code, message = _INJECTED[fault.kind]
        return {"retCode": fault.integer("code") or code, "retMsg": fault.text("msg") or message, "result": {}}

    def limited(self, fault: Fault, _now_ms: int) -> VenueError:
        """Refuse a key for its many visits, or (403) an address."""
        if fault.integer("status") == _FORBIDDEN:
            return Refusal(10018, "Exceeded the IP Rate Limit.", _FORBIDDEN)
        return self.limiter.refuse(wall_ms() + fault.integer("retry_after") * 1000)

    def crashed(self) -> Answer:
        """Return a server error."""
        return Answer(status=500, payload={"retCode": 10016, "retMsg": "Server error.", "result": {}})


def _text(value: object) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)


def _market(params: Params) -> Market | None:
    return _MARKETS.get(params.text("category") or "")


def _check_address(allowed: tuple[str, ...], address: str) -> None:
    if address not in allowed:
        raise Refusal(10010, "Unmatched IP, please check your API key's bound IP addresses.")


def _check_timestamp(text: str, window: str, now_ms: int) -> None:
    if not (text.isascii() and text.isdigit() and window.isascii() and window.isdigit()):
        raise bad_parameter("params error: timestamp invalid")
    if not now_ms - int(window) <= int(text) < now_ms + FUTURE_TOLERANCE_MS:
        seen = f"req_timestamp[{text}],server_timestamp[{now_ms}],recv_window[{window}]"
        raise Refusal(10002, f"invalid request, please check your server timestamp or recv_window param. {seen}")
