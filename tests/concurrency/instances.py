"""Several instances of the gateway on one database, each with a connection of its own, and the clients they serve."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from threading import Lock
from typing import TYPE_CHECKING, Any, cast

import boto3
from botocore.config import Config

from riskgate.adapters.aws import clients as aws
from riskgate.adapters.aws import lean
from riskgate.adapters.dynamodb.store import DynamoStore
from riskgate.app.account.change_limits import change_limits
from riskgate.app.account.register_account import register_account
from riskgate.app.ledger.commit_event import Acting, Deps
from riskgate.app.orders.submit_order import OrderAnswer, submit_order
from riskgate.app.safeguards.set_kill_switch import set_kill_switch
from riskgate.core.errors import GatewayError
from riskgate.core.instrument import Instrument, MarketType, Quote
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.limits import Limits
from riskgate.core.order import Order, OrderType
from riskgate.core.side import Side
from riskgate.schemas.http.requests.accounts import AccountRequest
from riskgate.schemas.http.requests.base import parse_request
from tests.support.invariants import assert_invariants

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: A Wednesday at noon: every request of a test comes at this instant.
NOW = datetime(2026, 3, 4, 12, tzinfo=UTC)
ACCOUNT_ID, VENUE, SYMBOL = "demo", "binance", "BTC/USDT"
CLIENTS = 8
#: Times a client asks again with the same id after a 503.
RETRIES_MAX = 200
RETRY_PAUSE_SECONDS = 0.01

#: Nothing limits but what a test says.
UNLIMITED = Limits(
    order_rate_max=None,
    duplicate_window_seconds=None,
    daily_trades_max=None,
    open_risk_fraction_max=None,
    risk_per_trade_fraction_max=None,
    var_fraction_max=None,
    stress_loss_fraction_max=None,
    self_match_prevention=False,
)
#: Accounts whose orders differ in nothing but the switch that stops them.
WIDE = replace(
    UNLIMITED,
    position_size_fraction_max=None,
    asset_fraction_max=None,
    sector_fraction_max=None,
    strategy_fraction_max=None,
    correlation_max=None,
)
_KEYS = {
    "state": (("pk", "S"), ("sk", "S")),
    "control": (("pk", "S"), ("sk", "S")),
    "audit": (("account_id", "S"), ("sequence", "N")),
}


@dataclass
class Gateway:
    """Three tables, and as many instances on them as there are clients."""

    prefix: str
    instances: list[Deps] = field(default_factory=list)
    clients: list[DynamoDBClient] = field(default_factory=list)
    person: Lock = field(default_factory=Lock)

    @property
    def tables(self) -> Mapping[str, str]:
        """Return the tables' names."""
        return {name: f"{self.prefix}-{name}" for name in _KEYS}

    @property
    def deps(self) -> Deps:
        """Return the first instance."""
        return self.instances[0]

    def set_up(self) -> None:
        """Make tables, instances, one account and its market."""
        for number in range(CLIENTS):
            # As the functions make theirs, but patient: a busy machine is no fault of the database.
            client = boto3.client(
                "dynamodb", config=aws.sdk_config().merge(Config(connect_timeout=10, read_timeout=30))
            )
            self.clients.append(client)
            # Half of them decide through our own client, half through boto3's: both race at once.
            self.instances.append(Deps(store=self.store_of(lean_client(client) if number % 2 == 0 else client)))
        for name, keys in _KEYS.items():
            self.clients[0].create_table(
                TableName=self.tables[name],
                AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in keys],  # type: ignore[typeddict-item]
                KeySchema=[
                    {"AttributeName": keys[0][0], "KeyType": "HASH"},
                    {"AttributeName": keys[1][0], "KeyType": "RANGE"},
                ],
                BillingMode="PAY_PER_REQUEST",
            )
        self.kill(engaged=False)
        store = self.deps.store
        store.put_instruments([instrument()])
        store.put_quotes([quote()])
        venues = [{"venue": VENUE, "market_type": "spot"}]
        body = {"base_currency": "USDT", "venues": venues, "initial_equity": "100000"}
        register_account(Acting(deps=self.deps, actor="test", now=NOW), ACCOUNT_ID, parse_request(AccountRequest, body))

    def store_of(self, client: DynamoDBClient) -> DynamoStore:
        """Return a store on the tables."""
        return DynamoStore(
            client,
            state_table=self.tables["state"],
            control_table=self.tables["control"],
            audit_table=self.tables["audit"],
        )

    def limit(self, limits: Limits) -> None:
        """Put limits in force, asking again after a 503 as an operator does."""
        snapshot = self.deps.store.read_chain(ACCOUNT_ID)
        assert snapshot is not None
        assert snapshot.state is not None
        version = snapshot.state.limits_version
        retry(
            lambda: change_limits(
                Acting(deps=self.deps, actor="test", now=NOW), ACCOUNT_ID, limits, expected_version=version
            )
        )

    def kill(self, *, engaged: bool = True, instance: int = 0) -> Any:
        """Set the global kill switch through the use case of the admin route."""
        flag = KillSwitch(scope="global", key="", engaged=engaged, reason="drill")
        deps = self.instances[instance]
        return retry(lambda: set_kill_switch(Acting(deps=deps, actor="test", now=NOW), flag, cancel_open_orders=False))

    def submit(self, order: Order, instance: int = 0) -> OrderAnswer:
        """Have one instance decide an order, asking again after a 503 as a bot does."""
        deps = self.instances[instance % len(self.instances)]
        return retry(lambda: submit_order(Acting(deps=deps, actor="test", now=NOW), order))

    def submit_all(self, orders: Sequence[Order], threads: int = CLIENTS) -> list[OrderAnswer]:
        """Have clients in parallel submit all orders; client n talks to instance n."""
        with ThreadPoolExecutor(threads) as pool:
            return list(pool.map(self.submit, orders, range(len(orders))))

    def assert_invariants(self) -> None:
        """Hold the tables against the invariants."""
        assert_invariants(self.clients[0], **self.tables)


