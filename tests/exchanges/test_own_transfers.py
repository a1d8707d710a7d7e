"""Money in and out over more than a page, at venues whose answers the gateway reads itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from riskgate.core.venues.model import TransferKind
from tests.exchanges.book import Movement
from tests.exchanges.cases.registry import HOUR_AGO
from tests.exchanges.desk import HOUR_MS, Desk, venue_time
from tests.exchanges.server import VenueServer
from tests.exchanges.table import key_of, list_venues

KINDS = {key_of(kind): kind for kind in list_venues()}
OWN = ("coinbase/spot", "hyperliquid/swap", "krakenfutures/swap")
COUNT = 2100


@pytest.fixture
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    server = VenueServer()
    with venue_time():
        opened = Desk(server, KINDS[request.param])
        yield opened
        opened.exchange.close()
    server.close()


def move(desk: Desk, count: int) -> list[Movement]:
    """Let money move in and out, half of it before the hour that is asked for."""
    start = desk.venue.book.now_ms - 2 * HOUR_MS
    assets = sorted({market.quote for market in desk.venue.markets})
    return [
        Movement(
            number=500 + n,
            kind=("deposit", "withdrawal")[n % 2] if desk.kind.market_type.value == "spot" else ("in", "out")[n % 2],
            asset=assets[n % len(assets)],
            amount=n + desk.venue.markets[0].step,
            at_ms=start + n * (2 * HOUR_MS // count),
        )
        for n in range(count)
    ]


@pytest.mark.parametrize("desk", OWN, indirect=True)
def test_transfers_when_over_more_than_a_page_then_all_of_the_period_once(desk: Desk) -> None:
    desk.venue.book.movements = move(desk, COUNT)
    seen = desk.exchange.list_transfers(HOUR_AGO)
    wanted = [m for m in desk.venue.book.movements if m.at_ms >= desk.venue.book.now_ms - HOUR_MS]
    assert len({item.transfer_id for item in seen}) == len(seen)
    assert sorted((item.asset, item.amount, item.kind) for item in seen) == sorted(
        (m.asset, m.amount, TransferKind.DEPOSIT if m.kind in {"deposit", "in"} else TransferKind.WITHDRAWAL)
        for m in wanted
    )
    assert {item.fee for item in seen} == {0}


@pytest.mark.parametrize("desk", OWN, indirect=True)
def test_transfers_when_a_row_cannot_be_read_then_the_others_are_and_it_is_told(desk: Desk) -> None:
    desk.venue.book.movements = move(desk, 8)
    desk.venue.odd = {"transfers"}
    assert len(desk.exchange.list_transfers(HOUR_AGO)) == 4
    assert {row.kind for row in desk.exchange.take_unreadable()} == {"transfer"}
