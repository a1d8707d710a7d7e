"""What the entries of a chain hold for those that name it, as a fold passes them (ADR 0080)."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from riskgate.schemas.log.audit_entry import AuditEntry, read_entry
from riskgate.schemas.log.named_inputs import NamedInput, list_held

if TYPE_CHECKING:
    from riskgate.app.ports.store import AuditRow, Store

#: Many more than an account remembers at once, so that a fold from the first entry on reads none a second time.
VALUES_MAX = 256

#: Reads one entry of the chain, None where there is none of this sequence.
type ReadRow = Callable[[int], AuditRow | None]


class HeldInputs:
    """Values by their hash, the latest used; what is not among them is read from the entry that is named."""

    def __init__(self, read: ReadRow | None = None) -> None:
        self._read = read
        #: With the sequences of the entries that hold it.
        self._values: OrderedDict[str, tuple[Any, set[int]]] = OrderedDict()

    def note(self, entry: AuditEntry) -> None:
        """Remember what an entry holds whole."""
        for digest, value in list_held(entry.inputs):
            self._values.setdefault(digest, (value, set()))[1].add(entry.sequence)
            self._values.move_to_end(digest)
        while len(self._values) > VALUES_MAX:
            self._values.popitem(last=False)

    def resolve(self, named: NamedInput) -> Any:
        """Return what an entry names. Raises ValueError: the entry that it names is not there or does not hold it."""
        if not self._is_known(named) and self._read is not None and (row := self._read(named.sequence)) is not None:
            self.note(read_entry(row.entry))
        if not self._is_known(named):
            raise ValueError(f"entry {named.sequence} does not hold the {named.place} that is named")
        self._values.move_to_end(named.hash)
        return self._values[named.hash][0]

    def _is_known(self, named: NamedInput) -> bool:
        return named.hash in self._values and named.sequence in self._values[named.hash][1]


def held_inputs(store: Store, account_id: str) -> HeldInputs:
    """Return what a chain's entries hold, those a fold has not passed read from the store."""

    def read(sequence: int) -> AuditRow | None:
        rows = store.list_audit(account_id, after=sequence - 1, limit=1)
        return next((row for row in rows if row.sequence == sequence), None)

    return HeldInputs(read)
