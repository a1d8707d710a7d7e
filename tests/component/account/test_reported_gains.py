"""Whoever trades may report a loss, and a gain as far as it is explained; what loosens limits needs a person."""

from __future__ import annotations

from typing import Any

import pytest

from riskgate.core.access.tokens import Scope
from riskgate.core.account.stored import ReadRequest
from riskgate.runtime import wiring
from tests.support.callers import ADMIN, FEEDER, limited_to
from tests.support.gateway import ACCOUNT_ID, BTC, VENUE, Answer, Gateway, instant

TRADER = limited_to(ADMIN, Scope.ORDERS_WRITE, Scope.SNAPSHOTS_WRITE, Scope.TRANSFERS_WRITE, Scope.ACCOUNTS_READ)
SNAPSHOTS, TRANSFERS = f"/accounts/{ACCOUNT_ID}/snapshots", f"/accounts/{ACCOUNT_ID}/transfers"
VENUES = [{"venue": VENUE, "market_type": "spot"}]
HELD = {"venue": VENUE, "symbol": BTC, "quantity": "0.1", "average_price": "50000"}


def report(gateway: Gateway, equity: str, *, totp: bool = False, **fields: Any) -> Answer:
    """Report the account as the bot that trades it."""
    body = {"equity": equity, "balances": [{"venue": VENUE, "asset": "USDT", "total": equity}], "positions": []}
    headers = gateway.next_totp() if totp else None
    answer = gateway.call("POST", SNAPSHOTS, body | fields, caller=TRADER, headers=headers)
    assert answer.status == 201, answer.text
    return answer


@pytest.mark.parametrize(("equity", "counts"), [("60000", "60000"), ("102000", "102000"), ("102001", "100000")])
def test_gain_when_whoever_trades_reports_it_then_only_what_is_explained_counts(
    gateway: Gateway, equity: str, counts: str
) -> None:
    answer = report(gateway, equity)

    assert (answer.body["equity"], answer.body["confirmed"]) == (counts, equity == counts)
    assert gateway.account()["equity"] == counts


def test_gain_when_reported_with_a_code_or_by_who_does_not_trade_then_it_counts(gateway: Gateway) -> None:
    assert report(gateway, "150000").body["reason"] is not None

    assert report(gateway, "150000", totp=True).body["equity"] == "150000"
    assert gateway.snapshot("200000").body["equity"] == "200000"


def test_gain_when_reported_with_a_wrong_code_then_refused(gateway: Gateway) -> None:
    body = {"equity": "150000", "balances": [], "positions": []}
    answer = gateway.call("POST", SNAPSHOTS, body, caller=TRADER, headers={"X-TOTP": "000000"})

    assert (answer.status, gateway.account()["equity"]) == (401, "100000")


def test_gain_when_reported_in_small_steps_then_they_add_up(gateway: Gateway) -> None:
    for equity in ("101000", "102000", "103000", "104000"):
        report(gateway, equity)

    assert gateway.account()["equity"] == "102000"
    assert report(gateway, "101000").body["equity"] == "101000"
    assert report(gateway, "102500").body["equity"] == "101000", "what was lowered is not simply raised again"


def test_gain_when_the_gateways_own_prices_explain_it_then_it_counts_and_the_bots_do_not(gateway: Gateway) -> None:
    report(gateway, "100000", positions=[HELD])
    for mark in ("25000", "900000"):
        assert report(gateway, "130000", positions=[HELD | {"mark_price": mark}]).body["equity"] == "100000"
    assert gateway.account()["positions"][0]["mark_price"] == "50000"

    gateway.quote(bid="80000", ask="80000")

    assert report(gateway, "103000", positions=[HELD]).body["equity"] == "103000"


def test_gain_when_not_believed_then_told_once_in_orange(gateway: Gateway) -> None:
    for _ in range(3):
        report(gateway, "900000")

    entries = gateway.call("GET", f"/accounts/{ACCOUNT_ID}/audit").body["entries"]
    told = [(notice["severity"], notice["observed"]) for entry in entries for notice in entry["notices"]]
    assert told == [("orange", "900000")]


