"""What every refusal of bad input has in common."""

from __future__ import annotations

import json
from typing import Any

from tests.support.gateway import ACCOUNT_ID, Answer, Gateway

ORDERS = f"/accounts/{ACCOUNT_ID}/orders"
#: Most characters of the input that an answer may repeat.
ECHO_MAX = 64


def post(gateway: Gateway, body: Any, **headers: str | None) -> Answer:
    return gateway.call("POST", ORDERS, body, headers={k.replace("_", "-"): v for k, v in headers.items()})  # type: ignore[misc]


def assert_refused(answer: Answer, sent: object, *statuses: int) -> None:
    """Hold a refusal against the rules for all of them."""
    assert answer.status in (statuses or (400,)), answer.text[:500]
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.body
    assert problem["status"] == answer.status
    assert problem["code"] == problem["code"].upper()
    assert problem["instance"] == answer.headers["X-Request-Id"]
    assert "Traceback" not in answer.text
    text = sent.decode(errors="replace") if isinstance(sent, bytes) else sent
    text = text if isinstance(text, str) else json.dumps(text, ensure_ascii=False)
    # The quotation mark before a repeated name is in both texts, too.
    length = ECHO_MAX + 2
    said = {answer.text[at : at + length] for at in range(len(answer.text) - length + 1)}
    assert not [one for one in said if one in text], answer.text
