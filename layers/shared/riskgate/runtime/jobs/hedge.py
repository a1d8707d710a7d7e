"""What the hedge function needs beyond `wiring`, and how it answers and counts."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from riskgate.app.hedging.run_policy import auto_hedge
from riskgate.app.ledger.commit_event import Answered
from riskgate.app.orders.place_in_turn import Sender
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.runtime import wiring
from riskgate.runtime.api.replies import Reply
from riskgate.runtime.clock import utc_now
from riskgate.runtime.tracing import run_trace_id
from riskgate.schemas.http.answers.hedging import HedgeAnswer

HEDGE_ANSWERED = "hedge_answered"
HEDGE_POLICY_RUN = "hedge_policy_run"
#: A tick comes every five minutes: an older message has a newer one behind it.
AGE_SECONDS_MAX = 240


def sender() -> Sender:
    """Return what sends a request's orders."""
    return Sender(permits=wiring.permits, queue=wiring.queue)


def hedge_reply(answered: Answered[HedgeAnswer]) -> Reply[HedgeAnswer]:
    """Return 201 where something was planned or decided now, else 200."""
    if not answered.replayed:
        observe(answered.value)
    return Reply.created(answered)


def observe(body: HedgeAnswer) -> None:
    """Log a hedge and count its orders."""
    decisions = [outcome.decision for outcome in body.outcomes]
    logger.info(HEDGE_ANSWERED, hedge_id=body.hedge_id, status=body.status, legs=len(body.plan.legs))
    metrics.add_metric(name="HedgesAnswered", unit=MetricUnit.Count, value=1)
    metrics.add_metric(name="HedgeLegsApproved", unit=MetricUnit.Count, value=decisions.count("approved"))
    metrics.add_metric(name="HedgeLegsDenied", unit=MetricUnit.Count, value=decisions.count("denied"))


def run_policy(account_id: str, _requested_at: datetime, context: LambdaContext) -> dict[str, Any]:
    """Hedge one account by its policy and return what became of it."""
    deps = replace(wiring.deps(), trace_id=run_trace_id(context))
    result = auto_hedge(account_id, deps=deps, sender=sender(), now=utc_now())
    status, hedge = result["status"], result.get("hedge")
    logger.info(HEDGE_POLICY_RUN, account_id=account_id, status=status, code=result.get("code"))
    if status == "unavailable":
        metrics.add_metric(name="HedgePoliciesBlocked", unit=MetricUnit.Count, value=1)
    if hedge is not None and not result["replayed"]:
        observe(hedge)
        name = "HedgesProposed" if status == "planned" else "HedgesPlaced"
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
    return result
