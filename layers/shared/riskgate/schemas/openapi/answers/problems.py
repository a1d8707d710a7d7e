"""Error answers: RFC 9457 problem details."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from riskgate.core.codes import DenyCode
from riskgate.schemas.fields import Omittable
from riskgate.schemas.openapi.answers.base import Answer
from riskgate.schemas.openapi.answers.orders import BatchAnswer, Decision


class FieldError(Answer):
    """One invalid field of a request body."""

    field: str
    message: str


class Problem(Answer):
    """RFC 9457 problem details with a stable code."""

    type: Annotated[str, StringConstraints(pattern="^urn:riskgate:problem:[a-z0-9-]+$")]
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    instance: str = Field(description="The request id.")
    code: str


class InvalidProblem(Problem):
    """A request that could not be understood; `errors` where single fields are invalid."""

    errors: list[FieldError] = Field(default_factory=list)


class ConflictProblem(Problem):
    """A request that contradicts what is stored; `stored_decision` where that is an approval no longer good."""

    stored_decision: Omittable[Decision | BatchAnswer] = None


class DeniedProblem(Problem, Decision):
    """A denied order: the problem and the whole decision in one object."""

    decision: Literal["denied"]
    code: DenyCode


class DeniedBatchProblem(Problem, BatchAnswer):
    """A denied batch: the problem and every leg's decision."""

    decision: Literal["denied"]
    code: DenyCode
