"""Book one fill: assets move, positions change, fees are paid."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from riskgate.core.account.document import OrderStatus
from riskgate.core.instrument import Instrument, MarketType
from riskgate.core.money import ZERO
from riskgate.core.paper.book import TRADES_MAX, PaperBook, PaperOrder, PaperPosition, cut
from riskgate.core.replacing import replace
from riskgate.core.side import Side
from riskgate.core.venues.model import LiquidityRole, VenueTrade


def book_fill(
    book: PaperBook,
    order: PaperOrder,
    instrument: Instrument,
    *,
    quantity: Decimal,
    price: Decimal,
    role: LiquidityRole,
    now: datetime,
) -> PaperBook:
    """Return the book after a fill: of spot, fees come off what is received, as at most venues."""
    asked = order.terms
    rate = book.terms.maker_fee_fraction if role is LiquidityRole.MAKER else book.terms.taker_fee_fraction
    if instrument.market_type is MarketType.SPOT:
        book, fee, fee_currency = _move_spot(book, instrument, asked.side, quantity, price, rate)
    else:
        book, fee, fee_currency = _move_swap(book, instrument, asked.symbol, asked.side.sign * quantity, price, rate)
    sequence = book.sequence + 1
    filled = order.filled_quantity + quantity
    status = OrderStatus.FILLED if filled == asked.quantity else OrderStatus.PARTIALLY_FILLED
    trade = VenueTrade(
        trade_id=str(sequence),
        exchange_order_id=order.exchange_order_id,
        client_order_id=asked.client_order_id,
        symbol=asked.symbol,
        side=asked.side,
        quantity=quantity,
        price=price,
        fee=fee,
        fee_currency=fee_currency,
        executed_at=now,
        role=role,
    )
    after = replace(order, filled_quantity=filled, cost=order.cost + quantity * price, status=status, updated_at=now)
    return replace(book, sequence=sequence, trades=(*book.trades, trade)[-TRADES_MAX:]).with_order(after)


def _move_spot(
    book: PaperBook, instrument: Instrument, side: Side, quantity: Decimal, price: Decimal, rate: Decimal
) -> tuple[PaperBook, Decimal, str]:
    base, quote = instrument.base_currency, instrument.quote_currency
    fee, currency = (cut(quantity * rate), base) if side is Side.BUY else (cut(quantity * price * rate), quote)
    book = book.with_balance(base, side.sign * quantity).with_balance(quote, -side.sign * quantity * price)
    return book.with_balance(currency, -fee), fee, currency


def _move_swap(
    book: PaperBook, instrument: Instrument, symbol: str, signed: Decimal, price: Decimal, rate: Decimal
) -> tuple[PaperBook, Decimal, str]:
    held = book.positions.get(symbol, PaperPosition(quantity=ZERO, entry_price=price))
    total, realized = held.quantity + signed, ZERO
    closing = min(abs(signed), abs(held.quantity)) if held.quantity * signed < 0 else ZERO
    if closing:
        direction = 1 if held.quantity > 0 else -1
        realized = (price - held.entry_price) * closing * direction * instrument.contract_size
    if not closing:
        worth = abs(held.quantity) * held.entry_price + abs(signed) * price
        entry = worth / abs(total)
    else:
        entry = held.entry_price if total * held.quantity > 0 else price
    positions = {**book.positions, symbol: PaperPosition(quantity=total, entry_price=entry)}
    if not total:
        del positions[symbol]
    fee = cut(abs(signed) * price * instrument.contract_size * rate)
    settle = instrument.settle_currency
    return replace(book, positions=positions).with_balance(settle, realized - fee), fee, settle
