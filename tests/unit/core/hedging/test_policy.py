"""An account's own hedging: what sets it off, and what it asks for."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.hedging.model import HedgeInstrument, HedgeMode
from riskgate.core.hedging.policy import find_triggers, spec_of
from riskgate.core.limits import AutoHedge, Limits, list_loosened
from tests.support.builders import HOUR, NOW, SPOT, SWAP, VENUE, build_report, dec
from tests.unit.core.hedging.books import book


def triggers(state: Any, report: Any = None, **policy: str) -> tuple[list[tuple[str, Decimal]], tuple[str, ...]]:
    """Return the exceeded thresholds with what was observed, and those that cannot be measured."""
    limits = Limits(auto_hedge=AutoHedge(**{name: dec(value) for name, value in policy.items()}))
    exceeded, unmeasured = find_triggers(state, limits, report, NOW)
    return [(trigger.name, trigger.observed) for trigger in exceeded], unmeasured


@pytest.mark.parametrize(("quantity", "set_off"), [(100, False), ("100.001", True), ("-100.001", True)])
def test_net_delta_when_beyond_the_threshold_then_set_off_and_equal_is_not(quantity: Any, set_off: bool) -> None:
    exceeded, _ = triggers(book((SWAP, quantity, 100), equity=100_000), net_delta_fraction_max="0.1")
    assert bool(exceeded) == set_off


def test_net_delta_when_the_book_is_hedged_then_nothing_is_set_off() -> None:
    state = book((SPOT, 500, 100), (SWAP, -500, 100), equity=100_000)
    assert triggers(state, net_delta_fraction_max="0.1") == ([], ())


@pytest.mark.parametrize(
    ("age", "days", "measured"),
    [(0 * HOUR, 100, True), (4 * HOUR, 100, False), (-1 * HOUR, 100, False), (0 * HOUR, 59, False)],
)
def test_var_when_the_report_is_old_or_from_the_future_or_short_then_not_measured_and_not_set_off(
    age: timedelta, days: int, measured: bool
) -> None:
    report = build_report({"BTC": 1000}, as_of=NOW - age, scenario_pnl=(dec(-9000),) * days)
    found = triggers(book((SWAP, 10, 100), equity=100_000), report, var_fraction_max="0.05")
    expected = [("var_fraction_max", dec("0.09"))] if measured else []
    assert found == (expected, () if measured else ("var_fraction_max",))


def test_policy_when_off_then_nothing_is_measured() -> None:
    assert find_triggers(book((SWAP, 10**6, 100)), Limits(), None, NOW) == ((), ())


def test_equity_when_gone_then_not_measured() -> None:
    assert triggers(book((SWAP, 1, 100), equity=0), net_delta_fraction_max="0.1") == ([], ("net_delta_fraction_max",))


def test_equity_when_below_one_then_still_measured() -> None:
    exceeded, unmeasured = triggers(book((SWAP, 1, 100), equity="0.5"), net_delta_fraction_max="0.1")
    assert (exceeded, unmeasured) == ([("net_delta_fraction_max", dec(200))], ())


def test_spec_when_asked_within_an_interval_then_one_hedge_and_the_next_another() -> None:
    policy = AutoHedge(net_delta_fraction_max=dec("0.1"), markets=(f"{VENUE}:{SWAP}",), interval_minutes=60)
    first, same, later = (spec_of(policy, NOW + timedelta(minutes=m)) for m in (0, 59, 60))
    assert first == same
    assert (first.fraction, first.fee_fraction, first.horizon_hours) == (policy.fraction, policy.fee_fraction, 24)
    assert first.hedge_id == "auto-20261118T1200"
    assert later.hedge_id == "auto-20261118T1300"
    assert first.mode is HedgeMode.DELTA_NEUTRAL
    assert first.instruments == (HedgeInstrument(venue=VENUE, symbol=SWAP),)


def test_policy_when_changed_in_any_way_then_a_second_factor_is_needed() -> None:
    one, other = (Limits(auto_hedge=AutoHedge(net_delta_fraction_max=dec(n))) for n in ("0.1", "0.2"))
    for old, new in ((Limits(), one), (one, other), (other, one), (one, Limits())):
        assert list_loosened(old, new) == ("auto_hedge",)
    assert list_loosened(one, one) == ()


def test_interval_when_it_divides_no_day_then_counted_from_1970() -> None:
    """Since then 29,916,720 minutes have gone by at noon: one more than a multiple of seven."""
    policy = AutoHedge(net_delta_fraction_max=dec("0.1"), interval_minutes=7)
    assert spec_of(policy, NOW).hedge_id == "auto-20261118T1159"
