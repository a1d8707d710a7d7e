"""Record a deposit or a withdrawal."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.ledger.once import Once
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.errors import Conflict
from riskgate.core.ledger.account_events import TransferRecorded
from riskgate.core.ledger.apply import Result
from riskgate.core.money import plain
from riskgate.schemas.codec import decode, encode
from riskgate.schemas.http.answers.account import TransferAnswer


def record_transfer(
    acting: Acting,
    account_id: str,
    transfer_id: str,
    amount: Decimal,
    executed_at: datetime | None,
    *,
    in_equity: bool = False,
) -> Answered[TransferAnswer]:
    """Account once for a deposit (`amount` > 0) or withdrawal (< 0) in base currency.

    Parameters
    ----------
    in_equity : bool, the last snapshot shows it already.

    Raises
    ------
    NotFound : unknown account. Conflict : the transfer_id was used for another transfer.
    """
    event = TransferRecorded(
        transfer_id=transfer_id, amount=amount, executed_at=executed_at or acting.now, in_equity=in_equity
    )
    # A retry that leaves the time to us must not look like another transfer.
    reused = Conflict("this transfer_id belongs to another transfer", code="TRANSFER_ID_REUSED")
    once = Once.under("TRANSFER", transfer_id, [transfer_id, amount, executed_at], reused)

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[TransferAnswer]:
        known = once.find_answer(snapshot)
        if known is not None:
            return Answered(decode(known, TransferAnswer), replayed=not maybe_committed)
        snapshot.require_state()

        def effects(result: Result, place: LogPlace) -> tuple[TransferAnswer, Effects]:
            body = TransferAnswer(
                transfer_id=transfer_id,
                kind="deposit" if amount > 0 else "withdrawal",
                amount=plain(abs(amount)),
                equity=plain(result.state.equity),
                state_version=place.state_version,
                audit_sequence=place.audit_sequence,
            )
            return body, Effects(answer=body, markers=(once.keep(encode(body).decode()),))

        return Step(event, effects)

    request = ReadRequest(account_id=account_id, markers=(once.name,))
    return commit_event(acting, request, plan)
