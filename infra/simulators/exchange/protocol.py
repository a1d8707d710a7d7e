"""What a protocol adds to the matching core: routes, keys, limits, and words for what happened."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from .accounts import Account, ApiKey
from .context import Context
from .errors import VenueError, invalid_key
from .faults import Fault
from .instruments import Instrument, Market
from .params import Params
from .state import Customs, State
from .wire import Answer, Request

type Handler = Callable[[Context], object]


@dataclass(frozen=True, slots=True)
class Route:
    """One route; a `permission`, a name of the Permissions fields, makes it a signed one."""

    handler: Handler
    market: Market
    weight: int = 1
    permission: str | None = None

    @property
    def family(self) -> str:
        """Return the API family whose weight the route uses."""
        return self.market


class Protocol(ABC):
    """One venue's way to speak."""

    key_header: str
    customs: Customs
    routes: Mapping[tuple[str, str], Route]

    @abstractmethod
    def instruments(self) -> dict[tuple[Market, str], Instrument]:
        """Return what a new venue lists."""

    @abstractmethod
    def set_limit(self, family: str, limit: int | None) -> None:
        """Set how much a family of routes may be used; None lifts the limit."""

    @abstractmethod
    def admit(self, request: Request, route: Route) -> dict[str, str]:
        """Count a request and return the headers that tell of it; VenueError over the limit."""

    @abstractmethod
    def parse(self, request: Request) -> Params:
        """Return a request's parameters."""

    @abstractmethod
    def authenticate(self, ctx: Context, request: Request, permission: str) -> None:
        """Set the caller of a signed request; VenueError where it is not what it says."""

    def call(self, route: Route, ctx: Context) -> object:
        """Return what a route's handler answers."""
        return route.handler(ctx)

    def answer(self, payload: object, _now_ms: int) -> object:
        """Return a handler's payload as it is sent."""
        return payload

    @abstractmethod
    def refusal(self, error: VenueError, now_ms: int) -> Answer:
        """Return the answer of an error."""

    @abstractmethod
    def no_route(self, request: Request) -> VenueError:
        """Return the error of a path that there is not."""

    @abstractmethod
    def injected(self, fault: Fault) -> object:
        """Return the body of an error that a fault injects."""

    @abstractmethod
    def limited(self, fault: Fault, now_ms: int) -> VenueError:
        """Return the error of a fault that refuses requests for their number."""

    @abstractmethod
    def crashed(self) -> Answer:
        """Return the answer to a request that a bug of ours broke."""


def find_key(state: State, api_key: str | None, client_ip: str) -> tuple[Account, ApiKey]:
    """Return an account and its key; VenueError for an unknown key or a forbidden address."""
    found = state.keys.get(api_key or "")
    if found is None:
        raise invalid_key()
    allowed = found[1].permissions.ip_allow_list
    if allowed and client_ip not in allowed:
        raise invalid_key()
    return found
