"""Read an HTTP body as JSON and refuse whatever two readers could understand differently."""

import binascii
import json
import re
from base64 import b64decode
from decimal import Decimal
from typing import Any, NoReturn

from riskgate.core.errors import InvalidRequest, PayloadTooLarge, UnsupportedMediaType
from riskgate.schemas.decimals import parse_json_number

#: Largest body of a route that takes one thing, and of one that takes many (a batch, a snapshot, quotes).
BODY_MAX_BYTES = 16 * 1024
BATCH_BODY_MAX_BYTES = 256 * 1024
#: Deepest nesting of objects and arrays; no route needs more than five levels.
DEPTH_MAX = 16

# C0 and C1 controls with NUL and DEL, and lone surrogates (a pair is one character by now).
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff]")
_BOM = "\ufeff"
_JSON = frozenset({"application/json"})
#: Where senders that cannot say what they send are heard.
JSON_OR_TEXT = _JSON | {"text/plain"}


def parse_json(
    body: bytes | str | None,
    *,
    is_base64: bool,
    content_type: str | None,
    max_bytes: int,
    content_encoding: str | None = None,
    empty_allowed: bool = False,
) -> dict[str, Any]:
    """Return the JSON object a request carries, with every number as an exact Decimal.

    `is_base64` tells whether `body` is base64 text around the bytes sent; `max_bytes` bounds what is left after it.
    Only application/json in UTF-8, not compressed, is read; `empty_allowed` lets an absent body stand for ``{}``.
    Raises InvalidRequest: missing, not strict UTF-8, or not one unambiguous JSON object; PayloadTooLarge;
    UnsupportedMediaType: declared as something else than plain UTF-8 JSON.
    """
    if not body:
        if empty_allowed:
            return {}
        raise InvalidRequest("the request has no body", code="BODY_MISSING")
    text = read_text(
        body,
        is_base64=is_base64,
        content_type=content_type,
        max_bytes=max_bytes,
        content_encoding=content_encoding,
    )
    return parse_text(text)


def parse_text(text: str) -> dict[str, Any]:
    """Return the JSON object in a body's text. Raises InvalidRequest: it is not one unambiguous JSON object."""
    value = _decode(text)
    if not isinstance(value, dict):
        raise InvalidRequest("the body must be a JSON object", code="BODY_NOT_OBJECT")
    _check_values(value)
    return value


def read_text(
    body: bytes | str,
    *,
    is_base64: bool,
    content_type: str | None,
    max_bytes: int,
    content_encoding: str | None = None,
    media_types: frozenset[str] = _JSON,
) -> str:
    """Return the text of a JSON body before it is parsed; parameters and errors as those of `parse_json`.

    `media_types` are what it may be declared as.
    """
    raw = _read_bytes(body, is_base64=is_base64, max_bytes=max_bytes)
    _require_json(content_type, content_encoding, media_types)
    return _read_text(raw)


def _read_bytes(body: bytes | str, *, is_base64: bool, max_bytes: int) -> bytes:
    # Base64 writes three bytes as four characters: what is longer need not be decoded to be too large.
    cap = (max_bytes + 2) // 3 * 4 if is_base64 else max_bytes
    if len(body) <= cap:
        try:
            raw = body if isinstance(body, bytes) else body.encode("utf-8")
            raw = b64decode(raw, validate=True) if is_base64 else raw
        except (UnicodeEncodeError, binascii.Error) as error:
            raise InvalidRequest("the body cannot be decoded", code="ENCODING_INVALID") from error
        if len(raw) <= max_bytes:
            return raw
    raise PayloadTooLarge(f"the body is larger than {max_bytes} bytes", code="BODY_TOO_LARGE")


def _require_json(content_type: str | None, content_encoding: str | None, media_types: frozenset[str]) -> None:
    media_type, *parameters = (part.strip().lower() for part in (content_type or "").split(";"))
    # An empty parameter is a trailing semicolon, which RFC 9110 tolerates.
    charsets = [parameter for parameter in parameters if parameter]
    if media_type not in media_types or any(c not in {"charset=utf-8", 'charset="utf-8"'} for c in charsets):
        raise UnsupportedMediaType("the body must be application/json in UTF-8")
    if content_encoding is not None and content_encoding.strip().lower() not in {"", "identity"}:
        raise UnsupportedMediaType("the body must not be compressed", code="CONTENT_ENCODING_UNSUPPORTED")


def _read_text(raw: bytes) -> str:
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidRequest("the body is not valid UTF-8", code="ENCODING_INVALID") from error
    if text.startswith(_BOM):
        raise InvalidRequest("the body starts with a byte order mark", code="ENCODING_INVALID")
    return text


def _decode(text: str) -> object:
    try:
        value: object = _DECODER.decode(text)
    except RecursionError as error:
        raise InvalidRequest("the body is nested too deeply", code="BODY_TOO_DEEP") from error
    except json.JSONDecodeError as error:
        detail = f"the body is not valid JSON at line {error.lineno} column {error.colno}: {error.msg}"
        raise InvalidRequest(detail, code="BODY_NOT_JSON") from error
    return value


def _build_object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise InvalidRequest("a JSON object has the same field twice", code="DUPLICATE_KEY")
    return fields


def _build_number(text: str) -> Decimal:
    value = parse_json_number(text)
    if value is None:
        _refuse_number(text)
    return value


def _refuse_number(_text: str) -> NoReturn:
    detail = "a number must be finite, with at most 15 integer digits and 12 decimals"
    raise InvalidRequest(detail, code="NUMBER_INVALID")


_DECODER = json.JSONDecoder(
    object_pairs_hook=_build_object,
    parse_float=_build_number,
    parse_int=_build_number,
    parse_constant=_refuse_number,
)


def _check_values(value: object, depth: int = 1) -> None:
    """Refuse nesting beyond `DEPTH_MAX` and strings, keys included, with unsafe characters."""
    if isinstance(value, str):
        if _UNSAFE.search(value):
            raise InvalidRequest("a string contains a control character or a lone surrogate", code="STRING_INVALID")
    elif isinstance(value, dict | list):
        if depth > DEPTH_MAX:
            raise InvalidRequest(f"the body is nested deeper than {DEPTH_MAX} levels", code="BODY_TOO_DEEP")
        for item in value:
            _check_values(item, depth + 1)
        if isinstance(value, dict):
            for item in value.values():
                _check_values(item, depth + 1)
