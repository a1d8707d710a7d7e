"""What every `Exchange` must hold, whoever implements it.

The suite sees an exchange only through the port, and the venue behind it only through a `Venue`: another
implementation joins by adding its opener to `OPENERS`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from riskgate.app.ports.exchange import Exchange
from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import InvalidRequest, NotFound, OutcomeUnknown, RateLimited, Rejected, Transient
from riskgate.core.instrument import MarketType
from riskgate.core.money import is_multiple
from riskgate.core.order import OrderType
from riskgate.core.side import Side
from riskgate.core.venues.model import NewVenueOrder, TransferKind, VenueOrderRef
from tests.support.exchange_adapter import SYMBOL, open_adapter, unthrottled
from tests.support.venue import ACCOUNT, real_time_venue, running


@dataclass
class Venue:
    """The world behind an exchange: BTC trades at 50,000 in steps of one basis point.

    `price` moves it, `fail` lets the next create of an order fail in a named way, `orders` counts what the venue
    really has, `deposit` brings USDT.
    """

    exchange: Exchange
    symbol: str
    price: Callable[[str], None]
    fail: Callable[[str], None]
    orders: Callable[[], int]
    deposit: Callable[[str], None]

    def order(self, number: int = 1, **fields: Any) -> NewVenueOrder:
        known: dict[str, Any] = {
            "client_order_id": self.exchange.client_order_id(f"{number:032x}"),
            "symbol": self.symbol,
            "side": Side.BUY,
            "type": OrderType.LIMIT,
            "quantity": Decimal("0.1"),
            "limit_price": Decimal(40000),
        }
        return NewVenueOrder(**(known | fields))

    def ref(self, number: int = 1, **fields: Any) -> VenueOrderRef:
        client_order_id = self.exchange.client_order_id(f"{number:032x}")
        return VenueOrderRef(client_order_id=client_order_id, symbol=self.symbol, **fields)


@contextmanager
def simulated(market_type: MarketType) -> Iterator[Venue]:
    """The ccxt adapter against the simulated exchange."""
    with running(real_time_venue()) as simulator, unthrottled():
        routed = open_adapter(simulator, market_type)
        post = simulator.control.post
        faults: dict[str, dict[str, Any]] = {
            "lost before": {"kind": "drop_before_accept"},
            "lost after": {"kind": "drop_after_accept"},
            "server error": {"kind": "error_after_accept"},
            "busy": {"kind": "rate_limit"},
        }
        yield Venue(
            exchange=routed.exchange,
            symbol=SYMBOL[market_type],
            price=routed.price,
            fail=lambda how: routed.fault(method="POST", **faults[how]),
            orders=lambda: len(simulator.orders()),
            deposit=lambda amount: (
                post(
                    "transfers", account=ACCOUNT, type="deposit", asset="USDT", amount=amount, market=market_type.value
                )
                and None
            ),
        )
        routed.exchange.close()


type Opener = Callable[[], AbstractContextManager[Venue]]

OPENERS: dict[str, Opener] = {
    "ccxt-spot": lambda: simulated(MarketType.SPOT),
    "ccxt-swap": lambda: simulated(MarketType.SWAP),
}


@pytest.fixture(params=sorted(OPENERS))
def venue(request: pytest.FixtureRequest) -> Iterator[Venue]:
    with OPENERS[request.param]() as opened:
        yield opened


def an_hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


def test_client_id_when_asked_again_then_the_same_and_read_back(venue: Venue) -> None:
    order_id = "0123456789abcdef0123456789abcdef"
    text = venue.exchange.client_order_id(order_id)
    assert text == venue.exchange.client_order_id(order_id)
    assert text != venue.exchange.client_order_id(order_id, 1)
    assert venue.exchange.order_id_of(text) == order_id


def test_order_when_resting_then_same_in_answer_lookup_and_list(venue: Venue) -> None:
    placed = venue.exchange.create_order(venue.order())
    assert (placed.status, placed.quantity, placed.limit_price) == (OrderStatus.SUBMITTED, Decimal("0.1"), 40000)
    assert venue.exchange.get_order(venue.ref()) == placed
    assert venue.exchange.get_order(venue.ref(exchange_order_id=placed.exchange_order_id)) == placed
    assert venue.exchange.list_open_orders() == venue.exchange.list_open_orders(venue.symbol) == (placed,)


def test_order_when_filled_then_trades_add_up_to_it(venue: Venue) -> None:
    placed = venue.exchange.create_order(venue.order(type=OrderType.MARKET, limit_price=None, quantity=Decimal("0.7")))
    trades = venue.exchange.list_trades(venue.symbol, an_hour_ago())
    assert placed.status is OrderStatus.FILLED
    assert sum(trade.quantity for trade in trades) == placed.filled_quantity == Decimal("0.7")
    assert {trade.exchange_order_id for trade in trades} == {placed.exchange_order_id}
    assert len({trade.trade_id for trade in trades}) == len(trades) >= 2
    assert [trade.executed_at for trade in trades] == sorted(trade.executed_at for trade in trades)


def test_order_when_the_market_comes_to_it_then_filled_at_its_price(venue: Venue) -> None:
    venue.exchange.create_order(venue.order(limit_price=Decimal(49000)))
    venue.price("48000")
    found = venue.exchange.get_order(venue.ref())
    assert found is not None
    assert (found.status, found.average_price) == (OrderStatus.FILLED, 49000)


def test_order_when_sent_twice_then_one_order_and_the_same_answer(venue: Venue) -> None:
    first = venue.exchange.create_order(venue.order())
    assert venue.exchange.create_order(venue.order()).exchange_order_id == first.exchange_order_id
    assert venue.orders() == 1


@pytest.mark.parametrize(("how", "orders"), [("lost before", 0), ("lost after", 1), ("server error", 1)])
def test_order_when_its_answer_is_lost_then_unknown_and_lookup_decides(venue: Venue, how: str, orders: int) -> None:
    venue.fail(how)
    with pytest.raises(OutcomeUnknown):
        venue.exchange.create_order(venue.order())
    assert (venue.exchange.get_order(venue.ref()) is not None) == bool(orders)
    assert venue.orders() == orders


def test_order_when_venue_is_busy_then_transient_and_no_order(venue: Venue) -> None:
    venue.fail("busy")
    with pytest.raises(Transient) as caught:
        venue.exchange.create_order(venue.order())
    assert isinstance(caught.value, RateLimited)
    assert venue.orders() == 0


@pytest.mark.parametrize(
    "changes",
    [
        {"quantity": Decimal("0.10000001")},
        {"limit_price": Decimal("40000.001")},
        {"symbol": "NO/SUCH"},
        {"limit_price": None},
        {"quantity": Decimal(0)},
    ],
)
def test_order_when_off_the_grid_or_malformed_then_refused_before_it_is_sent(
    venue: Venue, changes: dict[str, Any]
) -> None:
    with pytest.raises(InvalidRequest):
        venue.exchange.create_order(venue.order(**changes))
    assert venue.orders() == 0


def test_order_when_the_venue_refuses_then_rejected_and_not_known_there(venue: Venue) -> None:
    with pytest.raises(Rejected) as caught:
        venue.exchange.create_order(venue.order(quantity=Decimal(5000)))
    assert caught.value.venue_code
    assert venue.exchange.get_order(venue.ref()) is None


def test_cancel_when_resting_filled_or_unknown_then_how_it_ended(venue: Venue) -> None:
    venue.exchange.create_order(venue.order(1))
    venue.exchange.create_order(venue.order(2, type=OrderType.MARKET, limit_price=None))
    assert venue.exchange.cancel_order(venue.ref(1)).status is OrderStatus.CANCELLED
    assert venue.exchange.cancel_order(venue.ref(1)).status is OrderStatus.CANCELLED
    assert venue.exchange.cancel_order(venue.ref(2)).status is OrderStatus.FILLED
    with pytest.raises(NotFound):
        venue.exchange.cancel_order(venue.ref(3))


def test_stop_when_triggered_then_known_by_the_same_reference(venue: Venue) -> None:
    venue.exchange.create_order(venue.order(1, type=OrderType.MARKET, limit_price=None))
    trigger = {"side": Side.SELL, "type": OrderType.STOP, "limit_price": None, "trigger_price": Decimal(45000)}
    venue.exchange.create_order(venue.order(2, **trigger))
    venue.price("44000")
    found = venue.exchange.get_order(venue.ref(2, has_trigger=True))
    assert found is not None
    assert (found.status, found.trigger_price) == (OrderStatus.FILLED, 45000)


def test_balances_when_money_arrives_then_more_and_the_transfer_is_listed(venue: Venue) -> None:
    before = {item.asset: item for item in venue.exchange.list_balances()}["USDT"]
    venue.deposit("123.45678901")
    after = {item.asset: item for item in venue.exchange.list_balances()}["USDT"]
    assert after.total - before.total == Decimal("123.45678901")
    (transfer,) = venue.exchange.list_transfers(an_hour_ago())
    assert (transfer.kind, transfer.asset, transfer.amount) == (TransferKind.DEPOSIT, "USDT", Decimal("123.45678901"))


def test_positions_when_swap_is_bought_then_signed_and_spot_has_none(venue: Venue) -> None:
    sale = {"side": Side.SELL, "type": OrderType.MARKET, "limit_price": None}
    venue.exchange.create_order(venue.order(**sale))
    found = [(item.symbol, item.quantity) for item in venue.exchange.list_positions()]
    expected = [(venue.symbol, Decimal("-0.1"))] if venue.exchange.market_type is MarketType.SWAP else []
    assert found == expected


def test_market_data_when_read_then_it_agrees_with_itself(venue: Venue) -> None:
    (quote,) = venue.exchange.list_quotes([venue.symbol])
    book = venue.exchange.get_order_book(venue.symbol, 20)
    (instrument,) = (item for item in venue.exchange.list_instruments() if item.symbol == venue.symbol)
    assert (quote.bid, quote.ask) == (book.bids[0].price, book.asks[0].price)
    assert all(is_multiple(level.price, instrument.tick_size) for level in (*book.bids, *book.asks))
    bid_depth, ask_depth = book.depth(Decimal("0.01"))
    assert min(bid_depth, ask_depth) > 0
    assert instrument.market_type is venue.exchange.market_type
    assert instrument.venue == quote.venue == venue.exchange.venue


def test_candles_when_read_then_without_gap_and_only_the_last_is_open(venue: Venue) -> None:
    now = datetime.now(UTC)
    candles = venue.exchange.list_candles(venue.symbol, "1d", now - timedelta(days=30))
    starts = [candle.opened_at for candle in candles]
    assert starts == [starts[0] + timedelta(days=day) for day in range(len(starts))]
    assert len(starts) == 30
    assert [candle.is_closed for candle in candles] == [True] * 29 + [False]


def test_health_when_asked_then_clock_state_and_key(venue: Venue) -> None:
    clock = venue.exchange.get_clock()
    assert abs(clock.skew_seconds) < 5
    assert clock.server_at.tzinfo is UTC
    assert venue.exchange.get_status().is_ok is not False
    rights = venue.exchange.get_key_permissions()
    assert (rights.can_trade, rights.can_withdraw) == (True, False)