def lean_client(client: DynamoDBClient) -> DynamoDBClient:
    """Return our own client of the same DynamoDB, as patient."""
    place = lean.find_place(os.environ)
    assert place is not None
    return cast(
        "DynamoDBClient",
        lean.make_client(
            place,
            os.environ,
            connect_seconds=10,
            read_seconds=30,
            attempts_max=aws.ATTEMPTS_MAX,
            user_agent=aws.USER_AGENT,
            others=lambda: client,
        ),
    )


def retry[T](call: Callable[[], T]) -> T:
    """Call again while the answer would be a 503."""
    for _ in range(RETRIES_MAX):
        try:
            return call()
        except GatewayError as error:
            if error.status != 503:
                raise
            time.sleep(RETRY_PAUSE_SECONDS)
    raise AssertionError(f"no answer after {RETRIES_MAX} tries")


def order(name: str, quantity: str = "0.02", **changes: Any) -> Order:
    """Return a limit order worth 1 % of equity at the default quantity."""
    fields: dict[str, Any] = {
        "account_id": ACCOUNT_ID,
        "client_order_id": name,
        "symbol": SYMBOL,
        "venue": VENUE,
        "strategy": "trend",
        "side": Side.BUY,
        "type": OrderType.LIMIT,
        "quantity": Decimal(quantity),
        "price": Decimal(50_000),
    }
    return Order(**fields | changes)


def instrument() -> Instrument:
    """Return the trading rules of the one market."""
    return Instrument(
        venue=VENUE,
        symbol=SYMBOL,
        market_type=MarketType.SPOT,
        base_currency="BTC",
        quote_currency="USDT",
        settle_currency="USDT",
        tick_size=Decimal("0.01"),
        step_size=Decimal("0.00001"),
    )


def quote(price: int = 50_000) -> Quote:
    """Return a quote of the one market."""
    amount = Decimal(price)
    return Quote(venue=VENUE, symbol=SYMBOL, at=NOW, bid=amount, ask=amount, last=amount, volume_24h=Decimal(1_000_000))
