"""Book fills: move assets between accounts and take fees."""

from decimal import Decimal

from .accounts import Account
from .money import ZERO, truncate_asset
from .orders import Order, Side, Trade
from .state import State

BNB_DISCOUNT = Decimal("0.75")


def _bnb_fee(state: State, account: Account, order: Order, fee_in_quote: Decimal) -> Decimal | None:
    """Return the fee in BNB, or None when the account does not or cannot pay it so."""
    if not account.fees.burn_bnb:
        return None
    if order.instrument.quote == "BNB":
        price: Decimal | None = Decimal(1)
    else:
        pair = state.instruments.get(("spot", f"BNB{order.instrument.quote}"))
        price = None if pair is None else state.price(pair)
    if not price:
        return None
    fee = truncate_asset(fee_in_quote * BNB_DISCOUNT / price)
    return fee if account.spot.of("BNB").free >= fee else None


def _book_spot(state: State, order: Order, price: Decimal, quantity: Decimal, *, is_maker: bool) -> tuple[Decimal, str]:
    """Move a spot fill's assets and return (fee, fee asset)."""
    account = state.accounts[order.account_id]
    instrument, cost = order.instrument, price * quantity
    if order.locked:
        # What was set aside for this part: at the limit for a buy, the quantity for a sell.
        part = order.price * quantity if order.side is Side.BUY else quantity
        account.spot.release(order, part)
    sign = order.side.sign
    account.spot.credit(instrument.base, sign * quantity)
    account.spot.credit(instrument.quote, -sign * cost)
    rate = account.fees.rate("spot", is_maker=is_maker)
    bnb = _bnb_fee(state, account, order, cost * rate)
    if bnb is not None:
        fee, asset = bnb, "BNB"
    elif order.side is Side.BUY:
        fee, asset = truncate_asset(quantity * rate), instrument.base
    else:
        fee, asset = truncate_asset(cost * rate), instrument.quote
    account.spot.credit(asset, -fee)
    state.collect_fee(asset, fee)
    return fee, asset


def _book_swap(
    state: State, order: Order, price: Decimal, quantity: Decimal, *, is_maker: bool
) -> tuple[Decimal, str, Decimal]:
    """Book a futures fill and return (fee, fee asset, realized P&L)."""
    account = state.accounts[order.account_id]
    instrument = order.instrument
    position = account.futures.position(instrument, order.leg)
    realized = position.apply(order.side.sign * quantity, price, state.event_ms)
    fee = truncate_asset(price * quantity * account.fees.rate("swap", is_maker=is_maker))
    account.settle(instrument.quote, realized - fee)
    state.collect_fee(instrument.quote, fee)
    return fee, instrument.quote, realized


def book_user_side(
    state: State,
    order: Order,
    *,
    price: Decimal,
    quantity: Decimal,
    is_maker: bool,
    trade_id: int,
) -> Trade:
    """Book one user's side of a fill: update the order, store and return the trade (both sides share its id)."""
    realized = ZERO
    if order.instrument.market == "spot":
        fee, asset = _book_spot(state, order, price, quantity, is_maker=is_maker)
    else:
        fee, asset, realized = _book_swap(state, order, price, quantity, is_maker=is_maker)
    trade = Trade(
        trade_id=trade_id,
        order_id=order.order_id,
        account_id=order.account_id,
        instrument=order.instrument,
        side=order.side,
        price=price,
        quantity=quantity,
        fee=fee,
        fee_asset=asset,
        is_maker=is_maker,
        at_ms=state.event_ms,
        realized_pnl=realized,
    )
    _record(state, order, trade)
    return trade


def _record(state: State, order: Order, trade: Trade) -> None:
    """Store a trade and count it in its order."""
    order.executed += trade.quantity
    order.quote_executed += trade.quote_quantity
    if order.quote_budget is not None:
        # An order by amount of quote has the quantity it got, however it ends.
        order.quantity = order.executed
    order.updated_ms = state.event_ms
    order.fills.append(trade)
    account = state.accounts[order.account_id]
    account.trades.append(trade)
    account.updated_ms = state.event_ms
    state.trades.append(trade)


def book_house_side(state: State, order: Order, *, price: Decimal, quantity: Decimal) -> None:
    """Book the synthetic counterpart of a user's fill; the house pays no fees."""
    instrument, sign = order.instrument, -order.side.sign
    if instrument.market == "spot":
        state.house.spot.credit(instrument.base, sign * quantity)
        state.house.spot.credit(instrument.quote, -sign * price * quantity)
        return
    position = state.house.futures.position(instrument)
    realized = position.apply(sign * quantity, price, state.event_ms)
    state.house.futures.credit(instrument.quote, realized)
