"""What is written down is enough: every event and every state comes back from its canonical JSON as it was."""

from __future__ import annotations

import types
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskgate.core.account.document import AccountState, OrderStatus
from riskgate.core.ledger.account_events import LimitsChanged
from riskgate.core.ledger.apply import Result, apply_event
from riskgate.core.ledger.events import EVENT_TYPES, Event
from riskgate.core.limits import Limits
from riskgate.core.orders.events import RULES, BatchDecided, OrderClosed
from riskgate.core.routing.events import OpenOrdersCancelled
from riskgate.core.safeguards.events import BreakerReset, KillSwitchChanged
from riskgate.schemas.codec import decode, encode
from riskgate.schemas.log.audit_entry import AuditEntry, read_entry, seal
from tests.support.builders import (
    ACCOUNT_ID,
    DAY,
    MINUTE,
    NOW,
    SECOND,
    SELL,
    SPOT,
    SWAP,
    apply,
    build_account,
    build_fill,
    build_modified,
    build_order,
    build_quote,
    build_registration,
    build_report,
    build_reported,
    build_row,
    build_snapshot,
    build_submitted,
    build_transfer,
    build_working,
)
from tests.support.hypothesis_profiles import QUICK

KINDS = sorted(EVENT_TYPES.values(), key=lambda kind: kind.__name__)

decimals = st.decimals("-999999999999999", "999999999999999", places=12, allow_nan=False, allow_infinity=False)
instants = st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001 a bound
#: Any text a JSON string can hold: other scripts and control characters, no lone surrogates.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
LEAVES: dict[Any, st.SearchStrategy[Any]] = {
    str: texts,
    int: st.integers(-(2**53) + 1, 2**53 - 1),
    bool: st.booleans(),
    Decimal: decimals,
    datetime: instants,
    date: st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    type(None): st.none(),
}


@cache
def values(kind: Any) -> st.SearchStrategy[Any]:
    """Return a strategy for any value of a type of the core, from its annotations."""
    if kind in LEAVES:
        return LEAVES[kind]
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {types.UnionType, Union}:
        # A price that may be missing is never 0: where it came later, 0 is left out of the document as no price is.
        return st.one_of([values(a).filter(bool) if a is Decimal else values(a) for a in arguments])
    if origin is tuple:
        return st.lists(values(arguments[0]), max_size=2).map(tuple)
    if origin is dict:
        return st.dictionaries(values(arguments[0]), values(arguments[1]), max_size=2)
    if isinstance(kind, type) and issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    assert is_dataclass(kind), kind
    hints = get_type_hints(kind)
    build: Any = kind
    return st.builds(build, **{item.name: values(hints[item.name]) for item in fields(kind)})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@QUICK
@given(data=st.data())
def test_event_when_written_and_read_back_then_the_same(kind: type, data: st.DataObject) -> None:
    event = data.draw(values(kind))
    written = encode(event)

    again: object = decode(written, kind)

    assert again == event
    assert encode(again) == written


@QUICK
@given(data=st.data())
def test_account_when_written_and_read_back_then_the_same(data: st.DataObject) -> None:
    state = data.draw(values(AccountState))
    written = encode(state)

    assert decode(written, AccountState) == state
    assert encode(decode(written, AccountState)) == written


@QUICK
@given(data=st.data())
def test_amounts_when_written_with_other_zeros_then_the_same_bytes(data: st.DataObject) -> None:
    amount = data.draw(decimals)

    assert encode({"a": amount}) == encode({"a": amount.normalize()}) == encode({"a": +amount})


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
@QUICK
@given(data=st.data())
def test_entry_when_sealed_and_read_back_then_its_inputs_are_the_event(kind: type, data: st.DataObject) -> None:
    event = data.draw(values(kind))
    entry = AuditEntry(
        account_id=ACCOUNT_ID,
        sequence=1,
        previous_hash="0" * 64,
        at=NOW,
        actor="test",
        event=event.event_name,
        inputs=event,
        answer=None,
        limits_version=1,
        state_version_before=0,
        state_version_after=1,
        state_hash="",
    )

    assert read_entry(seal(entry)[0]).typed_inputs() == event


STORY_LIMITS = replace(
    Limits(),
    balance_required=False,
    risk_per_trade_fraction_max=None,
    open_risk_fraction_max=None,
    var_fraction_max=Decimal("0.250"),
    correlation_max=None,
)


