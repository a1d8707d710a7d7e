"""The statement: the days add up to the whole, whatever their fills."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.money import ZERO
from riskgate.core.orders.events import FillRecorded
from riskgate.core.side import Side
from riskgate.core.statements.statement import BookedFill, StatementBook, build_statement
from riskgate.schemas.codec import decode, encode
from riskgate.schemas.texts.statement_csv import write_statement
from tests.support.builders import DAY, NOW, SPOT, SWAP, VENUE, build_fill, build_order

MARKS = {f"{VENUE}:{SPOT}": Decimal(100), f"{VENUE}:{SWAP}": Decimal(120)}
FIRST = date(2026, 11, 18)


def build_booked(number: int, quantity: int, side: Side, price: int, symbol: str, strategy: str) -> BookedFill:
    order = build_order(quantity, price, client_order_id=f"o{number}", symbol=symbol, side=side, strategy=strategy)
    fill: FillRecorded = replace(build_fill(order, quantity, price), fee=Decimal(1), fee_currency="USDT")
    return BookedFill(fill=fill, booked_at=NOW, actor="job:order_worker")


FILLS = st.lists(
    st.tuples(
        st.integers(1, 50),
        st.sampled_from(list(Side)),
        st.integers(50, 150),
        st.sampled_from([SPOT, SWAP]),
        st.sampled_from(["trend", "carry"]),
    ),
    max_size=8,
)


@given(st.lists(FILLS, min_size=1, max_size=4))
def test_statements_when_of_several_days_then_they_add_up_to_one_of_the_whole(
    days: list[list[tuple[int, Side, int, str, str]]],
) -> None:
    book: StatementBook | None = None
    realized, number = ZERO, 0
    everything: list[BookedFill] = []
    for offset, drawn in enumerate(days):
        fills = []
        for item in drawn:
            number += 1
            fills.append(build_booked(number, *item))
        everything += [replace(fill, booked_at=NOW + offset * DAY) for fill in fills]
        statement = build_statement(FIRST + timedelta(days=offset), book, fills, MARKS, number)
        realized += sum((line.pnl.net_realized for line in statement.lines), ZERO)
        book = decode(encode(statement.closing), StatementBook)
    whole = build_statement(FIRST, None, everything, MARKS, number)
    # Costs are kept in units of 1e-8.
    assert abs(sum((line.pnl.net_realized for line in whole.lines), ZERO) - realized) <= Decimal("1e-7") * number
    assert {(p.strategy, p.instrument.key): p.quantity for p in whole.closing.positions} == {
        (p.strategy, p.instrument.key): p.quantity for p in (book.positions if book is not None else ())
    }


def test_statement_when_a_bots_text_looks_like_a_formula_then_it_is_inert() -> None:
    booked = build_booked(1, 1, Side.BUY, 100, SPOT, "trend")
    order = replace(booked.fill.order, strategy="=HYPERLINK(1)")
    statement = build_statement(FIRST, None, [replace(booked, fill=replace(booked.fill, order=order))], {}, 1)
    text = write_statement(statement, [])["pnl.csv"].decode()
    assert "'=HYPERLINK(1)" in text
    assert statement.lines[0].unrealized is None
