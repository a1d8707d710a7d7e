"""An order on its way: from which status which step follows, which stop holds it back, and what is to be cancelled."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from riskgate.core.account.document import OrderStatus, TradingState
from riskgate.core.errors import Conflict
from riskgate.core.kill_switch import KillSwitch, item_name, list_scopes
from riskgate.core.routing.events import OrderAccepted, OrderOutcomeUnknown, OrderReplaced, OrderSubmitting
from riskgate.core.routing.steps import (
    FLAG_MARGIN,
    find_refusal,
    is_too_old,
    list_covered,
    list_left_to_cancel,
    replace_terms,
    take_step,
)
from tests.support.builders import (
    MINUTE,
    NOW,
    RELEASED,
    SECOND,
    SELL,
    SPOT,
    SWAP,
    VENUE,
    build_account,
    build_position,
    build_working,
    dec,
)

STATUSES = {status.value: status for status in OrderStatus if not status.is_final and status is not OrderStatus.DENIED}
ROUTED = {"expires_at": None}


def after(event: Any, status: OrderStatus, **changes: Any) -> OrderStatus:
    state = build_account(working=[build_working(status=status, **changes)])
    return take_step(state, event).working_orders["w1"].status


@pytest.mark.parametrize("status", STATUSES.values(), ids=list(STATUSES))
def test_order_when_it_rests_at_its_venue_then_not_sent_again_and_not_in_doubt(status: OrderStatus) -> None:
    sends, doubts = (
        OrderSubmitting(client_order_id="w1", attempt=1),
        OrderOutcomeUnknown(client_order_id="w1", reason=""),
    )
    doubtful = {OrderStatus.SUBMITTING, OrderStatus.UNKNOWN}
    if status in doubtful | {OrderStatus.APPROVED}:
        assert after(sends, status) is OrderStatus.SUBMITTING
    else:
        with pytest.raises(Conflict, match="cannot be sent again"):
            after(sends, status)
    if status in doubtful:
        assert after(doubts, status) is OrderStatus.UNKNOWN
    else:
        with pytest.raises(Conflict, match="is not in doubt"):
            after(doubts, status)


@pytest.mark.parametrize(("filled", "status"), [("0", OrderStatus.SUBMITTED), ("1", OrderStatus.PARTIALLY_FILLED)])
def test_order_when_its_venue_has_it_then_as_far_as_it_filled(filled: str, status: OrderStatus) -> None:
    event = OrderAccepted(client_order_id="w1", exchange_order_id="7")
    assert after(event, OrderStatus.UNKNOWN, filled_quantity=dec(filled)) is status
    with pytest.raises(Conflict, match="no longer working"):
        take_step(build_account(), event)


@pytest.mark.parametrize(("attempt", "named"), [({}, "7"), ({"attempt": 0}, "7"), ({"attempt": 1}, "")])
def test_terms_when_replaced_then_its_venues_name_stays_unless_it_is_sent_anew(
    attempt: dict[str, int], named: str
) -> None:
    state = build_account(working=[build_working(3, exchange_order_id="7")])
    replaced = replace_terms(state, OrderReplaced(terms=build_working(5), **attempt))
    assert replaced.working_orders["w1"].exchange_order_id == named
    assert (replaced.working_orders["w1"].quantity, replaced.exposure.gross) == (5, 500)


@pytest.mark.parametrize(
    ("state", "order", "flag", "refused"),
    [
        ({}, {}, RELEASED, ""),
        ({}, {}, replace(RELEASED, engaged=True), "kill switch engaged before it was sent: global"),
        ({}, {}, replace(RELEASED, engaged=None), "kill switch engaged before it was sent: global"),
        ({}, {}, KillSwitch(scope="symbol", key=SPOT, engaged=True), f"kill switch engaged before it was sent: symbol {SPOT}"),
        ({"trading_state": TradingState.HALTED}, {}, RELEASED, "the account was halted before it was sent"),
        ({"trading_state": TradingState.REDUCING}, {}, RELEASED, "the account was limited to exits before it was sent"),
        ({"trading_state": TradingState.REDUCING}, {"increasing_quantity": dec(0)}, RELEASED, ""),
        (
            {"trading_state": TradingState.HALTED},
            {"increasing_quantity": dec(0)},
            RELEASED,
            "the account was halted before it was sent",
        ),
        ({"trading_state": TradingState.HALTED}, {"increasing_quantity": dec(0), "operator_exit": True}, RELEASED, ""),
        (
            {"trading_state": TradingState.HALTED},
            {"operator_exit": True},
            RELEASED,
            "the account was halted before it was sent",
        ),
    ],
)  # fmt: skip
def test_order_when_about_to_leave_then_held_back_by_what_stops_it_now(
    state: dict[str, Any], order: dict[str, Any], flag: KillSwitch, refused: str
) -> None:
    working = build_working(**order)
    assert find_refusal(build_account(working=[working], **state), working, [flag]) == refused


def test_hedge_when_the_account_may_only_reduce_then_it_leaves() -> None:
    hedge = build_working(5, SWAP, side=SELL)
    account = build_account(positions=[build_position(10)], working=[hedge], trading_state=TradingState.REDUCING)
    assert find_refusal(account, hedge, [RELEASED]) == ""
    assert find_refusal(replace(account, positions={}), hedge, [RELEASED]) != ""


@pytest.mark.parametrize(("late", "covered"), [(timedelta(0), True), (SECOND, False)])
def test_kill_switch_when_engaged_then_it_covers_what_was_approved_before_it_or_a_moment_after(
    late: timedelta, covered: bool
) -> None:
    order = build_working(approved_at=NOW + FLAG_MARGIN + late, **ROUTED)
    assert list_covered(build_account(working=[order]), "global", "", NOW) == ["w1"] * covered


def test_orders_when_covered_then_the_oldest_first_those_in_doubt_last_and_a_persons_exits_stay() -> None:
    orders = [
        build_working(client_order_id="doubt", status=OrderStatus.UNKNOWN, approved_at=NOW - 9 * MINUTE, **ROUTED),
        build_working(client_order_id="young", approved_at=NOW - MINUTE, **ROUTED),
        build_working(client_order_id="old", approved_at=NOW - 5 * MINUTE, **ROUTED),
        build_working(client_order_id="exit", operator_exit=True, **ROUTED),
        build_working(client_order_id="other", venue="other", **ROUTED),
        build_working(client_order_id="own"),
    ]
    state = build_account(working=orders)
    assert list_covered(state, "global", "", NOW, VENUE) == ["old", "young", "doubt"]
    assert list_covered(state, "global", "", NOW) == ["old", "other", "young", "doubt"]
    assert list_left_to_cancel(state, "global", "", NOW) == ["own"]
    assert list_covered(state, "venue", "other", NOW) == ["other"]
    assert list_covered(state, "strategy", "nobody", NOW) == []


@pytest.mark.parametrize(("seconds", "too_old"), [(0, False), (60, False), (61, True), (-60, False), (-61, True)])
def test_approval_when_older_than_allowed_or_dated_ahead_as_far_then_too_old(seconds: int, too_old: bool) -> None:
    assert is_too_old(NOW - seconds * SECOND, NOW, 60) is too_old


def test_flags_when_they_may_stop_an_order_then_those_of_its_account_venue_strategy_and_market() -> None:
    assert list_scopes("a", "v", "Trend", "s") == [
        ("global", ""),
        ("account", "a"),
        ("venue", "v"),
        ("strategy", "Trend"),
        ("strategy", "trend"),
        ("symbol", "s"),
    ]
    assert len(list_scopes("a", "v", "trend", "s")) == 5
    assert [item_name("global", ""), item_name("venue", "v")] == ["GLOBAL", "VENUE#v"]
