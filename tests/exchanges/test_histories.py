"""Random histories at every class that trades: lost answers, dropped requests and fills end in the right book."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

import pytest

from riskgate.core.errors import GatewayError, OutcomeUnknown, Rejected, Transient
from riskgate.core.side import Side
from riskgate.core.venues.model import VenueOrder
from tests.exchanges.book import Order
from tests.exchanges.desk import NOW, Desk, venue_time
from tests.exchanges.server import VenueServer
from tests.exchanges.table import TABLE, key_of, list_venues
from tests.exchanges.wire import Fault

TRADING = [
    key for key, row in json.loads(TABLE.read_text(encoding="utf-8"))["classes"].items() if row["scope"] == "trade"
]
KINDS = {key_of(kind): kind for kind in list_venues()}
HISTORIES = 200
STEPS = 14


@pytest.fixture
def desk(request: pytest.FixtureRequest) -> Iterator[Desk]:
    server = VenueServer()
    with venue_time():
        opened = Desk(server, KINDS[request.param])
        yield opened
        opened.exchange.close()
    server.close()


def send(desk: Desk, number: int, dice: random.Random) -> None:
    """Send an order as the worker does: what is in doubt is looked up, and sent again once it surely is not there."""
    terms = {"side": dice.choice([Side.BUY, Side.SELL])}
    price = Decimal(40_000) if terms["side"] is Side.BUY else Decimal(60_000)
    for _ in range(4):
        try:
            desk.exchange.create_order(desk.order(number, limit_price=price, **terms))
        except (OutcomeUnknown, Transient):
            if look_up(desk, number) is not None:
                return
        else:
            return
    raise AssertionError("the venue took no order in four tries")


def look_up(desk: Desk, number: int) -> VenueOrder | None:
    """Ask until there is an answer: no answer is no denial."""
    for _ in range(6):
        try:
            return desk.exchange.get_order(desk.ref(number))
        except GatewayError:
            continue
    raise AssertionError("the venue never answered")


def cancel(desk: Desk, number: int) -> None:
    for _ in range(4):
        try:
            desk.exchange.cancel_order(desk.ref(number))
        except (OutcomeUnknown, Transient, Rejected):
            continue
        return


def step(desk: Desk, dice: random.Random, sent: list[int]) -> None:
    """Let one thing happen, half of the time with a fault in its way."""
    book = desk.venue.book
    desk.venue.faults = []
    if dice.random() < 0.5:
        how = dice.choice(["lost", "dropped", "maintenance"])
        desk.venue.faults = [Fault(kind=dice.choice(["place", "cancel", "read"]), how=how, count=dice.randint(1, 2))]
    resting = [order for order in book.orders if order.rests]
    act = dice.choice(["send", "send", "fill", "fill", "cancel"])
    if act == "send" or not resting:
        sent.append(len(sent))
        send(desk, sent[-1], dice)
    elif act == "fill":
        order = dice.choice(resting)
        left = order.quantity - order.filled
        book.fill(
            order, min(left, desk.lots(dice.randint(1, 3))), order.price, at_ms=book.now_ms - dice.randint(0, 60_000)
        )
    else:
        cancel(desk, dice.choice(sent))


def check(desk: Desk, sent: list[int]) -> None:
    """Require that the gateway sees what is: each order once, as it stands, and every fill."""
    desk.venue.faults = []
    orders: list[Order] = desk.venue.book.orders
    assert sorted(order.client_id for order in orders) == sorted(desk.client_id(number) for number in sent)
    for number in sent:
        desk.agree(desk.exchange.get_order(desk.ref(number)), desk.venue.book.by_client_id(desk.client_id(number)))  # type: ignore[arg-type]
    desk.agree_all(desk.exchange.list_open_orders(), [order for order in orders if order.rests])
    trades = desk.exchange.list_trades(desk.symbol, NOW - timedelta(hours=1), thorough=True)
    assert len({trade.trade_id for trade in trades}) == len(trades) == len(desk.venue.book.fills)
    assert sum(trade.quantity for trade in trades) == sum(fill.quantity for fill in desk.venue.book.fills)
    assert desk.venue.unknown == []


def run(desk: Desk, seed: int) -> None:
    desk.reset()
    dice, sent = random.Random(seed), []  # noqa: S311 a test's dice
    for _ in range(STEPS):
        step(desk, dice, sent)
    check(desk, sent)


@pytest.mark.parametrize("desk", TRADING, indirect=True)
def test_history_when_random_then_nothing_is_lost_or_doubled(desk: Desk) -> None:
    for seed in range(3):
        run(desk, seed)


@pytest.mark.long
@pytest.mark.parametrize("desk", TRADING, indirect=True)
def test_histories_when_many_then_nothing_is_lost_or_doubled(desk: Desk) -> None:
    for seed in range(3, HISTORIES):
        run(desk, seed)
