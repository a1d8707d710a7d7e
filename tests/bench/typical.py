"""A typical Lambda handler for the same route, as the reference of the order path.

What the documentation of Powertools and boto3 leads to: the REST resolver with validation, a pydantic body, Logger and
Metrics, and two calls of DynamoDB: account, limits and price in one batch read, account, order and log entry in one
transaction under a condition. It checks one limit.
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

TABLE = "typical"
ACCOUNT, LIMITS, PRICE = (
    {"pk": "ACCOUNT#demo", "sk": "STATE"},
    {"pk": "ACCOUNT#demo", "sk": "LIMITS"},
    {"pk": "MARKET", "sk": "PRICE#BTC/USDT"},
)
#: Numbers of the account, of its limits, of a price.
NUMBERS = {"STATE": 30, "LIMITS": 10, "PRICE#BTC/USDT": 4}
#: What the batch read finds, as DynamoDB's JSON has it.
ITEMS: list[dict[str, Any]] = [
    {name: {"S": value} for name, value in key.items()}
    | {f"number_{index}": {"N": f"{1000 + index}.25"} for index in range(NUMBERS[key["sk"]])}
    for key in (ACCOUNT, LIMITS, PRICE)
]


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
    """Return the handler, its table behind `endpoint_url`, its log lines in `output`."""
    logger = Logger(service="typical")
    # The stream of a new logger is standard output; mypy sees a plain logging.Handler.
    stream: Any = logger.registered_handler
    stream.setStream(output)
    metrics = Metrics(namespace="Typical", service="typical")
    app = APIGatewayRestResolver(enable_validation=True)
    dynamodb = boto3.resource("dynamodb", endpoint_url=endpoint_url)

    def read() -> dict[str, dict[str, Any]]:
        asked: Any = {TABLE: {"Keys": [ACCOUNT, LIMITS, PRICE], "ConsistentRead": True}}
        rows = dynamodb.batch_get_item(RequestItems=asked)["Responses"][TABLE]
        return {str(row["sk"]): row for row in rows}

    def write(account: dict[str, Any], order: dict[str, Any]) -> None:
        name = order["client_order_id"]
        entries: dict[str, dict[str, Any]] = {f"ORDER#{name}": order, f"LOG#{name}": {"event": "decided", **order}}
        news = [
            {
                "Put": {
                    "TableName": TABLE,
                    "Item": {"pk": ACCOUNT["pk"], "sk": sk, **entry},
                    "ConditionExpression": "attribute_not_exists(pk)",
                }
            }
            for sk, entry in entries.items()
        ]
        change = {
            "TableName": TABLE,
            "Item": {**account, "number_3": account["number_3"] + order["quantity"]},
            "ConditionExpression": "number_1 = :seen",
            "ExpressionAttributeValues": {":seen": account["number_1"]},
        }
        transaction: Any = [{"Put": change}, *news]
        dynamodb.meta.client.transact_write_items(TransactItems=transaction)

    def post_order(account_id: str, body: TypicalOrder) -> dict[str, Any]:
        logger.append_keys(account_id=account_id, client_order_id=body.client_order_id)
        rows = read()
        most = rows[LIMITS["sk"]]["number_2"]
        is_approved = bool((body.price or Decimal(0)) * body.quantity <= most)
        write(rows[ACCOUNT["sk"]], body.model_dump())
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

    account = {name: Decimal(value["N"]) if "N" in value else value["S"] for name, value in ITEMS[0].items()}
    order = {"client_order_id": "order-1", "symbol": "BTC/USDT", "venue": "binance", "strategy": "trend", "side": "buy",
             "type": "limit", "quantity": Decimal(5), "price": Decimal(100), "stop_loss_price": Decimal(98)}  # fmt: skip

    def calls() -> None:
        read()
        write(account, order)

    return Typical(handler=handler, calls=calls)
