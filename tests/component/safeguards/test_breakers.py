"""Breakers and the traps of loss limits: reached means stop, exits stay possible, only a person resets."""

from __future__ import annotations

import pytest

from tests.support.gateway import ACCOUNT_ID, BTC, BTC_SWAP, ETH, VENUE, Answer, Gateway


def reset(gateway: Gateway, name: str, *, totp: bool = True) -> Answer:
    headers = gateway.next_totp() if totp else None
    path = f"/accounts/{ACCOUNT_ID}/breakers/{name}/reset"
    return gateway.call("POST", path, {"reason": "reviewed"}, headers=headers)


def hold(gateway: Gateway, quantity: str = "0.1") -> None:
    """Hold a long position in BTC."""
    gateway.fill(gateway.approved(quantity=quantity, stop_loss_price="49900"), quantity)


def lose(gateway: Gateway, equity: str) -> None:
    """Report less equity with the position unchanged."""
    held = {"venue": VENUE, "symbol": BTC, "quantity": "0.1", "average_price": "50000"}
    assert gateway.snapshot(equity, positions=[held]).status == 201


@pytest.mark.parametrize(
    ("equity", "breakers"),
    [
        ("97000.01", []),
        ("97000", ["DAILY_LOSS"]),
        ("92000", ["DAILY_LOSS", "WEEKLY_DRAWDOWN"]),
        ("80000", ["DAILY_LOSS", "MAX_DRAWDOWN", "WEEKLY_DRAWDOWN"]),
    ],
)
def test_breaker_when_its_limit_is_reached_then_it_trips(gateway: Gateway, equity: str, breakers: list[str]) -> None:
    first = gateway.snapshot(equity).body["breakers"]
    assert set(first) <= {"DAILY_LOSS"}, "what a person must clear needs a second look"
    gateway.advance(seconds=2)
    assert gateway.snapshot(equity).body["breakers"] == breakers
    assert gateway.account()["trading_state"] == ("REDUCING" if breakers else "ACTIVE")


def test_exit_when_every_limit_is_breached_then_it_passes_and_a_flip_does_not(gateway: Gateway) -> None:
    hold(gateway)
    lose(gateway, "79000")
    gateway.limits(
        totp=False,
        position_size_fraction_max="0.0001",
        gross_exposure_fraction_max="0.0001",
        net_delta_fraction_max="0.0001",
        sector_fraction_max="0.0001",
        asset_fraction_max="0.0001",
        strategy_fraction_max="0.0001",
        risk_per_trade_fraction_max="0.0001",
        open_risk_fraction_max="0.0001",
        order_notional_fraction_max="0.0001",
        var_fraction_max="0.0001",
        stress_loss_fraction_max="0.0001",
        daily_trades_max=1,
        stop_loss_required=True,
    )
    gateway.quote()
    sell = {"side": "sell", "stop_loss_price": None}
    assert gateway.check(quantity="0.05", **sell).body["decision"] == "approved"
    assert gateway.check(quantity="0.10001", **sell).code == "TRADING_REDUCING"
    assert gateway.check(quantity="0.00001").code == "TRADING_REDUCING"
    for quantity in ("0.00011", "0.04989", "0.05"):
        assert gateway.submit(quantity=quantity, **sell).status == 201


def test_swap_exits_when_they_claim_the_whole_position_then_one_more_would_flip_it(gateway: Gateway) -> None:
    held = {"venue": VENUE, "symbol": BTC_SWAP, "quantity": "-0.1", "average_price": "50000"}
    gateway.register("swaps", venues=[{"venue": VENUE, "market_type": "swap"}])
    gateway.snapshot("100000", account="swaps", positions=[held])
    assert gateway.snapshot("79000", account="swaps", positions=[held]).body["trading_state"] == "REDUCING"
    buy = {"account": "swaps", "symbol": BTC_SWAP, "side": "buy", "stop_loss_price": None}
    assert gateway.submit(quantity="0.06", **buy).status == 201
    assert gateway.submit(quantity="0.041", **buy).code == "TRADING_REDUCING"
    assert gateway.submit(quantity="0.04", **buy).status == 201
    assert gateway.submit(quantity="0.001", **buy).code == "TRADING_REDUCING"


def test_exit_when_the_quote_is_gone_then_a_market_order_still_passes(gateway: Gateway) -> None:
    hold(gateway)
    key = {"pk": {"S": "MARKET"}, "sk": {"S": f"QUOTE#{VENUE}:{BTC}"}}
    gateway.aws.dynamodb.delete_item(TableName=gateway.aws.state_table, Key=key)
    market = {"type": "market", "price": None, "stop_loss_price": None}
    assert gateway.submit(quantity="0.01", **market).code == "NO_REFERENCE_PRICE"
    assert gateway.submit(side="sell", quantity="0.1", **market).status == 201


def test_breaker_when_reset_by_a_person_then_trading_goes_on(gateway: Gateway) -> None:
    gateway.lose("91000")
    assert gateway.submit().status == 422
    assert reset(gateway, "DAILY_LOSS").body["breakers"] == ["WEEKLY_DRAWDOWN"]
    answer = reset(gateway, "WEEKLY_DRAWDOWN")
    assert (answer.status, answer.body["trading_state"], answer.body["breakers"]) == (200, "ACTIVE", [])
    gateway.refresh_quotes()
    assert gateway.submit().status == 201


