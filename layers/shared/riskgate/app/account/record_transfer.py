"""Record a deposit or a withdrawal."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.ledger.once import Once
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.account.transfers import CLOCK_SKEW
from riskgate.core.errors import Conflict
from riskgate.core.ledger.account_events import TransferRecorded
from riskgate.core.ledger.apply import Result
from riskgate.core.money import plain
from riskgate.core.orders.events import RULES
from riskgate.schemas.codec import decode, encode
from riskgate.schemas.http.answers.account import TransferAnswer


def record_transfer(
    acting: Acting,
    account_id: str,
    transfer_id: str,
    amount: Decimal,
    executed_at: datetime | None,
    *,
    in_equity: bool | None = None,
) -> Answered[TransferAnswer]:
    """Account once for a deposit (`amount` > 0) or withdrawal (< 0) in base currency, before or after a snapshot.

    Parameters
    ----------
    in_equity : bool, whether the last snapshot shows it already; None where nobody knows. One made after it is new.

    Raises
    ------
    NotFound : unknown account. Conflict : the transfer_id was used for another transfer.
    """
    # A retry that leaves the time to us must not look like another transfer.
    reused = Conflict("this transfer_id belongs to another transfer", code="TRANSFER_ID_REUSED")
    once = Once.under("TRANSFER", transfer_id, [transfer_id, amount, executed_at], reused)

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[TransferAnswer]:
        known = once.find_answer(snapshot)
        if known is not None:
            return Answered(decode(known, TransferAnswer), replayed=not maybe_committed)
        seen_at = snapshot.require_state().last_seen_at
        event = TransferRecorded(
            transfer_id=transfer_id,
            amount=amount,
            executed_at=executed_at or acting.now,
            in_equity=in_equity is True,
            is_new=in_equity is False or (executed_at is not None and executed_at > seen_at + CLOCK_SKEW),
            rules=RULES,
        )

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
