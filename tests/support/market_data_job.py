"""Drive the market data job as Scheduler and Lambda's poller do."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any

import boto3

from functions.market_data.app import lambda_handler
from infra.simulators.exchange.client import ccxt_urls
from riskgate.adapters.dynamodb import items
from riskgate.adapters.dynamodb.closes import ClosesStore
from riskgate.app.market.note_wants import note_wants_of
from riskgate.core.errors import StateCorrupt
from riskgate.core.instrument import Instrument, Quote
from riskgate.core.market.closes import DailyCloses
from riskgate.runtime import wiring
from riskgate.schemas.codec import decode
from tests.support.aws import LambdaContext
from tests.support.gateway import ACCOUNT_ID, VENUE, Gateway
from tests.support.routed_account import to_lambda_record
from tests.support.venue import Simulator

#: No such secret is ever made here: the job reads no account's.
SECRET_NAME = "riskgate/exchange/demo"
#: A port of this machine that nobody listens to.
NOWHERE = "http://127.0.0.1:9"


def build_queue() -> str:
    """Make the job's queue."""
    sqs = boto3.client("sqs")
    return sqs.create_queue(QueueName="market-data", Attributes={"VisibilityTimeout": "360"})["QueueUrl"]


@dataclass
class MarketDataJob:
    """A gateway, a venue, and the job between them."""

    gateway: Gateway
    simulator: Simulator
    queue_url: str
    _invocations: Any = field(default_factory=count)

    @cached_property
    def sqs(self) -> Any:
        """Return a client of the queue."""
        return boto3.client("sqs")

    @cached_property
    def closes_store(self) -> ClosesStore:
        """Return a reader of closes."""
        return ClosesStore(self.gateway.aws.dynamodb, self.gateway.aws.state_table)

    def put_market_secret(self, venue: str = VENUE, **changes: Any) -> None:
        """Store how a venue's public data are reached; the simulator unless told otherwise."""
        self.gateway.aws.put_market_secret(venue, **({"urls": ccxt_urls(self.simulator.url)} | changes))

    def register(self, account: str = ACCOUNT_ID, *venues: tuple[str, str, str], **limits: Any) -> None:
        """Register an account at venues, each (venue, market type, secret name), and set limits."""
        named = venues or ((VENUE, "spot", SECRET_NAME),)
        # A secret belongs to one account.
        own = SECRET_NAME if account == ACCOUNT_ID else f"{SECRET_NAME}-{account}"
        rows = [
            {"venue": venue, "market_type": kind, "secret_name": own if secret == SECRET_NAME else secret}
            for venue, kind, secret in named
        ]
        assert self.gateway.register(account, venues=rows).status in {200, 201}
        if limits:
            assert self.gateway.limits(account=account, **limits).status == 200

    def invoke(self, event: Mapping[str, Any]) -> Any:
        """Invoke the function."""
        context = LambdaContext(aws_request_id=f"invocation-{next(self._invocations)}")
        return lambda_handler(dict(event), context)  # type: ignore[arg-type]

    def tick(self, task: str, **fields: Any) -> Any:
        """Let the schedule tick, after the monitor had its minute."""
        self.note_wants()
        return self.invoke({"task": task} | fields)

    def note_wants(self) -> None:
        """Note what every account wants, as the monitor does each minute."""
        store = wiring.deps().store
        for account in store.list_accounts():
            with suppress(StateCorrupt):
                note_wants_of(store, account, self.gateway.now)

    def forget_wants(self) -> None:
        """Let all expire that was ever wanted."""
        aws = self.gateway.aws
        for item in aws.items(aws.state_table):
            if item["pk"]["S"].startswith("WANTED"):
                aws.dynamodb.delete_item(TableName=aws.state_table, Key={"pk": item["pk"], "sk": item["sk"]})
        wiring.deps().store.wants._noted.clear()  # type: ignore[attr-defined]  # as in a new process

    def receive(self) -> dict[str, Any] | None:
        """Take the next message off the queue."""
        found = self.sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=1, AttributeNames=["All"])
        messages = found.get("Messages", [])
        return dict(messages[0]) if messages else None

    def work(self, message: Mapping[str, Any]) -> bool:
        """Hand one message to the function; True when it is done."""
        answer = self.invoke({"Records": [to_lambda_record(message)]})
        if answer["batchItemFailures"]:
            return False
        self.sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return True

    def work_all(self) -> list[bool]:
        """Carry out every message that can be seen now; return which were done."""
        done: list[bool] = []
        while (message := self.receive()) is not None:
            done.append(self.work(message))
        return done

    def collect(self, task: str, **fields: Any) -> list[bool]:
        """Tick, and carry out what follows at once."""
        self.tick(task, **fields)
        return self.work_all()

    def market_items[T](self, prefix: str, kind: type[T]) -> dict[str, T]:
        """Return stored market facts by market."""
        table = self.gateway.aws.items(self.gateway.aws.state_table)
        return {
            items.market_of(item["sk"]["S"]): decode(item["document"]["S"], kind)
            for item in table
            if item["pk"]["S"] == "MARKET" and item["sk"]["S"].startswith(prefix)
        }

    def quotes(self) -> dict[str, Quote]:
        """Return the stored quotes that are as fresh as now."""
        return {key: quote for key, quote in self.market_items("QUOTE#", Quote).items() if quote.at >= self.gateway.now}

    def instruments(self) -> dict[str, Instrument]:
        """Return all stored instruments."""
        return self.market_items("INSTRUMENT#", Instrument)

    def closes(self, *assets: str) -> dict[str, DailyCloses]:
        """Return stored closes."""
        return self.closes_store.get(assets)

    def requests(self, path: str) -> list[dict[str, Any]]:
        """Return what the venue was asked."""
        found: Any = self.simulator.control.get("requests")
        return [dict(item) for item in found if item["path"] == path]

    def forget_requests(self) -> None:
        """Let the venue forget what it was asked."""
        self.simulator.control.delete("requests")


def metric_values(output: str, name: str) -> list[float]:
    """Return the values of one metric in what was printed."""
    lines = [json.loads(line) for line in output.splitlines() if line.startswith("{") and '"_aws"' in line]
    values = [line[name] for line in lines if name in line]
    return [item for value in values for item in (value if isinstance(value, list) else [value])]
