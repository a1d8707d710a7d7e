"""The two comparisons every limit uses, and how they are told to a person."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from riskgate.core.checks.result import at_most, at_most_old, below
from tests.support.builders import NOW, PASSED, VIOLATED


@pytest.mark.parametrize(
    ("observed", "outcome"), [("0.0999999999999", PASSED), ("0.1", PASSED), ("0.1000000000001", VIOLATED)]
)
def test_size_limit_when_equal_then_passes_and_exceeded_then_violated(observed: str, outcome: object) -> None:
    assert at_most(Decimal(observed), Decimal("0.1"), "size").outcome is outcome


@pytest.mark.parametrize(
    ("observed", "outcome"), [("0.0299999999999", PASSED), ("0.03", VIOLATED), ("0.0300000000001", VIOLATED)]
)
def test_loss_limit_when_reached_then_violated(observed: str, outcome: object) -> None:
    assert below(Decimal(observed), Decimal("0.03"), "loss").outcome is outcome


def test_limits_when_nothing_was_observed_then_violated() -> None:
    assert at_most(None, 1, "size").outcome is VIOLATED
    assert below(None, Decimal(1), "loss").outcome is VIOLATED


@pytest.mark.parametrize(
    ("age", "outcome"), [(-31, VIOLATED), (-30, PASSED), (0, PASSED), (60, PASSED), (60.001, VIOLATED)]
)
def test_age_when_beyond_the_limit_or_from_the_future_then_violated(age: float, outcome: object) -> None:
    assert at_most_old(NOW - timedelta(seconds=age), 60, NOW, "age").outcome is outcome


def test_message_when_violated_then_names_both_figures_and_a_loss_is_never_shown_smaller() -> None:
    result = at_most(Decimal("0.10001"), Decimal("0.1"), "position over equity")

    assert result.message == "position over equity 10.00 % is above the limit 10.00 %"
    assert result.observed == Decimal("0.10001")


@pytest.mark.parametrize("observed", ["1e-30", "1e17", "999999999999999999999999999999", "1e60"])
def test_message_when_the_figure_is_extreme_then_still_written(observed: str) -> None:
    for unit in ("fraction", "", "orders", "base_currency"):
        assert at_most(Decimal(observed), Decimal(0), "size", unit).outcome is VIOLATED
