"""Properties of matching and settlement under arbitrary sequences of orders and price moves."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from infra.simulators.exchange.accounts import FeeSchedule
from infra.simulators.exchange.errors import VenueError
from infra.simulators.exchange.instruments import LiquidityProfile, Market
from infra.simulators.exchange.margin import margin_summary
from infra.simulators.exchange.money import EXACT, ZERO, truncate_asset
from infra.simulators.exchange.orders import Order, SelfTradePrevention, Side
from infra.simulators.exchange.venue import Venue
from tests.simulators.exchange.audited_engine import AuditedEngine
from tests.support.hypothesis_profiles import examples
from tests.support.venue import frozen_venue, fund, order_of, place, replace_engine

pytestmark = pytest.mark.long


USERS = ("ann", "ben", "cyd")
FEES = {
    "ann": FeeSchedule(),
    "ben": FeeSchedule(
        spot_maker=Decimal(0),
        spot_taker=Decimal("0.00075"),
        swap_maker=Decimal("0.00016"),
        swap_taker=Decimal("0.00047"),
    ),
    "cyd": FeeSchedule(burn_bnb=True),
}
SPOT_FUNDS = {"USDT": "200000", "BTC": "4", "BNB": "0.5"}
SWAP_FUNDS = "60000"
# Long histories are needed for orders to meet; shrinking those takes minutes and seldom helps.
PROPERTY = examples(
    80,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)


@dataclass(frozen=True)
class Step:
    """One thing that happens; unused fields are ignored."""

    action: str
    user: str
    side: str
    ticks: int
    size: int
    tif: str
    stp: str
    flag: bool


STEPS = st.lists(
    st.builds(
        Step,
        action=st.sampled_from(
            ["limit", "limit", "limit", "market", "post_only", "budget", "stop", "cancel", "move", "jump", "wait"]
        ),
        user=st.sampled_from(USERS),
        side=st.sampled_from(["BUY", "SELL"]),
        ticks=st.integers(-6, 6),
        size=st.integers(1, 60),
        tif=st.sampled_from(["GTC", "GTC", "IOC", "FOK"]),
        stp=st.sampled_from(["EXPIRE_MAKER", "EXPIRE_MAKER", "NONE", "EXPIRE_TAKER", "EXPIRE_BOTH"]),
        flag=st.booleans(),
    ),
    min_size=30,
    max_size=60,
)


def audited_venue(market: Market) -> Venue:
    """A venue with a thin book, so that users meet each other and run out of depth."""
    venue = frozen_venue()
    replace_engine(venue, AuditedEngine(venue.state))
    profile = LiquidityProfile(spread_bps=Decimal(8), level_gap_bps=Decimal(2), levels=4, level_notional=Decimal(9000))
    venue.set_liquidity("BTCUSDT", market, lambda _old: profile)
    for user in USERS:
        fund(venue, user, SPOT_FUNDS if market == "spot" else {}, "0" if market == "spot" else SWAP_FUNDS, FEES[user])
    return venue


def refusal(venue: Venue, order: Order) -> int | None:
    """Place an order and return the code of its refusal, None when it was accepted."""
    try:
        place(venue, order)
    except VenueError as error:
        return error.code
    return None


def perform(venue: Venue, step: Step, market: Market) -> None:
    """Do what a step says; a refusal by the venue is one of its results."""
    price = Decimal(50000) + step.ticks * 5
    # Odd on spot, so that fees need rounding.
    quantity = str(Decimal(step.size) * Decimal("0.00537" if market == "spot" else "0.005"))
    common: dict[str, Any] = {"market": market, "stp": step.stp}
    if market == "swap":
        common["reduce_only"] = step.flag and step.action in ("limit", "market")
    match step.action:
        case "limit":
            order = order_of(venue, step.user, step.side, quantity, str(price), tif=step.tif, **common)
        case "market":
            order = order_of(venue, step.user, step.side, quantity, **common)
        case "post_only":
            order = order_of(venue, step.user, step.side, quantity, str(price), post_only=True, **common)
        case "budget" if market == "spot":
            order = order_of(venue, step.user, step.side, "0", quote_budget=Decimal(step.size * 700), **common)
        case "stop" if market == "spot":
            kind = "STOP_LOSS" if step.flag else "TAKE_PROFIT_LIMIT"
            limit = "0" if step.flag else str(price + step.ticks)
            order = order_of(venue, step.user, step.side, quantity, limit, kind=kind, stop_price=price, **common)
        case "cancel":
            mine = venue.account(step.user).open_orders(market)
            if mine:
                venue.engine.cancel(mine[step.size % len(mine)])
            return
        case "jump":
            venue.set_price("BTCUSDT", market, price)
            return
        case "move":
            venue.set_price("BTCUSDT", market, price * (Decimal(1) + Decimal(step.size) / 2000))
            return
        case _:
            venue.advance(step.size * 1000)
            return
    if refusal(venue, order) is not None:
        assert order.order_id == 0, "a refused order left a trace"


def check_spot(venue: Venue) -> None:
    """Every amount is somewhere, locks equal what open orders need, nobody is short."""
    state = venue.state
    for asset, funds in SPOT_FUNDS.items():
        held = sum((account.spot.of(asset).total for account in state.accounts.values()), ZERO)
        assert held + state.fees_collected.get(asset, ZERO) == Decimal(funds) * len(USERS)
    for user in USERS:
        account = state.accounts[user]
        needed: dict[str, Decimal] = {}
        for order in account.open_orders("spot"):
            price = order.price or order.stop_price or ZERO
            expected = order.remaining * price if order.side is Side.BUY else order.remaining
            assert order.locked == expected
            needed[order.locked_asset] = needed.get(order.locked_asset, ZERO) + expected
        for asset, balance in account.spot.balances.items():
            assert balance.free >= 0
            assert balance.locked == needed.get(asset, ZERO)


def check_swap(venue: Venue) -> None:
    """Wallets, unrealized profit and fees sum to what was paid in, at any mark."""
    state = venue.state
    for mark in (state.mark(state.instrument("swap", "BTCUSDT")), Decimal("12345.6")):
        total = sum(state.fees_collected.values(), ZERO)
        for account in state.accounts.values():
            total += account.futures.balances.get("USDT", ZERO)
            total += sum((item.unrealized_pnl(mark) for item in account.futures.positions.values()), ZERO)
        assert total == Decimal(SWAP_FUNDS) * len(USERS)
    for user in USERS:
        account = state.accounts[user]
        traded = sum((trade.side.sign * trade.quantity for trade in account.trades), ZERO)
        assert account.futures.quantity("BTCUSDT") == traded
        realized = sum((trade.realized_pnl - trade.fee for trade in account.trades), ZERO)
        assert account.futures.balances.get("USDT", ZERO) == Decimal(SWAP_FUNDS) + realized
        summary = margin_summary(state, account)
        assert summary.initial >= 0
        assert summary.available >= 0
    assert sum((account.futures.quantity("BTCUSDT") for account in state.accounts.values()), ZERO) == 0


def check_orders(venue: Venue) -> None:
    """Fills add up to what orders say, fees are exact, the book is not crossed."""
    state = venue.state
    for order in state.orders.values():
        assert order.executed == sum((trade.quantity for trade in order.fills), ZERO)
        assert order.quote_executed == sum((trade.quote_quantity for trade in order.fills), ZERO)
        assert order.executed <= order.quantity
        if order.quote_budget is not None:
            assert order.quote_executed <= order.quote_budget
        assert (order.order_id in state.open_orders) == order.is_open
        assert (order.status == "FILLED") <= (order.executed == order.quantity)
    for trade in state.trades:
        fees = state.accounts[trade.account_id].fees
        rate = fees.rate(trade.instrument.market, is_maker=trade.is_maker)
        if trade.fee_asset == "BNB":
            assert trade.fee == truncate_asset(trade.quote_quantity * rate * Decimal("0.75") / 500)
        elif trade.fee_asset == "BTC":
            assert (trade.fee, trade.side) == (truncate_asset(trade.quantity * rate), "BUY")
        else:
            assert trade.fee == truncate_asset(trade.quote_quantity * rate)
    for key, book in state.books.items():
        bids, asks = book.best(Side.BUY), book.best(Side.SELL)
        if bids is not None and asks is not None and key[1] == "BTCUSDT":
            assert bids.price < asks.price, "the book is crossed"


@PROPERTY
@given(steps=STEPS)
def test_spot_when_anything_happens_then_assets_are_conserved_and_priority_holds(steps: list[Step]) -> None:
    with localcontext(EXACT):
        venue = audited_venue("spot")
        for step in steps:
            with venue.session():
                perform(venue, step, "spot")
                check_spot(venue)
                check_orders(venue)


@PROPERTY
@given(steps=STEPS)
def test_swap_when_anything_happens_then_money_is_conserved_and_reduce_only_never_crosses(steps: list[Step]) -> None:
    with localcontext(EXACT):
        venue = audited_venue("swap")
        for step in steps:
            with venue.session():
                perform(venue, step, "swap")
                check_swap(venue)
                check_orders(venue)


@PROPERTY
@given(steps=STEPS, market=st.sampled_from(["spot", "swap"]))
def test_venue_when_the_same_things_happen_twice_then_same_trades(steps: list[Step], market: Market) -> None:
    with localcontext(EXACT):
        histories = []
        for _ in range(2):
            venue = audited_venue(market)
            for step in steps:
                with venue.session():
                    perform(venue, step, market)
            histories.append(
                [
                    (trade.trade_id, trade.account_id, trade.price, trade.quantity, trade.fee)
                    for trade in venue.state.trades
                ]
            )
        assert histories[0] == histories[1]


@PROPERTY
@given(
    steps=STEPS,
    sender=st.sampled_from(USERS),
    stp=st.sampled_from(list(SelfTradePrevention)),
    quantity=st.integers(1, 400),
    price=st.integers(-6, 6),
    side=st.sampled_from(["BUY", "SELL"]),
    market=st.sampled_from(["spot", "swap"]),
)
def test_fill_or_kill_when_arriving_in_any_book_then_all_or_nothing(
    steps: list[Step], sender: str, stp: SelfTradePrevention, quantity: int, price: int, side: str, market: Market
) -> None:
    with localcontext(EXACT):
        venue = audited_venue(market)
        for step in steps:
            with venue.session():
                perform(venue, step, market)
        account = venue.account(sender)
        with venue.session():
            if market == "spot":
                venue.set_balance(account, market, "USDT", Decimal(10_000_000))
                venue.set_balance(account, market, "BTC", Decimal(1000))
            else:
                venue.set_balance(account, market, "USDT", Decimal(10_000_000))
            size, limit = str(quantity * Decimal("0.01")), str(50000 + price * 5)
            order = order_of(venue, sender, side, size, limit, tif="FOK", market=market, stp=stp)
            assert refusal(venue, order) in (None, -5021)
            assert order.executed in (0, order.quantity)
            assert order.order_id == 0 or not order.is_open
            check_orders(venue)
