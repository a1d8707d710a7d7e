"""A fill beyond what was approved: a break at once, worth what was too much."""

from __future__ import annotations

from dataclasses import replace

import pytest

from riskgate.core.account.breaks import BreakKind
from riskgate.core.orders.events import Excess
from riskgate.core.reconciliation.evidence import CLOSE_IT
from riskgate.core.reconciliation.excess import IN_BUDGET, note_excess
from tests.support.builders import NOW, SWAP, build_account, build_fill, build_instrument, build_order, dec

ORDER = build_order(symbol=SWAP)
FILL = build_fill(ORDER, "3", 110)
FILL = replace(FILL, market=replace(FILL.market, instrument=build_instrument(SWAP, contract_size=dec(10))))
EXCESS = Excess(quantity=dec("0.5"), approved=dec("2.50"), filled=dec(3))


def test_fill_when_too_much_then_a_break_over_what_it_is_worth() -> None:
    state = note_excess(build_account(), FILL, EXCESS, NOW)
    [item] = state.reconciliation.open.values()
    finding = item.finding
    assert (finding.kind, finding.subject, finding.market) == (BreakKind.FILLED_QUANTITY, "order o1", ORDER.key)
    assert (finding.ours, finding.theirs) == ({"approved_quantity": "2.5"}, {"filled_quantity": "3"})
    assert (finding.money, finding.mark, finding.client_order_id) == (dec(550), "filled 3", "o1")
    assert finding.action.startswith("close what was filled too much")


def test_fill_when_of_a_denied_order_then_rogue() -> None:
    state = note_excess(build_account(), FILL, replace(EXCESS, was_denied=True), NOW)
    [item] = state.reconciliation.open.values()
    assert (item.finding.kind, item.finding.action) == (BreakKind.ROGUE_ORDER, CLOSE_IT)
    assert item.finding.ours == {"approved_quantity": "2.5", "status": "denied"}


def test_fill_when_within_its_budget_then_closed_at_once() -> None:
    state = note_excess(build_account(), FILL, replace(EXCESS, in_budget=True), NOW)
    assert not state.reconciliation.open
    [closed] = state.reconciliation.closed
    assert closed.why == IN_BUDGET


@pytest.mark.parametrize("base", ["USDT", "EUR"])
def test_fill_when_its_currency_has_no_rate_then_without_a_worth(base: str) -> None:
    state = note_excess(build_account(base_currency=base, rates={}), FILL, EXCESS, NOW)
    [item] = state.reconciliation.open.values()
    assert item.finding.money == (dec(550) if base == "USDT" else None)
