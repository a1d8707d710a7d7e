"""Messages that bring an account, or a slice of them, to a scheduled job."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class JobMessage:
    """One run of a job for one account. The job is the queue's: each has its own.

    `with_shared` asks for what all accounts share, too: closes are new. With `accounts` it is a slice of all of them
    instead, each to be sent on by itself; `account_id` is empty then.
    """

    account_id: str
    requested_at: datetime
    with_shared: bool = False
    accounts: tuple[str, ...] = ()
