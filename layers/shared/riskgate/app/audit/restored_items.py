"""The items beside an account's document, made again from its log: orders, and the markers of what is done once.

What an order's item has of its own and the log has not comes out empty: the permit to send it, and new terms that
never reached the venue. Such an order is not sent; what is in doubt is looked up at the venue.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from riskgate.app.audit.verify_audit import Replayed
from riskgate.app.ledger.once import RESTORED
from riskgate.app.orders.confirm_placed import placed_record
from riskgate.app.orders.exit_legs import EXIT_END
from riskgate.app.orders.filled_record import filled_record
from riskgate.app.orders.modify_order import modified_record, with_next_terms
from riskgate.app.orders.submit_order import new_record, request_hash
from riskgate.app.safeguards.describe_exit import EXIT, RecordedExit
from riskgate.core.account.document import OrderStatus
from riskgate.core.account.stored import Marker, OrderRecord
from riskgate.core.errors import StateCorrupt
from riskgate.core.hedging.model import HedgePlanned
from riskgate.core.ledger.account_events import SnapshotRecorded, TransferRecorded
from riskgate.core.orders.decide import Decision
from riskgate.core.orders.events import (
    BatchDecided,
    FillRecorded,
    OrderClosed,
    OrderDecided,
    OrderModified,
    OrderPlaced,
)
from riskgate.core.reconciliation.events import FundingRecorded
from riskgate.core.routing.events import OrderAccepted, OrderOutcomeUnknown, OrderReplaced, OrderSubmitting
from riskgate.core.safeguards.events import ExitEnded, ExitRequested
from riskgate.schemas.codec import encode

type _Steps = OrderSubmitting | OrderAccepted | OrderOutcomeUnknown | OrderReplaced | OrderClosed


@dataclass(slots=True)
class RestoredItems:
    """Items as the entries fed so far left them; `read` gives the stored item of an order, None where there is none."""

    read: Callable[[str], OrderRecord | None]
    records: dict[str, OrderRecord] = field(default_factory=dict)
    markers: list[Marker] = field(default_factory=list)

    def feed(self, replayed: Replayed) -> None:
        """Take in one entry."""
        event, result, at = replayed.event, replayed.result, replayed.entry.at
        match event:
            case OrderDecided():
                self._decide(event, result.decisions[0], replayed)
            case BatchDecided() if replayed.entry.answer["decision"] == "approved":
                for leg, decision in zip(event.legs, result.decisions, strict=True):
                    self._decide(leg, decision, replayed)
            case OrderModified():
                self._modify(event, replayed)
            case FillRecorded():
                record = self._require(event.order.client_order_id)
                self._keep(filled_record(record, event, result, at), replayed)
            case OrderPlaced():
                record = replace(self._require(event.client_order_id), placed_as=event.exchange_order_id or "")
                self._keep(placed_record(replace(record, updated_at=at), result.state), replayed)
            case SnapshotRecorded():
                self._keep_open_orders(replayed)
            case OrderSubmitting() | OrderAccepted() | OrderOutcomeUnknown() | OrderReplaced() | OrderClosed():
                self._step(event, replayed)
            case _:
                pass
        for name in result.expired:
            expired = self._find(name)
            if expired is not None and not expired.status.is_final:
                self._keep(replace(expired, status=OrderStatus.EXPIRED, updated_at=at), replayed)
        self.markers += list_markers(replayed)

    def _modify(self, event: OrderModified, replayed: Replayed) -> None:
        """Give an order its new terms; where a venue has the old ones, the new ones follow as `OrderReplaced`."""
        order, decision, at = event.order, replayed.result.decisions[0], replayed.entry.at
        if decision.working is None:
            return
        name = order.client_order_id
        record, is_kept = self._require(name), name in replayed.result.state.kept_orders
        modified = replace(modified_record(record, order, decision, decision.working, at, is_kept=is_kept), permit="")
        if order.route and record.status is not OrderStatus.APPROVED:
            assert replayed.before is not None  # noqa: S101 it had the order
            held = replayed.before.working_orders[name]
            modified = with_next_terms(record, modified, decision.working, held, permit="")
        self._keep(modified, replayed)

    def _decide(self, event: OrderDecided, decision: Decision, replayed: Replayed) -> None:
        order, answer = event.order, replayed.entry.answer
        if "legs" in answer:
            answer = next(leg for leg in answer["legs"] if leg["client_order_id"] == order.client_order_id)
        text = encode(answer).decode()
        self._keep(new_record(order, decision, text, request_hash(order), replayed.entry.at), replayed)

    def _step(self, event: _Steps, replayed: Replayed) -> None:
        """Move an order as the entry's answer says."""
        name = event.terms.client_order_id if isinstance(event, OrderReplaced) else event.client_order_id
        record, answer = self._require(name), replayed.entry.answer
        named = {key: answer[key] for key in ("exchange_order_id", "attempts", "revision") if key in answer}
        status, reason = OrderStatus(answer["status"]), answer.get("reason") or record.reason
        following = record.next_terms
        if following is not None and isinstance(event, OrderReplaced | OrderClosed):
            record = replace(record, next_terms=None)
        if following is not None and isinstance(event, OrderReplaced) and event.attempt:
            price = following.decision_price
            record = replace(record, order=following.order, quantity=following.quantity, decision_price=price)
        self._keep(replace(record, status=status, reason=reason, updated_at=replayed.entry.at, **named), replayed)

    def _keep_open_orders(self, replayed: Replayed) -> None:
        """Give orders that a bot listed as open the reservation that the account has of them now."""
        state = replayed.result.state
        for name, record in list(self.records.items()):
            if name in state.working_orders and not record.order.route:
                self._keep(placed_record(record, state), replayed)

    def _find(self, name: str) -> OrderRecord | None:
        return self.records[name] if name in self.records else self.read(name)

    def _require(self, name: str) -> OrderRecord:
        record = self._find(name)
        if record is None:
            raise StateCorrupt(f"the order {name} has no item and was not decided since", code="LOG_NOT_CONTINUED")
        return record

    def _keep(self, record: OrderRecord, replayed: Replayed) -> None:
        version = replayed.result.state.version
        self.records[record.order.client_order_id] = replace(record, version=version)


def list_markers(replayed: Replayed) -> list[Marker]:
    """Return the markers that an entry left: they answer every repetition as it was answered, whatever it asks for."""
    event, answer = replayed.event, encode(replayed.entry.answer).decode()

    def mark(kind: str, key: str, text: str = answer) -> list[Marker]:
        return [Marker(kind=kind, key=key, request_hash=RESTORED, answer=text)]

    match event:
        case FillRecorded():
            return mark("FILL", f"{event.order.client_order_id}#{event.fill_id}")
        case TransferRecorded():
            return mark("TRANSFER", event.transfer_id)
        case FundingRecorded():
            market = event.instrument
            return mark("FUNDING", f"{market.venue}#{market.symbol}#{event.payment_id}")
        case HedgePlanned():
            return mark("HEDGE", event.spec.hedge_id)
        case ExitRequested():
            recorded = RecordedExit(event=event, at=replayed.entry.at)
            return mark(EXIT, event.exit_id, encode(recorded).decode())
        case ExitEnded():
            return mark(EXIT_END, event.client_order_id, event.outcome.value)
        case _:
            return []
