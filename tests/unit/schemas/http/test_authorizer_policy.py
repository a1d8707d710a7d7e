"""The authorizer's policy admits exactly the routes of the token's scopes, and fits API Gateway's limits."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from itertools import chain, combinations, product
from typing import Any

import pytest

from riskgate.core.access import tokens as access
from riskgate.core.access.tokens import Principal, Scope
from riskgate.schemas.http.authorizer_policy import ANSWER_BYTES_MAX, build_authorizer_answer
from riskgate.schemas.http.routes import ROUTES
from tests.support.hypothesis_profiles import sampled

STAGE_ARN = "arn:aws:execute-api:ap-southeast-2:123456789012:abcdefghij/v1"
GUARDED = [route for route in ROUTES if route.scope]
ALL_SCOPES = frozenset(map(str, Scope))
# Values of path parameters that look like parts of other routes.
SEGMENTS = ["x", "check", "batch", "fills", "orders", "a:b.c_d-e"]


@dataclass(frozen=True)
class OtherRoute:
    method: str
    path: str
    scope: str | None


def answer(scopes: Iterable[str], accounts: Iterable[str], arn: str = f"{STAGE_ARN}/GET/kill-switch") -> dict[str, Any]:
    principal = Principal(
        token_id="abcdefghijkl", operator="alice", scopes=frozenset(scopes), accounts=frozenset(accounts)
    )
    return build_authorizer_answer(principal, arn, ROUTES)


def matcher(resources: Iterable[str]) -> re.Pattern[str]:
    """Compile resources as IAM reads them: ``*`` is any text, slashes included, ``?`` one character."""
    return re.compile("|".join(re.escape(text).replace(r"\*", ".*").replace(r"\?", ".") for text in resources))


def reader(result: dict[str, Any]) -> Callable[[str], bool]:
    """Return what evaluates the policy for one method call: what is denied or not allowed is refused."""
    resources: dict[str, list[str]] = {"Allow": [], "Deny": []}
    for statement in result["policyDocument"]["Statement"]:
        assert statement["Action"] == "execute-api:Invoke"
        assert statement["Resource"]
        resources[statement["Effect"]] += statement["Resource"]
    allowed, denied = matcher(resources["Allow"]), matcher(resources["Deny"])
    return lambda arn: bool(allowed.fullmatch(arn)) and not denied.fullmatch(arn)


def allows(result: dict[str, Any], arn: str) -> bool:
    return reader(result)(arn)


def concrete_arn(method: str, path: str, account_id: str, segment: str) -> str:
    filled = re.sub(r"\{[^}]+\}", segment, path.replace("{account_id}", account_id))
    return f"{STAGE_ARN}/{method}{filled}"


def assert_exact(
    result: dict[str, Any], scopes: Collection[str], accounts: Collection[str], tried: Collection[str]
) -> None:
    is_allowed = reader(result)
    for route in GUARDED:
        for account_id, segment in product(tried, SEGMENTS):
            arn = concrete_arn(route.method, route.path, account_id, segment)
            permitted = "*" in accounts or account_id in accounts or "{account_id}" not in route.path
            expected = str(route.scope) in scopes and permitted
            assert is_allowed(arn) == expected, arn


@pytest.mark.parametrize(
    "scopes",
    sampled(chain.from_iterable(combinations(sorted(ALL_SCOPES), n) for n in range(len(ALL_SCOPES) + 1))),
    ids="+".join,
)
@pytest.mark.parametrize("accounts", [["*"], ["demo"], ["demo", "second.account"]], ids="+".join)
def test_policy_when_scopes_vary_then_admits_exactly_their_routes(scopes: tuple[str, ...], accounts: list[str]) -> None:
    result = answer(scopes, accounts)

    assert_exact(result, scopes, accounts, ["demo", "second.account", "other", "demo2", "dem"])


def test_policy_when_built_for_one_route_then_the_same_for_every_other() -> None:
    # API Gateway reuses it for all of them.
    answers = [answer(ALL_SCOPES, ["demo"], concrete_arn(r.method, r.path, "demo", "x")) for r in GUARDED]

    assert all(result == answers[0] for result in answers)


def test_policy_when_stage_differs_then_not_admitted() -> None:
    result = answer(ALL_SCOPES, ["*"])

    assert allows(result, f"{STAGE_ARN}/GET/kill-switch")
    assert not allows(result, f"{STAGE_ARN}2/GET/kill-switch")
    assert not allows(result, f"{STAGE_ARN.replace('abcdefghij', 'zzzzzzzzzz')}/GET/kill-switch")


def test_policy_when_no_scope_fits_then_explicit_deny() -> None:
    result = answer([], ["*"])

    assert result["policyDocument"]["Statement"] == [
        {"Action": "execute-api:Invoke", "Effect": "Deny", "Resource": [f"{STAGE_ARN}/*"]}
    ]


def test_policy_when_few_accounts_then_names_each_route_and_account() -> None:
    result = answer(["orders:write"], ["demo", "second"])

    resources = result["policyDocument"]["Statement"][0]["Resource"]
    assert f"{STAGE_ARN}/POST/accounts/demo/orders" in resources
    assert f"{STAGE_ARN}/POST/accounts/second/orders/*/cancel" in resources
    assert len(resources) == 2 * sum(route.scope == "orders:write" for route in GUARDED)


@pytest.mark.parametrize("scopes", [["orders:write", "accounts:read"], sorted(ALL_SCOPES)], ids="+".join)
@pytest.mark.parametrize("count", [1, 2, 4, 6, 8, 12, 20, access.ACCOUNTS_MAX])
def test_policy_when_many_accounts_then_fits_and_scopes_stay_exact(count: int, scopes: list[str]) -> None:
    accounts = [f"account-{i:02d}" for i in range(count)]

    result = answer(scopes, accounts)

    assert len(json.dumps(result)) <= ANSWER_BYTES_MAX
    resources = " ".join(result["policyDocument"]["Statement"][0]["Resource"])
    named = "account-00" in resources
    assert_exact(result, scopes, accounts if named else ["*"], [accounts[0], accounts[-1], "account-0", "other"])
    # Whatever the policy merged, the API functions still know every account.
    assert access.from_context(result["context"], "").accounts == frozenset(accounts)


def test_policy_when_routes_can_be_merged_then_more_accounts_are_named() -> None:
    resources = answer(["orders:write", "accounts:read"], [f"account-{i:02d}" for i in range(7)])
    patterns = resources["policyDocument"]["Statement"][0]["Resource"]

    assert f"{STAGE_ARN}/POST/accounts/account-03/orders/*" in patterns
    assert f"{STAGE_ARN}/GET/accounts/account-03/*" in patterns


def test_policy_when_everything_is_longest_then_fits() -> None:
    principal = Principal(
        token_id="a" * 12,
        operator="o" * 64,
        scopes=ALL_SCOPES,
        accounts=frozenset(f"{i:02d}{'a' * 62}" for i in range(access.ACCOUNTS_MAX)),
        strategies=frozenset(f"{i:02d}{'s' * 62}" for i in range(access.STRATEGIES_MAX)),
        cidrs=tuple(f"2001:db8:ffff:ffff:ffff:ffff:ffff:{i:04x}/128" for i in range(access.CIDRS_MAX)),
    )

    result = build_authorizer_answer(principal, f"{STAGE_ARN}/GET/kill-switch", ROUTES)

    assert len(json.dumps(result)) <= ANSWER_BYTES_MAX
    assert all(len(resource) <= 512 for resource in result["policyDocument"]["Statement"][0]["Resource"])


def test_policy_when_a_refused_route_lies_below_then_not_merged() -> None:
    table = [
        OtherRoute("POST", "/accounts/{account_id}/orders", "orders:write"),
        OtherRoute("POST", "/accounts/{account_id}/orders/{client_order_id}/fills", "orders:write"),
        OtherRoute("POST", "/accounts/{account_id}/orders/{client_order_id}/cancel", "orders:write"),
        OtherRoute("POST", "/accounts/{account_id}/orders/check/all", "admin"),
        OtherRoute("GET", "/health", None),
    ]
    accounts = [f"account-{i:02d}" for i in range(25)]
    principal = Principal(
        token_id="a" * 12, operator="o", scopes=frozenset({"orders:write"}), accounts=frozenset(accounts)
    )

    result = build_authorizer_answer(principal, f"{STAGE_ARN}/GET/x", table)

    assert allows(result, f"{STAGE_ARN}/POST/accounts/account-00/orders/x/cancel")
    assert not allows(result, f"{STAGE_ARN}/POST/accounts/account-00/orders/check/all")


def test_policy_when_a_refused_route_lies_below_a_wildcard_then_denied_by_name() -> None:
    # To IAM the * of all accounts reaches over slashes: PUT /accounts/* takes in what lies below an account.
    result = answer(["admin"], ["*"])

    allowed, denied = result["policyDocument"]["Statement"]
    assert f"{STAGE_ARN}/PUT/accounts/*" in allowed["Resource"]
    assert denied == {
        "Action": "execute-api:Invoke",
        "Effect": "Deny",
        "Resource": [f"{STAGE_ARN}/PUT/accounts/*/positions/*/stop", f"{STAGE_ARN}/PUT/accounts/*/heartbeats/*"],
    }
    assert allows(result, f"{STAGE_ARN}/PUT/accounts/heartbeats")
    assert allows(result, f"{STAGE_ARN}/PUT/accounts/demo/limits")
    assert not allows(result, f"{STAGE_ARN}/PUT/accounts/demo/heartbeats/trend")


def test_policy_when_a_refused_route_lies_below_a_parameter_then_denied_for_every_account() -> None:
    table = [
        OtherRoute("GET", "/accounts/{account_id}/orders/{client_order_id}", "accounts:read"),
        OtherRoute("GET", "/accounts/{account_id}/orders/{client_order_id}/secrets", "admin"),
    ]
    principal = Principal(
        token_id="a" * 12, operator="o", scopes=frozenset({"accounts:read"}), accounts=frozenset({"demo", "second"})
    )

    result = build_authorizer_answer(principal, f"{STAGE_ARN}/GET/x", table)

    for account in principal.accounts:
        assert allows(result, f"{STAGE_ARN}/GET/accounts/{account}/orders/x")
        assert not allows(result, f"{STAGE_ARN}/GET/accounts/{account}/orders/x/secrets")


@pytest.mark.parametrize("arn", ["", "x", "arn:aws:execute-api:r:1:api", "arn:aws:execute-api:r:1:api/v1", "a/b/c"])
def test_policy_when_the_arn_is_none_then_error(arn: str) -> None:
    with pytest.raises(ValueError, match="ARN"):
        answer(ALL_SCOPES, ["*"], arn)


def test_context_when_answered_then_flat_strings() -> None:
    result = answer(["orders:write", "accounts:read"], ["demo", "other"])

    assert result["principalId"] == "abcdefghijkl"
    assert result["context"] == {
        "token_id": "abcdefghijkl",
        "operator": "alice",
        "scopes": "accounts:read orders:write",
        "accounts": "demo,other",
        "cidrs": "*",
        "strategies": "*",
    }
