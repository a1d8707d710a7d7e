"""ASSET_CONCENTRATION, STRATEGY_BUDGET, VENUE_CONCENTRATION: not everything in one place."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.account.document import Venue
from riskgate.core.codes import DenyCode
from riskgate.core.instrument import MarketType
from riskgate.core.order import OrderType
from riskgate.core.side import Side
from tests.support.builders import (
    BUY,
    DISABLED,
    NOT_APPLICABLE,
    PASSED,
    SELL,
    SWAP,
    VENUE,
    VIOLATED,
    build_account,
    build_limits,
    build_order,
    build_position,
    build_working,
    run_check,
)

ASSET, STRATEGY, VENUES = DenyCode.ASSET_CONCENTRATION, DenyCode.STRATEGY_BUDGET, DenyCode.VENUE_CONCENTRATION
ASSET_LIMIT = build_limits(asset_fraction_max="0.20")
STRATEGY_LIMIT = build_limits(strategy_fraction_max="0.50")
VENUE_LIMIT = build_limits(venue_equity_fraction_max="0.60")
TWO_VENUES = tuple(Venue(venue=name, market_type=MarketType.SPOT) for name in (VENUE, "kraken"))


@pytest.mark.parametrize(("quantity", "outcome"), [("5", PASSED), ("5.001", VIOLATED)])
@pytest.mark.parametrize("side", [BUY, SELL])
def test_asset_when_beyond_the_limit_over_venues_and_market_types_then_denied(
    side: Side, quantity: str, outcome: object
) -> None:
    """A long at one venue and a short at another are two risks at two counterparties."""
    state = build_account(
        positions=[build_position(10, venue="kraken"), build_position(-5, "BTC/USD:USD", venue="deribit")]
    )

    assert run_check(ASSET, build_order(quantity, symbol=SWAP, side=side), state, limits=ASSET_LIMIT).outcome is outcome


def test_asset_when_another_then_not_counted() -> None:
    state = build_account(positions=[build_position(50, "ETH/USDT")], working=[build_working(50, "SOL/USDT")])

    assert run_check(ASSET, build_order(20), state, limits=ASSET_LIMIT).outcome is PASSED


@pytest.mark.parametrize(("quantity", "outcome"), [("10", PASSED), ("10.001", VIOLATED)])
@pytest.mark.parametrize("side", [BUY, SELL])
def test_strategy_when_beyond_its_budget_then_denied(side: Side, quantity: str, outcome: object) -> None:
    state = build_account(
        positions=[build_position(25, "ETH/USDT"), build_position(-10, "SOL/USDT:USDT")],
        working=[build_working(5, "ADA/USDT"), build_working(90, "UNI/USDT", client_order_id="w2", strategy="carry")],
    )

    order = build_order(quantity, symbol=SWAP, side=side)
    assert run_check(STRATEGY, order, state, limits=STRATEGY_LIMIT).outcome is outcome


@pytest.mark.parametrize(("held", "outcome"), [("6000", PASSED), ("6000.01", VIOLATED), ("0", PASSED)])
def test_venue_when_it_holds_more_than_its_share_of_equity_then_denied(held: str, outcome: object) -> None:
    state = build_account(venues=TWO_VENUES, venue_equity={VENUE: Decimal(held)})

    assert run_check(VENUES, build_order(), state, limits=VENUE_LIMIT).outcome is outcome


def test_venue_when_it_is_the_only_one_then_there_is_nothing_to_spread() -> None:
    assert run_check(VENUES, build_order(), limits=VENUE_LIMIT).outcome is NOT_APPLICABLE


@pytest.mark.parametrize(("code", "limits"), [(ASSET, ASSET_LIMIT), (STRATEGY, STRATEGY_LIMIT), (VENUES, VENUE_LIMIT)])
class TestAllThree:
    def test_exit_when_beyond_the_limit_then_exempt(self, code: DenyCode, limits: Any) -> None:
        state = build_account(positions=[build_position(500)], venues=TWO_VENUES)

        assert run_check(code, build_order(side=SELL), state, limits=limits).outcome is NOT_APPLICABLE

    @pytest.mark.parametrize("equity", ["0", "-1", "NaN"])
    def test_share_when_equity_is_not_positive_then_denied(self, code: DenyCode, limits: Any, equity: str) -> None:
        state = build_account(equity, venues=TWO_VENUES)

        assert run_check(code, build_order(), state, limits=limits).outcome is VIOLATED

    def test_limit_when_none_then_disabled(self, code: DenyCode, limits: Any) -> None:
        assert limits != build_limits()
        assert run_check(code, build_order(1000), build_account(venues=TWO_VENUES)).outcome is DISABLED


@pytest.mark.parametrize(("code", "limits"), [(ASSET, ASSET_LIMIT), (STRATEGY, STRATEGY_LIMIT)])
def test_order_when_it_cannot_be_valued_then_not_applicable(code: DenyCode, limits: Any) -> None:
    assert run_check(code, build_order(type=OrderType.MARKET), quote=None, limits=limits).outcome is NOT_APPLICABLE
