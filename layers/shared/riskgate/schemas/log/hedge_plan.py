"""The body of a hedge's plan: what is answered, stored, and proved by the audit log."""

from collections.abc import Collection
from datetime import datetime
from decimal import ROUND_UP, Decimal

from riskgate.core.hedging.model import HedgeLeg, HedgePlan, HedgeSpec, VarianceResult, leg_order_id
from riskgate.core.money import MONEY_MAX, MONEY_QUANTUM, ONE, plain, plain_or_none
from riskgate.core.statements.lots import exact
from riskgate.schemas.http.answers.hedging import HedgeCost, HedgeLegRow, HedgePlanBody, HedgeVariance, PricePointRow

#: How figures are rounded, in every plan: a reader must not have to guess.
ROUNDING = "quantities down to the lot (up for a target), costs and margin up, profit and loss down"


@exact
def plan_body(
    spec: HedgeSpec,
    plan: HedgePlan,
    *,
    routed: Collection[str],
    account_id: str,
    state_version: int,
    audit_sequence: int,
    now: datetime,
) -> HedgePlanBody:
    """Return a plan; `routed` are the venues whose orders the gateway sends itself."""
    return HedgePlanBody(
        hedge_id=spec.hedge_id,
        account_id=account_id,
        mode=spec.mode,
        legs=[_leg_row(spec.hedge_id, number, leg, routed) for number, leg in enumerate(plan.legs, 1)],
        notes=list(plan.notes),
        delta_before={asset: plain(delta) for asset, delta in plan.delta_before.items()},
        delta_after={asset: plain(delta) for asset, delta in plan.delta_after.items()},
        value_before=plain(plan.value_before),
        value_after=plain(plan.value_after),
        cost=HedgeCost(
            fees=plain(plan.fees),
            spread=plain(plan.spread_cost),
            funding=plain(plan.funding_cost),
            total=plain(plan.cost),
        ),
        margin=plain(plan.margin),
        pnl_table=[
            PricePointRow(
                move_fraction=_figure(point.move_fraction),
                unhedged_pnl=plain(point.unhedged_pnl),
                hedged_pnl=plain(point.hedged_pnl),
            )
            for point in plan.table
        ],
        worst_pnl=plain_or_none(plan.worst_pnl),
        locked_pnl=plain_or_none(plan.locked_pnl),
        pnl_at_target=plain_or_none(plan.pnl_at_target),
        target_reached=plan.target_reached,
        variance=None if plan.variance is None else _variance(plan.variance),
        rounding=ROUNDING,
        state_version=state_version,
        audit_sequence=audit_sequence,
        planned_at=now,
    )


def _leg_row(hedge_id: str, number: int, leg: HedgeLeg, routed: Collection[str]) -> HedgeLegRow:
    instrument = leg.market.instrument
    return HedgeLegRow(
        client_order_id=leg_order_id(hedge_id, number),
        venue=instrument.venue,
        symbol=instrument.symbol,
        asset=instrument.base_currency,
        side=leg.side,
        quantity=plain(leg.quantity),
        price=plain(leg.price),
        reduces=leg.reduces,
        route=instrument.venue in routed,
        delta=plain(leg.delta),
        notional=_figure(leg.notional),
        fee=_figure(leg.fee),
    )


def _variance(result: VarianceResult) -> HedgeVariance:
    residual = result.after / result.before if result.before else ONE
    return HedgeVariance(
        hedge_ratio=_figure(result.hedge_ratio),
        before=_figure(result.before),
        after=_figure(result.after),
        optimum=_figure(result.optimum),
        residual_fraction=_figure(residual),
        beta_value_before=_figure(result.beta_value_before),
        beta_value_after=_figure(result.beta_value_after),
    )


def _figure(value: Decimal) -> str:
    """Write a computed figure rounded away from zero: to twelve decimals, or to a whole where it is enormous."""
    return plain(value.quantize(MONEY_QUANTUM if abs(value) < MONEY_MAX else ONE, ROUND_UP))
