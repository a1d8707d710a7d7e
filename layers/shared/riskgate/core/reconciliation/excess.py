"""Fills beyond what was approved: they count, and they are a break from the moment they are heard of."""

from __future__ import annotations

from datetime import datetime

from riskgate.core.account.breaks import BreakKind, Finding
from riskgate.core.account.document import AccountState
from riskgate.core.money import plain, quantize_money
from riskgate.core.orders.events import Excess, FillRecorded
from riskgate.core.reconciliation.evidence import CLOSE_IT
from riskgate.core.reconciliation.fold import with_breakers

IN_BUDGET = "the order was sized by what it may spend, and was filled better than planned"


def note_excess(state: AccountState, event: FillRecorded, excess: Excess, now: datetime) -> AccountState:
    """Return the account with a fill beyond its approval as a break; of a denied order, its market only reduces."""
    order, instrument = event.order, event.market.instrument
    assert instrument is not None  # noqa: S101 the use case refuses fills of unknown instruments
    rate = state.rate(instrument.settle_currency)
    money = None if rate is None else quantize_money(excess.quantity * event.price * instrument.contract_size * rate)
    ours = {"approved_quantity": plain(excess.approved)} | ({"status": "denied"} if excess.was_denied else {})
    finding = Finding(
        kind=BreakKind.ROGUE_ORDER if excess.was_denied else BreakKind.FILLED_QUANTITY,
        venue=order.venue,
        subject=f"order {order.client_order_id}",
        market=order.key,
        client_order_id=order.client_order_id,
        ours=ours,
        theirs={"filled_quantity": plain(excess.filled)},
        mark=f"filled {plain(excess.filled)}",
        action=CLOSE_IT if excess.was_denied else "close what was filled too much, or accept it: resolve the break",
        money=money,
    )
    known = state.reconciliation.note(finding, now, closed_for=IN_BUDGET if excess.in_budget else "")
    return with_breakers(state, known, now)
