"""Drive the order worker as Lambda's poller does, and compare the venue's books with ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from itertools import count
from typing import Any

import boto3
import time_machine

from functions.order_worker.app import lambda_handler
from infra.simulators.exchange.client import ccxt_urls
from riskgate.adapters.aws.lazy import forget
from riskgate.adapters.dynamodb import items
from riskgate.adapters.exchange.client_order_ids import to_client_order_id
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import OrderRecord
from riskgate.runtime import wiring
from riskgate.runtime.jobs import exchanges
from riskgate.schemas.messages.order import MessageKind, OrderMessage
from tests.support.aws import Aws, LambdaContext
from tests.support.gateway import ACCOUNT_ID, VENUE, Answer, Gateway
from tests.support.streams import ControlStream
from tests.support.venue import KEY, SECRET, Simulator
from tests.support.wire import VirtualTime

PERMIT_SECRET_ID = "riskgate/permit"
VENUE_SECRET = "riskgate/exchange/demo"
ORDER_PATH = "/api/v3/order"
INVOCATION_SECONDS = 30
VISIBILITY_SECONDS = 180
RECEIVES_MAX = 10


@dataclass
class PassingTime(VirtualTime):
    """Waiting moves the clock as well."""

    traveller: time_machine.Traveller = None  # type: ignore[assignment]

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        super().sleep(seconds)
        self.traveller.shift(timedelta(seconds=seconds))


@dataclass(frozen=True, kw_only=True)
class WorkerContext(LambdaContext):
    """An invocation that has its whole time ahead."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the time until Lambda ends the invocation."""
        return INVOCATION_SECONDS * 1000


def build_queue() -> tuple[str, str]:
    """Make the order queue and its dead letters."""
    sqs = boto3.client("sqs")
    fifo = {"FifoQueue": "true"}
    dead_letters = sqs.create_queue(QueueName="dead.fifo", Attributes=fifo)["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=dead_letters, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": RECEIVES_MAX})
    orders = sqs.create_queue(
        QueueName="orders.fifo",
        Attributes=fifo | {"VisibilityTimeout": str(VISIBILITY_SECONDS), "RedrivePolicy": redrive},
    )
    return orders["QueueUrl"], dead_letters


def environment_of(queue_url: str) -> Mapping[str, str]:
    """Return the variables of what sends and works on orders."""
    return {"ORDER_QUEUE_URL": queue_url, "PERMIT_SECRET_ID": PERMIT_SECRET_ID, "ORDER_AGE_SECONDS_MAX": "60"}


def put_venue_secret(aws: Aws, simulator: Simulator, name: str = VENUE_SECRET, key: str = KEY) -> None:
    """Store the key of an account at the venue, and where that is for all."""
    urls = ccxt_urls(simulator.url)
    aws.secretsmanager.create_secret(
        Name=name, SecretString=json.dumps({"apiKey": key, "secret": SECRET, "urls": urls})
    )
    for venue in (VENUE, "binanceusdm"):
        aws.put_market_secret(venue, urls=urls)


