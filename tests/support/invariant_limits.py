"""I1: the limits of an account measured by a plain sum over its book, without the engine's running totals."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from riskgate.core.account.document import AccountState, WorkingOrder
from riskgate.core.account.shares import parts_of
from riskgate.core.limits import Limits
from riskgate.core.money import ZERO, with_risk_context

#: A reservation is written with 12 decimals, rounded against the trader.
TOLERANCE = Decimal("1e-6")


@with_risk_context
def list_exceeded(state: AccountState, limits: Limits, client_order_id: str) -> list[str]:
    """Return every limit that the book exceeds right after the order's approval, if that added exposure."""
    added = state.working_orders.get(client_order_id)
    if added is None or not added.increasing_quantity or state.equity <= 0:
        return []
    legs = _sum_legs(state)
    market = legs[added.key]
    gross = sum((leg.gross for leg in legs.values()), ZERO)
    fractions = {
        "position_size_fraction_max": market.gross,
        "order_notional_fraction_max": added.increasing_quantity * added.unit_notional,
        "gross_exposure_fraction_max": gross,
        "leverage_max": gross,
        "net_delta_fraction_max": _worst_net(legs),
        "sector_fraction_max": sum((leg.gross for leg in legs.values() if leg.sector == market.sector), ZERO),
        "asset_fraction_max": sum((leg.gross for leg in legs.values() if leg.asset == market.asset), ZERO),
        "strategy_fraction_max": _sum_strategy(state, added.strategy),
        "risk_per_trade_fraction_max": added.increasing_quantity * added.unit_risk,
    }
    if _hedges(state, added):
        del fractions["risk_per_trade_fraction_max"]
    amounts = {name: (value / state.equity, getattr(limits, name)) for name, value in fractions.items()}
    amounts["open_positions_max"] = (Decimal(sum(leg.gross > 0 for leg in legs.values())), limits.open_positions_max)
    amounts["daily_trades_max"] = (Decimal(state.day.approved_orders), limits.daily_trades_max)
    return [
        f"{name} is {observed}, above {limit}"
        for name, (observed, limit) in amounts.items()
        if limit is not None and observed > limit + TOLERANCE
    ]


@dataclass(kw_only=True)
class _Leg:
    asset: str = ""
    sector: str = ""
    value: Decimal = ZERO
    buys: Decimal = ZERO
    sells: Decimal = ZERO

    @property
    def gross(self) -> Decimal:
        return max(max(self.value, ZERO) + self.buys, max(-self.value, ZERO) + self.sells)

    def add(self, order: WorkingOrder) -> None:
        notional = order.increasing_quantity * order.unit_notional
        if order.side.sign > 0:
            self.buys += notional
        else:
            self.sells += notional


def _sum_legs(state: AccountState) -> dict[str, _Leg]:
    legs = {
        key: _Leg(asset=position.asset, sector=position.sector or "unknown", value=position.value)
        for key, position in state.positions.items()
    }
    for order in state.working_orders.values():
        leg = legs.setdefault(order.key, _Leg())
        leg.asset, leg.sector = order.asset, order.sector or "unknown"
        leg.add(order)
    return legs


def _hedges(state: AccountState, added: WorkingOrder) -> bool:
    """Tell whether all that works on the order's side of its asset, filled, leaves what is held on its own side."""
    held = sum((p.value for p in state.positions.values() if p.asset == added.asset), ZERO)
    side = [o for o in state.working_orders.values() if (o.asset, o.side) == (added.asset, added.side)]
    after = held + added.side.sign * sum((o.quantity * o.unit_notional for o in side), ZERO)
    return held * added.side.sign < 0 and after * held >= 0


def _worst_net(legs: dict[str, _Leg]) -> Decimal:
    net = sum((leg.value for leg in legs.values()), ZERO)
    buys = sum((leg.buys for leg in legs.values()), ZERO)
    sells = sum((leg.sells for leg in legs.values()), ZERO)
    return max(abs(net + buys), abs(net - sells))


def _sum_strategy(state: AccountState, strategy: str) -> Decimal:
    held = [
        abs(position.value) * parts_of(position, state.position_parts.get(key)).get(strategy, ZERO) / position.quantity
        for key, position in state.positions.items()
        if position.quantity
    ]
    orders = [order for order in state.working_orders.values() if order.strategy == strategy]
    return sum(held, ZERO) + sum((order.increasing_quantity * order.unit_notional for order in orders), ZERO)
