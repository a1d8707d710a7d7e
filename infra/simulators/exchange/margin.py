"""Margin of futures accounts: balances, requirements, what is available."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from .accounts import Account
from .instruments import Instrument
from .money import ZERO
from .orders import Leg, Order, Side
from .positions import SymbolMargin, symbol_margin
from .state import SETTLEMENT_ASSET, State

#: What a coin that is no dollar is worth as margin.
COLLATERAL_FRACTION = Decimal("0.95")
_DOLLARS = frozenset({SETTLEMENT_ASSET, "USDC"})


@dataclass(frozen=True, slots=True)
class Extra:
    """An order about to be placed."""

    instrument: Instrument
    leg: Leg
    side: Side
    notional: Decimal


@dataclass(frozen=True, kw_only=True, slots=True)
class MarginSummary:
    """Cross-margin totals of one account in USDT; `wallet` is what its coins are worth as margin."""

    wallet: Decimal
    unrealized_pnl: Decimal
    position_initial: Decimal
    order_initial: Decimal
    maintenance: Decimal

    @property
    def balance(self) -> Decimal:
        """Return wallet plus unrealized P&L."""
        return self.wallet + self.unrealized_pnl

    @property
    def initial(self) -> Decimal:
        """Return the initial margin of positions and orders."""
        return self.position_initial + self.order_initial

    @property
    def available(self) -> Decimal:
        """Return what is left for new orders, not below zero."""
        return max(self.balance - self.initial, ZERO)


def _open_notional(orders: Iterable[Order], leg: str, side: Side) -> Decimal:
    """Sum the notional of open orders of a side that may increase a position."""
    return sum(
        (
            order.remaining * order.price
            for order in orders
            if order.leg == leg and order.side is side and order.is_working and not order.reduce_only
        ),
        ZERO,
    )


def margin_of_symbol(
    state: State, account: Account, instrument: Instrument, extra: Extra | None = None
) -> SymbolMargin:
    """Compute the margin of one contract in the settlement asset, with an order that is about to be placed."""
    legs = {position.leg for position in account.futures.legs(instrument.symbol)}
    orders = account.open_orders("swap", instrument.symbol)
    legs |= {order.leg for order in orders}
    if extra is not None:
        legs.add(extra.leg)
    total = SymbolMargin(position=ZERO, orders=ZERO, maintenance=ZERO)
    for leg in sorted(legs):
        more = {extra.side: extra.notional} if extra is not None and extra.leg == leg else {}
        total += symbol_margin(
            account.futures.position(instrument, leg),
            state.mark(instrument),
            account.futures.leverage_of(instrument.symbol),
            _open_notional(orders, leg, Side.BUY) + more.get(Side.BUY, ZERO),
            _open_notional(orders, leg, Side.SELL) + more.get(Side.SELL, ZERO),
        )
    return total


def unrealized_pnl(state: State, account: Account, instrument: Instrument) -> Decimal:
    """Return the signed profit of a contract's positions at its mark, in the settlement asset."""
    mark = state.mark(instrument)
    return sum((position.unrealized_pnl(mark) for position in account.futures.legs(instrument.symbol)), ZERO)


def _wallet(state: State, account: Account) -> Decimal:
    """Return what an account's coins are worth as margin, in USDT."""
    if not account.unified:
        return account.futures.balances.get(SETTLEMENT_ASSET, ZERO)
    fractions = {asset: Decimal(1) if asset in _DOLLARS else COLLATERAL_FRACTION for asset in account.spot.balances}
    return sum(
        (held.total * state.dollars(asset) * fractions[asset] for asset, held in account.spot.balances.items()), ZERO
    )


def margin_summary(state: State, account: Account, extra: Extra | None = None) -> MarginSummary:
    """Sum an account's margin, optionally with an order about to be placed."""
    symbols = {position.instrument.symbol for position in account.futures.positions.values() if position.quantity}
    symbols |= {order.instrument.symbol for order in account.open_orders("swap")}
    if extra is not None:
        symbols.add(extra.instrument.symbol)
    unrealized = position_initial = order_initial = maintenance = ZERO
    for symbol in sorted(symbols):
        instrument = state.instrument("swap", symbol)
        rate = state.dollars(instrument.quote)
        added = extra if extra is not None and extra.instrument.key == instrument.key else None
        margin = margin_of_symbol(state, account, instrument, added)
        position_initial += margin.position * rate
        order_initial += margin.orders * rate
        maintenance += margin.maintenance * rate
        unrealized += unrealized_pnl(state, account, instrument) * rate
    return MarginSummary(
        wallet=_wallet(state, account),
        unrealized_pnl=unrealized,
        position_initial=position_initial,
        order_initial=order_initial,
        maintenance=maintenance,
    )


def liquidation_price(state: State, account: Account, instrument: Instrument) -> Decimal:
    """Return the mark at which the account's margin would be exhausted, zero when there is none.

    Other positions are held at their current mark; the bracket is that of today's notional.
    """
    position = account.futures.position(instrument)
    if not position.quantity:
        return ZERO
    mark = state.mark(instrument)
    summary = margin_summary(state, account)
    buffer = summary.balance - summary.maintenance
    held = abs(position.notional(mark))
    rate = margin_of_symbol(state, account, instrument).maintenance / held if held else ZERO
    # Moving the mark by d changes the balance by quantity x d and this contract's maintenance by
    # rate x |quantity| x d.
    slope = position.quantity - rate * abs(position.quantity)
    price = mark - buffer / slope if slope else ZERO
    return max(price, ZERO)
