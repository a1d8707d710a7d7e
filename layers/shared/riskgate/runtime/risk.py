"""Where risk reports are kept, and what is needed to write them."""

from riskgate.adapters.aws.clients import dynamodb_client
from riskgate.adapters.dynamodb.closes import ClosesStore
from riskgate.adapters.dynamodb.reports import ReportStore
from riskgate.app.risk.read_inputs import RiskDeps
from riskgate.runtime import wiring
from riskgate.runtime.settings import ApiSettings, load


def reports() -> ReportStore:
    """Return where risk reports are kept."""
    return ReportStore(dynamodb_client(), load(ApiSettings).state_table)


def closes() -> ClosesStore:
    """Return where daily closes are kept."""
    return ClosesStore(dynamodb_client(), load(ApiSettings).state_table)


def risk_deps() -> RiskDeps:
    """Return where the risk functions read and write."""
    return RiskDeps(deps=wiring.deps(), reports=reports(), closes=closes())
