"""What the risk functions need beyond `wiring`: reports and closes."""

from __future__ import annotations

from riskgate.adapters.aws.clients import dynamodb_client
from riskgate.adapters.dynamodb.closes import ClosesStore
from riskgate.app.risk.read_inputs import RiskDeps
from riskgate.runtime.wiring import shared as wiring
from riskgate.runtime.wiring.api_settings import ApiSettings, load
from riskgate.runtime.wiring.reports import reports


def risk_deps() -> RiskDeps:
    """Return where the risk functions read and write."""
    closes = ClosesStore(dynamodb_client(), load(ApiSettings).state_table)
    return RiskDeps(deps=wiring.deps(), reports=reports(), closes=closes)
