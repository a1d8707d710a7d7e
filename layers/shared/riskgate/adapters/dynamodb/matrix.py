"""The correlations between all assets, as this process remembers them: they change once an hour, orders come often."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from riskgate.adapters.dynamodb import documents, items
from riskgate.core.correlations import PackedCorrelations

if TYPE_CHECKING:
    from riskgate.core.account.stored import Snapshot
    from riskgate.core.correlations import Correlations

#: Daily returns hardly change within a day: what is remembered decides once more while newer ones are asked for.
_BEHIND_MAX = timedelta(hours=12)


class RememberedMatrix:
    """The matrix read last: asked for with the one batch read of a decision, and only when there is a newer one."""

    def __init__(self) -> None:
        self.value: Correlations | None = None
        #: Whether the next batch read is to bring it.
        self.is_wanted = True

    def take(self, found: dict[tuple[str, str], items.Item]) -> None:
        """Remember the matrix where it was found.

        Raises StateCorrupt: it cannot be read.
        """
        key = items.correlations_key()
        item = found.get((key["pk"]["S"], key["sk"]["S"]))
        if item is not None:
            with documents.reading("the stored correlations"):
                self.value = documents.unpack_document(item, PackedCorrelations).unpack()
            self.is_wanted = False

    def must_be_read(self, snapshot: Snapshot) -> bool:
        """Tell whether a decision on what was read cannot wait for the next batch.

        The rows of the order's assets tell when the risk job ran last: it writes the matrix first. What is remembered
        is good for one decision more, unless it lacks an asset or is a day behind.
        """
        newest = max((row.as_of for row in snapshot.correlations.values()), default=None)
        if self.value is None or newest is None or newest <= self.value.as_of:
            return False
        self.is_wanted = True
        held = snapshot.state.exposure.net_by_asset if snapshot.state is not None else {}
        named = {*held, *snapshot.correlations}
        return newest - self.value.as_of > _BEHIND_MAX or not named <= self.value.index.keys()
