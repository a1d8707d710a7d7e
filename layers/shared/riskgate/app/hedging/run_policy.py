"""Hedge an account by its own policy, when a threshold is exceeded."""

from datetime import datetime
from typing import Any

from riskgate.app.account.describe_account import read_account
from riskgate.app.hedging.place_hedge import hedge_account
from riskgate.app.hedging.plan_hedge import HEDGE
from riskgate.app.ledger.commit_event import Acting, Deps
from riskgate.app.orders.place_in_turn import Sender
from riskgate.core.account.stored import ReadRequest
from riskgate.core.errors import Conflict, Unprocessable
from riskgate.core.hedging.policy import Trigger, find_triggers, spec_of
from riskgate.core.money import plain
from riskgate.core.orders.decide import settle

#: Who the audit log names.
ACTOR = "job:hedge"
PLACE = "place"


def auto_hedge(account_id: str, *, deps: Deps, sender: Sender, now: datetime) -> dict[str, Any]:
    """Plan or place the hedge of this interval, where the account's policy asks for one; off by default.

    A hedge of this interval that was begun is finished, also when nothing is exceeded any more.

    Returns `status`: off, idle, unavailable, or that of the hedge; with what set it off. Raises NotFound: unknown
    account; Transient, OutcomeUnknown: run it again, nothing is done twice.
    """
    snapshot, state, stored = read_account(account_id, deps)
    policy = stored.limits.auto_hedge
    if policy is None:
        return {"status": "off"}
    state, _ = settle(state, stored.limits, now)
    exceeded, unmeasured = find_triggers(state, stored.limits, snapshot.report, now)
    body: dict[str, Any] = {"triggers": [_row(trigger) for trigger in exceeded], "unmeasured": list(unmeasured)}
    spec = spec_of(policy, now)
    key = (HEDGE, spec.hedge_id)
    is_known = key in deps.store.read(ReadRequest(account_id=account_id, markers=(key,))).markers
    if not exceeded and not is_known:
        return body | {"status": "idle"}
    try:
        answered = hedge_account(
            Acting(deps=deps, actor=ACTOR, now=now),
            account_id,
            spec,
            execute=policy.action == PLACE,
            sender=sender,
        )
    except (Conflict, Unprocessable) as error:
        # Prices are missing, or this interval's plan was never begun: the next one plans anew.
        return body | {"status": "unavailable", "code": error.code, "detail": error.detail}
    hedge = answered.value
    return body | {"status": hedge.status, "replayed": answered.replayed, "hedge": hedge}


def _row(trigger: Trigger) -> dict[str, str]:
    return {"name": trigger.name, "observed": plain(trigger.observed), "limit": plain(trigger.limit)}
