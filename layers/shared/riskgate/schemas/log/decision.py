"""The decision as answered: built once, stored, and returned unchanged to every replay."""

from datetime import datetime
from decimal import Decimal

import msgspec

from riskgate.core.checks.result import CheckOutcome, CheckResult
from riskgate.core.codes import DenyCode
from riskgate.core.money import REPORT_CONTEXT, plain
from riskgate.core.orders import decide
from riskgate.core.orders.evaluate import Evaluation
from riskgate.schemas.http.answers.orders import CheckRow, Decision, Reserved, Violation

#: The first rules whose answers tell the quantity: answers of earlier ones are compared as they were given.
QUANTITY_SINCE = 4
#: Digits after the point of a reported figure; the comparison itself used all 28.
REPORTED_DIGITS = Decimal("1e-12")
#: A text no longer than this has no more digits than that.
_EXACT_LENGTH = len("0.123456789012")
_ROUNDED_BELOW = Decimal("1e15")
_RATIO_DIGITS, _RATIO_FINE_BELOW = Decimal("0.0001"), Decimal("1e9")


def decision_body(
    decision: decide.Decision,
    *,
    account_id: str,
    client_order_id: str,
    order_id: str,
    limits_version: int,
    state_version: int,
    audit_sequence: int,
    now: datetime,
) -> Decision:
    """Return the decision body of the API: plain strings for every amount, checks in catalogue order."""
    notional, risk = decision.reserved
    working = decision.working
    return Decision(
        decision="approved" if decision.approved else "denied",
        client_order_id=client_order_id,
        order_id=order_id,
        account_id=account_id,
        code=decision.evaluation.code,
        violations=[
            Violation(
                code=name,
                message=result.message,
                observed=_text(result.observed),
                limit=_text(result.limit),
                unit=result.unit,
            )
            for name, result in decision.evaluation.violations
        ],
        checks=[_check_row(name, result) for name, result in decision.evaluation.checks],
        reserved=Reserved(notional=plain(notional), risk=plain(risk)),
        quantity=_decided_quantity(decision),
        reservation_expires_at=working.expires_at if working is not None else None,
        limits_version=limits_version,
        state_version=state_version,
        audit_sequence=audit_sequence,
        decided_at=now,
        warnings=_warnings(decision.evaluation) or msgspec.UNSET,
    )


def _decided_quantity(decision: decide.Decision) -> str | msgspec.UnsetType:
    context = decision.evaluation.context
    if context.rules < QUANTITY_SINCE or context.quantity is None:
        return msgspec.UNSET
    return plain(context.quantity)


def _warnings(evaluation: Evaluation) -> list[str]:
    """Return why checks stood back: what one that is not violated has to say."""
    stood_back = (result for _, result in evaluation.checks if result.outcome is CheckOutcome.NOT_APPLICABLE)
    return [result.message for result in stood_back if result.message]


def _check_row(name: DenyCode, result: CheckResult) -> CheckRow:
    outcome, observed, limit, _, _ = result
    if observed is None and limit is None:
        return CheckRow(name=name, outcome=outcome, observed=None, limit=None, utilization=None)
    return CheckRow(
        name=name,
        outcome=outcome,
        observed=_text(observed),
        limit=_text(limit),
        utilization=_utilization(result),
    )


def _text(value: Decimal | None) -> str | None:
    if value is None:
        return None
    text = plain(value)
    if len(text) > _EXACT_LENGTH and abs(value) < _ROUNDED_BELOW:
        return plain(value.quantize(REPORTED_DIGITS, context=REPORT_CONTEXT))
    return text


def _utilization(result: CheckResult) -> str | None:
    """Return observed / limit with four digits; None where there is no such ratio."""
    if result.observed is None or not result.limit or result.limit < 0 or result.observed < 0:
        return None
    ratio = REPORT_CONTEXT.divide(result.observed, result.limit)
    if ratio < _RATIO_FINE_BELOW:
        return plain(ratio.quantize(_RATIO_DIGITS, context=REPORT_CONTEXT))
    return plain(ratio.to_integral_value(context=REPORT_CONTEXT))
