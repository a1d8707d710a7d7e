"""Hold the items of an account's orders against the fills in its log."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from riskgate.app.audit.verify_audit import Finding
from riskgate.app.ports.store import AuditRow
from riskgate.core.account.stored import OrderRecord
from riskgate.core.money import ZERO, plain
from riskgate.core.orders.events import FillRecorded
from riskgate.core.orders.fees import sum_fees
from riskgate.schemas.codec import DecodeError
from riskgate.schemas.log.audit_entry import read_entry


@dataclass(slots=True)
class _Filled:
    """What the log says that an order filled, and the entry of its last fill."""

    quantity: Decimal = ZERO
    notional: Decimal = ZERO
    fees: dict[str, Decimal] = field(default_factory=dict)
    sequence: int = 0


@dataclass(slots=True)
class LoggedFills:
    """The fills of a chain by order, as its entries are fed."""

    _orders: dict[str, _Filled] = field(default_factory=dict)

    def feed(self, row: AuditRow) -> None:
        """Take in one entry; an unreadable one is another check's finding."""
        if row.event != FillRecorded.event_name:
            return
        try:
            fill = read_entry(row.entry).typed_inputs()
        except (DecodeError, ValueError):
            return
        if not isinstance(fill, FillRecorded):
            return
        filled = self._orders.setdefault(fill.order.client_order_id, _Filled())
        filled.sequence = row.sequence
        filled.quantity += fill.quantity
        filled.notional += fill.quantity * fill.price
        for currency, amount in sum_fees(fill).items():
            filled.fees[currency] = filled.fees.get(currency, ZERO) + amount

    def compare(self, records: Iterable[OrderRecord], *, version: int, newest: int) -> Iterator[Finding]:
        """Yield what the items say otherwise than the log that was fed.

        `version` is the account's at the end of that log: an item that a later one wrote, up to `newest`, says more
        than the log that was fed.
        """
        seen: set[str] = set()
        for record in records:
            name = record.order.client_order_id
            seen.add(name)
            if version < record.version <= newest:
                continue
            filled = self._orders.get(name, _Filled())
            if (record.filled_quantity, record.filled_notional) != (filled.quantity, filled.notional):
                item = f"{plain(record.filled_quantity)} for {plain(record.filled_notional)}"
                log = f"{plain(filled.quantity)} for {plain(filled.notional)}"
                problem = f"the order {name} has filled {item} in its item, {log} in the log"
                yield Finding(sequence=filled.sequence, problem=problem)
            elif record.filled_fees != {currency: amount for currency, amount in filled.fees.items() if amount}:
                problem = f"the order {name} has other fees in its item than in the log"
                yield Finding(sequence=filled.sequence, problem=problem)
            elif record.version > newest:
                problem = f"the order {name} is of a version the account never had"
                yield Finding(sequence=filled.sequence, problem=problem)
        for name in sorted(self._orders.keys() - seen):
            yield Finding(sequence=self._orders[name].sequence, problem=f"the order {name} has no item")
