"""``riskctl token``: a secret is shown once, every change is in the gateway's audit chain."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from typer.testing import Result

from infra.riskctl.api import ApiClient
from infra.riskctl.errors import ApiProblem
from tests.component.riskctl.conftest import Gateway
from tests.support.riskctl_transport import API_URL

Riskctl = Callable[..., Result]

CREATE = ["token", "create", "--scope", "accounts:read", "--account", "demo", "--operator", "bob"]


def create(riskctl: Riskctl, *more: str) -> dict[str, Any]:
    shown = riskctl(*CREATE, *more, "-o", "json")
    assert shown.exit_code == 0, shown.output
    created: dict[str, Any] = json.loads(shown.output)
    return created


def list_changes(gateway: Gateway) -> list[tuple[str, str, str]]:
    rows = gateway.session.aws.store.list_audit("gateway", after=0, limit=100)
    entries = [(json.loads(row.entry), row) for row in rows]
    return [(row.event, entry["inputs"]["change"], entry["inputs"]["token_id"]) for entry, row in entries]


def test_token_create_then_it_opens_what_it_is_for_and_nothing_else(gateway: Gateway, riskctl: Riskctl) -> None:
    api = ApiClient(API_URL, create(riskctl)["token"], gateway.transport)
    assert api.get("/accounts/demo")["account_id"] == "demo"
    for method, path in [("GET", "/accounts/other"), ("POST", "/accounts/demo/orders")]:
        with pytest.raises(ApiProblem) as refused:
            api.call(method, path, gateway.order() if method == "POST" else None)
        assert refused.value.status == httpx.codes.FORBIDDEN


def test_token_create_then_its_string_is_shown_once_and_stored_nowhere(gateway: Gateway, riskctl: Riskctl) -> None:
    shown = riskctl(*CREATE).output
    text = shown.split()[0]
    assert text.startswith("rg_")
    assert shown.count(text) == 1
    stored = [
        gateway.aws.items(t) for t in (gateway.aws.control_table, gateway.aws.audit_table, gateway.aws.state_table)
    ]
    assert text.split("_", 2)[1] in json.dumps(stored, default=str)
    assert text.split("_", 2)[2] not in json.dumps(stored, default=str)
    assert (
        text.split("_", 2)[2] not in riskctl("token", "list").output + riskctl("audit", "tail", "-a", "gateway").output
    )


def test_token_revoke_then_it_opens_nothing_any_more(gateway: Gateway, riskctl: Riskctl) -> None:
    created = create(riskctl)
    shown = riskctl("token", "revoke", created["token_id"])
    assert shown.exit_code == 0, shown.output
    with pytest.raises(ApiProblem) as refused:
        ApiClient(API_URL, created["token"], gateway.transport).get("/accounts/demo")
    assert refused.value.status == httpx.codes.UNAUTHORIZED


def test_token_when_created_and_revoked_then_both_are_in_the_gateway_chain(gateway: Gateway, riskctl: Riskctl) -> None:
    token_id = create(riskctl)["token_id"]
    assert riskctl("token", "revoke", token_id).exit_code == 0
    assert list_changes(gateway) == [("token_changed", "created", token_id), ("token_changed", "revoked", token_id)]
    (row, _) = gateway.session.aws.store.list_audit("gateway", after=0, limit=2)
    entry = json.loads(row.entry)
    assert entry["actor"].startswith("aws:arn:aws:sts::123456789012:")
    assert entry["inputs"]["scopes"] == ["accounts:read"]
    assert entry["inputs"]["accounts"] == ["demo"]
    assert set(entry["inputs"]) == {
        *("token_id", "change", "operator", "scopes", "accounts", "strategies", "cidrs", "expires_at")
    }
    for command in ("verify", "replay"):
        assert riskctl("audit", command, "-a", "gateway").exit_code == 0


def test_token_create_when_the_audit_log_cannot_be_written_then_no_string_is_shown(
    gateway: Gateway, riskctl: Riskctl
) -> None:
    gateway.aws.dynamodb.delete_table(TableName=gateway.aws.audit_table)
    shown = riskctl(*CREATE)
    assert shown.exit_code == 5
    assert "rg_" not in shown.output


def test_token_list_then_state_of_each(riskctl: Riskctl) -> None:
    created, revoked = create(riskctl, "--days", "7", "--cidr", "203.0.113.0/24"), create(riskctl)
    riskctl("token", "revoke", revoked["token_id"])
    rows = {row["token_id"]: row for row in json.loads(riskctl("token", "list", "-o", "json").output)["tokens"]}
    assert rows[created["token_id"]]["state"] == "valid"
    assert rows[created["token_id"]]["cidrs"] == ["203.0.113.0/24"]
    assert rows[revoked["token_id"]]["state"] == "revoked"
    assert all("token" not in row and "token_hash" not in row for row in rows.values())
    assert created["token_id"] in riskctl("token", "list").output


@pytest.mark.parametrize(
    "wrong",
    [["--days", "91"], ["--cidr", "203.0.113.7/24"], ["--account", "*"], ["--operator", "a b"]],
)
def test_token_create_when_the_grant_is_not_allowed_then_usage_and_no_token(
    gateway: Gateway, riskctl: Riskctl, wrong: list[str]
) -> None:
    before = len(gateway.aws.items(gateway.aws.control_table))
    shown = riskctl(*CREATE, *wrong)
    assert shown.exit_code == 2
    assert "TOKEN_REQUEST_INVALID" in shown.output
    assert len(gateway.aws.items(gateway.aws.control_table)) == before


def test_token_revoke_when_it_does_not_exist_then_usage(gateway: Gateway, riskctl: Riskctl) -> None:
    shown = riskctl("token", "revoke", "aaaabbbbcccc")
    assert shown.exit_code == 2
    assert "TOKEN_NOT_FOUND" in shown.output
    assert list_changes(gateway) == []


def test_token_create_when_it_may_order_then_its_strategies_are_named(gateway: Gateway, riskctl: Riskctl) -> None:
    bot = ["token", "create", "--scope", "orders:write", "--account", "demo", "--operator", "bob"]
    assert riskctl(*bot).exit_code == 2

    shown = riskctl(*bot, "--strategy", "trend", "-o", "json")
    assert json.loads(shown.output)["strategies"] == ["trend"]
    api = ApiClient(API_URL, json.loads(shown.output)["token"], gateway.transport)
    with pytest.raises(ApiProblem) as refused:
        api.call("POST", "/accounts/demo/orders", gateway.order() | {"strategy": "trend2"})
    assert refused.value.code == "STRATEGY_NOT_PERMITTED"
