"""Drills in this process: instances of the gateway in threads, on DynamoDB Local."""

from __future__ import annotations

import os
import random
import threading
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from unittest.mock import patch
from uuid import uuid4

from riskgate.adapters.dynamodb.store import DynamoStore
from riskgate.app.account.change_limits import change_limits
from riskgate.app.account.register_account import register_account
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.ledger.denial_budget import DenialBudget
from riskgate.app.orders.close_order import close_order
from riskgate.app.ports.store import AuditRow
from riskgate.app.safeguards.set_kill_switch import set_kill_switch
from riskgate.core.account.document import OrderStatus
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.orders.events import OrderDecided
from riskgate.schemas.http.requests.accounts import AccountRequest
from riskgate.schemas.http.requests.base import parse_request
from riskgate.schemas.log.audit_entry import read_entry
from tests.concurrency import dynamodb_local
from tests.concurrency.instances import CLIENTS, NOW, SYMBOL, VENUE, WIDE, Gateway, order, retry
from tests.load.heads import read_heads
from tests.load.judge import APPROVED, DENIED
from tests.simulation.planted import planting

PAGE = 1000


@dataclass
class EngineGround:
    """Accounts of one gateway, one instance for each."""

    gateway: Gateway
    accounts: Sequence[str]
    venue: str = VENUE
    symbol: str = SYMBOL

    def submit(self, client: int, account_id: str, strategy: str, client_order_id: str) -> str:
        made = order(client_order_id, "0.001", account_id=account_id, strategy=strategy)
        return APPROVED if self.gateway.submit(made, client).approved else DENIED

    def cancel(self, client: int, account_id: str, client_order_id: str) -> None:
        acting = Acting(deps=self.gateway.instances[client], actor="test", now=NOW)
        retry(lambda: close_order(acting, account_id, client_order_id, OrderStatus.CANCELLED, "drill"))

    def switch(self, scope: str, key: str, *, engaged: bool) -> list[float]:
        flag = KillSwitch(scope=scope, key=key, engaged=engaged, reason="drill")
        acting = Acting(deps=self.gateway.instances[-1], actor="test", now=NOW)
        took = list[float]()

        def ask() -> None:
            began = time.monotonic()
            try:
                set_kill_switch(acting, flag, cancel_open_orders=False)
            finally:
                took.append(time.monotonic() - began)

        retry(ask)
        return took

    def read_heads(self) -> dict[str, int]:
        return read_heads(self.gateway.clients[-1], self.gateway.tables["state"], self.accounts)

    def list_approvals(self) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = defaultdict(dict)
        for name in self.accounts:
            for row in _rows(self.gateway.deps.store, name):
                if row.event == "order_decided" and row.decision == "approved":
                    found[name][_order_of(row)] = row.sequence
        return found


@contextmanager
def engine_ground(chance: random.Random, held_back: float, *, planted: str) -> Iterator[EngineGround]:
    """Give a gateway on a DynamoDB Local of its own, whose commits are held back; in the end its invariants must hold."""
    os.environ |= {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": "us-east-1"}
    dynamodb_local.install()
    with dynamodb_local.running() as address:
        os.environ["AWS_ENDPOINT_URL"] = address
        gateway = Gateway(prefix=f"drills-{uuid4().hex[:8]}")
        gateway.set_up()
        # A bot in a loop is denied here for as long as a drill wants.
        gateway.instances = [replace(deps, denials=DenialBudget(burst=1e9)) for deps in gateway.instances]
        ground = EngineGround(gateway, _register(gateway))
        with planting(planted), _commits_held_back(chance, held_back, gateway.instances[-1].store):
            yield ground
        if not planted:
            gateway.assert_invariants()


def _register(gateway: Gateway) -> list[str]:
    body = {"base_currency": "USDT", "venues": [{"venue": VENUE, "market_type": "spot"}], "initial_equity": "100000"}
    acting = Acting(deps=gateway.deps, actor="test", now=NOW)
    names = [f"account-{number}" for number in range(CLIENTS - 1)]
    for name in names:
        register_account(acting, name, parse_request(AccountRequest, body))
        change_limits(acting, name, WIDE, expected_version=1)
    return names


@contextmanager
def _commits_held_back(chance: random.Random, seconds: float, operator: object) -> Iterator[None]:
    """Let a while pass before each commit of a decision, as on a slow network: it was read before, and is written after.

    Not of the operator's: a switch is acknowledged while what was read before it still waits to be written.
    """
    commit, lock = DynamoStore.commit, threading.Lock()

    def commit_late(store: DynamoStore, *arguments: object, **keywords: object) -> object:
        with lock:
            wait = chance.uniform(0, seconds)
        if store is not operator:
            time.sleep(wait)
        return commit(store, *arguments, **keywords)

    with patch.object(DynamoStore, "commit", commit_late):
        yield


def _rows(store: DynamoStore, account_id: str) -> Iterator[AuditRow]:
    after = 0
    while rows := list(store.list_audit(account_id, after=after, limit=PAGE)):
        yield from rows
        after = rows[-1].sequence


def _order_of(row: AuditRow) -> str:
    event = read_entry(row.entry).typed_inputs()
    assert isinstance(event, OrderDecided)
    return event.order.client_order_id
