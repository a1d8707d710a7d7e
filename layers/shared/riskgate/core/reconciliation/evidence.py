"""How a disagreement about an order is put down: the evidence of both sides, what is at issue, what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from riskgate.core.account.breaks import BreakKind, Finding
from riskgate.core.account.stored import OrderRecord
from riskgate.core.instrument import market_key
from riskgate.core.money import ZERO, plain
from riskgate.core.reconciliation.match import OwnBook, VenueBook
from riskgate.core.venues.model import VenueOrder, VenueTrade

LOOK_UP = "look the order up at the venue; the order worker settles it when the venue answers"
CLOSE_IT = "at the venue, cancel the order and close what it traded; revoke the key that placed it"


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueSide:
    """What a venue has of one of our orders: one order per revision, and the fills that were read."""

    orders: tuple[VenueOrder, ...]
    trades: tuple[VenueTrade, ...]

    @property
    def filled(self) -> Decimal:
        """Return what is filled over all revisions."""
        return sum((order.filled_quantity for order in self.orders), ZERO)

    @property
    def average_price(self) -> Decimal | None:
        """Return the average price over all revisions, None where the venue does not tell one."""
        filled = [order for order in self.orders if order.filled_quantity]
        if not filled or any(order.average_price is None for order in filled):
            return None
        notional = sum((order.filled_quantity * (order.average_price or ZERO) for order in filled), ZERO)
        return notional / self.filled

    @property
    def is_open(self) -> bool:
        """Tell whether some of it may still fill."""
        return any(not order.status.is_final for order in self.orders)

    @property
    def last(self) -> VenueOrder:
        """Return the order of the latest revision."""
        return max(
            self.orders, key=lambda order: (order.created_at is not None, order.created_at, not order.status.is_final)
        )


def describe_order(
    kind: BreakKind,
    own: OwnBook,
    record: OrderRecord,
    side: VenueSide | None,
    action: str,
    *,
    quantity: Decimal = ZERO,
    price: Decimal | None = None,
    money: Decimal | None = None,
    fees: tuple[dict[str, Decimal], dict[str, Decimal]] | None = None,
) -> Finding:
    """Build a finding about one of our orders; `price` values the quantity where it is not the decision's."""
    ours = {
        "status": record.status.value,
        "quantity": plain(record.quantity),
        "filled_quantity": plain(record.filled_quantity),
        "updated_at": record.updated_at.isoformat(),
    }
    theirs = {}
    if record.filled_quantity:
        ours["average_price"] = _short(record.filled_notional / record.filled_quantity)
    if side is not None:
        theirs = {
            "status": side.last.status.value,
            "filled_quantity": plain(side.filled),
            "exchange_order_ids": " ".join(sorted(order.exchange_order_id for order in side.orders)),
        }
        average = side.average_price
        theirs |= {} if average is None else {"average_price": _short(average)}
    if fees is not None:
        ours["fees"], theirs["fees"] = (" ".join(f"{plain(v)} {k}" for k, v in sorted(f.items())) for f in fees)
    name, market = record.order.client_order_id, record.order.key
    return Finding(
        kind=kind,
        venue=record.order.venue,
        subject=f"order {name}",
        market=market,
        client_order_id=name,
        ours=ours,
        theirs=theirs,
        mark=" ".join(f"{k}={v}" for k, v in (*sorted(ours.items()), *sorted(theirs.items())) if k != "updated_at"),
        action=action,
        money=money if money is not None or fees is not None
        else own.value(market, quantity, record.decision_price if price is None else price),
    )  # fmt: skip


def describe_rogue(
    book: VenueBook, own: OwnBook, why: str | None, orders: Sequence[VenueOrder], trades: Sequence[VenueTrade]
) -> Finding:
    """Build the finding about an order that the gateway did not let through."""
    one: VenueOrder | VenueTrade = orders[0] if orders else trades[0]
    record = own.record_of(one.client_order_id, one.symbol, one.exchange_order_id)
    market = market_key(book.venue, one.symbol)
    quantity = sum((trade.quantity for trade in trades), ZERO)
    price: Decimal | None = trades[0].price if trades else None
    theirs = {"exchange_order_id": one.exchange_order_id, "symbol": one.symbol, "side": one.side.value}
    if orders:
        order = orders[0]
        quantity = order.filled_quantity or order.quantity
        price = order.average_price or order.limit_price or order.trigger_price or price
        theirs |= {
            "client_order_id": order.client_order_id or "",
            "status": order.status.value,
            "quantity": plain(order.quantity),
            "filled_quantity": plain(order.filled_quantity),
        }
        theirs |= {"created_at": order.created_at.isoformat()} if order.created_at is not None else {}
    else:
        theirs["filled_quantity"] = plain(quantity)
    ours = {"reason": why or "the gateway knows no such order"}
    if record is not None:
        ours |= {"client_order_id": record.order.client_order_id, "status": record.status.value}
    return Finding(
        kind=BreakKind.ROGUE_ORDER,
        venue=book.venue,
        subject=f"order {one.symbol} {one.exchange_order_id}",
        market=market,
        client_order_id=record.order.client_order_id if record is not None else "",
        ours=ours,
        theirs=theirs,
        mark=f"filled {theirs['filled_quantity']}",  # that it ends without trading is no news
        action=CLOSE_IT,
        money=own.value(market, quantity, price),
    )


def _short(value: Decimal) -> str:
    return plain(value.quantize(Decimal("1e-8")))
