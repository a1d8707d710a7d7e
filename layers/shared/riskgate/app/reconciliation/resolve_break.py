"""Close a break on a person's word."""

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.reconciliation.describe_reconciliation import closed_row
from riskgate.core.account.breaks import ClosedBreak
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.errors import NotFound
from riskgate.core.ledger.apply import Result
from riskgate.core.reconciliation.events import BreakResolved
from riskgate.schemas.http.answers.reconciliation import BreakResolvedAnswer


def resolve_break(acting: Acting, account_id: str, break_id: str, reason: str) -> BreakResolvedAnswer:
    """Close one break; it opens again when what disagrees changes. Raises NotFound: no such account or open break."""

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[BreakResolvedAnswer]:
        state = snapshot.require_state()
        if break_id not in state.reconciliation.open:
            closed = _find_closed(state, break_id)
            if maybe_committed and closed is not None and (closed.who, closed.why) == (acting.actor, reason):
                return Answered(_body(state, closed))
            raise NotFound("no such open break", code="BREAK_NOT_FOUND")

        def effects(result: Result, _place: LogPlace) -> tuple[BreakResolvedAnswer, Effects]:
            closed = _find_closed(result.state, break_id)
            assert closed is not None  # noqa: S101 the event has just closed it
            body = _body(result.state, closed)
            return body, Effects(answer=body)

        return Step(BreakResolved(break_id=break_id, reason=reason, who=acting.actor), effects)

    return commit_event(acting, ReadRequest(account_id=account_id), plan).value


def _find_closed(state: AccountState, break_id: str) -> ClosedBreak | None:
    closed = [item for item in state.reconciliation.closed if item.finding.break_id == break_id]
    return closed[-1] if closed else None


def _body(state: AccountState, closed: ClosedBreak) -> BreakResolvedAnswer:
    return BreakResolvedAnswer(
        closed=closed_row(closed),
        open=len(state.reconciliation.open),
        trading_state=state.trading_state,
        breakers=sorted(state.breakers),
    )
