"""What is filled is charged to the strategy that ordered it, not to whoever opened the position."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.gateway import BTC, Answer, Gateway


@pytest.fixture
def shared(gateway: Gateway) -> Gateway:
    """Give a gateway where alpha and beta hold 4 % each of one market, and 5 % is what a strategy may hold."""
    limits = {
        "strategy_fraction_max": "0.05",
        "position_size_fraction_max": "0.3",
        "asset_fraction_max": "0.3",
        "var_fraction_max": "0.5",
    }
    assert gateway.limits(**limits).status == 200
    for strategy in ("alpha", "beta"):
        _trade(gateway, strategy, "0.08")
    return gateway


def _submit(gateway: Gateway, strategy: str, quantity: str, **changes: Any) -> Answer:
    gateway.advance(seconds=3)
    gateway.quote()
    return gateway.submit(strategy=strategy, quantity=quantity, **changes)


def _trade(gateway: Gateway, strategy: str, quantity: str, side: str = "buy") -> None:
    stop = "49000" if side == "buy" else None
    answer = _submit(gateway, strategy, quantity, side=side, stop_loss_price=stop)
    assert answer.status == 201, answer.text
    gateway.fill(answer.body["client_order_id"], quantity)


def _parts(gateway: Gateway) -> dict[str, str]:
    (position,) = gateway.account()["positions"]
    parts: dict[str, str] = position["by_strategy"]
    return parts


def test_budget_when_two_strategies_fill_in_one_market_then_each_is_held_to_its_own(shared: Gateway) -> None:
    assert shared.account()["exposure"]["by_strategy"] == {"alpha": "4000", "beta": "4000"}
    assert _parts(shared) == {"alpha": "0.08", "beta": "0.08"}

    for strategy in ("alpha", "beta"):
        assert _submit(shared, strategy, "0.08").violated == {"STRATEGY_BUDGET"}
        assert _submit(shared, strategy, "0.01").status == 201


def test_exit_when_one_strategy_sells_then_its_own_part_goes_first(shared: Gateway) -> None:
    _trade(shared, "beta", "0.05", "sell")
    assert _parts(shared) == {"alpha": "0.08", "beta": "0.03"}
    assert shared.account()["exposure"]["by_strategy"] == {"alpha": "4000", "beta": "1500"}

    _trade(shared, "beta", "0.04", "sell")
    assert _parts(shared) == {"alpha": "0.07"}
    assert shared.account()["exposure"]["by_strategy"] == {"alpha": "3500"}


def test_parts_when_the_account_is_read_anew_then_they_stay_and_end_with_the_position(shared: Gateway) -> None:
    held = {"venue": "binance", "symbol": BTC, "quantity": "0.159", "average_price": "50000", "mark_price": "50000"}
    balances = [{"venue": "binance", "asset": "USDT", "total": "92000"}]
    shared.advance(seconds=1)
    assert shared.snapshot("100000", balances=balances, positions=[held]).status == 201
    assert _parts(shared) == {"alpha": "0.079", "beta": "0.08"}

    _trade(shared, "alpha", "0.159", "sell")
    assert shared.account()["positions"] == []
    assert shared.account()["exposure"]["by_strategy"] == {}
