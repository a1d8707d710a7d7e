"""The page RestoringTables, step by step on DynamoDB Local: tables made anew, each as it was at an instant of its own."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from infra.riskctl.audit import replay_account, verify_account
from riskgate.adapters.dynamodb.restored import RestoredTables
from riskgate.app.audit.repair_account import Repair, repair_account
from riskgate.app.ledger.commit_event import Acting, Answered
from riskgate.app.orders.record_fill import Fill, FillAnswer, record_order_fill
from riskgate.app.orders.submit_order import submit_order
from riskgate.app.safeguards.reset_breaker import reset_breaker
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import GATEWAY_CHAIN, ReadRequest
from riskgate.core.codes import BreakerName
from riskgate.core.errors import GatewayError
from riskgate.core.side import Side
from tests.concurrency.instances import ACCOUNT_ID, NOW, UNLIMITED, Gateway, order

type Rows = list[dict[str, Any]]


@dataclass
class Restored:
    """A gateway, and what its tables held at instants of its life."""

    gateway: Gateway
    instants: list[dict[str, Rows]] = field(default_factory=list)

    def remember(self) -> None:
        """Note what the tables hold now: point-in-time recovery has every second."""
        self.instants.append({name: self._scan(table) for name, table in self.gateway.tables.items()})

    def restore(self, **instants: int) -> None:
        """Make tables anew under other names, each as of an instant, and let all instances use them."""
        gateway, before = self.gateway, dict(self.gateway.tables)
        now = {name: self._scan(table) for name, table in before.items()}
        gateway.prefix = f"restored-{uuid4().hex[:8]}"
        client = gateway.clients[0]
        for name, table in gateway.tables.items():
            described = client.describe_table(TableName=before[name])["Table"]
            client.create_table(
                TableName=table,
                AttributeDefinitions=described["AttributeDefinitions"],
                KeySchema=described["KeySchema"],
                BillingMode="PAY_PER_REQUEST",
            )
            for row in self.instants[instants[name]][name] if name in instants else now[name]:
                client.put_item(TableName=table, Item=row)
        for deps, client in zip(gateway.instances, gateway.clients, strict=True):
            object.__setattr__(deps, "store", gateway.store_of(client))

    def repair(self, chain: str = ACCOUNT_ID) -> Repair:
        """Repair a chain, as ``riskctl audit repair`` does."""
        tables = self.gateway.tables
        writing = RestoredTables(self.gateway.clients[0], state_table=tables["state"], control_table=tables["control"])
        return repair_account(self.acting, chain, writing)

    def findings(self) -> list[Any]:
        """Return what verification and replay find, as steps 5 and 6 look."""
        store = self.gateway.deps.store
        verified = verify_account(store, ACCOUNT_ID, with_orders=True)
        return [*verified.findings, *replay_account(store, ACCOUNT_ID).findings]

    def fill(self, name: str, fill_id: str, quantity: str = "0.02") -> Answered[FillAnswer]:
        """Tell of an execution."""
        fill = Fill(fill_id=fill_id, quantity=Decimal(quantity), price=Decimal(50_000), executed_at=NOW)
        return record_order_fill(self.acting, ACCOUNT_ID, name, fill)

    @property
    def acting(self) -> Acting:
        """Return who acts."""
        return Acting(deps=self.gateway.deps, actor="aws:operator", now=NOW)

    @property
    def state(self) -> AccountState:
        """Return the account as it is stored."""
        return self.gateway.deps.store.read(ReadRequest(account_id=ACCOUNT_ID)).require_state()

    def is_refused(self, name: str) -> str:
        """Return the code that an order is refused or denied with."""
        try:
            answer = submit_order(self.acting, order(name))
        except GatewayError as error:
            return error.code
        assert not answer.approved
        return answer.body

    def _scan(self, table: str) -> Rows:
        pages = self.gateway.clients[0].get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return [dict(row) for page in pages for row in page["Items"]]


@pytest.fixture
def traded(gateway: Gateway) -> Restored:
    """An account that was traded through three instants: an order filled before each of the last two, one works."""
    made = Restored(gateway)
    gateway.limit(UNLIMITED)
    made.remember()
    for name in ("first", "second"):
        assert gateway.submit(order(name)).approved
        made.fill(name, f"of-{name}")
        made.remember()
    gateway.limit(replace(UNLIMITED, daily_trades_max=100))
    assert gateway.submit(order("working")).approved
    made.fill("working", "part", "0.01")
    gateway.kill()
    return made


@pytest.mark.parametrize(("state", "control"), [(1, 1), (0, 1), (1, 0), (2, 1)])
def test_page_when_state_and_control_are_older_than_the_log_then_all_is_there_again_and_trades(
    traded: Restored, state: int, control: int
) -> None:
    gateway, before = traded.gateway, traded.state
    traded.restore(state=state, control=control)
    # Step 4: the restored control table does not stop trading; what the page says to do about it.
    flags = {flag.item: flag.flag for flag in gateway.deps.store.kill_switches.list()}
    assert flags["GLOBAL"] is not None
    assert flags["GLOBAL"].engaged is False
    assert "AUDIT_CONFLICT" in traded.is_refused("too-early"), "nothing is approved before the repair"
    # Step 5, the account and the gateway's own chain; then the flag is engaged again.
    assert traded.findings() != []
    assert traded.repair().entries > 0
    traded.repair(GATEWAY_CHAIN)
    gateway.kill()
    # Step 6.
    assert traded.findings() == []
    assert traded.repair().entries == 0
    found = traded.state
    assert found.positions == before.positions
    assert found.working_orders == before.working_orders
    assert BreakerName.MANUAL_STOP in found.breakers
    # What was done once is not done again, and nothing is approved yet.
    assert traded.fill("second", "of-second").replayed
    assert traded.fill("working", "part", "0.01").replayed
    assert "KILL_SWITCH_ENGAGED" in traded.is_refused("still-stopped")
    # Getting out meanwhile: an operator's exit passes switch and breaker.
    out = order("out", quantity="0.01", side=Side.SELL, reduce_only=True, operator_exit=True)
    assert gateway.submit(out).approved
    # Step 8: who compared signs off, and the account trades.
    reset_breaker(traded.acting, ACCOUNT_ID, BreakerName.MANUAL_STOP, "compared")
    gateway.kill(engaged=False)
    assert gateway.submit(order("again")).approved
    assert gateway.submit(order("exit", quantity="0.03", side=Side.SELL, reduce_only=True)).approved
    assert traded.findings() == []


def test_page_when_the_log_is_older_than_the_documents_then_found_until_these_are_older_too(
    traded: Restored,
) -> None:
    gateway = traded.gateway
    traded.restore(audit=1)
    assert traded.repair().entries == 0, "no log makes entries again that are lost"
    assert traded.findings() != [], "step 5 says so"
    assert "KILL_SWITCH_ENGAGED" in traded.is_refused("stopped"), "step 1 holds meanwhile"
    # As step 5 says: the state table to an earlier instant. What came after is known to the venue alone.
    traded.restore(audit=1, state=0, control=0)
    assert traded.repair().entries > 0
    traded.repair(GATEWAY_CHAIN)
    assert traded.findings() == []
    assert traded.state.positions["binance:BTC/USDT"].quantity == Decimal("0.02")
    reset_breaker(traded.acting, ACCOUNT_ID, BreakerName.MANUAL_STOP, "compared")
    gateway.kill(engaged=False)
    assert gateway.submit(order("again")).approved
