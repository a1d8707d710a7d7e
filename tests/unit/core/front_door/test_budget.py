"""The strategy's budget in the place of the balance: never more than the venue has, nor than the strategy may use."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.account.document import AccountState, Exposure
from riskgate.core.front_door.budget import purse_of, show_spot_account, show_swap_account, show_swap_balances
from riskgate.core.front_door.own_positions import own_share, scale, show_income
from riskgate.core.limits import StrategyRules
from tests.support.builders import build_account, build_limits, build_position, build_working

SPOT, SWAP = "binance", "binanceusdm"
LIMITS = build_limits(strategy_fraction_max="0.5", strategies={"trend": StrategyRules(fraction_max=Decimal("0.2"))})


def _state(**changes: Any) -> AccountState:
    position, order = build_position("0.3"), build_working()
    state = replace(
        build_account("100000", positions=[position]),
        position_parts={position.key: {"trend": Decimal("0.1"), "grid": Decimal("0.2")}},
        working_orders={order.client_order_id: order},
        exposure=Exposure(by_strategy={"trend": Decimal(6000), "grid": Decimal(10000)}),
    )
    return replace(state, **changes)


def _spot(*rows: tuple[str, str, str]) -> dict[str, Any]:
    return {"makerCommission": 10, "balances": [{"asset": a, "free": f, "locked": k} for a, f, k in rows]}


def test_purse_when_strategy_is_registered_then_the_tighter_fraction_counts() -> None:
    assert purse_of(_state(), LIMITS, "trend").budget == Decimal(20000)
    assert purse_of(_state(), LIMITS, "grid").budget == Decimal(50000)
    assert purse_of(_state(), build_limits(), "grid").budget == Decimal(100000)
    assert purse_of(_state(), LIMITS, "trend").free == Decimal(14000)
    assert purse_of(_state(equity=Decimal(-5)), LIMITS, "trend").free == 0


def test_spot_account_when_cut_then_money_is_what_is_left_and_coins_are_its_own() -> None:
    body = _spot(("USDT", "80000.00000000", "900.00000000"), ("BTC", "0.30000000", "0.00000000"), ("ETH", "2.0", "0.0"))
    shown = show_spot_account(body, purse_of(_state(), LIMITS, "trend"), SPOT)
    by_asset = {row["asset"]: row for row in shown["balances"]}
    assert by_asset["USDT"]["free"] == "14000.00000000"
    assert by_asset["BTC"]["free"] == "0.10000000"
    assert by_asset["ETH"] == {"asset": "ETH", "free": "0.0", "locked": "0.0"}
    assert shown["makerCommission"] == 10


def test_spot_account_when_the_venue_has_less_than_the_budget_then_no_more_is_shown() -> None:
    body = _spot(("USDT", "70.5", "0.0"), ("BTC", "0.01000000", "0.02000000"))
    shown = show_spot_account(body, purse_of(_state(), LIMITS, "trend"), SPOT)
    by_asset = {row["asset"]: row for row in shown["balances"]}
    assert by_asset["USDT"]["free"] == "70.5"
    assert Decimal(by_asset["BTC"]["free"]) + Decimal(by_asset["BTC"]["locked"]) == Decimal("0.03")


def test_money_when_there_are_several_then_together_they_are_no_more_than_the_budget() -> None:
    state = _state(rates={"USDC": Decimal("0.999")})
    body = _spot(("USDC", "50000.00", "0.00"), ("USDT", "10000.00", "0.00"), ("FDUSD", "5000.00", "0.00"))
    by_asset = {
        r["asset"]: r["free"] for r in show_spot_account(body, purse_of(state, LIMITS, "trend"), SPOT)["balances"]
    }
    assert by_asset == {"USDT": "10000.00", "USDC": "4004.00", "FDUSD": "0.00"}, "without a rate a money is not shown"


def _swap_row(asset: str, wallet: str, available: str) -> dict[str, Any]:
    names = ("marginBalance", "initialMargin", "maintMargin", "crossUnPnl", "unrealizedProfit")
    return {"asset": asset, "walletBalance": wallet, "availableBalance": available, **dict.fromkeys(names, "9.00")}


def test_swap_account_and_balance_when_cut_then_they_agree() -> None:
    position = build_position("0.2", "BTC/USDT:USDT", 50000, venue=SWAP, mark_price=Decimal(51000))
    state = _state(
        positions={position.key: position},
        position_parts={position.key: {"trend": Decimal("0.1"), "grid": Decimal("0.1")}},
        working_orders={},
    )
    purse = purse_of(state, LIMITS, "trend")
    share = own_share(state, SWAP, "BTCUSDT", "trend")
    assert share == Decimal("0.5")
    row = {"symbol": "BTCUSDT", "positionAmt": "0.200", "initialMargin": "1000.00", "maintMargin": "40.00"}
    body = {
        "totalWalletBalance": "90000.00",
        "totalMarginBalance": "90200.00",
        "totalInitialMargin": "1000.00",
        "totalUnrealizedProfit": "200.00",
        "availableBalance": "89000.00",
        "assets": [_swap_row("USDT", "90000.00", "89000.00"), _swap_row("BNB", "3.00", "3.00")],
        "positions": [row],
    }
    shown = show_swap_account(body, purse, SWAP, {"BTCUSDT": share})
    [usdt, bnb] = shown["assets"]
    assert (usdt["walletBalance"], usdt["availableBalance"], usdt["crossUnPnl"]) == ("20000.00", "14000.00", "100.00")
    assert (usdt["marginBalance"], usdt["initialMargin"]) == ("20100.00", "500.00")
    assert (bnb["walletBalance"], bnb["initialMargin"]) == ("0.00", "0.00")
    assert shown["positions"] == [row | {"positionAmt": "0.100", "initialMargin": "500.00", "maintMargin": "20.00"}]
    totals = ("totalWalletBalance", "totalMarginBalance", "totalInitialMargin", "totalUnrealizedProfit")
    assert [shown[name] for name in totals] == ["20000.00", "20100.00", "500.00", "100.00"]
    assert shown["availableBalance"] == "14000.00"
    listed = show_swap_balances([{"asset": "USDT", "balance": "90000.00", "availableBalance": "89000.00"}], purse, SWAP)
    assert listed == [{"asset": "USDT", "balance": usdt["walletBalance"], "availableBalance": usdt["availableBalance"]}]


@given(
    free=st.decimals(0, 10**9, places=8), used=st.decimals(0, 10**6, places=2), equity=st.decimals(0, 10**7, places=2)
)
def test_money_when_shown_then_it_is_within_the_venues_and_the_budget(
    free: Decimal, used: Decimal, equity: Decimal
) -> None:
    state = _state(equity=equity, exposure=Exposure(by_strategy={"trend": used}))
    [row] = show_spot_account(_spot(("USDT", f"{free:f}", "0.0")), purse_of(state, LIMITS, "trend"), SPOT)["balances"]
    assert 0 <= Decimal(row["free"]) <= min(free, max(equity * Decimal("0.2") - used, Decimal(0)))


@pytest.mark.parametrize(
    ("strategy", "share"),
    [("trend", "0.3333333333333333333333333333"), ("grid", "0.6666666666666666666666666667"), ("x", "0")],
)
def test_share_when_several_hold_a_position_then_it_is_their_part(strategy: str, share: str) -> None:
    assert own_share(_state(working_orders={}), SPOT, "BTCUSDT", strategy) == Decimal(share)


def test_share_when_one_alone_works_in_a_market_then_all_of_it_is_its_own() -> None:
    order = build_working()
    state = _state(positions={}, position_parts={}, working_orders={order.client_order_id: order})
    assert (own_share(state, SPOT, "BTCUSDT", "trend"), own_share(state, SPOT, "BTCUSDT", "grid")) == (1, 0)


def test_scaled_amount_when_written_then_it_has_the_venues_places_and_is_no_larger() -> None:
    assert scale("-0.100", Decimal(1) / 3) == "-0.033"
    assert scale("10", Decimal("0.99")) == "9"


def test_income_when_a_market_is_shared_then_funding_is_shared_and_the_rest_left_out() -> None:
    rows = [
        {"symbol": "BTCUSDT", "incomeType": "FUNDING_FEE", "income": "-1.00000000"},
        {"symbol": "BTCUSDT", "incomeType": "REALIZED_PNL", "income": "5.0"},
        {"symbol": "", "incomeType": "TRANSFER", "income": "100"},
        {"symbol": "ETHUSDT", "incomeType": "COMMISSION", "income": "-0.1"},
    ]
    shown = show_income(rows, {"BTCUSDT": Decimal("0.25"), "ETHUSDT": Decimal(1)})
    assert [(row["incomeType"], row["income"]) for row in shown] == [
        ("FUNDING_FEE", "-0.25000000"),
        ("COMMISSION", "-0.1"),
    ]


BTC_SWAP = "BTC/USDT:USDT"


@pytest.mark.parametrize(
    ("positions", "working", "share"),
    [
        ([], [], "0"),
        ([("trend", BTC_SWAP, SWAP)], [], "1"),
        ([("other", BTC_SWAP, SWAP)], [], "0"),
        ([("trend", BTC_SWAP, SWAP)], [("other", BTC_SWAP, SWAP)], "1"),
        ([("trend", BTC_SWAP, SWAP), ("other", "ETH/USDT:USDT", SWAP)], [], "1"),
        ([("trend", BTC_SWAP, SWAP), ("other", BTC_SWAP, "elsewhere")], [], "1"),
        ([("other", "ETH/USDT:USDT", SWAP)], [("trend", BTC_SWAP, SWAP)], "1"),
        ([], [("trend", BTC_SWAP, SWAP), ("other", "ETH/USDT:USDT", SWAP)], "1"),
        ([], [("trend", BTC_SWAP, SWAP), ("other", BTC_SWAP, "elsewhere")], "1"),
        ([], [("trend", BTC_SWAP, SWAP), ("other", BTC_SWAP, SWAP)], "0"),
    ],
)
def test_share_when_others_trade_other_markets_or_venues_then_the_market_is_the_strategys_alone(
    positions: list[tuple[str, str, str]], working: list[tuple[str, str, str]], share: str
) -> None:
    state = build_account(
        positions=[build_position(1, symbol, strategy=name, venue=venue) for name, symbol, venue in positions],
        working=[
            build_working(1, symbol, strategy=name, venue=venue, client_order_id=f"w{number}")
            for number, (name, symbol, venue) in enumerate(working)
        ],
    )
    assert own_share(state, SWAP, "BTCUSDT", "trend") == Decimal(share)
