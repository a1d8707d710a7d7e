"""Commands that only look: short, complete, escaped, and each in the audit log with the Telegram user."""

from __future__ import annotations

from base64 import b64decode
from datetime import timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from PIL import Image

from infra.simulators.telegram.bot_api import Fault
from riskgate.adapters.dynamodb import items
from riskgate.schemas.codec import encode
from tests.support.builders import build_report
from tests.support.gateway import ACCOUNT_ID
from tests.support.phone import CONTROLLER, READER, Phone
from tests.support.views import keep_history

LOOKS = [
    "status",
    "positions",
    "limits",
    "risk",
    "orders",
    "audit",
    "alerts",
    "help",
    "daily",
    "performance",
]


@pytest.fixture
def busy(phone: Phone) -> Phone:
    """Hold a position, keep an order, lose a little."""
    gateway = phone.gateway
    gateway.fill(gateway.approved(quantity="0.05", stop_loss_price="49900"), "0.05")
    gateway.approved(quantity="0.01", price="49000", stop_loss_price="48900")
    held = {"venue": "binance", "symbol": "BTC/USDT", "quantity": "0.05", "average_price": "50000"}
    gateway.snapshot("97600", positions=[held])
    return phone


def test_status_when_asked_then_state_equity_and_losses_at_a_glance(busy: Phone) -> None:
    said = busy.say("/status", READER).splitlines()

    assert said[0] == "🟢 demo · ACTIVE"
    assert said[1] == "Equity 97,600.00 USDT · 0 s old"
    assert said[2] == "P&L today -2,400.00 · week -2,400.00 · month -2,400.00 · in all -2,400.00"
    assert said[3] == "Day 2.40 % of 3.00 %"
    assert said[6].startswith("Positions 1 · open orders 1 · gross ")


def test_status_when_trading_is_stopped_then_it_says_by_what_and_until_when(busy: Phone) -> None:
    busy.gateway.snapshot("91000", positions=[])
    busy.gateway.advance(seconds=2)
    busy.gateway.snapshot("91000", positions=[])
    busy.gateway.put_flag(f"ACCOUNT#{ACCOUNT_ID}")

    said = busy.say("/status")

    assert "🔴 demo · HALTED" in said
    assert "🔴 Kill switch account demo: no reason given" in said
    assert "⛔ DAILY_LOSS until 2026-03-05" in said
    assert "⛔ WEEKLY_DRAWDOWN until an operator resets it" in said


def test_positions_orders_and_limits_when_asked_then_each_with_its_figures(busy: Phone) -> None:
    positions = busy.say("/positions")
    assert "BTC/USDT binance · long 0.05" in positions
    assert "50,000 → " in positions
    orders = busy.say("/orders")
    assert "BTC/USDT buy limit 0.01 @ 49,000" in orders
    limits = busy.say("/limits").splitlines()
    assert limits[1].startswith("🟠 ")
    assert any(line.startswith("🟠 DAILY_LOSS 2.40 % of 3.00 %") for line in limits)


@pytest.mark.parametrize(("age", "var"), [("0:30", "0.01 %"), ("4:00", "3.06 %"), ("-0:05", "3.06 %")])
def test_risk_when_its_report_is_too_old_then_the_phone_believes_it_as_little_as_gate_and_api(
    busy: Phone, age: str, var: str
) -> None:
    """2,500 held and 490 ordered, of 97,600: all of it counts as lost where no report bounds the loss."""
    hours, minutes = age.removeprefix("-").split(":")
    as_of = busy.gateway.now - timedelta(hours=int(hours), minutes=int(minutes)) * (-1 if age[0] == "-" else 1)
    report = build_report({}, as_of=as_of, scenario_pnl=(Decimal(-10),) * 60, stress_pnl={"crash": Decimal(-20)})
    stored = items.report_key(ACCOUNT_ID) | {"document": {"S": encode(report).decode()}}
    busy.gateway.aws.dynamodb.put_item(TableName=busy.gateway.aws.state_table, Item=stored)
    is_believed = var == "0.01 %"

    rows = {row["code"]: row for row in busy.gateway.call("GET", f"/accounts/{ACCOUNT_ID}").body["limits"]}
    assert (Decimal(rows["VAR_LIMIT"]["value"]) < Decimal("0.001")) == is_believed
    assert f"VAR_LIMIT {var} of 10.00 %" in busy.say("/limits")
    said = busy.say("/risk")
    assert f"VaR {var} of 10.00 %" in said
    assert ("crash" in said) == is_believed
    assert ("whole gross exposure counts as risk" in said) != is_believed


