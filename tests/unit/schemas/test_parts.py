"""A document read and written part by part is the one that decoding and encoding it whole gives."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.account.document import AccountState, RecentOrder
from riskgate.schemas.codec import DecodeError, decode, encode
from riskgate.schemas.parts import decode_in_parts, encode_successor
from tests.support.builders import NOW, build_account, build_position, build_working

SYMBOLS = ("BTC/USDT", "ETH/USDT", "SOL/USDT")
WORDS = st.sampled_from(["a", "B", "é", "\U0001f600", "\uffff"])


def read_back(state: AccountState) -> tuple[AccountState, bytes]:
    """Return an account as it is read, and its JSON."""
    text = encode(state)
    return decode(text, AccountState), text


def book() -> AccountState:
    """Return an account with positions, orders and approvals."""
    return build_account(
        1000,
        positions=[build_position("0.1", symbol) for symbol in SYMBOLS],
        working=[build_working("0.01", symbol, client_order_id=f"open-{symbol}") for symbol in SYMBOLS],
    )


def drop_first[T](table: dict[str, T]) -> dict[str, T]:
    """Return a table without its first entry."""
    return dict(list(table.items())[1:])


#: What events do to an account, each in one place; amounts come with trailing zeros and exponents.
CHANGES: dict[str, Callable[[AccountState, str], dict[str, Any]]] = {
    "nothing": lambda _, __: {},
    "version": lambda state, _: {"version": state.version + 1, "updated_at": NOW + timedelta(seconds=1)},
    "equity": lambda _, __: {"equity": Decimal("1000.50"), "exposure": replace(book().exposure, net=Decimal("1E+2"))},
    "order gone": lambda state, _: {"working_orders": drop_first(state.working_orders)},
    "order new": lambda state, word: {
        "working_orders": {word: build_working("0.0100000", client_order_id=word)} | state.working_orders
    },
    "position moved": lambda state, _: {
        "positions": {
            key: replace(held, mark_price=Decimal("1E-7")) if number else held
            for number, (key, held) in enumerate(state.positions.items())
        }
    },
    "position keeps a stop": lambda state, _: {
        "positions": {
            key: replace(held, stop_loss_price=None, entry_fees=Decimal("0.10"))
            for key, held in state.positions.items()
        }
    },
    "all gone": lambda _, __: {"positions": {}, "working_orders": {}},
    "approval": lambda state, word: {
        "recent_orders": (*state.recent_orders, RecentOrder(at=NOW, client_order_id=word, fingerprint="f"))
    },
    "later field used": lambda _, word: {
        "kept_orders": (word,),
        "depegs": {word: Decimal("0.010")},
        "holds_coins": True,
    },
    "later field unused": lambda _, __: {"kept_orders": (), "depegs": {}, "holds_coins": False, "results": None},
    "word": lambda _, word: {"sectors": {word: word, "z": "é"}},
}


@given(st.lists(st.tuples(st.sampled_from(sorted(CHANGES)), WORDS), min_size=1, max_size=8))
def test_document_when_changed_again_and_again_then_the_bytes_of_encoding_it_anew(steps: list[tuple[str, str]]) -> None:
    old, text = read_back(book())
    for name, word in steps:
        new = replace(old, **CHANGES[name](old, word))
        written = encode_successor(new, old, text)
        assert written == encode(new)
        assert decode_in_parts(written, AccountState) == decode(written, AccountState) == new
        old, text = decode_in_parts(written, AccountState), written


@pytest.mark.parametrize("name", sorted(CHANGES))
def test_document_when_one_thing_changes_then_the_bytes_of_encoding_it_anew(name: str) -> None:
    old, text = read_back(book())
    new = replace(old, **CHANGES[name](old, "a"))
    assert encode_successor(new, old, text) == encode(new)


def test_document_when_values_are_equal_but_made_anew_then_encoded_anew() -> None:
    old, text = read_back(book())
    new, _ = read_back(book())
    assert encode_successor(new, old, text) == encode(new) == text


def test_entries_when_their_bytes_are_known_then_the_same_objects_and_others_anew() -> None:
    text = encode(book())
    first = decode_in_parts(text, AccountState)
    key = next(iter(first.positions))
    moved = replace(first, positions=first.positions | {key: replace(first.positions[key], mark_price=Decimal(7))})
    second = decode_in_parts(encode(moved), AccountState)
    assert second == moved
    assert second.positions[key] is not first.positions[key]
    assert all(second.working_orders[name] is order for name, order in first.working_orders.items())


@pytest.mark.parametrize(
    "change",
    [
        lambda tree: tree.pop("equity"),
        lambda tree: tree.update(positions=[]),
        lambda tree: next(iter(tree["positions"].values())).pop("quantity"),
        lambda tree: next(iter(tree["working_orders"].values())).update(quantity="1,5"),
        lambda tree: tree.update(kept_orders="x"),
    ],
    ids=["missing", "no table", "entry without a field", "entry of another type", "late field of another type"],
)
def test_document_when_it_does_not_fit_then_refused_as_a_whole_one_is(change: Callable[[dict[str, Any]], Any]) -> None:
    tree = decode(encode(book()), dict[str, Any])
    change(tree)
    for read in (decode, decode_in_parts):
        with pytest.raises(DecodeError):
            read(encode(tree), AccountState)


def test_document_when_it_has_an_unknown_field_then_read_as_a_whole_one_is() -> None:
    tree = decode(encode(book()), dict[str, Any]) | {"unheard_of": 1}
    assert decode_in_parts(encode(tree), AccountState) == decode(encode(tree), AccountState) == book()
