"""ccxt's rows as the core's types: exact, complete, or refused.

A row that holds a float, NaN, a text that is no number, or lacks what must be known raises VenueAnswerInvalid: a
part that was guessed could be traded on.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from riskgate.core.account.document import OrderStatus
from riskgate.core.errors import VenueAnswerInvalid
from riskgate.core.money import ZERO
from riskgate.core.order import Fee, OrderType, TimeInForce, sum_by_currency
from riskgate.core.side import Side
from riskgate.core.venues.model import (
    LiquidityRole,
    NewVenueOrder,
    TransferKind,
    TransferStatus,
    VenueBalance,
    VenueOrder,
    VenuePosition,
    VenueTrade,
    VenueTransfer,
)

type Row = Mapping[str, Any]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile(r"[-+]?(\d{1,60}(\.\d{0,60})?|\.\d{1,60})([eE][-+]?\d{1,2})?", re.ASCII)
_INTEGER = re.compile(r"\d{1,16}", re.ASCII)
# ccxt's words for statuses; `closed` is decided by what was filled.
_STATUSES = {
    "canceled": OrderStatus.CANCELLED,
    "cancelled": OrderStatus.CANCELLED,
    "rejected": OrderStatus.REJECTED,
    # Gate's words for what ended an order before it was filled, which ccxt passes on.
    **dict.fromkeys(
        ("auto_deleveraged", "depth_not_enough", "fok", "liquidate_cancelled", "poc", "position_closed",
         "price_protect_cancelled", "reduce_only", "reduce_out", "small", "stp", "trader_not_enough"),
        OrderStatus.CANCELLED,
    ),
}  # fmt: skip
_LIVE = frozenset({"open", "canceling"})
_IMMEDIATE = frozenset({TimeInForce.IOC, TimeInForce.FOK})
_TRANSFER_STATUSES = {
    "ok": TransferStatus.OK,
    "pending": TransferStatus.PENDING,
    "failed": TransferStatus.FAILED,
    "canceled": TransferStatus.CANCELLED,
}


def invalid(what: str) -> VenueAnswerInvalid:
    """Return the error for an answer in which something is wrong."""
    return VenueAnswerInvalid(f"the exchange's answer has no usable {what}")


def to_decimal(value: object, name: str) -> Decimal:
    """Read a number as it was sent; floats have lost digits already and are refused."""
    exact = isinstance(value, str | int | Decimal) and not isinstance(value, bool)
    text = str(value) if exact else ""
    if not _NUMBER.fullmatch(text):
        raise invalid(name)
    return Decimal(text)


def to_optional_decimal(value: object, name: str) -> Decimal | None:
    """Read a number that may be absent."""
    return None if value is None else to_decimal(value, name)


def to_positive(value: object, name: str) -> Decimal | None:
    """Read a price or bound for which venues write zero when there is none."""
    number = to_optional_decimal(value, name)
    return number if number is not None and number > ZERO else None


def to_instant(value: object, name: str) -> datetime:
    """Read milliseconds since the epoch as an instant in UTC."""
    if isinstance(value, bool) or not isinstance(value, int | str) or not _INTEGER.fullmatch(str(value)):
        raise invalid(name)
    return _EPOCH + timedelta(milliseconds=int(value))


def to_optional_instant(value: object, name: str) -> datetime | None:
    """Read an instant that may be absent; venues also write zero."""
    return None if value is None or value == 0 else to_instant(value, name)


def to_milliseconds(at: datetime) -> int:
    """Write an instant as whole milliseconds since the epoch, rounded down."""
    return (at - _EPOCH) // timedelta(milliseconds=1)


def to_text(value: object, name: str) -> str:
    """Read an id or a symbol."""
    if not isinstance(value, str) or not value:
        raise invalid(name)
    return value


def to_order(row: Row, sent: NewVenueOrder | None = None) -> VenueOrder:
    """Read an order.

    `sent`: what was sent, when this is the answer to it: some venues only acknowledge with an id. What such an answer
    leaves out is as sent, and nothing is filled yet.
    """
    quantity = _quantity(row, sent)
    filled = to_optional_decimal(row.get("filled"), "filled quantity") or ZERO
    order_type = _order_type(row, sent)
    time_in_force = _time_in_force(row.get("timeInForce"))
    status = _status(row.get("status"), order_type, time_in_force, quantity, filled)
    if status is OrderStatus.UNKNOWN and sent is not None and row.get("status") is None:
        status = OrderStatus.SUBMITTED
    return VenueOrder(
        client_order_id=_client_order_id(row) or (sent.client_order_id if sent else None),
        exchange_order_id=to_text(row.get("id"), "order id"),
        symbol=to_text(row.get("symbol") or (sent and sent.symbol), "symbol"),
        side=_side(row.get("side") or (sent and sent.side.value)),
        type=order_type,
        status=status,
        quantity=quantity,
        filled_quantity=filled,
        average_price=to_positive(row.get("average"), "average price") if filled else None,
        limit_price=_limit_price(row, order_type, sent),
        trigger_price=to_positive(_first(row, "triggerPrice", "stopLossPrice", "takeProfitPrice"), "trigger price")
        or (sent.trigger_price if sent else None),
        reduce_only=row.get("reduceOnly") is True or (sent is not None and sent.reduce_only),
        time_in_force=time_in_force or (sent.time_in_force if sent else None),
        created_at=to_optional_instant(row.get("timestamp"), "time"),
        updated_at=to_optional_instant(_first(row, "lastUpdateTimestamp", "lastTradeTimestamp"), "time"),
    )


def to_trade(row: Row) -> VenueTrade:
    """Read one of the account's own fills."""
    fees = _fees(row)
    role = row.get("takerOrMaker")
    return VenueTrade(
        trade_id=to_text(row.get("id"), "trade id"),
        exchange_order_id=to_text(row.get("order"), "order id"),
        client_order_id=row.get("clientOrderId"),
        symbol=to_text(row.get("symbol"), "symbol"),
        side=_side(row.get("side")),
        quantity=to_decimal(row.get("amount"), "quantity"),
        price=to_decimal(row.get("price"), "price"),
        fee=fees[0].amount if fees else None,
        fee_currency=fees[0].currency if fees else None,
        executed_at=to_instant(row.get("timestamp"), "time"),
        role=LiquidityRole(role) if role in {"taker", "maker"} else None,
        other_fees=fees[1:],
    )


