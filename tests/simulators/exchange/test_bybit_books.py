"""The core under Bybit's customs: whatever is traded in one wallet and two legs, nothing is made or lost."""

from __future__ import annotations

import random
from decimal import Decimal, localcontext

import pytest

from infra.simulators.exchange.bybit.protocol import Bybit
from infra.simulators.exchange.errors import VenueError
from infra.simulators.exchange.margin import margin_summary
from infra.simulators.exchange.money import EXACT, ZERO
from infra.simulators.exchange.orders import Leg, Order
from infra.simulators.exchange.venue import Venue
from tests.support.venue import flat_closes, frozen_venue, fund, order_of, place

STEPS = 120
NAMES = ("hedged", "one-way")
MARKETS = (("spot", "BTCUSDT"), ("swap", "BTCUSDT"), ("swap", "BTCPERP"))


def an_order(venue: Venue, dice: random.Random) -> Order:
    """Return a random order: at market, resting, post-only, a stop; of a leg where the contract has two."""
    name, (market, symbol) = dice.choice(NAMES), dice.choice(MARKETS)
    side, kind = dice.choice(["BUY", "SELL"]), dice.choice(["market", "rests", "crosses", "stop"])
    prices = {"market": "0", "rests": "49500" if side == "BUY" else "50500", "crosses": "50000", "stop": "0"}
    hedged = market == "swap" and venue.state.accounts[name].futures.is_hedged(symbol)
    leg = dice.choice([Leg.LONG, Leg.SHORT]) if hedged else Leg.BOTH
    order = order_of(
        venue,
        name,
        side,
        str(Decimal(dice.randint(1, 400)) / 1000),
        prices[kind],
        market=market,  # type: ignore[arg-type]
        symbol=symbol,
        leg=leg,
        reduce_only=(leg, side) in {(Leg.LONG, "SELL"), (Leg.SHORT, "BUY")},
        post_only=kind == "crosses" and dice.random() < 0.5,
        stp="NONE",
    )
    if kind == "stop":
        order.stop_price = Decimal(50400 if side == "BUY" else 49600)
        order.type = "STOP_MARKET"
    return order


def change(venue: Venue, dice: random.Random) -> None:
    """Cancel or amend one of the open orders."""
    order = dice.choice(list(venue.state.open_orders.values()))
    if order.is_working and not order.is_market and dice.random() < 0.5:
        venue.engine.amend(order, quantity=order.quantity + Decimal("0.01"), price=order.price - 10)
    else:
        venue.engine.cancel(order)


def total(venue: Venue, asset: str) -> Decimal:
    """Return all there is of an asset: in wallets, in fees, and in what positions have yet to settle."""
    state = venue.state
    held = state.fees_collected.get(asset, ZERO)
    for account in state.accounts.values():
        held += sum((b.total for name, b in account.spot.balances.items() if name == asset), ZERO)
        held += account.futures.balances.get(asset, ZERO)
        held -= sum((p.entry_cost for p in account.futures.positions.values() if p.instrument.quote == asset), ZERO)
    return held


@pytest.mark.parametrize("seed", range(4))
def test_books_when_anything_is_traded_then_nothing_is_made_or_lost(seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - a history, not a secret
    venue = frozen_venue(flat_closes(USDC="1"), protocol=Bybit)
    done = refused = 0
    with localcontext(EXACT), venue.session():
        for name in NAMES:
            fund(venue, name, {"USDT": "200000", "USDC": "20000", "BTC": "2"})
        venue.state.accounts["hedged"].futures.hedged = {"BTCUSDT"}
        before = {asset: total(venue, asset) for asset in ("USDT", "USDC", "BTC")}
        for _ in range(STEPS):
            try:
                if venue.state.open_orders and dice.random() < 0.2:
                    change(venue, dice)
                else:
                    place(venue, an_order(venue, dice))
                done += 1
            except VenueError:
                refused += 1
            if dice.random() < 0.2:
                venue.set_price(dice.choice(["BTCUSDT", "BTCPERP"]), None, Decimal(dice.randint(49400, 50600)))
            _assert_sound(venue)
            assert {asset: total(venue, asset) for asset in before} == before
    assert done > STEPS / 2, (done, refused)


def _assert_sound(venue: Venue) -> None:
    """Fail where a leg is on the wrong side, a lock is nobody's, or a position is one-sided."""
    state = venue.state
    sums: dict[str, Decimal] = {}
    for account in state.accounts.values():
        for position in account.futures.positions.values():
            symbol = position.instrument.symbol
            sums[symbol] = sums.get(symbol, ZERO) + position.quantity
            assert position.leg != Leg.LONG or position.quantity >= 0
            assert position.leg != Leg.SHORT or position.quantity <= 0
        locked = sum((order.locked for order in account.open_orders("spot")), ZERO)
        assert locked == sum((balance.locked for balance in account.spot.balances.values()), ZERO)
        assert margin_summary(state, account).initial >= 0
    assert set(sums.values()) <= {ZERO}
