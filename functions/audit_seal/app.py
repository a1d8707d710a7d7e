"""Audit seal: verifies what was added to the log, and seals each chain's head where nobody who writes the log can."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.observability import logger, metrics
from riskgate.runtime.jobs.audit_seal import handle_audit_seal


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> Any:
    """Seal the chains that a stream or a batch tells of, or send every chain to the job's queue on a tick."""
    return handle_audit_seal(event, context)