def test_alerts_when_acknowledged_then_they_say_so_and_the_log_names_who(busy: Phone) -> None:
    assert "🟠 DAILY_LOSS since 03-04 12:00 UTC" in busy.say("/alerts")

    assert "DAILY_LOSS" in busy.say("/ack DAILY_LOSS")
    assert "acknowledged" in busy.say("/alerts")
    last = busy.gateway.call("GET", f"/accounts/{ACCOUNT_ID}/audit").body["entries"][-1]
    assert (last["event"], last["actor"]) == ("alert_acknowledged", f"telegram:{CONTROLLER}")


def test_audit_when_asked_for_some_then_the_latest_first(busy: Phone) -> None:
    said = busy.say("/audit 2").splitlines()

    assert said[0].startswith("📖 demo · 2 of ")
    assert "snapshot_recorded" in said[1]
    assert "order_decided approved" in said[3]
    for wrong in ("0", "21", "x", "-1", "²"):
        assert "give a number" in busy.say(f"/audit {wrong}")


@pytest.mark.parametrize("name", LOOKS)
def test_look_when_given_then_answered_and_in_the_log(busy: Phone, name: str) -> None:
    assert busy.say(f"/{name}", READER)
    assert busy.say(f"/{name.upper()}@gate_bot", READER)

    assert busy.log() == [(f"telegram:{READER}", name, "answered", "")] * 2


def test_help_when_asked_by_a_reader_then_without_what_they_may_not_do(phone: Phone) -> None:
    assert "/kill" not in phone.say("/help", READER)
    assert "/kill" in phone.say("/help")


def test_text_when_it_holds_markup_then_shown_as_it_is(phone: Phone) -> None:
    phone.gateway.kill("account", ACCOUNT_ID, reason="<b>hacked</b> & <script>")

    assert "<b>hacked</b> & <script>" in phone.say("/status")
    assert "/<i>nope</i>" not in phone.say("/<i>nope</i>")


def test_list_when_very_long_then_paged_and_complete(phone: Phone) -> None:
    gateway = phone.gateway
    gateway.limits(order_rate_max=1000, daily_trades_max=1000, duplicate_window_seconds=None)
    gateway.refresh_quotes()
    names = [gateway.approved(quantity="0.0002", price="49000", stop_loss_price="48900") for _ in range(60)]

    said = phone.say("/orders")

    assert len(phone.api.messages) > 1
    assert all(said.count(f"· {name}\n") + said.endswith(f"· {name}") == 1 for name in names)


def test_command_when_several_accounts_exist_then_the_account_is_named_or_asked_for(phone: Phone) -> None:
    phone.gateway.register("second", initial_equity="5000")

    assert "put an account first: demo, second" in phone.say("/status")
    assert "5,000.00 USDT" in phone.say("/status second")
    assert "100,000.00 USDT" in phone.say("/status", READER)


def test_chatter_when_it_is_no_command_then_neither_answered_nor_logged(phone: Phone) -> None:
    for text in ("good morning", "", "status", "12345", "1234567", "// /status"):
        assert phone.say(text) == ""
    assert phone.post({"edited_message": {"text": "/status"}}).status == 200
    assert phone.post({"message": {"message_id": 1, "chat": {"id": 1}, "text": "/status"}}).status == 200
    assert phone.log() == []


