"""Who may do what: scope and account are checked by the functions too, not by the authorizer alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from riskgate.core.access.tokens import ROLE_SCOPES, Role, Scope
from riskgate.schemas.http.routes import ROUTES
from tests.support.callers import ADMIN, BOT, build_event, limited_to
from tests.support.gateway import ACCOUNT_ID, Gateway, instant, path_of

SCOPED = [route for route in ROUTES if route.scope is not None]


def test_route_when_the_token_lacks_its_scope_then_403(gateway: Gateway) -> None:
    before = gateway.account()
    for route in SCOPED:
        others = tuple(scope for scope in Scope if scope is not route.scope)
        answer = gateway.call(route.method, path_of(route), {}, caller=replace(ADMIN, scopes=others))
        assert (answer.status, answer.code) == (403, "SCOPE_MISSING"), route.operation_id
    assert gateway.account() == before


def test_route_when_the_token_is_for_another_account_then_403(gateway: Gateway) -> None:
    elsewhere = replace(ADMIN, accounts=("other", "demo-2"))
    for route in SCOPED:
        if "account_id" in route.path_parameters:
            answer = gateway.call(route.method, path_of(route), {}, caller=elsewhere)
            assert (answer.status, answer.code) == (403, "ACCOUNT_NOT_PERMITTED"), route.operation_id


def test_route_when_no_identity_was_proven_then_401(gateway: Gateway) -> None:
    for route in SCOPED:
        answer = gateway.call(route.method, path_of(route), {}, caller=None)
        assert answer.status == 401, route.operation_id
        assert answer.headers["WWW-Authenticate"] == "Bearer"


SNAPSHOT = {"equity": "99000", "balances": [], "positions": []}


@pytest.mark.parametrize("missing", ["token_id", "operator", "scopes", "accounts", "cidrs"])
def test_route_when_the_identity_is_incomplete_then_401(gateway: Gateway, missing: str) -> None:
    caller = replace(ADMIN, **({missing: ()} if missing in {"scopes", "accounts"} else {missing: ""}))
    if missing == "cidrs":
        caller = replace(ADMIN, cidrs=("198.51.100.0/24",))
    assert gateway.call("GET", f"/accounts/{ACCOUNT_ID}", caller=caller).status == 401


@pytest.mark.parametrize("scope", ["global", "venue", "strategy", "symbol"])
def test_kill_switch_when_the_token_is_for_some_accounts_then_only_theirs(gateway: Gateway, scope: str) -> None:
    caller = replace(ADMIN, accounts=(ACCOUNT_ID,))
    key = {"venue": "binance", "strategy": "trend", "symbol": "BTC/USDT"}.get(scope)
    body = {"scope": scope, "engaged": True, "reason": "drill"} | ({"key": key} if key else {})
    answer = gateway.call("PUT", "/kill-switch", body, caller=caller, headers=gateway.next_totp())
    assert (answer.status, answer.code) == (403, "ACCOUNT_NOT_PERMITTED")
    other = {"scope": "account", "key": "other", "engaged": True, "reason": "drill"}
    assert gateway.call("PUT", "/kill-switch", other, caller=caller, headers=gateway.next_totp()).status == 403
    own = other | {"key": ACCOUNT_ID}
    assert gateway.call("PUT", "/kill-switch", own, caller=caller, headers=gateway.next_totp()).status == 200


def test_bot_when_it_tries_what_is_not_its_business_then_403(gateway: Gateway) -> None:
    assert gateway.call("PUT", f"/accounts/{ACCOUNT_ID}/limits", {"daily_trades_max": 1}, caller=BOT).status == 403
    assert gateway.call("PUT", "/market/quotes", {"quotes": []}, caller=BOT).status == 403
    assert gateway.call("GET", "/accounts/gateway/audit", caller=BOT).status == 403


@pytest.mark.parametrize("role", [Role.BOT, Role.OPERATOR, Role.READER])
def test_token_when_its_role_gains_from_the_money_then_it_reports_none(gateway: Gateway, role: Role) -> None:
    caller = limited_to(BOT, *ROLE_SCOPES[role])
    before = gateway.account()

    answer = gateway.call("POST", f"/accounts/{ACCOUNT_ID}/snapshots", SNAPSHOT, caller=caller)

    assert (answer.status, answer.code) == (403, "SCOPE_MISSING")
    assert gateway.account() == before


def test_token_when_it_feeds_then_it_reports_and_does_not_trade(gateway: Gateway) -> None:
    feeder = limited_to(BOT, *ROLE_SCOPES[Role.FEEDER])
    path = f"/accounts/{ACCOUNT_ID}"

    assert gateway.call("POST", f"{path}/snapshots", SNAPSHOT, caller=feeder).status == 201
    assert gateway.call("POST", f"{path}/orders", gateway.order(), caller=feeder).status == 403


@pytest.mark.parametrize("scopes", [(Scope.ORDERS_WRITE,), (Scope.ADMIN,)])
def test_token_when_from_before_the_scopes_then_it_moves_no_money(gateway: Gateway, scopes: tuple[Scope, ...]) -> None:
    body = {"transfer_id": "t", "kind": "withdrawal", "amount": "1"}
    answer = gateway.call("POST", f"/accounts/{ACCOUNT_ID}/transfers", body, caller=limited_to(ADMIN, *scopes))
    assert (answer.status, answer.code) == (403, "SCOPE_MISSING")


def test_operator_when_without_a_seed_then_403(gateway: Gateway) -> None:
    body = {"scope": "global", "engaged": True, "reason": "drill"}
    answer = gateway.call(
        "PUT", "/kill-switch", body, caller=replace(ADMIN, operator="bob"), headers=gateway.next_totp()
    )
    assert (answer.status, answer.code) == (403, "TOTP_NOT_ENROLLED")


#: A bot whose token carries one strategy.
TREND = replace(BOT, strategies=("trend",))
ORDERS = f"/accounts/{ACCOUNT_ID}/orders"


def _expect_not_permitted(gateway: Gateway, method: str, path: str, body: object = None) -> None:
    answer = gateway.call(method, path, body, caller=TREND)
    assert (answer.status, answer.code) == (403, "STRATEGY_NOT_PERMITTED"), (method, path, answer.text)


def test_order_when_under_a_strategy_the_token_does_not_carry_then_403_by_every_door(gateway: Gateway) -> None:
    before = gateway.account()
    own, other = gateway.order(), gateway.order(strategy="trend2")
    hedge = {"hedge_id": "h-1", "mode": "delta_neutral"}

    _expect_not_permitted(gateway, "POST", ORDERS, other)
    _expect_not_permitted(gateway, "POST", f"{ORDERS}/check", other)
    _expect_not_permitted(gateway, "POST", f"{ORDERS}/batch", {"orders": [own, other]})
    for execute in (False, True):
        _expect_not_permitted(gateway, "POST", f"/accounts/{ACCOUNT_ID}/hedges", hedge | {"execute": execute})

    assert gateway.account() == before
    assert gateway.call("POST", ORDERS, own, caller=TREND).status == 201
    assert gateway.call("POST", f"{ORDERS}/check", own, caller=TREND).status == 200
    assert (
        gateway.call("POST", f"/accounts/{ACCOUNT_ID}/hedges", hedge | {"strategy": "trend"}, caller=TREND).status < 300
    )


def test_order_when_it_is_of_another_strategy_then_it_is_not_changed_filled_or_cancelled(gateway: Gateway) -> None:
    theirs, own = gateway.approved(strategy="other"), gateway.approved(quantity="0.09")
    before = gateway.account()
    fill = {"fill_id": "f", "quantity": "0.01", "price": "50000", "executed_at": instant(gateway.now)}

    _expect_not_permitted(gateway, "PATCH", f"{ORDERS}/{theirs}", {"quantity": "0.05"})
    _expect_not_permitted(gateway, "POST", f"{ORDERS}/{theirs}/fills", fill)
    _expect_not_permitted(gateway, "POST", f"{ORDERS}/{theirs}/cancel", {})

    assert gateway.account() == before
    assert gateway.call("PATCH", f"{ORDERS}/{own}", {"quantity": "0.05"}, caller=TREND).status == 200
    assert gateway.call("POST", f"{ORDERS}/{own}/fills", fill, caller=TREND).status == 201
    assert gateway.call("POST", f"{ORDERS}/{own}/cancel", {}, caller=TREND).status == 200


def test_heartbeat_when_of_another_strategy_then_neither_given_nor_ended_but_by_an_operator(gateway: Gateway) -> None:
    beats = f"/accounts/{ACCOUNT_ID}/heartbeats"
    promise = {"interval_seconds": 60}
    assert gateway.call("PUT", f"{beats}/other", promise, caller=ADMIN).status == 200

    _expect_not_permitted(gateway, "PUT", f"{beats}/other", promise)
    _expect_not_permitted(gateway, "DELETE", f"{beats}/other")

    assert gateway.call("PUT", f"{beats}/trend", promise, caller=TREND).status == 200
    assert gateway.call("DELETE", f"{beats}/trend", caller=TREND).status == 200
    assert gateway.call("DELETE", f"{beats}/other", caller=ADMIN).status == 200


def test_order_when_the_caller_was_proven_before_tokens_named_strategies_then_it_is_for_all(gateway: Gateway) -> None:
    event = build_event("POST", ORDERS, gateway.order(), caller=BOT)
    del event["requestContext"]["authorizer"]["strategies"]
    assert gateway.send(event).status == 201
    event = build_event("POST", ORDERS, gateway.order(), caller=replace(BOT, strategies=()))
    assert gateway.send(event).status == 401
