"""Where risk reports are kept, for what only reads them: nothing heavy is imported here."""

from __future__ import annotations

from riskgate.adapters.aws import dynamodb_client
from riskgate.adapters.report_store import ReportStore
from riskgate.runtime.settings import ApiSettings, load


def reports() -> ReportStore:
    """Return where risk reports are kept."""
    return ReportStore(dynamodb_client(), load(ApiSettings).state_table)
