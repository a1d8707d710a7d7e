"""Commands that intervene: said first, confirmed by button and one-time code, done once, and in both logs."""

from __future__ import annotations

import pytest

from infra.simulators.telegram.bot_api import Fault
from tests.support.gateway import ACCOUNT_ID, BTC, ETH
from tests.support.phone import CONTROLLER, GROUP, LIMITED, Phone
from tests.support.wire import COMMIT, Wire, refuse_connection


def hold(phone: Phone) -> None:
    """Hold BTC and ETH."""
    gateway = phone.gateway
    gateway.limits(correlation_max=None)
    gateway.refresh_quotes()
    gateway.fill(gateway.approved(quantity="0.1"), "0.1")
    eth = {"symbol": ETH, "quantity": "1", "price": "3000", "stop_loss_price": "2900"}
    gateway.fill(gateway.approved(**eth), "1", "3000")


def code_of(phone: Phone) -> str | None:
    """Return why a small order is denied, or None."""
    phone.gateway.refresh_quotes()
    return str(code) if (code := phone.gateway.check(quantity="0.001").code) else None


def test_stop_and_resume_when_confirmed_then_entries_stop_and_go_on(phone: Phone) -> None:
    assert "Entries are stopped" in phone.confirmed("/stop looks odd")
    assert code_of(phone) == "TRADING_REDUCING"
    (breaker,) = phone.gateway.account()["breakers"]
    assert (breaker["name"], breaker["reason"]) == ("MANUAL_STOP", "looks odd")

    asked = phone.say("/resume")
    assert "• breaker MANUAL_STOP" in asked
    phone.press("Confirm")
    assert "demo is ACTIVE" in phone.say(phone.code())
    assert code_of(phone) is None
    events = [entry["event"] for entry in phone.gateway.call("GET", f"/accounts/{ACCOUNT_ID}/audit").body["entries"]]
    assert [event for event in events if event.startswith("breaker")] == ["breaker_tripped", "breaker_reset"]


def test_kill_and_resume_when_confirmed_then_the_accounts_switch_and_no_other(phone: Phone) -> None:
    phone.gateway.register("second")
    said = phone.confirmed("/kill demo exchange halted", LIMITED)
    assert "Kill switch engaged for demo" in said
    assert code_of(phone) == "KILL_SWITCH_ENGAGED"
    flags = {row["scope"]: row for row in phone.gateway.call("GET", "/kill-switch").body["kill_switches"]}
    assert (flags["account"]["key"], flags["account"]["reason"]) == ("demo", "exchange halted")
    assert flags["global"]["engaged"] is False

    assert "lifted: the kill switch of demo" in phone.confirmed("/resume demo", LIMITED)
    assert code_of(phone) is None


def test_kill_when_global_then_only_for_those_with_all_accounts(phone: Phone) -> None:
    assert "needs access to all accounts" in phone.say("/kill global", LIMITED)
    assert phone.log()[-1][2] == "refused"

    assert "engaged for everything" in phone.confirmed("/kill global drill")
    assert code_of(phone) == "KILL_SWITCH_ENGAGED"
    assert "HALTED" in phone.say("/status")
    assert "needs access to all accounts" in phone.say("/resume global", LIMITED)
    assert "to lift another stop, name it: global" in phone.say("/resume")
    assert "Trading is allowed again" in phone.confirmed("/resume global")
    assert code_of(phone) is None
    assert "is not engaged" in phone.say("/resume global")


def test_kill_when_global_and_there_are_two_accounts_then_no_account_need_be_named(phone: Phone) -> None:
    phone.gateway.register("second")
    assert "Kill switch for everything" in phone.say("/kill global venue hacked")
    phone.press("Confirm")
    assert "engaged for everything" in phone.say(phone.code())
    assert code_of(phone) == "KILL_SWITCH_ENGAGED"
    assert phone.gateway.submit(account="second").code == "KILL_SWITCH_ENGAGED"
    assert "Let everything trade again" in phone.say("/resume global")
    phone.press("Confirm")
    assert "lifted: the global kill switch" in phone.say(phone.code())
    assert code_of(phone) is None


@pytest.mark.parametrize(
    ("named", "scope", "key"),
    [
        ("venue binance", "venue", "binance"),
        ("strategy Trend", "strategy", "trend"),
        (f"symbol {BTC.lower()}", "symbol", BTC),
    ],
)
def test_kill_when_of_a_venue_strategy_or_symbol_then_what_it_covers_and_nothing_else(
    phone: Phone, named: str, scope: str, key: str
) -> None:
    phone.gateway.register("second")
    assert "needs access to all accounts" in phone.say(f"/kill {named}", LIMITED)

    assert f"engaged for {scope} {key}" in phone.confirmed(f"/kill {named} odd prices")

    assert code_of(phone) == "KILL_SWITCH_ENGAGED"
    flags = {row["scope"]: row for row in phone.gateway.call("GET", "/kill-switch").body["kill_switches"]}
    assert (flags[scope]["key"], flags[scope]["engaged"], flags[scope]["reason"]) == (key, True, "odd prices")
    assert flags["global"]["engaged"] is False
    assert f"lifted: the kill switch of {scope} {key}" in phone.confirmed(f"/resume {named}")
    assert code_of(phone) is None


def test_kill_when_the_name_is_none_of_its_scope_then_refused(phone: Phone) -> None:
    assert "is no name of a symbol" in phone.say("/kill symbol BTC")
    assert "is no name of a venue" in phone.say("/kill venue b!nance")


