"""The decision as answered: built once, stored, and returned unchanged to every replay."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from riskgate.core.checks.result import CheckResult
from riskgate.core.money import plain
from riskgate.core.orders.decide import Decision

#: Digits after the point of a reported figure; the comparison itself used all 28.
REPORTED_DIGITS = Decimal("1e-12")
#: A text no longer than this has no more digits than that.
_EXACT_LENGTH = len("0.123456789012")
_ROUNDED_BELOW = Decimal("1e15")
_RATIO_DIGITS, _RATIO_FINE_BELOW = Decimal("0.0001"), Decimal("1e9")


def decision_body(
    decision: Decision,
    *,
    account_id: str,
    client_order_id: str,
    order_id: str,
    limits_version: int,
    state_version: int,
    audit_sequence: int,
    now: datetime,
) -> dict[str, Any]:
    """Return the decision body of the API: plain strings for every amount, checks in catalogue order."""
    notional, risk = decision.reserved
    working = decision.working
    code = decision.evaluation.code
    return {
        "decision": "approved" if decision.approved else "denied",
        "client_order_id": client_order_id,
        "order_id": order_id,
        "account_id": account_id,
        "code": code.value if code is not None else None,
        "violations": [
            {
                "code": name.value,
                "message": result.message,
                "observed": _text(result.observed),
                "limit": _text(result.limit),
                "unit": result.unit,
            }
            for name, result in decision.evaluation.violations
        ],
        "checks": [_check_row(name.value, result) for name, result in decision.evaluation.checks],
        "reserved": {"notional": plain(notional), "risk": plain(risk)},
        "reservation_expires_at": working.expires_at if working is not None else None,
        "limits_version": limits_version,
        "state_version": state_version,
        "audit_sequence": audit_sequence,
        "decided_at": now,
    }


def _check_row(name: str, result: CheckResult) -> dict[str, str | None]:
    outcome, observed, limit, _, _ = result
    if observed is None and limit is None:
        return {"name": name, "outcome": outcome.value, "observed": None, "limit": None, "utilization": None}
    return {
        "name": name,
        "outcome": outcome.value,
        "observed": _text(observed),
        "limit": _text(limit),
        "utilization": _utilization(result),
    }


def _text(value: Decimal | None) -> str | None:
    if value is None:
        return None
    text = plain(value)
    if len(text) > _EXACT_LENGTH and abs(value) < _ROUNDED_BELOW:
        return plain(value.quantize(REPORTED_DIGITS))
    return text


def _utilization(result: CheckResult) -> str | None:
    """Return observed / limit with four digits; None where there is no such ratio."""
    if result.observed is None or not result.limit or result.limit < 0 or result.observed < 0:
        return None
    ratio = result.observed / result.limit
    return plain(ratio.quantize(_RATIO_DIGITS) if ratio < _RATIO_FINE_BELOW else ratio.to_integral_value())
