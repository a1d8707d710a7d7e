"""Take down a strategy's sign of life, or that it promises none any more."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import asdict

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.safeguards.describe_safeguards import heartbeat_row
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.errors import NotFound
from riskgate.core.ledger.apply import Result
from riskgate.core.safeguards.events import HeartbeatEnded, HeartbeatReceived
from riskgate.core.safeguards.heartbeats import choose_interval, needs_recording
from riskgate.schemas.http.answers.safeguards import HeartbeatAnswer, HeartbeatEndedAnswer


def record_heartbeat(acting: Acting, account_id: str, strategy: str, interval_seconds: int) -> HeartbeatAnswer:
    """Record a beat where it changes anything but a time; the answer says when the next is due.

    A promise longer than what is registered for the strategy is cut to that.

    Raises
    ------
    Forbidden : not the caller's strategy. NotFound : unknown account. Conflict : too many strategies promise heartbeats
    already.
    """
    acting.require_strategy(strategy)

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[HeartbeatAnswer]:
        state = snapshot.require_state()
        known = snapshot.limits
        interval = choose_interval(known.limits, strategy, interval_seconds) if known else interval_seconds
        if not needs_recording(state, strategy, interval, acting.now):
            return Answered(_body(state, strategy, acting.now, recorded=maybe_committed))

        def effects(result: Result, _place: LogPlace) -> tuple[HeartbeatAnswer, Effects]:
            body = _body(result.state, strategy, acting.now, recorded=True)
            return body, Effects(answer=body)

        return Step(HeartbeatReceived(strategy=strategy, interval_seconds=interval_seconds), effects)

    return commit_event(acting, ReadRequest(account_id=account_id), plan).value


def end_heartbeat(acting: Acting, account_id: str, strategy: str) -> HeartbeatEndedAnswer:
    """Release a strategy from its promise.

    Raises
    ------
    Forbidden : not the caller's strategy. NotFound : unknown account, or the strategy promised nothing.
    """
    acting.require_strategy(strategy)

    def plan(snapshot: Snapshot, maybe_committed: bool) -> Plan[HeartbeatEndedAnswer]:
        state = snapshot.require_state()
        body = HeartbeatEndedAnswer(strategy=strategy, trading_state=state.trading_state)
        if strategy not in state.heartbeats:
            if maybe_committed:
                return Answered(body)
            raise NotFound("this strategy has no heartbeat to end", code="HEARTBEAT_NOT_FOUND")

        def effects(_result: Result, _place: LogPlace) -> tuple[HeartbeatEndedAnswer, Effects]:
            return body, Effects(answer=body)

        return Step(HeartbeatEnded(strategy=strategy), effects)

    return commit_event(acting, ReadRequest(account_id=account_id), plan).value


def _body(state: AccountState, strategy: str, now: datetime, *, recorded: bool) -> HeartbeatAnswer:
    row = heartbeat_row(strategy, state.heartbeats[strategy], now)
    return HeartbeatAnswer(**asdict(row), recorded=recorded, trading_state=state.trading_state)
