"""Kept stops over time: fills that come in parts, orders that vanish at the venue, swaps, take profits."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from riskgate.app.alerts.announce_entry import announce_entry
from riskgate.core.ledger.missing_stops import tell_missing_stops
from riskgate.core.severity import Severity
from riskgate.runtime import wiring
from riskgate.schemas.log.audit_entry import read_entry
from tests.support.callers import BOT
from tests.support.gateway import ACCOUNT_ID, Answer, instrument_of
from tests.support.monitored_account import BTC, BTC_SWAP, SWAP_VENUE, VENUE, Watch

KEY = f"{VENUE}:{BTC}"
SWAP_KEY = f"{SWAP_VENUE}:{BTC_SWAP}"


@pytest.fixture
def stopping(watch: Watch) -> Watch:
    """Give a monitored account at venues that can keep stops."""
    rules = [
        instrument_of(BTC, stop_orders=True),
        instrument_of(BTC_SWAP, venue=SWAP_VENUE, stop_orders=True, step_size="0.001", tick_size="0.1"),
    ]
    assert watch.routed.gateway.call("PUT", "/market/instruments", {"instruments": rules}).status == 200
    return watch


def kept(watch: Watch) -> list[dict[str, Any]]:
    """Return the stops that rest at the spot venue."""
    return [order for order in watch.simulator.orders() if order["open"] and order["type"].startswith("STOP")]


def look(watch: Watch) -> None:
    """Let the monitor look, and the worker do what it asks for."""
    watch.recorded()
    watch.routed.work_all()


def test_entry_when_it_fills_in_parts_then_one_stop_rests_for_what_is_filled(stopping: Watch) -> None:
    stopping.recorded()
    stopping.simulator.control.post("book", symbol="BTCUSDT", market="spot", level_notional="500")
    order = stopping.sent(quantity="0.1", price="48000", stop_loss_price="46000")
    assert kept(stopping) == []
    sizes = []
    for price in ("47992", "47991"):
        stopping.price(price)
        look(stopping)
        (stop,) = kept(stopping)
        sizes.append(Decimal(stop["quantity"]))
        held = stopping.routed.state().positions[KEY].quantity
        assert held - Decimal("0.0001") <= sizes[-1] <= held

    assert sizes[0] < sizes[1] < Decimal("0.1")
    assert stopping.routed.status(order) == "partially_filled"


def test_stop_when_it_vanishes_at_the_venue_then_placed_again(stopping: Watch) -> None:
    stopping.recorded()
    stopping.sent(quantity="0.05", price="50500", stop_loss_price="49000")
    (stop,) = kept(stopping)
    stopping.simulator.control.call("DELETE", "orders", order_id=stop["order_id"])
    assert kept(stopping) == []

    look(stopping)

    (again,) = kept(stopping)
    assert again["order_id"] != stop["order_id"]
    assert (again["quantity"], again["stop_price"]) == (stop["quantity"], stop["stop_price"])
    look(stopping)
    assert kept(stopping) == [again], "what stands is left alone"


def test_stop_when_it_fires_then_the_position_is_gone_and_nothing_is_placed(stopping: Watch) -> None:
    stopping.recorded()
    stopping.sent(quantity="0.05", price="50500", stop_loss_price="49000")
    stopping.price("48900")
    # The first reading without any position is looked at twice.
    stopping.run()
    look(stopping)

    assert kept(stopping) == []
    assert not stopping.routed.state().working_orders


@pytest.fixture
def swap(stopping: Watch) -> Watch:
    """Give an account with a funded swap wallet."""
    stopping.register(
        [
            {"venue": VENUE, "market_type": "spot", "secret_name": "riskgate/exchange/demo"},
            {"venue": SWAP_VENUE, "market_type": "swap", "secret_name": "riskgate/exchange/demo"},
        ]
    )
    stopping.fund(spot={"USDT": "50000", "BTC": "0"}, swap={"USDT": "50000"})
    stopping.recorded()
    return stopping


def resting(watch: Watch) -> list[tuple[str, Decimal, Decimal]]:
    """Return what rests at the swap venue: type, quantity, price or trigger."""
    ccxt = watch.simulator.ccxt("binanceusdm")
    plain = ccxt.fetch_open_orders(BTC_SWAP)
    waiting = ccxt.fetch_open_orders(BTC_SWAP, params={"trigger": True})
    rows = [("limit", row["amount"], row["price"]) for row in plain]
    rows += [("stop", row["amount"], row["triggerPrice"]) for row in waiting]
    return sorted((kind, Decimal(str(amount)), Decimal(str(price))) for kind, amount, price in rows)


def enter_swap(watch: Watch, **changes: Any) -> str:
    quote = watch.routed.gateway.quote_of(BTC) | {"symbol": BTC_SWAP, "venue": SWAP_VENUE}
    assert watch.routed.gateway.call("PUT", "/market/quotes", {"quotes": [quote]}).status == 200
    terms = {"quantity": "0.05", "price": "50500", "stop_loss_price": "49000", "symbol": BTC_SWAP, "venue": SWAP_VENUE}
    return watch.sent(**terms | changes)


def test_swap_when_an_entry_fills_then_a_reduce_only_stop_waits_and_goes_with_the_position(swap: Watch) -> None:
    entry = enter_swap(swap)
    assert swap.routed.status(entry) == "filled"
    assert resting(swap) == [("stop", Decimal("0.05"), Decimal(49000))]

    enter_swap(swap, side="sell", type="market", price=None, stop_loss_price=None, reduce_only=True)

    assert resting(swap) == []
    assert SWAP_KEY not in swap.routed.state().positions


def test_take_profit_when_it_fills_then_the_stop_is_gone(swap: Watch) -> None:
    enter_swap(swap, take_profit_price="52000")
    assert resting(swap) == [("limit", Decimal("0.05"), Decimal(52000)), ("stop", Decimal("0.05"), Decimal(49000))]

    swap.price("52100")
    look(swap)

    assert SWAP_KEY not in swap.routed.state().positions
    assert resting(swap) == []


def test_stop_on_a_swap_when_it_fires_then_the_take_profit_is_gone(swap: Watch) -> None:
    enter_swap(swap, take_profit_price="52000")
    swap.price("48900")
    look(swap)

    assert SWAP_KEY not in swap.routed.state().positions
    assert resting(swap) == []


def test_stop_when_it_trails_then_the_monitor_moves_it_up_and_one_rests(stopping: Watch) -> None:
    stopping.recorded()
    stopping.sent(quantity="0.05", price="50500", stop_loss_price="49000", trailing_fraction="0.02")
    stopping.price("55000")
    look(stopping)

    (stop,) = kept(stopping)
    assert Decimal(stop["stop_price"]) == Decimal(53900)
    stopping.price("54000")
    look(stopping)
    assert kept(stopping) == [stop]


STOP = f"/accounts/demo/positions/{VENUE}:BTC%2FUSDT/stop"


def move(watch: Watch, price: str, **fields: Any) -> Answer:
    watch.routed.gateway.refresh_quotes()
    return watch.routed.gateway.call("PUT", STOP, {"stop_loss_price": price} | fields, caller=BOT)


def test_stop_when_moved_then_one_rests_at_the_new_price_and_the_log_says_so(stopping: Watch) -> None:
    stopping.recorded()
    stopping.sent(quantity="0.05", price="50500", stop_loss_price="49000")
    (before,) = kept(stopping)

    answer = move(stopping, "49500")
    assert (answer.status, answer.body["stop_loss_price"], answer.body["stop_kept_by"]) == (200, "49500", "venue")
    assert kept(stopping) == [before], "the worker moves it"
    stopping.routed.work_all()

    (after,) = kept(stopping)
    assert (Decimal(after["stop_price"]), after["quantity"]) == (Decimal(49500), before["quantity"])
    (entry,) = stopping.routed.audit("stop_moved")
    assert entry["answer"]["decision"] == "approved"
    (position,) = stopping.routed.gateway.account()["positions"]
    assert (position["stop_kept_by"], position["stop_resting"]) == ("venue", after["quantity"])


def test_stop_when_moved_between_two_fills_then_the_second_does_not_take_it_back(stopping: Watch) -> None:
    stopping.recorded()
    stopping.simulator.control.post("book", symbol="BTCUSDT", market="spot", level_notional="500")
    stopping.sent(quantity="0.1", price="48000", stop_loss_price="46000")
    stopping.price("47992")
    look(stopping)
    assert move(stopping, "47000").status == 200
    stopping.routed.work_all()
    stopping.price("47991")
    look(stopping)

    (stop,) = kept(stopping)
    assert Decimal(stop["stop_price"]) == Decimal(47000)


@pytest.mark.parametrize(
    ("price", "limits", "code"),
    [
        ("50100", {}, "STOP_LOSS_WRONG_SIDE"),
        ("30000", {"risk_per_trade_fraction_max": "0.005"}, "RISK_PER_TRADE"),
        ("30000", {"risk_per_trade_fraction_max": None, "open_risk_fraction_max": "0.005"}, "TOTAL_OPEN_RISK"),
    ],
)
def test_stop_when_it_may_not_move_there_then_refused_in_the_log_and_it_stays(
    stopping: Watch, price: str, limits: dict[str, Any], code: str
) -> None:
    stopping.recorded()
    stopping.sent(quantity="0.05", price="50500", stop_loss_price="49000")
    if limits:
        assert stopping.routed.gateway.limits(**limits).status == 200

    answer = move(stopping, price)

    assert (answer.status, answer.code) == (422, code)
    stopping.routed.work_all()
    (stop,) = kept(stopping)
    assert Decimal(stop["stop_price"]) == Decimal(49000)
    (entry,) = stopping.routed.audit("stop_moved")
    assert (entry["answer"]["decision"], entry["answer"]["code"]) == ("denied", code)


def test_stop_when_killed_then_it_tightens_and_never_loosens(stopping: Watch) -> None:
    stopping.recorded()
    stopping.sent(quantity="0.05", price="50500", stop_loss_price="49000")
    stopping.routed.gateway.kill("account", "demo")

    assert move(stopping, "48900").code == "KILL_SWITCH_ENGAGED"
    assert move(stopping, "49200").status == 200
    stopping.routed.work_all()
    (stop,) = kept(stopping)
    assert Decimal(stop["stop_price"]) == Decimal(49200)


def test_stop_when_the_token_is_another_strategys_then_forbidden_and_without_a_position_not_found(
    stopping: Watch,
) -> None:
    assert move(stopping, "49000").status == 404
    stopping.recorded()
    stopping.sent(quantity="0.05", price="50500", stop_loss_price="49000")
    foreign = replace(BOT, strategies=("carry",))

    answer = stopping.routed.gateway.call("PUT", STOP, {"stop_loss_price": "49500"}, caller=foreign)
    assert (answer.status, answer.code) == (403, "STRATEGY_NOT_PERMITTED")


def alerts(watch: Watch) -> list[tuple[str, str, str]]:
    """Return kind, severity and detail of what people were told of stops."""
    rows = wiring.deps().store.list_audit(ACCOUNT_ID, after=0, limit=300)
    told = [alert for row in rows for alert in announce_entry(read_entry(row.entry), [])]
    return [(a.kind.value, a.severity.value, a.detail) for a in told if a.kind.value.startswith("stop_")]


def lose_stop(watch: Watch) -> None:
    """Let the stop of a position vanish at a venue that takes no other."""
    watch.recorded()
    watch.sent(quantity="0.05", price="50500", stop_loss_price="49000")
    (stop,) = kept(watch)
    watch.routed.fault("error_before_accept", count=1000, status=400, code=-2010, msg="no stop orders today")
    watch.simulator.control.call("DELETE", "orders", order_id=stop["order_id"])
    look(watch)


def look_later(watch: Watch, minutes: int) -> None:
    """Look each minute."""
    for _ in range(minutes):
        look(watch)


def test_stop_when_the_venue_does_not_hold_it_then_told_once_orange_then_red_and_when_it_rests_again(
    stopping: Watch,
) -> None:
    lose_stop(stopping)

    look_later(stopping, 2)
    assert alerts(stopping) == []
    look_later(stopping, 3)
    (missing,) = alerts(stopping)
    assert missing[:2] == ("stop_missing", "orange")
    assert missing[2].startswith("a stop rests for 0 of 0.0")
    (position,) = stopping.routed.gateway.account()["positions"]
    assert (position["stop_kept_by"], position["stop_orders"], position["stop_resting"]) == ("venue", [], "0")
    assert position["stop_missing_since"] is not None

    look_later(stopping, 10)
    assert [told[:2] for told in alerts(stopping)] == [("stop_missing", "orange"), ("stop_missing", "red")]

    stopping.simulator.control.call("DELETE", "faults")
    look_later(stopping, 2)
    assert [told[:2] for told in alerts(stopping)][2:] == [("stop_restored", "info")]
    (position,) = stopping.routed.gateway.account()["positions"]
    assert len(position["stop_orders"]) == 1
    assert position["stop_missing_since"] is None


def test_stop_when_it_was_missing_and_the_position_is_closed_then_resolved(stopping: Watch) -> None:
    lose_stop(stopping)
    look_later(stopping, 5)
    key = f"{VENUE}:{BTC}"
    state = stopping.routed.state()
    assert state.missing_stops == {key: Severity.ORANGE}

    without = replace(state, positions={})
    cleared, notices = tell_missing_stops(without, stopping.routed.gateway.now)

    assert cleared.missing_stops == {}
    assert [(notice.kind.value, notice.detail) for notice in notices] == [("stop_restored", "the position is closed")]
