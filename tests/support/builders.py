"""Small builders: each gives one valid object, so that a test names only what it is about.

Prices, quantities and limits may be given as text, integers or Decimals; they arrive exactly. The market is one
where nothing is wrong (no spread, fresh quotes, a deep book), and `build_limits` switches every check off
that a test does not switch on.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import fields, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from riskgate.core.account.document import (
    AccountState,
    Balance,
    ClosedTrade,
    DaySession,
    OrderStatus,
    Position,
    TradingState,
    Venue,
    WeekSession,
    WorkingOrder,
)
from riskgate.core.account.exposure import compute_exposure
from riskgate.core.checks.correlation import OBSERVATIONS_MIN
from riskgate.core.checks.result import CheckOutcome, CheckResult
from riskgate.core.codes import DenyCode
from riskgate.core.correlations import CORRELATION_ONE, UNDEFINED, VOLATILITY_ONE, Correlations
from riskgate.core.figures import CorrelationRow, RiskReport
from riskgate.core.instrument import Instrument, Market, MarketType, Quote
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.ledger.account_events import AccountRegistered, ReportedPosition, SnapshotRecorded, TransferRecorded
from riskgate.core.ledger.apply import Result, apply_event
from riskgate.core.ledger.events import Event
from riskgate.core.limits import Limits
from riskgate.core.money import ONE, with_risk_context
from riskgate.core.order import Order, OrderType
from riskgate.core.order_book import BookLevel, OrderBook
from riskgate.core.orders.decide import Decision
from riskgate.core.orders.evaluate import Evaluation, Inputs, evaluate
from riskgate.core.orders.events import RULES, FillRecorded, OrderDecided, OrderModified
from riskgate.core.side import Side

#: A Wednesday at noon: neither the edge of a day nor of a week.
NOW = datetime(2026, 11, 18, 12, 0, tzinfo=UTC)
SECOND, MINUTE, HOUR, DAY = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

ACCOUNT_ID = "demo"
VENUE = "binance"
SPOT, SWAP = "BTC/USDT", "BTC/USDT:USDT"
BUY, SELL = Side.BUY, Side.SELL
PASSED, VIOLATED = CheckOutcome.PASSED, CheckOutcome.VIOLATED
DISABLED, NOT_APPLICABLE = CheckOutcome.DISABLED, CheckOutcome.NOT_APPLICABLE
RELEASED = KillSwitch(scope="global", key="", engaged=False)

type Number = Decimal | int | str


def dec(value: Number) -> Decimal:
    """Return a number exactly."""
    return Decimal(value)


def build_limits(**changes: Any) -> Limits:
    """Return limits with every check switched off but the named ones; numbers may be text."""
    off: dict[str, Any] = {
        item.name: None for item in fields(Limits) if item.default is None or "None" in str(item.type)
    }
    off |= {"stop_loss_required": False, "self_match_prevention": False, "balance_required": False}
    exact = {name: dec(value) if isinstance(value, str) else value for name, value in changes.items()}
    return replace(Limits(), **(off | exact))


#: One venue for every market of a test, whatever its type.
ANY_MARKET = tuple(Venue(venue=VENUE, market_type=market_type) for market_type in MarketType)


def build_instrument(symbol: str = SPOT, **changes: Any) -> Instrument:
    """Return the rules of a market with a tick of 0.01 and a lot of 0.001."""
    pair, _, settle = symbol.partition(":")
    base, quote = pair.split("/")
    instrument = Instrument(
        venue=VENUE,
        symbol=symbol,
        market_type=MarketType.SWAP if settle else MarketType.SPOT,
        base_currency=base,
        quote_currency=quote,
        settle_currency=settle or quote,
        tick_size=Decimal("0.01"),
        step_size=Decimal("0.001"),
        sector="layer1",
    )
    return replace(instrument, **changes)


def build_quote(symbol: str = SPOT, price: Number = 100, **changes: Any) -> Quote:
    """Return a quote without spread in a market that trades a million units a day."""
    quote = Quote(
        venue=VENUE,
        symbol=symbol,
        at=NOW,
        bid=dec(price),
        ask=dec(price),
        last=dec(price),
        volume_24h=Decimal(1_000_000),
    )
    return replace(quote, **changes)


def build_book(*levels: tuple[Number, Number], symbol: str = SPOT, **changes: Any) -> OrderBook:
    """Return a book of now whose asks are the levels (price, quantity), and whose bids mirror them around 100."""
    asks = tuple(BookLevel(price=dec(price), quantity=dec(quantity)) for price, quantity in levels)
    bids = tuple(BookLevel(price=200 - level.price, quantity=level.quantity) for level in asks)
    return replace(OrderBook(symbol=symbol, bids=bids, asks=asks, at=NOW), **changes)


def build_order(quantity: Number | None = 1, price: Number | None = 100, **changes: Any) -> Order:
    """Return a limit buy, or an order of another type without the price that type does not have."""
    kind = changes.pop("type", OrderType.LIMIT)
    amounts = {"quote_quantity", "trigger_price", "stop_loss_price"}
    exact: dict[str, Any] = {k: dec(v) if k in amounts and v is not None else v for k, v in changes.items()}
    order = Order(
        account_id=ACCOUNT_ID,
        client_order_id="o1",
        symbol=SPOT,
        venue=VENUE,
        strategy="trend",
        side=BUY,
        type=kind,
        quantity=None if quantity is None else dec(quantity),
        price=dec(price) if kind.has_limit_price and price is not None else None,
        trigger_price=dec(price) if kind.has_trigger_price and price is not None else None,
    )
    return replace(order, **exact)


def build_position(quantity: Number = 10, symbol: str = SPOT, price: Number = 100, **changes: Any) -> Position:
    """Return a position entered and marked at `price`."""
    instrument = build_instrument(symbol)
    position = Position(
        venue=VENUE,
        symbol=symbol,
        market_type=instrument.market_type,
        asset=instrument.base_currency,
        sector="layer1",
        settle_currency=instrument.settle_currency,
        quantity=dec(quantity),
        average_price=dec(price),
        mark_price=dec(price),
        marked_at=NOW - MINUTE,
        strategy="trend",
    )
    return replace(position, **changes)


def build_working(quantity: Number = 1, symbol: str = SPOT, price: Number = 100, **changes: Any) -> WorkingOrder:
    """Return a reserved limit buy that only adds exposure."""
    instrument = build_instrument(symbol)
    side = changes.get("side", BUY)
    is_spot_sell = instrument.market_type is MarketType.SPOT and side is SELL
    working = WorkingOrder(
        client_order_id="w1",
        venue=VENUE,
        symbol=symbol,
        market_type=instrument.market_type,
        asset=instrument.base_currency,
        sector="layer1",
        strategy="trend",
        side=BUY,
        type=OrderType.LIMIT,
        status=OrderStatus.APPROVED,
        quantity=dec(quantity),
        increasing_quantity=dec(quantity),
        unit_notional=dec(price),
        unit_risk=dec(price),
        decision_price=dec(price),
        reserved_asset=instrument.base_currency if is_spot_sell else instrument.quote_currency,
        unit_reserved=ONE if is_spot_sell else dec(price),
        approved_at=NOW - MINUTE,
        expires_at=NOW + HOUR,
        rest_price=dec(price),
    )
    return replace(working, **changes)


def build_account(
    equity: Number = 10_000,
    *,
    positions: Iterable[Position] = (),
    working: Iterable[WorkingOrder] = (),
    **changes: Any,
) -> AccountState:
    """Return an account with its totals summed; ample cash at one venue, a fresh snapshot, no loss."""
    amount = dec(equity)
    state = AccountState(
        account_id=ACCOUNT_ID,
        base_currency="USDT",
        venues=ANY_MARKET,
        version=1,
        trading_state=TradingState.ACTIVE,
        equity=amount,
        equity_at=NOW,
        peak_equity=amount,
        day=DaySession(day=NOW.date(), baseline=amount),
        week=WeekSession(monday=date(2026, 11, 16), peak=amount),
        limits_version=1,
        limits_hash="",
        updated_at=NOW,
        balances={VENUE: {"USDT": Balance(total=amount)}},
        venue_equity={VENUE: amount},
        positions={p.key: p for p in positions},
        working_orders={o.client_order_id: o for o in working},
    )
    state = replace(state, **changes)
    return replace(state, exposure=with_risk_context(compute_exposure)(state))


def build_market(order: Order, **changes: Any) -> Market:
    """Return the market of an order: its instrument and a quote at 100."""
    market = Market(instrument=build_instrument(order.symbol), quote=build_quote(order.symbol))
    return replace(market, **changes)


def build_inputs(order: Order, **changes: Any) -> Inputs:
    """Return what is read for one order: no limit is on, the kill switch is released.

    `instrument`, `quote`, `correlation` and `book` go into the market.
    """
    parts = {name: changes.pop(name) for name in ("instrument", "quote", "correlation", "book") if name in changes}
    inputs = Inputs(
        order=order,
        limits=build_limits(),
        market=build_market(order, **parts),
        kill_switches=(RELEASED,),
        report=None,
        now=NOW,
        rules=RULES,
    )
    return replace(inputs, **changes)


def evaluate_order(order: Order, state: AccountState | None = None, **changes: Any) -> Evaluation:
    """Run the whole catalogue on one order."""
    return evaluate(state if state is not None else build_account(), build_inputs(order, **changes))


def run_check(code: DenyCode, order: Order, state: AccountState | None = None, **changes: Any) -> CheckResult:
    """Run the whole catalogue on one order and return what one check answered."""
    return dict(evaluate_order(order, state, **changes).checks)[code]


def build_submitted(order: Order, **changes: Any) -> OrderDecided:
    """Return an order as an event, with its market and a released kill switch."""
    inputs = build_inputs(order, **changes)
    return OrderDecided(
        order=order,
        market=inputs.market,
        kill_switches=inputs.kill_switches,
        report=inputs.report,
        rules=inputs.rules,
    )


def build_modified(order: Order, **changes: Any) -> OrderModified:
    """Return the new terms of a working order as an event."""
    inputs = build_inputs(order, **changes)
    return OrderModified(
        order=order,
        market=inputs.market,
        kill_switches=inputs.kill_switches,
        report=inputs.report,
        rules=inputs.rules,
    )


def build_fill(order: Order, quantity: Number, price: Number = 100, **changes: Any) -> FillRecorded:
    """Return one execution of an order, just now and without a fee or a quote."""
    fill = FillRecorded(
        order=order,
        fill_id="f1",
        quantity=dec(quantity),
        price=dec(price),
        executed_at=NOW,
        market=build_market(order, quote=None),
        decision_price=dec(price),
    )
    return replace(fill, **changes)


def build_registration(**changes: Any) -> AccountRegistered:
    """Return a registration with 10,000 USDT at one venue."""
    event = AccountRegistered(
        base_currency="USDT",
        venues=ANY_MARKET,
        sectors={},
        initial_equity=Decimal(10_000),
        limits=Limits(),
        limits_hash="0" * 64,
    )
    return replace(event, **changes)


def build_snapshot(equity: Number = 10_000, **changes: Any) -> SnapshotRecorded:
    """Return a snapshot of an account that is all cash."""
    balances = {VENUE: {"USDT": Balance(total=dec(equity))}}
    return replace(SnapshotRecorded(taken_at=NOW, equity=dec(equity), balances=balances, rules=RULES), **changes)


def build_reported(quantity: Number, symbol: str = SPOT, price: Number = 100, **changes: Any) -> ReportedPosition:
    """Return one position of a snapshot."""
    instrument = build_instrument(symbol)
    reported = ReportedPosition(
        venue=VENUE,
        symbol=symbol,
        market_type=instrument.market_type,
        asset=instrument.base_currency,
        sector=instrument.sector,
        settle_currency=instrument.settle_currency,
        quantity=dec(quantity),
        average_price=dec(price),
        mark_price=dec(price),
    )
    return replace(reported, **changes)


def build_transfer(amount: Number, **changes: Any) -> TransferRecorded:
    """Return a deposit (> 0) or withdrawal (< 0)."""
    return replace(TransferRecorded(transfer_id="t1", amount=dec(amount), executed_at=NOW), **changes)


def build_trade(realized_pnl: Number = -10, **changes: Any) -> ClosedTrade:
    """Return a closed long of 1,000, just now."""
    trade = ClosedTrade(
        at=NOW,
        key=f"{VENUE}:{SPOT}",
        strategy="trend",
        side=BUY,
        realized_pnl=dec(realized_pnl),
        notional=Decimal(1000),
        stopped=False,
    )
    return replace(trade, **changes)


def build_row(asset: str, correlations: dict[str, Number], **changes: Any) -> CorrelationRow:
    """Return an asset's row of the correlation matrix: a year of data, every asset moving 2 % a day.

    The rest of the matrix, `book`, is as if the others had nothing in common but the row's own asset.
    """
    row = CorrelationRow(
        asset=asset,
        as_of=NOW,
        correlations={name: dec(value) for name, value in correlations.items()},
        volatilities=dict.fromkeys(correlations, Decimal("0.02")),
        observations=dict.fromkeys(correlations, 365),
    )
    row = replace(row, **changes)
    return row if "book" in changes else replace(row, book=build_matrix(row).cut(row.correlations, asset))


def build_matrix(row: CorrelationRow) -> Correlations:
    """Return the matrix whose assets have nothing in common but the row's own."""
    others = [name for name in row.correlations if name in row.volatilities and name != row.asset]
    known = {name: row.correlations[name] for name in others if row.observations.get(name, 0) >= OBSERVATIONS_MIN}
    assets = (row.asset, *others)
    volatilities = [row.volatilities.get(name, Decimal("0.02")) for name in assets]
    loadings = [ONE, *(known.get(name) for name in others)]
    steps = (
        int(one * other * CORRELATION_ONE) if one is not None and other is not None else UNDEFINED
        for place, one in enumerate(loadings)
        for other in loadings[:place]
    )
    return Correlations(
        as_of=row.as_of,
        assets=assets,
        volatilities=array("I", (int(moves * VOLATILITY_ONE) for moves in volatilities)),
        pairs=array("h", steps),
    )


