"""Liquidation: close the positions of an account whose margin is exhausted."""

from .accounts import Account
from .engine import Engine
from .instruments import Instrument
from .margin import margin_summary
from .orders import Leg, Order, SelfTradePrevention, Side, Status, TimeInForce


def liquidate_exhausted(engine: Engine, instrument: Instrument) -> None:
    """Liquidate the accounts whose margin a move of one contract, in which they hold a position, has exhausted."""
    state = engine.state
    for account in list(state.accounts.values()):
        if account is state.house or not any(position.quantity for position in account.futures.legs(instrument.symbol)):
            continue
        summary = margin_summary(state, account)
        if summary.maintenance > 0 and summary.balance <= summary.maintenance:
            _liquidate(engine, account)


def _liquidate(engine: Engine, account: Account) -> None:
    """Expire open futures orders and close every position at the market.

    The closing order is the exchange's own: it skips the account's checks, and bears a client
    order id that begins with "autoclose-" as Binance's do.
    """
    state = engine.state
    for order in account.open_orders("swap"):
        engine.end(order, Status.EXPIRED)
    for position in list(account.futures.positions.values()):
        side = Side.SELL if position.quantity > 0 else Side.BUY
        if not position.quantity or state.book(position.instrument).best(side.opposite) is None:
            continue
        order = Order(
            order_id=0,
            account_id=account.account_id,
            instrument=position.instrument,
            client_order_id=f"autoclose-{state.event_ms}{state.order_ids.value}",
            side=side,
            type="MARKET",
            time_in_force=TimeInForce.IOC,
            quantity=abs(position.quantity),
            leg=Leg(position.leg),
            reduce_only=True,
            self_trade_prevention=SelfTradePrevention.NONE,
            source="liquidation",
        )
        engine.store(account, order)
        engine.activate(order)
