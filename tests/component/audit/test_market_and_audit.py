"""Market facts, the audit log as a caller reads it, and the service's own routes."""

from __future__ import annotations

import json

from riskgate.core.account.stored import GENESIS_HASH
from tests.support.callers import READER
from tests.support.gateway import ACCOUNT_ID, BTC, VENUE, Gateway, instrument_of


def test_quote_when_older_than_the_stored_then_it_does_not_replace_it(gateway: Gateway) -> None:
    older = gateway.quote(at="2026-03-04T11:59:59Z", bid="1", ask="1", last="1")
    assert (older.status, older.body) == (200, {"stored": 1})
    assert gateway.submit(type="market", price=None).body["reserved"]["notional"] == "5001"


def test_quote_when_from_the_future_then_422(gateway: Gateway) -> None:
    answer = gateway.quote(at="2026-03-04T12:00:31Z")
    assert (answer.status, answer.code) == (422, "QUOTE_FROM_FUTURE")
    assert gateway.quote(at="2026-03-04T12:00:30Z").status == 200


def test_quote_when_stale_then_entries_are_denied(gateway: Gateway) -> None:
    gateway.advance(seconds=30)
    assert gateway.check().body["decision"] == "approved"
    gateway.advance(seconds=1)
    assert gateway.check().code == "QUOTE_STALE"


def test_quote_when_its_instant_is_written_in_other_precision_then_order_in_time_decides(gateway: Gateway) -> None:
    gateway.quote(at="2026-03-04T12:00:00.5Z", bid="50001", ask="50001")
    gateway.quote(at="2026-03-04T12:00:00.49Z", bid="1", ask="1")
    assert gateway.check(type="market", price=None).body["reserved"]["notional"] == "5000.1"


def test_instrument_when_replaced_then_the_next_order_obeys(gateway: Gateway) -> None:
    body = {"instruments": [instrument_of(BTC, quantity_min="0.5")]}
    assert gateway.call("PUT", "/market/instruments", body).body == {"stored": 1}
    assert gateway.submit().code == "QUANTITY_INVALID"
    inactive = {"instruments": [instrument_of(BTC, active=False)]}
    assert gateway.call("PUT", "/market/instruments", inactive).status == 200
    assert gateway.submit().code == "INSTRUMENT_NOT_FOUND"


def test_market_item_when_edited_to_nonsense_then_503_and_no_row(gateway: Gateway) -> None:
    for kind in ("QUOTE", "INSTRUMENT"):
        key = {"pk": {"S": "MARKET"}, "sk": {"S": f"{kind}#{VENUE}:{BTC}"}}
        table = gateway.aws.state_table
        before = gateway.aws.dynamodb.get_item(TableName=table, Key=key)["Item"]
        gateway.aws.dynamodb.put_item(TableName=table, Item=before | {"document": {"S": '{"bid":"NaN"}'}})
        order = gateway.order()
        answer = gateway.submit(order)
        assert (answer.status, answer.code) == (503, "STATE_CORRUPT")
        gateway.aws.dynamodb.put_item(TableName=table, Item=before)
        assert gateway.on_order("GET", order["client_order_id"]).status == 404


def test_audit_when_listed_then_a_chain_that_names_who_did_what(gateway: Gateway) -> None:
    gateway.submit()
    gateway.submit(quantity="3")
    page = gateway.call("GET", f"/accounts/{ACCOUNT_ID}/audit", caller=READER)
    entries = page.body["entries"]
    assert [entry["event"] for entry in entries] == ["account_registered", "order_decided", "order_decided"]
    assert [entry["sequence"] for entry in entries] == [1, 2, 3]
    assert entries[0]["previous_hash"] == GENESIS_HASH
    assert [entry["previous_hash"] for entry in entries[1:]] == [entry["hash"] for entry in entries[:-1]]
    assert {entry["actor"] for entry in entries} == {"token:adminadmin01"}
    assert entries[2]["answer"]["decision"] == "denied"
    assert entries[1]["inputs"]["market"]["quote"]["bid"] == "49990"


def test_audit_when_paged_then_every_entry_once(gateway: Gateway) -> None:
    for n in range(5):
        gateway.submit(quantity=f"0.00{n + 1}")
    seen, after = [], 0
    while after is not None:
        query = {"after": str(after), "limit": "4"}
        page = gateway.call("GET", f"/accounts/{ACCOUNT_ID}/audit", query=query)
        seen += [entry["sequence"] for entry in page.body["entries"]]
        after = page.body["next_after"]
    assert seen == [1, 2, 3, 4, 5, 6]
    for after_text in ("-1", "x", "9" * 13):
        bad = gateway.call("GET", f"/accounts/{ACCOUNT_ID}/audit", query={"after": after_text})
        assert (bad.status, bad.code) == (400, "QUERY_INVALID")


def test_health_when_asked_without_a_token_then_ok(gateway: Gateway) -> None:
    answer = gateway.call("GET", "/health", caller=None)
    assert (answer.status, answer.body["status"]) == (200, "ok")


def test_openapi_when_asked_without_a_token_then_the_committed_document(gateway: Gateway) -> None:
    answer = gateway.call("GET", "/openapi.json", caller=None)
    assert answer.status == 200
    assert gateway.contract is not None
    assert answer.body == json.loads(json.dumps(gateway.contract.document))
