"""Accounts: registration, snapshots, transfers, and how they are described."""

from __future__ import annotations

from decimal import Decimal

import pytest

from riskgate.app.account.bind_secrets import ALL_BEFORE
from tests.support.callers import FEEDER
from tests.support.gateway import ACCOUNT_ID, BTC, BTC_SWAP, ETH, VENUE, Gateway, instrument_of

HELD = {"venue": VENUE, "symbol": BTC, "quantity": "0.1", "average_price": "50000"}


def test_account_when_registered_then_201_and_again_200(gateway: Gateway) -> None:
    first, again = gateway.register("second"), gateway.register("second")
    assert (first.status, again.status) == (201, 200)
    assert first.body["equity"] == "100000"
    assert again.body["state_version"] == 2
    assert gateway.account("second") == again.body


def test_account_when_described_anew_then_venues_change_and_equity_does_not(gateway: Gateway) -> None:
    both = [{"venue": VENUE, "market_type": "spot"}, {"venue": "kraken", "market_type": "spot"}]
    answer = gateway.register(totp=True, venues=both, initial_equity="5")
    assert answer.status == 200
    assert (answer.body["equity"], len(answer.body["venues"])) == ("100000", 2)


KEYED = [{"venue": VENUE, "market_type": "spot", "secret_name": "riskgate/exchange/demo"}]


@pytest.mark.parametrize("is_legacy", [False, True])
def test_account_when_it_names_the_secret_of_another_then_409_and_nothing_changes(
    gateway: Gateway, *, is_legacy: bool
) -> None:
    """A token for one account registered it with another's key, and could trade with that."""
    assert gateway.register(venues=KEYED).status == 200
    assert gateway.register(venues=KEYED).status == 200, "its own it may name again"
    if is_legacy:
        for name in ("riskgate/exchange/demo", ALL_BEFORE):
            key = {"pk": {"S": "SECRET"}, "sk": {"S": name}}
            gateway.aws.dynamodb.delete_item(TableName=gateway.aws.control_table, Key=key)

    refused = gateway.register("second", venues=KEYED)

    assert (refused.status, refused.code) == (409, "SECRET_OF_ANOTHER_ACCOUNT")
    assert "demo" not in refused.body["detail"]
    assert gateway.call("GET", "/accounts/second").status == 404


def test_account_when_its_currency_would_change_then_409(gateway: Gateway) -> None:
    answer = gateway.register(base_currency="EUR")
    assert (answer.status, answer.code) == (409, "BASE_CURRENCY_FIXED")


def test_account_when_the_id_is_the_gateways_own_then_400(gateway: Gateway) -> None:
    answer = gateway.register("gateway")
    assert (answer.status, answer.code) == (400, "ACCOUNT_ID_RESERVED")


@pytest.mark.parametrize("path", ["", "/limits"])
def test_account_when_unknown_then_404(gateway: Gateway, path: str) -> None:
    answer = gateway.call("GET", f"/accounts/nobody{path}")
    assert (answer.status, answer.code) == (404, "ACCOUNT_UNKNOWN")


def test_account_when_it_trades_then_every_limit_with_its_use(gateway: Gateway) -> None:
    gateway.fill(gateway.approved(quantity="0.1"), "0.1")
    account = gateway.account()
    rows = {row["name"]: row for row in account["limits"]}
    assert rows["position_size_fraction_max"] == {
        "name": "position_size_fraction_max",
        "code": "POSITION_SIZE",
        "value": "0.05",
        "limit": "0.1",
        "utilization": "0.5",
        "unit": "fraction",
        "level": "yellow",
    }
    assert rows["daily_trades_max"]["utilization"] == "0.05"
    assert account["exposure"]["by_sector"] == {"store-of-value": "5000"}


def test_snapshot_when_reported_then_equity_balances_and_positions_are_replaced(gateway: Gateway) -> None:
    balances = [{"venue": VENUE, "asset": "USDT", "total": "94000"}]
    answer = gateway.snapshot("99000", balances=balances, positions=[HELD | {"stop_loss_price": "49000"}])
    assert (answer.status, answer.body["confirmed"], answer.body["equity"]) == (201, True, "99000")
    position = gateway.account()["positions"][0]
    assert (position["mark_price"], position["value"], position["stop_loss_price"]) == ("50000", "5000", "49000")


