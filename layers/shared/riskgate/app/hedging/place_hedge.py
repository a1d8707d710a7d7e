"""Place the legs of a planned hedge, each through the gate."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any

from riskgate.app.hedging.plan_hedge import PlannedHedge, plan_hedge
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.orders.hand_over import hand_over
from riskgate.app.orders.permits import PermitSource
from riskgate.app.orders.submit_order import DecisionNotActionable, submit_order
from riskgate.app.ports.queue import Queue
from riskgate.core.account.stored import ReadRequest
from riskgate.core.errors import Conflict
from riskgate.core.hedging.model import HedgeSpec
from riskgate.core.money import ZERO, plain
from riskgate.core.order import Order, OrderType
from riskgate.core.side import Side
from riskgate.schemas.codec import decode
from riskgate.schemas.messages.order import MessageKind

#: A plan is not begun later than this after it was made: prices have moved on. One that was begun is finished.
PLAN_AGE_MAX = timedelta(seconds=60)

#: No further order is begun later than this after the first: the caller repeats the request for the rest.
LEGS_SECONDS_MAX = 1.5


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What became of one leg: approved, denied, ended (approved once, works no longer) or pending."""

    client_order_id: str
    decision: str
    code: str | None = None
    replayed: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Sender:
    """What sends approved orders: permits, the worker's queue, and the request it is for."""

    permits: PermitSource
    queue: Callable[[], Queue]
    correlation_id: str = ""


def hedge_account(
    acting: Acting, account_id: str, spec: HedgeSpec, *, execute: bool, sender: Sender
) -> tuple[dict[str, Any], bool]:
    """Plan a hedge and, with `execute`, place it.

    Returns
    -------
    The answer, and whether nothing happened now that had not happened before.

    Raises
    ------
    As `plan_hedge` and `place_hedge`.
    """
    planned = plan_hedge(acting, account_id, spec)
    if not execute:
        return describe_hedge(planned, None), planned.replayed
    outcomes = place_hedge(acting, planned, sender=sender)
    return describe_hedge(planned, outcomes), planned.replayed and all(outcome.replayed for outcome in outcomes)


def place_hedge(acting: Acting, planned: PlannedHedge, *, sender: Sender) -> tuple[Outcome, ...]:
    """Put each order of a plan before the gate, the safer first, and hand what it approves to the worker.

    Orders at venues the gateway holds no key of are decided and reserved; the caller places them. A denied leg does not
    stop the others: each only takes away exposure of its own asset.

    Raises
    ------
    Conflict : the plan is too old to be begun. Transient, OutcomeUnknown : repeat the request, nothing is done twice.
    """
    orders = [_order(planned, leg) for leg in planned.body["legs"]]
    if planned.replayed and acting.now - planned.planned_at > PLAN_AGE_MAX:
        names = tuple(order.client_order_id for order in orders)
        if not acting.deps.store.read(ReadRequest(account_id=planned.account_id, client_order_ids=names)).records:
            raise Conflict("this plan is too old to begin with: plan anew under another id", code="HEDGE_PLAN_OUTDATED")

    def decide() -> Iterator[Outcome]:
        started = acting.deps.monotonic()
        for order in orders:
            if acting.deps.monotonic() - started > LEGS_SECONDS_MAX:
                yield Outcome(client_order_id=order.client_order_id, decision="pending")
                continue
            try:
                answer = submit_order(acting, order, permits=sender.permits)
            except DecisionNotActionable as error:
                yield Outcome(client_order_id=order.client_order_id, decision="ended", code=error.code, replayed=True)
                continue
            hand_over(
                acting,
                answer,
                MessageKind.SUBMIT,
                queue=sender.queue,
                correlation_id=sender.correlation_id,
            )
            decided = decode(answer.body, dict)
            yield Outcome(
                client_order_id=order.client_order_id,
                decision=decided["decision"],
                code=decided["code"],
                replayed=answer.replayed,
            )

    return tuple(decide())


def describe_hedge(planned: PlannedHedge, outcomes: Sequence[Outcome] | None) -> dict[str, Any]:
    """Return the whole answer: the plan, what became of its orders, and what is left when the approved ones fill.

    Parameters
    ----------
    outcomes : one per leg, None where the hedge was only planned.
    """
    approved = {outcome.client_order_id for outcome in outcomes or () if outcome.decision == "approved"}
    left = {asset: Decimal(delta) for asset, delta in planned.body["delta_before"].items()}
    for leg in planned.body["legs"]:
        if outcomes is None or leg["client_order_id"] in approved:
            left[leg["asset"]] = left.get(leg["asset"], ZERO) + Decimal(leg["delta"])
    return {
        "hedge_id": planned.body["hedge_id"],
        "account_id": planned.account_id,
        "status": _status(outcomes),
        "plan": planned.body,
        "outcomes": [
            {"client_order_id": o.client_order_id, "decision": o.decision, "code": o.code} for o in outcomes or ()
        ],
        "delta_left": {asset: plain(delta) for asset, delta in sorted(left.items())},
    }


def _status(outcomes: Sequence[Outcome] | None) -> str:
    if outcomes is None:
        return "planned"
    decisions = {outcome.decision for outcome in outcomes}
    if "pending" in decisions:
        return "incomplete"
    if decisions <= {"approved"}:
        return "placed" if decisions else "nothing_to_do"
    return "partly_placed" if "approved" in decisions else "denied"


def _order(planned: PlannedHedge, leg: dict[str, Any]) -> Order:
    return Order(
        account_id=planned.account_id,
        client_order_id=leg["client_order_id"],
        symbol=leg["symbol"],
        venue=leg["venue"],
        strategy=planned.strategy,
        side=Side(leg["side"]),
        type=OrderType.MARKET,
        quantity=Decimal(leg["quantity"]),
        reduce_only=leg["reduces"],
        route=leg["route"],
        tags=("hedge", planned.body["hedge_id"]),
    )
