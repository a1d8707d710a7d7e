"""Accounts on paper, with the queue, the worker and the jobs."""

from __future__ import annotations

from collections.abc import Iterator

import boto3
import pytest

from functions.monitor.app import lambda_handler as monitor_handler
from riskgate.adapters.aws.clients import dynamodb_client, s3_client
from riskgate.adapters.aws.lazy import forget
from riskgate.adapters.dynamodb.paper_books import DynamoPaperBooks
from riskgate.core.paper.book import PaperBook
from tests.support.gateway import BTC_SWAP, VENUE, Gateway
from tests.support.reconciled_account import BUCKET, SWAP_VENUE, Books
from tests.support.routed_account import PERMIT_SECRET_ID, RoutedAccount, WorkerContext, build_queue, environment_of

ACCOUNT = "dry"
PAPER = {"venue": VENUE, "market_type": "spot", "paper": {"balances": {"USDT": "100000"}}}
SWAPS = {
    "venue": SWAP_VENUE,
    "market_type": "swap",
    "paper": {"balances": {"USDT": "100000"}, "taker_fee_fraction": "0.0005", "leverage": "5"},
}


@pytest.fixture
def dry(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[RoutedAccount]:
    """Give an account on paper, with the queue and the worker."""
    gateway.aws.secretsmanager.create_secret(Name=PERMIT_SECRET_ID, SecretString="k" * 64)
    queue_url, dead = build_queue()
    for name, value in environment_of(queue_url).items():
        monkeypatch.setenv(name, value)
    for name, value in {"JOB_QUEUE_URL": queue_url, "SUMMARY_HOUR": "8", "SUMMARY_TIME_ZONE": "UTC"}.items():
        monkeypatch.setenv(name, value)
    forget()
    answer = gateway.register(ACCOUNT, venues=[PAPER])
    assert answer.status == 201, answer.text
    gateway.refresh_quotes()
    yield RoutedAccount(gateway=gateway, simulator=None, queue_url=queue_url, dead_letters_url=dead)  # type: ignore[arg-type]
    forget()


@pytest.fixture
def books(dry: RoutedAccount, monkeypatch: pytest.MonkeyPatch) -> Books:
    """Give the reconcile function beside the worker."""
    jobs = boto3.client("sqs").create_queue(QueueName="reconcile-jobs")["QueueUrl"]
    monkeypatch.setenv("JOB_QUEUE_URL", jobs)
    s3_client().create_bucket(Bucket=BUCKET)
    monkeypatch.setenv("STATEMENT_BUCKET", BUCKET)
    return Books(routed=dry)


@pytest.fixture
def swaps(books: Books) -> Books:
    """Give the same of an account on paper that trades swaps."""
    gateway = books.routed.gateway
    rules = {
        "venue": SWAP_VENUE,
        "symbol": BTC_SWAP,
        "market_type": "swap",
        "settle_currency": "USDT",
        "tick_size": "0.1",
        "step_size": "0.001",
        "stop_orders": True,
    }
    assert gateway.call("PUT", "/market/instruments", {"instruments": [rules]}).status == 200
    assert gateway.register(ACCOUNT, totp=True, venues=[SWAPS]).status == 200
    # The money is where it was registered first until it was read twice.
    for _ in range(2):
        gateway.advance(seconds=60)
        quote_swap(gateway)
        assert monitor_handler({"account_id": ACCOUNT}, WorkerContext())
    return books


def quote_swap(gateway: Gateway, price: int = 50000) -> None:
    """Store a fresh quote of the swap, 10 between its sides."""
    gateway.refresh_quotes()
    sides = {"bid": str(price), "ask": str(price + 10), "last": str(price)}
    quote = gateway.quote_of(BTC_SWAP, venue=SWAP_VENUE, **sides)
    assert gateway.call("PUT", "/market/quotes", {"quotes": [quote]}).status == 200


def book_of(dry: RoutedAccount, venue: str = VENUE) -> PaperBook:
    """Return what a paper venue keeps."""
    books = DynamoPaperBooks(dynamodb_client(), dry.gateway.aws.state_table)
    book = books.get(ACCOUNT, venue)
    assert book is not None
    return book
