"""Many orders, random faults everywhere: the venue and we have the same orders, each once."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from riskgate.app.routing import send_order, settle_order, steps
from riskgate.core.account.stop_risk import reserved_notional
from riskgate.core.money import ZERO
from riskgate.runtime import wiring
from riskgate.schemas.messages.order import MessageKind, OrderMessage
from tests.support.gateway import ACCOUNT_ID
from tests.support.routed_account import RoutedAccount

BATCH = 5
#: What goes wrong at the venue, for one request in so many.
FAULTS: list[tuple[str, dict[str, Any]]] = [
    ("drop_before_accept", {}),
    ("drop_after_accept", {}),
    ("error_before_accept", {"status": 503, "code": -1001}),
    ("error_after_accept", {"status": 500, "code": -1000}),
    ("rate_limit", {"status": 429, "retry_after": 1}),
]
TERMS: list[dict[str, Any]] = [
    {"price": "48000"},
    {"price": "48500", "quantity": "0.0004"},
    {"type": "market", "price": None},
    {"price": "50100", "time_in_force": "IOC", "stop_loss_price": "49000"},
    {"price": "48000", "time_in_force": "FOK"},
    {"price": "50100", "post_only": True, "stop_loss_price": "49000"},
]


class WorkerKilled(BaseException):
    """The process ends here."""


def killed_at_random(function: Callable[..., Any], chance: random.Random) -> Callable[..., Any]:
    """Return a step of the worker that is sometimes its last, before or after it takes effect."""

    def step(*arguments: Any, **fields: Any) -> Any:
        if chance.random() < 0.01:
            raise WorkerKilled
        result = function(*arguments, **fields)
        if chance.random() < 0.01:
            raise WorkerKilled
        return result

    return step


@pytest.mark.parametrize(("seed", "total"), [(1, 60), pytest.param(1, 500, marks=pytest.mark.long)])
def test_orders_when_anything_fails_at_random_then_none_is_doubled_or_lost(
    routed: RoutedAccount, monkeypatch: pytest.MonkeyPatch, seed: int, total: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 repeatable, not secret
    routed.gateway.contract = None
    disabled = (
        "quote_max_age_seconds",
        "state_max_age_seconds",
        "asset_fraction_max",
        "slippage_budget_bps_max",
        "order_failures_max",
    )
    assert routed.gateway.limits(**dict.fromkeys(disabled)).status == 200
    for method in ("POST", "DELETE", "GET"):
        for number, (kind, fields) in enumerate(FAULTS):
            spec = {"count": None, "probability": "0.02", "seed": seed * 100 + number}
            routed.fault(kind, method=method, **fields | spec)
    with monkeypatch.context() as dying:
        for module, name in [
            (send_order, "to_venue_order"),
            (send_order, "settle_order"),
            (send_order, "look_up_order"),
            (settle_order, "accept"),
            (settle_order, "record_venue_fills"),
            (steps, "commit_event"),
        ]:
            dying.setattr(module, name, killed_at_random(getattr(module, name), chance))
        orders = run(routed, chance, total)
    routed.simulator.control.delete("faults")
    routed.work_all(rounds=500)
    routed.gateway.advance(seconds=120)
    wiring.queue().send(
        OrderMessage(kind=MessageKind.RESOLVE, account_id="demo", sent_at=routed.gateway.now, actor="job:monitor")
    )
    routed.work_all(rounds=500)
    assert_same(routed, orders)


def run(routed: RoutedAccount, chance: random.Random, total: int) -> list[str]:
    """Submit, cancel and modify orders while the worker works, dies, and gets messages twice."""
    orders: list[str] = []
    while len(orders) < total:
        legs = [routed.order(**{"quantity": "0.0003"} | chance.choice(TERMS)) for _ in range(BATCH)]
        answer = routed.gateway.call("POST", f"/accounts/{ACCOUNT_ID}/orders/batch", {"orders": legs})
        assert answer.status == 201, answer.text
        orders += [leg["client_order_id"] for leg in legs]
        if chance.random() < 0.7:
            routed.gateway.cancel(chance.choice(orders[-50:]))
        if chance.random() < 0.5:
            routed.gateway.on_order("PATCH", chance.choice(orders[-50:]), body={"price": "48200"})
        while (message := routed.receive()) is not None:
            deliver(routed, message, chance)
        routed.gateway.advance(seconds=2)
    return orders


def deliver(routed: RoutedAccount, message: dict[str, Any], chance: random.Random) -> None:
    """Hand a message to the worker, sometimes twice; what it does not finish comes again."""
    finished = False
    for _ in range(2 if chance.random() < 0.1 else 1):
        try:
            finished = routed.invoke(message) == []
        except WorkerKilled:
            # The queue's visibility timeout, cut short.
            finished = False
            wiring.queue().retry_after(message["ReceiptHandle"], 1)
            break
    if finished:
        routed.sqs.delete_message(QueueUrl=routed.queue_url, ReceiptHandle=message["ReceiptHandle"])


def assert_same(routed: RoutedAccount, orders: list[str]) -> None:
    """Compare all of our orders with all of the venue's."""
    state = routed.state()
    at_venue: dict[str, list[dict[str, Any]]] = {}
    for sent in routed.simulator.orders(account="alice"):
        at_venue.setdefault(sent["client_order_id"], []).append(sent)
    doubled = {name: found for name, found in at_venue.items() if len(found) > 1}
    assert doubled == {}, "a client order id is an order once"
    known = set()
    open_notional = reserved = ZERO
    statuses: Counter[str] = Counter()
    for name in orders:
        record = routed.record(name)
        statuses[record.status.value] += 1
        found = routed.venue_orders(name)
        known |= {sent["client_order_id"] for sent in found}
        still_open = [sent for sent in found if sent["open"]]
        assert len(still_open) == (0 if record.status.is_final else 1), (name, record.status, found)
        assert record.filled_quantity == sum((Decimal(sent["executed"]) for sent in found), ZERO), name
        assert (name in state.working_orders) == bool(still_open)
        open_notional += sum(
            (Decimal(s["price"]) * (Decimal(s["quantity"]) - Decimal(s["executed"])) for s in still_open), ZERO
        )
        reserved += sum((reserved_notional(o) for o in [state.working_orders.get(name)] if o is not None), ZERO)
    assert set(at_venue) <= known, "the venue has orders that we do not know"
    assert reserved == open_notional, "what is reserved is what works at the venue"
    trades = routed.simulator.trades(account="alice")
    assert {trade["fee_asset"] for trade in trades} == {"BTC"}, "a buy pays its fee in what it bought"
    bought = sum((Decimal(trade["quantity"]) - Decimal(trade["fee"]) for trade in trades), ZERO)
    position = state.positions.get("binance:BTC/USDT")
    assert (position.quantity if position is not None else ZERO) == bought
    # The run met what it is about.
    assert {"filled", "cancelled", "rejected", "submitted"} <= set(statuses), statuses
    assert routed.dead() == 0
