"""An operator's exit: closes what is held whatever holds trading back, once per id, and only with a one-time code."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.callers import BOT, READER
from tests.support.gateway import ACCOUNT_ID, BTC, ETH, VENUE, Answer, Gateway
from tests.support.wire import COMMIT, Wire, lose_reply, pass_through

EXITS = f"/accounts/{ACCOUNT_ID}/exits"


def exit_all(gateway: Gateway, exit_id: str = "e1", **fields: Any) -> Answer:
    """Close everything."""
    body = {"exit_id": exit_id, "reason": "drill", "scope": "all"} | fields
    return gateway.call("POST", EXITS, body, headers=gateway.next_totp())


def exit_one(gateway: Gateway, exit_id: str = "e1", symbol: str = BTC, **fields: Any) -> Answer:
    """Close one position."""
    return exit_all(gateway, exit_id, scope="position", venue=VENUE, symbol=symbol, **fields)


def hold(gateway: Gateway) -> None:
    """Hold BTC and ETH."""
    gateway.fill(gateway.approved(quantity="0.1"), "0.1")
    eth = {"symbol": ETH, "quantity": "1", "price": "3000", "stop_loss_price": "2900", "strategy": "mean"}
    gateway.limits(correlation_max=None)
    gateway.refresh_quotes()
    gateway.fill(gateway.approved(**eth), "1", "3000")


def legs_of(answer: Answer) -> dict[str, tuple[str, str, str, str | None]]:
    return {leg["symbol"]: (leg["side"], leg["quantity"], leg["decision"], leg["code"]) for leg in answer.body["legs"]}


def fill_legs(gateway: Gateway, answer: Answer) -> None:
    """Execute the exit, as whoever trades the account would."""
    prices = {BTC: "49990", ETH: "2999"}
    for leg in answer.body["legs"]:
        assert gateway.fill(leg["client_order_id"], leg["quantity"], prices[leg["symbol"]]).status == 201


@pytest.mark.parametrize(
    "flag", ["GLOBAL", f"ACCOUNT#{ACCOUNT_ID}", f"VENUE#{VENUE}", "STRATEGY#trend", f"SYMBOL#{BTC}"]
)
@pytest.mark.parametrize("value", [{"BOOL": True}, {"S": "true"}], ids=["engaged", "unreadable"])
def test_exit_when_a_kill_switch_is_engaged_then_passes_and_nothing_else_does(
    gateway: Gateway, flag: str, value: dict[str, Any]
) -> None:
    hold(gateway)
    gateway.put_flag(flag, value)

    bots_exit = gateway.submit(side="sell", quantity="0.1", stop_loss_price=None, reduce_only=True)
    assert bots_exit.code in {"KILL_SWITCH_ENGAGED", "KILL_SWITCH_UNREADABLE"}
    answer = exit_all(gateway)

    assert answer.status == 201, answer.text
    assert legs_of(answer) == {BTC: ("sell", "0.1", "approved", None), ETH: ("sell", "1", "approved", None)}
    assert answer.body["complete"] is False, "approved is not filled"
    fill_legs(gateway, answer)
    assert gateway.account()["positions"] == []
    assert exit_all(gateway).body["complete"] is True


def test_exit_when_the_global_flag_is_gone_then_passes(gateway: Gateway) -> None:
    hold(gateway)
    key = {"pk": {"S": "KILL_SWITCH"}, "sk": {"S": "GLOBAL"}}
    gateway.aws.dynamodb.delete_item(TableName=gateway.aws.control_table, Key=key)

    answer = exit_one(gateway)

    assert (answer.body["trading_state"], legs_of(answer)[BTC][2]) == ("HALTED", "approved")


def test_exit_when_every_breaker_is_tripped_then_passes_while_entries_do_not(gateway: Gateway) -> None:
    hold(gateway)
    held = [
        {"venue": VENUE, "symbol": BTC, "quantity": "0.1", "average_price": "50000"},
        {"venue": VENUE, "symbol": ETH, "quantity": "1", "average_price": "3000"},
    ]
    gateway.lose("60000", positions=held)
    assert len(gateway.account()["breakers"]) == 3

    fill_legs(gateway, exit_all(gateway))
    assert exit_all(gateway).body["complete"] is True
    assert gateway.submit(quantity="0.001").code == "TRADING_REDUCING"


@pytest.mark.parametrize(("fraction", "quantity"), [("0.5", "0.05"), ("0.333333", "0.03333"), ("0.00001", "0.000001")])
def test_exit_when_of_a_fraction_then_floored_to_the_lot(gateway: Gateway, fraction: str, quantity: str) -> None:
    hold(gateway)

    answer = exit_one(gateway, fraction=fraction)

    (leg,) = answer.body["legs"]
    assert leg["quantity"] == quantity
    too_small = quantity == "0.000001"
    assert (leg["decision"], leg["code"]) == (("denied", "QUANTITY_INVALID") if too_small else ("approved", None))
    if not too_small:
        gateway.fill(leg["client_order_id"], quantity, "49990")
    assert exit_one(gateway, fraction=fraction).body["complete"] is not too_small


def test_exit_when_repeated_then_the_same_orders_and_nothing_twice(gateway: Gateway) -> None:
    hold(gateway)
    first = exit_all(gateway)
    fill_legs(gateway, first)

    again = exit_all(gateway)

    assert (again.status, again.is_replay) == (200, True)
    assert again.body["legs"] == [
        leg | {"status": "filled", "filled_quantity": leg["quantity"]} for leg in first.body["legs"]
    ]
    assert again.body["requested_at"] == first.body["requested_at"]
    assert gateway.account()["open_orders"] == []


def test_exit_when_the_id_is_used_for_another_then_409_and_nothing_happens(gateway: Gateway) -> None:
    hold(gateway)
    exit_one(gateway)
    before = gateway.account()

    assert (exit_one(gateway, symbol=ETH).status, exit_one(gateway, symbol=ETH).code) == (409, "EXIT_ID_REUSED")
    assert gateway.account()["state_version"] == before["state_version"]


def take_two_seconds(wire: Wire, _operation: str, _request: object) -> None:
    """Let a request take longer than an exit has for all its orders."""
    wire.time.elapsed += 2


def test_exit_when_time_runs_out_then_the_rest_is_pending_and_the_next_call_goes_on(
    gateway: Gateway, wire: Wire
) -> None:
    hold(gateway)
    wire.then(COMMIT, pass_through, take_two_seconds)

    first = exit_all(gateway)
    assert [leg[2] for leg in legs_of(first).values()] == ["approved", "pending"]
    assert first.body["complete"] is False
    assert gateway.call("GET", f"{EXITS}/e1", caller=READER).body["legs"] == first.body["legs"]

    second = exit_all(gateway)
    assert second.is_replay
    assert [leg[2] for leg in legs_of(second).values()] == ["approved", "approved"]
    fill_legs(gateway, second)
    assert gateway.account()["positions"] == []
    assert exit_all(gateway).body["complete"] is True


def test_exit_when_the_confirmation_of_the_demand_is_lost_then_taken_down_once(gateway: Gateway, wire: Wire) -> None:
    hold(gateway)
    wire.then(COMMIT, lose_reply)

    answer = exit_all(gateway)

    assert answer.status == 201
    assert {leg[2] for leg in legs_of(answer).values()} == {"approved"}
    entries = gateway.call("GET", f"/accounts/{ACCOUNT_ID}/audit").body["entries"]
    assert [entry["event"] for entry in entries].count("exit_requested") == 1


def test_exit_when_nothing_is_held_then_stops_and_closes_nothing(gateway: Gateway) -> None:
    answer = exit_all(gateway, stop_entries=True)

    assert (answer.status, answer.body["legs"], answer.body["complete"]) == (201, [], True)
    assert (answer.body["trading_state"], answer.body["breakers"]) == ("REDUCING", ["MANUAL_STOP"])


def test_exit_when_of_a_position_that_is_not_held_then_404(gateway: Gateway) -> None:
    assert (exit_one(gateway).status, exit_one(gateway).code) == (404, "POSITION_NOT_FOUND")


def test_stop_when_cancel_and_exit_go_with_it_then_one_command_does_it_all_and_a_reset_ends_it(
    gateway: Gateway,
) -> None:
    hold(gateway)
    resting = gateway.approved(quantity="0.01", price="49000", stop_loss_price="48900")

    answer = exit_all(gateway, stop_entries=True, cancel_open_orders=True)

    assert answer.body["left_to_cancel"] == [resting]
    assert {leg[2] for leg in legs_of(answer).values()} == {"approved"}
    gateway.refresh_quotes()
    denied = gateway.submit(quantity="0.01")
    assert denied.code == "TRADING_REDUCING"
    assert "MANUAL_STOP" in denied.body["detail"]
    (breaker,) = gateway.account()["breakers"]
    assert (breaker["name"], breaker["reason"], breaker["observed"]) == ("MANUAL_STOP", "drill", None)
    gateway.advance(days=30)
    assert gateway.account()["trading_state"] == "REDUCING"
    path = f"/accounts/{ACCOUNT_ID}/breakers/MANUAL_STOP/reset"
    assert gateway.call("POST", path, {"reason": "over"}).status == 401
    assert gateway.call("POST", path, {"reason": "over"}, headers=gateway.next_totp()).body["breakers"] == []


def test_exit_when_the_code_or_the_scope_is_missing_then_refused_and_nothing_is_written(gateway: Gateway) -> None:
    hold(gateway)
    before = gateway.account()["state_version"]
    body = {"exit_id": "e", "reason": "drill", "scope": "all"}

    assert gateway.call("POST", EXITS, body).code == "TOTP_REQUIRED"
    header = gateway.next_totp()
    assert gateway.call("POST", EXITS, body, caller=BOT, headers=header).code == "SCOPE_MISSING"
    assert gateway.call("POST", EXITS, body, headers=header).status == 201
    assert gateway.call("POST", EXITS, body, headers=header).code == "TOTP_REPLAYED"
    assert gateway.account()["state_version"] == before + 3


def test_order_when_a_bot_calls_it_an_operators_exit_then_400(gateway: Gateway) -> None:
    answer = gateway.submit(side="sell", operator_exit=True)

    assert (answer.status, answer.body["errors"][0]["message"]) == (400, "unknown field")


@pytest.mark.parametrize(
    "fields",
    [
        {"scope": "position"},
        {"scope": "position", "venue": VENUE},
        {"scope": "all", "symbol": BTC, "venue": VENUE},
        {"scope": "all", "fraction": "0"},
        {"scope": "all", "fraction": "1.1"},
        {"scope": "some"},
        {"scope": "all", "reason": ""},
    ],
)
def test_exit_when_the_request_contradicts_itself_then_400(gateway: Gateway, fields: dict[str, Any]) -> None:
    assert exit_all(gateway, **fields).status == 400


def test_exit_when_looked_at_then_shows_progress_without_a_code_and_places_nothing(gateway: Gateway) -> None:
    hold(gateway)
    demanded = exit_all(gateway)
    orders = gateway.account()["open_orders"]

    looked = gateway.call("GET", f"{EXITS}/e1", caller=READER)

    assert looked.status == 200
    assert looked.body == demanded.body
    assert gateway.account()["open_orders"] == orders

    fill_legs(gateway, demanded)
    done = gateway.call("GET", f"{EXITS}/e1", caller=READER)
    assert (done.body["complete"], [leg["status"] for leg in done.body["legs"]]) == (True, ["filled", "filled"])
    assert [leg["filled_quantity"] for leg in done.body["legs"]] == [leg["quantity"] for leg in done.body["legs"]]


def test_exit_when_there_is_none_under_the_id_then_404_and_for_another_account_403(gateway: Gateway) -> None:
    missing = gateway.call("GET", f"{EXITS}/nope", caller=READER)
    assert (missing.status, missing.code) == (404, "EXIT_NOT_FOUND")
    assert gateway.call("GET", "/accounts/other/exits/e1", caller=READER).status == 403
