"""Too much at one venue: what to take away, exactly as much as brings it back to its share."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from riskgate.core.account.document import AccountState, Venue
from riskgate.core.account.venue_share import list_excess
from riskgate.core.instrument import MarketType
from tests.support.builders import build_account, build_limits
from tests.support.hypothesis_profiles import QUICK


def spread(**equity: Decimal | int | str) -> AccountState:
    held = {name: Decimal(amount) for name, amount in equity.items()}
    venues = tuple(Venue(venue=name, market_type=MarketType.SPOT) for name in held)
    return build_account(sum(held.values()), venues=venues, venue_equity=held)


def test_excess_when_a_venue_holds_more_than_its_share_then_what_to_withdraw_and_what_to_move() -> None:
    (excess,) = list_excess(spread(a=7000, b=3000), build_limits(venue_equity_fraction_max="0.60"))

    assert (excess.venue, excess.equity, excess.share, excess.limit) == ("a", 7000, Decimal("0.7"), Decimal("0.60"))
    assert (excess.withdraw, excess.move) == (2500, 1000)


@pytest.mark.parametrize(
    ("equity", "limit"),
    [
        ({"a": 6000, "b": 4000}, "0.60"),
        ({"a": 10_000}, "0.60"),
        ({"a": 9000, "b": 1000}, None),
        ({"a": 1, "b": 0}, "1"),
    ],
    ids=["at the limit", "one venue", "switched off", "limit of one"],
)
def test_excess_when_nothing_is_above_its_share_then_none(equity: dict[str, int], limit: str | None) -> None:
    assert list_excess(spread(**equity), build_limits(venue_equity_fraction_max=limit)) == ()


def test_excess_when_several_are_above_then_the_largest_first() -> None:
    found = list_excess(spread(a=4000, b=5000, c=1000), build_limits(venue_equity_fraction_max="0.30"))

    assert [(excess.venue, excess.move) for excess in found] == [("b", 2000), ("a", 1000)]


def test_excess_when_the_others_owe_then_no_more_than_there_is() -> None:
    (excess,) = list_excess(spread(a=5000, b=-4000), build_limits(venue_equity_fraction_max="0.60"))

    assert (excess.withdraw, excess.move, excess.share) == (5000, 4400, 5)


def test_excess_when_the_account_owes_then_everything_and_no_share() -> None:
    (excess,) = list_excess(spread(a=5000, b=-6000), build_limits(venue_equity_fraction_max="0.60"))

    assert (excess.withdraw, excess.share) == (5000, None)


cents = st.integers(0, 10**10).map(lambda amount: Decimal(amount) / 100)


@QUICK
@given(a=cents, b=cents, c=cents, limit=st.integers(1, 99).map(lambda percent: Decimal(percent) / 100))
def test_excess_when_taken_away_then_back_at_the_limit_and_not_below_it(
    a: Decimal, b: Decimal, c: Decimal, limit: Decimal
) -> None:
    state = spread(a=a, b=b, c=c)
    assume(state.equity > 0)
    limits = build_limits(venue_equity_fraction_max=str(limit))
    found = {excess.venue: excess for excess in list_excess(state, limits)}

    for venue, held in state.venue_equity.items():
        assert (venue in found) == (held > limit * state.equity)
    for excess in found.values():
        assert 0 < excess.move <= excess.withdraw <= excess.equity
        left, whole = excess.equity - excess.withdraw, state.equity - excess.withdraw
        assert left <= limit * whole, "what remains is within the share"
        assert limit * whole - left < Decimal("1e-9"), "and no more than that was taken"
        assert excess.equity - excess.move <= limit * state.equity
        assert limit * state.equity - (excess.equity - excess.move) < Decimal("1e-9")
