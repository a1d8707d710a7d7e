"""The judge itself: it refuses what the document does not say."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from infra.openapi.build import build_openapi
from tests.contract.checker import ContractChecker

HEADERS = {"Content-Type": "application/json", "X-Request-Id": "r", "X-Correlation-Id": "t", "traceparent": "p"}
HEALTH = {"status": "ok", "engine_version": "1.0.0"}


@dataclass(frozen=True)
class Sent:
    status: int = 200
    text: str = json.dumps(HEALTH)
    headers: Mapping[str, str] = field(default_factory=lambda: HEADERS)


@pytest.fixture(scope="module")
def checker() -> ContractChecker:
    return ContractChecker(build_openapi())


def test_answer_when_as_documented_then_it_passes_and_is_noted(checker: ContractChecker) -> None:
    checker.check("GET", "/health", None, Sent())
    assert ("getHealth", 200) in checker.seen


@pytest.mark.parametrize(
    ("sent", "complaint"),
    [
        (Sent(status=202), "not documented"),
        (Sent(text=json.dumps(HEALTH | {"more": 1})), "more"),
        (Sent(text=json.dumps({"status": "ok"})), "engine_version"),
        (Sent(text=json.dumps(HEALTH | {"status": "down"})), "status"),
        (Sent(headers=HEADERS | {"Content-Type": "text/html"}), "text/html"),
        (Sent(headers={"Content-Type": "application/json", "X-Request-Id": "r"}), "X-Correlation-Id"),
    ],
    ids=["status", "extra-field", "missing-field", "wrong-value", "media-type", "header"],
)
def test_answer_when_not_as_documented_then_it_fails(checker: ContractChecker, sent: Sent, complaint: str) -> None:
    with pytest.raises(AssertionError, match=complaint):
        checker.check("GET", "/health", None, sent)


def test_path_when_undocumented_then_only_a_404_passes_and_method_only_a_405(checker: ContractChecker) -> None:
    problem = {"type": "urn:riskgate:problem:not-found", "title": "Not found", "status": 404}
    problem |= {"detail": "no such route", "instance": "r", "code": "NOT_FOUND"}
    checker.check("GET", "/nowhere", None, Sent(status=404, text=json.dumps(problem)))
    text = json.dumps(problem | {"status": 405})
    checker.check("DELETE", "/health", None, Sent(status=405, text=text, headers=HEADERS | {"Allow": "GET"}))
    for wrong in (Sent(status=404, text=text), Sent(status=405, text=text, headers=HEADERS | {"Allow": "PUT"})):
        with pytest.raises(AssertionError):
            checker.check("DELETE", "/health", None, wrong)
    with pytest.raises(AssertionError, match="undocumented"):
        checker.check("GET", "/nowhere", None, Sent())


def test_request_when_accepted_and_not_as_documented_then_it_fails(checker: ContractChecker) -> None:
    answer = Sent(text=json.dumps({"stored": 1}))
    quote = {"venue": "binance", "symbol": "BTC/USDT", "at": "2026-03-04T12:00:00Z", "bid": 1, "ask": "2"}
    checker.check("PUT", "/market/quotes", json.dumps({"quotes": [quote]}), answer)
    for wrong in ({"bid": "1e5"}, {"bid": None}, {"at": "soon"}, {"extra": 1}):
        with pytest.raises(AssertionError, match="request"):
            checker.check("PUT", "/market/quotes", json.dumps({"quotes": [quote | wrong]}), answer)


def test_path_when_it_names_a_literal_segment_then_that_route(checker: ContractChecker) -> None:
    def found(method: str, path: str) -> Any:
        match = checker.find(method, path)
        return match[1]["operationId"] if match is not None else None

    assert found("POST", "/accounts/demo/orders/check") == "checkOrder"
    assert found("POST", "/accounts/demo/orders/batch") == "postBatch"
    assert found("GET", "/accounts/demo/orders/check") == "getOrder"
    assert found("POST", "/accounts/demo/orders/x/cancel") == "cancelOrder"
