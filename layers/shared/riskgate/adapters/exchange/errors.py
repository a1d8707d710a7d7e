"""ccxt's errors in the gateway's terms, by class alone; no text of theirs leaves without being cleaned.

ccxt's messages quote whole addresses of signed requests. Nothing of the original error, its chain included, stays
attached to what is raised.
"""

import json
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

from riskgate.core.errors import (
    GatewayError,
    InvalidRequest,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
    VenueAccessDenied,
    VenueAnswerInvalid,
)
from riskgate.observability import REDACTED, redact_text

DETAIL_LENGTH_MAX = 200
_KEY_LENGTH_MIN = 4
_ADDRESS_QUERY = re.compile(r"(https?://[^\s?\"']+)\?[^\s\"']*")
_CODE_NAMES = ("code", "retCode", "sCode", "error_code", "err-code", "errorCode", "label", "error", "result")
#: Kraken Futures' refusals that are any error to ccxt, or no error at all.
_NAMELESS_NOS = frozenset(
    {"selfFill", "tooManySmallOrders", "wouldNotReducePosition", "wouldCauseLiquidation", "clientOrderIdTooBig",
     "wouldIncreasePriceDislocation"}
)  # fmt: skip
_CODE = re.compile(r"[\w:.\- ]{1,64}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Reply:
    """What came with an error: the keys to keep out of texts, and the venue's own answer where there was one."""

    keys: tuple[str, ...] = field(default=(), repr=False)
    retry_after_seconds: int | None = None
    status: int | None = None
    body: str = field(default="", repr=False)


def ccxt_errors() -> Any:
    """Return ccxt's module of errors; only called where ccxt is in use."""
    return import_module("ccxt.base.errors")


def clean(text: str, keys: Iterable[str]) -> str:
    """Return a short text without keys, signatures or the queries of addresses."""
    for key in keys:
        if len(key) >= _KEY_LENGTH_MIN:
            text = text.replace(key, REDACTED)
    text = _ADDRESS_QUERY.sub(rf"\1?{REDACTED}", text)
    return redact_text(" ".join(text.split()))[:DETAIL_LENGTH_MAX]


def venue_code(body: str) -> str:
    """Return the venue's own code from the body of its answer, or an empty text."""
    try:
        return _find_code(json.loads(body))
    except ValueError:
        return ""


def _find_code(body: Any) -> str:
    if isinstance(body, list):
        return _find_code(body[0]) if body else ""
    if not isinstance(body, Mapping):
        return str(body) if isinstance(body, str | int) and _CODE.fullmatch(str(body)) else ""
    sent = body.get("sendStatus")
    if isinstance(sent, Mapping) and "status" in sent:
        # Kraken Futures: the request as a whole is a success.
        return _find_code(sent["status"])
    rows = body.get("data")
    if isinstance(rows, list) and rows and isinstance(rows[0], Mapping) and "sCode" in rows[0]:
        # The whole request's code only says that one of its orders failed.
        return _find_code(rows[0])
    for name in _CODE_NAMES:
        if name in body and (code := _find_code(body[name])):
            return code
    return ""


def is_clock_error(error: BaseException) -> bool:
    """Tell whether the venue found a request too old or too new."""
    return isinstance(error, ccxt_errors().InvalidNonce)


def is_key_error(error: BaseException) -> bool:
    """Tell whether the venue did not accept the key."""
    return isinstance(error, ccxt_errors().AuthenticationError)


def is_rate_limit(error: BaseException) -> bool:
    """Tell whether the venue wants no more requests for now, and did nothing."""
    errors = ccxt_errors()
    return isinstance(error, errors.RateLimitExceeded | errors.DDoSProtection)


def translate_create(
    error: Exception, reply: Reply, *, doubtful: Collection[str] = (), late: Collection[str] = ()
) -> GatewayError:
    """Return what a failed create, or cancel, means.

    `doubtful` are the venue's codes that leave open what happened, whatever ccxt makes of them; `late` those by which
    it refuses a request for its time, before anything is done. Named subclasses of ExchangeError are a definite no.
    Rate limits come before anything is done. All else may have happened: timeouts, lost connections, server errors,
    an answer that cannot be read, and ExchangeError itself.
    """
    if isinstance(error, GatewayError):
        # What ccxt takes for an order is none where the venue's own word is a no.
        if isinstance(error, VenueAnswerInvalid) and _says_no(reply.body):
            return _rejected(error, reply)
        return error if isinstance(error, Rejected | Transient | OutcomeUnknown) else _unknown(error)
    errors, code = ccxt_errors(), venue_code(reply.body)
    if code in doubtful:
        return _unknown(error)
    if code in late:
        return _came_late()
    if is_rate_limit(error):
        return RateLimited(retry_after_seconds=reply.retry_after_seconds)
    named = isinstance(error, errors.ExchangeError) and type(error) is not errors.ExchangeError
    if named or _says_no(reply.body):
        return _rejected(error, reply)
    return _unknown(error)


def _says_no(body: str) -> bool:
    """Tell whether an answer is Coinbase's or Kraken's own no to an order, for reasons ccxt does not know by name.

    So is Hyperliquid's of the whole request, and of each order in it.
    """
    try:
        answer = json.loads(body)
    except ValueError:
        return False
    if not isinstance(answer, Mapping):
        return False
    sent, response = answer.get("sendStatus"), answer.get("response")
    if answer.get("status") == "err" and isinstance(response, str):
        return True
    if answer.get("status") == "ok" and isinstance(response, Mapping) and _errors_alone(response.get("data")):
        return True
    return (answer.get("success") is False and "error_response" in answer) or (
        isinstance(sent, Mapping) and sent.get("status") in _NAMELESS_NOS and not sent.get("order_id")
    )


def _errors_alone(data: Any) -> bool:
    statuses = data.get("statuses") if isinstance(data, Mapping) else None
    return (
        isinstance(statuses, list) and bool(statuses) and all(isinstance(s, Mapping) and "error" in s for s in statuses)
    )


def translate_unsent(error: Exception, reply: Reply) -> GatewayError:
    """Return what a create, or cancel, means that failed before any request that changes something left: a no.

    What only did not work out now, such as a question that comes first, surely did nothing and may be tried again.
    """
    if isinstance(error, InvalidRequest | Rejected | Transient):
        return error
    errors = ccxt_errors()
    if isinstance(error, errors.RateLimitExceeded | errors.DDoSProtection):
        return RateLimited(retry_after_seconds=reply.retry_after_seconds)
    if isinstance(error, errors.OperationFailed) or type(error) is errors.ExchangeError:
        return Transient("the exchange did not answer what is asked first", code="EXCHANGE_UNAVAILABLE")
    if isinstance(error, errors.AuthenticationError):
        return _rejected(error, reply)
    said = clean(str(error), reply.keys)
    return InvalidRequest(f"this order cannot be written for the exchange: {said}", code="ORDER_NOT_SENT")


def translate_read(error: Exception, reply: Reply, *, late: Collection[str] = ()) -> GatewayError:
    """Return what a failed read means: nothing has changed at the venue in any case."""
    if isinstance(error, GatewayError):
        return error
    if venue_code(reply.body) in late:
        return _came_late()
    errors = ccxt_errors()
    if is_rate_limit(error):
        return RateLimited(retry_after_seconds=reply.retry_after_seconds)
    if isinstance(error, errors.ExchangeError) and type(error) is not errors.ExchangeError:
        return _rejected(error, reply)
    if isinstance(error, errors.BaseError):
        return Transient(f"the exchange cannot be read: {_say(error)}", code="EXCHANGE_UNAVAILABLE")
    return VenueAnswerInvalid("the exchange's answer cannot be read")


def _rejected(error: Exception, reply: Reply) -> Rejected:
    denied = isinstance(error, ccxt_errors().AuthenticationError)
    kind: type[Rejected] = VenueAccessDenied if denied else Rejected
    code = clean(venue_code(reply.body), reply.keys)
    return kind(f"{type(error).__name__}: {clean(str(error), reply.keys)}", venue_code=code or type(error).__name__)


def _came_late() -> Transient:
    return Transient("the exchange refused the request for its time", code="EXCHANGE_UNAVAILABLE")


def _unknown(error: Exception) -> OutcomeUnknown:
    return OutcomeUnknown(f"the exchange may have executed it: {_say(error)}")


def _say(error: Exception) -> str:
    """Return what happened in words for a caller, who does not know ccxt's classes."""
    errors = ccxt_errors()
    if isinstance(error, errors.RequestTimeout):
        return "no answer came in time"
    if isinstance(error, errors.ExchangeNotAvailable):
        return "it says that it is not available"
    if isinstance(error, errors.InvalidNonce):
        return "it finds the request's time wrong"
    if isinstance(error, errors.NetworkError):
        return "the connection failed"
    if isinstance(error, errors.ExchangeError):
        return "it answered with an error of no known kind"
    return "its answer cannot be read"
