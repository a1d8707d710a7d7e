"""The seam to tables that were restored from a backup."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from riskgate.core.account.stored import Marker, OrderRecord, StoredAccount
    from riskgate.core.limits import Limits


class Restored(Protocol):
    """What a repair reads and writes beside the store."""

    def read_limits(self, account_id: str, version: int) -> Limits | None:
        """Return the limits of one version, None where they are not kept (consistent)."""

    def put_items(self, account_id: str, records: Sequence[OrderRecord], markers: Sequence[Marker]) -> None:
        """Write the items of orders and the markers over what is there."""

    def put_chain(self, account_id: str, after: StoredAccount, *, replaces: StoredAccount | None) -> None:
        """Write an account's document and its place in the log. Raises VersionConflict: it was written meanwhile."""
