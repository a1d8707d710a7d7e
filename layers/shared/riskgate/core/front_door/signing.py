"""Signed requests, as Binance has them: HMAC SHA-256 in hex over query string and body, a timestamp, a window.

What is signed are bytes as they were sent, so all of this works on the raw query string.
"""

import hashlib
import hmac
import re
from collections.abc import Iterator
from urllib.parse import unquote_plus

from riskgate.core.front_door.refusals import (
    Refusal,
    ahead_of_time,
    illegal,
    missing,
    outside_window,
    wrong_signature,
)

RECV_WINDOW_DEFAULT_MS = 5_000
RECV_WINDOW_MAX_MS = 60_000
#: How far a bot's clock may be ahead of ours.
AHEAD_MAX_MS = 1_000
#: A batch of five orders takes 2 KB.
TEXT_LENGTH_MAX = 16_384
PARAMETERS_MAX = 60
SIGNING = frozenset({"timestamp", "recvWindow", "signature"})

_SIGNATURE = re.compile(r"[0-9a-fA-F]{64}")
_INTEGER = re.compile(r"[0-9]{1,20}")
_BROKEN_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def parse_parameters(query: str, body: str) -> dict[str, str]:
    """Return the parameters of query string and form body together.

    Raises Refusal: one was sent twice (-1101), too many or too long (-1101), not UTF-8 (-1100).
    """
    if len(query) + len(body) > TEXT_LENGTH_MAX:
        raise Refusal(-1101, "Too many parameters sent for this endpoint.", 413)
    values: dict[str, str] = {}
    for pair in _pairs(query, body):
        name, _, value = pair.partition("=")
        name, value = _decode(name), _decode(value)
        if name in values:
            raise Refusal(-1101, "Duplicate values for a parameter detected.")
        values[name] = value
    if len(values) > PARAMETERS_MAX:
        raise Refusal(-1101, "Too many parameters sent for this endpoint.")
    return values


def verify_signature(secret: str, parameters: dict[str, str], query: str, body: str) -> None:
    """Make sure that whoever knows the secret signed exactly this, compared in constant time.

    Raises Refusal: no signature (-1102), or a wrong one (-1022).
    """
    given = parameters.get("signature")
    if not given:
        raise missing("signature")
    payload = (_without_signature(query) + _without_signature(body)).encode()
    expected = hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()
    # The comparison comes first: what is no hex takes as long as what is wrong.
    is_equal = hmac.compare_digest(expected.encode(), given.lower().encode())
    if not is_equal or _SIGNATURE.fullmatch(given) is None:
        raise wrong_signature()


def check_window(parameters: dict[str, str], now_ms: int) -> None:
    """Make sure that a request is of now. Raises Refusal: -1102, -1100, -1131, -1021."""
    timestamp = _integer(parameters, "timestamp")
    if timestamp is None:
        raise missing("timestamp")
    window = _integer(parameters, "recvWindow")
    window = RECV_WINDOW_DEFAULT_MS if window is None else window
    if window > RECV_WINDOW_MAX_MS:
        raise Refusal(-1131, f"recvWindow must be less than {RECV_WINDOW_MAX_MS}.")
    if timestamp >= now_ms + AHEAD_MAX_MS:
        raise ahead_of_time()
    if now_ms - timestamp > window:
        raise outside_window()


def _pairs(query: str, body: str) -> Iterator[str]:
    for part in (query, body):
        yield from (pair for pair in part.split("&") if pair)


def _decode(text: str) -> str:
    refusal = Refusal(-1100, "Illegal characters found in a parameter.")
    if not text.isascii() or _BROKEN_ESCAPE.search(text):
        raise refusal
    try:
        return unquote_plus(text, errors="strict")
    except UnicodeError:
        raise refusal from None


def _integer(parameters: dict[str, str], name: str) -> int | None:
    text = parameters.get(name)
    if not text:
        return None
    if _INTEGER.fullmatch(text) is None:
        raise illegal(name, "^[0-9]{1,20}$")
    return int(text)


def _without_signature(part: str) -> str:
    return "&".join(pair for pair in part.split("&") if not pair.startswith("signature="))
