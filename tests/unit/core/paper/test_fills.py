"""What a fill at the paper venue moves: balances, positions, profit and fee, by plain bookkeeping."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from riskgate.core.account.document import OrderStatus
from riskgate.core.instrument import MarketType
from riskgate.core.order import OrderType
from riskgate.core.paper.book import PaperBook, PaperOrder, PaperPosition, PaperTerms
from riskgate.core.paper.fills import _move_spot, _move_swap, book_fill
from riskgate.core.side import Side
from riskgate.core.venues.model import LiquidityRole, NewVenueOrder
from tests.support.builders import BUY, NOW, SELL, SWAP, build_instrument, dec

RATE = Decimal("0.001")


def book(market_type: MarketType = MarketType.SWAP, held: str = "0") -> PaperBook:
    positions = {SWAP: PaperPosition(quantity=dec(held), entry_price=dec(100))} if dec(held) else {}
    balances = {"USDT": dec(1_000), "BTC": dec(5)}
    return PaperBook(
        version=1, market_type=market_type, terms=PaperTerms(), opened_at=NOW, balances=balances, positions=positions
    )


@pytest.mark.parametrize(
    ("held", "signed", "price", "left", "entry", "realized"),
    [
        ("0", "2", "110", "2", "110", "0"),
        ("0", "-2", "110", "-2", "110", "0"),
        ("2", "2", "110", "4", "105", "0"),
        ("-2", "-2", "110", "-4", "105", "0"),
        ("2", "-1", "110", "1", "100", "10"),
        ("-2", "1", "110", "-1", "100", "-10"),
        ("2", "-2", "90", "0", "", "-20"),
        ("-2", "2", "90", "0", "", "20"),
        ("2", "-5", "110", "-3", "110", "20"),
        ("-2", "5", "110", "3", "110", "-20"),
    ],
)
@pytest.mark.parametrize("size", [1, 10])
def test_swap_when_it_fills_then_only_profit_and_fee_arrive(
    held: str, signed: str, price: str, left: str, entry: str, realized: str, size: int
) -> None:
    before = book(held=held)
    instrument = build_instrument(SWAP, contract_size=Decimal(size))
    after, fee, currency = _move_swap(before, instrument, SWAP, dec(signed), dec(price), RATE)

    position = PaperPosition(quantity=dec(left), entry_price=dec(entry)) if left != "0" else None
    assert after.positions.get(SWAP) == position
    assert (fee, currency) == (abs(dec(signed)) * dec(price) * size * RATE, "USDT")
    assert after.balances == {"USDT": 1_000 + dec(realized) * size - fee, "BTC": 5}


@pytest.mark.parametrize(
    ("side", "fee", "currency", "base", "quote"),
    [(BUY, "0.002", "BTC", "6.998", "780"), (SELL, "0.22", "USDT", "3", "1219.78")],
)
def test_spot_when_it_fills_then_one_coin_for_the_other_and_the_fee_of_what_arrives(
    side: Side, fee: str, currency: str, base: str, quote: str
) -> None:
    after, paid, paid_in = _move_spot(book(MarketType.SPOT), build_instrument(), side, dec(2), dec(110), RATE)
    assert (paid, paid_in) == (dec(fee), currency)
    assert after.balances == {"BTC": dec(base), "USDT": dec(quote)}


@pytest.mark.parametrize(("held", "signed", "left"), [("0.5", "0.5", "1"), ("-0.5", "-0.5", "-1")])
def test_small_swap_position_when_added_to_then_the_average_and_no_profit(held: str, signed: str, left: str) -> None:
    after, fee, _ = _move_swap(book(held=held), build_instrument(SWAP), SWAP, dec(signed), dec(110), RATE)
    assert after.positions == {SWAP: PaperPosition(quantity=dec(left), entry_price=dec(105))}
    assert after.balances["USDT"] == 1_000 - fee


@pytest.mark.parametrize(
    ("role", "quantity", "fee", "status"),
    [
        (LiquidityRole.MAKER, "2", "0.2", OrderStatus.FILLED),
        (LiquidityRole.TAKER, "2", "0.6", OrderStatus.FILLED),
        (LiquidityRole.TAKER, "1.5", "0.45", OrderStatus.PARTIALLY_FILLED),
    ],
)
def test_fill_when_booked_then_it_pays_the_fee_of_its_role_and_ends_the_order_with_its_last_unit(
    role: LiquidityRole, quantity: str, fee: str, status: OrderStatus
) -> None:
    terms = PaperTerms(maker_fee_fraction=dec("0.001"), taker_fee_fraction=dec("0.003"))
    asked = NewVenueOrder(client_order_id="c", symbol=SWAP, side=BUY, type=OrderType.LIMIT, quantity=dec(2))
    order = PaperOrder(exchange_order_id="7", terms=asked, status=OrderStatus.SUBMITTED, created_at=NOW, updated_at=NOW)
    before = replace(book(), terms=terms, sequence=4)
    after = book_fill(before, order, build_instrument(SWAP), quantity=dec(quantity), price=dec(100), role=role, now=NOW)
    [trade] = after.trades
    assert (trade.trade_id, trade.fee, trade.role, trade.quantity) == ("5", dec(fee), role, dec(quantity))
    [filled] = [known for known in after.orders.values() if known.exchange_order_id == "7"]
    assert (filled.status, filled.filled_quantity, filled.cost) == (status, dec(quantity), 100 * dec(quantity))
