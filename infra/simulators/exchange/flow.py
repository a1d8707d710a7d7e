"""Time and prices moving: what the market does between two requests."""

from decimal import Decimal

from . import algo
from .engine import Engine
from .instruments import Instrument
from .liquidation import liquidate_exhausted
from .matching import match_resting
from .orders import Status
from .triggers import fires_upward, is_triggered


class Flow:
    """Work through the past since the last look, instrument by instrument.

    The path is continuous between its bends, so a stop in between fires at its stop price; a price
    set by hand is a gap, and a stop in it fires at the new price.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.state = engine.state

    def settle(self) -> None:
        """Bring every instrument someone has orders or positions in up to the clock's time."""
        now_ms = self.state.clock.now_ms()
        for instrument in self.busy():
            self.settle_instrument(instrument, now_ms)
        self.state.event_ms = now_ms
        for order in list(self.state.open_orders.values()):
            if order.expires_at_ms is not None and order.expires_at_ms <= now_ms:
                self.engine.end(order, Status.EXPIRED)

    def busy(self) -> list[Instrument]:
        """Return the instruments in which a price move can change an account."""
        busy = {order.instrument.key for order in self.state.open_orders.values()}
        busy |= {item.instrument.key for item in algo.waiting(self.engine)}
        for account in self.state.accounts.values():
            busy |= {
                position.instrument.key
                for position in account.futures.positions.values()
                if position.quantity and account is not self.state.house
            }
        return [self.state.instruments[key] for key in sorted(busy)]

    def settle_instrument(self, instrument: Instrument, now_ms: int) -> None:
        """Follow one instrument's price from the last look to now."""
        state = self.state
        last_ms = state.settled_ms.get(instrument.key, now_ms)
        state.settled_ms[instrument.key] = now_ms
        for at_ms in state.feed.bends(instrument, last_ms, now_ms):
            self._glide(instrument, last_ms, at_ms)
            last_ms = at_ms
        self._glide(instrument, last_ms, now_ms)
        state.event_ms = now_ms

    def _glide(self, instrument: Instrument, from_ms: int, until_ms: int) -> None:
        """Move the price along a straight line, stopping where conditional orders fire."""
        start = self.state.book(instrument).mid
        end = self.state.price(instrument, until_ms)
        if start is not None and end is not None and start != end:
            for stop in self._stops_between(instrument, start, end):
                fraction = (stop - start) / (end - start)
                self._visit(instrument, from_ms + int((until_ms - from_ms) * fraction), stop)
        self._visit(instrument, until_ms, end)

    def _stops_between(self, instrument: Instrument, start: Decimal, end: Decimal) -> list[Decimal]:
        """Return the stop prices crossed on the way, in the order they are reached."""
        rising = end > start
        waiting = [
            (order.side, order.type, order.stop_price)
            for order in self.state.open_orders.values()
            if order.instrument.key == instrument.key and not order.is_working
        ]
        waiting += [
            (item.side, item.type, item.trigger_price)
            for item in algo.waiting(self.engine)
            if item.instrument.key == instrument.key
        ]
        low, high = min(start, end), max(start, end)
        stops = {
            stop
            for side, kind, stop in waiting
            if stop is not None and low < stop < high and fires_upward(side, kind) == rising
        }
        return sorted(stops, reverse=not rising)

    def jump(self, instrument: Instrument) -> None:
        """Take over a price that has changed at a stroke."""
        now_ms = self.state.clock.now_ms()
        self.state.settled_ms[instrument.key] = now_ms
        self._visit(instrument, now_ms, self.state.price(instrument, now_ms))

    def glide_all(self) -> None:
        """Follow the path to where it stands now, in no time of the clock."""
        now_ms = self.state.clock.now_ms()
        for instrument in self.busy():
            self.state.settled_ms[instrument.key] = now_ms
            self._glide(instrument, now_ms, now_ms)

    def _visit(self, instrument: Instrument, at_ms: int, price: Decimal | None) -> None:
        """Let the market trade at one price: synthetic book, resting orders, triggers."""
        state = self.state
        state.event_ms = at_ms
        book = state.book(instrument)
        if price != book.mid:
            book.refresh(price, state.sequences.next())
        if price is None:
            return
        match_resting(book, self.engine)
        for order in list(self.state.open_orders.values()):
            if order.instrument.key != instrument.key or order.is_working:
                continue
            stop = order.stop_price
            # An order that fired just before may have ended this one: self-trade prevention.
            if order.is_open and stop is not None and is_triggered(order.side, order.type, stop, price):
                self.engine.trigger(order)
        if instrument.market == "swap":
            for item in algo.waiting(self.engine, instrument.symbol):
                if is_triggered(item.side, item.type, item.trigger_price, price):
                    algo.fire(self.engine, item)
            liquidate_exhausted(self.engine, instrument)
