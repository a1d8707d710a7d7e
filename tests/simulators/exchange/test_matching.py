"""Single cases of matching that sequences of random orders seldom reach."""

from __future__ import annotations

from decimal import Decimal

import pytest

from infra.simulators.exchange.accounts import HOUSE
from infra.simulators.exchange.closes import DAY_MS
from infra.simulators.exchange.errors import VenueError
from infra.simulators.exchange.instruments import LiquidityProfile
from infra.simulators.exchange.margin import margin_summary
from infra.simulators.exchange.orders import Status
from infra.simulators.exchange.venue import Venue
from tests.support.venue import START_MS, frozen_venue, fund, order_of, place, straight_closes

NO_BOOK = LiquidityProfile(levels=0)


def without_synthetic_book(venue: Venue) -> None:
    venue.set_liquidity("BTCUSDT", None, lambda _old: NO_BOOK)


def test_stop_limit_when_triggered_then_queues_behind_orders_placed_before_the_trigger(venue: Venue) -> None:
    fund(venue, "a", {"USDT": "100000"})
    fund(venue, "b", {"USDT": "100000"})
    fund(venue, "c", {"BTC": "1"})
    without_synthetic_book(venue)
    stop = place(venue, order_of(venue, "a", "BUY", "0.1", "50500", kind="STOP_LOSS_LIMIT", stop_price=Decimal(51000)))
    plain = place(venue, order_of(venue, "b", "BUY", "0.1", "50500"))
    venue.set_price("BTCUSDT", "spot", Decimal(51000))
    assert stop.is_working
    place(venue, order_of(venue, "c", "SELL", "0.1", "50500"))
    assert (plain.status, stop.status) == (Status.FILLED, Status.NEW)


def test_fill_or_kill_when_reduce_only_makers_share_one_position_then_counted_once(venue: Venue) -> None:
    fund(venue, "long", swap="100000")
    fund(venue, "taker", swap="1000000")
    place(venue, order_of(venue, "long", "BUY", "0.4", market="swap"))
    without_synthetic_book(venue)
    for _ in range(2):
        place(venue, order_of(venue, "long", "SELL", "0.4", "50100", market="swap", reduce_only=True))
    with pytest.raises(VenueError) as caught:
        place(venue, order_of(venue, "taker", "BUY", "0.8", "50100", market="swap", tif="FOK"))
    assert caught.value.code == -5021
    assert (
        place(venue, order_of(venue, "taker", "BUY", "0.4", "50100", market="swap", tif="FOK")).status is Status.FILLED
    )
    # The second reduce-only order has nothing left to reduce.
    assert venue.account("long").open_orders("swap") == []


def test_fill_or_kill_when_own_order_is_in_the_way_then_does_not_count(venue: Venue) -> None:
    fund(venue, "a", {"USDT": "100000", "BTC": "1"})
    without_synthetic_book(venue)
    own = place(venue, order_of(venue, "a", "SELL", "0.1", "50000"))
    order = place(venue, order_of(venue, "a", "BUY", "0.1", "50000", tif="FOK"))
    assert (order.status, own.status) == (Status.EXPIRED, Status.NEW)


def test_reduce_only_maker_when_hit_by_more_than_position_then_next_maker_takes_over(venue: Venue) -> None:
    fund(venue, "long", swap="100000")
    fund(venue, "other", swap="100000")
    fund(venue, "taker", swap="1000000")
    place(venue, order_of(venue, "long", "BUY", "0.1", market="swap"))
    without_synthetic_book(venue)
    reducing = place(venue, order_of(venue, "long", "SELL", "0.3", "50100", market="swap", reduce_only=True))
    behind = place(venue, order_of(venue, "other", "SELL", "0.3", "50200", market="swap"))
    place(venue, order_of(venue, "taker", "BUY", "0.2", market="swap"))
    assert (reducing.executed, reducing.status) == (Decimal("0.1"), Status.EXPIRED)
    assert behind.executed == Decimal("0.1")


def test_market_stop_when_funds_are_gone_at_trigger_then_expires(venue: Venue) -> None:
    fund(venue, "a", {"USDT": "6000"})
    stop = place(venue, order_of(venue, "a", "BUY", "0.1", kind="STOP_LOSS", stop_price=Decimal(51000)))
    assert venue.account("a").spot.of("USDT").locked == 5100
    venue.set_price("BTCUSDT", "spot", Decimal(70000))
    assert stop.status is Status.EXPIRED
    assert [venue.account("a").spot.of("USDT").free, venue.account("a").spot.of("USDT").locked] == [6000, 0]


def test_budget_order_when_book_is_empty_then_expires_unspent(venue: Venue) -> None:
    fund(venue, "a", {"USDT": "6000"})
    without_synthetic_book(venue)
    order = place(venue, order_of(venue, "a", "BUY", "0", quote_budget=Decimal(1000)))
    assert (order.status, order.quantity) == (Status.EXPIRED, Decimal(0))
    assert venue.account("a").spot.of("USDT").free == 6000


def test_budget_sell_when_sent_then_receives_at_most_the_budget(venue: Venue) -> None:
    fund(venue, "a", {"BTC": "1"})
    order = place(venue, order_of(venue, "a", "SELL", "0", quote_budget=Decimal(1000)))
    assert order.status is Status.FILLED
    assert Decimal(1000) - Decimal("0.49995") < order.quote_executed <= 1000


