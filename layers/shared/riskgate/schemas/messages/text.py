"""Messages between the gateway's own functions, as the text that a queue carries."""

from riskgate.core.errors import InvalidRequest
from riskgate.schemas.codec import DecodeError, decode, encode


def write_message(message: object) -> str:
    """Return a message's canonical JSON."""
    return encode(message).decode()


def read_message[T](text: str, kind: type[T]) -> T:
    """Read a message back; InvalidRequest if the text is none of its kind."""
    try:
        return decode(text, kind)
    except DecodeError as error:
        raise InvalidRequest("the queue contains a message that cannot be read", code="MESSAGE_INVALID") from error
