"""Record a deposit or a withdrawal."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, Place, Plan, Step, commit_event
from riskgate.core.account.stored import Marker, ReadRequest, Snapshot
from riskgate.core.errors import Conflict
from riskgate.core.ledger.account_events import TransferRecorded
from riskgate.core.ledger.apply import Result
from riskgate.core.money import plain
from riskgate.schemas.codec import encode, sha256_hex


def record_transfer(
    acting: Acting,
    account_id: str,
    transfer_id: str,
    amount: Decimal,
    executed_at: datetime | None,
    *,
    in_equity: bool = False,
) -> tuple[str, bool]:
    """Account once for a deposit (`amount` > 0) or withdrawal (< 0) in base currency.

    Parameters
    ----------
    in_equity : bool, the last snapshot shows it already.

    Returns
    -------
    The answer's JSON, and whether this transfer_id was recorded earlier.

    Raises
    ------
    NotFound : unknown account. Conflict : the transfer_id was used for another transfer.
    """
    event = TransferRecorded(
        transfer_id=transfer_id, amount=amount, executed_at=executed_at or acting.now, in_equity=in_equity
    )
    # A retry that leaves the time to us must not look like another transfer.
    digest = sha256_hex(encode([transfer_id, amount, executed_at]))

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[tuple[str, bool]]:
        marker = snapshot.markers.get(("TRANSFER", transfer_id))
        if marker is not None:
            if marker.request_hash != digest:
                raise Conflict("this transfer_id was used for another transfer", code="TRANSFER_ID_REUSED")
            return Answered((marker.answer, not maybe_committed))
        snapshot.require_state()

        def effects(result: Result, place: Place) -> tuple[tuple[str, bool], Effects]:
            body = {
                "transfer_id": transfer_id,
                "kind": "deposit" if amount > 0 else "withdrawal",
                "amount": plain(abs(amount)),
                "equity": plain(result.state.equity),
                "state_version": place.state_version,
                "audit_sequence": place.audit_sequence,
            }
            text = encode(body).decode()
            mark = Marker(kind="TRANSFER", key=transfer_id, request_hash=digest, answer=text)
            return (text, False), Effects(answer=body, markers=(mark,))

        return Step(event, effects)

    request = ReadRequest(account_id=account_id, markers=(("TRANSFER", transfer_id),))
    return commit_event(acting, request, plan).value
