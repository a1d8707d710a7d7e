"""Profit and loss as accounted equals what the venue moved, to its last unit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal, localcontext

import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import strategies as st

from infra.simulators.exchange.accounts import Account, FeeSchedule, Funding
from infra.simulators.exchange.errors import VenueError
from infra.simulators.exchange.instruments import Market
from infra.simulators.exchange.money import EXACT
from infra.simulators.exchange.orders import Trade
from infra.simulators.exchange.venue import Venue
from riskgate.core.instrument import Instrument, MarketType
from riskgate.core.side import Side
from riskgate.core.statements.lots import CostMethod
from riskgate.core.statements.pnl import Entry, Execution, FundingPayment, MarketPnl, OpeningPosition, Pnl, compute_pnl
from tests.support.hypothesis_profiles import examples
from tests.support.venue import frozen_venue, fund, order_of, place

TRADER = "ann"
STRATEGIES = ("trend", "maker")
SPOT_FUNDS = {"USDT": "900000", "BTC": "40", "BNB": "3"}
SWAP_FUNDS = "900000"
FEES = {
    "base and quote": FeeSchedule(spot_taker=Decimal("0.00075"), swap_taker=Decimal("0.00047")),
    "third currency": FeeSchedule(burn_bnb=True),
    "none": FeeSchedule(spot_maker=Decimal(0), spot_taker=Decimal(0), swap_maker=Decimal(0), swap_taker=Decimal(0)),
}
PROPERTY = examples(
    40,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=list(HealthCheck),
)
INSTRUMENTS = {
    "spot": Instrument(
        venue="binance",
        symbol="BTC/USDT",
        market_type=MarketType.SPOT,
        base_currency="BTC",
        quote_currency="USDT",
        settle_currency="USDT",
    ),
    "swap": Instrument(
        venue="binanceusdm",
        symbol="BTC/USDT:USDT",
        market_type=MarketType.SWAP,
        base_currency="BTC",
        quote_currency="USDT",
        settle_currency="USDT",
    ),
}


@dataclass(frozen=True)
class Step:
    """A trade after a move of the price; a limit order may rest and fill later, or in parts; then funding is paid."""

    side: str
    size: int
    move_bps: int
    limit: bool
    funding_bps: int = 0


STEPS = st.lists(
    st.builds(
        Step,
        side=st.sampled_from(["BUY", "SELL"]),
        size=st.integers(1, 90),
        move_bps=st.integers(-300, 300),
        limit=st.booleans(),
        funding_bps=st.integers(-30, 30),
    ),
    min_size=2,
    max_size=25,
)


def trade_through(venue: Venue, market: Market, steps: list[Step]) -> Account:
    """Let one trader do all steps; a refusal by the venue is one of their results."""
    account = venue.account(TRADER)
    price = Decimal(50_000)
    for step in steps:
        price = (price * (10_000 + step.move_bps) / 10_000).quantize(Decimal("0.1"))
        venue.set_price("BTCUSDT", None, price)
        # Odd, so that fees and the cost of parts need rounding.
        quantity = str(Decimal(step.size) * (Decimal("0.00537") if market == "spot" else Decimal("0.007")))
        limit = str(price.quantize(Decimal(1))) if step.limit else "0"
        try:
            place(venue, order_of(venue, TRADER, step.side, quantity, limit, market=market))
        except VenueError:
            continue
        finally:
            venue.pay_funding("BTCUSDT", Decimal(step.funding_bps) / 10_000)
    return account


def to_execution(trade: Trade) -> Execution:
    """Return a trade of the venue as we account for it; every other order is another strategy's."""
    return Execution(
        instrument=INSTRUMENTS[trade.instrument.market],
        strategy=STRATEGIES[trade.order_id % 2],
        trade_id=str(trade.trade_id),
        side=Side(str(trade.side).lower()),
        quantity=trade.quantity,
        price=trade.price,
        at=datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=trade.at_ms),
        fee=trade.fee,
        fee_currency=trade.fee_asset,
    )


def to_payment(payment: Funding) -> FundingPayment:
    """Return a funding payment of the venue as we account for it."""
    return FundingPayment(
        instrument=INSTRUMENTS["swap"],
        strategy=STRATEGIES[payment.payment_id % 2],
        payment_id=str(payment.payment_id),
        amount=payment.amount,
        at=datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=payment.at_ms),
    )


def wallet_of(account: Account, market: Market) -> dict[str, Decimal]:
    if market == "swap":
        return dict(account.futures.balances)
    return {asset: balance.total for asset, balance in account.spot.balances.items()}


def account_for(market: Market, steps: list[Step], fees: FeeSchedule, method: CostMethod) -> tuple[Account, Venue, Pnl]:
    """Trade, then account for the venue's trades; spot starts with what was deposited, at the first price."""
    with localcontext(EXACT):
        venue = frozen_venue()
        with venue.session():
            fund(venue, TRADER, SPOT_FUNDS if market == "spot" else {}, "0" if market == "spot" else SWAP_FUNDS, fees)
            account = trade_through(venue, market, steps)
    deposited = OpeningPosition(
        instrument=INSTRUMENTS["spot"], strategy="trend", quantity=Decimal(40), average_price=Decimal(50_000)
    )
    opening = [deposited] if market == "spot" else []
    entries: list[Entry] = [*map(to_execution, account.trades), *map(to_payment, account.funding)]
    return account, venue, compute_pnl(entries, method, opening=opening)


