"""LIQUIDITY_INSUFFICIENT: no more than a share of what trades."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

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
    run_check,
)

CODE = DenyCode.LIQUIDITY_INSUFFICIENT
VOLUME = build_limits(volume_fraction_max="0.01")
DEPTH = build_limits(depth_fraction_max="0.5", volume_fraction_max="1")


@pytest.mark.parametrize(("quantity", "outcome"), [("9.999", PASSED), ("10", PASSED), ("10.001", VIOLATED)])
@pytest.mark.parametrize("side", [BUY, SELL])
def test_quantity_when_above_its_share_of_the_volume_then_denied(side: Side, quantity: str, outcome: object) -> None:
    quote = build_quote(volume_24h=Decimal(1000))

    assert run_check(CODE, build_order(quantity, side=side), quote=quote, limits=VOLUME).outcome is outcome


@pytest.mark.parametrize("volume", [None, Decimal(0)])
def test_volume_when_unknown_or_zero_then_denied(volume: Decimal | None) -> None:
    assert run_check(CODE, build_order(), quote=build_quote(volume_24h=volume), limits=VOLUME).outcome is VIOLATED


@pytest.mark.parametrize(
    ("side", "quantity", "outcome"),
    [(BUY, "5", PASSED), (BUY, "5.001", VIOLATED), (SELL, "2", PASSED), (SELL, "2.001", VIOLATED)],
)
def test_quantity_when_above_its_share_of_the_depth_then_denied(side: Side, quantity: str, outcome: object) -> None:
    quote = build_quote(ask_depth=Decimal(10), bid_depth=Decimal(4))

    assert run_check(CODE, build_order(quantity, side=side), quote=quote, limits=DEPTH).outcome is outcome


def test_depth_when_zero_then_denied_and_when_unknown_then_only_the_volume_counts() -> None:
    assert run_check(CODE, build_order(), quote=build_quote(ask_depth=Decimal(0)), limits=DEPTH).outcome is VIOLATED
    assert run_check(CODE, build_order(1000), limits=DEPTH).outcome is PASSED


def test_contracts_when_larger_than_one_unit_then_counted_in_base_units() -> None:
    quote = build_quote(SWAP, volume_24h=Decimal(1000))
    given: dict[str, Any] = {
        "quote": quote,
        "limits": VOLUME,
        "instrument": build_instrument(SWAP, contract_size=Decimal(10)),
    }

    assert run_check(CODE, build_order(1, symbol=SWAP), **given).outcome is PASSED
    assert run_check(CODE, build_order("1.001", symbol=SWAP), **given).outcome is VIOLATED


def test_flip_when_only_its_increasing_part_fits_then_passes() -> None:
    state = build_account(positions=[build_position(100, SWAP)])
    quote = build_quote(SWAP, volume_24h=Decimal(1000))

    order = build_order(110, symbol=SWAP, side=SELL)
    assert run_check(CODE, order, state, quote=quote, limits=VOLUME).outcome is PASSED


def test_exit_when_nothing_trades_then_exempt() -> None:
    state = build_account(positions=[build_position(10)])

    result = run_check(CODE, build_order(10, side=SELL), state, quote=build_quote(volume_24h=None), limits=VOLUME)
    assert result.outcome is NOT_APPLICABLE


def test_order_when_it_cannot_be_valued_then_not_applicable_and_limits_when_none_then_disabled() -> None:
    market = build_order(type=OrderType.MARKET)

    assert run_check(CODE, market, quote=None, limits=VOLUME).outcome is NOT_APPLICABLE
    assert run_check(CODE, build_order(10**9)).outcome is DISABLED


def test_order_at_market_when_its_book_is_known_then_the_depth_is_the_books() -> None:
    book = build_book((100, 3), (101, 5))
    given: dict[str, Any] = {"limits": DEPTH, "quote": build_quote(ask_depth=Decimal(1000))}

    def outcome(quantity: str, kind: OrderType = OrderType.MARKET, **changes: Any) -> object:
        return run_check(CODE, build_order(quantity, type=kind), **given | {"book": book} | changes).outcome

    assert (outcome("4"), outcome("4.001")) == (PASSED, VIOLATED)
    result = run_check(CODE, build_order("5", type=OrderType.MARKET), book=book, **given)
    assert (result.observed, result.limit) == (5, 4)
    # A resting order takes nothing; an old book tells nothing; earlier rules knew none.
    assert outcome("400", OrderType.LIMIT) is PASSED
    assert outcome("400", book=replace(book, at=NOW - timedelta(seconds=61))) is PASSED
    assert outcome("400", rules=3) is PASSED
