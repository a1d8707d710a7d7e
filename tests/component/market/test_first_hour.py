"""A fresh account: its registration alone brings markets, quotes, closes, correlations and risk figures."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from importlib import import_module
from typing import Any

import boto3
import pytest

from functions.stress.app import lambda_handler as stress_handler
from functions.var.app import lambda_handler as var_handler
from riskgate.adapters.aws.lazy import forget
from riskgate.schemas.messages.job import JobMessage
from riskgate.schemas.messages.text import read_message
from tests.component.market import conftest as market
from tests.component.routing.conftest import PacelessTime
from tests.support.aws import LambdaContext
from tests.support.gateway import BTC, ETH, Gateway
from tests.support.market_data_job import MarketDataJob
from tests.support.risk_jobs import RiskJobs
from tests.support.routed_account import to_lambda_record
from tests.support.venue import Simulator, running

FRESH = "fresh"
HANDLERS = {"var": var_handler, "stress": stress_handler}


@pytest.fixture
def simulator(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A venue whose assets do not move alike."""
    base, period = {"BTC": 50_000, "ETH": 3_000, "SOL": 100}, {"BTC": 7, "ETH": 5, "SOL": 3}
    monkeypatch.setattr(
        market, "price_of", lambda asset, day: Decimal(base[asset]) * (1000 + day % period[asset]) / 1000
    )
    monkeypatch.setattr(import_module("ccxt.base.exchange"), "time", PacelessTime())
    with running(market.build_venue()) as simulator:
        yield simulator


@pytest.fixture
def queues(job: MarketDataJob, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Give the queues between the functions, as the template names them."""
    sqs = boto3.client("sqs")
    urls = {name: str(sqs.create_queue(QueueName=f"{name}-jobs")["QueueUrl"]) for name in HANDLERS}
    monkeypatch.setenv("MARKET_QUEUE_URL", job.queue_url)
    monkeypatch.setenv("VAR_QUEUE_URL", urls["var"])
    monkeypatch.setenv("STRESS_QUEUE_URL", urls["stress"])
    forget()
    return urls


def work_risk(job: MarketDataJob, queues: dict[str, str]) -> list[tuple[str, JobMessage]]:
    """Carry out what waits for the risk jobs, and return it."""
    done = []
    for name, url in queues.items():
        while found := job.sqs.receive_message(QueueUrl=url, AttributeNames=["All"]).get("Messages"):
            for message in found:
                event: Any = {"Records": [to_lambda_record(message)]}
                assert HANDLERS[name](event, LambdaContext()) == {"batchItemFailures": []}  # type: ignore[arg-type]
                done.append((name, read_message(message["Body"], JobMessage)))
                job.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return done


def outcome(answer: Any, name: str) -> Any:
    """Return one check of a decision."""
    return next(check for check in answer.body["checks"] if check["name"] == name)


def test_account_when_registered_then_its_first_two_coins_pass_the_shipped_limits(
    job: MarketDataJob, queues: dict[str, str]
) -> None:
    job.register(FRESH)
    assert all(job.work_all())
    assert {(name, message.account_id) for name, message in work_risk(job, queues)} == {
        ("var", FRESH),
        ("stress", FRESH),
    }

    job.gateway.reading("100000", FRESH)
    assert RiskJobs.risk(RiskJobs(gateway=job.gateway, queue_url=""), FRESH)["var"]["status"] == "no_positions"
    for symbol, quantity, price, stop in ((BTC, "0.05", "50100", "49000"), (ETH, "0.8", "3010", "2950")):
        answer = job.gateway.submit(
            account=FRESH, symbol=symbol, quantity=quantity, price=price, stop_loss_price=stop, type="limit"
        )
        assert answer.status == 201, answer.text
        assert {outcome(answer, name)["outcome"] for name in ("VAR_LIMIT", "STRESS_LIMIT", "CORRELATION")} == {"passed"}
    # BTC and ETH of this venue have next to nothing in common: the figure is theirs, not that of missing data.
    assert abs(Decimal(outcome(answer, "CORRELATION")["observed"])) < Decimal("0.3")


def test_account_when_described_anew_with_its_key_then_collected_too(
    job: MarketDataJob, queues: dict[str, str]
) -> None:
    unkeyed = [{"venue": "binance", "market_type": "spot"}]
    assert job.gateway.register(FRESH, venues=unkeyed).status == 201
    assert job.receive() is None
    job.register(FRESH)

    assert all(job.work_all())
    assert {name for name, _ in work_risk(job, queues)} == {"var", "stress"}


def test_registration_when_the_queue_is_gone_then_the_account_is_registered_all_the_same(
    job: MarketDataJob, queues: dict[str, str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("MARKET_QUEUE_URL", job.queue_url + "-gone")
    forget()
    job.register(FRESH)

    assert "first_collection_failed" in caplog.text
    assert job.receive() is None
