"""Exits get out whatever the market looks like; entries do not, and old entries of the log are decided as they were."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.account.document import OrderStatus
from riskgate.core.checks.context import expected_price
from riskgate.core.codes import DenyCode
from riskgate.core.ledger.apply import apply_event
from riskgate.core.limits import Limits
from riskgate.core.order import OrderType
from riskgate.core.orders.evaluate import Evaluation
from riskgate.core.orders.events import RULES, OrderClosed
from riskgate.schemas.log.decision import _warnings
from tests.support.builders import (
    ACCOUNT_ID,
    BUY,
    NOW,
    SECOND,
    SELL,
    build_account,
    build_instrument,
    build_order,
    build_position,
    build_quote,
    build_submitted,
    evaluate_order,
)

HOLDING = build_account(positions=[build_position(quantity=10)])
OLD_AND_WIDE = replace(build_quote(), bid=Decimal(60), ask=Decimal(100), at=NOW - timedelta(seconds=301))


def evaluate_exit(**changes: Any) -> Evaluation:
    order = {"side": SELL, "type": OrderType.MARKET, "price": None, "quantity": Decimal(10), "reduce_only": True}
    read = {name: changes.pop(name) for name in ("quote", "instrument", "rules") if name in changes}
    return evaluate_order(build_order(**order | changes), HOLDING, limits=Limits(), **read)


def test_market_exit_when_the_quote_is_old_and_wide_and_the_market_takes_exits_only_then_it_passes_with_warnings() -> (
    None
):
    closed = build_instrument(active=False)
    evaluation = evaluate_exit(quote=OLD_AND_WIDE, instrument=closed)
    assert evaluation.code is None
    warnings = _warnings(evaluation)
    assert len(warnings) == 3
    assert any("exits only" in warning for warning in warnings)
    assert _warnings(evaluate_exit()) == []


def test_market_exit_when_decided_by_the_first_rules_then_denied_as_before() -> None:
    codes = [code for code, _ in evaluate_exit(quote=OLD_AND_WIDE, rules=1).violations]
    assert codes == [DenyCode.QUOTE_STALE, DenyCode.PRICE_COLLAR]
    inactive = evaluate_exit(instrument=build_instrument(active=False), rules=1)
    assert inactive.code is DenyCode.INSTRUMENT_NOT_FOUND


def test_market_exit_when_there_is_no_quote_then_it_passes() -> None:
    assert evaluate_exit(quote=None).code is None


@pytest.mark.parametrize(("age", "code"), [(1, DenyCode.PRICE_COLLAR), (301, None)])
def test_limit_exit_when_far_from_the_quote_then_held_to_it_only_while_it_is_fresh(
    age: int, code: DenyCode | None
) -> None:
    quote = replace(build_quote(), at=NOW - timedelta(seconds=age))
    assert evaluate_exit(type=OrderType.LIMIT, price=Decimal(50), quote=quote).code is code


def test_entry_when_the_market_takes_exits_only_or_the_quote_is_old_then_denied() -> None:
    entry = build_order(type=OrderType.MARKET, price=None)
    inactive = evaluate_order(entry, instrument=build_instrument(active=False))
    assert inactive.code is DenyCode.INSTRUMENT_NOT_FOUND
    assert evaluate_order(entry, quote=OLD_AND_WIDE, limits=Limits()).code is DenyCode.QUOTE_STALE


def test_sell_stop_when_its_trigger_is_far_then_it_is_worth_what_the_market_is() -> None:
    stop = build_order(side=SELL, type=OrderType.STOP, price=None, trigger_price=Decimal(5))
    quote = build_quote()
    assert expected_price(stop, quote, RULES) == quote.bid
    assert expected_price(stop, quote) == 5
    stop_limit = replace(stop, type=OrderType.STOP_LIMIT, price=Decimal(4))
    assert expected_price(stop_limit, quote, RULES) == quote.bid


@pytest.mark.parametrize(("side", "trigger"), [(SELL, 5), (BUY, 900)])
def test_stop_entry_when_its_trigger_is_far_from_the_quote_then_denied(side: Any, trigger: int) -> None:
    stop = build_order(side=side, type=OrderType.STOP, price=None, trigger_price=Decimal(trigger))
    limits = replace(Limits(), stop_loss_required=False)
    codes = [code for code, _ in evaluate_order(stop, limits=limits).violations]
    assert DenyCode.PRICE_COLLAR in codes
    assert DenyCode.PRICE_COLLAR not in [code for code, _ in evaluate_order(stop, limits=limits, rules=1).violations]


def test_same_order_when_the_first_was_cancelled_or_is_another_strategys_then_no_duplicate() -> None:
    limits = replace(Limits(), duplicate_window_seconds=2)
    first = build_order(client_order_id="first", stop_loss_price=Decimal(95))
    result = apply_event(ACCOUNT_ID, build_account(), limits, build_submitted(first), NOW)
    assert result.decisions[0].approved
    soon = {"now": NOW + SECOND, "limits": limits}
    again = replace(first, client_order_id="again")

    def codes_of(order: Any, state: Any) -> list[DenyCode]:
        return [code for code, _ in evaluate_order(order, state, **soon).violations]

    assert DenyCode.DUPLICATE_ORDER in codes_of(again, result.state)
    assert DenyCode.DUPLICATE_ORDER not in codes_of(replace(again, strategy="other"), result.state)
    for rules, is_duplicate in ((1, True), (RULES, False)):
        closed = OrderClosed(client_order_id="first", status=OrderStatus.CANCELLED, rules=rules)
        after = apply_event(ACCOUNT_ID, result.state, limits, closed, NOW).state
        assert (DenyCode.DUPLICATE_ORDER in codes_of(again, after)) == is_duplicate
        assert len(after.recent_orders) == 1
