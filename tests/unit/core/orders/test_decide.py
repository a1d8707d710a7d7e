"""Deciding changes the account as a whole or not at all: reservations, expiry, modification, batches, marks."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.account.document import OrderStatus
from riskgate.core.account.exposure import hold_coins
from riskgate.core.account.results import begin_results
from riskgate.core.codes import DenyCode
from riskgate.core.errors import Conflict, NotFound
from riskgate.core.limits import Limits
from riskgate.core.orders.decide import EXPIRIES_PER_DECISION
from riskgate.core.orders.events import RULES, BatchDecided, OrderClosed
from riskgate.core.safeguards.events import KillSwitchChanged
from tests.support.builders import (
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    SELL,
    SPOT,
    SWAP,
    VENUE,
    apply,
    approve,
    build_account,
    build_fill,
    build_limits,
    build_modified,
    build_order,
    build_position,
    build_quote,
    build_registration,
    build_submitted,
    build_working,
    dec,
    decide,
)

KEY = f"{VENUE}:{SPOT}"


def test_approval_when_given_then_its_exposure_is_reserved() -> None:
    state, decision = decide(build_account(), build_order(5, stop_loss_price=90))

    assert decision.approved
    assert decision.reserved == (dec(500), dec(50))
    assert (state.exposure.gross, state.exposure.open_risk, state.exposure.open_positions) == (dec(500), dec(50), 1)
    assert state.working_orders["o1"].expires_at == NOW + timedelta(seconds=900)


def test_denial_when_given_then_only_the_version_changes() -> None:
    account = build_account()
    before = replace(account, results=begin_results(account))
    before = hold_coins(before)
    state, decision = decide(before, build_order(-5))

    assert not decision.approved
    assert decision.reserved == (dec(0), dec(0))
    assert replace(state, version=before.version) == before


@pytest.mark.parametrize(("seconds", "works"), [(899, True), (900, False), (901, False)])
def test_reservation_when_the_log_is_from_before_and_its_time_is_over_then_the_next_event_releases_it(
    seconds: int, *, works: bool
) -> None:
    event = replace(build_submitted(build_order(5)), rules=1)
    state = apply(build_account(), event).state
    note = KillSwitchChanged(scope="global", key="", engaged=True, reason="test")

    result = apply(state, note, now=NOW + timedelta(seconds=seconds))

    assert ("o1" in result.state.working_orders) is works
    assert result.expired == (() if works else ("o1",))
    assert result.state.exposure.gross == (500 if works else 0)


def test_reservation_when_the_rules_keep_what_a_bot_places_then_only_its_end_releases_it() -> None:
    """A self-placed order that filled after its reservation had ended took an account to thrice its limit."""
    state = apply(build_account(), replace(build_submitted(build_order(5)), rules=3)).state
    note = KillSwitchChanged(scope="global", key="", engaged=True, reason="test")
    later = apply(state, note, now=NOW + 9999 * HOUR).state
    assert (later.exposure.gross, later.kept_orders) == (500, ("o1",))
    limits = build_limits(gross_exposure_fraction_max="0.09")
    second = build_order(5, client_order_id="o2")
    _, decision = decide(later, second, limits=limits, now=NOW + 9999 * HOUR)
    assert decision.evaluation.code is DenyCode.GROSS_EXPOSURE

    for end in (
        OrderClosed(client_order_id="o1", status=OrderStatus.CANCELLED, rules=RULES),
        build_fill(build_order(5), 5, rules=RULES),
    ):
        ended = apply(later, end, now=NOW + 9999 * HOUR).state
        assert (ended.working_orders, ended.kept_orders) == ({}, ())


def test_entry_when_filled_after_its_bot_said_it_was_gone_then_counts_for_the_day_again() -> None:
    state = approve(build_account(), build_order(5))
    cancelled = OrderClosed(client_order_id="o1", status=OrderStatus.CANCELLED, rules=RULES)
    state = apply(state, cancelled).state
    assert state.day.approved_orders == 0

    assert apply(state, build_fill(build_order(5), 5, rules=RULES)).state.day.approved_orders == 1


def test_reservation_when_the_order_is_routed_then_never_released_by_the_clock() -> None:
    state = approve(build_account(), build_order(5, route=True))

    later = apply(state, OrderClosed(client_order_id="x", status=OrderStatus.CANCELLED), now=NOW + 9999 * HOUR).state
    assert later.exposure.gross == 500


def test_reservations_when_very_many_end_at_once_then_released_in_bounded_steps_oldest_first() -> None:
    working = [
        build_working(1, client_order_id=f"w{number:03}", expires_at=NOW - number * SECOND) for number in range(100)
    ]
    state = build_account(working=working)
    note = KillSwitchChanged(scope="global", key="", engaged=False, reason="test")

    steps = []
    while state.working_orders:
        result = apply(state, note)
        steps.append(len(result.expired))
        state = result.state
    assert steps == [EXPIRIES_PER_DECISION, EXPIRIES_PER_DECISION, 20]
    assert state.exposure == build_account().exposure


def test_order_when_its_id_works_already_then_refused_and_nothing_is_lost() -> None:
    """The second reservation would take the first one's place while the totals kept both."""
    state = approve(build_account(), build_order(5))

    with pytest.raises(Conflict, match="client_order_id"):
        decide(state, build_order(1))


