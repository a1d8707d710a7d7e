"""The guarded exchange: looks like the wrapped one, and lets through what is known to be harmless."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

from riskgate_client.errors import RiskGateError
from riskgate_client.guard import methods
from riskgate_client.guard.calls import form_of
from riskgate_client.guard.faces import NotGuarded, with_face
from riskgate_client.guard.flow import Flow, Venue, run_async, run_sync
from riskgate_client.guard.placing import Placing
from riskgate_client.guard.routed import Routed

_SLOTS = ("_call", "_exchange", "_flows", "_is_async", "_run", "_allow_setup", "settle")


def classify(kind: type[Any], name: str, *, allow_setup: bool = False) -> str:
    """Return what becomes of an exchange's attribute: passed, gated, data or refused."""
    if form_of(name) is not None:
        return "gated"
    if methods.is_data(name):
        return "data"
    if methods.passed_name(name) is not None or (allow_setup and methods.is_setup(name)):
        return "passed"
    return "passed" if methods.is_public_get(kind, name) else "refused"


class Guarded:
    """Stands in for an exchange of ccxt's; see `guard`. `settle()` reports everything to the gateway now."""

    __slots__ = _SLOTS

    settle: Callable[[], Any]

    def __init__(
        self, exchange: Any, flows: Routed | Placing, run: Callable[[Any], Any], *, is_async: bool, allow_setup: bool
    ) -> None:
        for name, value in {
            "_exchange": exchange,
            "_flows": flows,
            "_run": run,
            "_is_async": is_async,
            "_allow_setup": allow_setup,
            "settle": lambda: self._drive(flows.settle_all()),
        }.items():
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        exchange = object.__getattribute__(self, "_exchange")
        if name.startswith("_") or not hasattr(exchange, name):
            raise AttributeError(f"{type(self).__name__} has no {name}")
        kind = classify(type(exchange), name, allow_setup=self._allow_setup)
        if kind == "gated":
            return self._gated(name)
        if kind == "passed":
            return self._passed(name)
        if kind == "data":
            return self._shown_features() if name == "has" else getattr(exchange, name)
        if callable(getattr(exchange, name)):
            return self._refused(name)
        raise AttributeError(f"{name} of a guarded exchange is not shown")

    def __setattr__(self, name: str, value: Any) -> None:
        if not methods.is_settable(name):
            raise AttributeError(f"{name} of a guarded exchange cannot be set: set it before guard()")
        setattr(self._exchange, name, value)

    def __repr__(self) -> str:
        return f"Guarded({self._exchange.id!r})"

    def __dir__(self) -> Iterable[str]:
        shown = (name for name in dir(self._exchange) if not name.startswith("_"))
        return sorted({"settle", *(n for n in shown if classify(type(self._exchange), n) != "refused")})

    def _drive(self, flow: Flow[Any]) -> Any:
        return self._drive_async(flow) if self._is_async else self._drive_sync(flow)

    def _drive_sync(self, flow: Flow[Any]) -> Any:
        try:
            return run_sync(flow, self._exchange, self._run)
        except RiskGateError as error:
            raise with_face(error, self._flows.settings.errors) from error

    async def _drive_async(self, flow: Flow[Any]) -> Any:
        try:
            return await run_async(flow, self._exchange, self._run)
        except RiskGateError as error:
            raise with_face(error, self._flows.settings.errors) from error

    def _gated(self, name: str) -> Callable[..., Any]:
        form = form_of(name)
        assert form is not None  # noqa: S101 asked before
        read = form

        def flow(arguments: tuple[Any, ...], named: dict[str, Any]) -> Flow[Any]:
            return (yield from self._flows.perform(read(*arguments, **named)))

        def call(*arguments: Any, **named: Any) -> Any:
            return self._drive(flow(arguments, named))

        return call

    def _passed(self, name: str) -> Callable[..., Any]:
        python_name = methods.passed_name(name) or name
        if isinstance(self._flows, Routed) and self._flows.replaces(python_name):
            read = functools.partial(self._flows.read, python_name)
            return lambda *arguments, **named: self._drive(read(*arguments, **named))
        method = getattr(self._exchange, name)
        if not python_name.startswith(("fetch_", "watch_")):
            return _plain(method)

        def flow(arguments: tuple[Any, ...], named: dict[str, Any]) -> Flow[Any]:
            found = yield Venue("__call__", (arguments, named))
            return (yield from self._flows.observe(python_name, arguments, found))

        reader = _Reader(method, self._exchange)

        def call(*arguments: Any, **named: Any) -> Any:
            running = flow(arguments, named)
            if self._is_async:
                return run_async(running, reader, self._run)
            return run_sync(running, reader, self._run)

        return call

    def _refused(self, name: str) -> Callable[..., Any]:
        errors = self._flows.settings.errors
        detail = f"{name}() is not known to leave the account alone: a guarded exchange does not call it"

        def call(*_: Any, **__: Any) -> Any:
            raise with_face(NotGuarded(detail, code="METHOD_REFUSED"), errors)

        return call

    def _shown_features(self) -> dict[str, Any]:
        """Return `has`, without what is refused here."""
        kind = type(self._exchange)
        return {
            name: value if not hasattr(self._exchange, name) or classify(kind, name) != "refused" else False
            for name, value in self._exchange.has.items()
        }


def _plain(method: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function: a bound method would lead to the exchange behind it."""

    def call(*arguments: Any, **named: Any) -> Any:
        return method(*arguments, **named)

    return call


class _Reader:
    """Calls one read with the bot's own arguments, and anything else of the exchange as flows name it."""

    def __init__(self, method: Callable[..., Any], exchange: Any) -> None:
        self._method = method
        self._exchange = exchange

    def __getattr__(self, name: str) -> Any:
        return getattr(self._exchange, name)

    def __call__(self, arguments: tuple[Any, ...], named: dict[str, Any]) -> Any:
        return self._method(*arguments, **named)
