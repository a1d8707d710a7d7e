"""What is stored is missing, edited or full: denied or refused, never approved."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import count
from typing import Any

import pytest

from riskgate.adapters.dynamodb.items import account_item, parse_account
from riskgate.adapters.dynamodb.packing import unpack
from riskgate.core.account.document import POSITIONS_MAX, WORKING_ORDERS_MAX
from riskgate.core.checks import account_capacity
from riskgate.schemas.codec import encode, sha256_hex
from tests.support.builders import build_account, build_position, build_working
from tests.support.gateway import ACCOUNT_ID, Gateway

#: DynamoDB's limit of one item.
ITEM_BYTES_MAX = 400 * 1024
KEY = {"pk": {"S": f"ACCOUNT#{ACCOUNT_ID}"}, "sk": {"S": "STATE"}}

type Item = dict[str, Any]


def read(gateway: Gateway, key: Item = KEY) -> Item:
    return dict(gateway.aws.dynamodb.get_item(TableName=gateway.aws.state_table, Key=key)["Item"])


def write(gateway: Gateway, item: Item) -> None:
    gateway.aws.dynamodb.put_item(TableName=gateway.aws.state_table, Item=item)


def edit_document(item: Item, **changes: Any) -> Item:
    document = json.loads(unpack(item["document"])) | changes
    return item | {"document": {"S": json.dumps(document, separators=(",", ":"), sort_keys=True)}}


def without(item: Item, name: str) -> Item:
    return {key: value for key, value in item.items() if key != name}


EDITS: dict[str, Callable[[Item], Item]] = {
    "more-equity": lambda item: edit_document(item, equity="1000000"),
    "breaker-gone": lambda item: edit_document(item, breakers={}, peak_equity="1"),
    "other-version-in-the-document": lambda item: edit_document(item, version=7),
    "other-version": lambda item: item | {"version": {"N": "7"}},
    "version-of-another-type": lambda item: item | {"version": {"S": "1"}},
    "older-sequence": lambda item: item | {"audit_sequence": {"N": "0"}},
    "newer-sequence": lambda item: item | {"audit_sequence": {"N": "9"}},
    "other-head": lambda item: item | {"audit_head": {"S": "f" * 64}},
    "no-head": lambda item: without(item, "audit_head"),
    "no-hash": lambda item: without(item, "item_hash"),
    "no-document": lambda item: without(item, "document"),
    "empty-document": lambda item: item | {"document": {"S": ""}},
    "no-json": lambda item: item | {"document": {"S": "{"}},
    "not-compressed": lambda item: item | {"document": {"B": b"{}"}},
    "schema-of-another-type": lambda item: item | {"schema": {"S": "2"}},
    "no-schema": lambda item: without(item, "schema"),
}


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS.keys())
def test_document_when_edited_then_503_on_every_route_and_other_accounts_go_on(
    gateway: Gateway, edit: Callable[[Item], Item]
) -> None:
    gateway.register("other")
    before = read(gateway)
    write(gateway, edit(before))
    answers = [gateway.submit(), gateway.check(), gateway.snapshot("100000"), gateway.call("GET", "/accounts/demo")]
    assert {(answer.status, answer.code) for answer in answers} == {(503, "STATE_CORRUPT")}
    assert gateway.submit(account="other").status == 201
    write(gateway, before)
    assert gateway.submit().status == 201


def test_document_when_missing_then_422_unknown_and_registering_anew_is_refused(gateway: Gateway) -> None:
    before = read(gateway)
    gateway.aws.dynamodb.delete_item(TableName=gateway.aws.state_table, Key=KEY)
    assert gateway.submit().code == "ACCOUNT_UNKNOWN"
    # The log knows the account: a fresh start would fork its history.
    answer = gateway.register()
    assert (answer.status, answer.code) == (503, "AUDIT_CONFLICT")
    write(gateway, before)
    assert gateway.submit().status == 201


def test_audit_entry_when_its_number_is_taken_then_503_and_nothing_is_written(gateway: Gateway) -> None:
    key = {"account_id": {"S": ACCOUNT_ID}, "sequence": {"N": "2"}}
    gateway.aws.dynamodb.put_item(TableName=gateway.aws.audit_table, Item=key | {"entry": {"S": "forged"}})
    order = gateway.order()
    answer = gateway.submit(order)
    assert (answer.status, answer.code) == (503, "AUDIT_CONFLICT")
    assert gateway.on_order("GET", order["client_order_id"]).status == 404
    assert gateway.account()["state_version"] == 1
    gateway.aws.dynamodb.delete_item(TableName=gateway.aws.audit_table, Key=key)
    assert gateway.submit(order).status == 201


@pytest.mark.parametrize(
    "change",
    [{"document": {"S": "{}"}}, {"document": {"N": "1"}}, {"status": {"S": "winning"}}, {"updated_at": {"S": "soon"}}],
)
def test_order_when_its_item_was_edited_then_503_and_no_second_decision(gateway: Gateway, change: Item) -> None:
    order = gateway.order()
    gateway.submit(order)
    key = {"pk": KEY["pk"], "sk": {"S": f"ORDER#{order['client_order_id']}"}}
    before = read(gateway, key)
    write(gateway, before | change)
    assert (gateway.submit(order).status, gateway.submit(order).code) == (503, "STATE_CORRUPT")
    assert gateway.on_order("GET", order["client_order_id"]).status == 503
    assert gateway.call("GET", f"/accounts/{ACCOUNT_ID}/orders").status == 503
    write(gateway, before)
    assert gateway.submit(order).status == 200


def test_risk_figures_when_edited_to_nonsense_then_503(gateway: Gateway) -> None:
    key = {"pk": KEY["pk"], "sk": {"S": "REPORT#GATE"}}
    for document in ({"S": "{}"}, {"S": "x"}, {"N": "1"}):
        write(gateway, key | {"document": document})
        assert gateway.submit().code == "STATE_CORRUPT"
    gateway.aws.dynamodb.delete_item(TableName=gateway.aws.state_table, Key=key)
    assert gateway.submit().status == 201


def test_account_when_full_then_entries_are_denied_and_exits_and_cancels_pass(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(account_capacity, "WORKING_ORDERS_MAX", 3)
    gateway.fill(gateway.approved(quantity="0.01"), "0.01")
    orders = [gateway.approved(quantity=f"0.00{n}") for n in (1, 2, 3)]
    denied = gateway.submit(quantity="0.004")
    assert (denied.status, denied.code) == (422, "ACCOUNT_CAPACITY")
    assert (denied.body["violations"][0]["observed"], denied.body["violations"][0]["limit"]) == ("4", "3")
    assert gateway.submit(side="sell", quantity="0.01", price="50100", stop_loss_price=None).status == 201
    assert gateway.cancel(orders[0]).status == 200
    assert gateway.cancel(orders[1]).status == 200
    assert gateway.submit(quantity="0.005").status == 201


def test_document_when_as_full_as_it_may_be_then_far_below_the_item_limit() -> None:
    amount = Decimal("123456789012345.123456789012")
    numbers = count()

    def name(length: int = 64) -> str:
        """Return a name that compresses badly."""
        return sha256_hex(str(next(numbers)).encode())[:length].upper()

    orders = {}
    for _ in range(WORKING_ORDERS_MAX):
        order = replace(build_working(), client_order_id=name(), strategy=name(), sector=name())
        orders[order.client_order_id] = replace(order, unit_notional=amount, unit_risk=amount, unit_reserved=amount)
    positions = {}
    for _ in range(POSITIONS_MAX):
        symbol = f"{name(20)}/{name(20)}:{name(20)}"
        position = replace(build_position(), symbol=symbol, asset=symbol[:20], strategy=name(), sector=name())
        positions[position.key] = replace(position, mark_price=amount, average_price=amount)
    state = replace(build_account(), account_id=name(), working_orders=orders, positions=positions)
    item = account_item(state.account_id, state, encode(state).decode(), version=state.version, sequence=1, head=name())
    size = sum(len(key) + len(next(iter(value.values()))) for key, value in item.items())
    assert size < ITEM_BYTES_MAX / 2
    assert parse_account(item).state == state
