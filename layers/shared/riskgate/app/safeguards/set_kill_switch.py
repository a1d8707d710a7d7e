"""Engage or release a kill switch: the flag itself, and its entry in the gateway's log.

No account is visited: every approval's transaction makes sure that the guard it was decided under is still the same
(see `commit_event`), so none follows the guards. The control table's stream brings accounts and venues along, whoever
wrote the flag, and the guards where nobody else did (see `carry_out_change`).
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence

from riskgate.app.ledger.commit_event import Acting, Deps, Effects, backoff, look_again
from riskgate.app.ledger.gateway_chain import append_to_gateway_chain, change_marker
from riskgate.core.errors import Contention, GatewayError, Transient, VersionConflict
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.safeguards.events import KillSwitchChanged
from riskgate.observability import logger
from riskgate.schemas.http.answers.safeguards import KillSwitchAnswer

KILL_SWITCH_LOG_LEFT = "kill_switch_log_left_to_the_stream"


def set_kill_switch(acting: Acting, flag: KillSwitch, *, cancel_open_orders: bool) -> KillSwitchAnswer:
    """Write the flag: once this returns, nothing it covers is approved any more, or is again.

    Raises Transient, Contention: the flag may not be set; repeating the call is safe.
    """
    change_id = secrets.token_hex(16)
    version = write_kill_switch(acting, flag, cancel_open_orders=cancel_open_orders, change_id=change_id)
    body = KillSwitchAnswer(
        scope=flag.scope,
        key=flag.key or None,
        engaged=bool(flag.engaged),
        reason=flag.reason,
        cancel_open_orders=cancel_open_orders,
        updated_at=acting.now,
        accounts=[],
        version=version,
        change_id=change_id,
    )
    event = KillSwitchChanged.of(flag, cancel_open_orders=cancel_open_orders)
    once = change_marker(change_id, written_as(flag, version))
    try:
        append_to_gateway_chain(acting, event, lambda _: Effects(answer=body), once=once)
    except GatewayError as error:
        # The flag acts: that is what the caller must hear. The stream writes the entry.
        logger.warning(KILL_SWITCH_LOG_LEFT, code=error.code, detail=error.detail, change_id=change_id)
    return body


def write_kill_switch(acting: Acting, flag: KillSwitch, *, cancel_open_orders: bool, change_id: str = "") -> int:
    """Write a flag's item, then the guards that approvals are held against; return the item's new version.

    `change_id`: of a change that the caller logs itself; without one the stream does. Raises Contention, too, where
    somebody engaged the flag while it was being released: a release is never tried again over a newer stop.
    """
    flags, seen = acting.deps.store.kill_switches, None
    if flag.engaged is False:
        stored = flags.get(flag.scope, flag.key)
        seen = stored.version if stored is not None else 0

    def put() -> int:
        return flags.put(
            flag,
            cancel_open_orders=cancel_open_orders,
            now=acting.now,
            actor=acting.actor,
            change_id=change_id,
            seen=seen,
        )

    version = _until_won(acting.deps, put)
    put_guards(acting.deps, flags.list_shards(flag.scope, flag.key))
    return version


def put_guards(deps: Deps, shards: Sequence[int], *, stale_alone: bool = False) -> int:
    """Let guards say what the flags say now, and return how many were written.

    `stale_alone`: not those that say it already. That is enough for whoever found a flag, but not for whoever has just
    written it and answers for it: another's write may be under way, of what the flags said before.
    """
    left, done = shards, 0

    def put() -> int:
        nonlocal left, done
        written, left = deps.store.kill_switches.put_guards(left, stale_alone=stale_alone)
        done += len(written)
        if left:
            raise VersionConflict("a guard was written by somebody else, or a decision is being held against it")
        return done

    return _until_won(deps, put)


def _until_won[T](deps: Deps, write: Callable[[], T]) -> T:
    """Write until no decision and no other writer is in the way, or until time is up.

    Approvals that the switch does not cover go on meanwhile, each by the same guard: no number of races lost to them is
    enough to give up, and none makes us wait longer.
    """
    deadline, attempt = deps.monotonic() + deps.deadline_seconds, 0
    failure: Transient | None = None
    while failure is None or deps.monotonic() <= deadline:
        attempt += 1
        try:
            return write()
        except VersionConflict:
            failure = Contention()
            look_again(deps)
        except Contention:
            # Not a race to be run again: what was to be overwritten is another one now.
            raise
        except Transient as error:
            failure = error
            backoff(deps, attempt)
    raise failure


def written_as(flag: KillSwitch, version: int) -> str:
    """Return what a route's entry vouches for: this version of this flag."""
    return f"{flag.scope} {flag.key} {version}"
