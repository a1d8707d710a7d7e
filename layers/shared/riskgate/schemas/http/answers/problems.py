"""Error answers: RFC 9457 problem details."""

from typing import Annotated, Literal

import msgspec

from riskgate.core.codes import DenyCode
from riskgate.schemas.http.answers.base import Answer
from riskgate.schemas.http.answers.orders import BatchAnswer, Decision

type ProblemType = Annotated[str, msgspec.Meta(pattern="^urn:riskgate:problem:[a-z0-9-]+$")]
type ProblemStatus = Annotated[int, msgspec.Meta(ge=400, le=599)]


class FieldError(Answer):
    """One invalid field of a request body."""

    field: str
    message: str


class Problem(Answer):
    """RFC 9457 problem details with a stable code."""

    type: ProblemType
    title: str
    status: ProblemStatus
    detail: str
    instance: Annotated[str, "The request id."]
    code: str


class InvalidProblem(Problem):
    """A request that could not be understood; `errors` where single fields are invalid."""

    errors: list[FieldError] | msgspec.UnsetType = msgspec.UNSET


class ConflictProblem(Problem):
    """A request that contradicts what is stored; `stored_decision` where that is an approval no longer good."""

    stored_decision: Decision | BatchAnswer | msgspec.UnsetType = msgspec.UNSET


class UnavailableProblem(Problem):
    """A request that was not carried out, or nobody knows; `look_at` where its sender may not hear a second answer."""

    look_at: (
        Annotated[list[str], "Where to read what became of a delivery, below the API's address."] | msgspec.UnsetType
    ) = msgspec.UNSET


class DeniedProblem(Decision):
    """A denied order: the problem and the whole decision in one object."""

    type: ProblemType
    title: str
    status: ProblemStatus
    detail: str
    instance: Annotated[str, "The request id."]
    decision: Literal["denied"]
    code: DenyCode


class DeniedBatchProblem(BatchAnswer):
    """A denied batch: the problem and every leg's decision."""

    type: ProblemType
    title: str
    status: ProblemStatus
    detail: str
    instance: Annotated[str, "The request id."]
    decision: Literal["denied"]
    code: DenyCode
