"""A venue's health: one look is no proof, neither of trouble nor of its end."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.account.parts import VenueHealth
from riskgate.core.safeguards.events import VenueObserved
from riskgate.core.safeguards.venue_health import CONFIRMED_AFTER, observe_venue
from tests.support.builders import MINUTE, NOW, SECOND, apply, build_account
from tests.support.hypothesis_profiles import QUICK

GOOD = VenueObserved(venue="binance", is_ok=True)
BAD = VenueObserved(venue="binance", is_ok=False, detail="no answer")


def look(looks: str, step: int = 60) -> VenueHealth | None:
    """Return what is known after looks (+ good, - bad) that are `step` seconds apart."""
    known = None
    for number, sign in enumerate(looks):
        known = observe_venue(known, GOOD if sign == "+" else BAD, NOW + number * step * SECOND)
    return known


@pytest.mark.parametrize(
    ("looks", "healthy"),
    [
        ("", True), ("+", True), ("-", True), ("--", False), ("-+-", True), ("--+", False), ("--+-", False),
        ("--+-+", False), ("--++", True), ("--++-", True), ("------++", True), ("-+", True),
    ],
)  # fmt: skip
def test_health_when_looked_at_then_two_in_a_row_decide(looks: str, *, healthy: bool) -> None:
    known = look(looks)

    assert (known is None or known.is_healthy) is healthy


@pytest.mark.parametrize(("step", "healthy"), [(29, True), (30, False)])
def test_health_when_two_looks_are_of_one_minute_then_they_are_one(step: int, *, healthy: bool) -> None:
    known = look("--", step)

    assert known is not None
    assert known.is_healthy is healthy
    assert CONFIRMED_AFTER == 30 * SECOND


@QUICK
@given(st.text(alphabet="+-", max_size=40))
def test_health_when_nothing_is_wrong_any_more_then_nothing_is_kept(looks: str) -> None:
    assert look(looks + "++") is None


@QUICK
@given(st.text(alphabet="+-", max_size=30), st.sampled_from("+-"))
def test_health_when_it_stays_as_it_is_then_nothing_changes_from_the_third_look_on(looks: str, sign: str) -> None:
    """So a venue that is down for hours makes no entry each minute."""
    later = [look(looks + sign * count) for count in (3, 4, 20)]
    assert later[0] == later[1] == later[2]


def test_event_when_applied_then_the_account_keeps_the_venue_that_is_in_doubt() -> None:
    state = apply(build_account(), BAD).state
    assert state.venue_health == {
        "binance": VenueHealth(is_healthy=True, since=NOW, detail="no answer", doubted_at=NOW)
    }

    state = apply(state, BAD, now=NOW + MINUTE).state
    assert state.venue_health["binance"] == VenueHealth(is_healthy=False, since=NOW + MINUTE, detail="no answer")

    for minute in (2, 3):
        state = apply(state, GOOD, now=NOW + minute * MINUTE).state
    assert state.venue_health == {}
