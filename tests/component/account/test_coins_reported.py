"""What a report's balances hold of coins is a position, whether the report lists positions or not."""

from __future__ import annotations

from typing import Any

import pytest

from riskgate.core.account.stored import ReadRequest
from riskgate.runtime import wiring
from tests.support.gateway import ACCOUNT_ID, BTC, ETH, VENUE, Answer, Gateway, instrument_of

CASH = {"venue": VENUE, "asset": "USDT", "total": "1000"}
HELD = {"venue": VENUE, "symbol": BTC, "quantity": "0.5", "average_price": "40000"}


def coins(total: str, asset: str = "BTC") -> dict[str, Any]:
    return {"venue": VENUE, "asset": asset, "total": total}


def report(gateway: Gateway, equity: str, *balances: dict[str, Any], **fields: Any) -> Answer:
    """Report twice, as a reading is confirmed that moves equity by much."""
    for _ in range(2):
        answer = gateway.snapshot(equity, balances=[CASH, *balances], **fields)
        gateway.advance(seconds=2)
    return answer


def small(gateway: Gateway) -> Gateway:
    """Let the account hold half a bitcoin and little else."""
    assert report(gateway, "26000", coins("0.5")).body["confirmed"]
    return gateway


def held(gateway: Gateway) -> dict[str, tuple[str, str]]:
    return {p["symbol"]: (p["quantity"], p["average_price"]) for p in gateway.account()["positions"]}


def test_coins_when_no_position_is_listed_then_they_are_the_book(gateway: Gateway) -> None:
    exposure = small(gateway).account()["exposure"]

    assert (exposure["gross"], exposure["net"], exposure["by_asset"]) == ("25000", "25000", {"BTC": "25000"})
    assert held(gateway) == {BTC: ("0.5", "50000")}


def test_coins_when_more_is_bought_then_denied_and_what_is_held_is_sold(gateway: Gateway) -> None:
    small(gateway)
    more = gateway.submit(quantity="0.001")
    assert more.status == 422
    assert {"POSITION_SIZE", "ASSET_CONCENTRATION"} <= more.violated

    assert gateway.submit(side="sell", quantity="0.25", stop_loss_price=None).status == 201
    assert gateway.submit(side="sell", quantity="0.5001", stop_loss_price=None).violated >= {"INSUFFICIENT_BALANCE"}


def test_coins_when_positions_are_listed_then_the_wallet_says_how_much(gateway: Gateway) -> None:
    report(gateway, "26000", coins("0.4995"), positions=[HELD])

    assert held(gateway) == {BTC: ("0.4995", "40000")}


def test_coins_when_known_before_then_they_keep_their_cost(gateway: Gateway) -> None:
    gateway.fill(gateway.approved(quantity="0.1"), "0.1", "49000")
    before = held(gateway)
    assert gateway.snapshot("100100", balances=[coins("0.1"), CASH]).body["confirmed"]

    assert held(gateway) == before == {BTC: ("0.1", "49000")}


def test_coins_when_their_quote_is_old_then_by_the_reported_rate_the_last_mark_or_refused(gateway: Gateway) -> None:
    gateway.advance(minutes=6)
    refused = gateway.snapshot("26000", balances=[CASH, coins("0.5")])
    assert (refused.status, refused.code) == (422, "ASSET_UNPRICED")

    report(gateway, "26000", coins("0.5"), rates={"BTC": "50000"})
    assert gateway.account()["exposure"]["gross"] == "25000"
    assert gateway.snapshot("26000", balances=[CASH, coins("0.5")]).status == 201


@pytest.mark.parametrize(
    ("balance", "rates", "code"),
    [
        (coins("5", "XYZ"), {}, None),
        (coins("-5", "XYZ"), {}, "ASSET_UNPRICED"),
        (coins("5", "XYZ"), {"XYZ": "3"}, "INSTRUMENT_NOT_FOUND"),
    ],
)
def test_coins_when_they_have_no_market_then_left_out_and_named_or_refused(
    gateway: Gateway, balance: dict[str, Any], rates: dict[str, str], code: str | None
) -> None:
    answer = gateway.snapshot("100000", balances=[CASH, balance], rates=rates)

    if code is not None:
        assert (answer.status, answer.code) == (422, code)
        return
    assert answer.body["unpriced_assets"] == ["XYZ"]
    assert held(gateway) == {}


def test_coins_when_they_are_dust_then_no_position(gateway: Gateway) -> None:
    gateway.snapshot("100000", balances=[CASH, coins("0.000009"), coins("0", "ETH")])

    assert held(gateway) == {}
    state = wiring.deps().store.read(ReadRequest(account_id=ACCOUNT_ID)).require_state()
    assert state.balances[VENUE]["BTC"].total > 0


def test_coins_when_two_are_held_then_each_by_its_own_market(gateway: Gateway) -> None:
    report(gateway, "32000", coins("0.5"), coins("2", "ETH"))

    assert gateway.account()["exposure"]["by_asset"] == {"BTC": "25000", "ETH": "6000"}
    assert set(held(gateway)) == {BTC, ETH}


def test_coins_when_they_are_more_than_an_account_can_hold_then_refused(gateway: Gateway) -> None:
    names = [f"C{number}" for number in range(201)]
    for batch in (names[:50], names[50:100], names[100:150], names[150:]):
        instruments = [instrument_of(BTC) | {"symbol": f"{name}/USDT"} for name in batch]
        assert gateway.call("PUT", "/market/instruments", {"instruments": instruments}).status == 200
        quotes = [gateway.quote_of(BTC, bid="6", ask="6", last="6") | {"symbol": f"{name}/USDT"} for name in batch]
        assert gateway.call("PUT", "/market/quotes", {"quotes": quotes}).status == 200

    answer = gateway.snapshot("100000", balances=[CASH, *(coins("1", name) for name in names)])
    assert (answer.status, answer.code) == (422, "POSITIONS_TOO_MANY")
    assert gateway.snapshot("100000", balances=[CASH, *(coins("1", name) for name in names[:200])]).status == 201
