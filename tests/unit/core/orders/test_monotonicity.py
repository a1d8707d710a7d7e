"""Stricter is never more permissive: a tighter limit and a smaller order only turn approvals one way (I9)."""

from __future__ import annotations

from dataclasses import fields, replace
from decimal import Decimal
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from riskgate.core.account.document import AccountState
from riskgate.core.codes import DenyCode
from riskgate.core.limits import Limits, list_loosened
from riskgate.core.order import Order
from tests.support.builders import NOW, SECOND, build_book, build_limits, build_quote, build_report, build_row, decide
from tests.support.hypothesis_profiles import THOROUGH
from tests.support.strategies import MARKETS, OTHER_LIMITS, SIZE_LIMITS, any_orders, books, limit_sets

EVERY_LIMIT = SIZE_LIMITS | OTHER_LIMITS
MINIMA = {DenyCode.NOTIONAL_BELOW_MINIMUM, DenyCode.QUANTITY_INVALID}


@st.composite
def inputs(draw: st.DrawFn, *, hedges: bool = True) -> dict[str, Any]:
    """Draw what is read beside the account; without hedges the candidate loses in every scenario that loses."""
    moves = [Decimal(draw(st.integers(-20 if hedges else 0, 20))) / 1000 for _ in range(3)]
    days = [(Decimal(-number), moves[number % 3]) for number in range(60)]
    known = draw(st.booleans())
    correlations = {name: str(draw(st.integers(-9, 9)) / Decimal(10)) for name in ("BTC", "ETH", "SOL", "ADA")}
    return {
        "report": build_report({}, scenario_pnl=tuple(pnl for pnl, _ in days), stress_pnl={"crash": Decimal(-50)})
        if known
        else None,
        "correlation": build_row(
            "BTC",
            dict(correlations),
            scenario_returns=tuple(move for _, move in days),
            stress_shocks={"crash": moves[0]},
        )
        if draw(st.booleans())
        else None,
        "age": draw(st.sampled_from([0, 2, 40])),
        "spread": draw(st.sampled_from(["0", "0.02", "1"])),
        "depth": draw(st.sampled_from([None, "5", "50"])),
        "book": draw(st.sampled_from([None, build_book((100, 1), (101, 2), (103, 20)), build_book((100, 1))])),
    }


def is_approved(state: AccountState, order: Order, limits: Limits, read: dict[str, Any]) -> DenyCode | None:
    """Return the code of the denial, or None."""
    half, depth = Decimal(read["spread"]) / 2, read["depth"]
    quote = build_quote(
        order.symbol,
        bid=100 - half,
        ask=100 + half,
        at=NOW - read["age"] * SECOND,
        bid_depth=depth and Decimal(depth),
        ask_depth=depth and Decimal(depth),
    )
    _, decision = decide(
        state,
        order,
        limits=limits,
        instrument=MARKETS[order.symbol],
        quote=quote,
        report=read["report"],
        correlation=read["correlation"],
        book=read["book"] and replace(read["book"], at=quote.at),
    )
    return decision.evaluation.code


@st.composite
def tightened(draw: st.DrawFn) -> tuple[Limits, Limits]:
    """Draw limits and others of which none is looser."""
    old = draw(limit_sets(EVERY_LIMIT))
    names = draw(st.sets(st.sampled_from(sorted(EVERY_LIMIT)), min_size=1, max_size=4))
    new = replace(old, **{name: draw(EVERY_LIMIT[name]) for name in sorted(names)})
    kept = {name: getattr(old, name) for name in list_loosened(old, new)}
    return old, replace(new, **kept)


@THOROUGH
@given(state=books(), order=any_orders, limits=tightened(), read=inputs())
def test_limits_when_tightened_then_no_denial_becomes_an_approval(
    state: AccountState, order: Order, limits: tuple[Limits, Limits], read: dict[str, Any]
) -> None:
    old, new = limits
    assert list_loosened(old, new) == ()

    if is_approved(state, order, old, read) is not None:
        assert is_approved(state, order, new, read) is not None


def test_limits_when_any_of_them_is_drawn_then_the_property_covers_all_that_deny_an_order() -> None:
    left_out = {item.name for item in fields(Limits)} - EVERY_LIMIT.keys()

    assert left_out == {
        "stoploss_guard",
        "loss_streak",
        "cooldown",
        "low_profit",
        "drawdown_guard",  # they act through locks
        "reservation_ttl_seconds",  # acts after the decision
        "breaker_actions",  # acts on orders that rest
        "auto_hedge",  # places orders, denies none
        "equity_unexplained_gain_fraction_max",  # acts on what is reported
        "order_failures_max",
        "order_failures_window_seconds",
        "rogue_order_kill_switch",  # they act through a breaker and a kill switch
    }


@THOROUGH
@given(
    state=books(),
    order=any_orders,
    limits=limit_sets(
        SIZE_LIMITS | OTHER_LIMITS | {"var_fraction_max": st.none(), "stress_loss_fraction_max": st.none()}
    ),
    read=inputs(),
    share=st.integers(1, 999),
)
def test_order_when_smaller_then_no_approval_becomes_a_denial(
    state: AccountState, order: Order, limits: Limits, read: dict[str, Any], share: int
) -> None:
    """Scenario losses are the exception: a smaller hedge hedges less. The next test has them without hedges."""
    _assert_smaller_passes(state, order, limits, read, share)


@THOROUGH
@given(
    state=books(),
    order=any_orders,
    var=st.integers(1, 30),
    stress=st.integers(1, 30),
    read=inputs(hedges=False),
    share=st.integers(1, 999),
)
def test_order_when_smaller_and_no_hedge_then_no_scenario_loss_grows(
    state: AccountState, order: Order, var: int, stress: int, read: dict[str, Any], share: int
) -> None:
    limits = build_limits(
        var_fraction_max=Decimal(var) / 100, var_confidence="0.95", stress_loss_fraction_max=Decimal(stress) / 100
    )
    # A move is a loss for a seller when it is a gain for a buyer.
    row = read["correlation"]
    if row is not None:
        read["correlation"] = replace(
            row,
            scenario_returns=tuple(-order.side.sign * move for move in row.scenario_returns),
            stress_shocks={name: -order.side.sign * shock for name, shock in row.stress_shocks.items()},
        )

    _assert_smaller_passes(state, order, limits, read, share)


def _assert_smaller_passes(state: AccountState, order: Order, limits: Limits, read: dict[str, Any], share: int) -> None:
    assert order.quantity is not None
    lots = int(order.quantity * 1000 * share / 1000)
    assume(lots > 0)
    smaller = replace(order, quantity=Decimal(lots) / 1000)
    if is_approved(state, order, limits, read) is None:
        assert is_approved(state, smaller, limits, read) in {None, *MINIMA}
