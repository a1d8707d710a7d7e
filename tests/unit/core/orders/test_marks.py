"""Marks of a whole book at once: the same as one by one, but for peaks that equity would only pass through."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from riskgate.core.account.document import AccountState
from riskgate.core.account.equity import mark_positions
from riskgate.core.account.exposure import compute_exposure, hold_coins
from riskgate.core.account.legs import book_of, find_leg, put_order
from riskgate.core.money import with_risk_context
from riskgate.core.orders.decide import JUMP_FACTOR, list_marks, prepare, with_market
from riskgate.schemas.codec import encode
from tests.support.builders import (
    MINUTE,
    NOW,
    SECOND,
    SELL,
    SWAP,
    VENUE,
    build_account,
    build_limits,
    build_position,
    build_quote,
    build_working,
    dec,
)
from tests.support.hypothesis_profiles import QUICK

SYMBOLS = ("BTC/USDT", "ETH/USDT", "SOL/USDT")
KEYS = tuple(f"{VENUE}:{symbol}" for symbol in SYMBOLS)
AGE_MAX = 60

prices = st.decimals("20", "500", places=3, allow_nan=False)
quantities = st.decimals("0.001", "50", places=3, allow_nan=False)
mark = with_risk_context(mark_positions)


def build_book(held: list[Decimal]) -> AccountState:
    """Return an account that holds the markets, with an entry and an exit at work in the first."""
    positions = [build_position(quantity, symbol) for quantity, symbol in zip(held, SYMBOLS, strict=True)]
    working = [
        build_working("0.5", SYMBOLS[0], stop_loss_price=dec(10)),
        build_working(
            held[0], SYMBOLS[0], client_order_id="w2", side=SELL, increasing_quantity=dec(0), reduce_only=True
        ),
    ]
    return build_account(1_000_000, positions=positions, working=working)


@QUICK
@given(held=st.tuples(quantities, quantities, quantities), seen=st.tuples(prices, prices, prices))
def test_marks_when_taken_together_then_as_one_by_one_and_the_totals_are_the_books(
    held: tuple[Decimal, ...], seen: tuple[Decimal, ...]
) -> None:
    book = build_book(list(held))
    marks = {key: (price, NOW) for key, price in zip(KEYS, seen, strict=True)}

    together = mark(book, marks)

    alone = book
    for key, found in marks.items():
        alone = mark(alone, {key: found})
    assert together.positions == alone.positions
    assert together.equity == alone.equity
    assert together.exposure == alone.exposure == with_risk_context(compute_exposure)(together)
    assert book.peak_equity <= together.peak_equity <= alone.peak_equity


#: One coin in two markets and as a swap, and coins that are alone.
MARKETS = ("BTC/USDT", "BTC/EUR", "BTC/USDT:USDT", "ETH/USDT", "SOL/USDT")


@QUICK
@given(
    held=st.dictionaries(st.sampled_from(MARKETS), quantities, min_size=1),
    steps=st.lists(
        st.one_of(st.dictionaries(st.sampled_from(MARKETS), prices, min_size=1), st.sampled_from(MARKETS)), max_size=6
    ),
    holds_coins=st.booleans(),
)
@example(held={"BTC/USDT": dec(1)}, steps=["BTC/EUR", {"BTC/USDT": dec(101)}], holds_coins=True)
@example(held={"BTC/USDT": dec(1), "BTC/EUR": dec(2)}, steps=[{"BTC/USDT": dec(101)}], holds_coins=True)
def test_marks_when_orders_come_in_between_then_the_totals_are_to_the_digit_those_summed_from_scratch(
    held: dict[str, Decimal], steps: list[dict[str, Decimal] | str], *, holds_coins: bool
) -> None:
    stopped = {"ETH/USDT": dec(15)}
    account = build_account(
        1_000_000,
        positions=[build_position(q, symbol, stop_loss_price=stopped.get(symbol)) for symbol, q in held.items()],
    )
    account = with_risk_context(hold_coins)(account) if holds_coins else account
    for number, step in enumerate(steps):
        if isinstance(step, str):
            order = build_working("0.7", step, client_order_id=f"o{number}")
            account = with_risk_context(with_market)(account, put_order(account, order), order.key)
        else:
            account = mark(account, {f"{VENUE}:{symbol}": (price, NOW) for symbol, price in step.items()})
        alone = {key for key in account.positions if _is_alone(account, key)}
        found = book_of(account).list_alone(holds_coins=holds_coins)
        assert {key for key in account.positions if key in found} == alone
        assert encode(account.exposure) == encode(with_risk_context(compute_exposure)(account))


def _is_alone(account: AccountState, key: str) -> bool:
    """Tell whether no other position and no order is of the position's leg, looking at each of them."""
    leg = find_leg(account, key)
    others = [
        *(other for other in account.positions if other != key),
        *(o.key for o in account.working_orders.values()),
    ]
    return all(find_leg(account, other) != leg for other in others)


@pytest.mark.parametrize("order", [KEYS[:2], KEYS[1::-1]])
def test_marks_when_one_rises_and_another_falls_then_no_peak_between_them_counts(order: tuple[str, ...]) -> None:
    book = build_book([dec(10), dec(10), dec(1)])
    seen = dict(zip(KEYS[:2], (dec(150), dec(60)), strict=True))

    after = mark(book, {key: (seen[key], NOW) for key in order})

    assert after.equity == book.equity + 500 - 400
    assert after.peak_equity == after.equity
    assert after.week.peak == after.equity


