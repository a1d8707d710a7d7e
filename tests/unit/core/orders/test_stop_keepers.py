"""Who is to hold an order's stop, and until when an order that has not ended is reserved."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from riskgate.core.account.document import OrderStatus
from riskgate.core.account.stored import OrderRecord
from riskgate.core.kill_switch import KillSwitchProgress
from riskgate.core.order import StopKeeper, keeper_of
from tests.support.builders import HOUR, MINUTE, NOW, build_instrument, build_order, dec

CAN, CANNOT = build_instrument(stop_orders=True), build_instrument(stop_orders=False)


def test_stop_when_the_bot_left_it_open_then_the_venue_keeps_it_where_it_can() -> None:
    routed = build_order(stop_loss_price=90, route=True)
    assert keeper_of(routed, CAN) is StopKeeper.VENUE
    for order, instrument in ((routed, CANNOT), (routed, None), (replace(routed, route=False), CAN)):
        assert keeper_of(order, instrument) is StopKeeper.STRATEGY


def test_stop_when_the_bot_says_who_or_there_is_none_then_that_stands() -> None:
    for keeper in StopKeeper:
        assert keeper_of(build_order(stop_loss_price=90, stop_kept_by=keeper), CANNOT) is keeper
    assert keeper_of(build_order(route=True), CAN) is None


RECORD = OrderRecord(
    order=build_order(),
    order_id="1",
    status=OrderStatus.APPROVED,
    request_hash="r",
    answer="{}",
    quantity=dec(1),
    decision_price=dec(100),
    created_at=NOW,
    updated_at=NOW,
    expires_at=NOW + HOUR,
)


@pytest.mark.parametrize(("after", "released"), [(HOUR - timedelta(microseconds=1), False), (HOUR, True)])
def test_order_when_its_time_is_over_then_released_unless_it_is_kept_or_ended(
    after: timedelta, *, released: bool
) -> None:
    now = NOW + after
    assert RECORD.is_released(now) == released
    assert not replace(RECORD, is_kept=True).is_released(now)
    assert not replace(RECORD, status=OrderStatus.FILLED).is_released(now)
    assert not replace(RECORD, expires_at=None).is_released(now)
    assert replace(RECORD, expires_at=None, reserved_until=NOW + HOUR).is_released(now) == released
    assert replace(RECORD, reserved_until=NOW + MINUTE).is_released(NOW + MINUTE)
    assert not replace(RECORD, reserved_until=NOW + 2 * HOUR).is_released(now)


@pytest.mark.parametrize(
    ("noted", "unreadable", "confirmed", "complete"),
    [(3, 0, 2, True), (2, 1, 2, True), (2, 0, 2, False), (3, 0, 1, False), (4, 0, 3, True)],
)
def test_switch_when_all_accounts_know_and_no_cancel_is_open_then_complete(
    noted: int, unreadable: int, confirmed: int, *, complete: bool
) -> None:
    progress = KillSwitchProgress(
        change_id="c",
        changed_at=NOW,
        accounts=3,
        noted=noted,
        unreadable=("a",) * unreadable,
        cancels_sent=2,
        cancels_confirmed=confirmed,
    )
    assert progress.is_complete == complete
