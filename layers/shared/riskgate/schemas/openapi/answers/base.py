"""What all answers share; handlers never import these models, the OpenAPI document does."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

type Money = Annotated[
    str,
    StringConstraints(pattern="^-?(0|[1-9][0-9]*)(\\.[0-9]*[1-9])?$"),
    Field(description="Exact decimal without exponent or trailing zeros."),
]
type AlertLevel = Literal["none", "yellow", "orange", "red"]
type Sequence = Annotated[int, Field(ge=0)]


class Answer(BaseModel):
    """Base of all answers: what is not documented is not sent."""

    model_config = ConfigDict(extra="forbid", frozen=True)
