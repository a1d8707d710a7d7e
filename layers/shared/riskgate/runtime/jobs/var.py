"""The VaR job: one account per message, and the rows that all accounts share."""

from dataclasses import asdict
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.app.risk.report_var import report_var
from riskgate.app.risk.write_gate_figures import write_correlation_rows
from riskgate.runtime.clock import utc_now
from riskgate.runtime.jobs.account_job import handle_job
from riskgate.runtime.risk import risk_deps

#: The next hour's message does the same with newer data.
AGE_SECONDS_MAX = 3_000


def handle_var(event: dict[str, Any], context: LambdaContext) -> Any:
    """Serve the VaR job; a tick, a run on demand, or a message after new closes writes the correlation rows too."""
    answer = handle_job(event, context, run_var, age_seconds_max=AGE_SECONDS_MAX, run_shared=_write_rows)
    if "Records" not in event:
        # Last: whatever becomes of the rows, the accounts are on their way.
        _write_rows()
    return answer


def _write_rows() -> None:
    write_correlation_rows(risk_deps(), utc_now())


def run_var(account_id: str, requested_at: datetime, _context: LambdaContext) -> dict[str, Any]:
    """Write and return one account's report."""
    return asdict(report_var(account_id, risk_deps(), requested_at))
