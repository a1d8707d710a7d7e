"""Kill switch, breaker reset, and the shape of validation problems."""

from __future__ import annotations

import json
from typing import Any

import pytest
from pydantic import ValidationError

from riskgate.schemas.http.requests.base import ECHO_MAX, ERRORS_MAX, parse_request, validation_problem
from riskgate.schemas.http.requests.control import BreakerResetRequest, KillSwitchRequest
from riskgate.schemas.http.requests.failed import ValidationFailed
from riskgate.schemas.http.requests.orders import CancelRequest, OrderRequest

type Body = dict[str, Any]

GLOBAL: Body = {"scope": "global", "engaged": True, "reason": "exchange halted"}


def refused(model: Any, body: Body) -> list[str]:
    """Return the fields a body is refused for."""
    with pytest.raises(ValidationFailed) as caught:
        parse_request(model, body)
    return [error["field"] for error in caught.value.errors]


@pytest.mark.parametrize(
    ("scope", "key"),
    [("account", "demo"), ("venue", "binance"), ("strategy", "trend"), ("symbol", "BTC/USDT:USDT")],
)
def test_kill_switch_when_scoped_then_needs_a_name_of_the_scope(scope: str, key: str) -> None:
    body = GLOBAL | {"scope": scope}
    assert parse_request(KillSwitchRequest, body | {"key": key}).key == key
    assert refused(KillSwitchRequest, body) == ["key"]
    for bad in ["", "#", "a b", f"{key}\n", "*", "a" * 65, None, True]:
        assert refused(KillSwitchRequest, body | {"key": bad}) == ["key"], bad


def test_kill_switch_when_global_then_takes_no_key() -> None:
    assert parse_request(KillSwitchRequest, GLOBAL).key is None
    assert refused(KillSwitchRequest, GLOBAL | {"key": "demo"}) == ["key"]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"scope": "all"}, "scope"),
        ({"scope": None}, "scope"),
        ({"engaged": "true"}, "engaged"),
        ({"engaged": 1}, "engaged"),
        ({"engaged": None}, "engaged"),
        ({"reason": ""}, "reason"),
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"reason": "a\u202eb"}, "reason"),
        ({"cancel_open_orders": "no"}, "cancel_open_orders"),
        ({"engaged": False, "cancel_open_orders": True}, "cancel_open_orders"),
    ],
    ids=lambda value: str(value)[:50],
)
def test_kill_switch_when_a_field_is_invalid_then_refused(change: Body, field: str) -> None:
    assert refused(KillSwitchRequest, GLOBAL | change) == [field]


@pytest.mark.parametrize("missing", ["scope", "engaged", "reason"])
def test_kill_switch_when_incomplete_then_refused(missing: str) -> None:
    assert refused(KillSwitchRequest, {name: value for name, value in GLOBAL.items() if name != missing}) == [missing]


def test_breaker_reset_when_without_a_reason_then_refused() -> None:
    assert parse_request(BreakerResetRequest, {"reason": "reviewed"}).reason == "reviewed"
    assert refused(BreakerResetRequest, {}) == ["reason"]
    assert refused(BreakerResetRequest, {"reason": "reviewed", "force": True}) == ["force"]


def test_problem_when_built_then_has_code_status_and_one_line_per_field() -> None:
    with pytest.raises(ValidationError) as caught:
        CancelRequest.model_validate({"reason": "", "x": 1})
    problem = validation_problem(caught.value)
    assert (problem.status, problem.code) == (400, "VALIDATION_FAILED")
    assert problem.detail == "2 invalid fields"
    assert [set(error) for error in problem.errors] == [{"field", "message"}] * 2


def test_problem_when_the_body_is_hostile_then_repeats_at_most_64_characters_of_it() -> None:
    body: Body = {"Ω" * 40 + str(n): "Ω" * 100 for n in range(50)} | {"symbol": "Ω" * 50, "tags": ["Ω" * 70]}
    with pytest.raises(ValidationFailed) as caught:
        parse_request(OrderRequest, body)
    assert len(caught.value.errors) == ERRORS_MAX
    told = json.dumps([caught.value.detail, caught.value.errors], ensure_ascii=False)
    assert told.count("Ω") <= ECHO_MAX


def test_problem_when_a_name_is_unknown_then_says_so() -> None:
    with pytest.raises(ValidationFailed) as caught:
        parse_request(CancelRequest, {"resaon": "x"})
    assert caught.value.errors == [{"field": "resaon", "message": "unknown field"}]
