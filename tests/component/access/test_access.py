"""Who may do what: scope and account are checked by the functions too, not by the authorizer alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from riskgate.core.access.tokens import Scope
from riskgate.schemas.http.routes import ROUTES
from tests.support.callers import ADMIN, BOT
from tests.support.gateway import ACCOUNT_ID, Gateway, path_of

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


def test_operator_when_without_a_seed_then_403(gateway: Gateway) -> None:
    body = {"scope": "global", "engaged": True, "reason": "drill"}
    answer = gateway.call(
        "PUT", "/kill-switch", body, caller=replace(ADMIN, operator="bob"), headers=gateway.next_totp()
    )
    assert (answer.status, answer.code) == (403, "TOTP_NOT_ENROLLED")
