"""How long an order that a bot places itself stays reserved: as long as it may fill, and not for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from riskgate.core.account.document import AccountState, OrderStatus
from riskgate.core.codes import DenyCode
from riskgate.core.order import OrderType, TimeInForce
from riskgate.core.orders.decide import ACTIONABLE
from riskgate.core.orders.events import RULES, OrderClosed, OrderModified, OrderPlaced
from riskgate.core.orders.placed import CONFIRMING_MAX, SILENT_FOR
from riskgate.core.safeguards.events import KillSwitchChanged
from tests.support.builders import (
    DAY,
    HOUR,
    MINUTE,
    NOW,
    apply,
    build_account,
    build_fill,
    build_limits,
    build_order,
    build_snapshot,
    build_submitted,
    decide,
)

NOTE = KillSwitchChanged(scope="global", key="", engaged=False, reason="time passes")
TTL = timedelta(seconds=900)


def approve(state: AccountState, name: str = "o1", *, now: datetime = NOW, **changes: Any) -> AccountState:
    state, decision = decide(state, build_order(5, client_order_id=name, **changes), now=now)
    assert decision.approved
    return state


def place(state: AccountState, name: str = "o1", *, now: datetime = NOW) -> AccountState:
    return apply(state, OrderPlaced(client_order_id=name, rules=RULES), now=now).state


def is_reserved(state: AccountState, at: datetime, name: str = "o1") -> bool:
    return name in apply(state, NOTE, now=at).state.working_orders


#: An account whose bot has confirmed an order before.
CONFIRMING = apply(
    place(approve(build_account(), "first"), "first"),
    OrderClosed(client_order_id="first", status=OrderStatus.CANCELLED, rules=RULES),
).state


def test_approval_when_its_bot_confirms_and_did_not_confirm_this_one_then_released_with_its_time() -> None:
    state = approve(CONFIRMING)

    assert is_reserved(state, NOW + TTL - MINUTE)
    assert apply(state, NOTE, now=NOW + TTL).expired == ("o1",)


def test_approval_when_its_bot_never_confirms_then_silence_says_nothing_for_a_day_and_no_longer() -> None:
    state = approve(build_account())

    assert is_reserved(state, NOW + SILENT_FOR - MINUTE)
    assert not is_reserved(state, NOW + SILENT_FOR)


def test_silence_when_approvals_last_longer_than_a_day_then_as_long_as_they() -> None:
    state, _ = decide(build_account(), build_order(5), limits=build_limits(reservation_ttl_seconds=3 * 86_400))

    assert is_reserved(state, NOW + 3 * DAY - MINUTE)
    assert not is_reserved(state, NOW + 3 * DAY)


@pytest.mark.parametrize("start", [CONFIRMING, build_account()], ids=["confirms", "silent"])
def test_order_when_confirmed_then_reserved_until_its_end_is_told(start: AccountState) -> None:
    state = place(approve(start), now=NOW + MINUTE)
    assert state.working_orders["o1"].status is OrderStatus.SUBMITTED
    assert OrderStatus.SUBMITTED in ACTIONABLE

    assert is_reserved(state, NOW + 9999 * HOUR)
    for end in (
        OrderClosed(client_order_id="o1", status=OrderStatus.CANCELLED, rules=RULES),
        build_fill(build_order(5, client_order_id="o1"), 5, rules=RULES),
    ):
        ended = apply(state, end, now=NOW + 9999 * HOUR).state
        assert (ended.working_orders, ended.kept_orders) == ({}, ())


def test_order_when_a_snapshot_lists_it_then_confirmed() -> None:
    state = apply(approve(build_account()), build_snapshot(open_orders=("o1", "of nobody here"))).state

    assert is_reserved(state, NOW + 9999 * HOUR)
    assert state.confirming == ("trend",)


@pytest.mark.parametrize("confirmed", [False, True])
def test_order_when_good_till_a_date_then_reserved_to_it(*, confirmed: bool) -> None:
    end = NOW + 2 * HOUR
    for start in (CONFIRMING, build_account()):
        state = approve(start, time_in_force=TimeInForce.GTD, expires_at=end)
        state = place(state) if confirmed else state

        assert is_reserved(state, end - MINUTE)
        assert not is_reserved(state, end)


@pytest.mark.parametrize(
    ("changes", "reserved"),
    [
        ({}, True),
        ({"time_in_force": TimeInForce.IOC}, False),
        ({"type": OrderType.MARKET, "price": None}, False),
    ],
)
def test_order_when_filled_in_part_then_the_rest_is_reserved_as_long_as_it_may_rest(
    changes: dict[str, Any], *, reserved: bool
) -> None:
    state = approve(CONFIRMING, **changes)
    fill = build_fill(build_order(5, client_order_id="o1", **changes), 2, rules=RULES)

    state = apply(state, fill, now=NOW + MINUTE).state

    assert is_reserved(state, NOW + 9999 * HOUR) is reserved
    assert state.working_orders["o1"].status is OrderStatus.PARTIALLY_FILLED


def test_order_when_it_rests_for_hours_then_the_next_is_denied_where_the_limits_say() -> None:
    """Six buys of 9 % each, a quarter of an hour apart, made a position of 55 % under a limit of 10 %."""
    limits = build_limits(position_size_fraction_max="0.10")
    state, first = decide(build_account(), build_order(9), limits=limits)
    assert first.approved
    for start in (state, place(state)):
        for number in range(1, 6):
            order = build_order(9, client_order_id=f"o{number + 1}")
            _, decision = decide(start, order, limits=limits, now=NOW + number * 16 * MINUTE)
            assert decision.evaluation.code is DenyCode.POSITION_SIZE


def test_order_when_it_fills_after_the_clock_released_it_then_counts_at_once() -> None:
    state = apply(approve(CONFIRMING), NOTE, now=NOW + HOUR).state
    assert (state.exposure.gross, state.day.approved_orders) == (0, 0)

    filled = apply(state, build_fill(build_order(5, client_order_id="o1"), 5, rules=RULES), now=NOW + HOUR).state

    assert (filled.exposure.gross, filled.day.approved_orders) == (500, 1)


def test_order_when_its_terms_change_then_what_was_confirmed_stays_so() -> None:
    state = place(approve(CONFIRMING))
    submitted = build_submitted(build_order(4, client_order_id="o1"))
    event = OrderModified(
        order=submitted.order, market=submitted.market, kill_switches=submitted.kill_switches, rules=RULES
    )

    state = apply(state, event, now=NOW + HOUR).state

    assert state.working_orders["o1"].quantity == 4
    assert is_reserved(state, NOW + 9999 * HOUR)


def test_strategies_when_very_many_confirm_then_the_document_stays_small_and_the_rest_is_taken_for_silent() -> None:
    full = replace(build_account(), confirming=tuple(f"s{number}" for number in range(CONFIRMING_MAX)))

    state = place(approve(full))

    assert state.confirming == full.confirming
    assert is_reserved(state, NOW + 9999 * HOUR)
