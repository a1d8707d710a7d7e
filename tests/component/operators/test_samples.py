"""The page that shows what the phone answers: the real replies of a real account, rendered and kept up to date."""

from __future__ import annotations

from tests.support.gateway import ETH
from tests.support.phone import CONTROLLER, READER, STRANGER, Phone
from tests.support.sample_pages import assert_up_to_date
from tests.support.views import keep_history

HEAD = """# What the phone answers

One sample of every command, as Telegram shows it, without bold and italics. Buttons are in brackets.
`tests/component/operators/test_samples.py` compares this page with the answers of the webhook's handler. With
`REWRITE_SAMPLES=1` it writes the page.
"""
LOOKS = (
    "/help",
    "/status",
    "/profit",
    "/daily 3",
    "/performance",
    "/chart",
    "/chart limits",
    "/positions",
    "/limits",
    "/risk",
    "/orders",
    "/audit 3",
    "/alerts",
    "/locks",
    "/ack",
)
INTERVENTIONS = ("/stop looks odd", "/resume", "/kill exchange halted", "/exit stop", "/resume", "/kill venue binance")


def test_samples_when_rendered_then_the_page_is_up_to_date(phone: Phone) -> None:
    _trade(phone)
    parts = [HEAD, *(_section(command, _show(phone, command)) for command in LOOKS)]
    parts += [_section(command, _confirm(phone, command)) for command in INTERVENTIONS]
    parts.append(_section("/kill, from a person who may only look", phone.say("/kill", READER)))
    parts.append(_section("/status, from a stranger", phone.say("/status", STRANGER)))
    assert_up_to_date("commands.md", "\n".join(parts))


def _trade(phone: Phone) -> None:
    """Hold two markets, keep an order, lose more than half of a day's limit."""
    gateway = phone.gateway
    keep_history(gateway)
    gateway.limits(correlation_max=None)
    gateway.refresh_quotes()
    gateway.fill(gateway.approved(quantity="0.05", stop_loss_price="49900"), "0.05")
    eth = {"symbol": ETH, "quantity": "1", "price": "3000", "stop_loss_price": "2900"}
    gateway.fill(gateway.approved(**eth), "1", "3000")
    gateway.approved(client_order_id="grid-7", quantity="0.01", price="49000", stop_loss_price="48900")
    held = [("BTC/USDT", "0.05", "50000"), (ETH, "1", "3000")]
    positions = [
        {"venue": "binance", "symbol": symbol, "quantity": quantity, "average_price": price}
        for symbol, quantity, price in held
    ]
    gateway.snapshot("97600", positions=positions)


def _show(phone: Phone, command: str) -> str:
    said = phone.say(command)
    return f"[a picture]\n{said}" if phone.api.messages[-1].photo else said


def _confirm(phone: Phone, command: str) -> str:
    """Give a command, press its button, send the code; return all that the bot said on the way."""
    asked = phone.say(command)
    buttons = " ".join(f"[{label}]" for label in phone.buttons)
    phone.press("Confirm")
    pressed = phone.api.messages[-1].text
    phone.gateway.refresh_quotes()
    code = phone.code()
    phone.gateway.refresh_quotes()
    return "\n\n".join([f"{asked}\n{buttons}", pressed, phone.say(code, CONTROLLER)])


def _section(command: str, text: str) -> str:
    return f"## {command}\n\n```text\n{text}\n```\n"
