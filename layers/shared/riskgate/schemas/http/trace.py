"""Trace ids: the forms in which a caller may send one, and in which an answer names it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from riskgate.schemas.codec import sha256_hex

CORRELATION_HEADER, TRACEPARENT_HEADER, XRAY_HEADER = "X-Correlation-Id", "traceparent", "X-Amzn-Trace-Id"
#: A caller's own id: what log queries, message attributes and a terminal take as it is.
TRACE_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$"

_CORRELATION = re.compile(TRACE_ID_PATTERN[1:-1])
_W3C = re.compile(r"(?!0{32})[0-9a-f]{32}")
_TRACEPARENT = re.compile(r"(?!ff)([0-9a-f]{2})-([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
_XRAY = re.compile(r"(?:.*;)?\s*(?:Root=)?1-([0-9a-f]{8})-([0-9a-f]{24})(?:;.*)?")


@dataclass(frozen=True, slots=True)
class Trace:
    """What everything that follows from a request is found by: `trace_id`, and `w3c_id` for tools that know no other.

    They are the same unless the caller's id is of a form of its own.
    """

    trace_id: str
    w3c_id: str

    def traceparent(self, request_id: str) -> str:
        """Return the W3C header that names the request as the parent of what its caller does next."""
        return f"00-{self.w3c_id}-{sha256_hex(request_id.encode())[:16]}-01"


def read_correlation_id(text: str | None) -> str:
    """Return a caller's own id, empty where there is none that can be kept as it is."""
    return text if text and _CORRELATION.fullmatch(text) else ""


def read_traceparent(text: str | None) -> str:
    """Return the trace id of a W3C header, empty where the header is not well-formed: W3C has the trace begin anew."""
    found = _TRACEPARENT.fullmatch(text) if text else None
    if found is None or not is_w3c_id(found[2]):
        return ""
    # Only a later version may add to what is known here.
    return found[2] if not found[3] or found[1] != "00" else ""


def read_xray(text: str | None) -> str:
    """Return the id of an X-Ray header, or of its root alone, in W3C's form; empty where there is none."""
    found = _XRAY.fullmatch(text) if text else None
    return f"{found[1]}{found[2]}" if found else ""


def w3c_id_of(text: str) -> str:
    """Return an id of W3C's form for a request's or an invocation's id: a UUID's own digits, a digest of any other."""
    digits = text.replace("-", "")
    return digits if is_w3c_id(digits) else sha256_hex(text.encode())[:32]


def is_w3c_id(text: str) -> bool:
    """Tell whether an id is of W3C's form, 32 hexadecimal digits."""
    return _W3C.fullmatch(text) is not None


def xray_id_of(w3c_id: str) -> str:
    """Return X-Ray's form of an id of W3C's form."""
    return f"1-{w3c_id[:8]}-{w3c_id[8:]}"


def read_any(text: str) -> str:
    """Return the trace id that somebody has in one of its forms: as it is, X-Ray's, or W3C's header."""
    return read_xray(text) or read_traceparent(text) or read_correlation_id(text)
