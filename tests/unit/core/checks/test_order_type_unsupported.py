"""ORDER_TYPE_UNSUPPORTED: what the venue's class cannot be sent is denied before it is approved."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from riskgate.core.checks.order_type_unsupported import list_terms
from riskgate.core.codes import DenyCode
from riskgate.core.order import OrderType, TimeInForce
from tests.support.builders import (
    NOT_APPLICABLE,
    NOW,
    PASSED,
    SELL,
    VIOLATED,
    build_instrument,
    build_order,
    run_check,
)

CODE = DenyCode.ORDER_TYPE_UNSUPPORTED
LACKING = build_instrument(unsupported=("market_buy", "stop", "post_only", "GTD"))


@pytest.mark.parametrize(
    ("terms", "word"),
    [
        ({"type": OrderType.MARKET, "price": None}, "market_buy"),
        ({"type": OrderType.STOP, "price": None, "trigger_price": 110}, "stop"),
        ({"post_only": True}, "post_only"),
        ({"time_in_force": TimeInForce.GTD, "expires_at": NOW + timedelta(hours=1)}, "GTD"),
    ],
)
def test_order_when_its_class_cannot_be_sent_it_then_denied_by_name(terms: dict[str, Any], word: str) -> None:
    order = build_order(route=True, **terms)
    assert word in list_terms(order)
    found = run_check(CODE, order, instrument=LACKING)
    assert (found.outcome, word in found.message) == (VIOLATED, True)
    assert run_check(CODE, order).outcome is PASSED


def test_order_when_its_class_lacks_something_else_then_passed() -> None:
    sell = build_order(route=True, type=OrderType.MARKET, price=None, side=SELL)
    assert run_check(CODE, sell, instrument=LACKING).outcome is PASSED


def test_order_when_the_bot_sends_it_itself_then_not_applicable() -> None:
    assert run_check(CODE, build_order(post_only=True), instrument=LACKING).outcome is NOT_APPLICABLE
