"""Amounts that are no numbers in the gateway's one notation: refused on every field, never read as something else."""

from __future__ import annotations

import json

import pytest

from tests.support.gateway import Gateway
from tests.support.refusals import assert_refused, post
from tests.support.wire import Wire

STRINGS_THAT_ARE_NO_NUMBER = [
    "", " ", "NaN", "nan", "sNaN", "Infinity", "-inf", "1e5", "1E-5", "1e400", "-0", "-0.0", "+1", ".5", "5.", "01",
    "00.1", "1_000", "1,5", "1 000", "0x10", " 1 ", "1\n", "１２", "١٢", "１.５", "1.0000000000001", "9" * 16, "9" * 39,
    "9" * 5_000, "0." + "1" * 39, "½", "二", "1/2", "--1", "1.2.3", "null", "true",
]  # fmt: skip
RAW_THAT_ARE_NO_NUMBER = [
    "NaN", "Infinity", "-Infinity", "1e400", "1e-13", "1e15", "-1e-3", "-0", "-0.0", "9" * 16, "9" * 39, "9" * 5_000,
    "0.0000000000001", "true", "false", "null", "[]", "[1]", "{}", '{"a": 1}', "01", ".5", "5.", "+1", "0x10",
]  # fmt: skip


def spelled(raw: str, field: str) -> str:
    """Return an order whose field is spelled just so."""
    order = {"client_order_id": "n", "symbol": "BTC/USDT", "venue": "binance", "strategy": "s", "side": "buy"}
    order |= {"type": "limit", "quantity": "0.1", "price": "50000", "stop_loss_price": "49000"}
    rest = ", ".join(f'"{name}": {json.dumps(value)}' for name, value in order.items() if name != field)
    return f'{{{rest}, "{field}": {raw}}}'


@pytest.mark.parametrize("field", ["quantity", "price", "stop_loss_price"])
def test_amount_when_it_is_no_number_in_our_notation_then_400(
    gateway: Gateway, wire: Wire, field: str, subtests: pytest.Subtests
) -> None:
    raws = [json.dumps(text) for text in STRINGS_THAT_ARE_NO_NUMBER] + RAW_THAT_ARE_NO_NUMBER
    for raw in [*raws, "0", '"0"', "-1", '"-1"', "-0.1"]:
        body = spelled(raw, field)
        with subtests.test(raw=raw[:40]):
            assert_refused(post(gateway, body), body)
    assert wire.sent == []


def test_amount_when_at_the_bounds_then_decided(gateway: Gateway) -> None:
    largest, smallest = "999999999999999.999999999999", "0.000000000001"
    for quantity in (largest, smallest):
        for price in (largest, smallest):
            answer = gateway.submit(quantity=quantity, price=price, stop_loss_price=None)
            assert answer.status == 422
            assert gateway.check(quantity=quantity, price=price, stop_loss_price=largest).status == 200