def test_stop_when_path_runs_through_it_then_fills_near_its_stop_price_not_at_the_days_close() -> None:
    # 50,000 to 40,000 in a day: 46,000 is reached after 40 % of it.
    venue = frozen_venue(straight_closes("BTC", "50000", "40000", "40000"))
    with venue.session():
        fund(venue, "a", {"BTC": "1"})
        stop = place(venue, order_of(venue, "a", "SELL", "0.1", kind="STOP_LOSS", stop_price=Decimal(46000)))
        venue.advance(DAY_MS)
        trade = stop.fills[0]
        assert trade.price == Decimal("45995.40")
        assert trade.at_ms == START_MS + DAY_MS * 4 // 10
        assert stop.quote_executed / stop.executed == trade.price


def test_stops_when_path_turns_within_a_step_then_each_fires_on_its_leg() -> None:
    # Down to 40,000 at the first close, up to 60,000 at the second.
    venue = frozen_venue(straight_closes("BTC", "50000", "40000", "60000"))
    with venue.session():
        fund(venue, "a", {"BTC": "1", "USDT": "100000"})
        low = place(venue, order_of(venue, "a", "SELL", "0.1", kind="STOP_LOSS", stop_price=Decimal(41000)))
        high = place(venue, order_of(venue, "a", "BUY", "0.1", kind="STOP_LOSS", stop_price=Decimal(59000)))
        resting = place(venue, order_of(venue, "a", "BUY", "0.1", "40100"))
        venue.advance(2 * DAY_MS)
        assert [order.status for order in (low, high, resting)] == [Status.FILLED] * 3
        assert [trade.order_id for trade in venue.state.trades] == [low.order_id, resting.order_id, high.order_id]
        assert [trade.is_maker for trade in venue.state.trades] == [False, True, False]
        times = [trade.at_ms for trade in venue.state.trades]
        assert times == sorted(times)
        assert times[1] == START_MS + DAY_MS


def test_step_when_clock_stands_then_path_is_followed_close_by_close() -> None:
    venue = frozen_venue(straight_closes("BTC", "50000", "40000", "60000"))
    with venue.session():
        fund(venue, "a", {"USDT": "100000"})
        resting = place(venue, order_of(venue, "a", "BUY", "0.1", "40100"))
        venue.step_path(2 * DAY_MS)
        assert resting.status is Status.FILLED
        assert resting.fills[0].at_ms == START_MS == venue.state.event_ms
        assert venue.state.price(resting.instrument) == 60000


def test_house_when_users_trade_with_the_synthetic_book_then_holds_the_other_side(venue: Venue) -> None:
    fund(venue, "a", {"USDT": "100000"}, "100000")
    place(venue, order_of(venue, "a", "BUY", "0.1"))
    place(venue, order_of(venue, "a", "SELL", "0.1", market="swap"))
    house = venue.account(HOUSE)
    assert house.spot.of("BTC").free == Decimal("-0.1")
    assert house.futures.quantity("BTCUSDT") == Decimal("0.1")


def test_market_when_price_ends_then_resting_orders_wait_and_new_ones_are_refused() -> None:
    venue = frozen_venue(straight_closes("BTC", "50000", "50000"))
    with venue.session():
        fund(venue, "a", {"USDT": "100000"})
        order = place(venue, order_of(venue, "a", "BUY", "0.1", "40000"))
        venue.advance(3 * DAY_MS)
        assert order.is_open
        with pytest.raises(VenueError, match="Market is closed"):
            place(venue, order_of(venue, "a", "BUY", "0.1", "40000"))
        assert venue.engine.cancel(order).status is Status.CANCELED


def test_stops_when_several_lie_on_one_leg_then_fire_in_the_order_the_price_reaches_them() -> None:
    venue = frozen_venue(straight_closes("BTC", "50000", "40000", "60000"))
    with venue.session():
        fund(venue, "a", {"BTC": "1", "USDT": "100000"})
        placed = {
            stop: place(venue, order_of(venue, "a", side, "0.1", kind="STOP_LOSS", stop_price=Decimal(stop)))
            for stop, side in ((42000, "SELL"), (45000, "SELL"), (58000, "BUY"), (55000, "BUY"))
        }
        venue.advance(2 * DAY_MS)
        fired = [trade.order_id for trade in venue.state.trades]
        assert fired == [placed[stop].order_id for stop in (45000, 42000, 55000, 58000)]


def test_margin_when_reduce_only_order_rests_then_it_needs_none(venue: Venue) -> None:
    account = fund(venue, "a", swap="100000")
    place(venue, order_of(venue, "a", "BUY", "0.1", market="swap"))
    before = margin_summary(venue.state, account)
    place(venue, order_of(venue, "a", "SELL", "0.1", "51000", market="swap", reduce_only=True))
    assert margin_summary(venue.state, account) == before
    place(venue, order_of(venue, "a", "SELL", "0.3", "51000", market="swap"))
    # All sells filled leave 0.1 x 50,000 - 0.3 x 51,000 = -10,300 where 5,000 were held, at leverage 20.
    assert margin_summary(venue.state, account).order_initial == (Decimal(10_300) - 5_000) / 20


def test_budget_order_when_self_trade_prevention_ends_it_then_quantity_is_what_it_got(venue: Venue) -> None:
    fund(venue, "a", {"BTC": "1", "USDT": "100000"})
    place(venue, order_of(venue, "a", "BUY", "0.1", "49994"))
    order = place(venue, order_of(venue, "a", "SELL", "0", quote_budget=Decimal(40000), stp="EXPIRE_TAKER"))
    assert order.status is Status.EXPIRED_IN_MATCH
    assert order.quantity == order.executed == Decimal("0.50005")