@pytest.mark.parametrize("equity", ["0", "-1", "1000000", "9999.99"])
def test_snapshot_when_the_reading_is_strange_then_a_second_one_must_confirm_it(gateway: Gateway, equity: str) -> None:
    first = gateway.snapshot(equity)
    assert (first.status, first.body["confirmed"], first.body["equity"]) == (201, False, "100000")
    assert gateway.snapshot(equity).body["confirmed"] is False, "the same reading sent again is no second look"
    gateway.advance(seconds=1)
    assert gateway.snapshot(equity).body["confirmed"] is False, "nor is one that comes at once"
    gateway.advance(seconds=1)
    second = gateway.snapshot(equity)
    assert (second.body["confirmed"], second.body["equity"]) == (True, equity)


@pytest.mark.parametrize("equity", ["0", "-5"])
def test_order_when_equity_is_not_positive_then_denied_and_no_check_passes_by_accident(
    gateway: Gateway, equity: str
) -> None:
    gateway.snapshot(equity)
    gateway.advance(seconds=2)
    gateway.snapshot(equity)
    denied = gateway.submit(quantity="0.001")
    assert denied.status == 422
    assert {"RISK_PER_TRADE", "POSITION_SIZE", "GROSS_EXPOSURE", "TOTAL_OPEN_RISK"} <= denied.violated


def test_snapshot_when_from_the_future_or_outdated_then_422(gateway: Gateway) -> None:
    assert gateway.snapshot("100000", taken_at="2026-03-04T12:00:31Z").code == "SNAPSHOT_FROM_FUTURE"
    assert gateway.snapshot("100000", taken_at="2026-03-04T12:00:30Z").status == 201
    # Dated ahead it counts as of its receipt: another one now is not kept out, one from before it is.
    assert gateway.snapshot("100000", taken_at="2026-03-04T12:00:29Z").status == 201
    assert gateway.snapshot("100000", taken_at="2026-03-04T11:59:59Z").code == "SNAPSHOT_OUTDATED"


def test_snapshot_when_a_position_cannot_be_valued_then_422(gateway: Gateway) -> None:
    unknown = gateway.snapshot("100000", positions=[HELD | {"symbol": "DOGE/USDT"}])
    assert (unknown.status, unknown.code) == (422, "INSTRUMENT_NOT_FOUND")
    gateway.advance(minutes=6)
    unpriced = gateway.snapshot("100000", positions=[HELD])
    assert (unpriced.status, unpriced.code) == (422, "NO_REFERENCE_PRICE")
    huge = gateway.snapshot("100000", positions=[HELD | {"quantity": "999999999999999", "mark_price": "1000"}])
    assert (huge.status, huge.code) == (422, "POSITION_TOO_LARGE")


def test_snapshot_when_the_equity_is_tiny_beside_the_position_then_the_account_can_still_be_read(
    gateway: Gateway,
) -> None:
    held = HELD | {"quantity": "999999999999999", "mark_price": "1", "symbol": ETH}
    tiny = {"initial_equity": "0.000000000001"}
    assert gateway.register("tiny", **tiny).status == 201
    assert gateway.snapshot("0.000000000001", account="tiny", positions=[held]).status == 201
    assert gateway.account("tiny")["positions"][0]["value"] == "999999999999999"
    assert gateway.check(account="tiny").status == 200
    assert gateway.submit(account="tiny").status == 422


def test_snapshot_when_the_last_is_too_old_then_entries_are_denied(gateway: Gateway) -> None:
    gateway.advance(seconds=300)
    gateway.refresh_quotes()
    assert gateway.check().body["decision"] == "approved"
    gateway.advance(seconds=1)
    assert gateway.check().code == "STATE_STALE"
    gateway.snapshot("100000")
    assert gateway.check().body["decision"] == "approved"


def test_withdrawal_when_recorded_then_no_loss(gateway: Gateway) -> None:
    body = {"transfer_id": "w-1", "kind": "withdrawal", "amount": "10000"}
    path = f"/accounts/{ACCOUNT_ID}/transfers"
    refused = gateway.call("POST", path, body, caller=FEEDER)
    assert (refused.status, refused.code, gateway.account()["equity"]) == (401, "TOTP_REQUIRED", "100000")
    answer = gateway.call("POST", path, body, caller=FEEDER, headers=gateway.next_totp())
    assert (answer.status, answer.body["equity"], answer.body["amount"]) == (201, "90000", "10000")
    rows = {row["name"]: row["value"] for row in gateway.account()["limits"]}
    assert rows["daily_loss_fraction_max"] == rows["weekly_drawdown_fraction_max"] == "0"
    assert gateway.account()["trading_state"] == "ACTIVE"
    gateway.snapshot("90000")
    assert gateway.account()["trading_state"] == "ACTIVE"
    gateway.refresh_quotes()
    assert gateway.submit().status == 201


