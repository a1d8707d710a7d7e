"""Hedges of every mode on small books whose answers can be worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.account.document import AccountState
from riskgate.core.errors import Unprocessable
from riskgate.core.figures import CorrelationRow
from riskgate.core.hedging.model import HedgeMode
from riskgate.core.instrument import Market, Quote
from riskgate.core.money import ONE
from tests.support.builders import (
    DAY,
    MINUTE,
    NOW,
    SELL,
    SPOT,
    SWAP,
    Number,
    build_quote,
    build_row,
    build_working,
    dec,
)
from tests.unit.core.hedging.books import (
    ETH_SWAP,
    SPOT_KEY,
    SWAP_KEY,
    book,
    codes,
    market,
    orders,
    plan,
    spec,
    through,
)

FULL, PARTIAL, NEUTRAL = HedgeMode.FULL, HedgeMode.PARTIAL, HedgeMode.DELTA_NEUTRAL
TARGET, VARIANCE, BETA = HedgeMode.TARGET_PNL, HedgeMode.MIN_VARIANCE, HedgeMode.BETA
SOL = "SOL/USDT:USDT"


def test_full_when_spot_is_hedged_by_a_swap_then_shorted_and_nothing_is_left() -> None:
    made = plan(spec(FULL, position=SPOT_KEY, instruments=through(SWAP)), book((SPOT, "0.5", 100)), market(SWAP))
    assert orders(made) == [(SWAP, "sell", dec("0.5"), False)]
    assert (made.delta_before, made.delta_after) == ({"BTC": dec("0.5")}, {"BTC": 0})
    assert made.locked_pnl == made.worst_pnl == 0


def test_full_when_no_instrument_is_named_then_the_position_itself_is_closed() -> None:
    made = plan(spec(FULL, position=SPOT_KEY), book((SPOT, "0.5", 100)), market(SPOT))
    assert orders(made) == [(SPOT, "sell", dec("0.5"), True)]


def test_full_when_the_position_is_short_then_bought() -> None:
    made = plan(spec(FULL, position=SWAP_KEY), book((SWAP, -3, 100)), market(SWAP))
    assert orders(made) == [(SWAP, "buy", 3, True)]


def test_full_when_contracts_are_tenths_then_ten_times_as_many() -> None:
    made = plan(
        spec(FULL, position=SPOT_KEY, instruments=through(SWAP)),
        book((SPOT, "0.57", 100)),
        market(SWAP, contract_size=dec("0.1"), step_size=ONE),
    )
    assert orders(made) == [(SWAP, "sell", 5, False)]
    assert made.delta_after == {"BTC": dec("0.07")}
    assert made.locked_pnl is not None


@pytest.mark.parametrize(("fraction", "quantity"), [("0.25", "1.25"), ("1", "5")])
def test_partial_when_a_fraction_is_asked_then_that_part(fraction: str, quantity: str) -> None:
    made = plan(spec(PARTIAL, position=SPOT_KEY, fraction=fraction), book((SPOT, 5, 100)), market(SPOT))
    assert orders(made) == [(SPOT, "sell", dec(quantity), True)]


def test_partial_when_nothing_is_asked_then_nothing_is_done_and_nothing_is_locked() -> None:
    made = plan(spec(PARTIAL, position=SPOT_KEY, fraction="0"), book((SPOT, 5, 100)), market(SPOT))
    assert (orders(made), made.locked_pnl, made.cost) == ([], None, 0)


def test_neutral_when_the_book_is_mixed_then_each_asset_goes_to_zero_reducing_first() -> None:
    state = book((SPOT, 8, 100), (SWAP, -3, 100), (ETH_SWAP, -20, 10))
    asked = spec(NEUTRAL, instruments=through(SWAP, SPOT, ETH_SWAP))
    made = plan(asked, state, market(SWAP), market(SPOT), market(ETH_SWAP, 10))
    assert orders(made) == [(SPOT, "sell", 5, True), (ETH_SWAP, "buy", 20, True)]
    assert made.delta_after == {"BTC": 0, "ETH": 0}
    assert made.value_after == 0


def test_neutral_when_the_market_turns_round_then_reduced_and_opened_apart() -> None:
    state = book((SPOT, -4, 100), (SWAP, 1, 100))
    made = plan(spec(NEUTRAL, instruments=through(SWAP)), state, market(SWAP))
    assert orders(made) == [(SWAP, "buy", 3, False)]
    state = book((SPOT, 4, 100), (SWAP, 1, 100))
    made = plan(spec(NEUTRAL, instruments=through(SWAP)), state, market(SWAP))
    assert orders(made) == [(SWAP, "sell", 1, True), (SWAP, "sell", 4, False)]


def test_neutral_when_an_asset_has_no_instrument_then_said_and_left() -> None:
    made = plan(spec(NEUTRAL, instruments=through(SWAP)), book((SPOT, 1, 100), (ETH_SWAP, 5, 10)), market(SWAP))
    assert codes(made) == ["NO_INSTRUMENT"]
    assert made.delta_after == {"BTC": 0, "ETH": 5}
    assert made.locked_pnl is None


def test_neutral_when_an_earlier_hedge_still_works_then_not_hedged_twice() -> None:
    working = build_working(2, SWAP, client_order_id="hedge:earlier:1", side=SELL)
    state = book((SPOT, 5, 100), working=[working])
    made = plan(spec(NEUTRAL, instruments=through(SWAP)), state, market(SWAP))
    assert orders(made) == [(SWAP, "sell", 3, False)]


def test_neutral_when_an_earlier_hedge_works_in_another_market_then_counted_in_units_of_its_asset() -> None:
    working = build_working(200, SWAP, client_order_id="hedge:earlier:1", side=SELL)
    state = book((SPOT, 5, 100), working=[working])
    made = plan(spec(NEUTRAL), state, market(SPOT), market(SWAP, contract_size=dec("0.01")))
    assert orders(made) == [(SPOT, "sell", 3, True)]


def test_sale_when_part_of_the_inventory_is_being_sold_then_only_the_rest_is_sold() -> None:
    state = book((SPOT, 5, 100), working=[build_working(2, side=SELL)])
    made = plan(spec(FULL, position=SPOT_KEY), state, market(SPOT))
    assert orders(made) == [(SPOT, "sell", 3, True)]


def test_spot_when_short_exposure_is_hedged_by_it_then_bought_and_never_sold_short() -> None:
    short = book((SWAP, -5, 100))
    made = plan(spec(NEUTRAL, instruments=through(SPOT)), short, market(SPOT))
    assert orders(made) == [(SPOT, "buy", 5, False)]
    assert made.margin == 0, "coins are paid in full"
    made = plan(spec(NEUTRAL, instruments=through(SPOT)), book((SWAP, 5, 100)), market(SPOT))
    assert orders(made) == []
    assert made.delta_after == {"BTC": 5}


@pytest.mark.parametrize("mode", [FULL, PARTIAL, NEUTRAL, TARGET, VARIANCE, BETA])
def test_plan_when_nothing_is_held_then_empty(mode: HedgeMode) -> None:
    made = plan(spec(mode, position=SPOT_KEY, target_pnl="1", adverse_price="1"), book(), market(SPOT))
    assert (made.legs, made.table, made.cost) == ((), (), 0)
    assert codes(made) == ["NOTHING_TO_HEDGE"]


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        ({"quantity_min": dec(1)}, "BELOW_MINIMUM_QUANTITY"),
        ({"notional_min": dec(51)}, "BELOW_MINIMUM_NOTIONAL"),
    ],
)
def test_leg_when_below_the_venues_minimum_then_left_out_and_said(rules: dict[str, Decimal], code: str) -> None:
    asked = spec(FULL, position=SPOT_KEY, instruments=through(SWAP))
    made = plan(asked, book((SPOT, "0.5", 100)), market(SWAP, **rules))
    assert (orders(made), codes(made)) == ([], [code])
    assert made.delta_after == {"BTC": dec("0.5")}


def test_leg_when_above_the_venues_maximum_then_cut_and_the_rest_is_left() -> None:
    asked = spec(FULL, position=SPOT_KEY, instruments=through(SWAP))
    made = plan(asked, book((SPOT, 5, 100)), market(SWAP, quantity_max=dec("2.0005")))
    assert orders(made) == [(SWAP, "sell", 2, False)]
    assert made.delta_after == {"BTC": 3}


@pytest.mark.parametrize(("most", "is_locked"), [(5, True), (4, True), (3, False)])
def test_profit_when_no_more_than_a_lot_is_left_open_then_locked(most: int, *, is_locked: bool) -> None:
    asked = spec(FULL, position=SPOT_KEY, instruments=through(SWAP))
    made = plan(asked, book((SPOT, 5, 100)), market(SWAP, step_size=dec(1), quantity_max=dec(most)))
    assert made.delta_after.get("BTC", 0) == 5 - most
    assert made.locked_pnl == (made.worst_pnl if is_locked else None)


def test_cost_when_hedged_then_fees_spread_and_funding_each_counted() -> None:
    instruments = through(SWAP, fee_fraction=dec("0.001"), funding_fraction=dec("-0.0003"))
    asked = spec(FULL, position=SPOT_KEY, instruments=instruments, horizon_hours=24)
    made = plan(asked, book((SPOT, 5, 100)), market(SWAP, 100, spread=2))
    # Sold at 99: 495 of value, a fee of 0.495, 5 lost to the spread, three payments of 0.03 % of 495.
    assert (made.fees, made.spread_cost, made.funding_cost) == (dec("0.495"), 5, dec("0.4455"))
    assert made.cost == dec("5.9405")
    assert made.margin == 165


def test_margin_when_the_venue_holds_too_little_then_said() -> None:
    asked = spec(FULL, position=SPOT_KEY, instruments=through(SWAP))
    made = plan(asked, book((SPOT, 5, 100), equity=100), market(SWAP))
    assert codes(made) == ["MARGIN_SHORT"]


def test_target_when_the_price_rose_then_as_little_as_locks_the_profit_is_hedged() -> None:
    # Ten at 100, now 120. At 90 they lose 100; each of them sold short at 120 earns 30 back there.
    state = book((SPOT, 10, 100))
    state = _marked(state, 120)
    asked = spec(TARGET, position=SPOT_KEY, instruments=through(SWAP), adverse_price="90", target_pnl="50")
    made = plan(asked, state, market(SWAP, 120))
    assert orders(made) == [(SWAP, "sell", 5, False)]
    assert (made.pnl_at_target, made.target_reached) == (50, True)


def test_table_when_there_is_a_target_then_it_tells_of_the_adverse_price_too() -> None:
    state = _marked(book((SPOT, 10, 100)), 120)
    asked = spec(TARGET, position=SPOT_KEY, instruments=through(SWAP), adverse_price="90", target_pnl="50")
    table = plan(asked, state, market(SWAP, 120)).table
    # From 120 down to 90 is a quarter, which no table has otherwise: ten lose 100, hedged they make what is asked.
    assert [(p.unhedged_pnl, p.hedged_pnl) for p in table if p.move_fraction == dec("-0.25")] == [(-100, 50)]
    assert [p.move_fraction for p in table] == sorted(p.move_fraction for p in table)
    plain = plan(spec(FULL, position=SPOT_KEY), state, market(SPOT, 120)).table
    assert len(plain) == len(table) - 1


def test_target_when_fees_are_paid_on_both_legs_then_counted() -> None:
    state = _marked(book((SPOT, 10, 100)), 120)
    asked = spec(
        TARGET,
        position=SPOT_KEY,
        instruments=through(SWAP),
        adverse_price="90",
        target_pnl="50",
        fee_fraction="0.001",
    )
    made = plan(asked, state, market(SWAP, 120))
    # (50 + 100 + entry 1.0 + exit 0.9) / (30 - 0.12 - 0.09) = 5.0990...: up to the next lot.
    assert orders(made) == [(SWAP, "sell", dec("5.1"), False)]
    assert made.pnl_at_target is not None
    assert 50 <= made.pnl_at_target < 50 + dec("0.03")


def test_target_when_little_is_missing_then_as_few_lots_as_give_it() -> None:
    # At 90 ten lose 100: half a unit of money too much. A lot of a thousandth sold short earns 0.03 there.
    state = _marked(book((SPOT, 10, 100)), 120)
    asked = spec(TARGET, position=SPOT_KEY, instruments=through(SWAP), adverse_price="90", target_pnl="-99.5")
    assert orders(plan(asked, state, market(SWAP, 120))) == [(SWAP, "sell", dec("0.017"), False)]


def test_target_when_held_already_then_nothing_to_do() -> None:
    state = _marked(book((SPOT, 10, 100)), 120)
    asked = spec(TARGET, position=SPOT_KEY, adverse_price="110", target_pnl="100")
    made = plan(asked, state, market(SPOT, 120))
    assert (orders(made), made.target_reached, made.pnl_at_target) == ([], True, 100)


def test_target_when_out_of_reach_then_all_is_hedged_and_said() -> None:
    state = _marked(book((SPOT, 10, 100)), 120)
    asked = spec(TARGET, position=SPOT_KEY, adverse_price="90", target_pnl="500")
    made = plan(asked, state, market(SPOT, 120))
    assert orders(made) == [(SPOT, "sell", 10, True)]
    assert (made.pnl_at_target, made.target_reached, codes(made)) == (200, False, ["TARGET_NOT_REACHED"])
    assert [note.key for note in made.notes] == [SPOT_KEY]


def test_target_when_hedging_costs_more_than_it_saves_then_nothing_is_traded() -> None:
    terms = {"adverse_price": "99.99", "target_pnl": "1", "fee_fraction": "0.01"}
    asked = spec(TARGET, position=SPOT_KEY, instruments=through(SWAP), **terms)
    made = plan(asked, book((SPOT, 10, 100)), market(SWAP))
    assert (orders(made), made.target_reached) == ([], False)
    assert codes(made) == ["TARGET_UNREACHABLE", "TARGET_NOT_REACHED"]


def rows() -> tuple[CorrelationRow, ...]:
    """Return the rows of BTC, ETH and SOL; ETH and SOL move half as much again as BTC."""
    volatilities = {"BTC": dec("0.02"), "ETH": dec("0.03"), "SOL": dec("0.03")}
    matrix: dict[str, dict[str, Number]] = {
        "BTC": {"BTC": 1, "ETH": "0.8", "SOL": "0.5"},
        "ETH": {"BTC": "0.8", "ETH": 1, "SOL": "0.6"},
        "SOL": {"BTC": "0.5", "ETH": "0.6", "SOL": 1},
    }
    return tuple(build_row(asset, row, volatilities=volatilities) for asset, row in matrix.items())


def test_variance_when_hedged_by_another_asset_then_ratio_and_residual_are_as_worked_out() -> None:
    # 1,000 of ETH; beta to BTC 0.8 x 0.03 / 0.02 = 1.2: 1,200 of BTC at 100 is twelve.
    asked = spec(VARIANCE, instruments=through(SWAP))
    made = plan(asked, book((ETH_SWAP, 10, 100)), market(SWAP), rows=rows())
    assert orders(made) == [(SWAP, "sell", 12, False)]
    assert made.variance is not None
    assert made.variance.hedge_ratio == dec("-1.2")
    assert (made.variance.before, made.variance.after) == (900, dec(900) * (1 - dec("0.64")))
    assert made.variance.after == made.variance.optimum
    assert made.locked_pnl is None


def test_beta_when_the_book_is_mixed_then_its_whole_beta_is_taken_away() -> None:
    # 1,000 of BTC, 1,000 of ETH (beta 1.2), -400 of SOL (beta 0.75): 1,900.
    state = book((SPOT, 10, 100), (ETH_SWAP, 10, 100), (SOL, -4, 100))
    made = plan(spec(BETA, instruments=through(SWAP)), state, market(SWAP), rows=rows())
    assert orders(made) == [(SWAP, "sell", 19, False)]
    assert made.variance is not None
    assert (made.variance.beta_value_before, made.variance.beta_value_after) == (1900, 0)
    assert made.variance.after < made.variance.before


def test_table_when_the_hedge_rests_on_correlation_then_assets_move_by_their_beta() -> None:
    made = plan(spec(BETA, instruments=through(SWAP)), book((ETH_SWAP, 10, 100)), market(SWAP), rows=rows())
    (fallen,) = (point for point in made.table if point.move_fraction == dec("-0.1"))
    assert (fallen.unhedged_pnl, fallen.hedged_pnl) == (-120, 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"observations": {"BTC": 29, "ETH": 29, "SOL": 29}},
        {"as_of": NOW - 8 * DAY},
        {"volatilities": {}},
        {"correlations": {"BTC": dec(2), "ETH": dec(2), "SOL": dec(2)}},
    ],
)
def test_variance_when_correlations_are_not_known_well_enough_then_refused(changes: dict[str, Any]) -> None:
    bad = tuple(replace(row, **changes) for row in rows())
    with pytest.raises(Unprocessable) as refusal:
        plan(spec(VARIANCE, instruments=through(SWAP)), book((ETH_SWAP, 10, 100)), market(SWAP), rows=bad)
    assert refusal.value.code == "CORRELATION_UNAVAILABLE"


def test_beta_when_the_instrument_is_not_of_btc_then_refused() -> None:
    with pytest.raises(Unprocessable) as refusal:
        plan(spec(BETA, instruments=through(ETH_SWAP)), book((SPOT, 1, 100)), market(ETH_SWAP), rows=rows())
    assert refusal.value.code == "HEDGE_INSTRUMENT_INVALID"


@pytest.mark.parametrize(
    ("found", "code"),
    [
        ([], "INSTRUMENT_NOT_FOUND"),
        ([market(SWAP, active=False)], "INSTRUMENT_NOT_FOUND"),
    ],
)
def test_instrument_when_named_and_unusable_then_refused(found: list[Market], code: str) -> None:
    asked = spec(FULL, position=SPOT_KEY, instruments=through(SWAP))
    with pytest.raises(Unprocessable) as refusal:
        plan(asked, book((SPOT, 1, 100)), *found)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("quote", "code"),
    [
        (None, "NO_REFERENCE_PRICE"),
        (build_quote(SWAP, bid=None), "NO_REFERENCE_PRICE"),
        (build_quote(SWAP, bid=dec(101)), "NO_REFERENCE_PRICE"),
        (build_quote(SWAP, at=NOW - 6 * MINUTE), "QUOTE_STALE"),
    ],
)
def test_quote_when_missing_crossed_or_old_then_refused(quote: Quote | None, code: str) -> None:
    with pytest.raises(Unprocessable) as refusal:
        plan(
            spec(FULL, position=SPOT_KEY, instruments=through(SWAP)),
            book((SPOT, 1, 100)),
            replace(market(SWAP), quote=quote),
        )
    assert refusal.value.code == code


def test_own_market_when_it_cannot_be_traded_then_said_and_the_others_are_hedged() -> None:
    made = plan(spec(NEUTRAL), book((SPOT, 1, 100), (ETH_SWAP, 5, 10)), market(SPOT))
    assert orders(made) == [(SPOT, "sell", 1, True)]
    assert codes(made) == ["INSTRUMENT_NOT_FOUND", "NO_INSTRUMENT"]


def _marked(state: AccountState, price: int) -> AccountState:
    positions = {key: replace(p, mark_price=dec(price)) for key, p in state.positions.items()}
    return replace(state, positions=positions)
