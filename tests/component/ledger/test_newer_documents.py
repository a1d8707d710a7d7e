"""What a newer version of the gateway stored: nothing is decided on part of it, nothing of it is lost."""

from __future__ import annotations

import json
import zlib
from datetime import UTC, date, datetime
from typing import Any

import pytest

from riskgate.adapters.dynamodb import exchange_keys, tokens
from riskgate.adapters.dynamodb.closes import ClosesStore
from riskgate.adapters.dynamodb.packing import pack, unpack
from riskgate.core.access.tokens import Token
from riskgate.core.errors import DocumentTooNew, StateCorrupt
from riskgate.schemas.codec import sha256_hex
from tests.support.closes import series_of
from tests.support.gateway import ACCOUNT_ID, BTC, VENUE, Answer, Gateway

type Item = dict[str, Any]

ACCOUNT, MARKET, LIMITS = f"ACCOUNT#{ACCOUNT_ID}", "MARKET", "LIMITS"
#: A field of later, and what may stand in it.
LATER = {"of_later": {"a": "1"}}


def key(pk: str, sk: str) -> Item:
    return {"pk": {"S": pk}, "sk": {"S": sk}}


class Stored:
    """One item, as this version wrote it and as a newer one does."""

    def __init__(self, gateway: Gateway, pk: str, sk: str) -> None:
        self.gateway = gateway
        self.table = gateway.aws.control_table if pk == LIMITS else gateway.aws.state_table
        self.key = key(pk, sk)
        self.before = self.read()

    def read(self) -> Item:
        return dict(self.gateway.aws.dynamodb.get_item(TableName=self.table, Key=self.key)["Item"])

    def write(self, item: Item) -> Item:
        self.gateway.aws.dynamodb.put_item(TableName=self.table, Item=item)
        return item

    def grow(self, *, version: int = 1, **changes: Item) -> Item:
        """Let a build some versions ahead write the document with a field more."""
        text = unpack(self.before["document"])
        grown = json.dumps(json.loads(text) | LATER, separators=(",", ":"), sort_keys=True)
        marks = {"schema": {"N": str(int(self.before["schema"]["N"]) + version)}, "shape": {"S": "0badf00d"}}
        item = self.before | marks | {"document": pack(grown)} | changes
        if self.key["sk"]["S"] == "STATE":
            place = "/".join((item["version"]["N"], item["audit_sequence"]["N"], item["audit_head"]["S"]))
            item |= {"item_hash": {"S": sha256_hex(f"{place}/{grown}".encode())}}
        return self.write(item)


@pytest.mark.parametrize("version", [0, 1], ids=["step-forgotten", "next-version"])
@pytest.mark.parametrize(
    ("pk", "sk"),
    [
        (ACCOUNT, "STATE"),
        (LIMITS, ACCOUNT),
        (MARKET, f"QUOTE#{VENUE}:{BTC}"),
        (MARKET, f"INSTRUMENT#{VENUE}:{BTC}"),
    ],
)
def test_order_when_what_it_is_decided_on_is_newer_then_503_and_nothing_happens(
    gateway: Gateway, pk: str, sk: str, version: int
) -> None:
    item = Stored(gateway, pk, sk)
    newer = item.grow(version=version)
    order = gateway.order()
    for answer in (gateway.submit(order), gateway.check()):
        assert (answer.status, answer.code) == (503, "DOCUMENT_TOO_NEW")
        assert answer.headers["Retry-After"]
    assert item.read() == newer
    assert gateway.on_order("GET", order["client_order_id"]).status == 404
    item.write(item.before)
    assert gateway.submit(order).status == 201


def test_account_when_newer_then_no_route_changes_it(gateway: Gateway) -> None:
    order = gateway.approved()
    item = Stored(gateway, ACCOUNT, "STATE")
    newer = item.grow()
    answers = [
        gateway.snapshot("100000"),
        gateway.fill(order, "0.01"),
        gateway.cancel(order),
        gateway.limits(daily_trades_max=3),
        gateway.call("GET", f"/accounts/{ACCOUNT_ID}"),
    ]
    assert {(answer.status, answer.code) for answer in answers} == {(503, "DOCUMENT_TOO_NEW")}
    assert item.read() == newer
    item.write(item.before)


def test_account_when_newer_without_what_is_new_then_it_trades_on(gateway: Gateway) -> None:
    item = Stored(gateway, ACCOUNT, "STATE")
    item.write(item.before | {"schema": {"N": "9"}, "oldest_reader": item.before["schema"], "shape": {"S": "0badf00d"}})
    assert gateway.submit().status == 201


def test_account_when_meant_for_later_readers_then_503_though_it_looks_the_same(
    gateway: Gateway, capsys: pytest.CaptureFixture[str]
) -> None:
    item = Stored(gateway, ACCOUNT, "STATE")
    item.write(item.before | {"schema": {"N": "9"}, "oldest_reader": {"N": "9"}})
    capsys.readouterr()
    assert gateway.submit().code == "DOCUMENT_TOO_NEW"
    assert '"DocumentsTooNew":[1.0]' in capsys.readouterr().out
    item.write(item.before)


