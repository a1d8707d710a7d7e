"""What a body that does not fit is answered with."""

from __future__ import annotations

from riskgate.core.errors import InvalidRequest
from riskgate.core.plurals import counted


class ValidationFailed(InvalidRequest):
    """The body is JSON but not what the route takes; `errors` names each field and what is wrong with it."""

    code = "VALIDATION_FAILED"

    def __init__(self, errors: list[dict[str, str]]) -> None:
        super().__init__(counted(len(errors), "invalid field"))
        self.errors = errors