def tell_story() -> list[tuple[Event, datetime]]:
    """Return a life of an account with every event an account knows, written with odd zeros."""
    buy = build_order("2.50", "100.00", client_order_id="buy", stop_loss_price="90.0")
    short = build_order("1.000", "99.990", symbol=SWAP, side=SELL, client_order_id="short")
    second = build_order("1.10", client_order_id="second")
    row = build_row("BTC", {"ETH": "0.50"}, scenario_returns=(Decimal("-0.010"),) * 60)
    report = build_report({"ETH": "10.0"}, scenario_pnl=(Decimal("-1.0"),) * 60, stress_pnl={"crash": Decimal("-5.00")})
    later, tomorrow = NOW + 5 * MINUTE, NOW + DAY
    return [
        (build_registration(initial_equity=Decimal("10000.00")), NOW),
        (build_submitted(buy, correlation=row, report=report), NOW),
        (build_submitted(build_order("999.0", client_order_id="denied")), NOW),
        (build_submitted(build_order(1, "100.0050", client_order_id="off tick")), NOW),
        (BatchDecided(legs=(replace(build_submitted(short), rules=1), build_submitted(second))), NOW + 20 * SECOND),
        (build_fill(buy, "1.250", "100.010", fee=Decimal("0.0100")), NOW + 25 * SECOND),
        (build_modified(build_order("0.50", "100.0", client_order_id="second")), NOW + 20 * SECOND),
        (OrderClosed(client_order_id="second", status=OrderStatus.CANCELLED, reason="test"), later),
        (build_snapshot("9990.0", positions=(build_reported("1.250", SPOT, "101.0"),), taken_at=later), later),
        (build_snapshot("0.00", taken_at=later), later),
        (build_transfer("-500.00"), later),
        (
            build_submitted(build_order("0.10", 99, client_order_id="marked"), quote=build_quote(price=99, at=later)),
            later,
        ),
        (LimitsChanged(limits=Limits(daily_loss_fraction_max=Decimal("0.0010")), limits_hash="h", loosened=()), later),
        (BreakerReset(name="DAILY_LOSS", reason="looked at"), later),
        (KillSwitchChanged(scope="global", key="", engaged=True, reason="test"), later),
        (build_submitted(build_order(1, client_order_id="next day"), quote=build_quote(at=tomorrow)), tomorrow),
    ]


def live_through(story: list[tuple[Event, datetime]]) -> list[Result]:
    state, limits, results = None, STORY_LIMITS, []
    for event, now in story:
        result = apply_event(ACCOUNT_ID, state, limits, event, now)
        limits = event.limits if isinstance(event, LimitsChanged) else limits
        state = result.state
        results.append(result)
    return results


def test_story_when_told_twice_then_the_same_states_decisions_and_bytes() -> None:
    once, twice = live_through(tell_story()), live_through(tell_story())

    assert once == twice
    assert [encode(result.state) for result in once] == [encode(result.state) for result in twice]


def test_story_when_told_from_what_was_written_down_then_the_same_answers_byte_for_byte() -> None:
    written = [(encode(event), type(event), now) for event, now in tell_story()]
    replayed = live_through([(decode(text, kind), now) for text, kind, now in written])

    for live, again in zip(live_through(tell_story()), replayed, strict=True):
        assert encode(again.state) == encode(live.state)
        assert (again.fill, again.snapshot, again.expired) == (live.fill, live.snapshot, live.expired)
        for first, second in zip(live.decisions, again.decisions, strict=True):
            assert second.evaluation.checks == first.evaluation.checks


def test_story_when_told_then_things_happen_in_it() -> None:
    results = live_through(tell_story())

    approved = [decision.approved for result in results for decision in result.decisions]
    assert approved.count(True) >= 3
    assert approved.count(False) >= 3
    assert any(result.expired for result in results)
    assert any(result.state.breakers for result in results)
    assert results[-1].state.version == len(results)


@pytest.mark.parametrize(
    ("event", "is_noted"),
    [
        (KillSwitchChanged(scope="global", key="", engaged=True, reason=""), True),
        (KillSwitchChanged(scope="global", key="", engaged=False, reason=""), False),
        (OpenOrdersCancelled(scope="global", key="", flag_at=NOW, results=(), duration_ms=0), False),
    ],
)
def test_account_when_a_kill_switch_is_engaged_then_it_notes_when_and_nothing_else_does(
    event: Event, is_noted: bool
) -> None:
    assert apply(build_account(), event).state.killed_at == (NOW if is_noted else None)


@pytest.mark.parametrize(
    ("status", "name", "failures"),
    [
        (OrderStatus.REJECTED, "w1", 1),
        (OrderStatus.REJECTED, "other", 0),
        (OrderStatus.CANCELLED, "w1", 0),
    ],
)
def test_order_when_its_venue_refuses_it_then_one_failure_however_often_that_is_told(
    status: OrderStatus, name: str, failures: int
) -> None:
    event = OrderClosed(client_order_id=name, status=status, reason="no", rules=RULES)
    once = apply(build_account(working=[build_working()]), event).state
    twice = apply(once, event).state
    assert (len(once.order_failures), len(twice.order_failures)) == (failures, failures)
    assert [order.client_order_id for order in once.rejected_orders] == ["w1"] * failures