def to_balance(asset: str, row: Row) -> VenueBalance:
    """Read one asset's balance; the third of its figures follows from two."""
    total = to_optional_decimal(row.get("total"), "balance")
    free = to_optional_decimal(row.get("free"), "balance")
    used = to_optional_decimal(row.get("used"), "balance")
    if total is None and free is not None and used is not None:
        total = free + used
    if total is None:
        raise invalid(f"total balance of {asset}")
    if free is None and used is None:
        raise invalid(f"free balance of {asset}")
    if free is None:
        free = total - (used or ZERO)
    return VenueBalance(asset=asset, total=total, free=free, used=total - free if used is None else used)


def to_position(row: Row) -> VenuePosition | None:
    """Read a position; None for a flat one."""
    contracts = to_decimal(row.get("contracts") if row.get("contracts") is not None else "0", "contracts")
    if not contracts:
        return None
    side = row.get("side")
    if side not in {"long", "short"}:
        raise invalid("side of a position")
    return VenuePosition(
        symbol=to_text(row.get("symbol"), "symbol"),
        quantity=abs(contracts) if side == "long" else -abs(contracts),
        entry_price=to_positive(row.get("entryPrice"), "entry price"),
        mark_price=to_positive(row.get("markPrice"), "mark price"),
        unrealized_pnl=to_optional_decimal(row.get("unrealizedPnl"), "unrealized profit and loss"),
        leverage=to_positive(row.get("leverage"), "leverage"),
        liquidation_price=to_positive(row.get("liquidationPrice"), "liquidation price"),
        maintenance_margin=to_optional_decimal(row.get("maintenanceMargin"), "maintenance margin"),
    )


