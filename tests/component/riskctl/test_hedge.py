"""``riskctl hedge``: a plan is shown and nothing is placed; placed, each order is decided by the gate."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from typer.testing import Result

from tests.component.riskctl.conftest import Gateway

Riskctl = Callable[..., Result]

SPOT, SWAP = "binance:BTC/USDT", "binance:BTC/USDT:USDT"
TERMS = f"{SWAP},fee=0.0005,funding=0.0001"


@pytest.fixture
def holder(gateway: Gateway) -> Gateway:
    """Give an account that bought half a bitcoin at 8,000, and a swap beside its spot market."""
    market = {"venue": "binance", "symbol": "BTC/USDT:USDT"}
    instrument = {"market_type": "swap", "tick_size": "0.1", "step_size": "0.001", "notional_min": "5"}
    gateway.api.call("PUT", "/market/instruments", {"instruments": [market | instrument]})
    prices = {"bid": "7998", "ask": "8002", "last": "8000", "volume_24h": "90000", "at": datetime.now(UTC)}
    gateway.api.call("PUT", "/market/quotes", {"quotes": [market | prices]})
    assert gateway.submit()["decision"] == "approved"
    fill = {"fill_id": "f1", "quantity": "0.5", "price": "8000", "executed_at": "2026-01-01T00:00:00Z"}
    gateway.api.call("POST", "/accounts/demo/orders/first/fills", fill)
    return gateway


def open_orders(gateway: Gateway) -> list[str]:
    """Return the orders that work."""
    return [order["client_order_id"] for order in gateway.api.call("GET", "/accounts/demo").body["open_orders"]]


def test_hedge_when_planned_then_orders_cost_and_prices_are_shown_and_nothing_is_placed(
    holder: Gateway, riskctl: Riskctl
) -> None:
    shown = riskctl("hedge", "full", "--position", SPOT, "--instrument", TERMS, "--hedge-id", "h1")
    assert shown.exit_code == 0, shown.output
    text = " ".join(shown.output.split())
    assert "hedge h1 (full): planned" in text
    assert "sell │ 0.5 │ 7998 │ 3,999.00 │ 2.00 │ opens" in text
    # Sold 2 below the middle; the short receives three payments of 0.01 %.
    assert "cost 1.80: fees 2.00, spread 1.00, funding -1.20; margin 1,333.00" in text
    assert "BTC: exposure 0.5, planned 0, left once approved orders fill 0" in text
    assert "locked profit and loss: " in text
    assert "│ -50.00 % │ -2,00" in text
    assert "nothing was placed: repeat with --hedge-id h1 --execute within a minute" in text
    assert open_orders(holder) == []


def test_hedge_when_placed_then_the_verdict_of_the_gate_is_shown_and_a_repetition_doubles_nothing(
    holder: Gateway, riskctl: Riskctl
) -> None:
    arguments = ("hedge", "partial", "--position", SPOT, "--fraction", "0.5", "--hedge-id", "h2", "--execute")
    shown = riskctl(*arguments)
    assert shown.exit_code == 0, shown.output
    text = " ".join(shown.output.split())
    assert "hedge h2 (partial): placed" in text
    assert "reduces │ approved │ you" in text
    assert "left once approved orders fill 0.25" in text
    assert open_orders(holder) == ["hedge:h2:1"]
    body = json.loads(riskctl(*arguments, "-o", "json").stdout)
    assert (body["status"], [o["decision"] for o in body["outcomes"]]) == ("placed", ["approved"])
    assert open_orders(holder) == ["hedge:h2:1"]


def test_hedge_when_planned_first_then_the_plan_that_was_shown_is_the_one_that_is_placed(
    holder: Gateway, riskctl: Riskctl
) -> None:
    planned = json.loads(riskctl("hedge", "full", "--position", SPOT, "-o", "json").stdout)
    holder.quote(bid="7000", ask="7002")
    name = planned["hedge_id"]
    placed = riskctl("hedge", "full", "--position", SPOT, "--hedge-id", name, "--execute", "-o", "json")
    assert json.loads(placed.stdout)["plan"] == planned["plan"]
    assert open_orders(holder) == [f"hedge:{name}:1"]


def test_hedge_when_the_gate_denies_an_order_then_the_code_and_what_is_left(holder: Gateway, riskctl: Riskctl) -> None:
    # The account trades no swaps at this venue.
    shown = riskctl("hedge", "full", "--position", SPOT, "--instrument", TERMS, "--execute")
    assert shown.exit_code == 3, shown.output
    text = " ".join(shown.output.split())
    told = riskctl("hedge", "full", "--position", SPOT, "--instrument", TERMS, "--execute", "-o", "json")
    assert [outcome["code"] for outcome in json.loads(told.stdout)["outcomes"]] == ["MARKET_TYPE_MISMATCH"]
    assert "left once approved orders fill 0.5" in text
    assert open_orders(holder) == []


def test_hedge_when_a_profit_is_to_be_kept_then_what_the_hedge_makes_at_the_adverse_price(
    holder: Gateway, riskctl: Riskctl
) -> None:
    wanted = ("--adverse-price", "6000", "--target-pnl", "-100")
    shown = riskctl("hedge", "target_pnl", "--position", SPOT, "--instrument", TERMS, *wanted)
    assert shown.exit_code == 0, shown.output
    assert "the target is reached" in shown.output


def test_hedge_when_by_correlation_and_none_is_stored_then_refused_in_one_line(
    holder: Gateway, riskctl: Riskctl
) -> None:
    shown = riskctl("hedge", "beta", "--instrument", SWAP)
    assert shown.exit_code == 2
    assert shown.output.startswith("CORRELATION_UNAVAILABLE: ")
    assert open_orders(holder) == []


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("full", "--position", "BTC"), "is not a market"),
        (("full", "--position", SPOT, "--instrument", f"{SWAP},fees=1"), "is neither fee=... nor funding=..."),
        (("full", "--position", SPOT, "--instrument", f"{SWAP},fee"), "is neither fee=... nor funding=..."),
        (("full",), "position: is required for full"),
        (("partial", "--position", SPOT, "--fraction", "2"), "fraction"),
        (("sideways",), "sideways"),
    ],
)
def test_hedge_when_it_makes_no_sense_then_usage(
    holder: Gateway, riskctl: Riskctl, arguments: tuple[str, ...], words: str
) -> None:
    shown = riskctl("hedge", *arguments)
    assert shown.exit_code == 2, shown.output
    assert words in shown.output + shown.stderr
    assert open_orders(holder) == []


def test_hedge_when_nothing_is_held_then_nothing_to_do(gateway: Gateway, riskctl: Riskctl) -> None:
    assert open_orders(gateway) == []
    shown = riskctl("hedge", "delta_neutral", "--execute")
    assert shown.exit_code == 0, shown.output
    assert "nothing to do" in shown.output
