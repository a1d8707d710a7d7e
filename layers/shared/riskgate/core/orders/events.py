"""Events on the order path: what is decided, closed and filled. Each holds what it takes to repeat its effect."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import ClassVar

from riskgate.core.account.document import OrderStatus
from riskgate.core.figures import RiskReport
from riskgate.core.instrument import Market, Quote
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.money import ZERO
from riskgate.core.order import Fee, Order, StopKeeper

#: Which rules new orders are decided by. What an entry of the log does not name was decided by the first.
RULES = 6


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderDecided:
    """An order to decide, with what was read for it; `marks` are newer prices of the other markets it holds."""

    event_name: ClassVar[str] = "order_decided"
    order: Order
    market: Market
    kill_switches: tuple[KillSwitch, ...]
    report: RiskReport | None = None
    marks: tuple[Quote, ...] = ()
    rules: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class BatchDecided:
    """Orders to decide together: all or none."""

    event_name: ClassVar[str] = "batch_decided"
    legs: tuple[OrderDecided, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderModified:
    """A working order to replace: `order` is the order as it shall be, its quantity what remains to fill."""

    event_name: ClassVar[str] = "order_modified"
    order: Order
    market: Market
    kill_switches: tuple[KillSwitch, ...]
    report: RiskReport | None = None
    marks: tuple[Quote, ...] = ()
    rules: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderClosed:
    """An order that fills no further: cancelled, rejected by the exchange, or expired.

    `leaves_open` marks an exit that ended although nobody asked for that: what it was to close is still held.
    """

    event_name: ClassVar[str] = "order_closed"
    client_order_id: str
    status: OrderStatus
    reason: str = ""
    rules: int = 1
    leaves_open: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class OrderPlaced:
    """An order that rests at its venue, as the bot that placed it says; `exchange_order_id` is the venue's id of it."""

    event_name: ClassVar[str] = "order_placed"
    client_order_id: str
    exchange_order_id: str | None = None
    rules: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Excess:
    """What a venue filled beyond what was approved: `quantity` of the fill, `approved` and `filled` of the whole order.

    `was_denied`: nothing of the order was approved. `in_budget`: the order was sized by what it may spend, and has not
    spent more.
    """

    quantity: Decimal
    approved: Decimal
    filled: Decimal
    was_denied: bool = False
    in_budget: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class FillRecorded:
    """One execution. `price` in quote currency, `fee` in `fee_currency` (default: settle currency), < 0 for a rebate.

    `other_fees` are those of a fill that paid several; `fee_rates` are settle currency per unit of the fees' currencies
    as far as quotes told them at the fill. `excess` tells what of it nobody approved.
    `stopped_by` names what had stopped the order before it was filled, where it added exposure.
    `stop_kept_by` is who holds the stop of an entry, as it was settled with the decision.
    """

    event_name: ClassVar[str] = "fill_recorded"
    order: Order
    fill_id: str
    quantity: Decimal
    price: Decimal
    executed_at: datetime
    market: Market
    decision_price: Decimal
    fee: Decimal = ZERO
    fee_currency: str | None = None
    stop_kept_by: StopKeeper | None = None
    rules: int = 1
    stopped_by: tuple[str, ...] = ()
    other_fees: tuple[Fee, ...] = ()
    fee_rates: dict[str, Decimal] = field(default_factory=dict)
    excess: Excess | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class StopMoved:
    """A position's stop is wanted elsewhere (market key, prices in quote currency), with what was read for it."""

    event_name: ClassVar[str] = "stop_moved"
    key: str
    stop_loss_price: Decimal
    kept_by: StopKeeper
    market: Market
    kill_switches: tuple[KillSwitch, ...]
    take_profit_price: Decimal | None = None
