"""The bill: the page is current, and its targets hold."""

from __future__ import annotations

import pytest

from infra.cost.__main__ import PAGE
from infra.cost.model import Bill, Line, Model
from infra.cost.page import list_targets, render
from infra.cost.stack import Stack
from infra.cost.windows import ticks_in_month

#: What is above its target for now, with the most it may be: it may fall, and never rise.
UNMET = {"a further account and month": 1.45}


@pytest.fixture(scope="module")
def model() -> Model:
    """Give the model of the template as it is."""
    return Model(Stack.read())


def test_page_then_it_is_what_the_model_comes_to() -> None:
    assert PAGE.read_text(encoding="utf-8") == render(), "python -m infra.cost"


def test_targets_then_they_hold_but_for_those_that_are_told(model: Model) -> None:
    for what, is_now, at_most, _ in list_targets(model):
        assert is_now <= UNMET.get(what, at_most), what
        assert (is_now > at_most) == (what in UNMET), f"{what}: a target that is met is held"


def test_stack_then_a_snapshot_is_kept_where_somebody_waits(model: Model) -> None:
    assert set(model.stack.with_snapshots) == {"Authorizer", "OrderApi", "AdminApi", "Webhooks", "VenueApi"}


def test_allowances_when_two_bills_share_one_then_it_counts_once(model: Model) -> None:
    bill = Bill(lines=((Line(what="alarms", price="alarm_metric_month", quantity=8), 0.8),))
    assert model.after_allowances(bill) == 0
    assert model.after_allowances(bill, bill) == pytest.approx(0.6)


def test_accounts_when_there_are_more_then_each_adds_the_same(model: Model) -> None:
    added = model.months(3).total - model.months(2).total
    assert added == pytest.approx(model.account().total)


@pytest.mark.parametrize(
    ("expression", "ticks"),
    [
        ("rate(1 minute)", 43_800),
        ("rate(5 minutes)", 8_760),
        ("cron(5 * * * ? *)", 730),
        ("cron(30 2 * * ? *)", 730 / 24),
    ],
)
def test_schedule_then_its_ticks_of_a_month(expression: str, ticks: float) -> None:
    assert ticks_in_month(expression) == pytest.approx(ticks)


def test_schedule_when_unknown_then_refused() -> None:
    with pytest.raises(ValueError, match="unknown schedule"):
        ticks_in_month("cron(0/10 * * * ? *)")
