"""Funding of swaps is written down once, is no break, and is in the day's statement for the strategy that held."""

from __future__ import annotations

import csv
import io
from decimal import Decimal

from riskgate.adapters.aws.clients import s3_client
from tests.support.reconciled_account import BUCKET, SWAP_EQUITY, SWAP_VENUE, Books, hold_swap
from tests.support.venue import ACCOUNT


def pay(books: Books, rate: str) -> Decimal:
    """Let funding be paid, and return what the account got."""
    books.routed.simulator.control.post("funding", symbol="BTCUSDT", rate=rate)
    return books.routed.simulator.gateway.venue.account(ACCOUNT).funding[-1].amount


def test_funding_when_paid_then_recorded_once_and_no_break(swaps: Books) -> None:
    hold_swap(swaps)
    assert swaps.reconcile()["open"] == 0
    paid = [pay(swaps, "0.0001"), pay(swaps, "-0.0003")]
    assert paid[0] < 0 < paid[1]
    report = swaps.reconcile()
    assert (report["complete"], report["found"], report["open"]) == (True, 0, 0)
    entries = swaps.routed.audit("funding_recorded")
    assert sorted(Decimal(entry["inputs"]["amount"]) for entry in entries) == sorted(paid)
    assert {(entry["actor"], entry["inputs"]["strategy"]) for entry in entries} == {("job:reconcile", "carry")}
    swaps.routed.gateway.advance(minutes=5)
    swaps.reconcile()
    assert len(swaps.routed.audit("funding_recorded")) == len(paid)


def test_wallet_when_more_is_gone_than_funding_explains_then_a_break(swaps: Books) -> None:
    hold_swap(swaps)
    pay(swaps, "0.0001")
    swaps.routed.simulator.control.post("transfers", account=ACCOUNT, type="withdrawal", market="swap", asset="USDT",
                                      amount="50")  # fmt: skip
    assert swaps.reconcile()["open_by_kind"] == {"balance": 1}


def test_funding_when_the_venue_does_not_list_it_then_the_reading_is_not_whole_and_the_next_one_records_it(
    swaps: Books,
) -> None:
    hold_swap(swaps)
    pay(swaps, "0.0001")
    swaps.routed.fault("drop_before_accept", method="GET", path="/fapi/v1/income", count=None)
    assert swaps.reconcile()["complete"] is False
    assert swaps.routed.audit("funding_recorded") == []
    swaps.routed.simulator.control.delete("faults")
    assert swaps.reconcile()["complete"] is True
    assert len(swaps.routed.audit("funding_recorded")) == 1


def test_statement_when_funding_was_paid_then_in_the_strategys_profit(swaps: Books) -> None:
    hold_swap(swaps)
    paid = pay(swaps, "0.0002") + pay(swaps, "0.0001")
    swaps.reconcile()
    swaps.routed.gateway.advance(hours=13)
    swaps.routed.gateway.refresh_quotes()
    swaps.reconcile()
    body = s3_client().get_object(Bucket=BUCKET, Key="statements/demo/2026-03-04/pnl.csv")["Body"].read().decode()
    (line,) = csv.DictReader(io.StringIO(body))
    assert (line["strategy"], line["venue"], line["fills"]) == ("carry", SWAP_VENUE, "1")
    assert Decimal(line["funding"]) == paid
    assert Decimal(line["net_realized"]) == Decimal(line["realized_pnl"]) - Decimal(line["fees"]) + paid
    wallet = swaps.routed.simulator.gateway.venue.account(ACCOUNT).futures.balances["USDT"]
    assert Decimal(SWAP_EQUITY) + Decimal(line["net_realized"]) == wallet
