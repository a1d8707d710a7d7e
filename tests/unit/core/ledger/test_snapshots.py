"""Snapshots and registration: what is believed at once, what needs a second look, what is never believed."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from riskgate.core.account.document import AccountState, Balance, KeptStop, TradingState, Venue
from riskgate.core.codes import DenyCode
from riskgate.core.errors import Conflict, Unprocessable
from riskgate.core.instrument import MarketType
from riskgate.core.ledger.account_events import IDLE_RATES_MAX, SnapshotRecorded, SnapshotResult, require_one_leg
from riskgate.core.limits import Limits
from riskgate.core.order import StopKeeper
from tests.support.builders import (
    HOUR,
    MINUTE,
    NOW,
    SECOND,
    SELL,
    SPOT,
    SWAP,
    VENUE,
    apply,
    approve,
    build_account,
    build_fill,
    build_limits,
    build_order,
    build_position,
    build_registration,
    build_reported,
    build_snapshot,
    build_working,
    dec,
    decide,
)

KEY = f"{VENUE}:{SPOT}"
LIMITS = Limits()


def take(state: AccountState, event: SnapshotRecorded, limits: Limits = LIMITS) -> tuple[AccountState, SnapshotResult]:
    result = apply(state, event, limits=limits, now=max(NOW, event.taken_at))
    assert result.snapshot is not None
    return result.state, result.snapshot


def held_at(equity: str, minute: int = 0) -> SnapshotRecorded:
    """Return a reading of this equity with the position still there."""
    return build_snapshot(equity, positions=(build_reported(10),), taken_at=NOW + minute * MINUTE)


#: An account whose alert levels are known: what follows does not move them by itself.
HELD, _ = take(build_account(positions=[build_position(10, stop_loss_price=Decimal(90))]), held_at("10000", -1))


@pytest.mark.parametrize(
    "strange",
    [held_at("0"), held_at("-1"), held_at("1000"), held_at("100000"), build_snapshot("10000")],
    ids=["zero", "negative", "a tenth", "ten times", "no positions"],
)
def test_reading_when_strange_then_changes_nothing_the_first_time_and_is_believed_the_second(
    strange: SnapshotRecorded,
) -> None:
    state, first = take(HELD, strange)

    assert not first.accepted
    assert first.reason
    assert replace(state, unconfirmed=None, version=HELD.version) == HELD

    again = replace(strange, taken_at=NOW + MINUTE)
    state, second = take(state, again)
    assert second.accepted
    assert (state.equity, state.equity_at, state.unconfirmed) == (again.equity, NOW + MINUTE, None)
    assert len(state.positions) == len(again.positions)


def test_reading_when_delivered_twice_then_does_not_confirm_itself() -> None:
    """A bot that repeats a request after a timeout has not looked again."""
    state, _ = take(HELD, held_at("0"))
    state, repeated = take(state, held_at("0"))

    assert not repeated.accepted
    assert state.equity == 10_000


@pytest.mark.parametrize(
    ("second", "accepted"),
    [
        (held_at("1001", 1), True),  # not strange by itself
        (held_at("900", 1), True),
        (held_at("600", 1), False),
        (held_at("0", 1), False),
        (build_snapshot("10000", taken_at=NOW + MINUTE), False),
    ],
    ids=["ordinary", "alike", "further away", "strange otherwise", "strange otherwise too"],
)
def test_reading_when_the_second_is_not_like_the_first_then_no_confirmation(
    second: SnapshotRecorded, *, accepted: bool
) -> None:
    state, _ = take(HELD, held_at("1000"))

    assert take(state, second)[1].accepted is accepted


def test_reading_when_an_ordinary_one_came_between_then_the_strange_one_starts_over() -> None:
    state, _ = take(HELD, held_at("0"))
    state, _ = take(state, held_at("9900", 1))
    state, third = take(state, held_at("0", 2))

    assert not third.accepted
    assert state.equity == 9_900


@pytest.mark.parametrize("equity", ["1000.01", "99999.99"])
def test_reading_when_just_below_ten_times_then_believed_at_once(equity: str) -> None:
    assert take(HELD, held_at(equity))[1].accepted


def test_reading_when_not_believed_then_the_state_still_grows_old() -> None:
    state, _ = take(HELD, replace(held_at("0"), taken_at=NOW + HOUR))

    assert state.equity_at == HELD.equity_at


def test_zero_when_confirmed_then_every_breaker_trips() -> None:
    state, _ = take(HELD, held_at("0"))
    assert not state.breakers
    state, _ = take(state, held_at("0", 1))

    assert set(state.breakers) == {"DAILY_LOSS", "WEEKLY_DRAWDOWN", "MAX_DRAWDOWN"}


def test_equity_when_it_comes_back_from_a_confirmed_zero_then_believed_and_the_breakers_stay() -> None:
    """There is no factor from zero; what was tripped waits for its boundary or a person."""
    state, _ = take(HELD, held_at("0"))
    state, _ = take(state, held_at("0", 1))
    state, back = take(state, held_at("10000", 2))

    assert back.accepted
    assert len(state.breakers) == 3


def test_empty_reading_when_confirmed_then_no_breaker_clears() -> None:
    state, _ = take(HELD, held_at("9000"))
    assert state.trading_state is TradingState.REDUCING

    for minute in (1, 2):
        state, _ = take(state, build_snapshot("9000", taken_at=NOW + minute * MINUTE))
    assert not state.positions
    assert set(state.breakers) == {"DAILY_LOSS", "WEEKLY_DRAWDOWN"}


def test_day_when_it_ended_before_a_strange_reading_then_rolled_all_the_same() -> None:
    limits = build_limits(daily_loss_fraction_max="0.03")
    state, _ = take(HELD, held_at("9000"), limits)
    assert state.trading_state is TradingState.REDUCING

    state, strange = take(state, replace(held_at("0"), taken_at=NOW + 24 * HOUR), limits)
    assert not strange.accepted
    assert state.trading_state is TradingState.ACTIVE


def test_snapshot_when_taken_before_the_last_fill_then_it_does_not_know_it_and_is_not_believed() -> None:
    """Believed, it would take the position away again whose reservation the fill has used up."""
    order = build_order(10)
    state = approve(build_account(), order)
    state = apply(state, build_fill(order, 10, executed_at=NOW + 2 * SECOND), now=NOW + 3 * SECOND).state

    before = build_snapshot(10_000, taken_at=NOW + SECOND)
    result = apply(state, before, now=NOW + 4 * SECOND)
    assert result.snapshot is not None
    assert not result.snapshot.accepted
    assert result.state.exposure.gross == 1000
    assert result.state.unconfirmed is None

    after = build_snapshot(10_000, taken_at=NOW + 2 * SECOND, positions=(build_reported(10),))
    result = apply(state, after, now=NOW + 4 * SECOND)
    assert result.snapshot is not None
    assert result.snapshot.accepted


def test_positions_when_reported_then_replace_what_was_held_and_keep_the_stop_and_strategy() -> None:
    event = build_snapshot(
        10_000, positions=(build_reported(12, price=110), build_reported(-3, SWAP, stop_loss_price=Decimal(120)))
    )
    state, _ = take(HELD, event)

    kept, fresh = state.positions[KEY], state.positions[f"{VENUE}:{SWAP}"]
    assert (kept.quantity, kept.stop_loss_price, kept.strategy) == (dec(12), dec(90), "trend")
    assert (fresh.stop_loss_price, fresh.strategy) == (dec(120), "")
    assert state.exposure.gross == 12 * 110 + 300


def test_working_orders_when_the_position_they_reduce_is_gone_then_they_count_as_entries() -> None:
    state = build_account(positions=[build_position(10, SWAP), build_position(1, "ETH/USDT")])
    state = approve(state, build_order(10, symbol=SWAP, side=SELL))
    event = build_snapshot(10_000, positions=(build_reported(1, "ETH/USDT"),))

    state, _ = take(state, event, build_limits())

    assert state.working_orders["o1"].increasing_quantity == 10
    assert state.exposure.gross == 1000 + 100


def test_rate_when_unknown_then_a_position_keeps_the_one_it_had() -> None:
    state = build_account(positions=[build_position(10, "BTC/EUR:EUR", rate=Decimal("1.25"))])

    state, _ = take(state, build_snapshot(10_000, positions=(build_reported(10, "BTC/EUR:EUR"),)))

    assert state.exposure.gross == 1250


def test_rates_when_some_are_sent_then_the_others_stay() -> None:
    state = build_account(rates={"EUR": Decimal("1.1"), "GBP": Decimal("1.3")})

    state, _ = take(state, build_snapshot(10_000, rates={"EUR": Decimal("1.2")}))

    assert state.rates == {"EUR": Decimal("1.2"), "GBP": Decimal("1.3")}


def test_rates_when_very_many_then_those_in_use_stay_and_the_document_does_not_grow() -> None:
    """An order that holds a coin, or is paid in one, is still valued by it."""
    idle = {f"A{number:03d}": dec(2) for number in range(IDLE_RATES_MAX + 50)}
    used = ("ZWALLET", "ZSETTLE", "ZAWAY", "ZHELD", "ZSOLD", "ZQUOTE")
    orders = (
        build_working(1, "ZSOLD/USDT", side=SELL),
        build_working(1, "BTC/ZQUOTE", client_order_id="w2", side=SELL),
    )
    state = build_account(
        working=orders,
        positions=[build_position(1, "BTC/ZHELD:ZHELD", venue="kraken")],
        rates=idle | dict.fromkeys(used, dec(3)),
        balances={VENUE: {"ZGONE": Balance(total=dec(1))}, "kraken": {"ZAWAY": Balance(total=dec(1))}},
    )
    reported = build_snapshot(
        10_000,
        balances={VENUE: {"ZWALLET": Balance(total=dec(1))}},
        positions=(build_reported(1, "BTC/ZSETTLE:ZSETTLE"),),
        rates={"ZNEW": dec(4)},
        excludes=("kraken",),
    )

    rates = take(state, replace(reported, taken_at=NOW))[0].rates

    assert rates.keys() >= {*used, "ZNEW"}
    assert len(rates) == IDLE_RATES_MAX
    assert rates.keys() - {*used, "ZNEW"} == set(sorted(idle)[: IDLE_RATES_MAX - 7])


def test_venue_equity_when_assets_have_no_rate_then_they_are_named_and_not_silently_zero() -> None:
    balances = {
        VENUE: {
            "USDT": Balance(total=Decimal(100)),
            "EUR": Balance(total=Decimal(10)),
            "DOGE": Balance(total=Decimal(5)),
        },
        "kraken": {"BTC": Balance(total=Decimal(2)), "SHIB": Balance(total=Decimal(0))},
    }
    event = build_snapshot(
        10_000, balances=balances, rates={"EUR": Decimal("1.1")}, positions=(build_reported(2, venue="kraken"),)
    )

    state, result = take(build_account(), event)

    assert state.venue_equity == {VENUE: Decimal(111), "kraken": Decimal(200)}
    assert result.unpriced_assets == ("DOGE",)


def test_registration_when_new_then_cash_at_the_first_venue_and_all_baselines_there() -> None:
    state = apply(None, build_registration()).state

    assert (state.equity, state.peak_equity, state.day.baseline, state.week.peak) == (dec(10_000),) * 4
    assert (state.version, state.limits_version, state.trading_state) == (1, 1, TradingState.ACTIVE)
    assert state.balances == {VENUE: {"USDT": Balance(total=Decimal(10_000))}}
    assert state.day.day == NOW.date()


def test_registration_when_repeated_then_describes_anew_and_leaves_money_and_losses_alone() -> None:
    venues = (Venue(venue="kraken", market_type=MarketType.SPOT),)
    lost = apply(HELD, held_at("9000"), limits=LIMITS).state

    state = apply(lost, build_registration(venues=venues, initial_equity=Decimal(1)), limits=LIMITS).state

    assert state.venues == venues
    assert (state.equity, state.breakers, state.positions) == (dec(9_000), lost.breakers, lost.positions)


def test_registration_when_it_names_other_sectors_then_what_is_held_moves_to_them_at_once() -> None:
    state = build_account(positions=[build_position(10), build_position(5, "ETH/USDT")])
    state = approve(state, build_order(3, symbol="UNI/USDT"))

    state = apply(state, build_registration(sectors={"BTC": "store", "UNI": "defi"})).state

    assert state.exposure.by_sector == {"store": 1000, "layer1": 500, "defi": 300}


def test_registration_when_it_would_change_the_base_currency_then_refused() -> None:
    with pytest.raises(Conflict):
        apply(build_account(), build_registration(base_currency="EUR"))


def read_by_the_gateway(equity: str, minute: int = 0, **changes: Any) -> SnapshotRecorded:
    """Return what the monitor read of two markets."""
    swap = build_reported(2, SWAP)
    event = build_snapshot(equity, positions=(build_reported(10), swap), taken_at=NOW + minute * MINUTE)
    return replace(event, from_venues=True, **changes)


WATCHED, _ = take(
    build_account(positions=[build_position(10), build_position(2, SWAP)], monitored_since=NOW - HOUR),
    read_by_the_gateway("10000", -1),
)


def test_wallet_when_it_falls_by_more_than_is_explained_then_looked_at_again_whatever_its_size() -> None:
    """A wrong balance answer of one call stopped an account until a person came."""
    for equity in ("9949", "9000", "4000"):
        state, first = take(WATCHED, read_by_the_gateway(equity))
        assert (first.accepted, state.equity, state.breakers) == (False, 10_000, {})
        assert decide(state, build_order(), limits=LIMITS)[1].evaluation.code is DenyCode.STATE_STALE

        back, second = take(state, read_by_the_gateway("10000", 1))
        assert (second.accepted, back.unconfirmed) == (True, None)

    confirmed, second = take(state, read_by_the_gateway("4000", 1))
    assert second.accepted
    assert set(confirmed.breakers) == {"DAILY_LOSS", "WEEKLY_DRAWDOWN", "MAX_DRAWDOWN"}


def test_wallet_when_prices_explain_the_fall_then_believed_at_once() -> None:
    positions = (build_reported(10, price=70), build_reported(2, SWAP, price=50))

    state, reading = take(WATCHED, read_by_the_gateway("9600", positions=positions))

    assert (reading.accepted, state.equity) == (True, 9_600)


def test_wallet_when_a_coin_lost_its_price_in_part_then_explained_by_its_rate() -> None:
    held = replace(WATCHED, balances={VENUE: {"BNB": Balance(total=Decimal(100))}}, rates={"BNB": Decimal(10)})

    assert take(held, read_by_the_gateway("9500", rates={"BNB": Decimal(5)}))[1].accepted
    assert not take(held, read_by_the_gateway("9400", rates={"BNB": Decimal(5)}))[1].accepted


def test_wallet_when_the_bot_reports_it_lower_then_the_lower_figure_counts_at_once() -> None:
    state, reading = take(HELD, held_at("9000"))

    assert (reading.accepted, state.equity) == (True, 9_000)


@pytest.mark.parametrize("gone", [SPOT, SWAP])
def test_position_when_it_is_missing_from_one_answer_then_confirmed_first(gone: str) -> None:
    rest = tuple(p for p in read_by_the_gateway("10000").positions if p.symbol != gone)

    state, first = take(WATCHED, read_by_the_gateway("10000", positions=rest))
    assert (first.accepted, first.reason, len(state.positions)) == (False, f"nothing in {VENUE}:{gone} any more", 2)

    assert take(state, read_by_the_gateway("10000", 1, positions=rest))[1].accepted


def test_position_when_it_is_worth_nothing_or_moves_to_another_market_of_its_asset_then_believed_at_once() -> None:
    small = replace(WATCHED, positions={**WATCHED.positions, f"{VENUE}:ETH/USDT": build_position("0.4", "ETH/USDT")})
    moved = (build_reported(10, "BTC/USDC"), build_reported(2, SWAP))

    assert take(small, read_by_the_gateway("10000"))[1].accepted
    assert take(WATCHED, read_by_the_gateway("10000", positions=moved))[1].accepted


def test_positions_when_a_whole_venue_is_missing_from_a_report_then_confirmed_first() -> None:
    elsewhere = build_position(10, venue="kraken")
    state, _ = take(build_account(positions=[build_position(10), elsewhere]), held_at("10000", -1))

    assert state.unconfirmed is not None
    assert state.unconfirmed.reason == f"nothing in kraken:{SPOT} any more"


def test_reading_when_repeated_faster_than_a_second_look_then_the_first_one_keeps_waiting() -> None:
    state, _ = take(HELD, held_at("0"))
    for milliseconds in (700, 1400, 1999):
        again = replace(held_at("0"), taken_at=NOW + milliseconds * SECOND / 1000)
        state, reading = take(state, again)
        assert not reading.accepted

    assert take(state, replace(held_at("0"), taken_at=NOW + 2 * SECOND))[1].accepted


def test_reading_when_a_market_has_two_positions_then_refused_and_at_two_venues_not() -> None:
    legs = (build_reported(2, SWAP), build_reported(-1, SWAP))
    with pytest.raises(Unprocessable, match="set its position mode to one-way") as caught:
        require_one_leg(legs)
    assert caught.value.code == "HEDGE_MODE_UNSUPPORTED"
    require_one_leg((legs[0], replace(legs[1], venue="kraken"), build_reported(1)))


@pytest.mark.parametrize(("quantity", "stays"), [(5, True), (-5, False)])
def test_position_when_a_reading_turns_it_then_neither_its_stop_nor_its_entrys_fees_stay(
    quantity: int, *, stays: bool
) -> None:
    kept = KeptStop(kept_by=StopKeeper.VENUE)
    held = build_position(10, SWAP, kept_stop=kept, entry_fees=dec(7), stop_loss_price=dec(90))
    event = build_snapshot(10_000, positions=(build_reported(quantity, SWAP),))
    state, _ = take(build_account(positions=[held]), event)
    state, _ = take(state, replace(event, taken_at=NOW + MINUTE))

    position = state.positions[f"{VENUE}:{SWAP}"]
    assert position.quantity == quantity
    assert position.entry_fees == (dec(7) if stays else None)
    assert (position.kept_stop is not None) == stays


@pytest.mark.parametrize(("named", "stay"), [("", True), ("trend", True), ("mean", False)])
def test_parts_of_strategies_when_a_reading_names_another_one_then_it_is_its_alone(named: str, *, stay: bool) -> None:
    held = build_position(10, SWAP)
    state = build_account(positions=[held], position_parts={held.key: {"trend": dec(6), "mean": dec(4)}})
    reported = build_reported(10, SWAP, strategy=named or None)
    after, _ = take(state, build_snapshot(10_000, positions=(reported,)))
    assert after.position_parts.get(held.key) == ({"trend": dec(6), "mean": dec(4)} if stay else None)


@pytest.mark.parametrize(("reported", "keeps"), [("0.4", True), ("-0.4", False)])
def test_stop_when_a_reading_turned_a_small_position_then_it_is_none_of_its_other_side(
    reported: str, keeps: bool
) -> None:
    kept = KeptStop(kept_by=StopKeeper.VENUE)
    state = build_account(positions=[build_position("0.5", SWAP, kept_stop=kept, entry_fees=dec(1))])
    event = build_snapshot(10_000, positions=(build_reported(reported, SWAP),), taken_at=NOW + MINUTE)
    [position] = apply(state, event, now=NOW + MINUTE).state.positions.values()
    keeper = position.kept_stop.kept_by if position.kept_stop is not None else None
    assert (keeper, position.entry_fees) == ((StopKeeper.VENUE, 1) if keeps else (None, None))


@pytest.mark.parametrize(
    ("symbol", "reported", "adopted"),
    [
        (SWAP, "12", {f"{VENUE}:{SWAP}": 2}),
        (SWAP, None, {f"{VENUE}:{SWAP}": -10}),
        (SWAP, "10", {}),
        (SPOT, "12", {}),
    ],
)
def test_reading_when_it_moves_a_swap_beyond_its_fills_then_that_stays_a_difference_and_of_spot_not(
    symbol: str, reported: str | None, adopted: dict[str, int]
) -> None:
    """Half of the account is elsewhere and not read: nothing is said of it. A spot holding moves by transfers too."""
    elsewhere = build_position(5, SWAP, venue="other")
    state = build_account(positions=[build_position(10, symbol), elsewhere], monitored_since=NOW)
    seen = () if reported is None else (build_reported(reported, symbol),)
    event = build_snapshot(10_000, positions=seen, from_venues=True, excludes=("other",), taken_at=NOW + MINUTE)
    once = apply(state, event, now=NOW + MINUTE).state
    later = NOW + 2 * MINUTE
    after = apply(once, replace(event, taken_at=later), now=later).state
    assert after.reconciliation.adopted == adopted
    assert f"other:{SWAP}" in after.positions
