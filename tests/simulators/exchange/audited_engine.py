"""An engine that checks each fill against what it finds by looking at all open orders."""

from __future__ import annotations

from decimal import Decimal

from infra.simulators.exchange.book import synthetic_levels
from infra.simulators.exchange.engine import Engine
from infra.simulators.exchange.money import ZERO
from infra.simulators.exchange.orders import Order, SelfTradePrevention, Side
from infra.simulators.exchange.state import State


class AuditedEngine(Engine):
    """Checks each fill against priorities found by looking at all open orders, not at the book."""

    def __init__(self, state: State) -> None:
        super().__init__(state)
        self.synthetic: dict[tuple[int, Side], dict[Decimal | None, Decimal]] = {}

    def fill(self, *, maker: Order | None, taker: Order | None, price: Decimal, quantity: Decimal) -> None:
        assert quantity > 0
        for order in (maker, taker):
            if order is None:
                continue
            assert order.accepts(price), "a fill beyond the order's limit"
            assert order.quote_budget is not None or quantity <= order.remaining, "a fill beyond the order's quantity"
        self._check_priority(maker, taker, price)
        self._check_depth(maker, taker, price, quantity)
        held = self._reduced_positions(maker, taker)
        super().fill(maker=maker, taker=taker, price=price, quantity=quantity)
        for order, before in held:
            after = self.state.accounts[order.account_id].futures.quantity(order.instrument.symbol)
            assert before * after >= 0, "a reduce-only order crossed zero"
            with_itself = maker is not None and taker is not None and maker.account_id == taker.account_id
            assert abs(after) < abs(before) or with_itself, "a reduce-only order did not reduce"
            assert abs(after) <= abs(before)

    def _check_depth(self, maker: Order | None, taker: Order | None, price: Decimal, quantity: Decimal) -> None:
        """Synthetic fills since the last rebuild never exceed what the levels held then."""
        user = maker if taker is None else taker
        if user is None or None not in (maker, taker):
            return
        book, side = self.state.book(user.instrument), user.side.opposite
        assert book.mid is not None
        offered = {level.price: level.quantity for level in synthetic_levels(book.instrument, book.mid, side, 0)}
        rebuilt = book._levels[side][0].sequence
        taken = self.synthetic.setdefault((rebuilt, side), {})
        # A resting order trades at its own price: then only the sum is known.
        at = price if maker is None else None
        taken[at] = taken.get(at, ZERO) + quantity
        assert at is None or taken[at] <= offered[at], "a level gave more than it held"
        assert sum(taken.values(), ZERO) <= sum(offered.values(), ZERO), "the book gave more than it held"

    def _reduced_positions(self, *orders: Order | None) -> list[tuple[Order, Decimal]]:
        return [
            (order, self.state.accounts[order.account_id].futures.quantity(order.instrument.symbol))
            for order in orders
            if order is not None and order.reduce_only
        ]

    def _check_priority(self, maker: Order | None, taker: Order | None, price: Decimal) -> None:
        side = maker.side if maker is not None else taker.side.opposite if taker is not None else Side.BUY
        instrument = (maker or taker).instrument  # type: ignore[union-attr]
        for other in self.state.open_orders.values():
            if other in (maker, taker) or other.side is not side or other.instrument.key != instrument.key:
                continue
            waiting = not other.is_working or (other.reduce_only and self.reducible(other) <= 0)
            own = taker is not None and other.account_id == taker.account_id
            if waiting or (own and taker is not None and taker.self_trade_prevention is not SelfTradePrevention.NONE):
                continue
            better = other.price > price if side is Side.BUY else other.price < price
            assert not better, f"{other.price} was better than {price}"
            if maker is not None and other.price == price:
                assert other.sequence > maker.sequence, "an older order at the same price was passed over"
        if taker is not None:
            for level in self.state.book(instrument).levels(side):
                better = level.price > price if side is Side.BUY else level.price < price
                assert not better, "a better synthetic level was passed over"
                if maker is not None and level.price == price:
                    assert level.sequence > maker.sequence, "an older synthetic level was passed over"
