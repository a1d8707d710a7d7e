"""Messages between the gateway's own functions, as the text that a queue carries."""

from riskgate.core.errors import InvalidRequest
from riskgate.schemas.codec import DecodeError
from riskgate.schemas.versions import read_text, write_text


def write_message(message: object) -> str:
    """Return a message's canonical JSON, with its version."""
    return write_text(message)


def read_message[T](text: str, kind: type[T]) -> T:
    """Read a message back.

    Raises DocumentTooNew: a newer version sent it, and takes it when it comes again; InvalidRequest: the text is none
    of its kind.
    """
    try:
        return read_text(text, kind)
    except DecodeError as error:
        raise InvalidRequest("the queue contains a message that cannot be read", code="MESSAGE_INVALID") from error