def build_report(exposures: dict[str, Number], **changes: Any) -> RiskReport:
    """Return the risk figures of a book with these signed values, without any scenario."""
    report = RiskReport(as_of=NOW, exposures={name: dec(value) for name, value in exposures.items()})
    return replace(report, **changes)


def apply(state: AccountState | None, event: Event, *, limits: Limits | None = None, now: datetime = NOW) -> Result:
    """Apply one event to the account, under limits that are all off unless given."""
    return apply_event(ACCOUNT_ID, state, limits if limits is not None else build_limits(), event, now)


def decide(
    state: AccountState, order: Order, *, limits: Limits | None = None, now: datetime = NOW, **changes: Any
) -> tuple[AccountState, Decision]:
    """Submit one order; quotes are as old as the order unless given."""
    changes.setdefault("quote", build_quote(order.symbol, at=now))
    result = apply(state, build_submitted(order, **changes), limits=limits, now=now)
    return result.state, result.decisions[0]


def approve(
    state: AccountState, order: Order, *, limits: Limits | None = None, now: datetime = NOW, **changes: Any
) -> AccountState:
    """Submit one order that must be approved and return the account with its reservation."""
    after, decision = decide(state, order, limits=limits, now=now, **changes)
    assert decision.approved, decision.evaluation.violations
    return after