def test_account_when_packed_with_a_newer_dictionary_then_503_and_untouched(gateway: Gateway) -> None:
    item = Stored(gateway, ACCOUNT, "STATE")
    packer = zlib.compressobj(zdict=b"what a newer version's documents have in common")
    packed = packer.compress(unpack(item.before["document"])) + packer.flush()
    newer = item.write(item.before | {"document": {"B": packed}})
    assert gateway.submit().code == "DOCUMENT_TOO_NEW"
    assert item.read() == newer
    item.write(item.before)


def test_order_record_when_newer_then_its_fill_waits_for_who_knows_it(gateway: Gateway) -> None:
    order = gateway.order()
    assert gateway.submit(order).status == 201
    name = order["client_order_id"]
    item = Stored(gateway, ACCOUNT, f"ORDER#{name}")
    newer = item.grow()
    before = gateway.account()
    answers = [gateway.submit(order), gateway.fill(name, "0.01"), gateway.cancel(name), gateway.on_order("GET", name)]
    assert {(answer.status, answer.code) for answer in answers} == {(503, "DOCUMENT_TOO_NEW")}
    assert item.read() == newer
    assert gateway.account() == before
    item.write(item.before)
    assert gateway.fill(name, "0.01").status == 201


def test_marker_when_newer_then_the_fill_is_not_answered_from_part_of_it(gateway: Gateway) -> None:
    name = gateway.approved()

    def fill() -> Answer:
        return gateway.fill(name, "0.01", fill_id="f-1")

    assert fill().status == 201
    rows = gateway.aws.dynamodb.scan(TableName=gateway.aws.state_table)["Items"]
    (marker,) = (row["sk"]["S"] for row in rows if row["sk"]["S"].startswith("FILL#"))
    item = Stored(gateway, ACCOUNT, marker)
    item.grow()
    assert fill().code == "DOCUMENT_TOO_NEW"
    item.write(item.before)
    assert fill().status == 200


def test_documents_of_before_versions_when_read_then_as_ever(gateway: Gateway) -> None:
    """Items that say nothing of themselves are the first version's."""
    order = gateway.order()
    gateway.submit(order)
    name = order["client_order_id"]
    for pk, sk in [(ACCOUNT, f"ORDER#{name}"), (LIMITS, ACCOUNT), (MARKET, f"QUOTE#{VENUE}:{BTC}")]:
        item = Stored(gateway, pk, sk)
        marks = ("schema", "oldest_reader", "shape")
        assert all(mark in item.before for mark in marks)
        item.write({name: value for name, value in item.before.items() if name not in marks})
    assert gateway.fill(name, "0.01").status == 201
    assert gateway.submit(quantity="0.002").status == 201


TOKEN = Token(
    token_id="k3v9",
    token_hash="0" * 64,
    scopes=frozenset({"orders:write"}),
    accounts=frozenset({ACCOUNT_ID}),
    operator="ops",
    expires_at=datetime(2027, 1, 1, tzinfo=UTC),
    cidrs=(),
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    revoked=False,
)


def test_token_when_it_has_what_a_newer_version_restricts_it_by_then_it_is_not_read() -> None:
    item = dict(tokens.to_item(TOKEN))
    assert tokens.from_item(item) == TOKEN
    with pytest.raises(DocumentTooNew, match="a token has what this version does not know: symbols"):
        tokens.from_item(item | {"symbols": {"L": [{"S": "BTC/USDT"}]}})
    with pytest.raises(DocumentTooNew, match="a token is for readers of version 2"):
        tokens.from_item(item | {"schema": {"N": "2"}, "oldest_reader": {"N": "2"}})
    with pytest.raises(StateCorrupt):
        tokens.from_item(item | {"oldest_reader": {"S": "2"}})
    older = {name: value for name, value in item.items() if name not in {"schema", "oldest_reader"}}
    assert tokens.from_item(older) == TOKEN
    with pytest.raises(DocumentTooNew):
        exchange_keys.from_item(item | {"pk": {"S": exchange_keys.PARTITION}, "reads_only": {"BOOL": True}})


def test_closes_when_a_newer_version_wrote_more_of_them_then_they_are_not_written_over(gateway: Gateway) -> None:
    store = ClosesStore(gateway.aws.dynamodb, gateway.aws.state_table)
    series = series_of("BTC", {date(2026, 3, 2): 50_000.0, date(2026, 3, 3): 50_100.0})
    assert store.put(series)
    assert store.get(["BTC"]) == {"BTC": series}
    item = dict(gateway.aws.dynamodb.get_item(TableName=gateway.aws.state_table, Key=key("CLOSES", "BTC"))["Item"])
    gateway.aws.dynamodb.put_item(TableName=gateway.aws.state_table, Item=item | {"volumes": {"B": b"x"}})
    with pytest.raises(DocumentTooNew, match="an asset's closes has what this version does not know: volumes"):
        store.get(["BTC"])
