"""What all request bodies share: strictness, and one shape for what is wrong with them."""

from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler, ValidationError, model_validator
from pydantic_core import CoreSchema, ErrorDetails, PydanticCustomError

from riskgate.schemas.http.requests.failed import ValidationFailed
from riskgate.schemas.http.requests.rules import Rule, Spoken

#: Most problems one answer lists, and most characters of the input it repeats in all.
ERRORS_MAX = 20
ECHO_MAX = 64


class RequestModel(BaseModel):
    """Body or part of a body: immutable, no unknown fields, no conversions between types.

    What a body may not say as a whole stands in these, which refuse it and are stated in the OpenAPI document: `RULES`
    and `SPOKEN`, in order; `UNIQUE` has the lists whose entries differ in the fields named; `EMPTY` is what is wrong
    with a body without any field, where one is needed.
    """

    RULES: ClassVar[tuple[Rule, ...]] = ()
    SPOKEN: ClassVar[tuple[Spoken, ...]] = ()
    UNIQUE: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    EMPTY: ClassVar[str] = ""

    # Compiled when the first body of its kind comes: no request waits for the models of other routes.
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, defer_build=True)

    @model_validator(mode="after")
    def hold_rules(self) -> Self:
        """Refuse a body that contradicts itself; what depends on the market or the clock is the engine's."""
        if self.EMPTY and not self.model_fields_set:
            raise contradiction("", self.EMPTY)
        rules: tuple[Rule | Spoken, ...] = self.RULES + self.SPOKEN
        for rule in rules:
            if rule.breaks(self):
                raise contradiction(rule.name, rule.message)
        for name, key in self.UNIQUE.items():
            require_unique(name, (tuple(getattr(item, part) for part in key) for item in getattr(self, name)))
        return self

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        """State the rules beside the fields."""
        stated = handler.resolve_ref_schema(handler(schema))
        fields = {name: item for name, item in cls.model_fields.items() if not item.is_required()}
        defaults = {name: item.get_default(call_default_factory=True) for name, item in fields.items()}
        if cls.EMPTY:
            stated["minProperties"] = 1
        if cls.RULES:
            stated["allOf"] = [rule.describe(defaults) for rule in cls.RULES]
        words = [f"No two of `{name}` have the same {' and '.join(key)}." for name, key in cls.UNIQUE.items()]
        words += [f"Refused where {rule.describe()}." for rule in cls.SPOKEN]
        stated["description"] = " ".join([stated.get("description", ""), *words]).strip()
        for name in cls.UNIQUE:
            stated["properties"][name]["uniqueItems"] = True
        return stated


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
