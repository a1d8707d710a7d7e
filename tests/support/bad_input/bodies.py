"""Bodies that are not one clear JSON object, of a size and a type that is taken; tried on every route that reads one."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator

from tests.support.bad_input.kind import JSON_ONLY, OPTIONAL_BODY, STRICT, UPDATES, WITH_BODY, WITHOUT_BODY, Group, Kind
from tests.support.full_bodies import ORDER

OBJECT = json.dumps(ORDER).encode()
MUST_HAVE = tuple(name for name in WITH_BODY if name not in OPTIONAL_BODY)
SECONDS = b'{"a": 1} {"b": 2}'

NO_OBJECT: list[tuple[str, bytes, str]] = [
    ("null", b"null", "BODY_NOT_OBJECT"),
    ("list", b"[]", "BODY_NOT_OBJECT"),
    ("list of objects", b"[{}]", "BODY_NOT_OBJECT"),
    ("number", b"1", "BODY_NOT_OBJECT"),
    ("string", b'"order"', "BODY_NOT_OBJECT"),
    ("true", b"true", "BODY_NOT_OBJECT"),
    ("white space alone", b"  \n", "BODY_NOT_JSON"),
    ("open brace", b"{", "BODY_NOT_JSON"),
    ("form", b"client_order_id=1&side=buy", "BODY_NOT_JSON"),
    ("XML", b"<order><side>buy</side></order>", "BODY_NOT_JSON"),
    ("two documents", SECONDS, "BODY_NOT_JSON"),
    ("document and NUL", b'{"a": 1}\x00', "BODY_NOT_JSON"),
    ("one document a line", SECONDS.replace(b"} {", b"}\n{"), "BODY_NOT_JSON"),
    ("trailing comma", b'{"a": 1,}', "BODY_NOT_JSON"),
    ("comment", b'{"a": 1 /* one */}', "BODY_NOT_JSON"),
    ("line comment", b'{"a": 1 // one\n}', "BODY_NOT_JSON"),
    ("single quotes", b"{'a': 1}", "BODY_NOT_JSON"),
    ("no quotes", b"{a: 1}", "BODY_NOT_JSON"),
    ("Python's words", b'{"a": None, "b": True}', "BODY_NOT_JSON"),
    ("byte order mark", b"\xef\xbb\xbf{}", "ENCODING_INVALID"),
    ("UTF-16 with a mark", '{"a": 1}'.encode("utf-16"), "ENCODING_INVALID"),
    ("UTF-16 without a mark", '{"a": 1}'.encode("utf-16-le"), "BODY_NOT_JSON"),
    ("UTF-32", '{"a": 1}'.encode("utf-32"), "ENCODING_INVALID"),
    ("Latin-1", '{"a": "é"}'.encode("latin-1"), "ENCODING_INVALID"),
    ("invalid UTF-8", b'{"a": "\xff\xfe"}', "ENCODING_INVALID"),
    ("overlong UTF-8", b'{"a": "\xc0\xaf"}', "ENCODING_INVALID"),
    ("cut UTF-8", b'{"a": "\xe2\x82"}', "ENCODING_INVALID"),
    ("surrogate in UTF-8", b'{"a": "\xed\xa0\x80"}', "ENCODING_INVALID"),
    ("lone surrogate", b'{"a": "\\ud800"}', "STRING_INVALID"),
    ("lone surrogate as a name", b'{"\\udc00": 1}', "STRING_INVALID"),
    ("NUL", b'{"a": "\\u0000"}', "STRING_INVALID"),
    ("escape sequence", b'{"a": "\\u001b[2J"}', "STRING_INVALID"),
    ("C1 control", b'{"a": "\\u0085"}', "STRING_INVALID"),
    ("raw line break in a string", b'{"a": "\n"}', "BODY_NOT_JSON"),
    ("lists 5,000 deep", b'{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}", "BODY_TOO_DEEP"),
    ("objects 2,000 deep", b'{"a":' * 2_000 + b"1" + b"}" * 2_000, "BODY_TOO_DEEP"),
    ("17 deep", b'{"a":' * 17 + b"1" + b"}" * 17, "BODY_TOO_DEEP"),
    ("opened 16,000 times, never closed", b"[" * 16_000, "BODY_TOO_DEEP"),
    ("field twice", b'{"side": "buy", "side": "sell"}', "DUPLICATE_KEY"),
    ("field twice, once escaped", b'{"side": "buy", "\\u0073ide": "sell"}', "DUPLICATE_KEY"),
    ("field twice, inside", b'{"a": {"b": 1, "b": 2}}', "DUPLICATE_KEY"),
    ("field twice, the same", b'{"a": 1, "a": 1}', "DUPLICATE_KEY"),
    ("NaN somewhere", b'{"quantity": NaN}', "NUMBER_INVALID"),
    ("-Infinity somewhere", b'{"quantity": -Infinity}', "NUMBER_INVALID"),
]

#: Beyond the largest cap there is, so that it is too large everywhere.
TOO_LARGE = 256 * 1024 + 1

SIZES: list[tuple[str, bytes, str]] = [
    ("256 KiB of brackets", b"[" * TOO_LARGE, "BODY_TOO_LARGE"),
    ("256 KiB that are no UTF-8", b"\xff" * TOO_LARGE, "BODY_TOO_LARGE"),
    ("256 KiB of two bytes a letter", "é".encode() * (TOO_LARGE // 2 + 1), "BODY_TOO_LARGE"),
    ("an object and a megabyte of spaces", b"{}" + b" " * 1_000_000, "BODY_TOO_LARGE"),
]

MEDIA_TYPES: list[tuple[str, str | None]] = [
    ("none", None),
    ("empty", ""),
    ("form", "application/x-www-form-urlencoded"),
    ("multipart", "multipart/form-data; boundary=x"),
    ("Latin-1", "application/json; charset=latin1"),
    ("UTF-16", "application/json; charset=utf-16"),
    ("problem", "application/problem+json"),
    ("JSONP", "application/jsonp"),
    ("JSON lines", "application/x-ndjson"),
    ("XML", "application/xml"),
    ("any", "*/*"),
    ("two in one", "application/json, text/html"),
    ("unknown parameter", "application/json; q=1"),
    ("octets", "application/octet-stream"),
]
ENCODINGS = ["gzip", "deflate", "br", "gzip, identity", "x"]


def list_kinds() -> Iterator[Kind]:
    """Give every kind of body."""
    yield Kind(group=Group.NO_OBJECT, name="nothing", status=400, code="BODY_MISSING", on=MUST_HAVE, body=b"")
    for name, body, code in NO_OBJECT:
        at_bytes = code == "ENCODING_INVALID"
        on = WITH_BODY if at_bytes else STRICT
        yield Kind(group=Group.NO_OBJECT, name=name, status=400, code=code, on=on, body=body)
    for name, body in [("list", b"[]"), ("open brace", b"{"), ("2,000 deep", b'{"a":' * 2_000), ("no update", b"{}")]:
        yield Kind(
            group=Group.NO_OBJECT, name=f"update: {name}", status=400, code="VALIDATION_FAILED", on=UPDATES, body=body
        )
    name, code = "a body where none is taken", "BODY_UNEXPECTED"
    yield Kind(group=Group.NO_OBJECT, name=name, status=400, code=code, on=WITHOUT_BODY, body=b'{"a": 1}')
    for name, body, code in SIZES:
        yield Kind(group=Group.SIZE, name=name, status=413, code=code, on=WITH_BODY, body=body)
    yield from _long_kinds()
    yield from _media_kinds()


def _long_kinds() -> Iterator[Kind]:
    one = {"group": Group.SIZE, "status": 400, "code": "VALIDATION_FAILED"}
    just_above = OBJECT + b" " * (16 * 1024 + 1 - len(OBJECT))
    names = ("postOrder", "checkOrder", "patchOrder", "postFill", "putKillSwitch", "postExit")
    too_large = {"status": 413, "code": "BODY_TOO_LARGE"}
    yield Kind(group=Group.SIZE, name="one byte above 16 KiB", on=names, body=just_above, **too_large)
    many = {f"f{number}": number for number in range(1_000)}
    yield Kind(name="1,000 fields", on=JSON_ONLY, changes=many, **one)
    yield Kind(name="name of 10,000 letters", on=JSON_ONLY, changes={"x" * 10_000: 1}, **one)
    places = (
        "postOrder:client_order_id",
        "postOrder:symbol",
        "postOrder:strategy",
        "postOrder:side",
        "postFill:fill_id",
        "postOrder:quantity",
        "postExit:reason",
        "putKillSwitch:reason",
        "putKillSwitch:key",
        "postTransfer:kind",
    )
    yield Kind(name="string of 10,000 letters", on=places, value=json.dumps("x" * 10_000), **one)
    tags = json.dumps([f"t{number}" for number in range(1_000)])
    yield Kind(name="list of 1,000", on=("postOrder:tags", "checkOrder:tags"), value=tags, **one)
    orders = json.dumps([ORDER | {"client_order_id": f"o{number}"} for number in range(600)])
    yield Kind(name="600 orders", on=("postBatch:orders",), value=orders, **one)


def _media_kinds() -> Iterator[Kind]:
    group, status, code = Group.MEDIA_TYPE, 415, "UNSUPPORTED_MEDIA_TYPE"
    for name, value in MEDIA_TYPES:
        headers = {"Content-Type": value}
        yield Kind(group=group, name=f"declared: {name}", status=status, code=code, on=WITH_BODY, headers=headers)
    text = {"Content-Type": "text/plain"}
    yield Kind(group=group, name="declared: text", status=status, code=code, on=JSON_ONLY + UPDATES, headers=text)
    twice = {"Content-Type": ("application/json", "text/plain")}
    yield Kind(group=group, name="declared twice", status=400, code="HEADER_REPEATED", on=WITH_BODY, headers=twice)
    code = "CONTENT_ENCODING_UNSUPPORTED"
    for encoding in ENCODINGS:
        headers = {"Content-Encoding": encoding}
        name = f"encoded: {encoding}"
        yield Kind(group=group, name=name, status=status, code=code, on=WITH_BODY, headers=headers)
    packed = {"status": status, "code": code, "on": WITH_BODY, "body": gzip.compress(OBJECT, mtime=0)}
    yield Kind(group=group, name="gzip, and says so", headers={"Content-Encoding": "gzip"}, **packed)
    packed |= {"status": 400, "code": "ENCODING_INVALID"}
    yield Kind(group=group, name="gzip, and does not say so", **packed)
    yield Kind(group=group, name="deflate, and does not say so", **packed | {"body": zlib.compress(OBJECT)})
