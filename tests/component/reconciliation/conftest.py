"""A routed account, and the reconcile function beside it."""

from __future__ import annotations

import boto3
import pytest

from riskgate.adapters.aws.clients import s3_client
from tests.component.routing.conftest import routed, simulator, virtual_time
from tests.support.gateway import BTC_SWAP
from tests.support.reconciled_account import BUCKET, SWAP_EQUITY, SWAP_VENUE, Books
from tests.support.routed_account import VENUE_SECRET, RoutedAccount
from tests.support.venue import ACCOUNT

__all__ = ["books", "routed", "simulator", "virtual_time"]


@pytest.fixture
def books(routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch) -> Books:
    """Give both sides; the venue's account holds what the gateway was told it does."""
    jobs = boto3.client("sqs").create_queue(QueueName="reconcile-jobs")["QueueUrl"]
    monkeypatch.setenv("JOB_QUEUE_URL", jobs)
    s3_client().create_bucket(Bucket=BUCKET)
    monkeypatch.setenv("STATEMENT_BUCKET", BUCKET)
    routed.simulator.control.post("accounts", account=ACCOUNT, balances={"spot": {"USDT": "100000", "BTC": "0"}})
    # As the gateway's quotes have it.
    routed.simulator.control.post("price", symbol="ETHUSDT", price="3000")
    return Books(routed=routed)


@pytest.fixture
def swaps(books: Books) -> Books:
    """Give books of one swap account."""
    gateway = books.routed.gateway
    venues = [{"venue": SWAP_VENUE, "market_type": "swap", "secret_name": VENUE_SECRET}]
    assert gateway.register(totp=True, venues=venues).status == 200
    rules = {"venue": SWAP_VENUE, "symbol": BTC_SWAP, "market_type": "swap", "tick_size": "0.1", "step_size": "0.001"}
    assert gateway.call("PUT", "/market/instruments", {"instruments": [rules]}).status == 200
    books.routed.simulator.control.post("accounts", account=ACCOUNT, balances={"swap": {"USDT": SWAP_EQUITY}})
    balances = [{"venue": SWAP_VENUE, "asset": "USDT", "total": SWAP_EQUITY}]
    gateway.reading(SWAP_EQUITY, balances=balances)
    return books
