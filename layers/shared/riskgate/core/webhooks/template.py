"""Read a sender's body: which of its fields say what, and in whose words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

from riskgate.core.errors import InvalidRequest
from riskgate.core.money import plain

#: A name in a template: fields of objects by name, entries of lists by number, with dots between.
PLACEHOLDER_PATTERN = r"\{[A-Za-z0-9_-]{1,64}(\.[A-Za-z0-9_-]{1,64}){0,7}\}"
#: A sender's clock may be ahead by this.
SKEW_MAX = timedelta(seconds=30)
#: What senders write for a figure that there is none of.
_NOTHING = frozenset({"", "nan", "null", "none", "n/a"})

_PLACEHOLDER = re.compile(PLACEHOLDER_PATTERN)
_NOT_OF_AN_ID = re.compile(r"[^A-Za-z0-9._:-]")
_ID_LENGTH_MAX = 64
_MARK_LENGTH = 12
_EPOCH = re.compile(r"[0-9]{10}([0-9]{3})?")


def fill(template: str, body: Mapping[str, Any]) -> str | None:
    """Return a template with its placeholders replaced by what the body has there; None where one finds nothing.

    ``{order.side}`` is the field ``side`` of the object ``order``, ``{legs.0}`` the first entry of a list; text around
    placeholders stays. Raises InvalidRequest: code WEBHOOK_FIELD_INVALID, an object or list.
    """
    missing = False

    def find(match: re.Match[str]) -> str:
        nonlocal missing
        text = _text_at(body, match.group(0)[1:-1].split("."))
        missing = missing or text is None
        return text or ""

    filled = _PLACEHOLDER.sub(find, template)
    return None if missing else filled


def read_figure(text: str | None) -> str | None:
    """Return a figure's text, None for the words that senders have for none."""
    return None if text is None or text.strip().lower() in _NOTHING else text.strip()


def to_client_order_id(reference: str) -> str:
    """Return a sender's id as a client order id: the same for the same text, another for another.

    What the id may not hold is replaced, what is too long cut; then a part of the text's digest keeps it apart.
    """
    text = _NOT_OF_AN_ID.sub("_", reference)
    if text == reference and 0 < len(text) <= _ID_LENGTH_MAX:
        return text
    mark = sha256(reference.encode()).hexdigest()[:_MARK_LENGTH]
    return f"{text[: _ID_LENGTH_MAX - _MARK_LENGTH - 1]}-{mark}"


def read_time(text: str) -> datetime:
    """Return the instant a sender wrote: RFC 3339 with its zone, or Unix seconds or milliseconds.

    Raises InvalidRequest: code WEBHOOK_TIME_INVALID.
    """
    try:
        if (epoch := _EPOCH.fullmatch(text)) is not None:
            return datetime.fromtimestamp(int(text[:10]), UTC) + timedelta(milliseconds=int(epoch.group(1) or 0))
        at = datetime.fromisoformat(text)
        if at.tzinfo is not None:
            return at.astimezone(UTC)
    except (ValueError, OverflowError):
        pass
    raise InvalidRequest("the time must be RFC 3339 with a zone, or Unix seconds", code="WEBHOOK_TIME_INVALID")


def require_fresh(at: datetime, now: datetime, age_seconds_max: int) -> None:
    """Refuse what was sent too long ago, or in the future. Raises InvalidRequest: code WEBHOOK_TIME_REFUSED."""
    if not now - timedelta(seconds=age_seconds_max) <= at <= now + SKEW_MAX:
        detail = f"the time lies more than {age_seconds_max} s back, or ahead: nothing was decided"
        raise InvalidRequest(detail, code="WEBHOOK_TIME_REFUSED")


def _text_at(body: Mapping[str, Any], path: list[str]) -> str | None:
    value: Any = body
    for part in path:
        if isinstance(value, Mapping):
            value = value.get(part)
        elif isinstance(value, list):
            value = value[int(part)] if part.isascii() and part.isdigit() and int(part) < len(value) else None
        else:
            return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dict | list):
        raise InvalidRequest(f"{'.'.join(path)[:64]} is no text and no number", code="WEBHOOK_FIELD_INVALID")
    if isinstance(value, Decimal):
        return plain(value)
    return value if isinstance(value, str) else None
