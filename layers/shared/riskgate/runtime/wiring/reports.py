"""Where risk reports are kept, for what only reads them: nothing heavy is imported here."""

from __future__ import annotations

from riskgate.adapters.aws.clients import dynamodb_client
from riskgate.adapters.dynamodb.reports import ReportStore
from riskgate.runtime.wiring.api_settings import ApiSettings, load


def reports() -> ReportStore:
    """Return where risk reports are kept."""
    return ReportStore(dynamodb_client(), load(ApiSettings).state_table)
