"""Signed requests: what is signed, how old they may be, and what is refused before anybody reads it."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.front_door.refusals import Refusal
from riskgate.core.front_door.signing import (
    AHEAD_MAX_MS,
    PARAMETERS_MAX,
    RECV_WINDOW_DEFAULT_MS,
    RECV_WINDOW_MAX_MS,
    TEXT_LENGTH_MAX,
    check_window,
    parse_parameters,
    verify_signature,
)

NOW_MS = 1_795_000_000_000
#: The example of Binance's documents, "SIGNED Endpoint Examples for POST /api/v3/order".
SECRET = "NhqPtmdSJYdKjVHjA7PZj4Mge3R5YNiP1e3UZjInClVN65XAbvqqM6A7H5fATj0j"
QUERY = "symbol=LTCBTC&side=BUY&type=LIMIT&timeInForce=GTC"
BODY = "quantity=1&price=0.1&recvWindow=5000&timestamp=1499827319559"
SIGNATURE = "0fd168b8ddb4876a0358a8d14d0c9f3da0e9b20c5d52b2a00fcf7d1c602f9a77"


def sign(text: str, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def test_parameters_when_in_query_and_body_then_together_and_decoded() -> None:
    assert parse_parameters("a=1&b=x%2Fy", "c=a+b&d=&e") == {"a": "1", "b": "x/y", "c": "a b", "d": "", "e": ""}
    assert parse_parameters("", "") == {}
    assert parse_parameters("a=1&", "&b=2&&") == {"a": "1", "b": "2"}
    assert parse_parameters("a=1=2", "") == {"a": "1=2"}


@given(st.dictionaries(st.text(min_size=1, max_size=8), st.text(max_size=8), min_size=1, max_size=8))
def test_parameters_when_encoded_as_forms_are_then_read_back(values: dict[str, str]) -> None:
    assert parse_parameters(urlencode(values), "") == values
    assert parse_parameters("", urlencode(values)) == values


@pytest.mark.parametrize(("query", "body"), [("a=1&a=1", ""), ("a=1", "a=2"), ("", "b=1&a=1&b=1"), ("a=1&%61=2", "")])
def test_parameter_when_sent_twice_then_refused(query: str, body: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse_parameters(query, body)
    assert (caught.value.code, caught.value.status) == (-1101, 400)
    assert caught.value.message == "Duplicate values for a parameter detected."


@pytest.mark.parametrize("text", ["a=ü", "ü=1", "a=%", "a=%2", "a=%zz", "a=%ff", "%ff=1"])
def test_parameter_when_it_is_no_text_then_refused(text: str) -> None:
    with pytest.raises(Refusal) as caught:
        parse_parameters(text, "")
    assert (caught.value.code, caught.value.status) == (-1100, 400)


def test_parameters_when_many_then_up_to_the_most() -> None:
    text = "&".join(f"p{number}=1" for number in range(PARAMETERS_MAX))
    assert len(parse_parameters(text, "")) == PARAMETERS_MAX
    with pytest.raises(Refusal) as caught:
        parse_parameters(text, "more=1")
    assert (caught.value.code, caught.value.status) == (-1101, 400)


def test_parameters_when_long_then_up_to_the_most_of_query_and_body_together() -> None:
    half = "x" * (TEXT_LENGTH_MAX // 2 - 2)
    assert len(parse_parameters(f"a={half}", f"b={half}")) == 2
    with pytest.raises(Refusal) as caught:
        parse_parameters(f"a={half}", f"b={half}x")
    assert (caught.value.code, caught.value.status) == (-1101, 413)


def test_signature_when_it_is_of_query_and_body_then_taken_in_either_case_of_letters() -> None:
    for signature in (SIGNATURE, SIGNATURE.upper()):
        verify_signature(SECRET, {"signature": signature}, QUERY, f"{BODY}&signature={signature}")
        verify_signature(SECRET, {"signature": signature}, f"{QUERY}&signature={signature}", BODY)


@pytest.mark.parametrize("signature", ["0" * 64, SIGNATURE[:-1], SIGNATURE + "0", "ü" * 64, "x", SIGNATURE + "\n"])
def test_signature_when_it_is_another_then_refused(signature: str) -> None:
    with pytest.raises(Refusal) as caught:
        verify_signature(SECRET, {"signature": signature}, QUERY, BODY)
    assert (caught.value.code, caught.value.status, caught.value.cause) == (-1022, 400, "SIGNATURE_INVALID")


def test_signature_when_the_secret_or_anything_signed_is_another_then_refused() -> None:
    for secret, query, body in ((SECRET + "x", QUERY, BODY), (SECRET, QUERY + "0", BODY), (SECRET, QUERY, BODY + "0")):
        with pytest.raises(Refusal, match="-1022"):
            verify_signature(secret, {"signature": SIGNATURE}, query, body)
    with pytest.raises(Refusal, match="-1022"):
        verify_signature(SECRET, {"signature": SIGNATURE}, BODY, QUERY)


@pytest.mark.parametrize("parameters", [{}, {"signature": ""}])
def test_signature_when_there_is_none_then_refused_as_missing(parameters: dict[str, str]) -> None:
    with pytest.raises(Refusal) as caught:
        verify_signature(SECRET, parameters, QUERY, BODY)
    assert caught.value.code == -1102
    assert "'signature'" in caught.value.message


def _window_code(timestamp: int | str, window: int | str | None = None) -> int:
    parameters = {"timestamp": str(timestamp)} | ({} if window is None else {"recvWindow": str(window)})
    try:
        check_window(parameters, NOW_MS)
    except Refusal as refusal:
        assert refusal.status == 400
        return refusal.code
    return 0


@pytest.mark.parametrize(
    ("timestamp", "window", "code"),
    [
        (NOW_MS, None, 0),
        (NOW_MS - RECV_WINDOW_DEFAULT_MS, None, 0),
        (NOW_MS - RECV_WINDOW_DEFAULT_MS - 1, None, -1021),
        (NOW_MS - RECV_WINDOW_DEFAULT_MS, "", 0),
        (NOW_MS - 100, 100, 0),
        (NOW_MS - 101, 100, -1021),
        (NOW_MS, 0, 0),
        (NOW_MS - 1, 0, -1021),
        (NOW_MS + AHEAD_MAX_MS - 1, None, 0),
        (NOW_MS + AHEAD_MAX_MS, None, -1021),
        (NOW_MS - RECV_WINDOW_MAX_MS, RECV_WINDOW_MAX_MS, 0),
        (NOW_MS, RECV_WINDOW_MAX_MS + 1, -1131),
        ("", None, -1102),
        ("-1", None, -1100),
        ("1.5", None, -1100),
        ("9" * 21, None, -1100),
        ("9" * 20, None, -1021),
        (NOW_MS, "x", -1100),
    ],
)
def test_request_when_old_or_of_the_future_then_refused_one_step_beyond_the_limit(
    timestamp: int | str, window: int | str | None, code: int
) -> None:
    assert _window_code(timestamp, window) == code


def test_request_when_late_or_early_then_told_which() -> None:
    with pytest.raises(Refusal, match="outside of the recvWindow"):
        check_window({"timestamp": str(NOW_MS - 6_000)}, NOW_MS)
    with pytest.raises(Refusal, match="1000ms ahead"):
        check_window({"timestamp": str(NOW_MS + 6_000)}, NOW_MS)
    with pytest.raises(Refusal, match="-1102.*'timestamp'"):
        check_window({}, NOW_MS)
