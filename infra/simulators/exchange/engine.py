"""The engine: accepts, matches, cancels and amends orders on the venue's state."""

from collections.abc import Iterable
from decimal import Decimal

from .accounts import Account
from .errors import (
    Reason,
    VenueError,
    duplicate_order,
    insufficient_balance,
    insufficient_margin,
    market_closed,
    no_such_order,
    unknown_order,
)
from .filters import check_filters
from .margin import Extra, margin_summary
from .matching import match_taker, reachable, would_take
from .money import ZERO
from .orders import IMMEDIATE, Order, Side, Status, TimeInForce
from .settlement import book_house_side, book_user_side
from .state import State
from .triggers import is_triggered


class Engine:
    """Order entry on a state whose lock the caller holds and whose books are up to date."""

    def __init__(self, state: State) -> None:
        self.state = state

    # What matching asks of the engine.

    def fill(self, *, maker: Order | None, taker: Order | None, price: Decimal, quantity: Decimal) -> None:
        """Book a fill on both sides; None stands for the synthetic side."""
        trade_id = self.state.trade_ids.next()
        for order in (maker, taker):
            if order is None:
                continue
            book_user_side(
                self.state,
                order,
                price=price,
                quantity=quantity,
                is_maker=order is maker,
                trade_id=trade_id,
            )
            done = order.remaining == 0 and order.quote_budget is None
            order.status = Status.FILLED if done else Status.PARTIALLY_FILLED
            if done:
                self._leave(order)
        alone = maker if taker is None else taker if maker is None else None
        if alone is not None:
            book_house_side(self.state, alone, price=price, quantity=quantity)
        self._expire_idle_reductions(maker or taker)

    def end(self, order: Order, status: Status) -> None:
        """Take an order out of the market and give back what it held."""
        order.status = status
        order.updated_ms = self.state.event_ms
        self._leave(order)

    def reducible(self, order: Order) -> Decimal:
        """Return how much of an order may fill now: a reduce-only order never crosses zero."""
        if order.quote_budget is not None:
            return order.instrument.quantity_max
        if not order.reduce_only:
            return order.remaining
        return min(order.remaining, self.position_to_reduce(order))

    def position_to_reduce(self, order: Order) -> Decimal:
        """Return the quantity the account holds against an order, zero when it holds none."""
        account = self.state.accounts[order.account_id]
        held = account.futures.quantity(order.instrument.symbol, order.leg) * order.side.sign
        return max(-held, ZERO)

    def _expire_idle_reductions(self, filled: Order | None) -> None:
        """Expire resting reduce-only orders that have nothing left to reduce."""
        if filled is None or filled.instrument.market == "spot":
            return
        book = self.state.book(filled.instrument)
        for order in (*book.orders(Side.BUY), *book.orders(Side.SELL)):
            if order.reduce_only and self.reducible(order) <= 0:
                self.end(order, Status.EXPIRED)

    def _leave(self, order: Order) -> None:
        account = self.state.accounts[order.account_id]
        self.state.book(order.instrument).remove(order)
        self.state.open_orders.pop(order.order_id, None)
        account.working.pop(order.order_id, None)
        if order.locked:
            account.spot.release(order)

    # Order entry.

    def place(self, order: Order) -> Order:
        """Accept a new order as parsed (`order_id` 0), match it and return it; VenueError leaves no trace."""
        account = self.state.accounts[order.account_id]
        last = self.state.price(order.instrument)
        if last is None:
            raise market_closed(order.instrument.market)
        self._check_duplicate(account, order)
        check_filters(order, last)
        self._check_conditions(order, last)
        if order.stop_price is None or not self.state.customs.triggers_hold_nothing:
            self._reserve(account, order)
        self.store(account, order)
        if order.stop_price is None:
            self.activate(order)
        return order

    def store(self, account: Account, order: Order) -> None:
        """Give an order its id and place in the account."""
        order.order_id = self.state.order_ids.next()
        order.created_ms = order.updated_ms = self.state.event_ms
        order.sequence = self.state.sequences.next()
        order.listed_ms = order.created_ms + self.state.listing_lag_ms
        account.orders[order.order_id] = account.working[order.order_id] = order
        account.updated_ms = self.state.event_ms
        self.state.orders[order.order_id] = self.state.open_orders[order.order_id] = order

    def _check_duplicate(self, account: Account, order: Order) -> None:
        """Refuse a client order id that an open order of the account bears, or any where ids are never used again.

        At Binance the id of a finished order can be used again, so a blind resend of a filled order trades twice.
        """
        instrument = order.instrument
        others: Iterable[Order] = account.open_orders(instrument.market, instrument.symbol)
        if self.state.customs.ids_are_used_once:
            others = (other for other in account.orders.values() if other.instrument.market == instrument.market)
        if any(other.client_order_id == order.client_order_id for other in others):
            raise duplicate_order(instrument.market)

    def _check_conditions(self, order: Order, last: Decimal) -> None:
        """Check trigger, reduce-only and post-only against the market."""
        spot, customs = order.instrument.market == "spot", self.state.customs
        if order.stop_price is not None and is_triggered(order.side, order.type, order.stop_price, last):
            raise VenueError(-2010, "Stop price would trigger immediately.", reason=Reason.TRIGGER)
        if order.stop_price is not None and customs.triggers_hold_nothing:
            return
        if order.reduce_only and self.reducible(order) <= 0:
            raise VenueError(-2022, "ReduceOnly Order is rejected.", reason=Reason.NOTHING_TO_REDUCE)
        if customs.accepts_doomed:
            return
        self._check_post_only(order)
        if order.time_in_force is TimeInForce.FOK and not spot and not self._fillable(order):
            raise VenueError(
                -5021,
                "Due to the order could not be filled immediately, the FOK order has been "
                "rejected. The order will not be recorded in the order history",
            )

    def _check_post_only(self, order: Order) -> None:
        if not order.post_only or not would_take(self.state.book(order.instrument), order):
            return
        if order.instrument.market == "spot":
            raise VenueError(-2010, "Order would immediately match and take.")
        raise VenueError(
            -5022,
            "Due to the order could not be executed as maker, the Post Only order will be "
            "rejected. The order will not be recorded in the order history",
        )

    def _fillable(self, order: Order) -> bool:
        quantity, _ = reachable(self.state.book(order.instrument), order, self)
        return quantity >= order.quantity

    def _reserve(self, account: Account, order: Order) -> None:
        """Check that the account can pay, and set spot funds aside."""
        if order.instrument.market == "spot":
            self._reserve_spot(account, order)
        elif not order.reduce_only:
            self.check_margin(account, order)

    def _reserve_spot(self, account: Account, order: Order) -> None:
        price = order.price or order.stop_price
        if price is None:
            quantity, cost = reachable(self.state.book(order.instrument), order, self)
            if order.quote_budget is not None and order.side is Side.BUY:
                needed = order.quote_budget
            else:
                needed = cost if order.side is Side.BUY else max(order.quantity, quantity)
        else:
            needed = order.remaining * price if order.side is Side.BUY else order.remaining
        if account.spot.of(order.locked_asset).free < needed or self._serves_as_margin(account, order, needed):
            raise insufficient_balance()
        if price is not None:
            account.spot.lock(order, needed)

    def _serves_as_margin(self, account: Account, order: Order, needed: Decimal) -> bool:
        """Tell whether an account with one wallet needs an amount for its swaps."""
        if not account.unified:
            return False
        return margin_summary(self.state, account).available < needed * self.state.dollars(order.locked_asset)

    def check_margin(self, account: Account, order: Order) -> None:
        """Refuse (-2019) a futures order that asks for more margin than there is; never one that needs no more."""
        price = order.price
        if not price:
            quantity, cost = reachable(self.state.book(order.instrument), order, self)
            price = cost / quantity if quantity else self.state.mark(order.instrument)
        before = margin_summary(self.state, account)
        extra = Extra(order.instrument, order.leg, order.side, order.remaining * price)
        after = margin_summary(self.state, account, extra)
        if after.initial > before.initial and after.initial > after.balance:
            raise insufficient_margin()

    def activate(self, order: Order) -> None:
        """Put an order to work: match it, then let the rest stand or expire."""
        order.working_ms = self.state.event_ms
        order.sequence = self.state.sequences.next()
        book = self.state.book(order.instrument)
        doomed = order.post_only and would_take(book, order)
        if doomed or (order.time_in_force is TimeInForce.FOK and not self._fillable(order)):
            self.end(order, Status.EXPIRED)
            return
        match_taker(book, order, self)
        if not order.is_open:
            return
        if order.quote_budget is not None:
            spent = order.executed > 0 and book.best(order.side.opposite) is not None
            self.end(order, Status.FILLED if spent else Status.EXPIRED)
        elif order.is_market or order.time_in_force in IMMEDIATE or self.reducible(order) <= 0:
            self.end(order, Status.EXPIRED)
        else:
            book.add(order)

    def trigger(self, order: Order) -> None:
        """Activate an order whose stop price was reached, if the account can still pay for it."""
        account = self.state.accounts[order.account_id]
        if self.state.customs.triggers_hold_nothing:
            self._trigger_unpaid(account, order)
            return
        if order.instrument.market == "spot" and order.is_market:
            # The cost of a market stop is known only now; what was set aside was an estimate.
            account.spot.release(order)
            _, cost = reachable(self.state.book(order.instrument), order, self)
            needed = cost if order.side is Side.BUY else order.quantity
            if account.spot.of(order.locked_asset).free < needed:
                self.end(order, Status.EXPIRED)
                return
        self.activate(order)

    def _trigger_unpaid(self, account: Account, order: Order) -> None:
        try:
            self._reserve(account, order)
        except VenueError:
            self.end(order, Status.REJECTED)
            return
        self.activate(order)

    def cancel(self, order: Order) -> Order:
        """Cancel an open order; VenueError -2011 when it is not open any more."""
        if not order.is_open:
            raise unknown_order()
        self.end(order, Status.CANCELED)
        return order

    def amend(self, order: Order, *, quantity: Decimal, price: Decimal) -> Order:
        """Change a resting order's price and quantity; it loses its time priority.

        VenueError -2013 when it is not open, -5027 when nothing changes, or a filter's code.
        """
        if not order.is_open or order.is_market:
            raise no_such_order()
        if (order.quantity, order.price) == (quantity, price):
            raise VenueError(-5027, "No need to modify the order.", reason=Reason.UNCHANGED)
        last, before = self.state.price(order.instrument), (order.quantity, order.price)
        if last is None:
            raise market_closed("swap")
        account, locked = self.state.accounts[order.account_id], order.locked
        self.state.book(order.instrument).remove(order)
        account.spot.release(order)
        order.quantity, order.price = quantity, price
        order.status = Status.CANCELED  # Out of the margin sums while it is checked anew.
        try:
            check_filters(order, last)
            if not self.state.customs.accepts_doomed:
                self._check_post_only(order)
            if order.remaining > 0:
                self._reserve(account, order)
        except VenueError:
            order.quantity, order.price = before
            account.spot.lock(order, locked)
            order.status = Status.PARTIALLY_FILLED if order.executed else Status.NEW
            self.state.book(order.instrument).add(order)
            raise
        order.updated_ms = self.state.event_ms
        if order.remaining > 0:
            order.status = Status.PARTIALLY_FILLED if order.executed else Status.NEW
            self.activate(order)
        else:
            self.end(order, Status.CANCELED)
        return order