def test_transfer_when_sent_again_then_counted_once(gateway: Gateway) -> None:
    body = {"transfer_id": "d-1", "kind": "deposit", "amount": 0.1}
    path = f"/accounts/{ACCOUNT_ID}/transfers"
    first = gateway.call("POST", path, body, caller=FEEDER)
    gateway.advance(seconds=5)
    again = gateway.call("POST", path, body | {"amount": "0.10"}, caller=FEEDER)
    assert (first.status, again.status, again.is_replay, again.text) == (201, 200, True, first.text)
    other = gateway.call("POST", path, body | {"kind": "withdrawal"}, headers=gateway.next_totp())
    assert (other.status, other.code) == (409, "TRANSFER_ID_REUSED")
    assert gateway.account()["equity"] == "100000.1"


def test_withdrawal_when_a_snapshot_showed_it_first_then_no_loss_and_nothing_stays_stopped(gateway: Gateway) -> None:
    equity = Decimal(gateway.account()["equity"])
    assert gateway.snapshot(str(equity * Decimal("0.6"))).body["breakers"] == ["DAILY_LOSS"]

    body = {"transfer_id": "w-1", "kind": "withdrawal", "amount": str(equity * Decimal("0.4"))}
    path = f"/accounts/{ACCOUNT_ID}/transfers"
    answer = gateway.call("POST", path, body, headers=gateway.next_totp())

    assert answer.status == 201, answer.text
    account = gateway.account()
    assert Decimal(account["equity"]) == equity * Decimal("0.6")
    assert (account["trading_state"], account["breakers"]) == ("ACTIVE", [])
    used = {row["code"]: row["value"] for row in account["limits"]}
    assert [used[code] for code in ("DAILY_LOSS", "WEEKLY_DRAWDOWN", "MAX_DRAWDOWN")] == ["0", "0", "0"]


def test_transfer_when_the_account_is_unknown_then_404(gateway: Gateway) -> None:
    body = {"transfer_id": "d-1", "kind": "deposit", "amount": 1}
    answer = gateway.call("POST", "/accounts/nobody/transfers", body, caller=FEEDER)
    assert answer.code == "ACCOUNT_UNKNOWN"


@pytest.mark.parametrize("second", ["-0.09", "0.1"])
def test_snapshot_when_a_market_has_two_positions_then_refused_and_nothing_of_it_believed(
    gateway: Gateway, second: str
) -> None:
    before = gateway.account()

    answer = gateway.snapshot("90000", positions=[HELD | {"mark_price": "50000"}, HELD | {"quantity": second}])

    assert (answer.status, answer.code) == (422, "HEDGE_MODE_UNSUPPORTED")
    assert "one-way" in answer.body["detail"]
    assert gateway.account() == before


def keyed(*venues: tuple[str, str]) -> list[dict[str, str]]:
    secret = "riskgate/exchange/demo"
    return [{"venue": venue, "market_type": kind, "secret_name": secret} for venue, kind in venues]


def test_account_when_one_key_is_named_for_two_venues_then_refused_unless_each_has_a_wallet(gateway: Gateway) -> None:
    twice = gateway.register("unified", venues=keyed(("bybit", "spot"), ("bybit-linear", "swap")))
    assert (twice.status, twice.code) == (409, "WALLET_REGISTERED_TWICE")
    assert gateway.register("unified", venues=keyed(("bybit", "spot"))).status == 201
    apart = keyed(("binance", "spot"), ("binanceusdm", "swap"))
    for venue in apart:
        venue["secret_name"] = "riskgate/exchange/apart"
    assert gateway.register("apart", venues=apart).status == 201


def test_account_when_registered_then_its_venues_are_grouped_and_another_grouping_needs_a_code(
    gateway: Gateway,
) -> None:
    wallets = [{"venue": "binance", "market_type": "spot"}, {"venue": "binanceusdm", "market_type": "swap"}]
    own = [wallets[0], wallets[1] | {"group": "desk"}]

    first = gateway.register("grouped", venues=wallets)

    assert [row["group"] for row in first.body["venues"]] == ["binance", "binance"]
    assert gateway.register("grouped", venues=wallets).status == 200
    assert gateway.register("grouped", venues=own).code == "TOTP_REQUIRED"
    apart = gateway.register("grouped", totp=True, venues=own)
    assert [row["group"] for row in apart.body["venues"]] == ["binance", "desk"]


