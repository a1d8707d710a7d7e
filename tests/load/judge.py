"""Whether a kill switch held: what was approved after it was acknowledged, by the order of answers and of the log.

A drill is held on one machine, whose one clock orders what its clients send and are answered. After the switch's answer
has come, the audit heads of all accounts in scope are read, consistently, and again before the release is sent. An
approval is **late** where

1. its request was sent after the switch's answer had come, and answered before the release was sent, or
2. its entry stands in its account's log behind the head read after the acknowledgement, and not behind the head read
   before the release. This finds every commit between the two readings, whenever its request was sent, and whether or
   not its answer ever came.

What rule 2 leaves open is the time between the answer and the reading of the heads: a request that was already under way
then may have been committed shortly before the answer, or shortly after it, and nobody outside can tell. The record has
that time (`blind_seconds`), and how many requests were under way.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

#: `UNWRITTEN` is a denial beyond what a caller may have written down; `UNDECIDED` has no answer, or one of 5xx.
APPROVED, DENIED, UNWRITTEN, UNDECIDED = "approved", "denied", "denied, not written", "undecided"


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One order of a client; instants are of one clock, in seconds."""

    account_id: str
    client_order_id: str
    strategy: str
    symbol: str
    venue: str
    sent_at: float
    answered_at: float
    outcome: str


@dataclass(frozen=True, kw_only=True)
class Drill:
    """A switch that was engaged and released; heads are audit sequences by account in scope.

    `requests`: the seconds that each request to engage it took, the last one the acknowledged.
    """

    scope: str
    key: str
    requests: Sequence[float] = ()
    acknowledged_at: float
    heads_read_at: float
    heads: Mapping[str, int]
    last_heads: Mapping[str, int]
    released_at: float

    @property
    def blind_seconds(self) -> float:
        """Return how long a commit could hide between the answer and the reading of the heads."""
        return self.heads_read_at - self.acknowledged_at

    def covers(self, asked: Asked) -> bool:
        """Tell whether an order is held against the switch."""
        keys = {"account": asked.account_id, "strategy": asked.strategy, "symbol": asked.symbol, "venue": asked.venue}
        return self.scope == "global" or keys[self.scope] == self.key

    def was_under_way(self, asked: Asked) -> bool:
        """Tell whether an order in scope was sent before the acknowledgement and answered after it."""
        return self.covers(asked) and asked.sent_at <= self.acknowledged_at < asked.answered_at


def find_late(drill: Drill, asked: Iterable[Asked], approvals: Mapping[str, Mapping[str, int]]) -> Iterator[str]:
    """Yield a line for each late approval.

    Parameters
    ----------
    approvals : by account, the log's approved orders with the sequences of their entries.
    """
    for one in asked:
        if not drill.covers(one):
            continue
        name = f"{drill.scope} {drill.key}: {one.account_id} {one.client_order_id}"
        in_time = one.answered_at <= drill.released_at
        if one.outcome == APPROVED and one.sent_at > drill.acknowledged_at and in_time:
            yield f"{name} was sent after the acknowledgement and approved"
        sequence = approvals.get(one.account_id, {}).get(one.client_order_id)
        if sequence is not None and drill.heads[one.account_id] < sequence <= drill.last_heads[one.account_id]:
            yield f"{name} was approved by entry {sequence}, the acknowledgement stood behind {drill.heads[one.account_id]}"