@dataclass
class RoutedAccount:
    """A gateway that sends orders, with everything they pass on their way."""

    gateway: Gateway
    simulator: Simulator
    queue_url: str
    dead_letters_url: str
    accounts: dict[str, str] = field(default_factory=lambda: {ACCOUNT_ID: VENUE_SECRET})
    _invocations: Any = field(default_factory=count)

    @cached_property
    def control(self) -> ControlStream:
        """Return the control table's stream."""
        return ControlStream(self.gateway.aws.control_table)

    @cached_property
    def sqs(self) -> Any:
        """Return a client of the queues."""
        return boto3.client("sqs")

    def open_accounts(self) -> None:
        """Register each account with its key, and raise the limits that many small orders would meet."""
        self.control.pump()
        for account, secret in self.accounts.items():
            venues = [{"venue": VENUE, "market_type": "spot", "secret_name": secret}]
            assert self.gateway.register(account, venues=venues).status in {200, 201}
            limits = {
                "order_rate_max": 1000,
                "daily_trades_max": 1000,
                "duplicate_window_seconds": None,
                "correlation_max": None,
            }
            assert self.gateway.limits(account=account, **limits).status == 200
        self.gateway.refresh_quotes()

    def order(self, **changes: Any) -> dict[str, Any]:
        """Return an order that the gateway is to send: a bid far below the market unless told otherwise."""
        resting = {"price": "48000", "stop_loss_price": "47000", "quantity": "0.01", "route": True}
        return self.gateway.order(**resting | changes)

    def submit(self, account: str = ACCOUNT_ID, **changes: Any) -> Answer:
        """Post a routed order."""
        return self.gateway.submit(self.order(**changes), account)

    def approved(self, account: str = ACCOUNT_ID, **changes: Any) -> str:
        """Get a routed order approved and return its id."""
        answer = self.submit(account, **changes)
        assert answer.status == 201, answer.text
        return str(answer.body["client_order_id"])

    def fault(self, kind: str, method: str = "POST", path: str = ORDER_PATH, **fields: Any) -> None:
        """Let something go wrong at the venue; the worker has no patience with one that is slow."""
        if kind == "delay":
            exchanges.POLICY = replace(exchanges.POLICY, read_seconds=0.5)
            forget()
        self.simulator.control.post("faults", kind=kind, method=method, path=path, **fields)

    def receive(self) -> dict[str, Any] | None:
        """Take the next message off the queue, as Lambda's poller would, once the control table's stream has sent its."""
        self.control.pump()
        received = self.sqs.receive_message(
            QueueUrl=self.queue_url, MaxNumberOfMessages=1, AttributeNames=["All"], MessageAttributeNames=["All"]
        ).get("Messages", [])
        return dict(received[0]) if received else None

    def invoke(self, *messages: Mapping[str, Any]) -> list[str]:
        """Hand messages to the worker; return the ids of those it gives back."""
        context = WorkerContext(aws_request_id=f"invocation-{next(self._invocations)}")
        answer: Any = lambda_handler({"Records": [to_lambda_record(message) for message in messages]}, context)  # type: ignore[arg-type]
        return [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]

    def work(self) -> bool | None:
        """Carry out the next message: True when done, False when it comes again, None when there is none."""
        message = self.receive()
        if message is None:
            return None
        if self.invoke(message):
            return False
        self.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return True

    def work_all(self, rounds: int = 50) -> None:
        """Carry out all messages, waiting for those that come again."""
        for _ in range(rounds):
            done = self.work()
            if done is None and not self.waiting():
                return
            if not done:
                self.gateway.advance(seconds=5)
        raise AssertionError(f"{self.waiting()} messages are left")

    def resolve(self, client_order_id: str = "", account: str = ACCOUNT_ID) -> None:
        """Ask the worker for an order as the monitor does, or for all that are overdue."""
        message = OrderMessage(
            kind=MessageKind.RESOLVE,
            account_id=account,
            client_order_id=client_order_id,
            sent_at=self.gateway.now,
            actor="job:monitor",
        )
        wiring.queue().send(message)

    def waiting(self) -> int:
        """Return the messages that wait or are being worked on."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.queue_url, AttributeNames=names)["Attributes"]
        return sum(int(found[name]) for name in names)

    def dead(self) -> int:
        """Return the messages given up."""
        names = ["ApproximateNumberOfMessages"]
        found = self.sqs.get_queue_attributes(QueueUrl=self.dead_letters_url, AttributeNames=names)["Attributes"]
        return int(found[names[0]])

    def record(self, client_order_id: str, account: str = ACCOUNT_ID) -> OrderRecord:
        """Return an order's item."""
        return wiring.deps().store.get_order(account, client_order_id)

    def status(self, client_order_id: str, account: str = ACCOUNT_ID) -> str:
        """Return an order's status."""
        return self.record(client_order_id, account).status.value

    def state(self, account: str = ACCOUNT_ID) -> AccountState:
        """Return the account document."""
        key = items.account_key(account)
        item = self.gateway.aws.dynamodb.get_item(TableName=self.gateway.aws.state_table, Key=key)["Item"]
        state = items.parse_account(item).state
        assert state is not None
        return state

    def venue_orders(self, client_order_id: str, account: str = ACCOUNT_ID) -> list[dict[str, Any]]:
        """Return what the venue has of an order, whatever became of it, oldest first."""
        record = self.record(client_order_id, account)
        ids = {worker_client_id(record, revision) for revision in range(record.revision + 1)}
        found = [order for order in self.simulator.orders() if order["client_order_id"] in ids]
        return sorted(found, key=lambda order: order["order_id"])

    def requests(self, method: str, path: str = ORDER_PATH) -> list[dict[str, Any]]:
        """Return the requests that arrived at the venue."""
        found: Any = self.simulator.control.get("requests", method=method, path=path)
        return list(found)

    def audit(self, event: str, account: str = ACCOUNT_ID) -> list[dict[str, Any]]:
        """Return an account's audit entries of one kind."""
        entries: list[dict[str, Any]] = []
        after = 0
        while True:
            query = {"after": str(after), "limit": "100"}
            page = self.gateway.call("GET", f"/accounts/{account}/audit", query=query).body
            entries += page["entries"]
            if page["next_after"] is None:
                return [entry for entry in entries if entry["event"] == event]
            after = page["next_after"]

    def assert_agrees(self, client_order_id: str, account: str = ACCOUNT_ID) -> None:
        """Fail unless venue and gateway have the same order, once, with the same fills and reservation."""
        record = self.record(client_order_id, account)
        found = self.venue_orders(client_order_id, account)
        working = self.state(account).working_orders.get(client_order_id)
        still_open = [order for order in found if order["open"]]
        assert len(still_open) <= 1, "two orders work at the venue"
        assert bool(still_open) == (not record.status.is_final), (record.status, found)
        assert (working is None) == record.status.is_final
        filled = sum((Decimal(order["executed"]) for order in found), Decimal(0))
        assert record.filled_quantity == filled
        if working is not None:
            # What one read of the account shows of an order is what the order itself says.
            shown, own = (
                self.gateway.account(account)["open_orders"],
                self.gateway.call("GET", f"/accounts/{account}/orders/{client_order_id}").body,
            )
            [row] = [row for row in shown if row["client_order_id"] == client_order_id]
            for name in ("status", "filled_quantity", "average_fill_price", "fees", "exchange_order_id"):
                assert row[name] == own[name], name


def worker_client_id(record: OrderRecord, revision: int) -> str:
    """Return the client order id of one revision at the venue."""
    return to_client_order_id("binance", record.order_id, revision)


def to_lambda_record(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message as Lambda hands it over."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": dict(message["Attributes"]),
        "messageAttributes": {
            name: {"dataType": value["DataType"], "stringValue": value["StringValue"]}
            for name, value in message.get("MessageAttributes", {}).items()
        },
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:orders.fifo",
        "awsRegion": "us-east-1",
    }
