"""What the order worker answers when a function asks it for one message and waits, instead of by the queue."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from riskgate.core.account.document import OrderStatus


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkedFill:
    """One fill that was accounted for meanwhile, as the venue lists it."""

    trade_id: str
    quantity: Decimal
    price: Decimal
    fee: Decimal
    fee_currency: str
    is_maker: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkedOrder:
    """An order as the worker left it: amounts as in `OrderRecord`, `rejected_as` the venue's own code of a refusal."""

    client_order_id: str
    order_id: str
    status: OrderStatus
    quantity: Decimal
    filled_quantity: Decimal
    filled_notional: Decimal
    updated_at: datetime
    exchange_order_id: str = ""
    reason: str = ""
    rejected_as: str = ""
    fills: tuple[WorkedFill, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Worked:
    """The worker's answer. `done` False: it is to be asked again, by the queue, since it failed with `code`."""

    done: bool
    order: WorkedOrder | None = None
    code: str = ""
