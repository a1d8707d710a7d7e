"""What can come of asking the gateway. Only an answer that was returned is a go; each of these is a no."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from riskgate_client.models import BatchDecision, Decision, Order, Violation


class RiskGateError(Exception):
    """Everything that this package raises; do not place the order.

    `code` is the gateway's stable code, or an empty text where it has not said any. `request_id` finds the request in
    the gateway's logs.
    """

    def __init__(self, detail: str, *, code: str = "", status: int | None = None, request_id: str = "") -> None:
        super().__init__(f"{code}: {detail}" if code else detail)
        self.detail = detail
        self.code = code
        self.status = status
        self.request_id = request_id


class Denied(RiskGateError):
    """The gateway denied the order by its rules: the same order asked for again is denied again."""

    def __init__(self, detail: str, *, decision: Decision | BatchDecision, request_id: str = "") -> None:
        super().__init__(detail, code=decision.code or "DENIED", status=422, request_id=request_id)
        self.decision = decision

    @property
    def violations(self) -> tuple[Violation, ...]:
        """Return every rule that the order breaks, of a batch those of all legs."""
        return self.decision.violations


class Refused(RiskGateError):
    """The request is wrong or not allowed (4xx). Asked for again without a change, it is refused again."""


class NotPermitted(Refused):
    """The token is unknown, expired, or may not do this (401, 403): ask the operator."""


class NotFound(Refused):
    """It does not exist (404)."""


class Conflict(Refused):
    """It contradicts what the gateway knows (409)."""


class NotActionable(Conflict):
    """The order was approved and is no longer a go: it expired, ended, or a kill switch overtook it."""

    def __init__(
        self,
        detail: str,
        *,
        decision: Decision | BatchDecision | None,
        request_id: str = "",
        order: Order | None = None,
    ) -> None:
        super().__init__(detail, code="DECISION_NOT_ACTIONABLE", status=409, request_id=request_id)
        self.decision = decision
        self.order = order


class Unavailable(RiskGateError):
    """No answer within the deadline, and surely nothing happened: it may be asked for again."""

    def __init__(self, detail: str, *, retry_after_seconds: float | None = None, code: str = "") -> None:
        super().__init__(detail, code=code)
        self.retry_after_seconds = retry_after_seconds


class OutcomeUnknown(RiskGateError):
    """It may have happened. Ask again with the **same** ids, never with new ones.

    `order` is the order as the gateway has it, where that much could be read.
    """

    def __init__(self, detail: str, *, client_order_id: str = "", order: Order | None = None) -> None:
        super().__init__(detail, code="OUTCOME_UNKNOWN")
        self.client_order_id = client_order_id
        self.order = order


class OrderEnded(RiskGateError):
    """An order that was waited for ended in another way; `order` tells how."""

    def __init__(self, order: Order) -> None:
        super().__init__(f"the order {order.client_order_id} is {order.status}: {order.reason or 'no reason given'}")
        self.order = order


class StillWorking(RiskGateError):
    """An order that was waited for has not come so far in time; `order` is as it was seen last."""

    def __init__(self, order: Order) -> None:
        super().__init__(f"the order {order.client_order_id} is {order.status} still")
        self.order = order


class Unreadable(RiskGateError):
    """An answer is not what the gateway answers: whatever it says counts for nothing."""