def test_unlock_when_confirmed_then_entries_pass_again(phone: Phone) -> None:
    hold(phone)
    phone.gateway.limits(cooldown={"minutes": 10})
    phone.gateway.refresh_quotes()
    sold = phone.gateway.approved(side="sell", quantity="0.02", stop_loss_price=None)
    phone.gateway.fill(sold, "0.02")
    assert code_of(phone) == "COOLDOWN"
    assert "🔒 COOLDOWN" in phone.say("/locks")
    assert "no lock LOSS_STREAK" in phone.say("/unlock loss_streak")

    assert "unlocked" in phone.confirmed("/unlock cooldown")

    assert code_of(phone) is None
    assert "0 locks" in phone.say("/locks")
    assert "no lock" in phone.say("/unlock")


def test_resume_when_of_a_breaker_then_that_one_alone(phone: Phone) -> None:
    phone.gateway.lose("91000")

    assert "to lift another stop, name it: DAILY_LOSS, WEEKLY_DRAWDOWN" in phone.say("/resume")
    said = phone.confirmed("/resume WEEKLY_DRAWDOWN")
    assert "Still tripped: DAILY_LOSS" in said


def test_exit_when_of_one_position_then_said_which_and_how_much_and_done(phone: Phone) -> None:
    hold(phone)
    asked = phone.say(f"/exit {BTC} 50%")
    assert "50 % of" in asked
    assert "• BTC/USDT binance 0.1" in asked
    assert "ETH" not in asked

    phone.press("Confirm")
    said = phone.say(phone.code())

    assert "• sell 0.05 BTC/USDT — approved · place it yourself" in said
    (order,) = phone.gateway.account()["open_orders"]
    assert (order["side"], order["quantity"], order["status"]) == ("sell", "0.05", "approved")


def test_exit_when_killed_and_of_all_then_every_position(phone: Phone) -> None:
    hold(phone)
    phone.confirmed("/kill")

    said = phone.confirmed("/exit all")

    assert "HALTED" in said
    assert said.count("— approved") == 2


def test_exit_when_with_stop_then_entries_stop_and_orders_are_named(phone: Phone) -> None:
    hold(phone)
    resting = phone.gateway.approved(quantity="0.001", price="49000", stop_loss_price="48900")
    assert "New entries will be stopped" in phone.say("/exit stop")
    phone.press("Confirm")

    said = phone.say(phone.code())

    assert "REDUCING" in said
    assert f"Cancel yourself: {resting}" in said
    assert code_of(phone) == "TRADING_REDUCING"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("/exit", "say what"),
        ("/exit XRP/USDT", "no position in XRP/USDT"),
        ("/exit BTC/USDT 0%", "write the share"),
        ("/exit BTC/USDT 150%", "write the share"),
        ("/exit BTC/USDT much", "write the share"),
        ("/exit BTC/USDT 50% now", "say what"),
        ("/resume", "nothing to lift"),
        ("/nonsense", "unknown command"),
    ],
)
def test_command_when_it_makes_no_sense_then_said_at_once_and_nothing_waits(phone: Phone, text: str, said: str) -> None:
    hold(phone)

    assert said in phone.say(text)
    assert not any(message.buttons for message in phone.api.messages)
    assert phone.log()[-1][2] == "failed"


def test_command_when_cancelled_by_its_button_then_nothing_happens_and_no_code_counts(phone: Phone) -> None:
    phone.say("/kill")
    phone.press("Cancel")

    assert "No command is waiting for a code" in phone.say(phone.code())
    assert code_of(phone) is None
    assert [row[1:3] for row in phone.log()] == [
        ("kill", "confirmation_requested"),
        ("kill", "abandoned"),
        ("code", "refused"),
    ]


def test_command_when_done_then_every_step_is_in_the_log_without_the_code(phone: Phone) -> None:
    phone.confirmed("/stop because")

    log = phone.log()
    assert [row[:3] for row in log] == [
        (f"telegram:{CONTROLLER}", "stop", "confirmation_requested"),
        (f"telegram:{CONTROLLER}", "stop", "confirmation_requested"),
        (f"telegram:{CONTROLLER}", "stop", "done"),
    ]
    whole = phone.gateway.call("GET", "/accounts/gateway/audit").text
    assert phone.gateway.totp() not in whole


def test_command_when_in_a_group_then_asked_and_answered_there(phone: Phone) -> None:
    phone.say("/stop", CONTROLLER, GROUP)
    phone.press("Confirm", CONTROLLER, GROUP)

    assert "Entries are stopped" in phone.say(phone.code(), CONTROLLER, GROUP)
    assert {message.chat_id for message in phone.api.messages} == {str(GROUP)}


def test_reply_when_telegram_is_down_then_the_command_is_done_all_the_same(phone: Phone) -> None:
    phone.say("/stop")
    phone.press("Confirm")
    phone.api.add_fault(Fault(kind="error", count=None))

    assert phone.say(phone.code()) == ""
    assert code_of(phone) == "TRADING_REDUCING"


def test_command_when_the_database_is_down_then_nothing_is_done_and_said_so(phone: Phone, wire: Wire) -> None:
    phone.say("/stop")
    phone.press("Confirm")
    code = phone.code()
    wire.always(COMMIT, refuse_connection)

    assert "could not record this" in phone.say(code)
    wire.heal()
    assert code_of(phone) is None
