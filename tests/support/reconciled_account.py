"""A routed account whose books are reconciled: the venue's account starts as the gateway's does, and can be made to disagree."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import count
from typing import Any

from functions.reconcile.app import lambda_handler
from riskgate.adapters.dynamodb import items
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.orders.record_fill import Fill, record_order_fill
from riskgate.core.account.document import OrderStatus
from riskgate.core.account.stored import OrderRecord
from riskgate.runtime import wiring
from tests.support.gateway import ACCOUNT_ID, BTC_SWAP, Answer, instant
from tests.support.routed_account import RoutedAccount, WorkerContext
from tests.support.venue import ACCOUNT

BUCKET = "riskgate-statements"
SWAP_VENUE, SWAP_EQUITY = "binanceusdm", "100000"


@dataclass(frozen=True, kw_only=True)
class ReconcileContext(WorkerContext):
    """An invocation of the reconcile function."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the time until Lambda ends the invocation."""
        return 120_000


@dataclass
class Books:
    """Both sides, with what makes them disagree."""

    routed: RoutedAccount
    _runs: Any = field(default_factory=count)

    def reconcile(self, account: str = ACCOUNT_ID) -> dict[str, Any]:
        """Run the function for one account, as an operator does; return its report."""
        context = ReconcileContext(aws_request_id=f"run-{next(self._runs)}")
        answer: Any = lambda_handler({"account_id": account}, context)
        return json.loads(json.dumps(answer, default=str))

    def view(self, account: str = ACCOUNT_ID) -> Any:
        """Return what the API says about reconciliation."""
        answer = self.routed.gateway.call("GET", f"/accounts/{account}/reconciliation")
        assert answer.status == 200, answer.text
        return answer.body

    def kinds(self, account: str = ACCOUNT_ID) -> list[str]:
        """Return the kinds of the open breaks."""
        return sorted(item["kind"] for item in self.view(account)["open"])

    def resolve(self, break_id: str, reason: str = "looked into") -> Answer:
        """Close a break with a fresh one-time code."""
        gateway = self.routed.gateway
        path = f"/accounts/{ACCOUNT_ID}/reconciliation/{break_id}/resolve"
        return gateway.call("POST", path, {"reason": reason}, headers=gateway.next_totp())

    def settled(self, **changes: Any) -> str:
        """Bring an order to the venue, let it settle, and return its id."""
        name = self.routed.approved(**changes)
        self.routed.work_all()
        return name

    def rest(self, **changes: Any) -> str:
        """Bring an order to the venue where it rests, and let the moment of grace pass."""
        name = self.settled(**changes)
        assert self.routed.status(name) == "submitted"
        self.pass_grace()
        return name

    def filled(self, quantity: str = "0.01", **changes: Any) -> str:
        """Buy at the market and let the moment of grace pass."""
        name = self.settled(type="market", price=None, quantity=quantity, **changes)
        assert self.routed.status(name) == "filled"
        self.pass_grace()
        return name

    def pass_grace(self) -> None:
        """Let everything that may be on its way arrive."""
        self.routed.gateway.advance(seconds=61)
        self.routed.gateway.refresh_quotes()

    def place_around(self, **fields: Any) -> dict[str, Any]:
        """Place an order at the venue with the bot's own key, past the gateway."""
        order = {"account": ACCOUNT, "symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.02"} | fields
        placed: Any = self.routed.simulator.control.post("orders", **order)
        return dict(placed)

    def fill_at_venue(self, client_order_id: str) -> None:
        """Let the price come to a resting order for a moment."""
        record = self.routed.record(client_order_id)
        price = record.order.price or Decimal(0)
        self.routed.simulator.control.post("price", symbol="BTCUSDT", price=str(price - 100))
        self.routed.simulator.orders()
        self.routed.simulator.control.post("price", symbol="BTCUSDT", price=None)

    def cancel_at_venue(self, client_order_id: str) -> None:
        """Cancel an order at the venue behind the gateway's back."""
        (order,) = self.routed.venue_orders(client_order_id)
        self.routed.simulator.control.delete("orders", order_id=order["order_id"])

    def edit_record(self, client_order_id: str, **changes: Any) -> OrderRecord:
        """Change an order's item in the table, as no code of ours would."""
        record = replace(self.routed.record(client_order_id), **changes)
        aws = self.routed.gateway.aws
        aws.dynamodb.put_item(TableName=aws.state_table, Item=items.order_item(record, record.version))
        return record

    def invent_fill(self, client_order_id: str, quantity: str, price: str) -> None:
        """Record a fill that never happened."""
        fill = Fill(
            fill_id="invented",
            quantity=Decimal(quantity),
            price=Decimal(price),
            executed_at=self.routed.gateway.now,
        )
        record_order_fill(
            Acting(deps=wiring.deps(), actor="test", now=self.routed.gateway.now),
            ACCOUNT_ID,
            client_order_id,
            fill,
            from_venue=True,
        )

    def is_final(self, client_order_id: str) -> bool:
        """Tell whether our side says that an order has ended."""
        return OrderStatus(self.routed.status(client_order_id)).is_final


def hold_swap(books: Books) -> str:
    """Buy a swap through the gateway."""
    books.routed.gateway.refresh_quotes()
    quote = {
        "venue": SWAP_VENUE,
        "symbol": BTC_SWAP,
        "at": instant(books.routed.gateway.now),
        "bid": "49990",
        "ask": "50010",
    }
    body = {"quotes": [quote | {"volume_24h": "1000000"}]}
    assert books.routed.gateway.call("PUT", "/market/quotes", body).status == 200
    return books.filled("0.01", venue=SWAP_VENUE, symbol=BTC_SWAP, stop_loss_price="49500", strategy="carry")
