"""What still fills after a stop is booked, told in red and counted; what fills otherwise is not."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from riskgate.app.alerts.announce_entry import announce_entry
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.safeguards.trip_breaker import trip_breaker
from riskgate.core.alerts.alerts import Alert
from riskgate.core.safeguards.events import BreakerTripped
from riskgate.runtime import wiring
from riskgate.schemas.log.audit_entry import read_entry
from tests.support.callers import BOT
from tests.support.gateway import ACCOUNT_ID
from tests.support.routed_account import RoutedAccount


def trip(routed: RoutedAccount) -> None:
    acting = Acting(deps=wiring.deps(), actor="phone", now=routed.gateway.now)
    trip_breaker(acting, ACCOUNT_ID, BreakerTripped(name="MANUAL_STOP", reason="looks wrong"))


def engage(routed: RoutedAccount, scope: str = "account", key: str | None = ACCOUNT_ID) -> None:
    assert routed.gateway.kill(scope, key).status == 200
    routed.work_all()


def fall_silent(routed: RoutedAccount) -> None:
    routed.gateway.advance(seconds=61)


def beat(routed: RoutedAccount) -> None:
    path = f"/accounts/{ACCOUNT_ID}/heartbeats/trend"
    assert routed.gateway.call("PUT", path, {"interval_seconds": 60}, caller=BOT).status == 200


def told(routed: RoutedAccount) -> list[Alert]:
    rows = wiring.deps().store.list_audit(ACCOUNT_ID, after=0, limit=300)
    alerts = [alert for row in rows for alert in announce_entry(read_entry(row.entry), [])]
    return [alert for alert in alerts if alert.kind == "fill_after_stop"]


def fill(routed: RoutedAccount, order: str, price: str) -> None:
    """Let the price come to an order that rests, and the worker look."""
    routed.gateway.advance(seconds=2)
    routed.simulator.control.post("price", symbol="BTCUSDT", market="spot", price=price)
    routed.resolve(order)
    routed.work_all()
    assert routed.status(order) == "filled"
    routed.assert_agrees(order)


STOPS: list[tuple[Callable[[RoutedAccount], None], str]] = [
    (trip, "breaker MANUAL_STOP"),
    (engage, f"kill switch account {ACCOUNT_ID}"),
    (lambda routed: engage(routed, "strategy", "trend"), "kill switch strategy trend"),
    (fall_silent, "heartbeat of trend missed"),
]


@pytest.mark.parametrize(("stop", "stopped_by"), STOPS)
def test_entry_when_it_fills_after_a_stop_then_booked_told_in_red_and_counted(
    routed: RoutedAccount, capsys: pytest.CaptureFixture[str], stop: Callable[[RoutedAccount], None], stopped_by: str
) -> None:
    beat(routed)
    order = routed.approved()
    routed.work_all()
    stop(routed)
    capsys.readouterr()
    fill(routed, order, "47000")

    (alert,) = told(routed)
    assert (alert.severity, alert.account, alert.subject) == ("red", ACCOUNT_ID, order)
    assert alert.detail == f"buy 0.01 BTC/USDT at 48000, after {stopped_by}"
    assert '"FillsAfterStop":[1.0]' in capsys.readouterr().out
    assert [row["quantity"] for row in routed.gateway.account()["positions"]] == ["0.00999"]
    routed.resolve(order)
    routed.work_all()
    assert len(told(routed)) == 1


def test_fill_when_it_came_before_the_stop_then_not_told_though_heard_of_later(routed: RoutedAccount) -> None:
    order = routed.approved()
    routed.work_all()
    routed.simulator.control.post("price", symbol="BTCUSDT", market="spot", price="47000")
    # The venue carries it out when it next looks.
    routed.simulator.orders()
    routed.gateway.advance(seconds=5)
    trip(routed)
    routed.resolve(order)
    routed.work_all()

    assert routed.status(order) == "filled"
    assert told(routed) == []


def test_exit_when_it_fills_after_a_stop_then_not_told(routed: RoutedAccount) -> None:
    entry = routed.approved(type="market", price=None, stop_loss_price="47000", quantity="0.02")
    routed.work_all()
    assert routed.status(entry) == "filled"
    leaving = routed.approved(side="sell", price="52000", stop_loss_price=None, quantity="0.01")
    routed.work_all()
    trip(routed)
    fill(routed, leaving, "53000")

    assert told(routed) == []
