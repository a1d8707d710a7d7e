"""Margin of futures accounts: balances, requirements, what is available."""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from .accounts import Account
from .instruments import Instrument
from .money import ZERO
from .orders import Order, Side
from .positions import SymbolMargin, symbol_margin
from .state import State

SETTLEMENT_ASSET = "USDT"


@dataclass(frozen=True, kw_only=True, slots=True)
class MarginSummary:
    """Cross-margin totals of one account in the settlement asset."""

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


def _open_notional(orders: Iterable[Order], instrument: Instrument, side: Side) -> Decimal:
    """Sum the notional of open orders of a side that may increase a position."""
    return sum(
        (
            order.remaining * order.price
            for order in orders
            if order.instrument.key == instrument.key and order.side is side and not order.reduce_only
        ),
        ZERO,
    )


def margin_of_symbol(
    state: State, account: Account, instrument: Instrument, extra: dict[Side, Decimal] | None = None
) -> SymbolMargin:
    """Compute the margin of one contract in the settlement asset; `extra` is the notional by side of a new order."""
    orders = account.open_orders("swap", instrument.symbol)
    more = extra or {}
    return symbol_margin(
        account.futures.position(instrument),
        state.mark(instrument),
        account.futures.leverage_of(instrument.symbol),
        _open_notional(orders, instrument, Side.BUY) + more.get(Side.BUY, ZERO),
        _open_notional(orders, instrument, Side.SELL) + more.get(Side.SELL, ZERO),
    )


def margin_summary(
    state: State, account: Account, extra: tuple[Instrument, Side, Decimal] | None = None
) -> MarginSummary:
    """Sum an account's margin, optionally with an order about to be placed."""
    symbols = {symbol for symbol, position in account.futures.positions.items() if position.quantity}
    symbols |= {order.instrument.symbol for order in account.open_orders("swap")}
    if extra is not None:
        symbols.add(extra[0].symbol)
    unrealized = position_initial = order_initial = maintenance = ZERO
    for symbol in sorted(symbols):
        instrument = state.instrument("swap", symbol)
        added = {extra[1]: extra[2]} if extra is not None and extra[0].key == instrument.key else None
        margin = margin_of_symbol(state, account, instrument, added)
        position_initial += margin.position
        order_initial += margin.orders
        maintenance += margin.maintenance
        unrealized += account.futures.position(instrument).unrealized_pnl(state.mark(instrument))
    return MarginSummary(
        wallet=account.futures.balances.get(SETTLEMENT_ASSET, ZERO),
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
