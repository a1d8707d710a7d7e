"""What one read of an account asks for, and what becomes of the items that are found."""

from __future__ import annotations

from typing import Any

from riskgate.adapters.dynamodb import guards, items
from riskgate.adapters.dynamodb.documents import pack_document, write_document
from riskgate.adapters.dynamodb.snapshot import build_snapshot, list_keys
from riskgate.core.account.stored import Marker, ReadRequest, Snapshot
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.limits import Limits
from riskgate.core.order import OrderType
from riskgate.schemas.codec import encode
from tests.support.builders import (
    ACCOUNT_ID,
    NOW,
    SPOT,
    SWAP,
    VENUE,
    build_account,
    build_book,
    build_instrument,
    build_order,
    build_quote,
    build_report,
    build_row,
)

PK = f"ACCOUNT#{ACCOUNT_ID}"
MARKET = f"{VENUE}:{SPOT}"
FLAGS = {
    ("KILL_SWITCH", "GLOBAL"),
    ("KILL_SWITCH", PK),
    ("KILL_SWITCH", f"VENUE#{VENUE}"),
    ("KILL_SWITCH", "STRATEGY#trend"),
    ("KILL_SWITCH", f"SYMBOL#{SPOT}"),
}


def asked(**request: Any) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """Return the names of the keys asked for, of the state and of the control table."""
    state, control = list_keys(ReadRequest(account_id=ACCOUNT_ID, **request))
    names = tuple([(key["pk"]["S"], key["sk"]["S"]) for key in keys.keys] for keys in (state, control))
    for found in names:
        assert len(found) == len(set(found)), "a batch read refuses duplicates"
    return names[0], names[1]


def test_keys_when_nothing_is_named_then_account_limits_and_the_flags_that_stop_all_of_it() -> None:
    state, control = asked()
    assert state == [(PK, "STATE")]
    assert set(control) == {("LIMITS", PK), ("KILL_SWITCH", "GLOBAL"), ("KILL_SWITCH", PK)}
    assert asked(with_account=False) == ([], [])


def test_keys_of_an_order_then_its_record_market_flags_guard_and_the_report() -> None:
    state, control = asked(orders=(build_order(), build_order(client_order_id="o2", type=OrderType.STOP)))
    assert set(state) == {
        (PK, "STATE"),
        (PK, "REPORT#GATE"),
        (PK, "ORDER#o1"),
        (PK, "ORDER#o2"),
        ("MARKET", f"QUOTE#{MARKET}"),
        ("MARKET", f"INSTRUMENT#{MARKET}"),
        ("MARKET", "CORRELATION#BTC"),
    }
    guard = guards.guard_key(ACCOUNT_ID)
    assert set(control) == {("LIMITS", PK), *FLAGS, (guard["pk"]["S"], guard["sk"]["S"])}


def test_keys_of_an_order_at_market_then_its_book_too() -> None:
    alone, _ = asked(orders=(build_order(type=OrderType.MARKET, price=None),))
    assert ("MARKET", f"BOOK#{MARKET}") in alone


def test_keys_of_all_else_then_just_that() -> None:
    state, control = asked(
        with_account=False,
        client_order_ids=("o9",),
        markets=((VENUE, SPOT),),
        instruments=((VENUE, SPOT), (VENUE, SWAP)),
        markers=(("FILL", "o9#f1"),),
        books=((VENUE, SWAP),),
        assets=("ETH",),
        with_report=True,
    )
    assert control == []
    assert set(state) == {
        (PK, "REPORT#GATE"),
        (PK, "ORDER#o9"),
        ("MARKET", f"QUOTE#{MARKET}"),
        ("MARKET", f"INSTRUMENT#{MARKET}"),
        ("MARKET", f"INSTRUMENT#{VENUE}:{SWAP}"),
        (PK, "FILL#o9#f1"),
        ("MARKET", f"BOOK#{VENUE}:{SWAP}"),
        ("MARKET", "CORRELATION#ETH"),
    }


