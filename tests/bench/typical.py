"""A typical Lambda handler for the same route, as the reference of the order path.

What the documentation of Powertools and boto3 leads to: the REST resolver with validation, a pydantic body,
Logger and Metrics, and a DynamoDB table resource that reads one item of 30 numbers and writes it back under a
condition. It checks one limit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Literal, TextIO

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
from aws_lambda_powertools.metrics import MetricUnit
from pydantic import BaseModel

NUMBERS = 30
KEY = {"pk": "ACCOUNT#demo", "sk": "STATE"}
#: What GetItem answers.
ITEM = {name: {"S": value} for name, value in KEY.items()} | {
    f"number_{index}": {"N": f"{1000 + index}.25"} for index in range(NUMBERS)
}


class TypicalOrder(BaseModel):
    """Body of the route."""

    client_order_id: str
    symbol: str
    venue: str
    strategy: str
    side: Literal["buy", "sell"]
    type: Literal["market", "limit"]
    quantity: Decimal
    price: Decimal | None = None
    stop_loss_price: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Typical:
    """The handler, and its two database calls alone."""

    handler: Callable[[dict[str, Any], Any], dict[str, Any]]
    calls: Callable[[], object]


def build_typical(endpoint_url: str, output: TextIO) -> Typical:
    """Return the handler, its tables behind `endpoint_url`, its log lines in `output`."""
    logger = Logger(service="typical")
    # The stream of a new logger is standard output; mypy sees a plain logging.Handler.
    stream: Any = logger.registered_handler
    stream.setStream(output)
    metrics = Metrics(namespace="Typical", service="typical")
    app = APIGatewayRestResolver(enable_validation=True)
    table = boto3.resource("dynamodb", endpoint_url=endpoint_url).Table("state")

    def exchange(change: dict[str, Any]) -> dict[str, Any]:
        item = table.get_item(Key=KEY, ConsistentRead=True)["Item"]
        table.put_item(
            Item={**item, **change},
            ConditionExpression="number_1 = :seen",
            ExpressionAttributeValues={":seen": item["number_1"]},
        )
        return item

    def post_order(account_id: str, body: TypicalOrder) -> dict[str, Any]:
        logger.append_keys(account_id=account_id, client_order_id=body.client_order_id)
        item = exchange({"quantity": body.quantity})
        equity: Any = item["number_2"]
        is_approved = bool((body.price or Decimal(0)) * body.quantity <= equity)
        logger.info("order_decided", approved=is_approved)
        metrics.add_metric(name="Orders", unit=MetricUnit.Count, value=1)
        return {"decision": "approved" if is_approved else "denied", "client_order_id": body.client_order_id}

    # The resolver reads annotations by name, which a closure under postponed evaluation does not offer.
    post_order.__annotations__ = {"account_id": str, "body": TypicalOrder, "return": dict[str, Any]}
    app.post("/accounts/<account_id>/orders")(post_order)

    @logger.inject_lambda_context(clear_state=True)
    @metrics.log_metrics(capture_cold_start_metric=True)
    def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
        return app.resolve(event, context)

    return Typical(handler=handler, calls=lambda: exchange({"quantity": Decimal(1)}))
