"""The paper venue against the simulated exchange: the same orders under the same prices end in the same book.

What differs by design is kept out of the scripts: the simulator stops a trade with oneself, the paper venue knows no
other orders than quotes; and its path between two quotes is not seen, so prices jump here, as quotes do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from infra.simulators.exchange.accounts import FeeSchedule
from infra.simulators.exchange.orders import Order as SimulatedOrder
from infra.simulators.exchange.orders import Side as SimulatedSide
from infra.simulators.exchange.orders import Status
from infra.simulators.exchange.venue import Venue
from riskgate.core.account.document import OrderStatus
from riskgate.core.instrument import Instrument, MarketType, Quote
from riskgate.core.order import OrderType, TimeInForce
from riskgate.core.order_book import BookLevel, OrderBook
from riskgate.core.paper.book import PaperBook, PaperTerms, open_book
from riskgate.core.paper.matching import PaperMarket, advance, cancel_order, place_order
from riskgate.core.side import Side
from riskgate.core.venues.model import NewVenueOrder
from tests.support.hypothesis_profiles import QUICK
from tests.support.venue import frozen_venue, fund, order_of, place

D = Decimal
NOON = datetime(2026, 3, 4, 12, tzinfo=UTC)
SAME = {
    Status.NEW: OrderStatus.SUBMITTED,
    Status.PARTIALLY_FILLED: OrderStatus.PARTIALLY_FILLED,
    Status.FILLED: OrderStatus.FILLED,
    Status.CANCELED: OrderStatus.CANCELLED,
    Status.EXPIRED: OrderStatus.EXPIRED,
}
KINDS = {"spot": "STOP_LOSS", "swap": "STOP_MARKET"}


@dataclass
class Both:
    """One account at both venues, in the market of BTC."""

    market: str
    venue: Venue = field(default_factory=frozen_venue)
    book: PaperBook = None  # type: ignore[assignment]
    now: datetime = NOON
    placed: dict[str, SimulatedOrder] = field(default_factory=dict)

    def __post_init__(self) -> None:
        fees = FeeSchedule(swap_maker=D("0.0002"), swap_taker=D("0.0005"))
        fund(self.venue, "alice", {"USDT": "10000000", "BTC": "100"}, swap="10000000", fees=fees)
        spot = self.market == "spot"
        terms = PaperTerms() if spot else PaperTerms(maker_fee_fraction=D("0.0002"), taker_fee_fraction=D("0.0005"))
        balances = {"USDT": D(10_000_000)} | ({"BTC": D(100)} if spot else {})
        self.book = open_book(MarketType(self.market), balances, terms, NOON)
        self.quote: PaperMarket | None = None
        self.price("50000")

    @property
    def symbol(self) -> str:
        return "BTC/USDT" if self.market == "spot" else "BTC/USDT:USDT"

    @property
    def markets(self) -> dict[str, PaperMarket]:
        assert self.quote is not None
        return {self.symbol: self.quote}

    def price(self, price: str) -> None:
        """Let the price jump at the simulator, and give the paper venue what is quoted there."""
        venue, market = self.venue, self.market
        instrument = venue.state.instrument(market, "BTCUSDT")  # type: ignore[arg-type]
        # What the levels hold before anybody takes from them.
        venue.state.feed.set_price(instrument, venue.state.event_ms, D(price))
        venue.state.book(instrument).refresh(D(price), venue.state.sequences.next())
        sides = {side: venue.state.book(instrument).levels(side) for side in SimulatedSide}
        bids, asks = (
            tuple(BookLevel(price=level.price, quantity=level.quantity) for level in sides[side])
            for side in (SimulatedSide.BUY, SimulatedSide.SELL)
        )
        venue.set_price("BTCUSDT", market, D(price))  # type: ignore[arg-type]
        self.now += timedelta(seconds=60)
        traded = Instrument(
            venue="binance",
            symbol=self.symbol,
            market_type=MarketType(market),
            base_currency="BTC",
            quote_currency="USDT",
            settle_currency="USDT",
            tick_size=instrument.tick,
            step_size=instrument.step,
        )
        quote = Quote(
            venue="binance", symbol=self.symbol, at=self.now, bid=bids[0].price, ask=asks[0].price, last=D(price)
        )
        book = OrderBook(symbol=self.symbol, bids=bids, asks=asks, at=self.now)
        self.quote = PaperMarket(instrument=traded, quote=quote, book=book)
        self.now += timedelta(seconds=1)
        self.book = advance(self.book, self.markets, self.now)

    def order(self, side: str, quantity: str, price: str = "0", stop: str = "", tif: str = "GTC") -> str:
        """Place one order at both."""
        name = f"o{len(self.placed)}"
        more: dict[str, Any] = {"kind": KINDS[self.market], "stop_price": D(stop)} if stop else {"tif": tif}
        sent = order_of(
            self.venue,
            "alice",
            side,
            quantity,
            price,
            market=self.market,
            client_order_id=name,
            **more,  # type: ignore[arg-type]
        )
        kind = OrderType.STOP if stop else OrderType.LIMIT if D(price) else OrderType.MARKET
        asked = NewVenueOrder(
            client_order_id=name,
            symbol=self.symbol,
            side=Side(side.lower()),
            type=kind,
            quantity=D(quantity),
            limit_price=D(price) or None,
            trigger_price=D(stop) if stop else None,
            time_in_force=TimeInForce(tif),
        )
        self.now += timedelta(seconds=1)
        self.placed[name] = place(self.venue, sent)
        self.book, _ = place_order(self.book, asked, self.markets, self.now)
        again, known = place_order(self.book, asked, self.markets, self.now)
        assert (again, known) == (self.book, self.book.orders[name]), "placed twice under one id"
        return name

    def cancel(self, name: str) -> None:
        """Cancel an order at both, where it is open."""
        if self.placed[name].is_open:
            self.venue.engine.cancel(self.placed[name])
        self.book, _ = cancel_order(self.book, name, self.now)

    def agree(self) -> None:
        """Require the same orders, fills, fees and money."""
        account = self.venue.state.accounts["alice"]
        for name, theirs in self.placed.items():
            ours = self.book.orders[name]
            seen = (ours.status, ours.filled_quantity, ours.cost)
            assert seen == (SAME[theirs.status], theirs.executed, theirs.quote_executed), name
        ours_filled = [(t.client_order_id, t.side.value.upper(), t.quantity, t.price, t.fee) for t in self.book.trades]
        theirs_filled = [
            (self.venue.state.orders[t.order_id].client_order_id, t.side.value, t.quantity, t.price, t.fee)
            for t in account.trades
        ]
        assert sorted(ours_filled, key=str) == sorted(theirs_filled, key=str)
        if self.market == "spot":
            assert {asset: self.book.balances[asset] for asset in ("BTC", "USDT")} == {
                asset: account.spot.of(asset).total for asset in ("BTC", "USDT")
            }


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("price"), st.integers(45_000, 55_000)),
        st.tuples(st.just("market"), st.sampled_from(["BUY", "SELL"]), st.integers(3, 40)),
        st.tuples(st.just("rest"), st.sampled_from(["BUY", "SELL"]), st.integers(3, 20), st.integers(2, 9)),
        st.tuples(
            st.just("ioc"), st.sampled_from(["BUY", "SELL"]), st.integers(1, 500), st.sampled_from(["IOC", "FOK"])
        ),
        st.tuples(st.just("stop"), st.sampled_from(["BUY", "SELL"]), st.integers(3, 20), st.integers(2, 9)),
        st.tuples(st.just("cancel"), st.integers(0, 30)),
    ),
    max_size=14,
)


@pytest.mark.parametrize("market", ["spot", "swap"])
def test_scripts_when_run_at_both_then_the_same_book(market: str) -> None:
    @settings(QUICK, suppress_health_check=list(HealthCheck))
    @given(steps=STEPS)
    def run(steps: list[tuple[Any, ...]]) -> None:
        both, mid = Both(market), 50_000
        for kind, *rest in steps:
            if kind == "price":
                mid = rest[0]
                both.price(str(mid))
            elif kind == "cancel" and both.placed:
                both.cancel(f"o{rest[0] % len(both.placed)}")
            elif kind == "market":
                both.order(rest[0], f"{D(rest[1]) / 1000}")
            elif kind == "ioc":
                # Through the whole spread, not as far as anything rests.
                edge = mid * (D("1.0015") if rest[0] == "BUY" else D("0.9985"))
                both.order(rest[0], f"{D(rest[1]) / 100}", f"{edge // 1}", tif=rest[2])
            elif kind in {"rest", "stop"}:
                away = -1 if (rest[0] == "BUY") == (kind == "rest") else 1
                level = f"{mid * (100 + away * rest[2]) // 100}"
                quantity = f"{D(rest[1]) / 1000}"
                both.order(rest[0], quantity, level) if kind == "rest" else both.order(rest[0], quantity, stop=level)
            both.agree()

    run()


def test_order_when_larger_than_the_book_brings_then_filled_in_the_same_parts() -> None:
    both = Both("spot")
    name = both.order("BUY", "60", "49000")
    for price in ("48900", "48800", "48700"):
        both.price(price)
        both.agree()
    filled = both.book.orders[name].filled_quantity
    assert D(0) < filled <= D(60)
    assert {trade.price for trade in both.book.trades} == {D(49000)}
