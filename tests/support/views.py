"""What the view API reads beside the gateway's tables: statements, alerts that wait, queues."""

from __future__ import annotations

from typing import Any

import boto3
import pytest

from riskgate.adapters.aws.clients import s3_client
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.orders.close_order import close_order
from riskgate.core.account.document import OrderStatus
from riskgate.runtime import wiring
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
