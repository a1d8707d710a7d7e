"""The sample events answer as they claim: the same files serve `sam local invoke`."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.support.aws import Aws, LambdaContext

ROOT = Path(__file__).resolve().parents[2]
EVENTS, FUNCTIONS = ROOT / "events", ROOT / "functions"

#: Their events are invoked beside their own tests.
JOBS = {
    "alert_fanout", "audit_archive", "audit_seal", "control_stream", "market_data", "monitor", "order_worker", "reconcile", "stress",
    "telegram_notifier", "telegram_webhook", "var", "venue_reader",
}  # fmt: skip

#: In this order: the account and its instrument come first.
ANSWERS = {
    "admin_api/put_account": 201,
    "admin_api/put_instruments": 200,
    "admin_api/get_account": 200,
    "admin_api/put_kill_switch_without_totp": 401,
    "admin_api/get_health": 200,
    "admin_api/get_openapi": 200,
    "admin_api/post_snapshot": 201,
    "risk_api/post_stress": 200,
    "view_api/get_performance": 200,
    "view_api/get_metrics": 200,
    "dashboard/get_dashboard": 200,
    "admin_api/get_risk": 200,
    "order_api/check_order": 200,
    "order_api/post_order": 422,
    "order_api/post_order_number_not_finite": 400,
    "order_api/post_order_other_account": 403,
    "order_api/put_heartbeat": 200,
    "webhooks/tradingview": 401,
    "webhooks/not_json": 400,
    "webhooks/signed_by_nobody": 401,
    "hedge/post_hedge": 201,
    "hedge/post_hedge_execute": 200,
    "hedge/post_hedge_contradictory": 400,
    "venue_api/get_account_unsigned": 401,
}


def _invoke(name: str, context: LambdaContext) -> dict[str, Any]:
    handler = import_module(f"functions.{name.partition('/')[0]}.app").lambda_handler
    answer: dict[str, Any] = handler(json.loads((EVENTS / f"{name}.json").read_text()), context)
    return answer


@pytest.mark.usefixtures("views")
def test_events_when_invoked_in_order_then_each_answers_as_listed(aws: Aws, lambda_context: LambdaContext) -> None:
    aws.dynamodb.put_item(
        TableName=aws.control_table,
        Item={"pk": {"S": "KILL_SWITCH"}, "sk": {"S": "GLOBAL"}, "engaged": {"BOOL": False}},
    )
    statuses = {name: _invoke(name, lambda_context)["statusCode"] for name in ANSWERS}
    assert statuses == ANSWERS


def test_post_order_event_when_there_is_no_quote_then_the_code_says_so(aws: Aws, lambda_context: LambdaContext) -> None:
    aws.dynamodb.put_item(
        TableName=aws.control_table,
        Item={"pk": {"S": "KILL_SWITCH"}, "sk": {"S": "GLOBAL"}, "engaged": {"BOOL": False}},
    )
    for name in ("admin_api/put_account", "admin_api/put_instruments"):
        _invoke(name, lambda_context)
    answer = _invoke("order_api/post_order", lambda_context)
    assert json.loads(answer["body"])["code"] == "NO_REFERENCE_PRICE"


@pytest.mark.parametrize("name", ["authorizer/token_missing", "authorizer/token_malformed"])
def test_authorizer_event_when_the_token_proves_nothing_then_unauthorized(
    name: str, aws: Aws, lambda_context: LambdaContext
) -> None:
    assert aws.items(aws.control_table) == []
    with pytest.raises(Exception, match="^Unauthorized$"):
        _invoke(name, lambda_context)


def test_events_when_listed_then_every_file_is_used() -> None:
    files = {f"{path.parent.name}/{path.stem}" for path in EVENTS.glob("*/*.json") if path.parent.name not in JOBS}
    assert files == {*ANSWERS, "hedge/run_policy", "authorizer/token_missing", "authorizer/token_malformed"}


def test_functions_when_listed_then_each_has_sample_events() -> None:
    functions = {path.parent.name for path in FUNCTIONS.glob("*/app.py")}
    assert {path.parent.name for path in EVENTS.glob("*/*.json")} == functions
