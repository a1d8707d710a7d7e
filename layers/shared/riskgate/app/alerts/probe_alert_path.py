"""Send a synthetic alert on its way: from the audit log, over stream and queue, to the messenger."""

from datetime import datetime

from riskgate.app.ledger.commit_event import Acting, Deps, Effects
from riskgate.app.ledger.gateway_chain import append_to_gateway_chain
from riskgate.core.ledger.gateway_events import AlertPathProbed

ACTOR = "job:alert-probe"


def probe_alert_path(probe_id: str, *, deps: Deps, now: datetime) -> None:
    """Write the probe into the gateway's log; the notifier reports its arrival.

    Raises Contention, Transient, OutcomeUnknown: it may not have been written.
    """
    append_to_gateway_chain(
        Acting(deps=deps, actor=ACTOR, now=now), AlertPathProbed(probe_id=probe_id), lambda _: Effects()
    )