def test_batch_when_two_legs_have_one_id_then_refused() -> None:
    legs = (build_submitted(build_order(1)), build_submitted(build_order(2)))

    with pytest.raises(Conflict, match="client_order_id"):
        apply(build_account(), BatchDecided(legs=legs))


def test_batch_when_all_legs_pass_then_each_is_reserved() -> None:
    legs = tuple(build_submitted(build_order(2, symbol=s, client_order_id=s)) for s in (SPOT, "ETH/USDT"))

    result = apply(build_account(), BatchDecided(legs=legs))

    assert all(decision.approved for decision in result.decisions)
    assert result.state.exposure.gross == 400
    assert result.state.version == build_account().version + 1


@pytest.mark.parametrize("broken", [{"price": -1}, {"symbol": "NO/USDT"}], ids=["price", "unknown instrument"])
def test_batch_when_one_leg_fails_then_none_is_reserved(broken: dict[str, Any]) -> None:
    good = build_submitted(build_order(2, client_order_id="good"))
    bad = build_submitted(build_order(2, client_order_id="bad", **broken))
    if "symbol" in broken:
        bad = replace(bad, market=replace(bad.market, instrument=None))

    for legs in ((good, bad), (bad, good)):
        result = apply(build_account(), BatchDecided(legs=legs))
        assert sorted(decision.approved for decision in result.decisions) == [False, True]
        assert not result.state.working_orders
        assert result.state.exposure == build_account().exposure
        assert result.state.day.approved_orders == 0


def test_batch_when_each_leg_fits_but_not_their_sum_then_denied() -> None:
    limits = build_limits(gross_exposure_fraction_max="0.10")
    legs = tuple(build_submitted(build_order(6, symbol=s, client_order_id=s)) for s in (SPOT, "ETH/USDT"))

    result = apply(build_account(), BatchDecided(legs=legs), limits=limits)

    assert [decision.evaluation.code for decision in result.decisions] == [None, DenyCode.GROSS_EXPOSURE]


def test_modification_when_approved_then_takes_the_old_ones_place() -> None:
    state = approve(build_account(), build_order(5))

    result = apply(state, build_modified(build_order(8)))

    assert result.decisions[0].approved
    assert result.state.exposure.gross == 800
    assert list(result.state.working_orders) == ["o1"]


def test_modification_when_denied_then_the_old_one_stands() -> None:
    limits = build_limits(position_size_fraction_max="0.10")
    state = approve(build_account(), build_order(5), limits=limits)

    result = apply(state, build_modified(build_order(11)), limits=limits)

    assert result.decisions[0].evaluation.code is DenyCode.POSITION_SIZE
    assert replace(result.state, version=state.version) == state


def test_modification_when_the_old_one_is_not_counted_twice_then_the_whole_limit_is_there() -> None:
    limits = build_limits(position_size_fraction_max="0.10")
    state = approve(build_account(), build_order(10), limits=limits)

    assert apply(state, build_modified(build_order(10, 99)), limits=limits).decisions[0].approved


def test_modification_when_partly_filled_then_what_filled_is_remembered() -> None:
    order = build_order(10)
    state = apply(approve(build_account(), order), build_fill(order, 4)).state

    working = apply(state, build_modified(build_order(2))).state.working_orders["o1"]

    assert (working.status, working.filled_quantity, working.quantity) == (OrderStatus.PARTIALLY_FILLED, dec(4), dec(2))


@pytest.mark.parametrize("hours", [0, 1], ids=["never known", "reservation ended meanwhile"])
def test_modification_when_the_order_works_no_longer_then_refused_and_no_new_one_appears(hours: int) -> None:
    old = replace(build_submitted(build_order(5)), rules=1)
    state = apply(build_account(), old).state if hours else build_account()
    later = NOW + hours * HOUR
    event = build_modified(build_order(5), quote=build_quote(at=later))

    with pytest.raises(Conflict, match="no longer"):
        apply(state, event, now=later)


