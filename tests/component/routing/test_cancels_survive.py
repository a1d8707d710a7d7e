"""A worker that dies between two cancels: the message comes again, the rest is cancelled, nothing twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from riskgate.app.ledger.commit_event import Acting
from riskgate.app.routing import cancel_covered
from riskgate.app.safeguards.trip_breaker import trip_breaker
from riskgate.core.safeguards.events import BreakerTripped
from riskgate.runtime import wiring
from tests.support.gateway import ACCOUNT_ID
from tests.support.routed_account import ORDER_PATH, VISIBILITY_SECONDS, RoutedAccount
from tests.support.streams import LogStream

ORDERS = 4


class WorkerKilled(BaseException):
    """The process ends here."""


def kill(routed: RoutedAccount) -> None:
    assert routed.gateway.kill("account", ACCOUNT_ID, cancel_open_orders=True).status == 200


def trip(routed: RoutedAccount) -> None:
    log = LogStream(routed.gateway.aws.audit_table)
    acting = Acting(deps=wiring.deps(), actor="phone", now=routed.gateway.now)
    trip_breaker(acting, ACCOUNT_ID, BreakerTripped(name="MANUAL_STOP", reason="looks wrong"))
    log.pump()


def dying(cancel: Callable[..., Any], *, survives: int, before: bool) -> Callable[..., Any]:
    """Return the cancel of one order that ends the process in the call after so many, before or after it acts."""
    calls = Counter[str]()

    def step(*arguments: Any) -> Any:
        calls["cancel"] += 1
        dies = calls["cancel"] > survives
        if dies and before:
            raise WorkerKilled
        result = cancel(*arguments)
        if dies:
            raise WorkerKilled
        return result

    return step


@pytest.mark.parametrize("stop", [kill, trip])
@pytest.mark.parametrize("survives", [0, 1, 3])
@pytest.mark.parametrize("before", [True, False])
def test_cancels_when_the_worker_dies_between_two_then_the_rest_follows_and_none_is_recorded_twice(
    routed: RoutedAccount,
    monkeypatch: pytest.MonkeyPatch,
    stop: Callable[[RoutedAccount], None],
    survives: int,
    before: bool,
) -> None:
    orders = [routed.approved(quantity=f"0.01{number}") for number in range(ORDERS)]
    routed.work_all()
    stop(routed)
    with monkeypatch.context() as patched:
        patched.setattr(cancel_covered, "_cancel", dying(cancel_covered._cancel, survives=survives, before=before))
        with pytest.raises(WorkerKilled):
            routed.work_all()
    done = survives + (not before)
    assert Counter(routed.status(order) for order in orders)["cancelled"] == done
    routed.gateway.advance(seconds=VISIBILITY_SECONDS + 1)
    routed.work_all()

    assert {routed.status(order) for order in orders} == {"cancelled"}
    closed = Counter(entry["inputs"]["client_order_id"] for entry in routed.audit("order_closed"))
    assert closed == dict.fromkeys(orders, 1)
    cancelled = [row for entry in routed.audit("open_orders_cancelled") for row in entry["inputs"]["results"]]
    assert Counter(row["client_order_id"] for row in cancelled) == dict.fromkeys(orders[done:], 1)
    assert len(routed.requests("DELETE", ORDER_PATH)) == ORDERS
    assert routed.dead() == 0
    for order in orders:
        routed.assert_agrees(order)
