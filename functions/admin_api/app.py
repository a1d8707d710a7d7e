"""Admin API: accounts, limits, snapshots, transfers, market facts, kill switch, breakers, webhooks, audit, health."""

from functools import cache
from importlib.resources import files
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate import ENGINE_VERSION
from riskgate.app.account.change_limits import change_limits
from riskgate.app.account.describe_account import account_body, is_unchanged, read_account, read_view, tag_view
from riskgate.app.account.record_snapshot import record_snapshot
from riskgate.app.account.record_transfer import record_transfer
from riskgate.app.account.register_account import loosens_account, register_account
from riskgate.app.alerts.acknowledge_alert import acknowledge_alert
from riskgate.app.audit.describe_entry import audit_body
from riskgate.app.market.confirm_jump import confirm_jump
from riskgate.app.market.permit_feed import is_trusted, permit_feed
from riskgate.app.market.store_instruments import store_instruments
from riskgate.app.market.store_quotes import store_quotes
from riskgate.app.orders.place_in_turn import Sender
from riskgate.app.reconciliation.describe_reconciliation import reconciliation_body
from riskgate.app.reconciliation.resolve_break import resolve_break
from riskgate.app.risk.describe_risk import risk_body
from riskgate.app.risk.manage_scenarios import change_scenarios, is_loosened, scenarios_body
from riskgate.app.safeguards.clear_lock import clear_lock
from riskgate.app.safeguards.describe_exit import describe_exit
from riskgate.app.safeguards.describe_safeguards import describe_kill_switches, lock_rows
from riskgate.app.safeguards.exit_positions import ExitDemand, exit_positions
from riskgate.app.safeguards.reset_breaker import reset_breaker
from riskgate.app.safeguards.set_kill_switch import set_kill_switch
from riskgate.core.access.tokens import Scope
from riskgate.core.limits import list_loosened
from riskgate.observability import logger, metrics
from riskgate.runtime import wiring
from riskgate.runtime.api.caught_up import caught_up
from riskgate.runtime.api.first_collection import ask_first_collection
from riskgate.runtime.api.paper import open_paper_books
from riskgate.runtime.api.principal import require_all_accounts
from riskgate.runtime.api.replies import Reply
from riskgate.runtime.api.routes import Api, Request
from riskgate.runtime.api.second_factor import require_totp
from riskgate.runtime.api.venues_offered import require_proven
from riskgate.runtime.api.webhook_routes import add_webhook_routes
from riskgate.runtime.risk import closes, reports
from riskgate.schemas.http.answers.account import AccountAnswer, LimitsAnswer, SnapshotAnswer, TransferAnswer
from riskgate.schemas.http.answers.audit import AuditPage
from riskgate.schemas.http.answers.reconciliation import BreakResolvedAnswer, ReconciliationAnswer
from riskgate.schemas.http.answers.risk import RiskAnswer, ScenariosAnswer
from riskgate.schemas.http.answers.safeguards import (
    AlertAcknowledgedAnswer,
    BreakerResetAnswer,
    ExitAnswer,
    KillSwitchAnswer,
    KillSwitchesAnswer,
    LocksAnswer,
)
from riskgate.schemas.http.answers.service import HealthAnswer, MarketAnswer
from riskgate.schemas.http.queries import AFTER, PAGE_SIZE
from riskgate.schemas.http.requests.accounts import AccountRequest, TransferRequest
from riskgate.schemas.http.requests.base import parse_request
from riskgate.schemas.http.requests.control import (
    AcknowledgeRequest,
    BreakerResetRequest,
    ExitRequest,
    KillSwitchRequest,
    KillSwitchScope,
    LockClearQuery,
)
from riskgate.schemas.http.requests.limits import LimitsRequest
from riskgate.schemas.http.requests.market import CloseJumpRequest, InstrumentsRequest, QuotesRequest
from riskgate.schemas.http.requests.reconciliation import BreakResolveRequest
from riskgate.schemas.http.requests.snapshots import SnapshotRequest
from riskgate.schemas.http.requests.stress import ScenariosRequest

api = Api(in_time=False)
add_webhook_routes(api)


@api.route("putAccount", AccountRequest)
def put_account(request: Request[AccountRequest]) -> Reply[AccountAnswer]:
    """Register an account, or describe it anew."""
    if loosens_account(wiring.deps(), request.account_id, request.body):
        require_totp(request)
    require_proven(request.body)
    open_paper_books(request.account_id, request.body, request.now)
    is_new = register_account(request.acting, request.account_id, request.body)
    venues = request.body.to_venues(request.account_id)
    ask_first_collection(request.account_id, request.body.base_currency, venues, request.now)
    body = account_body(read_view(request.account_id, wiring.deps(), request.now))
    return Reply(status=201 if is_new else 200, body=body)


