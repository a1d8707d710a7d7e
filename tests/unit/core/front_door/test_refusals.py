"""What a bot is told when something is not done: the code by which ccxt chooses an exception, status and cause."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

import pytest

from riskgate.core.codes import DenyCode
from riskgate.core.errors import (
    Forbidden,
    GatewayError,
    InvalidRequest,
    NotFound,
    OutcomeUnknown,
    Transient,
    Unauthorized,
    VersionConflict,
)
from riskgate.core.front_door import refusals
from riskgate.core.front_door.denials import refuse_denied, refuse_error
from riskgate.core.front_door.refusals import Refusal
from riskgate.core.front_door.symbols import unified_symbol
from riskgate.core.instrument import MarketType

#: Binance's "Errors" pages: code and status of each refusal, and the gateway's own code for the log.
REFUSALS: list[tuple[Callable[[], Refusal], int, int, str]] = [
    (lambda: refusals.missing("side"), -1102, 400, ""),
    (lambda: refusals.illegal("side", "^[A-Z]$"), -1100, 400, ""),
    (lambda: refusals.not_required("price"), -1106, 400, ""),
    (lambda: refusals.invalid_value("side"), -1130, 400, ""),
    (lambda: refusals.unread(3, 4, "x"), -1104, 400, ""),
    (lambda: refusals.unknown_order(), -2011, 400, ""),
    (lambda: refusals.no_such_order(), -2013, 400, ""),
    (lambda: refusals.invalid_symbol(), -1121, 400, ""),
    (lambda: refusals.malformed_key(), -2014, 401, "KEY_MALFORMED"),
    (lambda: refusals.invalid_key("TOKEN_REVOKED"), -2015, 401, "TOKEN_REVOKED"),
    (lambda: refusals.wrong_signature(), -1022, 400, "SIGNATURE_INVALID"),
    (lambda: refusals.outside_window(), -1021, 400, ""),
    (lambda: refusals.ahead_of_time(), -1021, 400, ""),
    (lambda: refusals.not_offered(), -1020, 400, "NOT_OFFERED"),
    (lambda: refusals.never("POST", "/sapi/v1/x"), -1002, 403, "CALL_NEVER"),
    (lambda: refusals.duplicate_order(is_swap=True), -4116, 400, "CLIENT_ORDER_ID_REUSED"),
    (lambda: refusals.duplicate_order(is_swap=False), -2010, 400, "CLIENT_ORDER_ID_REUSED"),
    (lambda: refusals.outcome_unknown("X"), -1007, 504, "X"),
    (lambda: refusals.internal_error("X"), -1001, 503, "X"),
    (lambda: refusals.try_again("X", "busy"), -1003, 429, "X"),
]


@pytest.mark.parametrize(("make", "code", "status", "cause"), REFUSALS)
def test_refusal_when_made_then_binances_code_and_status(
    make: Callable[[], Refusal], code: int, status: int, cause: str
) -> None:
    refusal = make()
    assert (refusal.code, refusal.status, refusal.cause) == (code, status, cause)
    assert refusal.body() == {"code": code, "msg": refusal.message}
    assert str(refusal) == f"{code} {refusal.message}"


def test_refusal_when_it_names_what_it_is_about_then_the_text_has_it() -> None:
    for refusal in (refusals.missing("side"), refusals.illegal("side", "^[A-Z]$"), refusals.not_required("side")):
        assert "'side'" in refusal.message
    assert refusals.illegal("side", "^[A-Z]$").message.endswith("'^[A-Z]$'.")
    assert refusals.invalid_value("side").message == "Data sent for parameter 'side' is not valid."
    assert refusals.invalid_value("side", "Why.").message == "Data sent for parameter 'side' is not valid. Why."
    assert "read '3' parameter(s) but was sent '4'. First: 'x'" in refusals.unread(3, 4, "x").message
    path = "/sapi/v1/" + "x" * 64
    assert refusals.never("POST", path).message.endswith(f"never does POST {path[:64]}.")


def test_refusal_when_only_asking_again_helps_then_it_says_when() -> None:
    assert refusals.try_again("LOST", "busy").retry_after == 1
    assert refusals.try_again("LOST", "busy").message.endswith("[LOST] busy")
    assert [make().retry_after for make, code, *_ in REFUSALS if code != -1003] == [None] * (len(REFUSALS) - 1)


def test_refusal_when_it_has_data_then_beside_the_code() -> None:
    refusal = Refusal(-2021, "Half done.", HTTPStatus.CONFLICT, data={"cancelResult": "SUCCESS"})
    assert refusal.body() == {"code": -2021, "msg": "Half done.", "data": {"cancelResult": "SUCCESS"}}
    assert (refusal.status, type(refusal.status)) == (409, int)


@pytest.mark.parametrize(
    ("code", "answer"),
    [
        (DenyCode.INSUFFICIENT_BALANCE, -4051),
        (DenyCode.INSUFFICIENT_MARGIN, -4051),
        (DenyCode.DAILY_LOSS, -2010),
        (DenyCode.INSTRUMENT_NOT_FOUND, -1121),
    ],
)
def test_denial_when_told_then_by_what_a_bot_does_next(code: DenyCode, answer: int) -> None:
    refusal = refuse_denied(code, "5 over 4")
    assert (refusal.code, refusal.status, refusal.cause) == (answer, 400, code)
    assert refusal.message == ("Invalid symbol." if answer == -1121 else f"Risk gateway: {code}: 5 over 4")


@pytest.mark.parametrize(
    ("error", "answer", "status"),
    [
        (OutcomeUnknown("x"), -1007, 504),
        (Transient("x"), -1003, 429),
        (VersionConflict("x"), -1003, 429),
        (Unauthorized("x"), -2015, 401),
        (Forbidden("x"), -2015, 401),
        (NotFound("x", code="ORDER_NOT_FOUND"), -2011, 400),
        (NotFound("x", code="ACCOUNT_NOT_FOUND"), -2010, 400),
        (InvalidRequest("x", code="ORDER_NOT_FOUND"), -2010, 400),
    ],
)
def test_error_when_told_then_by_whether_anything_may_have_happened(
    error: GatewayError, answer: int, status: int
) -> None:
    refusal = refuse_error(error)
    assert (refusal.code, refusal.status) == (answer, status)
    if answer == -2010:
        assert (refusal.message, refusal.cause) == (f"Risk gateway: {error.code}: x", error.code)


@pytest.mark.parametrize(
    ("name", "symbol"),
    [
        ("BTCUSDT", "BTC/USDT"),
        ("ETHBTC", "ETH/BTC"),
        ("1000PEPEUSDC", "1000PEPE/USDC"),
        ("BTCFDUSD", "BTC/FDUSD"),
        ("USDCUSDT", "USDC/USDT"),
        ("A" * 16 + "USDT", "A" * 16 + "/USDT"),
    ],
)
def test_symbol_when_binances_name_then_ours_by_its_longest_quote(name: str, symbol: str) -> None:
    assert unified_symbol(name, MarketType.SPOT) == symbol
    assert unified_symbol(name, MarketType.SWAP) == f"{symbol}:{symbol.partition('/')[2]}"


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("USDT", -1121),
        ("BTC", -1121),
        ("BTCXYZ", -1121),
        ("BTC-USDT", -1121),
        ("BTC_USDT", -1121),
        ("BTCUSDT_261225", -1121),
        ("BTC/USDT", -1100),
        ("btcusdt", -1100),
        ("", -1100),
        ("A" * 17 + "USDT", -1100),
        ("BTCUSDT\n", -1100),
    ],
)
def test_symbol_when_it_names_no_market_then_refused(name: str, code: int) -> None:
    with pytest.raises(Refusal) as caught:
        unified_symbol(name, MarketType.SPOT)
    assert caught.value.code == code
