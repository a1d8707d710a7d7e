"""Which rules an order is decided by: the event says so, and what it does not say is the first."""

from __future__ import annotations

import pytest

from riskgate.core.checks import CHECKS
from riskgate.core.orders import evaluate
from riskgate.core.orders.events import RULES, OrderDecided, OrderModified
from riskgate.schemas.codec import decode, encode
from tests.support.builders import build_modified, build_order, build_submitted, evaluate_order


def test_new_event_when_written_then_it_carries_the_rules() -> None:
    event = build_submitted(build_order())
    assert event.rules == RULES
    assert decode(encode(event), OrderDecided) == event


def test_old_event_when_read_then_the_first_rules_decide() -> None:
    submitted, modified = build_submitted(build_order()), build_modified(build_order())
    assert decode(_without_rules(submitted), OrderDecided).rules == 1
    assert decode(_without_rules(modified), OrderModified).rules == 1


def _without_rules(event: OrderDecided | OrderModified) -> str:
    text = encode(event).decode()
    assert f'"rules":{RULES}' in text
    return text.replace(f',"rules":{RULES}', "").replace(f'"rules":{RULES},', "")


def test_new_check_when_an_old_order_is_decided_again_then_it_does_not_run(monkeypatch: pytest.MonkeyPatch) -> None:
    *checks, last = CHECKS
    monkeypatch.setattr(evaluate, "CHECKS", (*checks, last._replace(since=2)))
    assert last.code in dict(evaluate_order(build_order(), rules=2).checks)
    assert last.code not in dict(evaluate_order(build_order(), rules=1).checks)
