"""Drive the risk jobs as the schedule and Lambda's poller do, on real closes moved to the test's time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import boto3

from functions.stress.app import lambda_handler as stress_handler
from functions.var.app import lambda_handler as var_handler
from riskgate.core.market.closes import DailyCloses
from riskgate.runtime.risk import risk_deps
from tests.support.aws import LambdaContext
from tests.support.closes import load_closes
from tests.support.gateway import ACCOUNT_ID, MARKETS, VENUE, Answer, Gateway

HANDLERS = {"var": var_handler, "stress": stress_handler}


def build_queue(name: str) -> str:
    """Make a job's queue."""
    return str(boto3.client("sqs").create_queue(QueueName=name)["QueueUrl"])


@dataclass
class RiskJobs:
    """A gateway with daily closes, and its risk jobs."""

    gateway: Gateway
    queue_url: str
    context: LambdaContext = field(default_factory=LambdaContext)

    def put_closes(self, *assets: str, **options: Any) -> dict[str, DailyCloses]:
        """Store real closes as if the last day of them had been yesterday."""
        found = load_closes(assets, self.gateway.now, **options)
        self.put_series(*found.values())
        return found

    def put_series(self, *series: DailyCloses) -> None:
        """Store closes as they are given."""
        for one in series:
            assert risk_deps().closes.put(one)

    def hold(self, equity: str = "100000", account: str = ACCOUNT_ID, **quantities: str) -> None:
        """Report positions, by asset; the rest is cash. Marks are the quotes' mid prices."""
        positions = [
            {"venue": VENUE, "symbol": f"{asset}/USDT", "quantity": quantity, "average_price": "1"}
            for asset, quantity in quantities.items()
        ]
        spent = sum(Decimal(quantity) * mid_of(asset) for asset, quantity in quantities.items())
        balances = [{"venue": VENUE, "asset": "USDT", "total": str(Decimal(equity) - spent)}]
        balances += [{"venue": VENUE, "asset": asset, "total": total} for asset, total in quantities.items()]
        answer = self.gateway.snapshot(equity, account, balances=balances, positions=positions)
        assert answer.status == 201, answer.text

    def tick(self, job: str) -> Any:
        """Let the schedule call a job."""
        return HANDLERS[job]({}, self.context)  # type: ignore[arg-type]

    def at_once(self, job: str, account: str = ACCOUNT_ID) -> Any:
        """Run a job for one account on demand."""
        return HANDLERS[job]({"account_id": account}, self.context)  # type: ignore[arg-type]

    def drain(self, job: str, copies: int = 1) -> list[Any]:
        """Hand each waiting message to the job, as often as asked for; return what came back each time."""
        sqs, answers = boto3.client("sqs"), []
        while messages := sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10).get("Messages"):
            for message in messages:
                answers += [HANDLERS[job]({"Records": [to_record(message)]}, self.context) for _ in range(copies)]  # type: ignore[arg-type]
                sqs.delete_message(QueueUrl=self.queue_url, ReceiptHandle=message["ReceiptHandle"])
        return answers

    def run(self, job: str = "var") -> None:
        """Let a tick reach every account."""
        self.tick(job)
        for answer in self.drain(job):
            assert answer == {"batchItemFailures": []}

    def risk(self, account: str = ACCOUNT_ID) -> Any:
        """Return the latest reports."""
        answer = self.gateway.call("GET", f"/accounts/{account}/risk")
        assert answer.status == 200, answer.text
        return answer.body

    def stress(self, body: Any, **options: Any) -> Answer:
        """Try a scenario."""
        return self.gateway.call("POST", f"/accounts/{ACCOUNT_ID}/stress", body, **options)

    def put_scenarios(self, *scenarios: Mapping[str, Any], totp: bool = True) -> Answer:
        """Replace the account's own scenarios."""
        headers = self.gateway.next_totp() if totp else None
        body = {"scenarios": list(scenarios)}
        return self.gateway.call("PUT", f"/accounts/{ACCOUNT_ID}/scenarios", body, headers=headers)

    def items(self, prefix: str) -> dict[str, dict[str, Any]]:
        """Return the items of the state table whose sort key begins so."""
        found = self.gateway.aws.items(self.gateway.aws.state_table)
        return {item["sk"]["S"]: item for item in found if item["sk"]["S"].startswith(prefix)}

    def limits_for(self, **limits: Any) -> None:
        """Switch off what is not under test."""
        off = {
            "correlation_max": None,
            "var_fraction_max": None,
            "stress_loss_fraction_max": None,
            "position_size_fraction_max": None,
            "asset_fraction_max": None,
            "sector_fraction_max": None,
            "strategy_fraction_max": None,
            "risk_per_trade_fraction_max": None,
            "open_risk_fraction_max": None,
            "order_notional_fraction_max": None,
            "gross_exposure_fraction_max": None,
            "net_delta_fraction_max": None,
            "duplicate_window_seconds": None,
            "volume_fraction_max": None,
        }
        answer = self.gateway.limits(**off | limits)
        assert answer.status == 200, answer.text
        self.gateway.refresh_quotes()


def mid_of(asset: str) -> Decimal:
    """Return the mid price of one of the gateway's markets; next to nothing for any other asset."""
    _, _, bid, ask = MARKETS.get(f"{asset}/USDT", ("", "", "0", "0"))
    return (Decimal(bid) + Decimal(ask)) / 2


def figure_of(report: Any, method: str, confidence: str = "0.95", horizon_days: int = 1) -> Decimal:
    """Return the VaR of one method."""
    found = [
        row["var"]
        for row in report["figures"]
        if (row["method"].partition("/")[0], row["confidence"], row["horizon_days"])
        == (method, confidence, horizon_days)
    ]
    assert len(found) == 1
    return Decimal(found[0])


def to_record(message: Mapping[str, Any]) -> dict[str, Any]:
    """Return a message as Lambda hands it over."""
    return {
        "messageId": message["MessageId"],
        "receiptHandle": message["ReceiptHandle"],
        "body": message["Body"],
        "attributes": {},
        "messageAttributes": {},
        "md5OfBody": message["MD5OfBody"],
        "eventSource": "aws:sqs",
        "eventSourceARN": "arn:aws:sqs:us-east-1:123456789012:var",
        "awsRegion": "us-east-1",
    }
