"""PRICE_IMPACT: what an order at market costs by walking the book, against a limit."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.checks.result import CheckResult
from riskgate.core.codes import DenyCode
from riskgate.core.order import OrderType
from riskgate.core.side import Side
from tests.support.builders import (
    BUY,
    DISABLED,
    NOT_APPLICABLE,
    NOW,
    PASSED,
    SELL,
    SWAP,
    VIOLATED,
    build_account,
    build_book,
    build_instrument,
    build_limits,
    build_order,
    build_position,
    build_quote,
    evaluate_order,
    run_check,
)

CODE = DenyCode.PRICE_IMPACT
LIMITS = build_limits(price_impact_bps_max="50")
BOOK = build_book((100, 1), (101, 2), (103, 4))


def run(quantity: str, side: Side = BUY, **changes: Any) -> CheckResult:
    kind = changes.pop("type", OrderType.MARKET)
    state = changes.pop("state", build_account(positions=[]))
    return run_check(CODE, build_order(quantity, side=side, type=kind), state, **{"limits": LIMITS} | changes)


@pytest.mark.parametrize(
    ("quantity", "outcome", "observed"),
    [
        ("1", PASSED, "0"),
        ("1.6", PASSED, "37.5"),
        ("2", PASSED, "50"),
        ("2.5", VIOLATED, "60"),
        ("7", VIOLATED, "200"),
        ("7.001", VIOLATED, None),
    ],
)
@pytest.mark.parametrize("side", [BUY, SELL])
def test_order_when_it_walks_the_book_then_held_to_the_limit(
    side: Side, quantity: str, outcome: object, observed: str | None
) -> None:
    result = run(quantity, side, book=BOOK.cut(side))

    assert (result.outcome, result.limit, result.unit) == (outcome, Decimal(50), "bps")
    assert result.observed == (None if observed is None else Decimal(observed))


def test_order_when_within_its_share_of_the_touch_then_needs_no_book_and_above_it_does() -> None:
    quote = build_quote(ask_quantity=Decimal(4), bid_quantity=Decimal(2))
    half = build_limits(price_impact_bps_max="50", price_impact_touch_fraction="0.5")

    assert run("2", quote=quote, limits=half).outcome is PASSED
    assert run("2.001", quote=quote, limits=half).outcome is VIOLATED
    assert run("1", SELL, quote=quote, limits=half).outcome is PASSED
    assert run("1.001", SELL, quote=quote, limits=half).outcome is VIOLATED
    assert run("4", quote=quote).outcome is PASSED


def test_order_when_neither_book_nor_touch_is_known_then_denied() -> None:
    result = run("0.001")

    assert (result.outcome, result.observed) == (VIOLATED, None)
    assert "order book" in result.message


@pytest.mark.parametrize(("age", "outcome"), [(60, PASSED), (61, VIOLATED), (-60, VIOLATED)])
def test_book_when_older_than_its_limit_or_from_the_future_then_none(age: int, outcome: object) -> None:
    assert run("2", book=build_book((100, 9), at=NOW - timedelta(seconds=age))).outcome is outcome


def test_book_when_empty_on_the_side_that_is_met_or_undated_then_denied() -> None:
    assert run("1", book=BOOK.cut(SELL)).outcome is VIOLATED
    assert run("1", book=build_book((100, 9), at=None)).outcome is VIOLATED


def test_contracts_when_larger_than_one_unit_then_the_touch_counts_in_contracts() -> None:
    order = build_order(2, symbol=SWAP, type=OrderType.MARKET)
    given: dict[str, Any] = {
        "limits": LIMITS,
        "instrument": build_instrument(SWAP, contract_size=Decimal(10)),
        "quote": build_quote(SWAP, ask_quantity=Decimal(20)),
    }
    assert run_check(CODE, order, **given).outcome is PASSED
    given["quote"] = build_quote(SWAP, ask_quantity=Decimal(19))
    assert run_check(CODE, order, **given).outcome is VIOLATED


def test_exit_when_it_would_be_denied_then_passes_with_a_warning() -> None:
    state = build_account(positions=[build_position(10)])
    result = run("10", SELL, state=state, book=BOOK.cut(SELL))

    assert result.outcome is NOT_APPLICABLE
    assert result.message.startswith("an exit that nothing holds to a price: ")


def test_order_when_not_at_market_then_not_applicable_and_limit_when_off_then_disabled() -> None:
    assert run("7", type=OrderType.LIMIT, book=BOOK).outcome is NOT_APPLICABLE
    assert run("7", quote=None, book=BOOK).outcome is NOT_APPLICABLE
    assert run("7", book=BOOK, limits=build_limits()).outcome is DISABLED


def test_order_when_decided_by_earlier_rules_then_never_held_to_a_book() -> None:
    evaluation = evaluate_order(
        build_order(7, type=OrderType.MARKET), limits=build_limits(price_impact_bps_max="1"), book=BOOK, rules=3
    )
    assert CODE not in dict(evaluation.checks)
