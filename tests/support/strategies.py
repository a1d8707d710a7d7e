"""What the properties draw from: a few markets, books in them, limits and orders."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from riskgate.core.account.document import AccountState, Balance, Position, Venue, WorkingOrder
from riskgate.core.instrument import Instrument, MarketType
from riskgate.core.limits import Limits, StrategyRules
from riskgate.core.order import Order, OrderType
from riskgate.core.side import Side
from tests.support.builders import (
    ANY_MARKET,
    BUY,
    SELL,
    VENUE,
    build_account,
    build_instrument,
    build_limits,
    build_order,
    build_position,
    build_working,
)

#: An asset in two spot markets of different quotes and as a swap, a contract that is no unit, and a currency that is converted.
MARKETS: dict[str, Instrument] = {
    instrument.symbol: instrument
    for instrument in (
        build_instrument("BTC/USDT"),
        build_instrument("BTC/EUR"),
        build_instrument("BTC/USDT:USDT", sector="store"),
        build_instrument("ETH/USDT:USDT", contract_size=Decimal("0.1")),
        build_instrument("SOL/EUR:EUR", sector=None),
        build_instrument("ADA/USDT:USDT", sector="layer1"),
    )
}
SYMBOLS = list(MARKETS)
SWAPS = [symbol for symbol, instrument in MARKETS.items() if instrument.market_type is MarketType.SWAP]
RATES = {"EUR": Decimal("1.25")}
STRATEGIES = ["trend", "carry"]

sides = st.sampled_from([BUY, SELL])
lots = st.integers(1, 20_000).map(lambda number: Decimal(number) / 1000)
prices = st.integers(9_500, 10_500).map(lambda ticks: Decimal(ticks) / 100)
stops = st.sampled_from([None, Decimal(80), Decimal(90), Decimal(94), Decimal(106), Decimal(110), Decimal(120)])


def build_rich_account(equity: int = 10_000, **changes: Any) -> AccountState:
    """Return an account with cash and coins enough for any order, and a rate for every currency."""
    coins = {name: Balance(total=Decimal(10**9)) for name in ("USDT", "EUR", "BTC")}
    given: dict[str, Any] = {"balances": {VENUE: coins}, "rates": RATES} | changes
    return build_account(equity, **given)


def _facts(symbol: str) -> dict[str, Any]:
    instrument = MARKETS[symbol]
    rate = RATES.get(instrument.settle_currency, Decimal(1))
    return {"sector": instrument.sector, "contract_size": instrument.contract_size, "rate": rate}


@st.composite
def positions(draw: st.DrawFn, symbol: str) -> Position:
    """Draw a position; a spot one is long."""
    long_only = MARKETS[symbol].market_type is MarketType.SPOT
    sign = 1 if long_only else draw(st.sampled_from([1, -1]))
    stop = draw(stops)
    strategy = draw(st.sampled_from(STRATEGIES))
    return build_position(sign * draw(lots), symbol, stop_loss_price=stop, strategy=strategy, **_facts(symbol))


@st.composite
def working_orders(draw: st.DrawFn, symbol: str, name: str) -> WorkingOrder:
    """Draw a working order that only adds exposure."""
    facts = _facts(symbol)
    price, quantity = draw(prices), draw(lots)
    unit = price * facts["contract_size"] * facts["rate"]
    stop = draw(stops)
    side = draw(sides)
    protected = stop is not None and (price - stop) * side.sign > 0
    return build_working(
        quantity,
        symbol,
        price,
        client_order_id=name,
        side=side,
        sector=facts["sector"],
        strategy=draw(st.sampled_from(STRATEGIES)),
        unit_notional=unit,
        unit_risk=abs(price - stop) * unit / price if stop is not None and protected else unit,
        stop_loss_price=stop,
        counted=True,
    )


@st.composite
def books(draw: st.DrawFn) -> AccountState:
    """Draw an account with any positions and working orders in the markets."""
    held = [draw(positions(symbol)) for symbol in draw(st.lists(st.sampled_from(SYMBOLS), unique=True, max_size=4))]
    at_work = draw(st.lists(st.sampled_from(SYMBOLS), max_size=3))
    working = [draw(working_orders(symbol, f"w{number}")) for number, symbol in enumerate(at_work)]
    state = build_rich_account(
        positions=held,
        working=working,
        venues=(*ANY_MARKET, Venue(venue="kraken", market_type=MarketType.SPOT)),
        venue_equity={VENUE: Decimal(draw(st.integers(0, 10_000)))},
    )
    return replace(state, day=replace(state.day, approved_orders=draw(st.integers(0, 4))))


@st.composite
def orders(draw: st.DrawFn, *, sensible: bool = False) -> Order:
    """Draw an order in any of the markets; a sensible one has its stop on the right side and may open a position."""
    kind, side = draw(st.sampled_from(list(OrderType))), draw(sides)
    stop = draw(stops)
    if sensible and stop is not None:
        stop = Decimal(100) - side.sign * abs(Decimal(100) - stop) * 2
    return build_order(
        draw(lots),
        draw(prices),
        symbol=draw(st.sampled_from(SYMBOLS)),
        side=side,
        type=kind,
        strategy=draw(st.sampled_from(STRATEGIES)),
        stop_loss_price=stop,
        reduce_only=not sensible and draw(st.sampled_from([False, False, False, True])),
    )


any_orders = st.one_of(orders(sensible=True), orders())


def _fractions(low: int, high: int) -> st.SearchStrategy[Decimal]:
    return st.integers(low, high).map(lambda number: Decimal(number) / 100)


strategy_rules = st.builds(
    StrategyRules,
    fraction_max=st.none() | _fractions(5, 60),
    symbols=st.none() | st.just(("BTC/USDT",)),
    stop_loss_required=st.booleans(),
    heartbeat_seconds=st.none() | st.just(60),
)

#: A value of every limit that bounds the size of an order or of the book, around what the books reach.
SIZE_LIMITS: dict[str, st.SearchStrategy[Any]] = {
    "order_notional_min": st.sampled_from([Decimal(10), Decimal(50)]),
    "order_notional_max": st.integers(100, 3000).map(Decimal),
    "order_notional_fraction_max": _fractions(1, 30),
    "risk_per_trade_fraction_max": _fractions(1, 20),
    "position_size_fraction_max": _fractions(1, 50),
    "open_positions_max": st.integers(1, 5),
    "gross_exposure_fraction_max": _fractions(1, 120),
    "net_delta_fraction_max": _fractions(1, 120),
    "leverage_max": st.sampled_from([Decimal(1), Decimal(2), Decimal(3)]),
    "sector_fraction_max": _fractions(1, 80),
    "asset_fraction_max": _fractions(1, 80),
    "strategy_fraction_max": _fractions(1, 80),
    "venue_equity_fraction_max": _fractions(1, 100),
    "open_risk_fraction_max": _fractions(1, 80),
    "volume_fraction_max": st.sampled_from([Decimal("0.000001"), Decimal("0.00001"), Decimal("0.01")]),
    "depth_fraction_max": st.sampled_from([Decimal("0.1"), Decimal(1)]),
    "price_impact_bps_max": st.sampled_from([Decimal(1), Decimal(50)]),
    "price_impact_touch_fraction": st.sampled_from([Decimal("0.5"), Decimal(1)]),
    "balance_required": st.booleans(),
}
#: A value of every other limit that one decision looks at.
OTHER_LIMITS: dict[str, st.SearchStrategy[Any]] = {
    "state_max_age_seconds": st.sampled_from([1, 60, 300]),
    "symbols_allowed": st.lists(st.sampled_from(SYMBOLS), unique=True).map(tuple),
    "symbols_denied": st.lists(st.sampled_from(SYMBOLS), unique=True, max_size=1).map(tuple),
    "strategy_symbols": st.just({"carry": ("BTC/USDT",)}),
    "strategies": st.dictionaries(st.sampled_from(STRATEGIES), strategy_rules, max_size=2),
    "strategies_known_only": st.booleans(),
    "quote_max_age_seconds": st.sampled_from([1, 30]),
    "quote_max_age_reducing_seconds": st.sampled_from([1, 300]),
    "price_collar_fraction_max": _fractions(1, 6),
    "price_collar_reducing_fraction_max": _fractions(1, 6),
    "stop_loss_required": st.booleans(),
    "duplicate_window_seconds": st.sampled_from([1, 60]),
    "self_match_prevention": st.booleans(),
    "spread_fraction_max": st.sampled_from([Decimal("0.0001"), Decimal("0.01")]),
    "liquidation_distance_fraction_min": _fractions(1, 50),
    "margin_ratio_max": _fractions(1, 100),
    "funding_rate_fraction_max": _fractions(1, 3),
    "stablecoin_depeg_fraction_max": _fractions(1, 5),
    "book_max_age_seconds": st.sampled_from([1, 60]),
    "slippage_budget_bps_max": st.sampled_from([Decimal(1), Decimal(50)]),
    "correlation_max": _fractions(1, 100),
    "var_fraction_max": _fractions(1, 30),
    "var_confidence": st.sampled_from([Decimal("0.9"), Decimal("0.95"), Decimal("0.99")]),
    "stress_loss_fraction_max": _fractions(1, 60),
    "daily_loss_fraction_max": _fractions(1, 10),
    "weekly_drawdown_fraction_max": _fractions(1, 10),
    "drawdown_fraction_max": _fractions(1, 10),
    "daily_trades_max": st.integers(1, 6),
    "order_rate_max": st.integers(1, 6),
    "order_rate_window_seconds": st.sampled_from([1, 60]),
    "repeated_execution_max": st.integers(1, 5),
}


@st.composite
def limit_sets(draw: st.DrawFn, choices: dict[str, st.SearchStrategy[Any]]) -> Limits:
    """Draw limits with any of the choices switched on."""
    names = draw(st.sets(st.sampled_from(sorted(choices)), max_size=8))
    return build_limits(**{name: draw(choices[name]) for name in sorted(names)})


def opposite(side: Side) -> Side:
    """Return the other side."""
    return SELL if side is BUY else BUY
