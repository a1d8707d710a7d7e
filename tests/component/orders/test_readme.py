"""The front page's first screen: what it shows is what the handlers answer."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from riskgate.core.checks import CHECKS
from tests.support.gateway import BTC, VENUE, Answer, Gateway

README = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
QUOTE = {"bid": "7999", "ask": "8001", "last": "8000", "volume_24h": "50000"}
ENTRY = {"price": "8000", "stop_loss_price": "7800"}
EXIT = {"side": "sell", "type": "market", "reduce_only": True, "price": None, "stop_loss_price": None}


@pytest.fixture
def answers(gateway: Gateway) -> list[Answer]:
    """Play the story of the front page."""
    gateway.quote(**QUOTE)
    approved = gateway.submit(client_order_id="trend-0001", quantity="0.5", **ENTRY)
    denied = gateway.submit(client_order_id="trend-0002", quantity="10", **ENTRY)
    gateway.fill("trend-0001", "0.5", "8000")
    held = {"venue": VENUE, "symbol": BTC, "quantity": "0.5", "average_price": "8000"}
    gateway.snapshot("97000", positions=[held])
    reducing = gateway.submit(client_order_id="trend-0003", quantity="0.1", **ENTRY)
    return [approved, denied, reducing, gateway.submit(client_order_id="trend-0004", quantity="0.5", **EXIT)]


def test_first_screen_when_played_then_the_handlers_answer_so(answers: list[Answer]) -> None:
    approved, denied, reducing, leaving = answers
    reserved = approved.body["reserved"]
    shown = [
        f"{approved.status} approved, {reserved['notional']} reserved, {reserved['risk']} at risk",
        *(f"{answer.status} {answer.code}: {answer.body['detail']}" for answer in (denied, reducing)),
        f"{leaving.status} {leaving.body['decision']}",
    ]
    assert [line[33:] for line in README.split("```")[1].splitlines() if line[33:36].isdigit()] == shown


def test_examples_when_compared_then_parts_of_the_real_answers(answers: list[Answer]) -> None:
    blocks = [json.loads(block) for block in re.findall(r"```json\n(.*?)```", README, flags=re.DOTALL)]
    assert len(blocks) == 2
    for block, answer in zip(blocks, answers, strict=False):
        assert is_part(block, answer.body), block


def test_count_of_checks_when_stated_then_the_catalogue_s() -> None:
    assert set(re.findall(r"(\d+) checks", README)) == {str(len(CHECKS))}


def test_alert_when_shown_then_among_the_samples() -> None:
    alert = README.split("```text\n")[2].split("```")[0]
    samples = (Path(__file__).parents[3] / "infra" / "samples" / "alerts.md").read_text(encoding="utf-8")
    assert alert in samples


def is_part(shown: Any, real: Any) -> bool:
    """Tell whether what is shown is in the real answer, with fields and list items left out."""
    if isinstance(shown, dict):
        return all(name in real and is_part(value, real[name]) for name, value in shown.items())
    if isinstance(shown, list):
        return all(any(is_part(item, one) for one in real) for item in shown)
    return bool(shown == real)