def test_profit_when_asked_then_each_period_with_its_parts(phone: Phone) -> None:
    gateway = phone.gateway
    gateway.fill(gateway.approved(quantity="0.1"), "0.1", fee="5", fee_currency="USDT")
    gateway.advance(seconds=5)
    gateway.fill(gateway.approved(side="sell", quantity="0.1", stop_loss_price=None), "0.1", "50200")

    said = phone.say("/profit")

    day = next(row for row in gateway.account()["pnl"] if row["period"] == "day")
    assert (day["realized"], day["fees"], day["total"]) == ("20", "5", "15")
    for name in ("today", "week", "month", "in all"):
        assert f"{name} +15.00 · realised +20.00 · fees -5.00" in said


@pytest.mark.usefixtures("views")
def test_daily_when_days_are_recorded_then_each_with_what_it_earned(busy: Phone) -> None:
    keep_history(busy.gateway)

    said = busy.say("/daily 4", READER).splitlines()

    rows = busy.gateway.call("GET", f"/accounts/{ACCOUNT_ID}/performance", query={"days": "4"}).body["days"]
    assert said[0] == "📅 demo · profit and loss by day in USDT"
    for line, row in zip(said[1:5], reversed(rows), strict=True):
        assert line.startswith(f"{row['day'][5:]} {Decimal(row['total']):+,.2f}")
    assert "realised +108.00 · fees -9.60 · 13 fills" in said[2]
    assert said[5] == f"in all {sum(Decimal(row['total']) for row in rows):+,.2f}"


def test_daily_when_nothing_is_stored_then_it_says_so(busy: Phone) -> None:
    said = busy.say("/daily").splitlines()

    assert said[1].startswith("03-04 -2,400.00")
    assert said[2] == "nothing is stored of 6 days"


@pytest.mark.parametrize("text", ["/daily 0", "/daily 93", "/daily x", "/performance -1", "/chart equity 1000"])
def test_days_when_they_are_no_number_of_days_then_refused(busy: Phone, text: str) -> None:
    assert busy.say(text) == "⚠️ give a number of days from 1 to 92"


def test_performance_when_there_are_statements_then_by_strategy_and_market(busy: Phone) -> None:
    keep_history(busy.gateway)

    said = busy.say("/performance", READER).splitlines()

    assert "trend · BTC/USDT binance +143.50 USDT · fees -6.50 · 4 fills" in said
    assert "grid · ETH/USDT binance -45.10 USDT · fees -3.10 · 9 fills" in said
    assert busy.say("/performance 1").splitlines()[-1] == "No statement and no closed trade yet."


@pytest.mark.parametrize("text", ["/chart", "/chart equity 30", "/chart 7", "/chart limits", "/chart LIMITS"])
def test_chart_when_asked_then_a_picture_as_the_phone_shows_it(busy: Phone, text: str) -> None:
    keep_history(busy.gateway)

    caption = busy.say(text, READER)

    message = busy.api.messages[-1]
    with Image.open(BytesIO(b64decode(message.photo))) as picture:
        picture.load()
        assert (picture.format, picture.size[0]) == ("PNG", 1080)
        # Not an empty sheet: the colours of what is drawn are there.
        assert len(set(picture.convert("RGB").get_flattened_data())) > 20
    assert "demo" in caption
    assert ("version" in caption) == ("limits" in text.lower())
    assert busy.log()[-1][1:3] == ("chart", "answered")


def test_chart_when_there_is_no_history_or_no_such_chart_then_it_says_so(busy: Phone) -> None:
    assert busy.say("/chart") == "⚠️ no day has been recorded yet: try again tomorrow"
    assert busy.say("/chart pie").startswith("⚠️ say which chart")
    assert busy.say("/chart limits 7 more").startswith("⚠️ say which chart")
    assert not busy.api.messages[-1].photo


def test_chart_when_telegram_does_not_take_it_then_the_failure_is_counted_and_nothing_breaks(busy: Phone) -> None:
    busy.api.add_fault(Fault(kind="forbidden"))

    assert busy.say("/chart limits") == ""
    assert busy.say("/status").startswith("🟢 demo")
