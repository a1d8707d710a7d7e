"""A venue's JSON, read and written such that its numbers stay as the venue wrote them."""

from typing import Any

import msgspec

from riskgate.core.errors import Transient

#: A fraction becomes what the encoder writes as it is; whole numbers are exact anyway.
_DECODER = msgspec.json.Decoder(float_hook=lambda text: msgspec.Raw(text.encode()))


def read_venue_json(text: str) -> Any:
    """Return the value of a venue's answer. Raises Transient: it is none, a proxy in between answered."""
    try:
        return _DECODER.decode(text)
    except (msgspec.DecodeError, UnicodeError):
        raise Transient("the exchange's answer cannot be read", code="EXCHANGE_UNAVAILABLE") from None


def write_venue_json(value: Any) -> str:
    """Return a value of `read_venue_json`, or of texts and whole numbers, as JSON."""
    return msgspec.json.encode(value).decode()