def only(pnl: Pnl, market: Market) -> MarketPnl:
    key = INSTRUMENTS[market].key
    return pnl.by_market.get(key) or MarketPnl(instrument=INSTRUMENTS[market])


@pytest.mark.parametrize("fees", FEES.values(), ids=FEES)
@pytest.mark.parametrize("market", ["spot", "swap"])
def test_balances_when_traded_then_moved_as_the_venue_moved_them(market: Market, fees: FeeSchedule) -> None:
    @PROPERTY
    @given(steps=STEPS)
    def prove(steps: list[Step]) -> None:
        account, _, pnl = account_for(market, steps, fees, CostMethod.AVERAGE)
        before = {k: Decimal(v) for k, v in (SPOT_FUNDS if market == "spot" else {"USDT": SWAP_FUNDS}).items()}
        moved = only(pnl, market).balances
        after = {asset: before.get(asset, Decimal(0)) + moved.get(asset, Decimal(0)) for asset in {*before, *moved}}
        assert after == wallet_of(account, market) | {a: v for a, v in after.items() if not v}

    prove()


@PROPERTY
@given(steps=STEPS)
def test_swap_when_traded_then_realised_fees_and_cost_are_the_venues(steps: list[Step]) -> None:
    account, _, pnl = account_for("swap", steps, FEES["base and quote"], CostMethod.AVERAGE)
    ours = only(pnl, "swap")
    position = account.futures.positions.get("BTCUSDT")
    assert ours.realized == sum(trade.realized_pnl for trade in account.trades)
    assert ours.fees == sum(trade.fee for trade in account.trades)
    assert ours.funding == sum(payment.amount for payment in account.funding)
    assert (ours.quantity, ours.cost) == ((position.quantity, position.entry_cost) if position else (0, 0))


@pytest.mark.parametrize("method", CostMethod)
@pytest.mark.parametrize("market", ["spot", "swap"])
def test_profit_when_summed_then_the_change_in_worth_by_either_method_and_by_strategy(
    market: Market, method: CostMethod
) -> None:
    @PROPERTY
    @given(steps=STEPS, mark=st.integers(30_000, 70_000))
    def prove(steps: list[Step], mark: int) -> None:
        account, _, pnl = account_for(market, steps, FEES["base and quote"], method)
        price = Decimal(mark)
        wallet = wallet_of(account, market)
        if market == "spot":
            start = Decimal(SPOT_FUNDS["USDT"]) + 40 * Decimal(50_000)
            worth = wallet["USDT"] + wallet["BTC"] * price
        else:
            start = Decimal(SWAP_FUNDS)
            position = account.futures.positions.get("BTCUSDT")
            worth = wallet["USDT"] + (position.unrealized_pnl(price) if position else 0)
        ours = only(pnl, market)
        assert ours.net_realized + ours.unrealized(price) == worth - start
        parts = [part for book in pnl.by_strategy.values() for part in book.values()]
        assert sum(part.net_realized + part.unrealized(price) for part in parts) == worth - start
        assert sum(part.fees for part in parts) == ours.fees

    prove()


def test_funding_when_a_position_is_held_through_it_then_in_the_wallet_and_in_the_books_alike() -> None:
    steps = [
        Step("BUY", 40, 0, limit=False, funding_bps=7),
        Step("SELL", 70, 130, limit=False, funding_bps=-3),
        Step("BUY", 30, -50, limit=False, funding_bps=5),
    ]
    account, _, pnl = account_for("swap", steps, FEES["base and quote"], CostMethod.FIFO)
    paid, received = account.funding[:1], account.funding[1:]
    assert [p.amount < 0 for p in paid] == [True]
    # A short pays where the rate is below 0; nothing is held after the last trade.
    assert [p.amount < 0 for p in received] == [True]
    ours = only(pnl, "swap")
    assert ours.quantity == 0
    assert wallet_of(account, "swap")["USDT"] == Decimal(SWAP_FUNDS) + ours.net_realized


def test_fee_in_a_third_currency_when_no_rate_is_known_then_reported_and_not_counted_as_zero() -> None:
    steps = [Step("BUY", 40, 0, limit=False), Step("SELL", 40, 100, limit=False)]
    account, _, pnl = account_for("spot", steps, FEES["third currency"], CostMethod.AVERAGE)
    paid = sum(trade.fee for trade in account.trades)
    assert paid > 0
    assert only(pnl, "spot").unconverted_fees == {"BNB": paid}
    assert only(pnl, "spot").fees == 0
    priced = compute_pnl(
        [replace(to_execution(trade), fee_rates={"BNB": Decimal(500)}) for trade in account.trades], CostMethod.AVERAGE
    )
    assert only(priced, "spot").fees == paid * 500
    assert only(priced, "spot").unconverted_fees == {}
