"""What the view API reads beside the gateway's tables: statements, alerts that wait, queues."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import boto3
import pytest

from riskgate.adapters.aws.clients import s3_client
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.orders.close_order import close_order
from riskgate.core.account.document import OrderStatus
from riskgate.core.risk.report import VarRecord
from riskgate.runtime import wiring
from riskgate.runtime.risk import reports
from tests.support.aws import Aws
from tests.support.gateway import ACCOUNT_ID, Gateway

STATEMENT_BUCKET = "riskgate-statements"
NOTIFICATION_TABLE = "riskgate-view-notification"
_SCHEMA: Any = {
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
    "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
    "BillingMode": "PAY_PER_REQUEST",
}


@pytest.fixture
def views(aws: Aws, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> str:
    """Make what the view API reads, and return the address of its one queue, in which a message waits."""
    if "gateway" in request.fixturenames:
        # It puts all tables back to its own start.
        request.getfixturevalue("gateway")
    s3_client().create_bucket(Bucket=STATEMENT_BUCKET)
    aws.dynamodb.create_table(TableName=NOTIFICATION_TABLE, **_SCHEMA)
    sqs = boto3.client("sqs")
    url = sqs.create_queue(QueueName="orders")["QueueUrl"]
    dead = sqs.create_queue(QueueName="orders-dead")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="order")
    monkeypatch.setenv("STATEMENT_BUCKET", STATEMENT_BUCKET)
    monkeypatch.setenv("NOTIFICATION_TABLE", NOTIFICATION_TABLE)
    monkeypatch.setenv("METRICS_QUEUES", f"order={url} order_dead_letter={dead} gone={url}-gone")
    return url


def refuse(gateway: Gateway, client_order_id: str, reason: str) -> None:
    """Let an order end as one that its venue refused, without a venue."""
    acting = Acting(deps=wiring.deps(), actor="job:order_worker", now=gateway.now)
    close_order(acting, ACCOUNT_ID, client_order_id, OrderStatus.REJECTED, reason)


def keep_history(gateway: Gateway, days: int = 3) -> None:
    """Store what the last days leave: the first risk report of each, today's too, and yesterday's statement."""
    today = gateway.now.date()
    equities = [Decimal(100_000) + 250 * number - (number % 3) * 400 for number in range(days)]
    for back, equity in zip(range(days, 0, -1), [*equities], strict=True):
        day = today - timedelta(days=back)
        record = VarRecord(
            day=day,
            as_of=datetime.combine(day, time(0, 12), UTC),
            equity=equity,
            transferred=Decimal(0),
            var_95=None,
            var_99=None,
        )
        assert reports().put_record(ACCOUNT_ID, record)
    last = VarRecord(
        day=today,
        as_of=datetime.combine(today, time(0, 12), UTC),
        equity=Decimal(100_000),
        transferred=Decimal(0),
        var_95=None,
        var_99=None,
    )
    assert reports().put_record(ACCOUNT_ID, last)
    csv = (
        "strategy,venue,symbol,currency,fills,realized_pnl,fees,fees_in_other_currencies,funding,"
        "net_realized,closing_quantity,average_price,mark_price,unrealized_pnl\r\n"
        "trend,binance,BTC/USDT,USDT,4,150,6.5,,0,143.5,0.05,50000,50000,0\r\n"
        "grid,binance,ETH/USDT,USDT,9,-42,3.1,,0,-45.1,0,,,0\r\n"
    )
    prefix = f"statements/{ACCOUNT_ID}"
    s3 = s3_client()
    s3.put_object(Bucket=STATEMENT_BUCKET, Key=f"{prefix}/latest.json", Body=b"{}")
    yesterday = today - timedelta(days=1)
    s3.put_object(Bucket=STATEMENT_BUCKET, Key=f"{prefix}/{yesterday.isoformat()}/pnl.csv", Body=csv.encode())