def test_quantity_when_of_a_swap_then_said_to_be_contracts_and_valued_by_their_size(gateway: Gateway) -> None:
    swaps = {"venue": "binanceusdm", "market_type": "swap"}
    assert gateway.register(totp=True, venues=[{"venue": VENUE, "market_type": "spot"}, swaps]).status == 200
    rules = instrument_of(BTC_SWAP, venue="binanceusdm", contract_size="0.001")
    assert gateway.call("PUT", "/market/instruments", {"instruments": [rules]}).status == 200
    held = {"venue": "binanceusdm", "symbol": BTC_SWAP, "quantity": "100", "average_price": "50000"}

    assert gateway.snapshot("100000", positions=[held | {"mark_price": "50000"}, HELD | {"mark_price": "50000"}]).status

    rows = {row["symbol"]: row for row in gateway.account()["positions"]}
    assert (rows[BTC]["quantity_unit"], rows[BTC]["value"]) == ("base", "5000")
    assert (rows[BTC_SWAP]["quantity_unit"], rows[BTC_SWAP]["value"]) == ("contracts", "5000")
    gateway.quote(BTC_SWAP, venue="binanceusdm")
    checked = gateway.check(symbol=BTC_SWAP, venue="binanceusdm", side="sell", quantity="1", price="50000")
    assert checked.body["quantity_unit"] == "contracts"


def test_alias_when_a_swap_looks_like_one_then_proposed_and_counts_once_a_person_confirms_it(gateway: Gateway) -> None:
    venues = [{"venue": VENUE, "market_type": "spot"}, {"venue": "binanceusdm", "market_type": "swap"}]
    assert gateway.register(totp=True, venues=venues).status == 200
    coin, swap = "PEPE/USDT", "1000PEPE/USDT:USDT"
    rules = [instrument_of(BTC) | {"symbol": coin}, instrument_of(BTC_SWAP, venue="binanceusdm") | {"symbol": swap}]
    assert gateway.call("PUT", "/market/instruments", {"instruments": rules}).status == 200
    held = [
        {"venue": VENUE, "symbol": coin, "quantity": "1000000", "average_price": "0.015", "mark_price": "0.015"},
        {"venue": "binanceusdm", "symbol": swap, "quantity": "1000", "average_price": "15", "mark_price": "15"},
    ]
    coins = [{"venue": VENUE, "asset": "PEPE", "total": "1000000"}, {"venue": VENUE, "asset": "USDT", "total": "85000"}]
    assert gateway.snapshot("100000", positions=held, balances=coins).status == 201

    before = gateway.account()
    alias = {"1000PEPE": {"asset": "PEPE", "multiplier": "1000"}}
    unconfirmed = gateway.register(venues=venues, asset_aliases=alias)
    confirmed = gateway.register(totp=True, venues=venues, asset_aliases=alias)

    assert before["alias_proposals"] == [{"name": "1000PEPE", "asset": "PEPE", "multiplier": "1000"}]
    assert before["exposure"]["by_asset"] == {"1000PEPE": "15000", "PEPE": "15000"}
    assert (unconfirmed.status, unconfirmed.code) == (401, "TOTP_REQUIRED")
    assert confirmed.body["exposure"]["by_asset"] == {"PEPE": "30000"}
    assert (confirmed.body["asset_aliases"], confirmed.body["alias_proposals"]) == (before["alias_proposals"], [])
    chain = gateway.register(
        totp=True, venues=venues, asset_aliases=alias | {"PEPE": {"asset": "P", "multiplier": "1"}}
    )
    assert (chain.status, chain.code) == (400, "VALIDATION_FAILED")


def test_account_when_a_venue_with_a_key_is_not_proven_to_trade_then_refused_and_told_what_is_missing(
    gateway: Gateway,
) -> None:
    refused = gateway.register("unproven", venues=keyed(("mexc", "swap")))
    assert (refused.status, refused.code) == (422, "VENUE_CAPABILITY_MISSING")
    assert "mexc is not offered for trading swap" in refused.body["detail"]
    # Without a key nothing is sent there: the bot reports for itself. A name of one's own is judged by its secret's class.
    assert gateway.register("keyless", venues=[{"venue": "mexc", "market_type": "swap"}]).status == 201
    assert gateway.register("proven", venues=keyed(("binance", "spot"), ("binanceusdm", "swap"))).status == 201
