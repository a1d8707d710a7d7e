"""Which markets a hedge may trade, in what order and size, and when margin is said to be short: at each bound."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.account.document import Balance
from riskgate.core.errors import Unprocessable
from riskgate.core.hedging.markets import list_candidates, list_under_way
from riskgate.core.hedging.model import HedgeInstrument, HedgeMode
from riskgate.core.hedging.valuation import MOVES, floor_pnl
from riskgate.core.instrument import Market
from riskgate.core.money import MONEY_MAX
from tests.support.builders import (
    BUY,
    NOW,
    SECOND,
    SELL,
    SPOT,
    SWAP,
    VENUE,
    build_position,
    build_quote,
    build_working,
    dec,
)
from tests.unit.core.hedging.books import ETH_SWAP, SPOT_KEY, SWAP_KEY, book, codes, market, orders, plan, spec, through

FULL, NEUTRAL, TARGET = HedgeMode.FULL, HedgeMode.DELTA_NEUTRAL, HedgeMode.TARGET_PNL
BY_SWAP = spec(FULL, position=SPOT_KEY, instruments=through(SWAP))


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (market(SWAP, settle_currency="BTC"), "HEDGE_INSTRUMENT_INVALID"),
        (market(SWAP, quote_currency="EUR", settle_currency="EUR"), "NO_REFERENCE_PRICE"),
        (replace(market(SWAP), quote=build_quote(SWAP, bid=dec(0))), "NO_REFERENCE_PRICE"),
        (replace(market(SWAP), quote=build_quote(SWAP, ask=None)), "NO_REFERENCE_PRICE"),
        (replace(market(SWAP), quote=build_quote(SWAP, at=NOW - 301 * SECOND)), "QUOTE_STALE"),
    ],
)
def test_market_when_it_cannot_be_valued_then_refused_with_its_reason(found: Market, code: str) -> None:
    with pytest.raises(Unprocessable) as refusal:
        plan(BY_SWAP, book((SPOT, 1, 100)), found)
    assert refusal.value.code == code


@pytest.mark.parametrize("age", [timedelta(0), 300 * SECOND])
def test_market_when_quoted_without_a_spread_within_the_age_of_exits_then_traded(age: timedelta) -> None:
    found = replace(market(SWAP), quote=build_quote(SWAP, at=NOW - age))
    assert orders(plan(BY_SWAP, book((SPOT, 1, 100)), found)) == [(SWAP, "sell", 1, False)]


def test_quote_when_no_age_is_asked_of_it_then_any_will_do() -> None:
    found = replace(market(SWAP), quote=build_quote(SWAP, at=NOW - 10_000 * SECOND))
    assert codes(plan(BY_SWAP, book((SPOT, 1, 100)), found, quote_max_age_reducing_seconds=None)) == []


def test_candidates_when_none_are_named_then_the_positions_that_are_hedged() -> None:
    state = book((SPOT, 1, 100), (ETH_SWAP, 1, 10))
    spot, swap = (HedgeInstrument(venue=VENUE, symbol=symbol) for symbol in (SPOT, ETH_SWAP))
    assert list_candidates(spec(NEUTRAL), state) == (spot, swap)
    assert list_candidates(spec(FULL, position=SPOT_KEY), state) == (spot,)
    assert list_candidates(spec(NEUTRAL, instruments=through(SWAP)), state) == through(SWAP)


def test_hedges_when_under_way_then_listed_for_the_whole_book_alone() -> None:
    working = [build_working(1, SWAP, client_order_id="hedge:h0:1"), build_working(1, SPOT, client_order_id="o1")]
    state = book((SPOT, 1, 100), working=working)
    assert list_under_way(spec(NEUTRAL), state) == ((VENUE, SWAP),)
    assert list_under_way(spec(FULL, position=SPOT_KEY), state) == ()


@pytest.mark.parametrize(
    ("rules", "quantity"),
    [
        ({"quantity_min": dec("0.5")}, "0.5"),
        ({"quantity_min": dec("0.501")}, None),
        ({"notional_min": dec(50)}, "0.5"),
        ({"notional_min": dec("50.01")}, None),
        ({"notional_min": dec(50), "contract_size": dec("0.1")}, "5"),
        ({"quantity_max": dec("0.5")}, "0.5"),
        ({"quantity_max": dec("0.4")}, "0.4"),
        ({"step_size": dec("0.3")}, "0.3"),
        ({"step_size": dec("0.6")}, None),
        ({"step_size": dec(0)}, "0.5"),
    ],
)
def test_leg_when_at_a_bound_of_its_market_then_as_much_as_that_takes(
    rules: dict[str, Any], quantity: str | None
) -> None:
    made = plan(BY_SWAP, book((SPOT, "0.5", 100)), market(SWAP, **rules))
    assert [leg.quantity for leg in made.legs] == ([] if quantity is None else [dec(quantity)])


@pytest.mark.parametrize(("symbol", "closed"), [(SWAP, True), (SPOT, False)])
def test_exit_when_below_the_least_value_then_a_swap_takes_it_and_spot_does_not(symbol: str, closed: bool) -> None:
    made = plan(spec(NEUTRAL), book((symbol, "0.5", 100)), market(symbol, notional_min=dec(51)))
    assert codes(made) == ([] if closed else ["BELOW_MINIMUM_NOTIONAL"])
    assert bool(made.legs) is closed


def test_rest_when_less_than_a_lot_then_no_order_elsewhere() -> None:
    state = book((SPOT, "0.0505", 100))
    made = plan(
        spec(FULL, position=SPOT_KEY, instruments=through(SWAP, "BTC/USDC:USDC")),
        replace(state, rates={"USDC": dec(1)}),
        market(SWAP),
        market("BTC/USDC:USDC", step_size=dec("0.0001")),
    )
    assert orders(made) == [(SWAP, "sell", dec("0.050"), False)]


@pytest.mark.parametrize(
    ("quantity", "symbol", "side", "left"),
    [(2, SPOT, SELL, "3"), (6, SPOT, SELL, None), (2, SPOT, BUY, "5"), (2, "BTC/USDC", SELL, "5")],
)
def test_exit_when_other_orders_work_then_only_sells_of_that_market_take_from_it(
    quantity: int, symbol: str, side: Any, left: str | None
) -> None:
    state = book((SPOT, 5, 100), working=[build_working(quantity, symbol, side=side)])
    made = plan(spec(FULL, position=SPOT_KEY), state, market(SPOT))
    assert [leg.quantity for leg in made.legs] == ([] if left is None else [dec(left)])


@pytest.mark.parametrize(
    ("balance", "holdings", "working", "is_short"),
    [
        ({"total": "100"}, (), (), False),
        ({"total": "99.99"}, (), (), True),
        ({"total": "150", "used": "50"}, (), (), False),
        ({"total": "150", "used": "50.01"}, (), (), True),
        ({"total": "300"}, ((ETH_SWAP, 100, 10),), (), False),
        ({"total": "299.99"}, ((ETH_SWAP, 100, 10),), (), True),
        ({"total": "300", "used": "150"}, ((ETH_SWAP, 100, 10),), (), False),
        ({"total": "200"}, (), (build_working(5, "SOL/USDT:USDT", 20, unit_reserved=dec(20)),), False),
        ({"total": "199.99"}, (), (build_working(5, "SOL/USDT:USDT", 20, unit_reserved=dec(20)),), True),
    ],
)
def test_margin_when_what_is_free_covers_the_hedge_then_nothing_is_said(
    balance: dict[str, str], holdings: Any, working: Any, is_short: bool
) -> None:
    """Five at 100 with a leverage of five take 100; what is held at 1,000 takes 200, the working order 100."""
    state = book((SPOT, 5, 100), *holdings, working=list(working))
    free = Balance(**{name: dec(value) for name, value in balance.items()})
    state = replace(state, balances={VENUE: {**state.balances[VENUE], "USDT": free}})
    made = plan(BY_SWAP, state, market(SWAP), leverage_max=dec(5))
    assert (made.margin, codes(made)) == (100, ["MARGIN_SHORT"] * is_short)


def test_margin_when_two_venues_each_cover_their_own_then_nothing_is_said_and_else_which_does_not() -> None:
    state = book((SPOT, 5, 100), ("ETH/USDT", 50, 10))
    asked = spec(NEUTRAL, instruments=(*through(SWAP), HedgeInstrument(venue="other", symbol=ETH_SWAP)))
    markets = market(SWAP), market(ETH_SWAP, 10, venue="other")
    for cash, short in (
        (("100", "100"), []),
        (("99", "100"), [VENUE]),
        (("100", "99"), ["other"]),
        (("0", "0"), [VENUE, "other"]),
    ):
        own = {**state.balances[VENUE], "USDT": Balance(total=dec(cash[0]))}
        balances = {VENUE: own, "other": {"USDT": Balance(total=dec(cash[1]))}}
        made = plan(asked, replace(state, balances=balances), *markets, leverage_max=dec(5))
        assert [note.key for note in made.notes] == short


@pytest.mark.parametrize(("leverage", "margin"), [(None, 500), ("0.5", 500), ("1", 500), ("5", 100)])
def test_margin_when_leverage_is_not_limited_or_below_one_then_all_of_the_value(
    leverage: str | None, margin: int
) -> None:
    made = plan(BY_SWAP, book((SPOT, 5, 100)), market(SWAP), leverage_max=None if leverage is None else dec(leverage))
    assert made.margin == margin


def test_legs_when_none_reduces_then_the_largest_first_and_of_one_size_by_their_market() -> None:
    asked = spec(NEUTRAL, instruments=through(SWAP, ETH_SWAP))
    markets = market(SWAP), market(ETH_SWAP, 10)
    larger = plan(asked, book((SPOT, 5, 100), ("ETH/USDT", 100, 10)), *markets)
    assert orders(larger) == [(ETH_SWAP, "sell", 100, False), (SWAP, "sell", 5, False)]
    alike = plan(asked, book((SPOT, 5, 100), ("ETH/USDT", 50, 10)), *markets)
    assert orders(alike) == [(SWAP, "sell", 5, False), (ETH_SWAP, "sell", 50, False)]


@pytest.mark.parametrize("position", [None, SPOT_KEY])
def test_note_when_nothing_is_held_then_it_names_the_position_that_was_asked_for(position: str | None) -> None:
    [note] = plan(spec(FULL, position=position), book(), market(SPOT)).notes
    assert (note.code, note.key) == ("NOTHING_TO_HEDGE", position or "")


def test_hedge_under_way_when_its_market_was_given_another_contract_size_then_counted_in_todays() -> None:
    """Two hundred contracts of a hundredth each are two units; the position was booked when one was a unit."""
    working = build_working(200, SWAP, client_order_id="hedge:earlier:1", side=SELL)
    state = book((SPOT, 5, 100), (SWAP, -1, 100), working=[working])
    made = plan(spec(NEUTRAL, instruments=through(SWAP)), state, market(SWAP, contract_size=dec("0.01")))
    assert orders(made) == [(SWAP, "sell", 200, False)]


def test_target_when_funding_is_paid_over_the_horizon_then_it_is_earned_too() -> None:
    """At 90 each one sold at 120 earns 30 less one payment of 1 %: 150 are missing, and 150 / 28.80 is 5.2083..."""
    held = build_position(10, SPOT, 120, average_price=dec(100))
    state = replace(book((SPOT, 10, 120)), positions={held.key: held})
    asked = spec(
        TARGET,
        position=SPOT_KEY,
        instruments=through(SWAP, funding_fraction=dec("-0.01")),
        adverse_price="90",
        target_pnl="50",
        horizon_hours=8,
    )
    made = plan(asked, state, market(SWAP, 120))
    assert orders(made) == [(SWAP, "sell", dec("5.209"), False)]
    assert made.pnl_at_target == dec("50.0192")


def test_table_when_there_is_no_target_then_the_moves_that_are_told() -> None:
    percents = (-50, -30, -20, -10, -5, -1, 0, 1, 5, 10, 20, 30, 50)
    assert tuple(dec(percent) / 100 for percent in percents) == MOVES
    made = plan(spec(NEUTRAL), book((SWAP, 2, 100)), market(SWAP, active=False))
    assert [(point.move_fraction * 100, point.unhedged_pnl) for point in made.table] == [
        (percent, 2 * percent) for percent in percents
    ]
    assert (made.worst_pnl, made.locked_pnl, made.value_before, made.value_after) == (-100, None, 200, 200)


def test_value_when_part_is_hedged_then_what_is_left_of_it() -> None:
    made = plan(spec(HedgeMode.PARTIAL, fraction="0.25"), book((SWAP, -8, 100)), market(SWAP, 100, spread=2))
    assert (made.value_before, made.value_after, made.delta_after) == (-800, -600, {"BTC": -6})
    assert orders(made) == [(SWAP, "buy", 2, True)]
    assert SWAP_KEY in {leg.market.key for leg in made.legs}


@pytest.mark.parametrize(
    ("amount", "told"),
    [
        ("0.000000019", "0.00000001"),
        ("-0.000000011", "-0.00000002"),
        (MONEY_MAX + 1, MONEY_MAX),
        (-MONEY_MAX - 1, -MONEY_MAX),
    ],
)
def test_profit_when_told_then_rounded_down_and_cut_where_nothing_is_accounted_for(
    amount: str | Decimal, told: str | Decimal
) -> None:
    assert floor_pnl(dec(amount)) == dec(told)
