"""Once under one id: a repetition gets the answer that stands, another request under the same id is refused."""

from dataclasses import dataclass
from typing import Any, Self

from riskgate.core.account.stored import Marker, Snapshot
from riskgate.core.errors import Conflict
from riskgate.schemas.codec import encode, sha256_hex

#: In place of a digest, in a marker that was made again from the log: what was asked for under it is not known.
RESTORED = "restored"


@dataclass(frozen=True, kw_only=True, slots=True)
class Once:
    """An id, the digest of what is asked for under it, and the refusal of anything else.

    `earlier` is the digest that earlier versions took of the same request, where it differs.
    """

    kind: str
    key: str
    digest: str
    reused: Conflict
    earlier: str = ""

    @classmethod
    def under(cls, kind: str, key: str, content: Any, reused: Conflict) -> Self:
        """Return the rule for an id of `kind` under which `content` is asked for."""
        return cls(kind=kind, key=key, digest=sha256_hex(encode(content)), reused=reused)

    @property
    def name(self) -> tuple[str, str]:
        """Return what the marker is read by."""
        return self.kind, self.key

    def find_answer(self, snapshot: Snapshot) -> str | None:
        """Return the JSON that was answered under this id, None where it is new.

        Raises
        ------
        Conflict : something else was asked for under it.
        """
        marker = snapshot.markers.get(self.name)
        if marker is None:
            return None
        if marker.request_hash not in {self.digest, self.earlier, RESTORED}:
            raise self.reused
        return marker.answer

    def keep(self, answer: str) -> Marker:
        """Return the marker that keeps the answer."""
        return Marker(kind=self.kind, key=self.key, request_hash=self.digest, answer=answer)
