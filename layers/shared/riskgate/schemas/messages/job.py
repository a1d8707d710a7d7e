"""Messages that bring one account to a scheduled job."""

from dataclasses import dataclass
from datetime import datetime

from riskgate.core.errors import InvalidRequest
from riskgate.schemas.codec import DecodeError, decode, encode


@dataclass(frozen=True, kw_only=True, slots=True)
class JobMessage:
    """One run of a job for one account. The job is the queue's: each has its own."""

    account_id: str
    requested_at: datetime


def write_job_message(message: JobMessage) -> str:
    """Return the message's canonical JSON."""
    return encode(message).decode()


def read_job_message(text: str) -> JobMessage:
    """Read a message back; InvalidRequest if the text is none."""
    try:
        return decode(text, JobMessage)
    except DecodeError as error:
        raise InvalidRequest("the queue contains a message that cannot be read", code="MESSAGE_INVALID") from error
