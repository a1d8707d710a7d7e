"""A database that cannot be reached: every store says that nothing is known, in the gateway's own words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from botocore.exceptions import EndpointConnectionError

from riskgate.adapters.dynamodb.closes import ClosesStore
from riskgate.adapters.dynamodb.commands import DynamoCommandStore
from riskgate.adapters.dynamodb.exchange_keys import DynamoKeyStore
from riskgate.adapters.dynamodb.kill_switches import DynamoKillSwitches
from riskgate.adapters.dynamodb.lifetimes import DynamoLifetimes
from riskgate.adapters.dynamodb.operators import DynamoOperatorStore
from riskgate.adapters.dynamodb.order_names import DynamoOrderNames
from riskgate.adapters.dynamodb.outbox import DynamoOutbox
from riskgate.adapters.dynamodb.paper_books import DynamoPaperBooks
from riskgate.adapters.dynamodb.restored import RestoredTables
from riskgate.adapters.dynamodb.store import DynamoStore
from riskgate.adapters.dynamodb.venue_budgets import DynamoVenueBudgets
from riskgate.adapters.dynamodb.webhooks import DynamoWebhookStore
from riskgate.core.account.stored import StoredAccount
from riskgate.core.errors import Transient
from riskgate.core.kill_switch import KillSwitchProgress
from riskgate.core.market.closes import JumpMeaning
from tests.support.builders import NOW


class _Unreachable:
    """A client that answers nothing."""

    exceptions = type("exceptions", (), {"ConditionalCheckFailedException": type("Failed", (Exception,), {})})

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def fail(*_: Any, **__: Any) -> Any:
            raise EndpointConnectionError(endpoint_url="https://dynamodb")

        return fail


DB: Any = _Unreachable()
STORE = DynamoStore(DB, state_table="s", control_table="c", audit_table="a")
SWITCHES = DynamoKillSwitches(DB, state_table="s", control_table="c")
TABLES = RestoredTables(DB, state_table="s", control_table="c")
OUTBOX = DynamoOutbox(DB, "s")
EMPTY = StoredAccount(state=None, version=1, audit_sequence=1, audit_head="h")
PROGRESS = KillSwitchProgress(change_id="c", changed_at=NOW, accounts=1)
CALLS: dict[str, Callable[[], Any]] = {
    "closes": lambda: ClosesStore(DB, "s").get(["BTC"]),
    "a jump": lambda: ClosesStore(DB, "s").confirm_jump("BTC", date(2026, 1, 1), JumpMeaning.UNIT),
    "a claim": lambda: DynamoCommandStore(DB, "s").claim("n", NOW),
    "a pending command": lambda: DynamoCommandStore(DB, "s").get_pending(1),
    "a key": lambda: DynamoKeyStore(DB, "c").get_key("k"),
    "keys": lambda: DynamoKeyStore(DB, "c").list_keys(),
    "a revocation": lambda: DynamoKeyStore(DB, "c").revoke_key("k"),
    "flags": SWITCHES.list,
    "a plan": lambda: SWITCHES.put_plan("n", PROGRESS),
    "a part": lambda: SWITCHES.put_part("n", "c", 1, noted=1, unreadable=[], now=NOW),
    "first cancels": lambda: SWITCHES.start_cancels("n", "c", "v", orders=1, now=NOW),
    "cancels": lambda: SWITCHES.put_cancels("n", "c", "v", still_open=1),
    "an ending": lambda: DynamoLifetimes(DB, audit_table="a", state_table="s").is_ending("demo", 1),
    "an operator": lambda: DynamoOperatorStore(DB, "c").get_operator("alice"),
    "a code": lambda: DynamoOperatorStore(DB, "c").use_step("alice", 1, NOW),
    "names of orders": lambda: DynamoOrderNames(DB, "s").find("demo", ["n"]),
    "chats": OUTBOX.list_chats,
    "pending alerts": lambda: OUTBOX.list_pending("1"),
    "a lane": lambda: OUTBOX.acquire("1", "h", NOW, NOW),
    "a paper book": lambda: DynamoPaperBooks(DB, "s").get("demo", "paper"),
    "limits of a version": lambda: TABLES.read_limits("demo", 1),
    "a restored chain": lambda: TABLES.put_chain("demo", EMPTY, replaces=None),
    "an order": lambda: STORE.get_order("demo", "o1"),
    "a secret's owner": lambda: STORE.get_secret_owner("n"),
    "a binding": lambda: STORE.bind_secret("n", "demo"),
    "a keyed venue": lambda: STORE.is_keyed_venue("binance"),
    "a note of a keyed venue": lambda: STORE.note_keyed_venue("binance"),
    "a booking": lambda: DynamoVenueBudgets(DB, "s").look("n"),
    "a charge": lambda: DynamoVenueBudgets(DB, "s").charge("n", 1, now_us=1),
    "a pause": lambda: DynamoVenueBudgets(DB, "s").hold("n", 1),
    "a webhook": lambda: DynamoWebhookStore(DB, "c").get_webhook("tv"),
    "webhooks": lambda: DynamoWebhookStore(DB, "c").list_webhooks(),
}


@pytest.mark.parametrize("what", CALLS)
def test_database_when_it_cannot_be_reached_then_nothing_is_known_and_it_may_be_tried_again(what: str) -> None:
    with pytest.raises(Transient):
        CALLS[what]()
