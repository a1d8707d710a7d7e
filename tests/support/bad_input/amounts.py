"""Amounts and whole numbers that are none in the gateway's one notation, on every route that reads one."""

from __future__ import annotations

import json
from collections.abc import Iterator

from tests.support.bad_input.kind import Group, Kind
from tests.support.full_bodies import LARGEST
from tests.support.full_bodies import SMALLEST as LEAST

#: Amounts above 0.
POSITIVE = (
    "postOrder:quantity", "postOrder:price", "postOrder:stop_loss_price", "checkOrder:quantity", "checkOrder:price",
    "postBatch:orders.1.quantity", "patchOrder:quantity", "patchOrder:price", "postFill:quantity", "postFill:price",
    "postTransfer:amount", "putAccount:initial_equity", "putInstruments:instruments.0.price_min", "putQuotes:quotes.0.bid",
    "putStop:stop_loss_price", "postSnapshot:positions.0.average_price", "postSnapshot:rates.EUR", "postHedge:fraction",
    "postExit:fraction", "putWebhook:size.value",
)  # fmt: skip
#: Amounts that may be 0, or less.
ANY_SIGN = (
    "postFill:fee", "postSnapshot:equity", "postSnapshot:balances.0.total", "postSnapshot:positions.0.quantity",
    "putQuotes:quotes.0.volume_24h", "postStress:default_shock", "postStress:shocks.BTC",
    "putScenarios:scenarios.1.default_shock", "putLimits:position_size_fraction_max", "putInstruments:instruments.0.tick_size",
    "postHedge:instruments.0.funding_fraction",
)  # fmt: skip
AMOUNTS = POSITIVE + ANY_SIGN
#: Where 0 is an amount.
MAY_BE_ZERO = ("putInstruments:instruments.0.price_min", "postHedge:fraction")
#: Where null takes a limit away.
MAY_BE_NULL = ("putLimits:position_size_fraction_max", "putLimits:daily_trades_max")
COUNTS = ("putHeartbeat:interval_seconds", "putLimits:daily_trades_max", "putWebhook:days", "postHedge:horizon_hours")

TEXTS: list[tuple[str, str]] = [
    ("empty", ""), ("space", " "), ("NaN", "NaN"), ("nan", "nan"), ("signalling NaN", "sNaN"), ("Infinity", "Infinity"),
    ("-inf", "-inf"), ("exponent", "1e5"), ("negative exponent", "1E-5"), ("1e400", "1e400"), ("-0", "-0"), ("-0.0", "-0.0"),
    ("plus", "+1"), ("no integer part", ".5"), ("no decimals", "5."), ("leading zero", "01"), ("leading zeros", "00.1"),
    ("underscore", "1_000"), ("comma", "1,5"), ("thousands by comma", "1,000.5"), ("thousands by space", "1 000"),
    ("hexadecimal", "0x10"), ("octal", "0o17"), ("spaces around", " 1 "), ("line break", "1\u2028"), ("full width", "１２"),
    ("Arabic digits", "١٢"), ("Devanagari digits", "१२"), ("full width, Latin point", "１.５"), ("13 decimals", "1.0000000000001"),
    ("16 digits", "9" * 16), ("39 digits", "9" * 39), ("5,000 digits", "9" * 5_000), ("39 decimals", "0." + "1" * 39),
    ("fraction sign", "½"), ("Chinese numeral", "二"), ("division", "1/2"), ("two minuses", "--1"), ("minus sign of typography", "−1"),
    ("two points", "1.2.3"), ("per cent", "50%"), ("currency", "$5"), ("the word null", "null"), ("the word true", "true"),
    ("expression", "${1+1}"), ("invisible mark", "1\u200b"),
]  # fmt: skip
#: JSON's own values, and the code where it is no JSON or no number of ours.
RAW: list[tuple[str, str, str]] = [
    ("NaN", "NaN", "NUMBER_INVALID"),
    ("Infinity", "Infinity", "NUMBER_INVALID"),
    ("-Infinity", "-Infinity", "NUMBER_INVALID"),
    ("1e400", "1e400", "NUMBER_INVALID"),
    ("1e-13", "1e-13", "NUMBER_INVALID"),
    ("1e15", "1e15", "NUMBER_INVALID"),
    ("-0", "-0", "NUMBER_INVALID"),
    ("-0.0", "-0.0", "NUMBER_INVALID"),
    ("16 digits", "9" * 16, "NUMBER_INVALID"),
    ("39 digits", "9" * 39, "NUMBER_INVALID"),
    ("5,000 digits", "9" * 5_000, "NUMBER_INVALID"),
    ("13 decimals", "0.0000000000001", "NUMBER_INVALID"),
    ("true", "true", "VALIDATION_FAILED"),
    ("false", "false", "VALIDATION_FAILED"),
    ("null", "null", "VALIDATION_FAILED"),
    ("list", "[]", "VALIDATION_FAILED"),
    ("list of one", "[1]", "VALIDATION_FAILED"),
    ("object", "{}", "VALIDATION_FAILED"),
    ("leading zero", "01", "BODY_NOT_JSON"),
    ("no integer part", ".5", "BODY_NOT_JSON"),
    ("no decimals", "5.", "BODY_NOT_JSON"),
    ("plus", "+1", "BODY_NOT_JSON"),
    ("hexadecimal", "0x10", "BODY_NOT_JSON"),
    ("comma", "1,5", "BODY_NOT_JSON"),
]


