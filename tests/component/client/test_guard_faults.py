"""A bot that asks again until it has its order, with faults on both wires: one order, never two, and none forgotten."""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from typing import Any

import ccxt
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from riskgate_client import Denied, guard
from tests.support.client_bot import Bot, Fault, hide_answer, lose_answer, lose_request, problem, refuse
from tests.support.gateway import BTC, Gateway, instrument_of
from tests.support.hypothesis_profiles import examples
from tests.support.venue import Simulator

GATEWAY: dict[str, Fault] = {
    "refused": refuse,
    "lost request": lose_request,
    "lost answer": lose_answer,
    "unavailable": problem(503, "UNAVAILABLE"),
    "proxy": hide_answer(502),
}
VENUE = ["drop_before_accept", "drop_after_accept", "error_before_accept", "error_after_accept", "rate_limit"]
_PRICES = count(48_000)
ATTEMPTS = 12


@given(
    st.lists(st.sampled_from(sorted(GATEWAY)) | st.none(), max_size=6),
    st.lists(st.sampled_from(VENUE), max_size=3),
)
@examples(6, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_order_when_anything_is_lost_and_the_bot_asks_again_then_one_order_and_one_reservation(
    exchange: Any, bot: Bot, simulator: Simulator, at_gateway: list[str | None], at_venue: list[str]
) -> None:
    guarded = guard(exchange, bot.client, strategy="trend", route=False)
    price = next(_PRICES)
    bot.wire.faults.clear()
    bot.break_wire(*(GATEWAY[name] if name else _pass for name in at_gateway))
    for kind in at_venue:
        simulator.control.post("faults", kind=kind, method="POST", path="/api/v3/order")
    order = None
    for _ in range(ATTEMPTS):
        try:
            order = guarded.create_order(BTC, "limit", "buy", 0.01, price, {"riskgate": {"stop_loss_price": 47_000}})
            break
        except Denied:
            raise
        except ccxt.BaseError:
            bot.time.now += 31
    bot.wire.faults.clear()
    simulator.control.delete("faults")
    assert order is not None

    guarded.settle()

    there = [placed for placed in simulator.orders() if placed["open"] and Decimal(placed["price"]) == price]
    assert [str(placed["order_id"]) for placed in there] == [order["id"]]
    working = [row for row in bot.client.read_account().open_orders if row.price == price]
    assert [row.client_order_id for row in working] == [order["clientOrderId"]]
    guarded.cancel_order(order["id"], BTC)
    guarded.settle()
    assert bot.client.read_account().open_orders == ()


def _pass(_wire: object, _request: object) -> None:
    return None


@pytest.fixture
def swaps(gateway: Gateway, bot: Bot, simulator: Simulator) -> Any:
    """A guarded exchange of swaps, at a venue that the account is registered for."""
    venues = [{"venue": "binance", "market_type": "spot"}, {"venue": "binanceusdm", "market_type": "swap"}]
    assert gateway.register(totp=True, venues=venues).status == 200
    swap = "BTC/USDT:USDT"
    rules = instrument_of(swap) | {"venue": "binanceusdm", "contract_size": "1"}
    assert gateway.call("PUT", "/market/instruments", {"instruments": [rules]}).status == 200
    assert gateway.quote(swap, venue="binanceusdm").status == 200
    balances = [{"venue": venue["venue"], "asset": "USDT", "total": "50000"} for venue in venues]
    assert gateway.snapshot("100000", balances=balances).status == 201
    exchange = simulator.ccxt("binanceusdm", options={"fetchMarkets": {"types": ["linear"]}})
    return guard(exchange, bot.client, strategy="trend", route=False, stop_fraction=Decimal("0.05"))


def test_swap_when_entered_and_left_then_contracts_and_a_position(swaps: Any, bot: Bot) -> None:
    swap = "BTC/USDT:USDT"
    gained = swaps.create_market_buy_order(swap, 0.01)
    gained = swaps.fetch_order(gained["id"], swap)
    [position] = bot.client.read_account().positions
    assert (position.quantity, position.quantity_unit) == (Decimal("0.01"), "contracts")

    with pytest.raises(Denied):
        swaps.create_order(swap, "market", "sell", 1, None, {"reduceOnly": True})
    left = swaps.create_reduce_only_order(swap, "market", "sell", 0.01)
    swaps.fetch_order(left["id"], swap)

    assert bot.client.read_account().positions == ()
    assert bot.client.get(gained["clientOrderId"]).status == "filled"
