"""The statement: the days add up to the whole, whatever their fills."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.money import ZERO
from riskgate.core.orders.events import FillRecorded
from riskgate.core.side import Side
from riskgate.core.statements.coins import Reading, SeenHolding
from riskgate.core.statements.statement import (
    AccountDay,
    BookedFill,
    BookedTransfer,
    Statement,
    StatementBook,
    build_statement,
)
from riskgate.schemas.codec import decode, encode
from riskgate.schemas.texts.statement_csv import write_statement
from tests.support.builders import DAY, MINUTE, NOW, SPOT, SWAP, VENUE, build_fill, build_instrument, build_order

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


def reading(number: int, *held: SeenHolding, excludes: frozenset[str] = frozenset(), **wallet: str) -> Reading:
    wallets = {VENUE: {name: Decimal(total) for name, total in wallet.items()}}
    at = NOW - DAY + number * MINUTE
    return Reading(at=at, held=held, wallets=wallets, excludes=excludes, rates={"EUR": Decimal("1.25")})


def seen(quantity: int, price: int = 60, symbol: str = SPOT, strategy: str | None = None) -> SeenHolding:
    instrument = build_instrument(symbol)
    return SeenHolding(
        instrument=instrument, quantity=Decimal(quantity), average_price=Decimal(price), strategy=strategy
    )


def statement_of(
    *booked: BookedFill, readings: tuple[Reading, ...] = (), book: StatementBook | None = None
) -> Statement:
    account = AccountDay(base_currency="USDT", readings=readings, equity=Decimal(1_000))
    return build_statement(FIRST, book, booked, MARKS, 1, account=account)


def by_line(statement: Statement) -> dict[tuple[str, str], tuple[Decimal, Decimal, Decimal]]:
    """Return opening quantity, closing quantity and realised profit by strategy and symbol."""
    return {
        (line.strategy, line.instrument.symbol): (line.opening_quantity, line.pnl.quantity, line.pnl.realized)
        for line in statement.lines
    }


@pytest.mark.parametrize("symbol", [SPOT, SWAP])
def test_statement_when_the_account_held_something_at_registration_then_it_is_the_opening_balance(symbol: str) -> None:
    sold = build_booked(1, 4, Side.SELL, 100, symbol, "trend")
    statement = statement_of(sold, readings=(reading(0, seen(10, symbol=symbol, strategy="trend")),))

    assert by_line(statement) == {("trend", symbol): (10, 6, 160)}
    assert write_statement(statement, [])["pnl.csv"].decode().splitlines()[1].endswith(",10,0")
    assert statement.closing.is_opened


def test_statement_when_nobody_names_whose_the_holdings_were_then_a_sale_takes_them_all_the_same() -> None:
    sold = build_booked(1, 4, Side.SELL, 100, SPOT, "trend")
    statement = statement_of(sold, readings=(reading(0, seen(10)),))

    assert by_line(statement) == {("", SPOT): (10, 6, 160), ("trend", SPOT): (0, 0, 0)}


def test_statement_when_the_coin_is_sold_in_another_currency_then_converted_by_the_readings_rates() -> None:
    sold = build_booked(1, 4, Side.SELL, 80, "BTC/EUR", "trend")
    statement = statement_of(sold, readings=(reading(0, seen(10, strategy="trend")),))

    assert by_line(statement) == {("trend", SPOT): (10, 6, 160), ("trend", "BTC/EUR"): (0, 0, 0)}


def test_statement_when_a_wallet_differs_from_the_book_then_taken_over_without_profit() -> None:
    bought = build_booked(1, 10, Side.BUY, 100, SPOT, "trend")
    bought = replace(bought, booked_at=NOW - DAY)
    more = reading(1, seen(12, price=100), BTC="12.5")
    less = reading(2, seen(3, price=100), BTC="3.25")
    statement = statement_of(bought, readings=(reading(-1), more, less))

    (line,) = statement.lines
    assert (line.pnl.quantity, line.pnl.adopted, line.pnl.realized) == (Decimal("3.25"), Decimal("-6.75"), 0)
    assert line.pnl.average_price == 100
    assert statement.closing.wallets == {VENUE: {"BTC": Decimal("3.25")}}


def test_statement_when_a_reading_is_not_of_a_venue_then_what_is_held_there_stays() -> None:
    book = statement_of(readings=(reading(0, seen(10)),)).closing
    after = statement_of(readings=(reading(1, excludes=frozenset({VENUE})),), book=book)

    assert by_line(after) == {("", SPOT): (10, 10, 0)}


def test_statement_when_more_is_sold_than_anybody_holds_then_no_short_and_no_profit() -> None:
    statement = statement_of(build_booked(1, 4, Side.SELL, 100, SPOT, "trend"))

    assert by_line(statement) == {("trend", SPOT): (0, 0, 0)}
    assert statement.lines[0].pnl.balances == {"BTC": -4, "USDT": 399}


def test_statement_when_the_account_moves_money_then_its_equity_transfers_and_wallets_are_told() -> None:
    transfer = BookedTransfer(transfer_id="t1", amount=Decimal(-250), executed_at=NOW)
    told = AccountDay(
        base_currency="USDT",
        readings=(reading(0, USDT="700", BTC="0.5"),),
        transfers=(transfer,),
        started_with=Decimal(1_250),
        equity=Decimal(1_000),
    )
    statement = build_statement(FIRST, None, [], MARKS, 1, account=told)
    rows = [row.split(",") for row in write_statement(statement, [])["account.csv"].decode().splitlines()]

    assert rows == [
        ["item", "at", "venue", "currency", "amount", "id"],
        ["opening_equity", "", "", "USDT", "1250", ""],
        ["transfer", rows[2][1], "", "USDT", "-250", "t1"],
        ["closing_equity", "", "", "USDT", "1000", ""],
        ["balance", rows[4][1], VENUE, "BTC", "0.5", ""],
        ["balance", rows[4][1], VENUE, "USDT", "700", ""],
    ]
    following = build_statement(FIRST + timedelta(days=1), statement.closing, [], MARKS, 1)
    assert (following.opening_equity, following.closing.wallets) == (1_000, statement.closing.wallets)
    assert decode(encode(statement.closing), StatementBook) == statement.closing
