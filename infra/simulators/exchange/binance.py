"""Binance's protocol: Spot, and USD-M futures."""

from __future__ import annotations

from http import HTTPStatus

from . import protocol
from .auth import check_key_format, check_permission, check_signature, check_timestamp
from .context import Context
from .errors import VenueError
from .faults import Fault, Kind
from .instruments import Instrument, Market, default_instruments
from .limits import WeightLimiter, banned, too_many_requests
from .params import Params
from .protocol import Protocol, Route
from .routing import ROUTES, weigh
from .state import Customs
from .wire import Answer, Request

#: Code and message of an error that is injected without any.
_INJECTED = {
    Kind.ERROR_BEFORE_ACCEPT: (-1001, "Internal error; unable to process your request. Please try again."),
    Kind.ERROR_AFTER_ACCEPT: (
        -1007,
        "Timeout waiting for response from backend server. Send status unknown; execution status unknown.",
    ),
}


class Binance(Protocol):
    """Parameters in query and form, an HMAC over them, errors with an HTTP status, weight per minute."""

    key_header = "X-MBX-APIKEY"
    customs = Customs()
    routes = ROUTES
    #: One machine stands for several: each program, as it calls itself, is another address.
    programs_apart = False

    def __init__(self) -> None:
        self.limiter = WeightLimiter()

    def instruments(self) -> dict[tuple[Market, str], Instrument]:
        """Return pairs and perpetuals."""
        return default_instruments()

    def set_limit(self, family: str, limit: int | None) -> None:
        """Set the weight a market allows per minute."""
        self.limiter.set_limit(family, limit)

    def admit(self, request: Request, route: Route) -> dict[str, str]:
        """Count the request's weight for its address."""
        weight = weigh(route, request.method, request.path, request.query)
        program = request.headers.get("user-agent", "") if self.programs_apart else ""
        address = f"{request.client_ip} {program}".rstrip()
        return {"X-MBX-USED-WEIGHT-1M": str(self.limiter.use(route.family, weight, address))}

    def parse(self, request: Request) -> Params:
        """Return the parameters of query and form together."""
        return Params.parse(request.query, request.body)

    def authenticate(self, ctx: Context, request: Request, permission: str) -> None:
        """Check key, timestamp, signature and permission, in this order."""
        check_key_format(request.api_key)
        ctx.account, ctx.key = protocol.find_key(ctx.venue.state, request.api_key, request.client_ip)
        check_timestamp(ctx.params, ctx.now_ms)
        check_signature(ctx.key, ctx.params, request.query, request.body)
        check_permission(ctx.key, permission)

    def refusal(self, error: VenueError, _now_ms: int) -> Answer:
        """Return code and message, with Retry-After where there is a time to wait."""
        headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
        return Answer(status=error.status, payload=error.body(), headers=headers)

    def no_route(self, request: Request) -> VenueError:
        """Name path and method."""
        return VenueError(-5000, f"Path {request.path}, Method {request.method} is invalid", 404)

    def injected(self, fault: Fault) -> object:
        """Return code and message, the fault's own or the usual ones."""
        code, message = _INJECTED[fault.kind]
        return {"code": fault.integer("code") or code, "msg": fault.text("msg") or message}

    def limited(self, fault: Fault, now_ms: int) -> VenueError:
        """Return 429, or a ban."""
        seconds = fault.integer("retry_after")
        if fault.integer("status") == HTTPStatus.IM_A_TEAPOT:
            return banned(now_ms + seconds * 1000, seconds)
        return too_many_requests(seconds)

    def crashed(self) -> Answer:
        """Return an unknown error."""
        message = "An unknown error occurred while processing the request."
        return Answer(status=500, payload={"code": -1000, "msg": message})