def test_breaker_when_reset_without_a_code_then_401_and_it_stays(gateway: Gateway) -> None:
    gateway.snapshot("91000")
    refused = reset(gateway, "DAILY_LOSS", totp=False)
    assert (refused.status, refused.code) == (401, "TOTP_REQUIRED")
    assert gateway.account()["trading_state"] == "REDUCING"


@pytest.mark.parametrize(
    ("name", "code"),
    [("DAILY_LOSS", "BREAKER_NOT_TRIPPED"), ("NOTHING", "BREAKER_NOT_TRIPPED"), ("daily", "NOT_FOUND")],
)
def test_breaker_when_not_tripped_then_404(gateway: Gateway, name: str, code: str) -> None:
    answer = reset(gateway, name)
    assert (answer.status, answer.code) == (404, code)


def test_breaker_when_equity_recovers_then_it_stays_until_its_boundary(gateway: Gateway) -> None:
    gateway.snapshot("96000")
    gateway.snapshot("100000")
    assert gateway.account()["trading_state"] == "REDUCING"
    gateway.advance(hours=12)
    assert gateway.account()["trading_state"] == "ACTIVE"
    gateway.lose("91999")
    gateway.advance(days=14)
    assert [row["name"] for row in gateway.account()["breakers"]] == ["WEEKLY_DRAWDOWN"]


def test_breaker_when_a_quote_falls_then_the_decision_itself_trips_it(gateway: Gateway) -> None:
    gateway.limits(
        risk_per_trade_fraction_max=None, order_notional_fraction_max="0.5", position_size_fraction_max="0.5"
    )
    gateway.limits(
        asset_fraction_max="0.5", sector_fraction_max="0.5", var_fraction_max=None, open_risk_fraction_max=None
    )
    gateway.limits(stress_loss_fraction_max=None, correlation_max=None, volume_fraction_max=None)
    gateway.refresh_quotes()
    hold(gateway, "0.9")
    gateway.quote(bid="46600", ask="46600")
    denied = gateway.submit(quantity="0.001", price="46600", stop_loss_price="46000")
    assert denied.code == "TRADING_REDUCING"
    assert "DAILY_LOSS" in denied.violated


def test_breaker_when_another_holding_fell_then_the_decision_trips_it_although_no_monitor_ran(
    gateway: Gateway,
) -> None:
    gateway.limits(correlation_max=None, open_risk_fraction_max=None, var_fraction_max=None, asset_fraction_max=None)
    gateway.limits(order_notional_fraction_max="0.5", position_size_fraction_max="0.5", sector_fraction_max="0.5")
    gateway.limits(risk_per_trade_fraction_max=None, stress_loss_fraction_max=None, volume_fraction_max=None)
    gateway.refresh_quotes()
    gateway.fill(gateway.approved(quantity="0.9"), "0.9")
    eth = {"symbol": ETH, "quantity": "0.1", "price": "3000", "stop_loss_price": "2900"}
    gateway.refresh_quotes()
    assert gateway.check(**eth).body["decision"] == "approved"
    # As old as equity may be: older than a quote of the order's own market may.
    gateway.quote(bid="46660", ask="46660")
    gateway.advance(seconds=40)
    gateway.quote(ETH)

    assert gateway.check(**eth).code == "TRADING_REDUCING"
    denied = gateway.submit(**eth)
    assert denied.code == "TRADING_REDUCING"
    assert "DAILY_LOSS" in denied.violated
    assert gateway.account()["breakers"][0]["name"] == "DAILY_LOSS"
    batch = {"orders": [gateway.order(**eth)]}
    assert gateway.call("POST", f"/accounts/{ACCOUNT_ID}/orders/batch", batch).code == "TRADING_REDUCING"


def test_order_when_its_holdings_have_no_quote_then_denied_once_equity_is_old(gateway: Gateway) -> None:
    hold(gateway)
    key = {"pk": {"S": "MARKET"}, "sk": {"S": f"QUOTE#{VENUE}:{BTC}"}}
    gateway.aws.dynamodb.delete_item(TableName=gateway.aws.state_table, Key=key)
    eth = {"symbol": ETH, "quantity": "0.1", "price": "3000", "stop_loss_price": "2900"}
    gateway.limits(correlation_max=None)
    gateway.advance(seconds=301)
    gateway.quote(ETH)
    assert gateway.check(**eth).code == "STATE_STALE"


def test_position_when_already_held_then_the_size_limit_counts_it(gateway: Gateway) -> None:
    hold(gateway, "0.1")
    denied = gateway.submit(quantity="0.11", stop_loss_price="49900")
    assert denied.code == "POSITION_SIZE"
    size = next(v for v in denied.body["violations"] if v["code"] == "POSITION_SIZE")
    assert (size["observed"], size["limit"]) == ("0.105", "0.1")
    gateway.advance(seconds=2)
    assert gateway.submit(quantity="0.1", stop_loss_price="49900").status == 201


def test_market_order_when_it_has_no_price_then_it_is_worth_the_ask(gateway: Gateway) -> None:
    answer = gateway.submit(type="market", price=None, quantity="0.1", stop_loss_price="49900")
    assert answer.body["reserved"]["notional"] == "5001"
    denied = gateway.submit(type="market", price=None, quantity="3", stop_loss_price="49900")
    assert "POSITION_SIZE" in denied.violated
