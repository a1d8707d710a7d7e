"""What the risk functions need beyond `wiring`: reports and closes."""

from __future__ import annotations

from riskgate.adapters.aws import dynamodb_client
from riskgate.adapters.closes_store import ClosesStore
from riskgate.app.risk_inputs import RiskDeps
from riskgate.runtime import wiring
from riskgate.runtime.report_wiring import reports
from riskgate.runtime.settings import ApiSettings, load


def risk_deps() -> RiskDeps:
    """Return where the risk functions read and write."""
    closes = ClosesStore(dynamodb_client(), load(ApiSettings).state_table)
    return RiskDeps(deps=wiring.deps(), reports=reports(), closes=closes)
