"""The daily statement: written once, from the log alone, with checksums that hold."""

from __future__ import annotations

import csv
import io
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest

from riskgate.adapters.aws.bucket import S3Objects
from riskgate.adapters.aws.clients import s3_client
from riskgate.core.errors import Transient
from tests.support.gateway import BTC, VENUE
from tests.support.reconciled_account import BUCKET, Books
from tests.support.venue import ACCOUNT

DAY, NEXT_DAY = "2026-03-04", "2026-03-05"


def objects() -> dict[str, bytes]:
    client = s3_client()
    listed = client.list_objects_v2(Bucket=BUCKET).get("Contents", [])
    return {item["Key"]: client.get_object(Bucket=BUCKET, Key=item["Key"])["Body"].read() for item in listed}


def rows(day: str, name: str) -> list[dict[str, str]]:
    text = objects()[f"statements/demo/{day}/{name}.csv"].decode()
    return list(csv.DictReader(io.StringIO(text)))


def to_next_day(books: Books) -> None:
    """Let the clock pass midnight UTC."""
    books.routed.gateway.advance(hours=13)
    books.routed.gateway.refresh_quotes()


def test_statement_when_the_day_is_not_over_then_none(books: Books) -> None:
    books.filled()
    books.reconcile()
    assert objects() == {}


def test_statement_when_the_day_is_over_then_orders_fills_and_profit_with_checksums_that_hold(books: Books) -> None:
    bought = books.filled("0.02")
    resting = books.rest()
    to_next_day(books)
    books.reconcile()
    files = objects()
    assert set(files) == {
        "statements/demo/latest.json",
        *(
            f"statements/demo/{DAY}/{name}"
            for name in ("orders.csv", "fills.csv", "pnl.csv", "account.csv", "SHA256SUMS")
        ),
    }
    for checked in files[f"statements/demo/{DAY}/SHA256SUMS"].decode().splitlines():
        digest, _, name = checked.partition("  ")
        assert sha256(files[f"statements/demo/{DAY}/{name}"]).hexdigest() == digest
    assert {row["client_order_id"]: row["status"] for row in rows(DAY, "orders")} == {
        bought: "filled",
        resting: "submitted",
    }
    (fill,) = rows(DAY, "fills")
    record = books.routed.record(bought)
    assert (Decimal(fill["quantity"]), fill["fee_currency"]) == (Decimal("0.02"), *record.filled_fees)
    (line,) = rows(DAY, "pnl")
    assert (line["strategy"], line["symbol"], line["fills"]) == ("trend", "BTC/USDT", "1")
    fee = record.filled_fees["BTC"]
    # The fee was paid out of what was bought.
    assert Decimal(line["closing_quantity"]) == Decimal("0.02") - fee
    price, mark = Decimal(fill["price"]), Decimal(line["mark_price"])
    assert Decimal(line["unrealized_pnl"]) == pytest.approx((Decimal("0.02") - fee) * (mark - price))


def test_statement_when_run_again_then_written_once_and_each_day_on_the_one_before(books: Books) -> None:
    books.filled("0.02")
    to_next_day(books)
    books.reconcile()
    first = objects()
    books.routed.gateway.advance(minutes=5)
    books.reconcile()
    assert objects() == first
    books.routed.gateway.advance(hours=24)
    books.reconcile()
    (line,) = rows(NEXT_DAY, "pnl")
    (before,) = rows(DAY, "pnl")
    assert (line["fills"], line["realized_pnl"]) == ("0", "0")
    assert line["closing_quantity"] == before["closing_quantity"]
    assert line["average_price"] == before["average_price"]
    assert {name: data for name, data in objects().items() if f"/{DAY}/" in name} == {
        name: data for name, data in first.items() if f"/{DAY}/" in name
    }


@pytest.mark.parametrize("dies_at", range(6))
def test_statement_when_the_run_dies_while_writing_then_the_next_one_finishes_it(
    books: Books, monkeypatch: pytest.MonkeyPatch, dies_at: int
) -> None:
    books.filled("0.02")
    to_next_day(books)
    real, left = S3Objects.put, iter(range(100))

    def put(self: S3Objects, *arguments: Any, **named: Any) -> bool:
        if next(left) == dies_at:
            raise Transient("the bucket did not answer")
        return real(self, *arguments, **named)

    monkeypatch.setattr(S3Objects, "put", put)
    report = books.reconcile()
    assert report["complete"], "the statement is no reason for the run to fail"
    monkeypatch.setattr(S3Objects, "put", real)
    books.reconcile()
    files = objects()
    assert len(files) == 6
    for line in files[f"statements/demo/{DAY}/SHA256SUMS"].decode().splitlines():
        digest, _, name = line.partition("  ")
        assert sha256(files[f"statements/demo/{DAY}/{name}"]).hexdigest() == digest


def test_statement_when_the_account_held_coins_at_registration_then_they_open_it_and_it_agrees_with_the_gateway(
    books: Books,
) -> None:
    gateway = books.routed.gateway
    wallet = {"USDT": "100000", "BTC": "0.5"}
    books.routed.simulator.control.post("accounts", account=ACCOUNT, balances={"spot": wallet})
    held = {"venue": VENUE, "symbol": BTC, "quantity": "0.5", "average_price": "30000"}
    balances = [{"venue": VENUE, "asset": asset, "total": total} for asset, total in wallet.items()]
    gateway.reading("125000", balances=balances, positions=[held])
    sold = books.filled("0.2", side="sell", stop_loss_price=None)
    (position,) = gateway.account()["positions"]
    to_next_day(books)
    books.reconcile()

    lines = rows(DAY, "pnl")
    record = books.routed.record(sold)
    assert record.filled_quantity == Decimal("0.2")
    profit = record.filled_notional - Decimal("0.2") * 30_000
    assert sum(Decimal(line["opening_quantity"]) for line in lines) == Decimal("0.5")
    assert sum(Decimal(line["closing_quantity"]) for line in lines) == Decimal(position["quantity"]) == Decimal("0.3")
    assert sum(Decimal(line["realized_pnl"]) for line in lines) == profit
    told = {(row["item"], row["currency"]): row["amount"] for row in rows(DAY, "account")}
    assert told["opening_equity", "USDT"] == "100000"
    assert (told["balance", "BTC"], told["balance", "USDT"]) == ("0.5", "100000")
    assert Decimal(told["closing_equity", "USDT"]) > 124_000
