"""Decide one order without changing anything, and size it."""

from __future__ import annotations

from dataclasses import replace

from msgspec.structs import asdict

from riskgate.app.ledger.commit_event import Acting, LogPlace, limits_in_force
from riskgate.app.orders.submit_order import answer_body, submitted_event
from riskgate.core.account.stored import ReadRequest
from riskgate.core.codes import DenyCode
from riskgate.core.instrument import unit_of_symbol
from riskgate.core.money import plain, with_risk_context
from riskgate.core.order import Order
from riskgate.core.orders.decide import decide_order, decide_unknown_account, prepare
from riskgate.core.orders.evaluate import Inputs
from riskgate.core.orders.max_quantity import solve_max_quantity
from riskgate.schemas.http.answers.orders import CheckAnswer, Decision


@with_risk_context
def check_order(acting: Acting, order: Order) -> CheckAnswer:
    """Return the decision the order would get, the largest quantity that would pass and the check that binds it.

    Raises Forbidden: not the caller's strategy; StateCorrupt: the account's stored state failed its integrity check;
    Transient: no answer from the database.
    """
    acting.require_strategy(order.strategy)
    now = acting.now
    snapshot = acting.deps.store.read(ReadRequest(account_id=order.account_id, orders=(order,)))
    event = submitted_event(order, snapshot)
    stored = snapshot.account
    if stored is None or stored.state is None:
        decision = decide_unknown_account(event, now)
        place = LogPlace(state_version=0, audit_sequence=0, limits_version=0)
        return _sized(answer_body(order, decision, place, now), order, "0", DenyCode.ACCOUNT_UNKNOWN)
    limits, limits_version = limits_in_force(snapshot, event)
    prepared, _ = prepare(stored.state, limits, [event.market.quote], now, event.marks, rules=event.rules)
    _, decision = decide_order(prepared, limits, event, now)
    inputs = Inputs(
        order=replace(order, quote_quantity=None, quantity=decision.evaluation.context.quantity),
        limits=limits,
        market=event.market,
        kill_switches=event.kill_switches,
        report=event.report,
        now=now,
        rules=event.rules,
    )
    max_quantity, binding = solve_max_quantity(prepared, inputs)
    place = LogPlace(state_version=stored.version, audit_sequence=stored.audit_sequence, limits_version=limits_version)
    return _sized(answer_body(order, decision, place, now), order, plain(max_quantity), binding)


def _sized(decision: Decision, order: Order, max_quantity: str, binding_check: DenyCode | None) -> CheckAnswer:
    unit = unit_of_symbol(order.symbol)
    return CheckAnswer(**asdict(decision), max_quantity=max_quantity, quantity_unit=unit, binding_check=binding_check)