def list_kinds() -> Iterator[Kind]:
    """Give every kind of number."""
    failed = {"group": Group.NUMBERS, "status": 400, "code": "VALIDATION_FAILED"}
    for name, text in TEXTS:
        yield Kind(name=f"text: {name}", on=AMOUNTS, value=json.dumps(text), **failed)
    for name, raw, code in RAW:
        on = tuple(place for place in AMOUNTS + COUNTS if raw != "null" or place not in MAY_BE_NULL)
        yield Kind(name=f"JSON: {name}", on=on, value=raw, **failed | {"code": code})
    above_zero = tuple(place for place in POSITIVE if place not in MAY_BE_ZERO)
    for name, raw in [("zero", "0"), ("zero as text", '"0"'), ("zero with decimals", '"0.00"')]:
        yield Kind(name=name, on=above_zero, value=raw, **failed)
    for name, raw in [("minus one", "-1"), ("minus one as text", '"-1"'), ("a little below zero", '"-0.1"')]:
        yield Kind(name=name, on=POSITIVE, value=raw, **failed)
    for name, raw in [("text where a count is", '"60"'), ("count with decimals", "60.0"), ("count below zero", "-60")]:
        yield Kind(name=name, on=COUNTS, value=raw, **failed)
    yield Kind(name="fraction above one", on=("postExit:fraction", "postHedge:fraction"), value='"1.01"', **failed)
    yield Kind(name="a shock below all there is", on=("postStress:default_shock",), value='"-1.01"', **failed)
    yield from _overflows()


def _overflows() -> Iterator[Kind]:
    largest = {"quantity": LARGEST, "price": LARGEST, "stop_loss_price": None}
    whole, above = "999999999999999", "NOTIONAL_ABOVE_MAXIMUM"
    least = {"quantity": LEAST, "price": LEAST, "stop_loss_price": None}
    for name, code, changes in [
        ("largest quantity at the largest price", "PRICE_INVALID", largest),
        ("largest of everything, and its stop as far", "PRICE_INVALID", largest | {"stop_loss_price": LARGEST}),
        ("least quantity at the least price", "PRICE_INVALID", least),
        ("largest quantity at the least price", "PRICE_INVALID", largest | {"price": LEAST}),
        ("largest that the market's steps allow", above, {"quantity": whole, "price": whole}),
        ("largest sum of money", above, largest | {"quantity": None, "price": "50000", "quote_quantity": LARGEST}),
    ]:
        yield Kind(group=Group.OVERFLOW, name=name, status=422, code=code, on=("postOrder",), changes=changes)
