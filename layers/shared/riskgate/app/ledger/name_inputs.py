"""What a decision read and the chain holds already is named in its entry, not written again (ADR 0080)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, cast

from riskgate.core.account.stored import HeldInput
from riskgate.core.orders.events import BatchDecided, OrderDecided, OrderModified
from riskgate.core.replacing import replace
from riskgate.core.same import Same
from riskgate.schemas.codec import encode, sha256_hex
from riskgate.schemas.log.named_inputs import NamedInput

if TYPE_CHECKING:
    from riskgate.core.ledger.events import Event

#: An older entry may be on its way to the archive, and what it holds is hardly believed any more.
NAMED_FOR = timedelta(days=1)
#: Shorter values take hardly more room than their name.
BYTES_MIN = 512
#: How many an account remembers: a report, and the rows of as many assets as it trades in turn.
HELD_MAX = 32
#: Values of which the hash is remembered: reports and rows of some accounts.
_HASHED_MAX = 64

type _Decided = OrderDecided | OrderModified


@dataclass(frozen=True, kw_only=True, slots=True)
class Inputs:
    """What an entry writes of its event: `event` lacks what is `named`; `held` is what the chain holds after it."""

    event: Event
    named: tuple[NamedInput, ...] = ()
    held: tuple[HeldInput, ...] = ()


def name_inputs(event: Event, held: tuple[HeldInput, ...], *, sequence: int, now: datetime) -> Inputs:
    """Return the event as entry `sequence` writes it, given what the chain holds before it.

    Only what an earlier entry holds is named. What is used stays among the `HELD_MAX` that are remembered.
    """
    if not isinstance(event, BatchDecided | OrderDecided | OrderModified):
        return Inputs(event=event, held=held)
    names = _Names({one.hash: one for one in held if now - one.at < NAMED_FOR}, sequence, now)
    if isinstance(event, BatchDecided):
        legs = tuple(names.take(leg, f"legs.{number}.") for number, leg in enumerate(event.legs))
        event = replace(event, legs=legs)
    else:
        event = names.take(event, "")
    return Inputs(event=event, named=tuple(names.named), held=tuple(names.held.values())[-HELD_MAX:])


class _Names:
    """The names of one entry; `held` is in the order of use."""

    def __init__(self, held: dict[str, HeldInput], sequence: int, now: datetime) -> None:
        self.held, self.named = held, list[NamedInput]()
        self._sequence, self._now = sequence, now

    def take[D: _Decided](self, event: D, prefix: str) -> D:
        """Return a decision's event without what is held, each noted by its place."""
        if event.report is not None and self._is_held(event.report, f"{prefix}report"):
            event = replace(event, report=None)
        row = event.market.correlation
        if row is not None and self._is_held(row, f"{prefix}market.correlation"):
            event = replace(event, market=replace(event.market, correlation=None))
        return event

    def _is_held(self, value: object, place: str) -> bool:
        digest, size = _hash_of(Same(value))
        if size < BYTES_MIN:
            return False
        known = self.held.pop(digest, None) or HeldInput(hash=digest, sequence=self._sequence, at=self._now)
        self.held[digest] = known
        if known.sequence == self._sequence:
            return False
        self.named.append(NamedInput(place=place, hash=digest, sequence=known.sequence))
        return True


def _hash(value: Same[Any]) -> tuple[str, int]:
    text = encode(value.value)
    return sha256_hex(text), len(text)


#: Returns the SHA-256 of a value's canonical JSON and its length: of the very same object once.
_hash_of = cast("Any", lru_cache(maxsize=_HASHED_MAX)(_hash))
