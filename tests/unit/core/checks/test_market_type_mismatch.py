"""MARKET_TYPE_MISMATCH: a swap at a venue registered for spot is traded by nobody."""

from __future__ import annotations

import pytest

from riskgate.core.account.document import Venue
from riskgate.core.codes import DenyCode
from riskgate.core.instrument import MarketType
from tests.support.builders import (
    NOT_APPLICABLE,
    PASSED,
    SELL,
    SPOT,
    SWAP,
    VENUE,
    VIOLATED,
    build_account,
    build_order,
    build_position,
    evaluate_order,
    run_check,
)

CODE = DenyCode.MARKET_TYPE_MISMATCH


@pytest.mark.parametrize(
    ("registered", "symbol", "outcome"),
    [
        (MarketType.SPOT, SPOT, PASSED),
        (MarketType.SPOT, SWAP, VIOLATED),
        (MarketType.SWAP, SWAP, PASSED),
        (MarketType.SWAP, SPOT, VIOLATED),
    ],
)
@pytest.mark.parametrize("side", ["buy", "sell"])
def test_order_when_of_another_market_type_than_its_venue_then_denied(
    registered: MarketType, symbol: str, side: str, outcome: object
) -> None:
    state = build_account(venues=(Venue(venue=VENUE, market_type=registered),))

    order = build_order(symbol=symbol, side=SELL if side == "sell" else build_order().side)
    assert run_check(CODE, order, state).outcome is outcome


def test_order_when_only_its_market_type_is_wrong_then_this_code_answers() -> None:
    state = build_account(venues=(Venue(venue=VENUE, market_type=MarketType.SPOT),))

    assert evaluate_order(build_order(symbol=SWAP), state).code is CODE


def test_exit_when_of_another_market_type_then_passes() -> None:
    spot_only = (Venue(venue=VENUE, market_type=MarketType.SPOT),)
    state = build_account(positions=[build_position(10, SWAP)], venues=spot_only)

    assert run_check(CODE, build_order(symbol=SWAP, side=SELL), state).outcome is NOT_APPLICABLE


def test_market_type_when_the_venue_or_the_market_is_unknown_then_other_codes_answer() -> None:
    assert run_check(CODE, build_order(), instrument=None).outcome is NOT_APPLICABLE
    elsewhere = build_account(venues=(Venue(venue="kraken", market_type=MarketType.SWAP),))
    assert run_check(CODE, build_order(), elsewhere).outcome is NOT_APPLICABLE


def test_order_when_decided_by_earlier_rules_then_never_asked() -> None:
    assert CODE not in dict(evaluate_order(build_order(symbol=SWAP), rules=3).checks)