def test_gain_when_the_limit_is_off_then_it_counts(gateway: Gateway) -> None:
    assert gateway.limits(equity_unexplained_gain_fraction_max=None).status == 200

    assert report(gateway, "150000").body["equity"] == "150000"


def test_deposit_when_whoever_trades_reports_it_then_a_person_must_say_so(gateway: Gateway) -> None:
    body = {"transfer_id": "d-1", "kind": "deposit", "amount": "50000"}

    refused = gateway.call("POST", TRANSFERS, body, caller=TRADER)
    assert (refused.status, refused.code) == (401, "TOTP_REQUIRED")

    assert gateway.call("POST", TRANSFERS, body, caller=TRADER, headers=gateway.next_totp()).status == 201
    assert gateway.call("POST", TRANSFERS, body | {"transfer_id": "d-2"}, caller=FEEDER).status == 201


KEYED = [VENUES[0] | {"secret_name": "riskgate/exchange/demo"}]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {"sectors": {"BTC": "money", "ETH": "oil"}}),
        ({}, {"venues": [*VENUES, {"venue": "kraken", "market_type": "spot"}]}),
        ({"venues": KEYED}, {"venues": VENUES}),
        ({"venues": KEYED}, {"venues": [KEYED[0] | {"secret_name": "riskgate/exchange/other"}]}),
        ({"venues": [*VENUES, {"venue": "kraken", "market_type": "spot"}]}, {"venues": VENUES}),
    ],
    ids=["sectors", "a venue without a key", "no key any more", "another key", "a venue less"],
)
def test_account_when_described_with_less_to_hold_it_then_a_person_must_say_so(
    gateway: Gateway, before: dict[str, Any], after: dict[str, Any]
) -> None:
    gateway.register("second", **before)

    refused = gateway.register("second", **after)
    assert (refused.status, refused.code) == (401, "TOTP_REQUIRED")

    assert gateway.register("second", totp=True, **after).status == 200


def test_account_when_described_the_same_or_with_more_keys_then_no_code_is_asked(gateway: Gateway) -> None:
    for venues in (VENUES, KEYED, [*KEYED, {"venue": "kraken", "market_type": "spot", "secret_name": "k"}]):
        assert gateway.register("second", venues=venues).status in {200, 201}


def test_rate_when_a_fresh_quote_tells_another_then_the_quote_counts(gateway: Gateway) -> None:
    """A false rate valued 80,000 at 0.00001: the order passed."""
    instruments = [{"venue": VENUE, "symbol": "ETH/EUR", "market_type": "spot"}]
    assert gateway.call("PUT", "/market/instruments", {"instruments": instruments}, caller=FEEDER).status == 200
    held = HELD | {"symbol": "ETH/EUR", "quantity": "20", "average_price": "2700", "mark_price": "2700"}
    assert gateway.snapshot("100000", positions=[held], rates={"EUR": "0.0000001"}).status == 201
    assert float(gateway.account()["positions"][0]["value"]) < 1

    quote = {"venue": VENUE, "symbol": "EUR/USDT", "at": instant(gateway.now), "bid": "1.09", "ask": "1.11"}
    assert gateway.call("PUT", "/market/quotes", {"quotes": [quote]}, caller=FEEDER).status == 200
    assert gateway.snapshot("100000", positions=[held], rates={"EUR": "0.0000001"}).status == 201

    assert gateway.account()["positions"][0]["value"] == "59400"


def test_rates_when_reported_of_ever_more_currencies_then_they_do_not_pile_up(gateway: Gateway) -> None:
    """Some 80 reports with many currencies filled the document: every exit answered 503 for good."""
    for number in range(12):
        rates = {f"C{number}N{index}": "1" for index in range(50)}
        assert gateway.snapshot("100000", positions=[HELD], rates=rates).status == 201

    state = wiring.deps().store.read(ReadRequest(account_id=ACCOUNT_ID)).require_state()
    assert len(state.rates) == 100
    assert gateway.submit(side="sell", quantity="0.1", type="market", price=None, stop_loss_price=None).status == 201
    too_many = {f"C{index}": "1" for index in range(51)}
    assert gateway.snapshot("100000", positions=[HELD], rates=too_many).status == 400
