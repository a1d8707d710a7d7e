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
from riskgate.adapters.dynamodb.guards import put_guard
from riskgate.adapters.dynamodb.kill_switches import DynamoKillSwitches
from riskgate.adapters.dynamodb.lifetimes import DynamoLifetimes
from riskgate.adapters.dynamodb.most_traded import MostTradedStore
from riskgate.adapters.dynamodb.operators import DynamoOperatorStore
from riskgate.adapters.dynamodb.order_names import DynamoOrderNames
from riskgate.adapters.dynamodb.outbox import DynamoOutbox
from riskgate.adapters.dynamodb.paper_books import DynamoPaperBooks
from riskgate.adapters.dynamodb.reports import ReportStore
from riskgate.adapters.dynamodb.restored import RestoredTables
from riskgate.adapters.dynamodb.store import DynamoStore
from riskgate.adapters.dynamodb.tokens import DynamoTokenStore
from riskgate.adapters.dynamodb.venue_budgets import DynamoVenueBudgets
from riskgate.adapters.dynamodb.webhooks import DynamoWebhookStore
from riskgate.app.ports.alerts import Lane, PendingAlert
from riskgate.app.ports.store import Commit
from riskgate.core.access.totp import OperatorRecord
from riskgate.core.account.stored import Marker, ReadRequest, StoredAccount
from riskgate.core.errors import Transient
from riskgate.core.instrument import MarketType
from riskgate.core.kill_switch import KillSwitch, KillSwitchProgress
from riskgate.core.market.closes import JumpMeaning
from riskgate.core.market.needs import Place
from riskgate.core.paper.book import PaperTerms, open_book
from tests.adapters.dynamodb.test_commands import PENDING
from tests.adapters.dynamodb.test_outbox import ALERT
from tests.adapters.dynamodb.test_stores import build_closes, build_record
from tests.support.builders import (
    NOW,
    build_account,
    build_book,
    build_instrument,
    build_order,
    build_quote,
    build_report,
    build_row,
)
from tests.unit.adapters.dynamodb.test_transaction import ROW
from tests.unit.app.webhooks.test_read_signal import WEBHOOK


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
ENDS = DynamoLifetimes(DB, audit_table="a", state_table="s")
REPORTS = ReportStore(DB, "s")
PLACE = Place(venue="binance", market_type=MarketType.SPOT)
FLAG = KillSwitch(scope="global", key="", engaged=True, reason="r")
FAILED = OperatorRecord(failures=1, first_failure_at=NOW)
WAITING = PendingAlert(chat="1", key="k", alert=ALERT, queued_at=NOW)
BOOK = open_book(MarketType.SPOT, {}, PaperTerms(), NOW)
RECORD = build_record()
COMMIT = Commit(account_id="demo", expected=EMPTY, state=build_account(), state_json="{}", audit=ROW)
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
    "a new webhook": lambda: DynamoWebhookStore(DB, "c").put_webhook(WEBHOOK),
    "new closes": lambda: ClosesStore(DB, "s").put(build_closes()),
    "a new pending command": lambda: DynamoCommandStore(DB, "s").put_pending(PENDING),
    "another pending command": lambda: DynamoCommandStore(DB, "s").replace_pending(PENDING, None),
    "a flag": lambda: SWITCHES.get("global", ""),
    "a new flag": lambda: SWITCHES.put(FLAG, cancel_open_orders=False, now=NOW, actor="alice"),
    "guards": lambda: SWITCHES.put_guards([1]),
    "a guard": lambda: put_guard(DB, "c", 1, {}, [FLAG]),
    "progress": lambda: SWITCHES.list_progress(["n"]),
    "the end of entries": lambda: ENDS.end_entries([ROW], NOW),
    "a tombstone": lambda: ENDS.leave_tombstone(RECORD),
    "what is traded most": lambda: MostTradedStore(DB, "s").get("binance", MarketType.SPOT),
    "a new list of what is traded most": lambda: MostTradedStore(DB, "s").put("binance", MarketType.SPOT, []),
    "a failed code": lambda: DynamoOperatorStore(DB, "c").replace_failures("alice", OperatorRecord(), FAILED),
    "a new alert": lambda: OUTBOX.add(ALERT, ["1"], NOW),
    "an alert that was shown": lambda: OUTBOX.remove([WAITING]),
    "an alert in another chat": lambda: OUTBOX.move([WAITING], "2"),
    "the end of a lane": lambda: OUTBOX.release(Lane(chat="1", holder="h"), None),
    "another paper book": lambda: DynamoPaperBooks(DB, "s").put("demo", "paper", BOOK),
    "a gate report": lambda: REPORTS.put_gate_report("demo", build_report({})),
    "rows of correlations": lambda: REPORTS.put_rows([build_row("BTC", {})]),
    "latest reports": lambda: REPORTS.read_latest("demo"),
    "records of VaR": lambda: REPORTS.list_var_records("demo", NOW),
    "assets with closes": REPORTS.list_close_assets,
    "restored orders": lambda: TABLES.put_items("demo", [RECORD], []),
    "restored markers": lambda: TABLES.put_items(
        "demo", [], [Marker(kind="FILL", key="f", request_hash="", answer="")]
    ),
    "all that an order needs": lambda: STORE.read(ReadRequest(account_id="demo", orders=(build_order(),))),
    "a decision": lambda: STORE.commit(COMMIT),
    "a chain": lambda: STORE.read_chain("demo"),
    "orders": lambda: STORE.list_orders("demo", limit=1, cursor=None),
    "entries": lambda: STORE.list_audit("demo", after=0, limit=1),
    "a report": lambda: STORE.read_report("demo", "var"),
    "accounts": STORE.list_accounts,
    "instruments": lambda: STORE.list_instruments("binance"),
    "new instruments": lambda: STORE.put_instruments([build_instrument()]),
    "new quotes": lambda: STORE.put_quotes([build_quote()]),
    "a new order book": lambda: STORE.put_book("binance", build_book(("100", "1"), at=NOW)),
    "a token": lambda: DynamoTokenStore(DB, "c").get_token("t"),
    "a token's end": lambda: DynamoTokenStore(DB, "c").revoke_token("t"),
    "tokens": lambda: DynamoTokenStore(DB, "c").list_tokens(),
    "a place in the line": lambda: DynamoVenueBudgets(DB, "s").book("n", 1, now_us=1, latest_us=2),
    "a line that ends later": lambda: DynamoVenueBudgets(DB, "s").correct("n", 1),
    "what is wanted": lambda: STORE.wants.note([PLACE], [], NOW),
    "places": lambda: STORE.wants.list_places(NOW),
    "what is wanted of a place": lambda: STORE.wants.list_wants(PLACE, NOW),
}


@pytest.mark.parametrize("what", CALLS)
def test_database_when_it_cannot_be_reached_then_nothing_is_known_and_it_may_be_tried_again(what: str) -> None:
    with pytest.raises(Transient):
        CALLS[what]()