def found(request: ReadRequest, state: list[items.Item], control: list[items.Item]) -> Snapshot:
    rows = [{(row["pk"]["S"], row["sk"]["S"]): row for row in table} for table in (state, control)]
    return build_snapshot(request, *rows)


def test_snapshot_when_nothing_is_found_then_nothing_is_known_and_the_global_flag_is_unreadable() -> None:
    empty = found(ReadRequest(account_id=ACCOUNT_ID, orders=(build_order(),)), [], [])
    missing = KillSwitch(scope="global", key="", engaged=None)
    assert empty == Snapshot(account=None, limits=None, kill_switches=(missing,), records={}, instruments={})


def test_snapshot_when_all_is_found_then_each_thing_under_its_name() -> None:
    order, account, limits = build_order(), build_account(version=3), Limits()
    marker = Marker(kind="FILL", key="o1#f1", request_hash="r", answer="{}")
    row, report, book = build_row("BTC", {"ETH": "0.5"}), build_report({"BTC": 1}), build_book((101, 1))
    text = encode(account).decode()
    state = [
        items.account_item(ACCOUNT_ID, account, text, version=3, sequence=2, head="h"),
        items.quote_key(MARKET) | write_document(build_quote()),
        items.instrument_key(MARKET) | write_document(build_instrument()),
        items.correlation_key("BTC") | write_document(row),
        items.book_key(MARKET) | write_document(book),
        items.report_key(ACCOUNT_ID) | write_document(report),
        items.marker_key(ACCOUNT_ID, "FILL", "o1#f1") | pack_document(marker),
        items.key("MARKET", "MOST_TRADED#spot:binance"),
    ]
    strategy = items.kill_switch_key("strategy", "trend") | {"engaged": {"BOOL": True}, "reason": {"S": "why"}}
    control = [
        items.limits_item(ACCOUNT_ID, limits, 4, NOW, "token:1", items.limits_key(ACCOUNT_ID)),
        items.kill_switch_key("global", "") | {"engaged": {"BOOL": False}},
        strategy,
        guards.guard_key(ACCOUNT_ID) | {"version": {"S": "g7"}, "flags": {"L": []}},
    ]
    request = ReadRequest(account_id=ACCOUNT_ID, orders=(order,), markers=(("FILL", "o1#f1"), ("FILL", "o1#f2")))

    snapshot = found(request, state, control)

    assert snapshot.account is not None
    assert (snapshot.account.state, snapshot.account.audit_sequence) == (account, 2)
    assert snapshot.limits is not None
    assert (snapshot.limits.limits, snapshot.limits.version) == (limits, 4)
    assert snapshot.kill_switches == (
        KillSwitch(scope="global", key="", engaged=False),
        KillSwitch(scope="strategy", key="trend", engaged=True, reason="why"),
    )
    assert (snapshot.guard_version, snapshot.records) == ("g7", {})
    assert snapshot.quotes == {MARKET: build_quote()}
    assert snapshot.instruments == {MARKET: build_instrument()}
    assert (snapshot.correlations, snapshot.books) == ({"BTC": row}, {MARKET: book})
    assert snapshot.markers == {("FILL", "o1#f1"): marker}
    assert snapshot.report == report


def test_snapshot_when_the_guard_names_a_flag_that_its_item_does_not_then_engaged() -> None:
    guard = (
        guards.guard_key(ACCOUNT_ID)
        | {"version": {"S": "g1"}}
        | guards._write_flags(0, [KillSwitch(scope="venue", key=VENUE, engaged=True, reason="guard")])
    )
    released = items.kill_switch_key("global", "") | {"engaged": {"BOOL": False}}
    snapshot = found(ReadRequest(account_id=ACCOUNT_ID, orders=(build_order(),)), [], [guard, released])
    assert [(flag.scope, flag.is_engaged) for flag in snapshot.kill_switches] == [("global", False), ("venue", True)]
    unnamed = found(ReadRequest(account_id=ACCOUNT_ID), [], [guard, released])
    assert [flag.scope for flag in unnamed.kill_switches] == ["global"]
