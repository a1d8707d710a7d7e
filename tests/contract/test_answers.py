"""Every documented answer of every route is given, as documented: nothing in the document is invented."""

from __future__ import annotations

from typing import Any

import pytest

from riskgate.adapters.store import DynamoStore
from riskgate.app.commit_event import Deps
from riskgate.app.manage_account import change_limits
from riskgate.core.limits import Limits
from riskgate.schemas.openapi import build_openapi
from riskgate.schemas.routes import ROUTES, Route
from tests.component.api import ACCOUNT_ID, BTC, VENUE, Gateway, instrument_of
from tests.component.callers import ADMIN, limited_to
from tests.component.gateway.routing.desk import Desk
from tests.component.wire import READ, Wire, interleave, pass_through, refuse_connection
from tests.contract.checker import ContractChecker


def path_of(route: Route, account: str = ACCOUNT_ID) -> str:
    return route.path.format(account_id=account, client_order_id="missing", name="DAILY_LOSS")


@pytest.fixture
def checker(gateway: Gateway) -> ContractChecker:
    """A judge that has seen nothing yet."""
    gateway.contract = ContractChecker(build_openapi())
    return gateway.contract


def test_document_when_every_route_was_driven_then_every_answer_was_seen(
    gateway: Gateway, wire: Wire, checker: ContractChecker, desk: Desk
) -> None:
    drive_orders(gateway)
    drive_venue(desk)
    drive_race(gateway, wire)
    drive_accounts(gateway)
    drive_control(gateway)
    drive_refusals(gateway)
    drive_outage(gateway, wire)
    drive_locked_operator(gateway)
    documented = checker.list_documented()
    assert sorted(documented - checker.seen) == []
    assert checker.seen <= documented


def drive_orders(gateway: Gateway) -> None:
    """Decide, replay, refuse, change, fill, cancel and list orders."""
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
    for quantity, price in (("0.01", "50000"), ("0.01", "50000"), ("0.02", "50000"), ("9", "50000")):
        gateway.fill(name, quantity, price, fill_id="f" if quantity != "9" else "g")
    gateway.on_order("GET", name)
    gateway.call("GET", path)
    gateway.cancel(name)
    gateway.on_order("PATCH", name, body={"quantity": "0.05"})


def drive_venue(desk: Desk) -> None:
    """Cancel an order that left for its venue."""
    desk.gateway.refresh_quotes()
    order = desk.approved()
    desk.work_all()
    assert desk.gateway.cancel(order).status == 202
    desk.work_all()


def drive_race(gateway: Gateway, wire: Wire) -> None:
    """Change limits that another instance changes in between."""
    aws = gateway.aws
    tables = {"state_table": aws.state_table, "control_table": aws.control_table, "audit_table": aws.audit_table}
    other = Deps(store=DynamoStore(aws.dynamodb, **tables))
    version = gateway.call("GET", f"/accounts/{ACCOUNT_ID}/limits").body["version"]

    def change() -> None:
        change_limits(ACCOUNT_ID, Limits(), expected_version=version, deps=other, actor="token:other", now=gateway.now)

    wire.then(READ, pass_through, interleave(change))
    assert gateway.limits(totp=False, daily_trades_max=17).code == "LIMITS_CHANGED"


def drive_accounts(gateway: Gateway) -> None:
    """Register, snapshot, transfer, limit and describe accounts, and store market facts."""
    gateway.register("second")
    gateway.register("second")
    gateway.register("second", base_currency="EUR")
    gateway.account()
    gateway.call("GET", f"/accounts/{ACCOUNT_ID}/audit")
    gateway.call("GET", f"/accounts/{ACCOUNT_ID}/limits")
    gateway.limits(daily_trades_max=19)
    gateway.snapshot("100000")
    gateway.snapshot("100000", taken_at="2030-01-01T00:00:00Z")
    for amount in (1, 1, 2):
        body = {"transfer_id": "t", "kind": "deposit", "amount": amount}
        gateway.call("POST", f"/accounts/{ACCOUNT_ID}/transfers", body)
    gateway.call("PUT", "/market/instruments", {"instruments": [instrument_of(BTC)]})
    gateway.quote()
    gateway.quote(at="2030-01-01T00:00:00Z")
    gateway.call("GET", "/health", caller=None)
    gateway.call("GET", "/openapi.json", caller=None)


def drive_control(gateway: Gateway) -> None:
    """Set and list kill switches, trip and reset a breaker."""
    gateway.kill("venue", VENUE)
    gateway.kill("venue", VENUE, engaged=False)
    gateway.call("GET", "/kill-switch")
    gateway.snapshot("90000")
    path = f"/accounts/{ACCOUNT_ID}/breakers/DAILY_LOSS/reset"
    gateway.call("POST", path, {"reason": "reviewed"}, headers=gateway.next_totp())


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
    order = gateway.order()
    bodies: dict[str, Any] = {
        "putAccount": {
            "base_currency": "USDT",
            "venues": [{"venue": VENUE, "market_type": "spot"}],
            "initial_equity": 1,
        },
        "putLimits": {"daily_trades_max": 1},
        "postSnapshot": {"equity": 1, "balances": [], "positions": []},
        "postTransfer": {"transfer_id": "u", "kind": "deposit", "amount": 1},
        "putInstruments": {"instruments": [instrument_of(BTC)]},
        "putQuotes": {"quotes": [gateway.quote_of(BTC)]},
        "postOrder": order,
        "checkOrder": order,
        "postBatch": {"orders": [order]},
        "patchOrder": {"quantity": 1},
        "postFill": {"fill_id": "h", "quantity": 1, "price": 1, "executed_at": "2026-03-04T12:00:00Z"},
        "cancelOrder": {},
        "resetBreaker": {"reason": "reviewed"},
        "putKillSwitch": {"scope": "global", "engaged": True, "reason": "drill"},
    }
    wire.always("*", refuse_connection)
    for route in ROUTES:
        if route.scope is not None:
            headers = gateway.next_totp() if route.totp else None
            gateway.call(route.method, path_of(route), bodies.get(route.operation_id), headers=headers)
    wire.heal()


def drive_locked_operator(gateway: Gateway) -> None:
    """Give wrong codes until the operator is locked, then ask for all that needs one."""
    wrong = {"X-TOTP": f"{(int(gateway.totp()) + 1) % 10**6:06}"}
    body = {"scope": "global", "engaged": True, "reason": "drill"}
    for _ in range(5):
        gateway.call("PUT", "/kill-switch", body, headers=wrong)
    gateway.limits(daily_trades_max=50)
    path = f"/accounts/{ACCOUNT_ID}/breakers/DAILY_LOSS/reset"
    gateway.call("POST", path, {"reason": "reviewed"}, headers=gateway.next_totp())
