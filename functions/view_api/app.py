"""View API: accounts at a glance, what they earned, metrics. Reads, and writes nothing."""

from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.app.account.describe_account import read_view
from riskgate.app.account.list_accounts import accounts_page
from riskgate.app.statements.describe_performance import performance_body
from riskgate.observability import logger, metrics
from riskgate.runtime import wiring
from riskgate.runtime.api.replies import Reply
from riskgate.runtime.api.routes import Api, Request
from riskgate.runtime.metrics.collector import write_metrics
from riskgate.runtime.metrics.scrape import scrape, statements
from riskgate.runtime.risk import reports
from riskgate.schemas.http.answers.account import AccountsPage
from riskgate.schemas.http.answers.performance import PerformanceAnswer
from riskgate.schemas.http.queries import ACCOUNT, ACCOUNTS_PAGE, AFTER_ACCOUNT, DAYS

#: Prometheus' text format.
METRICS_TEXT = "text/plain; version=0.0.4; charset=utf-8"

api = Api()


@api.route("listAccounts")
def list_accounts(request: Request[None]) -> Reply[AccountsPage]:
    """List the accounts that the token may see."""
    after, limit = AFTER_ACCOUNT.read(request.query) or "", ACCOUNTS_PAGE.read(request.query)
    body = accounts_page(request.caller, wiring.deps(), request.now, after=after, limit=limit)
    return Reply(status=200, body=body)


@api.route("getPerformance")
def get_performance(request: Request[None]) -> Reply[PerformanceAnswer]:
    """Get what an account earned day by day."""
    days = DAYS.read(request.query)
    view = read_view(request.account_id, wiring.deps(), request.now)
    records = reports().list_var_records(request.account_id, request.now, days=days)
    return Reply(status=200, body=performance_body(view, records, statements(), days=days))


@api.route("getMetrics")
def get_metrics(request: Request[None]) -> Reply[str]:
    """Get metrics for Prometheus."""
    found = scrape(request.caller, request.now, ACCOUNT.read(request.query))
    return Reply(status=200, body=write_metrics(found), content_type=METRICS_TEXT)


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one API Gateway event."""
    return api.resolve(event, context)
