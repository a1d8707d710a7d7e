"""Bodies whose models are loaded when one comes that asks for them: an order waits for none of them."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from riskgate.schemas.http.requests.base import RequestModel

_REQUESTS = "riskgate.schemas.http.requests"


class Body[M]:
    """What a route takes.

    Parameters
    ----------
    place : the model's module below `schemas.http.requests` and its name, as `orders.FillRequest`.
    quick : reads a body that fits without the model, and returns None for every other one.
    """

    def __init__(self, place: str, quick: Callable[[dict[str, Any]], M | None] = lambda _: None) -> None:
        self._module, _, self._name = place.partition(".")
        self._quick = quick

    @classmethod
    def of(cls, model: type[RequestModel]) -> Body[Any]:
        """Return the body of a model that is there."""
        body: Body[Any] = cls("")
        body.model = model
        return body

    @cached_property
    def model(self) -> type[RequestModel]:
        """Return the model: what the OpenAPI document states, and what says what is wrong with a body."""
        model: type[RequestModel] = getattr(import_module(f"{_REQUESTS}.{self._module}"), self._name)
        return model

    def parse(self, document: dict[str, Any]) -> M:
        """Return what a body says. Raises ValidationFailed: it does not fit."""
        body = self._quick(document)
        if body is not None:
            return body
        from riskgate.schemas.http.requests.base import parse_request  # noqa: PLC0415 see above

        return cast("M", parse_request(self.model, document))
