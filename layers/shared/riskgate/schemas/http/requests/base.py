"""What all request bodies share: strictness, and one shape for what is wrong with them."""

from collections.abc import Hashable, Iterable, Iterator
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from riskgate.core.errors import InvalidRequest
from riskgate.core.plurals import counted

#: Most problems one answer lists, and most characters of the input it repeats in all.
ERRORS_MAX = 20
ECHO_MAX = 64


class RequestModel(BaseModel):
    """Body or part of a body: immutable, no unknown fields, no conversions between types."""

    # Compiled when the first body of its kind comes: no request waits for the models of other routes.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)


class ValidationFailed(InvalidRequest):
    """The body is JSON but not what the route takes; `errors` names each field and what is wrong with it."""

    code = "VALIDATION_FAILED"

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__(counted(len(errors), "invalid field"))
        self.errors = errors


def parse_request[M: RequestModel](model: type[M], body: dict[str, Any]) -> M:
    """Return the body as its model; ValidationFailed if it does not fit."""
    try:
        return model.model_validate(body)
    except ValidationError as error:
        raise validation_problem(error) from error


def validation_problem(error: ValidationError) -> ValidationFailed:
    """Return the 400 for a body that does not fit its model, repeating at most `ECHO_MAX` characters of it."""
    details = error.errors(include_url=False, include_input=False)
    details = [item for item in details if not _follows_from_another(item, details)]
    echo = _Echo()
    return ValidationFailed([{"field": echo.name(item), "message": _say(item)} for item in details[:ERRORS_MAX]])


def contradiction(field: str, message: str) -> PydanticCustomError:
    """Return the error of a field that does not go with the others."""
    return PydanticCustomError("contradiction", message, {"field": field})


def require_unique(field: str, keys: Iterable[Hashable]) -> None:
    """Refuse a list that names the same thing twice."""
    seen = list(keys)
    if len(set(seen)) != len(seen):
        raise contradiction(field, "must not contain the same entry twice")


def _follows_from_another(item: ErrorDetails, details: list[ErrorDetails]) -> bool:
    """Tell whether a list is called too short only because pydantic left out its invalid items."""
    place = item["loc"]
    return item["type"] == "too_short" and any(
        other["loc"][: len(place)] == place for other in details if len(other["loc"]) > len(place)
    )


def _say(item: ErrorDetails) -> str:
    return "unknown field" if item["type"] == "extra_forbidden" else item["msg"]


class _Echo:
    """Writes error locations; names that are not ours come from the input and share one allowance."""

    def __init__(self) -> None:
        self.left = ECHO_MAX
        self.ours = {name for model in _list_models(RequestModel) for name in model.model_fields}

    def name(self, item: ErrorDetails) -> str:
        named = item.get("ctx", {}).get("field")
        parts = [*item["loc"], *([named] if named else [])]
        return ".".join(self._part(part) for part in parts) or "body"

    def _part(self, part: int | str) -> str:
        if isinstance(part, int) or part in self.ours or part == "[key]":
            return str(part)
        shown, self.left = part[: self.left], self.left - len(part[: self.left])
        return shown if shown == part else f"{shown}…"


def _list_models(base: type[RequestModel]) -> Iterator[type[RequestModel]]:
    for model in base.__subclasses__():
        yield model
        yield from _list_models(model)
