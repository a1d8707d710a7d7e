"""The audit seal as deployed: its role suffices to seal, and what is written anew afterwards is found."""

import json
import secrets
from typing import Any

import boto3
import httpx
import pytest


@pytest.fixture
def account(stack: dict[str, Any]) -> str:
    """An account of its own, whose log may be spoilt."""
    name = f"sealed-{secrets.token_hex(4)}"
    headers = {"Authorization": f"Bearer {stack['tokens']['admin']}"}
    body = {"base_currency": "USDT", "venues": [{"venue": "paper", "market_type": "spot"}], "initial_equity": "1000"}
    answer = httpx.put(f"{stack['api_url']}/accounts/{name}", json=body, headers=headers, timeout=60)
    assert answer.status_code == 201, answer.text
    return name


def test_chain_when_sealed_and_then_written_anew_then_found(stack: dict[str, Any], account: str) -> None:
    def client(service: str) -> Any:
        return boto3.client(service, endpoint_url=stack["aws_endpoint_url"], region_name=stack["region"])  # type: ignore[call-overload]

    def look() -> dict[str, Any]:
        function, event = stack["functions"]["audit_seal"], {"account_id": account}
        answer = client("lambda").invoke(FunctionName=function, Qualifier="live", Payload=json.dumps(event))
        report: dict[str, Any] = json.loads(answer["Payload"].read())
        assert "findings" in report, report
        return report

    assert (look()["sealed"], look()["findings"]) == (1, [])
    table, dynamodb = stack["tables"]["audit"], client("dynamodb")
    key = {"account_id": {"S": account}, "sequence": {"N": "1"}}
    row = dynamodb.get_item(TableName=table, Key=key)["Item"]
    dynamodb.put_item(TableName=table, Item=row | {"hash": {"S": "f" * 64}})
    [finding] = look()["findings"]
    assert finding == {"sequence": 1, "problem": "not the entry that was sealed: the chain was written anew"}
    dynamodb.put_item(TableName=table, Item=row)
    assert look()["findings"] == []
