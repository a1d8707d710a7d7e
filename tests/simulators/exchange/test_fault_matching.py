"""Which requests a fault hits, and order delivery under random faults."""

from __future__ import annotations

from typing import Any

import ccxt
import pytest

from infra.simulators.exchange.client import ControlFailure
from tests.support.venue import KEY, VENUES, Simulator, lookup, resting


def test_fault_when_count_and_skip_are_given_then_hits_exactly_those(simulator: Simulator) -> None:
    simulator.control.post("faults", kind="error_before_accept", path="/api/v3/*", skip=1, count=2)
    statuses = [simulator.raw("GET", "/api/v3/time", secret=None)[0] for _ in range(5)]
    assert statuses == [200, 503, 503, 200, 200]
    faults: Any = simulator.control.get("faults")
    assert (faults[0]["seen"], faults[0]["applied"]) == (3, 2)


def test_fault_when_other_method_path_or_key_then_not_hit(simulator: Simulator) -> None:
    for match in ({"method": "POST"}, {"path": "/fapi/*"}, {"api_key": "other"}):
        simulator.control.post("faults", kind="error_before_accept", count=None, **match)
    assert simulator.raw("GET", "/api/v3/account")[0] == 200
    simulator.control.post("faults", kind="error_before_accept", api_key=KEY)
    assert simulator.raw("GET", "/api/v3/account")[0] == 503


def test_fault_when_probability_is_given_then_repeatable_by_seed(simulator: Simulator) -> None:
    def run(seed: int) -> list[int]:
        simulator.control.delete("faults")
        simulator.control.post("faults", kind="error_before_accept", count=None, probability="0.5", seed=seed)
        return [simulator.raw("GET", "/api/v3/time", secret=None)[0] for _ in range(20)]

    first = run(1)
    assert set(first) == {200, 503}
    assert run(1) == first
    assert run(2) != first


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "nope"},
        {},
        {"kind": "delay", "status": 500},
        {"kind": "delay", "seconds": "x"},
        {"kind": "rate_limit", "retry_after": "soon"},
        {"kind": "delay", "count": "many"},
    ],
)
def test_fault_when_malformed_then_refused(simulator: Simulator, fields: dict[str, Any]) -> None:
    with pytest.raises(ControlFailure):
        simulator.control.post("faults", **fields)
    assert simulator.control.get("faults") == []


@pytest.mark.parametrize(("name", "symbol", "path"), VENUES)
def test_orders_when_sent_under_random_faults_with_lookup_then_each_exists_once(
    simulator: Simulator, name: str, symbol: str, path: str
) -> None:
    """The protocol an order worker needs works here: look up before sending again."""
    exchange = simulator.ccxt(name)
    exchange.load_markets()
    for seed, kind in enumerate(
        ("drop_before_accept", "drop_after_accept", "error_before_accept", "error_after_accept", "rate_limit")
    ):
        simulator.control.post("faults", kind=kind, method="POST", path=path, count=None, probability="0.15", seed=seed)
    simulator.control.post(
        "faults", kind="drop_before_accept", method="GET", path=path, count=None, probability="0.2", seed=9
    )
    wanted = [f"w-{number}" for number in range(40)]
    for client_order_id in wanted:
        deliver(exchange, symbol, client_order_id)
    assert sorted(str(order["client_order_id"]) for order in simulator.orders()) == sorted(wanted)


def deliver(exchange: Any, symbol: str, client_order_id: str) -> None:
    """Send until the venue is known to have the order."""
    for _ in range(200):
        try:
            resting(exchange, symbol, client_order_id)
        except (ccxt.NetworkError, ccxt.OperationFailed):
            if known(exchange, symbol, client_order_id):
                return
        else:
            return
    raise AssertionError(client_order_id)


def known(exchange: Any, symbol: str, client_order_id: str) -> bool:
    """Look an order up until there is a definite answer."""
    for _ in range(200):
        try:
            lookup(exchange, symbol, client_order_id)
        except ccxt.OrderNotFound:
            return False
        except ccxt.NetworkError:
            continue
        return True
    raise AssertionError(client_order_id)
