"""Seam of the audit seal: where sealed heads are kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from riskgate.core.ledger.seal import SealedHead


class SealReader(Protocol):
    """Sealed heads, as whoever may verify them reads them."""

    def read_newest(self, account_id: str) -> SealedHead | None:
        """Return the newest sealed head of a chain, None where it has none.

        Raises StateCorrupt: code SEAL_INVALID, it was not made with the key; Transient: it cannot be read now.
        """


class Seals(SealReader, Protocol):
    """Sealed heads, as their one writer keeps them."""

    def put(self, head: SealedHead) -> None:
        """Seal a head; one that is sealed already stays. Raises Transient: sealing it again is safe."""
