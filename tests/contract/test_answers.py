"""Every documented answer of every route is given, as documented: nothing in the document is invented."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from infra.openapi.build import build_openapi
from infra.simulators.telegram.server import SECRET_HEADER
from riskgate.adapters.dynamodb.lifetimes import DynamoLifetimes
from riskgate.adapters.dynamodb.store import DynamoStore
from riskgate.app.account.change_limits import change_limits
from riskgate.app.audit.archive_orders import tombstone_of
from riskgate.app.ledger.commit_event import Acting, Deps
from riskgate.app.ledger.denial_budget import DenialBudget
from riskgate.app.reconciliation.reconcile_account import reconcile_account
from riskgate.app.risk.manage_scenarios import change_scenarios
from riskgate.app.safeguards import set_kill_switch
from riskgate.core.limits import Limits
from riskgate.core.scenario import StressScenario
from riskgate.core.webhooks.proof import RANDOM_BYTES
from riskgate.runtime import wiring
from riskgate.runtime.api import webhook_routes
from riskgate.runtime.jobs.reconcile import build_job
from riskgate.runtime.risk import risk_deps
from riskgate.schemas.http.json_body import BATCH_BODY_MAX_BYTES
from riskgate.schemas.http.routes import ROUTES
from tests.contract.examples import ExampleRecorder, read_stored, store
from tests.support.callers import ADMIN, FEEDER, limited_to
from tests.support.closes import series_of
from tests.support.every_route import NO_DATABASE, body_of, call_route, delivery_of
from tests.support.gateway import ACCOUNT_ID, BTC, NOON, VENUE, Gateway, instrument_of, path_of
from tests.support.phone import WEBHOOK_SECRET, Phone
from tests.support.reconciled_account import ReconcileContext
from tests.support.routed_account import RoutedAccount
from tests.support.wire import READ, Wire, interleave, pass_through, refuse_connection


@pytest.fixture
def checker(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> ExampleRecorder:
    """A judge that has seen nothing yet; what is random is the same in each run."""
    numbers = count(1)
    monkeypatch.setattr(set_kill_switch.secrets, "token_hex", lambda size: f"{next(numbers):0{2 * size}x}")
    monkeypatch.setattr(webhook_routes, "new_random", lambda: bytes(RANDOM_BYTES))
    recorder = gateway.contract = ExampleRecorder(build_openapi())
    return recorder


@pytest.mark.usefixtures("views")
def test_document_when_every_route_was_driven_then_every_answer_was_seen(
    gateway: Gateway, wire: Wire, checker: ExampleRecorder, routed: RoutedAccount, phone: Phone
) -> None:
    # An account whose venue has a key reports neither fills nor money: first it has none.
    gateway.register(totp=True)
    gateway.refresh_quotes()
    order = drive_orders(gateway)
    routed.open_accounts()
    drive_venue(routed)
    drive_webhooks(routed)
    drive_reconciliation(gateway)
    drive_race(gateway, wire)
    drive_accounts(gateway)
    drive_risk(gateway, wire)
    drive_views(gateway)
    drive_control(gateway)
    drive_interventions(gateway)
    drive_hedges(gateway)
    drive_telegram(phone)
    drive_refusals(gateway)
    drive_outage(gateway, wire)
    # What was waited in the outage is random.
    gateway.traveller.move_to(NOON + timedelta(hours=1), tick=False)
    drive_locked_operator(gateway)
    drive_denied_loop(gateway)
    drive_archived_order(gateway, order)
    documented = checker.list_documented()
    assert sorted(documented - checker.seen) == []
    assert checker.seen <= documented
    # The stream's own id of a table edit is random.
    switches = checker.recorded["getKillSwitches"]["200"]["example"]["kill_switches"]
    switches[0]["progress"]["change_id"] = "0" * 32
    if os.environ.get("RECORD_EXAMPLES"):
        store(checker.recorded)
    assert checker.recorded == read_stored(), "run: make openapi"


def drive_orders(gateway: Gateway) -> dict[str, Any]:
    """Decide, replay, refuse, change, confirm, fill, cancel and list orders; return one that was cancelled."""
    order, denied = gateway.order(), gateway.order(quantity="3")
    for body in (order, order, denied, denied, order | {"quantity": "0.2"}):
        gateway.submit(body)
    name = order["client_order_id"]
    gateway.check()
    batch = {"orders": [gateway.order(quantity="0.01"), gateway.order(quantity="0.02")]}
    path = f"/accounts/{ACCOUNT_ID}/orders"
    for body in (batch, batch, {"orders": [gateway.order(quantity="3")]}, {"orders": [order, gateway.order()]}):
        gateway.call("POST", f"{path}/batch", body)
    gateway.put_flag("GLOBAL")
    gateway.submit(order)
    gateway.call("POST", f"{path}/batch", batch)
    gateway.put_flag("GLOBAL", {"BOOL": False})
    gateway.advance(seconds=3)
    for body in ({"quantity": "0.09"}, {"quantity": "3"}):
        gateway.on_order("PATCH", name, body=body)
    with pytest.MonkeyPatch.context() as spent:
        deps = replace(wiring.deps(), denials=DenialBudget(burst=0))
        spent.setattr(wiring, "deps", lambda: deps)
        assert gateway.on_order("PATCH", name, body={"quantity": "3"}).code == "DENIAL_BUDGET_SPENT"
    gateway.on_order("POST", name, "/placed", {"exchange_order_id": "4711"})
    for quantity in ("0.01", "0.01", "0.02"):
        gateway.fill(name, quantity, fill_id="f")
    gateway.on_order("GET", name)
    gateway.call("GET", path)
    gateway.on_order("POST", name, "/cancel", {"reason": "signal reversed"})
    gateway.on_order("PATCH", name, body={"quantity": "0.05"})
    gateway.on_order("POST", name, "/placed")
    return order


def drive_views(gateway: Gateway) -> None:
    """Look at all accounts, at what one earned, at the metrics."""
    for path in ("/accounts", f"/accounts/{ACCOUNT_ID}/performance", "/metrics"):
        assert gateway.call("GET", path).status == 200


def drive_venue(routed: RoutedAccount) -> None:
    """Cancel an order that left for its venue."""
    routed.gateway.refresh_quotes()
    order = routed.approved()
    routed.work_all()
    assert routed.gateway.on_order("POST", order, "/placed").status == 422
    assert routed.gateway.fill(order, "0.01").status == 422
    assert routed.gateway.cancel(order).status == 202
    routed.work_all()


def drive_reconciliation(gateway: Gateway) -> None:
    """Compare the books, which differ, and close every break."""
    reconcile_account(ACCOUNT_ID, build_job(ReconcileContext()), run_id="first")
    path = f"/accounts/{ACCOUNT_ID}/reconciliation"
    for item in gateway.call("GET", path).body["open"]:
        resolve = f"{path}/{item['break_id']}/resolve"
        gateway.call("POST", resolve, {"reason": "looked into"}, headers=gateway.next_totp())


def drive_race(gateway: Gateway, wire: Wire) -> None:
    """Change limits that another instance changes in between."""
    aws = gateway.aws
    tables = {"state_table": aws.state_table, "control_table": aws.control_table, "audit_table": aws.audit_table}
    other = Deps(store=DynamoStore(aws.dynamodb, **tables))
    version = gateway.call("GET", f"/accounts/{ACCOUNT_ID}/limits").body["version"]

    def change() -> None:
        change_limits(
            Acting(deps=other, actor="token:other", now=gateway.now), ACCOUNT_ID, Limits(), expected_version=version
        )

    wire.then(READ, pass_through, interleave(change))
    assert gateway.limits(totp=False, daily_trades_max=17).code == "LIMITS_CHANGED"


def drive_risk(gateway: Gateway, wire: Wire) -> None:
    """Try a scenario, keep one, change those that another instance changes in between, and read the reports."""
    path = f"/accounts/{ACCOUNT_ID}"
    gateway.call("POST", f"{path}/stress", {"default_shock": "-0.5"})
    gateway.call("GET", f"{path}/risk")
    gateway.call("GET", f"{path}/scenarios")
    body = {"scenarios": [{"name": "mine", "default_shock": "-0.2"}]}
    gateway.call("PUT", f"{path}/scenarios", body)
    aws = gateway.aws
    tables = {"state_table": aws.state_table, "control_table": aws.control_table, "audit_table": aws.audit_table}
    other = Deps(store=DynamoStore(aws.dynamodb, **tables))
    stored = other.store.read_chain(ACCOUNT_ID)
    assert stored is not None
    state = stored.state
    assert state is not None
    mine = tuple(state.stress_scenarios.values())

    def change() -> None:
        more = (*mine, StressScenario(name="theirs", default_shock=Decimal("-0.1")))
        change_scenarios(Acting(deps=other, actor="token:other", now=gateway.now), ACCOUNT_ID, more, expected=state)

    body["scenarios"].append({"name": "ours", "default_shock": "-0.3"})
    wire.then(READ, pass_through, interleave(change))
    assert gateway.call("PUT", f"{path}/scenarios", body).code == "SCENARIOS_CHANGED"


def drive_accounts(gateway: Gateway) -> None:
    """Register, snapshot, transfer, limit and describe accounts, and store market facts."""
    gateway.snapshot("100000")
    gateway.register()
    gateway.register(totp=True)
    gateway.register("second")
    gateway.register("second")
    gateway.register("second", base_currency="EUR")
    unproven = {"venue": "mexc", "market_type": "swap", "secret_name": "riskgate/exchange/unproven"}
    gateway.register("unproven", venues=[unproven])
    tag = gateway.call("GET", f"/accounts/{ACCOUNT_ID}").headers["ETag"]
    gateway.call("GET", f"/accounts/{ACCOUNT_ID}", headers={"If-None-Match": tag})
    gateway.call("GET", f"/accounts/{ACCOUNT_ID}/audit")
    gateway.call("GET", f"/accounts/{ACCOUNT_ID}/limits")
    gateway.limits(daily_trades_max=19)
    gateway.snapshot("100000")
    gateway.snapshot("100000", taken_at="2030-01-01T00:00:00Z")
    for amount in (1, 1, 2):
        body = {"transfer_id": "t", "kind": "deposit", "amount": amount}
        gateway.call("POST", f"/accounts/{ACCOUNT_ID}/transfers", body, caller=FEEDER)
    gateway.call("PUT", "/market/instruments", {"instruments": [instrument_of(BTC)]})
    gateway.quote()
    gateway.quote(at="2030-01-01T00:00:00Z")
    gateway.register("fed", venues=[{"venue": VENUE, "market_type": "spot", "secret_name": "riskgate/exchange/fed"}])
    own_feeder = replace(FEEDER, accounts=("fed",))
    gateway.call("PUT", "/market/instruments", {"instruments": [instrument_of(BTC)]}, caller=own_feeder)
    gateway.call("PUT", "/market/quotes", {"quotes": [gateway.quote_of(BTC)]}, caller=own_feeder)
    jump = gateway.now.date()
    assert risk_deps().closes.put(series_of("BTC", {jump - timedelta(days=1): 100.0, jump: 1000.0}))
    gateway.call("PUT", "/market/close-jumps", close_jump(jump), headers=gateway.next_totp())
    gateway.call("PUT", "/market/close-jumps", close_jump(jump - timedelta(days=1)), headers=gateway.next_totp())
    gateway.call("GET", "/health", caller=None)
    gateway.call("GET", "/openapi.json", caller=None)
    gateway.call("GET", "/dashboard", caller=None)


def close_jump(day: date) -> dict[str, Any]:
    """Return what a jump is."""
    return {"asset": "BTC", "day": day.isoformat(), "meaning": "unit", "reason": "redenominated"}


def drive_control(gateway: Gateway) -> None:
    """Set and list kill switches, trip and reset a breaker."""
    gateway.kill("venue", VENUE)
    gateway.kill("venue", VENUE, engaged=False)
    gateway.call("GET", "/kill-switch")
    gateway.snapshot("96500")
    gateway.call("POST", f"/accounts/{ACCOUNT_ID}/alerts/DAILY_LOSS/acknowledge", {})
    path = f"/accounts/{ACCOUNT_ID}/breakers/DAILY_LOSS/reset"
    gateway.call("POST", path, {"reason": "reviewed"}, headers=gateway.next_totp())


def drive_interventions(gateway: Gateway) -> None:
    """Exit, beat, and unlock what a protection locked."""
    gateway.refresh_quotes()
    gateway.limits(cooldown={"minutes": 10})
    gateway.refresh_quotes()
    gateway.fill(gateway.approved(), "0.1")
    gateway.fill(gateway.approved(side="sell", quantity="0.02", stop_loss_price=None), "0.02")
    exit_all = {"exit_id": "e", "reason": "drill", "scope": "all", "fraction": "0.5"}
    for body in (exit_all, exit_all, exit_all | {"fraction": "1"}):
        gateway.call("POST", f"/accounts/{ACCOUNT_ID}/exits", body, headers=gateway.next_totp())
    gateway.call("GET", f"/accounts/{ACCOUNT_ID}/exits/e")
    locks = gateway.call("GET", f"/accounts/{ACCOUNT_ID}/locks").body["locks"]
    path = f"/accounts/{ACCOUNT_ID}/locks/{locks[0]['lock_id']}"
    gateway.call("DELETE", path, query={"reason": "drill"}, headers=gateway.next_totp())
    beats = f"/accounts/{ACCOUNT_ID}/heartbeats"
    for number in range(51):
        gateway.call("PUT", f"{beats}/s{number}", {"interval_seconds": 60})
    gateway.call("DELETE", f"{beats}/s0")


def drive_telegram(phone: Phone) -> None:
    """Command, and post what is no update."""
    phone.say("/status")
    phone.post({}, secret="wrong")
    headers = {SECRET_HEADER: WEBHOOK_SECRET}
    for body in ("{}", "[" * (BATCH_BODY_MAX_BYTES + 1)):
        phone.gateway.call("POST", "/telegram", body, caller=None, headers=headers)
    text = headers | {"Content-Type": "text/plain"}
    phone.gateway.call("POST", "/telegram", "{}", caller=None, headers=text)


def drive_webhooks(routed: RoutedAccount) -> None:
    """Set webhooks up, deliver by secrets and signed what is approved, denied, cancelled and of no use, delete one."""
    gateway, path = routed.gateway, "/webhooks/tv"
    wanted = {
        "account": ACCOUNT_ID,
        "venue": VENUE,
        "strategy": "trend",
        "size": {"by": "quantity", "value": "0.01"},
        "actions": ["buy", "cancel"],
        "words": {"go long": "buy"},
        "symbols": {"XBT": BTC},
        "fields": {"symbol": "{symbol}"},
    }
    gateway.call("PUT", path, wanted)
    created = [
        gateway.call("PUT", f"/webhooks/{name}", wanted | changes, headers=gateway.next_totp())
        for name, changes in (
            ("tv", {}),
            ("tv", {}),
            ("bot", {"proof": "timed_signature"}),
            ("x", {"venue": "kraken"}),
            ("x", {"account": "nobody"}),
        )
    ]
    for looked_at in ("", "/tv", "/nobody"):
        gateway.call("GET", f"/webhooks{looked_at}")
    gateway.refresh_quotes()
    for number, answer in enumerate((created[1], created[2])):
        drive_deliveries(routed, answer.body, f"{number}")
    assert [gateway.call("DELETE", path).status for _ in range(2)] == [200, 404]


def drive_deliveries(routed: RoutedAccount, created: dict[str, Any], mark: str) -> None:
    """Deliver in every way to one webhook."""
    gateway, rests = routed.gateway, {"type": "limit", "price": "48000", "stop_loss_price": "47000"}

    def deliver(content_type: str = "text/plain", **changes: Any) -> None:
        text = json.dumps(delivery_of(gateway, secret=created["body_secret"], **changes))
        headers = {"Content-Type": content_type}
        if key := created["signing_key"]:
            at = int(gateway.now.timestamp())
            mac = hmac.new(key.encode(), f"{at}.{text}".encode(), hashlib.sha256).hexdigest()
            headers["X-Signature"] = f"t={at},v1={mac}"
        gateway.call("POST", created["path"], text, caller=None, headers=headers)

    for changes in (
        {"client_ref": f"a{mark}"},
        {"client_ref": f"a{mark}"},
        {"client_ref": f"a{mark}", **rests},
        {"client_ref": f"b{mark}", **rests},
        {"client_ref": f"c{mark}", "symbol": "NONE"},
        {"client_ref": f"d{mark}", "stop_loss_price": "51000"},
        {"client_ref": f"e{mark}", "action": "sell"},
        {"action": "cancel", "order": "nobody"},
    ):
        deliver(**changes)
    routed.work_all()
    gateway.refresh_quotes()
    deliver(action="cancel", order=f"b{mark}")
    deliver("application/xml")
    drain(gateway, f"webhook:{created['webhook']['name']}")
    deliver(client_ref=f"g{mark}", stop_loss_price="51000")
    routed.work_all()


def drive_hedges(gateway: Gateway) -> None:
    """Plan, repeat, contradict, and hedge what cannot be traded."""
    position = {"venue": VENUE, "symbol": BTC}
    gateway.refresh_quotes()
    held = position | {"quantity": "0.01", "average_price": "50000", "mark_price": "50000"}
    assert gateway.snapshot("99000", positions=[held]).status == 201
    stop = f"/accounts/{ACCOUNT_ID}/positions/{VENUE}:BTC%2FUSDT/stop"
    for price in ("49000", "60000"):
        gateway.call("PUT", stop, {"stop_loss_price": price})
    plan = {"hedge_id": "h", "mode": "full", "position": position}
    unknown = {"hedge_id": "i", "instruments": [{"venue": VENUE, "symbol": "NONE/USDT"}]}
    for body in (plan, plan, plan | {"mode": "partial", "fraction": "0.5"}, plan | unknown):
        gateway.call("POST", f"/accounts/{ACCOUNT_ID}/hedges", body)


def drive_refusals(gateway: Gateway) -> None:
    """Ask every route wrongly in each way that follows from the route itself."""
    for route in ROUTES:
        gateway.call(route.method, path_of(route), "null")
        if route.scope is not None:
            gateway.call(route.method, path_of(route), {}, caller=None)
            gateway.call(route.method, path_of(route), {}, caller=limited_to(ADMIN, "none"))
        if "account_id" in route.path_parameters:
            gateway.call(route.method, path_of(route, "-no-account"))
        if route.body_max_bytes:
            gateway.call(route.method, path_of(route), "[" * (route.body_max_bytes + 1))
            gateway.call(route.method, path_of(route), {}, headers={"Content-Type": "text/plain"})
    # Loosening without a code, and the second factor's own refusals.
    gateway.limits(totp=False, daily_trades_max=30)
    order: dict[str, Any] = gateway.order(route=True)
    gateway.submit(order)


def drive_outage(gateway: Gateway, wire: Wire) -> None:
    """Call every route that needs the database while it is down."""
    wire.always("*", refuse_connection)
    for route in ROUTES:
        if route.operation_id not in NO_DATABASE:
            assert call_route(gateway, route).status == 503, route.operation_id
    wire.heal()


def drive_denied_loop(gateway: Gateway) -> None:
    """Be denied once more than is written down, of an order and a batch."""
    # What the hour brought is written with the first.
    gateway.submit(quantity="3")
    drain(gateway, f"token:{ADMIN.token_id}")
    orders = [gateway.order(quantity="3")]
    assert gateway.call("POST", f"/accounts/{ACCOUNT_ID}/orders", orders[0]).code == "DENIAL_BUDGET_SPENT"
    assert gateway.call("POST", f"/accounts/{ACCOUNT_ID}/orders/batch", {"orders": orders}).status == 429


def drive_archived_order(gateway: Gateway, order: dict[str, Any]) -> None:
    """Ask again for an order that ended, of which a tombstone is left."""
    aws, name = gateway.aws, order["client_order_id"]
    lifetimes = DynamoLifetimes(aws.dynamodb, audit_table=aws.audit_table, state_table=aws.state_table)
    key = f"orders/{ACCOUNT_ID}/999999999899-000000000001-000000000100.ndjson.gz"
    record = wiring.deps().store.get_order(ACCOUNT_ID, name)
    assert lifetimes.leave_tombstone(tombstone_of(record, key, gateway.now))
    assert gateway.submit(order).code == "ORDER_ARCHIVED"
    assert gateway.on_order("GET", name).body["archived_in"] == key


def drain(gateway: Gateway, actor: str) -> None:
    """Spend all that a caller may be denied."""
    while wiring.deps().denials.spend(actor, gateway.now):
        pass


def drive_locked_operator(gateway: Gateway) -> None:
    """Give wrong codes until the operator is locked, then ask for all that needs one."""
    wrong = {"X-TOTP": f"{(int(gateway.totp()) + 1) % 10**6:06}"}
    body = {"scope": "global", "engaged": True, "reason": "drill"}
    for _ in range(5):
        gateway.call("PUT", "/kill-switch", body, headers=wrong)
    gateway.limits(daily_trades_max=50)
    path = f"/accounts/{ACCOUNT_ID}/breakers/DAILY_LOSS/reset"
    gateway.call("POST", path, {"reason": "reviewed"}, headers=gateway.next_totp())
    exit_all = {"exit_id": "g", "reason": "drill", "scope": "all"}
    gateway.call("POST", f"/accounts/{ACCOUNT_ID}/exits", exit_all, headers=gateway.next_totp())
    path = f"/accounts/{ACCOUNT_ID}/locks/{'0' * 16}"
    gateway.call("DELETE", path, query={"reason": "drill"}, headers=gateway.next_totp())
    path = f"/accounts/{ACCOUNT_ID}/reconciliation/{'0' * 16}/resolve"
    gateway.call("POST", path, {"reason": "looked into"}, headers=gateway.next_totp())
    gateway.call("PUT", "/market/close-jumps", close_jump(gateway.now.date()), headers=gateway.next_totp())
    gateway.call("PUT", "/webhooks/x", body_of(gateway, "putWebhook"), headers=gateway.next_totp())
    gateway.register(totp=True, sectors={})
    withdrawal = {"transfer_id": "w", "kind": "withdrawal", "amount": "1"}
    for name, told in (("transfers", withdrawal), ("snapshots", {"equity": "1", "balances": [], "positions": []})):
        gateway.call("POST", f"/accounts/{ACCOUNT_ID}/{name}", told, headers=gateway.next_totp())
    # Those kept go away: that needs a code.
    gateway.call("PUT", f"/accounts/{ACCOUNT_ID}/scenarios", {"scenarios": []}, headers=gateway.next_totp())
