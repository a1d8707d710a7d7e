"""Who watches an account asks again and again: where nothing changed, that costs one small read and no answer."""

from __future__ import annotations

import pytest

from tests.support.gateway import ACCOUNT_ID, Gateway
from tests.support.wire import Wire

PATH = f"/accounts/{ACCOUNT_ID}"


def test_account_when_nothing_happened_then_304_for_one_read_unit(gateway: Gateway, wire: Wire) -> None:
    gateway.approved()
    first = gateway.call("GET", PATH)
    wire.sent.clear()

    again = gateway.call("GET", PATH, headers={"If-None-Match": first.headers["ETag"]})

    assert (again.status, again.text) == (304, "")
    assert again.headers["ETag"] == first.headers["ETag"]
    (read,) = wire.sent
    assert read.operation == "Query"
    # A consistent query that finds nothing costs one read request unit.
    assert (read.body["Limit"], read.body["ConsistentRead"]) == (1, True)
    assert gateway.aws.dynamodb.query(**read.body)["Items"] == []


@pytest.mark.parametrize("event", ["order", "quiet denial", "kill switch"])
def test_account_when_something_happened_then_it_is_described_anew(gateway: Gateway, event: str) -> None:
    first = gateway.call("GET", PATH)
    if event == "order":
        gateway.approved()
    elif event == "quiet denial":
        assert gateway.submit(quantity="1000").status == 422
    else:
        assert gateway.kill("account", ACCOUNT_ID).status == 200
        gateway.lose("99000")

    again = gateway.call("GET", PATH, headers={"If-None-Match": first.headers["ETag"]})

    assert again.status == 200
    assert again.headers["ETag"] != first.headers["ETag"]
    assert again.body["audit_sequence"] > first.body["audit_sequence"]


def test_account_when_only_time_passes_then_what_ends_by_itself_is_seen_within_a_minute(gateway: Gateway) -> None:
    gateway.approved()
    first = gateway.call("GET", PATH)
    gateway.advance(seconds=61)

    again = gateway.call("GET", PATH, headers={"If-None-Match": first.headers["ETag"]})

    assert again.status == 200


@pytest.mark.parametrize(
    "tag", ["", "*", 'W/"1"', 'W/"-1.202603041200.demo"', 'W/"99999999999999.202603041200.demo"', "x" * 500]
)
def test_account_when_the_tag_is_not_ours_then_described(gateway: Gateway, tag: str) -> None:
    assert gateway.call("GET", PATH, headers={"If-None-Match": tag}).status == 200


def test_account_when_another_account_is_named_then_no_tag_opens_it(gateway: Gateway) -> None:
    tag = gateway.call("GET", PATH).headers["ETag"]
    assert gateway.call("GET", "/accounts/nobody", headers={"If-None-Match": tag}).status == 404