@api.route("getAccount")
def get_account(request: Request[None]) -> Reply[AccountAnswer]:
    """Get an account's trading state; who knows it already is told so for the price of one small read."""
    known = request.header("If-None-Match")
    if is_unchanged(request.account_id, known, wiring.deps(), request.now):
        return Reply.unchanged(known or "")
    view = read_view(request.account_id, wiring.deps(), request.now)
    return Reply(status=200, body=account_body(view), headers={"ETag": tag_view(view)})


@api.route("getLimits")
def get_limits(request: Request[None]) -> Reply[LimitsAnswer]:
    """Get the limits in force."""
    _, state, stored = read_account(request.account_id, wiring.deps())
    return Reply(status=200, body=LimitsAnswer(version=state.limits_version, limits=stored.limits, loosened=[]))


@api.route("putLimits", LimitsRequest)
def put_limits(request: Request[LimitsRequest]) -> Reply[LimitsAnswer]:
    """Change limits; loosening any needs a one-time code."""
    _, state, stored = read_account(request.account_id, wiring.deps())
    limits = request.body.apply_to(stored.limits)
    if list_loosened(stored.limits, limits):
        require_totp(request)
    body = change_limits(request.acting, request.account_id, limits, expected_version=state.limits_version)
    return Reply(status=200, body=body)


@api.route("postSnapshot", SnapshotRequest)
def post_snapshot(request: Request[SnapshotRequest]) -> Reply[SnapshotAnswer]:
    """Take over equity, balances and positions as reported; a code proves what whoever trades cannot."""
    if request.totp is not None:
        require_totp(request)
    by_trader = Scope.ORDERS_WRITE in request.caller.scopes and request.totp is None
    body = record_snapshot(request.acting, request.account_id, request.body, by_trader=by_trader)
    return Reply(status=201, body=body)


@api.route("postTransfer", TransferRequest)
def post_transfer(request: Request[TransferRequest]) -> Reply[TransferAnswer]:
    """Account for a deposit or withdrawal; one that could hide a loss, or explain a gain, needs a one-time code."""
    asked, amount = request.body, request.body.to_amount()
    if amount < 0 or Scope.ORDERS_WRITE in request.caller.scopes:
        require_totp(request)
    acting, account_id = request.acting, request.account_id
    return Reply.created(record_transfer(acting, account_id, asked.transfer_id, amount, asked.executed_at))


@api.route("putInstruments", InstrumentsRequest)
def put_instruments(request: Request[InstrumentsRequest]) -> Reply[MarketAnswer]:
    """Store trading rules."""
    instruments = [item.to_instrument() for item in request.body.instruments]
    venues = [item.venue for item in instruments]
    permit_feed(wiring.deps(), request.caller, venues, code="INSTRUMENTS_FROM_VENUE")
    store_instruments(request.acting, instruments)
    return Reply(status=200, body=MarketAnswer(stored=len(instruments)))


@api.route("putQuotes", QuotesRequest)
def put_quotes(request: Request[QuotesRequest]) -> Reply[MarketAnswer]:
    """Store quotes."""
    quotes = [item.to_quote() for item in request.body.quotes]
    permit_feed(wiring.deps(), request.caller, [quote.venue for quote in quotes], code="QUOTES_FROM_VENUE")
    store_quotes(quotes, deps=wiring.deps(), now=request.now, is_trusted=is_trusted(request.caller))
    return Reply(status=200, body=MarketAnswer(stored=len(quotes)))


@api.route("acknowledgeAlert", AcknowledgeRequest, empty_body=True)
def post_acknowledgement(request: Request[AcknowledgeRequest]) -> Reply[AlertAcknowledgedAnswer]:
    """Take note of an alert: nobody is reminded of it until its level changes."""
    names = acknowledge_alert(request.acting, request.account_id, request.path["alert"])
    return Reply(status=200, body=AlertAcknowledgedAnswer(acknowledged=list(names)))


@api.route("putCloseJump", CloseJumpRequest)
def put_close_jump(request: Request[CloseJumpRequest]) -> Reply[MarketAnswer]:
    """Confirm what a jump of daily closes is, on a person's word."""
    asked = request.body
    require_all_accounts(request.caller)
    require_totp(request)
    confirm_jump(request.acting, closes(), asked.asset, asked.day, asked.meaning, asked.reason)
    return Reply(status=200, body=MarketAnswer(stored=1))


@api.route("getKillSwitches")
def get_kill_switches(_request: Request[None]) -> Reply[KillSwitchesAnswer]:
    """List every kill switch."""
    return Reply(status=200, body=describe_kill_switches(wiring.deps().store))


@api.route("putKillSwitch", KillSwitchRequest)
def put_kill_switch(request: Request[KillSwitchRequest]) -> Reply[KillSwitchAnswer]:
    """Engage or release a kill switch; answered only when nothing it covers can be approved any more."""
    body = request.body
    if body.scope is KillSwitchScope.ACCOUNT:
        request.caller.require("admin", body.key)
    else:
        require_all_accounts(request.caller)
    require_totp(request)
    answer = set_kill_switch(request.acting, body.to_flag(), cancel_open_orders=body.cancel_open_orders)
    return Reply(status=200, body=answer)