def to_transfer(row: Row, kind: TransferKind | None = None, status: TransferStatus | None = None) -> VenueTransfer:
    """Read a deposit, a withdrawal, or (with `kind`) a transfer between the venue's own wallets."""
    fee = row.get("fee") or {}
    cost = to_optional_decimal(fee.get("cost"), "fee")
    return VenueTransfer(
        transfer_id=to_text(row.get("id") or row.get("txid"), "transfer id"),
        kind=kind or TransferKind(to_text(row.get("type"), "kind of transfer")),
        asset=to_text(row.get("currency"), "asset"),
        amount=abs(to_decimal(row.get("amount"), "amount")),
        # A word ccxt does not know is not final: the money is not counted yet, and the row is read again.
        status=status or _TRANSFER_STATUSES.get(str(row.get("status")), TransferStatus.PENDING),
        at=to_instant(row.get("timestamp"), "time"),
        fee=abs(cost) if cost is not None else ZERO,
        fee_currency=fee.get("currency") if cost is not None else None,
    )


def _first(row: Row, *names: str) -> Any:
    return next((row[name] for name in names if row.get(name) is not None), None)


def _side(value: object) -> Side:
    try:
        return Side(str(value))
    except ValueError:
        raise invalid("side") from None


def _client_order_id(row: Row) -> str | None:
    """Return our id; of OKX's triggers ccxt reads another field than the one it stands in."""
    info = row.get("info")
    of_trigger = info.get("algoClOrdId") if isinstance(info, Mapping) else None
    return row.get("clientOrderId") or of_trigger or None


def _quantity(row: Row, sent: NewVenueOrder | None) -> Decimal:
    amount = row.get("amount")
    if sent is not None and (amount is None or amount == row.get("filled")):
        # An answer may tell what was filled alone; any other quantity contradicts what was sent.
        return sent.quantity
    if row.get("amount") is None and row.get("triggerPrice") is not None:
        # A trigger placed by hand that closes whatever is held then has no quantity.
        return ZERO
    return to_decimal(row.get("amount"), "quantity")


def _order_type(row: Row, sent: NewVenueOrder | None) -> OrderType:
    """Return the type; ccxt names what is executed, and the trigger price tells the rest."""
    if sent is not None:
        return sent.type
    executed = str(row.get("type")).lower()
    waits = to_positive(_first(row, "triggerPrice", "stopLossPrice", "takeProfitPrice"), "trigger price") is not None
    # OKX says "trigger", and of one that executes at market the price -1.
    at_market = executed == "trigger" and str(row.get("price")) in {"-1", "None"}
    if "market" in executed or executed in {"stop_loss", "take_profit"} or at_market:
        return OrderType.STOP if waits else OrderType.MARKET
    return OrderType.STOP_LIMIT if waits else OrderType.LIMIT


def _limit_price(row: Row, order_type: OrderType, sent: NewVenueOrder | None) -> Decimal | None:
    # Of a market order ccxt gives the average as the price.
    if not order_type.has_limit_price:
        return None
    return to_positive(row.get("price"), "price") or (sent.limit_price if sent else None)


def _time_in_force(value: object) -> TimeInForce | None:
    if value == "PO":
        return TimeInForce.GTC
    return TimeInForce(str(value)) if value in set(TimeInForce) else None


def _status(
    word: object, order_type: OrderType, time_in_force: TimeInForce | None, quantity: Decimal, filled: Decimal
) -> OrderStatus:
    if word in _LIVE:
        return OrderStatus.PARTIALLY_FILLED if filled else OrderStatus.SUBMITTED
    if word == "closed":
        # Closed without any fill is what is said of a trigger that has fired: its order is elsewhere.
        done = OrderStatus.FILLED if filled >= quantity else OrderStatus.CANCELLED
        return done if filled else OrderStatus.UNKNOWN
    if word == "expired":
        # What an order cannot take at once lapses; only a good-till-date order outlives its time.
        lapsed = order_type is OrderType.MARKET or time_in_force in _IMMEDIATE
        return OrderStatus.CANCELLED if lapsed else OrderStatus.EXPIRED
    return _STATUSES.get(str(word), OrderStatus.UNKNOWN)


def _fees(row: Row) -> tuple[Fee, ...]:
    """Return a trade's fees, one per currency; below zero are rebates."""
    fees = [fee for fee in row.get("fees") or [row.get("fee")] if fee and fee.get("cost") is not None]
    return sum_by_currency(Fee(amount=to_decimal(fee["cost"], "fee"), currency=fee.get("currency")) for fee in fees)
