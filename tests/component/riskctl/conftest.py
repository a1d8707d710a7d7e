"""A gateway with one account, and the command line pointed at it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from infra.riskctl.api import ApiClient
from infra.riskctl.cli import app
from infra.riskctl.session import Session
from infra.riskctl.target import Connection
from riskgate.adapters.dynamodb.tokens import DynamoTokenStore
from riskgate.core.access.tokens import TOKEN_RANDOM_BYTES, Scope, new_token
from tests.support.aws import TOTP_SEED, Aws
from tests.support.databases import REGION
from tests.support.riskctl_transport import API_URL, GatewayTransport

ACCOUNT = "demo"
VENUE = "binance"


@dataclass(frozen=True, kw_only=True)
class Gateway:
    """The gateway, its tables, and a stack file that leads to both."""

    aws: Aws
    transport: GatewayTransport
    stack_file: Path
    admin_token: str

    @property
    def api(self) -> ApiClient:
        """Return a client with the administrator's token."""
        return ApiClient(API_URL, self.admin_token, self.transport)

    @property
    def session(self) -> Session:
        """Return the command line's own session."""
        return Session(Connection(stack_file=self.stack_file), self.transport)

    def quote(self, bid: str = "7999", ask: str = "8001") -> None:
        """Push a fresh quote of BTC/USDT."""
        quote = {"venue": VENUE, "symbol": "BTC/USDT", "bid": bid, "ask": ask, "last": bid, "volume_24h": "50000"}
        self.api.call("PUT", "/market/quotes", {"quotes": [{**quote, "at": datetime.now(UTC)}]})

    def order(self, **fields: Any) -> dict[str, Any]:
        """Return an order that passes unless told otherwise."""
        return {
            "client_order_id": "first",
            "symbol": "BTC/USDT",
            "venue": VENUE,
            "strategy": "swing",
            "side": "buy",
            "type": "limit",
            "quantity": "0.5",
            "price": "8000",
            "stop_loss_price": "7800",
            **fields,
        }

    def submit(self, **fields: Any) -> dict[str, Any]:
        """Have an order decided."""
        return self.api.call("POST", f"/accounts/{ACCOUNT}/orders", self.order(**fields), is_answer=lambda _: True).body

    def set_flag(self, engaged: dict[str, Any], *, scope: str = "GLOBAL") -> None:
        """Edit a kill-switch item past the gateway; `engaged` is the attribute as DynamoDB holds it."""
        item = {"pk": {"S": "KILL_SWITCH"}, "sk": {"S": scope}, "engaged": engaged, "reason": {"S": "table edit"}}
        self.aws.dynamodb.put_item(TableName=self.aws.control_table, Item=item)


@pytest.fixture
def gateway(aws: Aws, tmp_path: Path) -> Gateway:
    """Give a gateway with a registered account, one instrument and a fresh quote."""
    now = datetime.now(UTC)
    token, text = new_token(
        random_bytes=secrets.token_bytes(TOKEN_RANDOM_BYTES),
        scopes=list(Scope),
        accounts=["*"],
        operator="alice",
        expires_at=now + timedelta(days=1),
        created_at=now,
    )
    DynamoTokenStore(aws.dynamodb, aws.control_table).put_token(token)
    stack_file = tmp_path / "stack.json"
    stack = {
        "api_url": API_URL,
        "region": REGION,
        "aws_endpoint_url": None,
        "tables": {"state": aws.state_table, "control": aws.control_table, "audit": aws.audit_table},
        "tokens": {"admin": text},
        "totp_secret": TOTP_SEED,
        "account_id": ACCOUNT,
    }
    stack_file.write_text(json.dumps(stack), encoding="utf-8")
    made = Gateway(aws=aws, transport=GatewayTransport(), stack_file=stack_file, admin_token=text)
    made.set_flag({"BOOL": False})
    registration = {
        "base_currency": "USDT",
        "venues": [{"venue": VENUE, "market_type": "spot"}],
        "initial_equity": "100000",
    }
    made.api.call("PUT", f"/accounts/{ACCOUNT}", registration)
    instrument = {
        "venue": VENUE,
        "symbol": "BTC/USDT",
        "market_type": "spot",
        "tick_size": "0.01",
        "step_size": "0.00001",
        "notional_min": "10",
    }
    made.api.call("PUT", "/market/instruments", {"instruments": [instrument]})
    made.quote()
    return made


@pytest.fixture
def riskctl(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Run the command line against the gateway."""
    for name in ("RISKCTL_TOKEN", "RISKCTL_API_URL", "RISKCTL_STACK_NAME", "RISKCTL_ACCOUNT", "RISKCTL_OUTPUT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("RISKCTL_STACK_FILE", str(gateway.stack_file))

    def run(*arguments: str, **options: Any) -> Result:
        return CliRunner().invoke(app, list(arguments), obj=gateway.transport, **options)

    return run
