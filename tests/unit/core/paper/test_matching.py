"""What a paper venue fills, and what it refuses: against what a quote or a book offers, each offer once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import InvalidRequest, Rejected, Transient
from riskgate.core.instrument import MarketType
from riskgate.core.order import OrderType, TimeInForce
from riskgate.core.order_book import BookLevel
from riskgate.core.paper.book import FINISHED_MAX, PaperBook, PaperPosition, PaperTerms, held_of, open_book
from riskgate.core.paper.matching import QUOTE_AGE_MAX, PaperMarket, advance, cancel_order, place_order
from riskgate.core.side import Side
from riskgate.core.venues.model import LiquidityRole, NewVenueOrder
from tests.support.builders import (
    BUY,
    MINUTE,
    NOW,
    SECOND,
    SELL,
    SPOT,
    SWAP,
    build_book,
    build_instrument,
    build_quote,
    dec,
)

TINY = timedelta(microseconds=1)
#: Two units at 99 and at 101, eight more within the band around them.
QUOTE = {
    "bid": dec(99), "ask": dec(101), "last": dec(100), "bid_quantity": dec(2), "ask_quantity": dec(2),
    "bid_depth": dec(10), "ask_depth": dec(10),
}  # fmt: skip


def market(symbol: str = SPOT, *, size: int = 1, **changes: Any) -> PaperMarket:
    instrument = build_instrument(symbol, contract_size=Decimal(size), quantity_min=dec("0.01"))
    return PaperMarket(instrument=instrument, quote=build_quote(symbol, **(QUOTE | changes)))


def book(market_type: MarketType = MarketType.SPOT, **changes: Any) -> PaperBook:
    opened = open_book(market_type, {"USDT": dec(10_000), "BTC": dec(10)}, PaperTerms(), NOW)
    return replace(opened, **changes)


def holding(quantity: str) -> PaperBook:
    return book(MarketType.SWAP, positions={SWAP: PaperPosition(quantity=dec(quantity), entry_price=dec(100))})


def order(quantity: str = "1", limit: str | None = None, **changes: Any) -> NewVenueOrder:
    kind = OrderType.MARKET if limit is None else OrderType.LIMIT
    asked = NewVenueOrder(
        client_order_id="o1",
        symbol=SPOT,
        side=BUY,
        type=kind,
        quantity=dec(quantity),
        limit_price=None if limit is None else dec(limit),
    )
    return replace(asked, **changes)


def place(asked: NewVenueOrder, held: PaperBook | None = None, at: PaperMarket | None = None) -> PaperBook:
    known = at if at is not None else market(asked.symbol)
    placed, _ = place_order(held if held is not None else book(), asked, {asked.symbol: known}, NOW)
    return placed


def fills(held: PaperBook) -> list[tuple[Decimal, Decimal]]:
    return [(trade.quantity, trade.price) for trade in held.trades]


class TestOffers:
    def test_offers_when_quoted_then_the_best_and_the_rest_of_the_depth_at_its_edge(self) -> None:
        assert market().offers(BUY) == (
            BookLevel(price=dec(101), quantity=dec(2)),
            BookLevel(price=dec("101.101"), quantity=dec(8)),
        )
        assert market().offers(SELL) == (
            BookLevel(price=dec(99), quantity=dec(2)),
            BookLevel(price=dec("98.901"), quantity=dec(8)),
        )

    def test_offers_when_in_contracts_then_by_their_size(self) -> None:
        assert [level.quantity for level in market(SWAP, size=10).offers(BUY)] == [dec("0.2"), dec("0.8")]

    @pytest.mark.parametrize(
        ("changes", "quantities"),
        [
            ({"ask_depth": None}, ["2"]),
            ({"ask_depth": dec(2)}, ["2"]),
            ({"ask_quantity": None}, ["10"]),
            ({"ask_quantity": None, "ask_depth": None, "volume_24h": dec(1440)}, ["1"]),
            ({"ask_quantity": None, "ask_depth": None, "volume_24h": None}, []),
            ({"ask": None, "bid": None, "last": None}, []),
        ],
    )
    def test_offers_when_less_is_known_then_what_is_known(self, changes: Any, quantities: list[str]) -> None:
        assert [str(level.quantity) for level in market(**changes).offers(BUY)] == quantities

    def test_offers_when_there_is_no_quote_then_none(self) -> None:
        assert PaperMarket(instrument=build_instrument()).offers(BUY) == ()

    @pytest.mark.parametrize(("off", "counts"), [(timedelta(), True), (SECOND, True), (-TINY, False)])
    def test_offers_when_there_is_a_book_then_it_counts_unless_the_quote_is_newer(
        self, off: timedelta, counts: bool
    ) -> None:
        seen = replace(market(), book=build_book(("101", "3"), ("102", "4"), at=NOW + off))
        assert ([level.quantity for level in seen.offers(BUY)] == [3, 4]) == counts

    def test_price_when_at_the_age_limit_then_of_now_and_a_step_beyond_not(self) -> None:
        assert market(at=NOW - QUOTE_AGE_MAX).is_priced(NOW)
        assert not market(at=NOW - QUOTE_AGE_MAX - TINY).is_priced(NOW)


class TestPlaced:
    @pytest.mark.parametrize(
        ("side", "quantity", "filled"),
        [
            (BUY, "1", [("1", "101")]),
            (BUY, "2", [("2", "101")]),
            (BUY, "3", [("2", "101"), ("1", "101.101")]),
            (SELL, "1", [("1", "99")]),
            (SELL, "3", [("2", "99"), ("1", "98.901")]),
        ],
    )
    def test_market_order_when_there_is_enough_then_filled_level_by_level(
        self, side: Side, quantity: str, filled: list[tuple[str, str]]
    ) -> None:
        placed = place(order(quantity, side=side))
        assert fills(placed) == [(dec(q), dec(p)) for q, p in filled]
        assert placed.orders["o1"].status is OrderStatus.FILLED
        assert {trade.role for trade in placed.trades} == {LiquidityRole.TAKER}

    def test_market_order_when_there_is_not_enough_then_the_rest_expires(self) -> None:
        placed = place(order("12"), book(balances={"USDT": dec(10_000)}))
        assert sum(quantity for quantity, _ in fills(placed)) == 10
        assert placed.orders["o1"].status is OrderStatus.EXPIRED

    @pytest.mark.parametrize(
        ("side", "limit", "filled"),
        [
            (BUY, "101", "2"),
            (BUY, "100.99", "0"),
            (BUY, "101.11", "3"),
            (SELL, "99", "2"),
            (SELL, "99.01", "0"),
            (SELL, "98.9", "3"),
        ],
    )
    def test_limit_order_when_placed_then_no_worse_than_its_limit_and_the_rest_stays(
        self, side: Side, limit: str, filled: str
    ) -> None:
        placed = place(order("3", limit, side=side))
        assert placed.orders["o1"].filled_quantity == dec(filled)
        assert placed.orders["o1"].is_open == (filled != "3")

    @pytest.mark.parametrize(
        ("in_force", "quantity", "filled", "status"),
        [
            (TimeInForce.IOC, "3", "2", OrderStatus.EXPIRED),
            (TimeInForce.IOC, "2", "2", OrderStatus.FILLED),
            (TimeInForce.FOK, "2", "2", OrderStatus.FILLED),
            (TimeInForce.FOK, "2.001", "0", OrderStatus.EXPIRED),
            (TimeInForce.GTC, "2.001", "2", OrderStatus.PARTIALLY_FILLED),
        ],
    )
    def test_order_when_it_does_not_rest_then_what_is_not_filled_at_once_expires(
        self, in_force: TimeInForce, quantity: str, filled: str, status: OrderStatus
    ) -> None:
        placed = place(order(quantity, "101", time_in_force=in_force)).orders["o1"]
        assert (placed.filled_quantity, placed.status) == (dec(filled), status)

    def test_offer_when_the_best_one_is_gone_then_the_next_is_taken(self) -> None:
        placed = place(order("2", "101"))
        assert fills(place(order("3", client_order_id="o2"), placed))[1:] == [(3, dec("101.101"))]

    def test_offer_when_taken_once_then_gone_until_a_newer_quote(self) -> None:
        placed = place(order("1.5", "101"))
        second = order("1.5", "101", client_order_id="o2")
        assert place(second, placed).orders["o2"].filled_quantity == dec("0.5")
        assert place(second, placed, market(at=NOW + SECOND)).orders["o2"].filled_quantity == dec("1.5")
        whole = replace(second, time_in_force=TimeInForce.FOK)
        assert place(whole, placed).orders["o2"].status is OrderStatus.EXPIRED
        assert place(whole, placed, market(at=NOW + SECOND)).orders["o2"].status is OrderStatus.FILLED
        other = replace(second, side=SELL, limit_price=dec(99))
        assert place(other, placed).orders["o2"].status is OrderStatus.FILLED, "sellers meet other offers"

    @pytest.mark.parametrize(("side", "taking", "resting"), [(BUY, "101", "100.99"), (SELL, "99", "99.01")])
    def test_post_only_when_it_would_take_then_rejected_and_else_rests(
        self, side: Side, taking: str, resting: str
    ) -> None:
        with pytest.raises(Rejected) as caught:
            place(order("1", taking, side=side, post_only=True))
        assert caught.value.venue_code == "POST_ONLY"
        assert place(order("1", resting, side=side, post_only=True)).orders["o1"].is_open
        stale = market(at=NOW - QUOTE_AGE_MAX - TINY)
        assert place(order("1", taking, side=side, post_only=True), at=stale).orders["o1"].is_open

    def test_order_when_its_id_is_known_then_that_order_and_nothing_new(self) -> None:
        placed = place(order("1"))
        again, known = place_order(placed, order("9", "1"), {}, NOW)
        assert again is placed
        assert known == placed.orders["o1"]

    def test_ids_when_an_order_could_not_be_filled_whole_then_it_has_its_own_still(self) -> None:
        placed = place(order("99", "101", time_in_force=TimeInForce.FOK))
        placed = place(order("1", "50", client_order_id="o2"), placed)
        assert [(o.exchange_order_id, o.status) for o in placed.orders.values()] == [
            ("1", OrderStatus.EXPIRED),
            ("2", OrderStatus.SUBMITTED),
        ]

    def test_order_when_its_rest_is_met_by_a_newer_quote_at_once_then_as_a_maker_at_its_own_price(self) -> None:
        placed = place(order("3", "101"))
        newer = market(at=NOW + SECOND, ask=dec(100), bid=dec(99))
        after = advance(placed, {SPOT: newer}, NOW)
        assert [(t.quantity, t.price, t.role) for t in after.trades] == [
            (2, 101, LiquidityRole.TAKER),
            (1, 101, LiquidityRole.MAKER),
        ]

    def test_ids_when_given_then_each_order_and_fill_has_its_own(self) -> None:
        placed = place(order("3"))
        placed = place(order("1", "50", client_order_id="o2"), placed)
        assert [placed.orders[name].exchange_order_id for name in ("o1", "o2")] == ["1", "4"]
        assert [trade.trade_id for trade in placed.trades] == ["2", "3"]

    @pytest.mark.parametrize(
        ("changes", "code"),
        [
            ({"quantity": dec("0.0105")}, "QUANTITY_INVALID"),
            ({"quantity": dec("0.009")}, "QUANTITY_INVALID"),
            ({"quantity": dec(0)}, "QUANTITY_INVALID"),
            ({"quantity": dec(-1)}, "QUANTITY_INVALID"),
            ({"limit_price": dec("100.005")}, "PRICE_INVALID"),
            ({"trigger_price": dec("100.005")}, "PRICE_INVALID"),
        ],
    )
    def test_order_when_off_the_grid_then_refused(self, changes: Any, code: str) -> None:
        with pytest.raises(InvalidRequest) as caught:
            place(replace(order("1", "100"), **changes))
        assert caught.value.code == code

    def test_order_when_of_the_least_quantity_then_taken(self) -> None:
        assert place(order("0.01", "100")).orders["o1"].is_open

    def test_order_when_the_least_quantity_is_unknown_then_zero_is_refused_still(self) -> None:
        unknown = PaperMarket(instrument=build_instrument(), quote=build_quote())
        for quantity in ("0", "-1"):
            with pytest.raises(InvalidRequest):
                place(order(quantity, "100"), at=unknown)
        assert place(order("0.001", "99"), at=unknown).orders["o1"].is_open

    def test_market_when_unknown_or_of_another_type_then_refused(self) -> None:
        for held, markets in ((book(), {}), (book(MarketType.SWAP), {SPOT: market()})):
            with pytest.raises(InvalidRequest) as caught:
                place_order(held, order(), markets, NOW)
            assert caught.value.code == "SYMBOL_UNKNOWN"

    def test_order_when_there_is_no_price_of_now_then_only_what_can_wait_is_taken(self) -> None:
        stale = market(at=NOW - QUOTE_AGE_MAX - TINY)
        for asked in (order(), order("1", "100", time_in_force=TimeInForce.IOC)):
            with pytest.raises(Transient) as caught:
                place(asked, at=stale)
            assert caught.value.code == "QUOTE_MISSING"
        assert place(order("1", "200"), at=stale).orders["o1"].filled_quantity == 0
        waiting = order(type=OrderType.STOP, trigger_price=dec(90), side=SELL)
        assert place(waiting, at=stale).orders["o1"].is_waiting

    @pytest.mark.parametrize(
        ("asked", "most"),
        [
            (order("2"), "202"),
            (order("3"), "303.303"),
            (order("3", "50"), "150"),
            (order("1", type=OrderType.STOP, trigger_price=dec(120)), "120"),
        ],
        ids=["touch", "beyond", "limit", "stop"],
    )
    def test_buy_when_it_costs_all_there_is_then_taken_and_a_step_less_rejected(
        self, asked: NewVenueOrder, most: str
    ) -> None:
        assert "o1" in place(asked, book(balances={"USDT": dec(most)})).orders
        with pytest.raises(Rejected) as caught:
            place(asked, book(balances={"USDT": dec(most) - dec("0.001"), "BTC": dec(10)}))
        assert caught.value.venue_code == "INSUFFICIENT_BALANCE"

    def test_sell_when_others_hold_the_coins_then_rejected(self) -> None:
        first = place(order("9", "150", side=SELL))
        second = order("1", "150", side=SELL, client_order_id="o2")
        assert place(second, first).orders["o2"].is_open
        with pytest.raises(Rejected):
            place(replace(second, quantity=dec("1.001")), first)


class TestSwaps:
    @pytest.mark.parametrize(("held", "side"), [("2", BUY), ("-2", SELL), ("0", SELL)])
    def test_reduce_only_when_it_would_not_reduce_then_rejected(self, held: str, side: Side) -> None:
        before = holding(held) if held != "0" else book(MarketType.SWAP)
        with pytest.raises(Rejected) as caught:
            place(order("1", symbol=SWAP, side=side, reduce_only=True), before)
        assert caught.value.venue_code == "REDUCE_ONLY"

    @pytest.mark.parametrize(("held", "side"), [("2", SELL), ("-2", BUY)])
    @pytest.mark.parametrize(("quantity", "status"), [("2", OrderStatus.FILLED), ("3", OrderStatus.EXPIRED)])
    def test_reduce_only_when_it_reduces_then_down_to_nothing_and_no_further(
        self, held: str, side: Side, quantity: str, status: OrderStatus
    ) -> None:
        placed = place(order(quantity, symbol=SWAP, side=side, reduce_only=True), holding(held))
        assert SWAP not in placed.positions
        assert (placed.orders["o1"].filled_quantity, placed.orders["o1"].status) == (2, status)

    def test_spot_when_reduce_only_then_a_plain_order(self) -> None:
        assert place(order("1", side=BUY, reduce_only=True)).orders["o1"].status is OrderStatus.FILLED

    @pytest.mark.parametrize(
        ("held", "quantity", "need"),
        [("0", "2", "400"), ("1", "2", "400"), ("-1", "2", "200"), ("-2", "2", "0"), ("-3", "2", "0")],
    )
    def test_margin_when_needed_then_for_what_adds_to_the_position_at_the_leverage(
        self, held: str, quantity: str, need: str
    ) -> None:
        instruments = {SWAP: build_instrument(SWAP, contract_size=dec(10))}
        before = holding(held) if held != "0" else book(MarketType.SWAP)
        placed = place(order(quantity, "100", symbol=SWAP), before, market(SWAP, size=10))
        margin = abs(dec(held)) * 100 * 10 / 5
        assert held_of(placed, instruments) == {"USDT": margin + dec(need)}

    def test_margin_when_reduce_only_or_the_market_is_unknown_then_nothing_is_held(self) -> None:
        instruments = {SWAP: build_instrument(SWAP)}
        placed = place(order("1", "150", symbol=SWAP, side=SELL, reduce_only=True), holding("2"))
        assert held_of(placed, instruments) == {"USDT": dec(40)}
        assert held_of(placed, {}) == {}

    def test_position_when_both_of_a_kind_hold_then_together(self) -> None:
        placed = place(order("1", "50"))
        placed = place(order("2", "60", client_order_id="o2"), placed)
        placed = place(order("3", "150", client_order_id="o3", side=SELL), placed)
        assert held_of(placed, {SPOT: build_instrument()}) == {"USDT": dec(170), "BTC": dec(3)}


class TestAdvanced:
    def test_resting_order_when_a_newer_quote_comes_to_it_then_filled_at_its_own_price_as_maker(self) -> None:
        placed = place(order("3", "100"))
        came = {"bid": dec(98), "ask": dec("99.95"), "ask_quantity": dec(2), "ask_depth": dec(2)}
        for at, filled in ((NOW, "0"), (NOW + TINY, "2")):
            after = advance(placed, {SPOT: market(at=at, **came)}, NOW + MINUTE)
            assert after.orders["o1"].filled_quantity == dec(filled)
        assert fills(after) == [(dec(2), dec(100))]
        assert after.trades[0].role is LiquidityRole.MAKER
        assert after.orders["o1"].status is OrderStatus.PARTIALLY_FILLED
        again = advance(after, {SPOT: market(at=NOW + TINY, **came)}, NOW + 2 * MINUTE)
        assert again.trades == after.trades, "the same quote again"
        later = advance(after, {SPOT: market(at=NOW + MINUTE, **came)}, NOW + 2 * MINUTE)
        assert later.orders["o1"].status is OrderStatus.FILLED

    def test_resting_order_when_the_quote_is_old_or_missing_then_it_rests(self) -> None:
        placed = place(order("1", "100"))
        came = market(at=NOW + SECOND, ask=dec(99))
        assert advance(placed, {}, NOW + MINUTE) == placed
        assert advance(placed, {SPOT: replace(came, quote=None)}, NOW + MINUTE) == placed
        assert advance(placed, {SPOT: came}, NOW + SECOND + QUOTE_AGE_MAX + TINY) == placed
        assert advance(placed, {SPOT: came}, NOW + SECOND + QUOTE_AGE_MAX).orders["o1"].status is OrderStatus.FILLED

    @pytest.mark.parametrize(("side", "limits"), [(BUY, ("99", "100", "100")), (SELL, ("101", "100", "100"))])
    def test_resting_orders_when_there_is_not_enough_then_the_best_price_first_and_of_equals_the_older(
        self, side: Side, limits: tuple[str, ...]
    ) -> None:
        placed = book()
        for number, limit in enumerate(limits):
            placed = place(order("1", limit, client_order_id=f"o{number}", side=side), placed)
        came = {"bid": dec(105), "ask": dec(95), "bid_quantity": dec(1), "ask_quantity": dec(1)}
        after = advance(placed, {SPOT: market(at=NOW + SECOND, bid_depth=None, ask_depth=None, **came)}, NOW + MINUTE)
        assert [trade.client_order_id for trade in after.trades] == ["o1"]

    @pytest.mark.parametrize(("off", "status"), [(timedelta(), "expired"), (TINY, "submitted")])
    def test_order_when_its_time_is_over_then_it_expires_before_it_fills(self, off: timedelta, status: str) -> None:
        placed = place(order("1", "90", time_in_force=TimeInForce.GTD, expires_at=NOW + MINUTE + off))
        after = advance(placed, {SPOT: market(at=NOW)}, NOW + MINUTE)
        assert after.orders["o1"].status.value.lower() == status
        assert after.orders["o1"].updated_at == (NOW + MINUTE if status == "expired" else NOW)

    @pytest.mark.parametrize(
        ("side", "trigger", "last", "fires"),
        [
            (SELL, "95", "95", True),
            (SELL, "95", "95.01", False),
            (SELL, "95", "94", True),
            (BUY, "105", "105", True),
            (BUY, "105", "104.99", False),
            (BUY, "105", "106", True),
        ],
    )
    def test_stop_when_the_last_trade_reaches_its_trigger_then_filled_at_market(
        self, side: Side, trigger: str, last: str, fires: bool
    ) -> None:
        placed = place(order("1", type=OrderType.STOP, side=side, trigger_price=dec(trigger)))
        assert placed.orders["o1"].is_waiting
        after = advance(placed, {SPOT: market(at=NOW + SECOND, last=dec(last))}, NOW + MINUTE)
        assert (after.orders["o1"].status is OrderStatus.FILLED, after.orders["o1"].is_waiting) == (fires, not fires)
        assert fills(after) == ([(dec(1), dec(101) if side is BUY else dec(99))] if fires else [])
        assert all(trade.role is LiquidityRole.TAKER for trade in after.trades)

    def test_stop_when_there_was_no_trade_then_by_the_price_it_would_trade_at(self) -> None:
        for trigger, fires in (("99", True), ("98.99", False)):
            placed = place(order("1", type=OrderType.STOP, side=SELL, trigger_price=dec(trigger)), at=market(last=None))
            assert bool(placed.trades) == fires

    def test_stop_limit_when_it_wakes_then_rests_at_its_limit(self) -> None:
        asked = order("1", "90", type=OrderType.STOP_LIMIT, trigger_price=dec(105))
        placed = place(asked)
        woken = advance(placed, {SPOT: market(at=NOW + SECOND, last=dec(106))}, NOW + MINUTE)
        assert (woken.orders["o1"].is_waiting, woken.orders["o1"].is_open, woken.trades) == (False, True, ())
        after = advance(woken, {SPOT: market(at=NOW + MINUTE, ask=dec(90))}, NOW + 2 * MINUTE)
        assert fills(after) == [(dec(1), dec(90))]

    def test_order_when_cancelled_then_it_ends_once(self) -> None:
        placed = place(order("1", "90"))
        cancelled, ended = cancel_order(placed, "o1", NOW + SECOND)
        assert (ended.status, ended.updated_at) == (OrderStatus.CANCELLED, NOW + SECOND)
        assert cancelled.open_orders == ()
        again, still = cancel_order(cancelled, "o1", NOW + MINUTE)
        assert (again, still) == (cancelled, ended)
        assert advance(cancelled, {SPOT: market(at=NOW + SECOND, ask=dec(80))}, NOW + MINUTE) == cancelled


class TestBook:
    def test_orders_when_they_end_then_the_latest_are_kept_and_all_open_ones(self) -> None:
        held = place(order("1", "90"))
        _, open_one = place_order(held, order("1", "90"), {}, NOW)
        for number in range(FINISHED_MAX + 1):
            done = replace(open_one, status=OrderStatus.CANCELLED, terms=order(client_order_id=f"d{number}"))
            held = held.with_order(done)
        assert len(held.orders) == FINISHED_MAX + 1
        assert held.find("d0") is None
        assert held.find("d1") is not None
        assert held.open_orders == (open_one,)

    def test_symbols_when_listed_then_those_of_open_orders_and_positions(self) -> None:
        held = place(order("1", "90", symbol=SWAP), replace(holding("1"), positions={}))
        assert held.symbols == (SWAP,)
        assert replace(holding("1"), orders={}).symbols == (SWAP,)
        assert place(order("1")).symbols == ()

    def test_order_when_told_then_its_average_price_is_of_its_fills(self) -> None:
        told = place(order("3")).orders["o1"].to_venue_order()
        assert (told.filled_quantity, told.status) == (3, OrderStatus.FILLED)
        assert told.average_price == (2 * dec(101) + dec("101.101")) / 3
        assert place(order("3", "50")).orders["o1"].to_venue_order().average_price is None


@given(
    quantities=st.lists(st.integers(1, 40), min_size=1, max_size=6),
    side=st.sampled_from([BUY, SELL]),
    limit=st.none() | st.integers(95, 105),
)
def test_orders_when_many_come_then_no_more_than_is_offered_and_no_asset_is_made(
    quantities: list[int], side: Side, limit: int | None
) -> None:
    held = book(terms=PaperTerms(maker_fee_fraction=dec(0), taker_fee_fraction=dec(0)))
    for number, tenths in enumerate(quantities):
        asked = order(str(dec(tenths) / 10), str(limit) if limit else None, client_order_id=f"o{number}", side=side)
        try:
            held, _ = place_order(held, asked, {SPOT: market()}, NOW)
        except Rejected:
            continue
    bought = sum((trade.quantity for trade in held.trades), Decimal(0))
    paid = sum((trade.quantity * trade.price for trade in held.trades), Decimal(0))
    assert bought <= 10
    assert held.balances["BTC"] == 10 + side.sign * bought
    assert held.balances["USDT"] == 10_000 - side.sign * paid
    assert all(limit is None or (limit - trade.price) * side.sign >= 0 for trade in held.trades)