@api.route("resetBreaker", BreakerResetRequest)
def post_breaker_reset(request: Request[BreakerResetRequest]) -> Reply[BreakerResetAnswer]:
    """Clear a tripped breaker on a person's word."""
    require_totp(request)
    asked, name = request.body, request.path["name"]
    body = reset_breaker(request.acting, request.account_id, name, asked.reason, key=asked.breaker_key)
    return Reply(status=200, body=body)


@api.route("getReconciliation")
def get_reconciliation(request: Request[None]) -> Reply[ReconciliationAnswer]:
    """Get how the books stand against the venues'."""
    return Reply(status=200, body=reconciliation_body(request.account_id, wiring.deps()))


@api.route("resolveBreak", BreakResolveRequest)
def post_break_resolution(request: Request[BreakResolveRequest]) -> Reply[BreakResolvedAnswer]:
    """Close a break on a person's word."""
    require_totp(request)
    body = resolve_break(request.acting, request.account_id, request.path["break_id"], request.body.reason)
    return Reply(status=200, body=body)


@api.route("postExit", ExitRequest)
def post_exit(request: Request[ExitRequest]) -> Reply[ExitAnswer]:
    """Close positions on a person's word."""
    require_totp(request)
    asked = request.body
    demand = ExitDemand(
        exit_id=asked.exit_id,
        reason=asked.reason,
        market=asked.market,
        fraction=asked.fraction,
        stop_entries=asked.stop_entries,
        cancel_open_orders=asked.cancel_open_orders,
    )
    sender = Sender(permits=wiring.permits, queue=wiring.queue)
    return Reply.created(
        caught_up(request, lambda: exit_positions(request.acting, request.account_id, demand, sender=sender))
    )


@api.route("getExit")
def get_exit(request: Request[None]) -> Reply[ExitAnswer]:
    """Get how far an exit is."""
    body = describe_exit(request.account_id, request.path["exit_id"], wiring.deps(), request.now)
    return Reply(status=200, body=body)


@api.route("getLocks")
def get_locks(request: Request[None]) -> Reply[LocksAnswer]:
    """List the protections' locks."""
    _, state, _ = read_account(request.account_id, wiring.deps())
    return Reply(status=200, body=LocksAnswer(locks=lock_rows(state, request.now)))


@api.route("deleteLock")
def delete_lock(request: Request[None]) -> Reply[LocksAnswer]:
    """Unlock entries before a lock ends."""
    reason = parse_request(LockClearQuery, dict(request.query)).reason
    require_totp(request)
    body = clear_lock(request.acting, request.account_id, request.path["lock_id"], reason)
    return Reply(status=200, body=body)


@api.route("getRisk")
def get_risk(request: Request[None]) -> Reply[RiskAnswer]:
    """Get the latest risk reports."""
    return Reply(status=200, body=risk_body(request.account_id, wiring.deps(), reports(), request.now))


@api.route("getScenarios")
def get_scenarios(request: Request[None]) -> Reply[ScenariosAnswer]:
    """List the account's own stress scenarios."""
    return Reply(status=200, body=scenarios_body(read_account(request.account_id, wiring.deps())[1]))


@api.route("putScenarios", ScenariosRequest)
def put_scenarios(request: Request[ScenariosRequest]) -> Reply[ScenariosAnswer]:
    """Replace the account's own stress scenarios; taking one away needs a one-time code."""
    _, state, _ = read_account(request.account_id, wiring.deps())
    scenarios = request.body.to_scenarios()
    if is_loosened(state, scenarios):
        require_totp(request)
    body = change_scenarios(request.acting, request.account_id, scenarios, expected=state)
    return Reply(status=200, body=body)


@api.route("listAudit")
def list_audit(request: Request[None]) -> Reply[AuditPage]:
    """List audit entries in order."""
    after, limit = AFTER.read(request.query), PAGE_SIZE.read(request.query)
    rows = wiring.deps().store.list_audit(request.account_id, after=after, limit=limit)
    # A page may be short because of its bytes: only an empty one is the end.
    following = rows[-1].sequence if rows else None
    return Reply(status=200, body=AuditPage(entries=[audit_body(row) for row in rows], next_after=following))


@api.route("getHealth")
def get_health(_request: Request[None]) -> Reply[HealthAnswer]:
    """Tell that the service answers."""
    return Reply(status=200, body=HealthAnswer(status="ok", engine_version=ENGINE_VERSION))


@api.route("getOpenApi")
def get_openapi(_request: Request[None]) -> Reply[str]:
    """Get the API's own description."""
    return Reply(status=200, body=_openapi_text())


@cache
def _openapi_text() -> str:
    return files("riskgate").joinpath("data", "openapi.json").read_text(encoding="utf-8")


@logger.inject_lambda_context(clear_state=True)
@metrics.log_metrics(capture_cold_start_metric=True)
def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one API Gateway event."""
    return api.resolve(event, context)
