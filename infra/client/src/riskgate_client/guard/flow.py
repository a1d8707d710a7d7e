"""Flows: what a guarded call does at the gateway and at the venue, without I/O of its own."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar

from riskgate_client.errors import RiskGateError
from riskgate_client.wire import Operation

T = TypeVar("T")


@dataclass(frozen=True)
class Venue:
    """Call a method of the wrapped exchange."""

    method: str
    arguments: tuple[Any, ...] = field(default=())


#: Yields calls of the venue and operations of the gateway, is sent their results or thrown their errors.
Step: TypeAlias = Venue | Operation[Any]
Flow: TypeAlias = Generator[Step, Any, T]


def run_sync(flow: Flow[T], exchange: Any, run: Callable[[Operation[Any]], Any]) -> T:
    """Carry a flow out with a synchronous exchange."""
    advance: Callable[[], Step] = flow.__next__
    while True:
        try:
            step = advance()
        except StopIteration as done:
            result: T = done.value
            return result
        try:
            found = getattr(exchange, step.method)(*step.arguments) if isinstance(step, Venue) else run(step)
        except Exception as error:  # noqa: BLE001 the flow decides what an error means
            advance = _thrower(flow, error)
        else:
            advance = _sender(flow, found)


async def run_async(flow: Flow[T], exchange: Any, run: Callable[[Operation[Any]], Any]) -> T:
    """Carry a flow out with an exchange whose methods are coroutines; those that do no I/O are not."""
    advance: Callable[[], Step] = flow.__next__
    while True:
        try:
            step = advance()
        except StopIteration as done:
            result: T = done.value
            return result
        try:
            found = getattr(exchange, step.method)(*step.arguments) if isinstance(step, Venue) else run(step)
            if hasattr(found, "__await__"):
                found = await found
        except Exception as error:  # noqa: BLE001 the flow decides what an error means
            advance = _thrower(flow, error)
        else:
            advance = _sender(flow, found)


def _sender(flow: Flow[T], value: Any) -> Callable[[], Step]:
    return lambda: flow.send(value)


def _thrower(flow: Flow[T], error: Exception) -> Callable[[], Step]:
    return lambda: flow.throw(error)


def attempt(step: Step) -> Flow[tuple[Any, RiskGateError | None]]:
    """Do a step of the gateway's and return its result or its error."""
    try:
        return (yield step), None
    except RiskGateError as error:
        return None, error


def give(value: T) -> Flow[T]:
    """Return a value: a flow that has nothing to do."""
    yield from ()
    return value


def collect(flows: Iterable[Flow[T]]) -> Flow[list[T]]:
    """Carry all flows out, whatever becomes of one; then raise the first error."""
    found: list[T] = []
    first: Exception | None = None
    for flow in flows:
        try:
            result = yield from flow
        except Exception as error:  # noqa: BLE001, PERF203 each is a matter of its own
            first = first or error
        else:
            found.append(result)
    if first is not None:
        raise first
    return found
