"""Swaps in cross and in isolated margin: an order is in its market's mode, or the other mode is refused by name."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import pytest

from riskgate.core.errors import InvalidRequest, MarginModeUnsupported
from riskgate.core.side import Side
from tests.exchanges.book import Position
from tests.exchanges.desk import Desk, venue_time
from tests.exchanges.server import VenueServer
from tests.exchanges.venues.bitget_futures import BitgetLinear
from tests.exchanges.venues.okx import OkxSwap


@pytest.fixture
def server() -> Iterator[VenueServer]:
    started = VenueServer()
    with venue_time():
        yield started
    started.close()


@pytest.mark.parametrize("mode", ["crossed", "isolated"])
def test_order_when_at_bitget_then_in_the_margin_mode_of_its_market(server: VenueServer, mode: str) -> None:
    desk = Desk(server, BitgetLinear)
    assert isinstance(desk.venue, BitgetLinear)
    desk.venue.margin_mode = mode
    # The venue refuses the other mode.
    desk.exchange.create_order(desk.order(0))
    desk.exchange.create_order(desk.market_order(1, side=Side.SELL, reduce_only=True))
    desk.exchange.create_order(desk.stop(2, reduce_only=True))
    assert len(desk.venue.book.orders) == 3
    desk.exchange.close()


def test_order_when_bitget_does_not_tell_the_mode_then_not_sent(server: VenueServer) -> None:
    desk = Desk(server, BitgetLinear)
    assert isinstance(desk.venue, BitgetLinear)
    desk.venue.margin_mode = "union"
    with pytest.raises(InvalidRequest, match="margin mode"):
        desk.exchange.create_order(desk.order())
    assert desk.venue.writes() == []
    desk.exchange.close()


def test_positions_when_one_is_isolated_at_okx_then_refused_with_what_to_do(server: VenueServer) -> None:
    desk = Desk(server, OkxSwap)
    desk.venue.book.positions = [Position(symbol=desk.symbol, quantity=Decimal(2))]
    assert [item.quantity for item in desk.exchange.list_positions()] == [2]
    desk.venue.book.positions[0].isolated = True
    with pytest.raises(MarginModeUnsupported, match="BTC/USDT:USDT is not in cross margin.*close it at okx") as refused:
        desk.exchange.list_positions()
    assert refused.value.code == "MARGIN_MODE_UNSUPPORTED"
    desk.exchange.close()
