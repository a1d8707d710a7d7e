"""The stress job: one account per message."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.app.risk.report_stress import report_stress
from riskgate.runtime.risk import risk_deps

#: The next hour's message does the same with newer data.
AGE_SECONDS_MAX = 3_000


def run_stress(account_id: str, requested_at: datetime, _context: LambdaContext) -> dict[str, Any]:
    """Write and return one account's report."""
    return asdict(report_stress(account_id, risk_deps(), requested_at))
