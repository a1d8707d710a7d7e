"""Which working orders a kill switch or a breaker takes away, and which of them leave no more."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from riskgate.core.account.document import OrderStatus, WorkingOrder
from riskgate.core.account.parts import Breaker
from riskgate.core.routing.steps import BREAKER, FLAG_MARGIN, is_too_old, list_covered, list_left_to_cancel
from tests.support.builders import NOW, SECOND, SELL, SWAP, VENUE, build_account, build_position, build_working, dec

NAME = "MANUAL_STOP trend"


def routed(name: str, **changes: Any) -> WorkingOrder:
    return build_working(
        1, SWAP, client_order_id=name, **{"expires_at": None, "status": OrderStatus.SUBMITTED} | changes
    )


def covered(
    *orders: WorkingOrder, scope: str = "global", key: str = "", venue: str = "", seconds: int = 0
) -> list[str]:
    """Return what a stop of now, or of some seconds later, covers."""
    breaker = Breaker(tripped_at=NOW, scope="strategy", key="trend")
    state = build_account(working=orders, positions=[build_position(5, SWAP)], breakers={NAME: breaker})
    return list_covered(state, scope, key, NOW + seconds * SECOND, venue)


def test_flag_when_set_then_orders_of_before_it_oldest_first_and_those_in_doubt_last() -> None:
    orders = (
        routed("b", approved_at=NOW - SECOND),
        routed("a", approved_at=NOW - SECOND),
        routed("old", approved_at=NOW - 9 * SECOND),
        routed("doubt", approved_at=NOW - 10 * SECOND, status=OrderStatus.UNKNOWN),
        routed("exit", approved_at=NOW - SECOND, operator_exit=True),
        routed("edge", approved_at=NOW + FLAG_MARGIN),
        routed("later", approved_at=NOW + FLAG_MARGIN + SECOND),
    )
    assert covered(*orders) == ["old", "a", "b", "edge", "doubt"]


@pytest.mark.parametrize(("scope", "key"), [
    ("account", "demo"), ("venue", VENUE), ("strategy", "trend"), ("symbol", SWAP),
])  # fmt: skip
def test_flag_when_of_one_thing_then_its_orders_alone(scope: str, key: str) -> None:
    assert covered(routed("a"), scope=scope, key=key) == ["a"]
    assert covered(routed("a"), scope=scope, key=f"{key}2") == []


def test_orders_when_of_one_venue_then_those_and_without_a_name_all() -> None:
    there = replace(routed("there"), venue="kraken")
    assert covered(routed("here"), there, venue=VENUE) == ["here"]
    assert covered(routed("here"), there) == ["here", "there"]


def test_breaker_when_it_tripped_then_what_adds_exposure_and_is_of_its_strategy() -> None:
    orders = (
        routed("entry"),
        routed("exit", side=SELL, increasing_quantity=dec(0)),
        routed("other", strategy="mean"),
        routed("after", approved_at=NOW + 60 * SECOND),
    )
    assert covered(*orders, scope=BREAKER, key=NAME) == ["entry", "after"]


def test_breaker_when_it_was_cleared_and_tripped_anew_then_nothing() -> None:
    assert covered(routed("entry"), scope=BREAKER, key=NAME, seconds=1) == []
    assert covered(routed("entry"), scope=BREAKER, key="DAILY_LOSS") == []


def test_orders_that_bots_placed_then_left_to_them() -> None:
    own = build_working(1, SWAP, client_order_id="own", status=OrderStatus.SUBMITTED)
    state = build_account(working=[own, routed("routed")])
    assert list_left_to_cancel(state, "global", "", NOW) == ["own"]
    assert list_covered(state, "global", "", NOW) == ["routed"]


@pytest.mark.parametrize(("age", "old"), [(0, False), (30, False), (31, True), (-30, False), (-31, True)])
def test_approval_when_too_long_ago_or_ahead_then_too_old(age: int, *, old: bool) -> None:
    assert is_too_old(NOW - age * SECOND, NOW, 30) is old