@pytest.mark.parametrize(
    ("price", "at", "is_taken"),
    [
        (dec(101), NOW, True),
        (dec(101), NOW - AGE_MAX * SECOND, True),
        (dec(101), NOW - (AGE_MAX + 1) * SECOND, False),
        (dec(101), NOW + MINUTE, False),
        (dec(100 * JUMP_FACTOR), NOW, False),
        (dec(100) / JUMP_FACTOR, NOW, False),
        (dec(100 * JUMP_FACTOR) - 1, NOW, True),
        (dec(0), NOW, False),
    ],
)
def test_quote_when_stale_ahead_or_beyond_belief_then_marks_nothing(
    price: Decimal, at: datetime, is_taken: bool
) -> None:
    book = build_book([dec(1), dec(1), dec(1)])

    marks = list_marks(book, [None, build_quote(SYMBOLS[0], price, at=at), build_quote("XRP/USDT")], AGE_MAX, NOW)

    assert marks == ({KEYS[0]: (price, at)} if is_taken else {})


def test_market_when_quoted_for_the_order_and_for_the_book_then_the_orders_quote_marks_it() -> None:
    book = build_book([dec(1), dec(1), dec(1)])
    limits = build_limits(quote_max_age_seconds=AGE_MAX, state_max_age_seconds=AGE_MAX)

    after, _ = with_risk_context(prepare)(
        book, limits, [build_quote(SYMBOLS[0], 110)], NOW, [build_quote(SYMBOLS[0], 120), build_quote(SYMBOLS[1], 90)]
    )

    assert [after.positions[key].mark_price for key in KEYS] == [110, 90, 100]


@pytest.mark.parametrize("price", [None, Decimal(0), Decimal(-1)])
def test_mark_when_a_quote_has_no_price_then_the_position_keeps_its_own(price: Decimal | None) -> None:
    quote = build_quote(SYMBOLS[0], bid=None, ask=None, last=price)
    assert list_marks(build_account(positions=[build_position(1, SYMBOLS[0])]), [quote, None], AGE_MAX, NOW) == {}


@QUICK
@given(
    held=st.sampled_from([dec(2), dec(-2)]),
    own=st.one_of(st.just(dec(0)), prices),
    price=st.one_of(st.just(dec(0)), st.just(dec(-1)), prices),
)
@example(held=dec(2), own=dec(0), price=dec(0))
@example(held=dec(2), own=dec(0), price=dec(100))
@example(held=dec(2), own=dec(100), price=dec(0))
@example(held=dec(2), own=dec(100), price=dec(101))
def test_mark_when_it_would_be_from_zero_or_to_zero_then_it_is_not_taken(
    held: Decimal, own: Decimal, price: Decimal
) -> None:
    """What a mark adds to the totals takes its sign from the value, which zero would not have."""
    position = build_position(held, SYMBOLS[0], mark_price=own)
    marks = list_marks(build_account(positions=[position]), [build_quote(SYMBOLS[0], price)], AGE_MAX, NOW)
    assert not marks or (own > 0 and marks[KEYS[0]][0] > 0)
    if own == 100 and price == 101:
        assert marks == {KEYS[0]: (price, NOW)}


@pytest.mark.parametrize("mark", [0, -1])
def test_mark_when_the_position_has_none_worth_the_name_then_nothing_tells_that_a_quote_is_believable(
    mark: int,
) -> None:
    position = replace(build_position(1, SYMBOLS[0]), mark_price=dec(mark))
    assert list_marks(build_account(positions=[position]), [build_quote(SYMBOLS[0], 100)], AGE_MAX, NOW) == {}


def test_marks_when_a_quote_is_missing_or_of_no_use_then_those_after_it_still_count() -> None:
    state = build_account(positions=[build_position(1, symbol) for symbol in SYMBOLS])
    fresh = [build_quote(symbol, 110) for symbol in SYMBOLS]
    old = build_quote(SYMBOLS[0], 90, at=NOW - MINUTE - SECOND)
    unpriced = build_quote(SYMBOLS[0], bid=None, ask=None, last=None)
    for useless in (None, old, unpriced, build_quote("LTC/USDT", 110), build_quote(SYMBOLS[0], 0)):
        marks = list_marks(state, [useless, *fresh[1:]], AGE_MAX, NOW)
        assert marks == dict.fromkeys(KEYS[1:], (110, NOW))


@pytest.mark.parametrize(
    ("quantity", "order", "gross"),
    [
        # Short of 5 with a buy of 20: fifteen units long may come of it, at 100 each for what the order adds.
        (-5, {"quantity": 20, "increasing_quantity": dec(15)}, 1_500),
        (5, {"quantity": 5, "side": SELL, "increasing_quantity": dec(0), "reduce_only": True}, 550),
        (5, {"quantity": 2}, 750),
    ],
)
def test_marks_when_an_order_works_in_the_market_then_the_totals_stay_those_of_the_whole_book(
    quantity: int, order: dict[str, Any], gross: int
) -> None:
    state = build_account(
        1_000_000, positions=[build_position(quantity, SWAP)], working=[build_working(symbol=SWAP, **order)]
    )
    after = mark(state, {f"{VENUE}:{SWAP}": (dec(110), NOW)})
    assert after.exposure == with_risk_context(compute_exposure)(after)
    assert after.exposure.gross == gross