def test_modification_when_repeated_then_the_same_terms_are_no_duplicate() -> None:
    limits = build_limits(duplicate_window_seconds=60)
    state = approve(build_account(), build_order(5), limits=limits)

    assert apply(state, build_modified(build_order(5)), limits=limits).decisions[0].approved


@pytest.mark.parametrize("status", [OrderStatus.CANCELLED, OrderStatus.REJECTED, OrderStatus.EXPIRED])
def test_close_when_reported_then_the_reservation_is_free_and_a_second_time_nothing_happens(
    status: OrderStatus,
) -> None:
    state = approve(build_account(), build_order(5))
    event = OrderClosed(client_order_id="o1", status=status)

    once = apply(state, event).state
    assert once.exposure == build_account().exposure
    twice = apply(once, event).state
    assert replace(twice, version=once.version) == once


@pytest.mark.parametrize(
    ("price", "marked"), [("90", True), ("10.01", True), ("10", False), ("999", True), ("1000", False)]
)
def test_mark_when_the_quote_jumps_by_ten_or_more_then_not_believed(price: str, *, marked: bool) -> None:
    state = build_account(positions=[build_position(1)])

    after, _ = decide(state, build_order("0.001", price), quote=build_quote(price=price))

    expected = Decimal(price) if marked else Decimal(100)
    assert after.positions[KEY].mark_price == expected
    assert after.equity == 10_000 + (expected - 100)


@pytest.mark.parametrize("ahead", [-31, 31], ids=["stale", "from the future"])
def test_mark_when_the_quote_is_stale_or_from_the_future_then_not_used(ahead: int) -> None:
    state = build_account(positions=[build_position(1)])
    limits = build_limits(quote_max_age_seconds=30)
    quote = build_quote(price=90, at=NOW + ahead * SECOND)

    after, _ = decide(state, build_order("0.001", 90, symbol=SPOT), quote=quote, limits=limits)

    assert after.positions[KEY].mark_price == 100


def test_mark_when_an_older_quote_follows_a_newer_then_the_newer_stands() -> None:
    state = build_account(positions=[build_position(1)])
    state, _ = decide(state, build_order("0.001"), quote=build_quote(price=90, at=NOW))

    state, _ = decide(
        state,
        build_order("0.001", client_order_id="o2"),
        quote=build_quote(price=80, at=NOW - 10 * SECOND),
        now=NOW + SECOND,
    )
    assert state.positions[KEY].mark_price == 90


def test_decision_when_the_mark_trips_a_breaker_then_already_this_order_is_denied() -> None:
    state = build_account(positions=[build_position(50)])

    _, decision = decide(state, build_order(1, 90), quote=build_quote(price=90), limits=Limits())

    assert decision.evaluation.code is DenyCode.TRADING_REDUCING
    assert DenyCode.DAILY_LOSS in dict(decision.evaluation.violations)


def test_spot_exits_when_two_cover_the_same_holding_then_the_venue_allows_one_and_neither_counts_as_a_short() -> None:
    state = build_account(positions=[build_position(10)])
    state = approve(state, build_order(10, side=SELL, client_order_id="stop"))
    state = approve(state, build_order(10, side=SELL, client_order_id="target"), now=NOW + MINUTE)

    assert [order.increasing_quantity for order in state.working_orders.values()] == [0, 0]
    assert state.exposure.gross == 1000


def test_event_when_the_account_does_not_exist_then_not_found() -> None:
    with pytest.raises(NotFound):
        apply(None, build_submitted(build_order()))


def test_version_when_events_follow_then_counts_them() -> None:
    state = apply(None, build_registration()).state
    assert state.version == 1
    for number in range(2, 6):
        state = apply(state, build_submitted(build_order(-1, symbol=SWAP))).state
        assert state.version == number


def test_order_when_it_only_reduces_then_it_does_not_count_for_the_day_and_an_entry_counts_once() -> None:
    state = build_account(positions=[build_position(10)])
    entered, _ = decide(state, build_order(1))
    assert (entered.day.approved_orders, entered.working_orders["o1"].counted) == (1, True)
    modified = apply(entered, build_modified(build_order(2))).state
    assert (modified.day.approved_orders, modified.working_orders["o1"].counted) == (1, True)
    left, _ = decide(state, build_order(1, side=SELL))
    assert (left.day.approved_orders, left.working_orders["o1"].counted) == (0, False)


def test_exit_when_it_is_modified_to_open_a_position_then_it_counts_from_then_on() -> None:
    state = build_account(positions=[build_position(10, SWAP)])
    left, _ = decide(state, build_order(1, symbol=SWAP, side=SELL))
    turned = apply(left, build_modified(build_order(11, symbol=SWAP, side=SELL))).state
    assert (turned.day.approved_orders, turned.working_orders["o1"].counted) == (1, True)
