"""What all answers share; a string beside a field's type describes it in the OpenAPI document."""

from typing import Annotated, Literal, cast, dataclass_transform

import msgspec

from riskgate.schemas.codec import embed

type Money = Annotated[
    str,
    msgspec.Meta(pattern="^-?(0|[1-9][0-9]*)(\\.[0-9]*[1-9])?$"),
    "Exact decimal without exponent or trailing zeros.",
]
type AlertLevel = Literal["none", "yellow", "orange", "red"]
type Sequence = Annotated[int, msgspec.Meta(ge=0)]


def refer(component: str) -> msgspec.Meta:
    """Describe a field by a component of the document: what the code keeps as plain text."""
    return msgspec.Meta(extra_json_schema={"$ref": f"#/components/schemas/{component}"})


def one_of(*values: str) -> msgspec.Meta:
    """Describe a text by the values it takes."""
    return msgspec.Meta(extra_json_schema={"enum": list(values)})


@dataclass_transform(frozen_default=True, kw_only_default=True)
class Answer(msgspec.Struct, frozen=True):
    """Base of all answers: what is not documented is not sent."""


def stored[A](text: str, _kind: type[A]) -> A:
    """Return the JSON of an earlier answer in the place of the answer itself: it is sent byte for byte."""
    return cast("A", embed(text.encode()))
