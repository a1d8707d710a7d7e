"""Place the legs of a planned hedge, each through the gate."""

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from riskgate.app.hedging.plan_hedge import PlannedHedge, plan_hedge
from riskgate.app.ledger.commit_event import Acting, Answered
from riskgate.app.orders.place_in_turn import Placed, Sender, place_in_turn
from riskgate.core.account.stored import ReadRequest
from riskgate.core.errors import Conflict
from riskgate.core.hedging.model import HedgeSpec
from riskgate.core.money import ZERO, plain
from riskgate.core.order import Order, OrderType
from riskgate.schemas.http.answers.hedging import HedgeAnswer, HedgeLegRow, HedgeOutcome, HedgeStatus

#: A plan is not begun later than this after it was made: prices have moved on. One that was begun is finished.
PLAN_AGE_MAX = timedelta(seconds=60)


def hedge_account(
    acting: Acting, account_id: str, spec: HedgeSpec, *, execute: bool, sender: Sender
) -> Answered[HedgeAnswer]:
    """Plan a hedge and, with `execute`, place it.

    Raises Forbidden: not the caller's strategy; else as `plan_hedge` and `place_hedge`.
    """
    acting.require_strategy(spec.strategy)
    planned = plan_hedge(acting, account_id, spec)
    outcomes = place_hedge(acting, planned.value, sender) if execute else None
    replayed = planned.replayed and all(outcome.replayed for outcome in outcomes or ())
    return Answered(describe_hedge(planned.value, outcomes), replayed=replayed)


def place_hedge(acting: Acting, planned: PlannedHedge, sender: Sender) -> tuple[Placed, ...]:
    """Put each order of a plan before the gate, the safer first, and hand what it approves to the worker.

    Orders at venues the gateway holds no key of are decided and reserved; the caller places them. A denied leg does not
    stop the others: each only takes away exposure of its own asset.

    Raises Conflict: the plan is too old to be begun; Transient, OutcomeUnknown: repeat the request, nothing is done
    twice.
    """
    orders = [_order(planned, leg) for leg in planned.body.legs]
    if acting.now - planned.planned_at > PLAN_AGE_MAX:
        names = tuple(order.client_order_id for order in orders)
        if not acting.deps.store.read(ReadRequest(account_id=planned.account_id, client_order_ids=names)).records:
            raise Conflict("this plan has expired: create a new one under another hedge_id", code="HEDGE_PLAN_OUTDATED")
    return tuple(place_in_turn(acting, orders, sender))


def describe_hedge(planned: PlannedHedge, outcomes: Sequence[Placed] | None) -> HedgeAnswer:
    """Return the whole answer: the plan, what became of its orders, and what is left when the approved ones fill.

    There is an outcome per leg; None where the hedge was only planned.
    """
    approved = {outcome.client_order_id for outcome in outcomes or () if outcome.decision == "approved"}
    left = {asset: Decimal(delta) for asset, delta in planned.body.delta_before.items()}
    for leg in planned.body.legs:
        if outcomes is None or leg.client_order_id in approved:
            left[leg.asset] = left.get(leg.asset, ZERO) + Decimal(leg.delta)
    return HedgeAnswer(
        hedge_id=planned.body.hedge_id,
        account_id=planned.account_id,
        status=_status(outcomes),
        plan=planned.body,
        outcomes=[
            HedgeOutcome(client_order_id=o.client_order_id, decision=o.decision, code=o.code) for o in outcomes or ()
        ],
        delta_left={asset: plain(delta) for asset, delta in sorted(left.items())},
    )


def _status(outcomes: Sequence[Placed] | None) -> HedgeStatus:
    if outcomes is None:
        return "planned"
    decisions = {outcome.decision for outcome in outcomes}
    if "pending" in decisions:
        return "incomplete"
    if decisions <= {"approved"}:
        return "placed" if decisions else "nothing_to_do"
    return "partly_placed" if "approved" in decisions else "denied"


def _order(planned: PlannedHedge, leg: HedgeLegRow) -> Order:
    return Order(
        account_id=planned.account_id,
        client_order_id=leg.client_order_id,
        symbol=leg.symbol,
        venue=leg.venue,
        strategy=planned.strategy,
        side=leg.side,
        type=OrderType.MARKET,
        quantity=Decimal(leg.quantity),
        reduce_only=leg.reduces,
        route=leg.route,
        tags=("hedge", planned.body.hedge_id),
    )
