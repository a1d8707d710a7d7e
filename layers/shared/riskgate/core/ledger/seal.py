"""A sealed head: how far an account's chain had come at an instant, kept where no writer of the chain can write."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class SealedHead:
    """The last entry of a chain, and its hash, which vouches for every entry before it."""

    account_id: str
    sequence: int
    hash: str
    sealed_at: datetime
