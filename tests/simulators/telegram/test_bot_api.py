"""The local Bot API answers, refuses and limits as Telegram does; the gateway's client understands it."""

from __future__ import annotations

import threading
from base64 import b64decode
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import httpx
import pytest

from infra.simulators.telegram.bot_api import BotApi
from infra.simulators.telegram.server import SECRET_HEADER, TelegramServer
from riskgate.adapters.telegram_bot import TelegramBot
from riskgate.core.errors import ChatThrottled, ChatUnreachable, GatewayError, Transient

TOKEN = "1000000001:AAtestTokenThatNoServerEverKnewNorWill00"
CHAT, GROUP = "42", "-42"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(range(256))


class Clock:
    """Time that a test moves."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def server(clock: Clock) -> Iterator[TelegramServer]:
    server = TelegramServer(BotApi(token=TOKEN, clock=clock))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def bot(server: TelegramServer) -> Iterator[TelegramBot]:
    bot = TelegramBot(TOKEN, server.url)
    yield bot
    bot.close()


def control(server: TelegramServer, method: str, route: str, **fields: Any) -> Any:
    answer = httpx.request(method, f"{server.url}/control/{route}", json=fields or None)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_server_when_started_then_on_the_loopback_interface_alone(server: TelegramServer) -> None:
    assert server.server_address[0] == "127.0.0.1"


def test_message_when_sent_then_received_as_a_person_sees_it(server: TelegramServer, bot: TelegramBot) -> None:
    number = bot.send(CHAT, "<b>1 &lt; 2</b> &amp; so on", silent=True, buttons=[[("Ack", "ack:1"), ("Kill", "kill")]])

    (message,) = control(server, "GET", f"messages?chat_id={CHAT}")
    assert (message["message_id"], message["text"], message["silent"]) == (number, "1 < 2 & so on", True)
    assert [button["callback_data"] for button in message["buttons"][0]] == ["ack:1", "kill"]


def test_message_when_edited_then_changed_and_the_same_again_is_no_error(
    server: TelegramServer, bot: TelegramBot
) -> None:
    number = bot.send(CHAT, "one", buttons=[[("Yes", "yes")]])
    bot.edit(CHAT, number, "<i>two</i>")
    bot.edit(CHAT, number, "<i>two</i>")

    (message,) = server.api.list_messages()
    assert (message["text"], message["buttons"]) == ("two", [])
    with pytest.raises(ChatUnreachable):
        bot.edit(CHAT, number + 1, "none")


def test_bot_when_asked_then_says_who_it_is(bot: TelegramBot) -> None:
    assert bot.check() == "gate_bot"


@pytest.mark.parametrize("text", ["", "   ", "</b>", "x" * 4097, "😀" * 2049])
def test_text_when_telegram_would_refuse_it_then_refused(bot: TelegramBot, text: str) -> None:
    with pytest.raises(ChatUnreachable):
        bot.send(CHAT, text)


@pytest.mark.parametrize(
    ("html", "shown"),
    [
        ("<b>open", "open"),
        ("<script>x</script>", "x"),
        ("a < b &amp; c", "a < b & c"),
        ("<b>1 &lt; 2</i>", "1 < 2"),
    ],
)
def test_text_when_telegram_cannot_read_its_markup_then_shown_without(
    server: TelegramServer, bot: TelegramBot, html: str, shown: str
) -> None:
    bot.send(CHAT, html, silent=True)

    (message,) = server.api.list_messages()
    assert (message["text"], message["silent"]) == (shown, True)


@pytest.mark.parametrize("text", ["x" * 4096, "😀" * 2048, "<b>" + "&lt;" * 4096 + "</b>"])
def test_text_when_as_long_as_telegram_takes_then_taken(bot: TelegramBot, text: str) -> None:
    assert bot.send(CHAT, text) == 1


def test_button_when_its_data_is_too_long_then_refused(bot: TelegramBot) -> None:
    with pytest.raises(ChatUnreachable):
        bot.send(CHAT, "x", buttons=[[("a", "é" * 33)]])


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("throttle", ChatThrottled),
        ("forbidden", ChatUnreachable),
        ("not_found", ChatUnreachable),
        ("error", Transient),
        ("drop", Transient),
        ("lose", Transient),
    ],
)
def test_fault_when_asked_for_then_it_happens_once_and_the_client_knows_its_kind(
    server: TelegramServer, bot: TelegramBot, kind: str, expected: type[GatewayError]
) -> None:
    # A bad request is tried once more without markup.
    control(server, "POST", "faults", kind=kind, retry_after=17, count=2 if kind == "not_found" else 1)
    with pytest.raises(expected) as failed:
        bot.send(CHAT, "x")

    assert bot.send(CHAT, "y")
    assert len(server.api.list_messages()) == (2 if kind == "lose" else 1)
    assert TOKEN.partition(":")[2] not in f"{failed.value} {failed.value.__cause__}"
    if isinstance(failed.value, ChatThrottled):
        assert failed.value.retry_after_seconds == 17


def test_fault_when_for_one_chat_then_others_are_served_until_it_is_taken_back(
    server: TelegramServer, bot: TelegramBot
) -> None:
    control(server, "POST", "faults", kind="error", count=None, chat_id=CHAT)
    for _ in range(3):
        with pytest.raises(Transient):
            bot.send(CHAT, "x")
    assert bot.send(GROUP, "x")
    control(server, "DELETE", "faults")
    assert bot.send(CHAT, "x")


def test_limits_when_on_then_a_message_a_second_and_twenty_a_minute_in_a_group(
    server: TelegramServer, bot: TelegramBot, clock: Clock
) -> None:
    server.api.enforce_limits = True
    bot.send(CHAT, "x")
    with pytest.raises(ChatThrottled):
        bot.send(CHAT, "x")
    for _ in range(20):
        clock.now += 1
        bot.send(GROUP, "x")
    clock.now += 1
    with pytest.raises(ChatThrottled) as refused:
        bot.send(GROUP, "x")

    clock.now += refused.value.retry_after_seconds
    assert bot.send(GROUP, "x")


def test_token_when_wrong_then_refused_and_said_so(server: TelegramServer) -> None:
    bot = TelegramBot("1000000002:BBother", server.url)
    with pytest.raises(GatewayError) as refused:
        bot.send(CHAT, "x")
    bot.close()

    assert refused.value.code == "TELEGRAM_TOKEN_INVALID"


def test_method_when_not_known_then_refused(server: TelegramServer) -> None:
    for method in ("deleteMessage", "__init__", "take_fault"):
        assert httpx.post(f"{server.url}/bot{TOKEN}/{method}").status_code == 404


def test_control_when_a_web_page_asks_then_refused(server: TelegramServer) -> None:
    answer = httpx.get(f"{server.url}/control/messages", headers={"Origin": "https://example.org"})

    assert answer.status_code == 403


def test_body_when_nobody_can_read_it_then_refused(server: TelegramServer) -> None:
    answer = httpx.post(
        f"{server.url}/bot{TOKEN}/sendMessage", content=b"{", headers={"Content-Type": "application/json"}
    )

    assert (answer.status_code, answer.json()["ok"]) == (400, False)


class Webhook(BaseHTTPRequestHandler):
    """Keep what is posted."""

    received: list[tuple[str | None, bytes]]

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.received.append((self.headers[SECRET_HEADER], body))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Write nothing."""


@pytest.fixture
def webhook() -> Iterator[HTTPServer]:
    Webhook.received = []
    server = HTTPServer(("127.0.0.1", 0), Webhook)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


def test_page_when_opened_then_it_shows_the_chats_with_what_people_said_and_runs_nothing(
    server: TelegramServer, bot: TelegramBot, clock: Clock, webhook: HTTPServer
) -> None:
    bot.set_webhook(f"http://127.0.0.1:{webhook.server_address[1]}/telegram", "s3cret")
    message = {"message_id": 1, "from": {"id": 42}, "chat": {"id": 42}, "text": "/kill <now>"}
    control(server, "POST", "updates", message=message)
    clock.now += 1
    bot.send(CHAT, "<b>Kill</b> a &lt;b&gt; <a href='javascript:x'>c</a>?", buttons=[[("✅ Confirm", "y:1")]])
    clock.now += 1
    pressed = {"id": "1", "from": {"id": 42}, "message": {"message_id": 1, "chat": {"id": 42}}, "data": "y:1"}
    control(server, "POST", "updates", callback_query=pressed)
    bot.send(GROUP, "quiet", silent=True)

    answer = httpx.get(server.url)
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")
    page = answer.text
    said, asked, confirmed = (
        page.index(text) for text in ("/kill &lt;now&gt;", "<b>Kill</b> a &lt;b&gt; <a>c</a>?", "✅ Confirm<t")
    )
    assert said < asked < confirmed
    assert "<span>✅ Confirm</span>" in page
    assert page.index("group -42") < page.index("private chat 42")
    assert "javascript" not in page
    control(server, "DELETE", "messages")
    assert "No message yet." in httpx.get(server.url).text


def test_update_when_a_person_writes_then_posted_to_the_webhook_with_its_secret(
    server: TelegramServer, bot: TelegramBot, webhook: HTTPServer
) -> None:
    bot.set_webhook(f"http://127.0.0.1:{webhook.server_address[1]}/telegram", "s3cret")
    message = {"message_id": 1, "from": {"id": 7}, "chat": {"id": 7}, "text": "/status"}
    answer = control(server, "POST", "updates", message=message)
    control(server, "POST", "updates", message=message, secret_token="forged")

    assert answer == {"status": 202}
    (secret, body), (forged, _) = Webhook.received
    assert (secret, forged) == ("s3cret", "forged")
    assert b'"update_id":1' in body.replace(b" ", b"")
    bot.answer_callback("1", "done")


def test_photo_when_sent_then_received_and_shown_on_the_page(server: TelegramServer, bot: TelegramBot) -> None:
    number = bot.send_photo(CHAT, PNG, "<b>Equity</b> &amp; drawdown")

    (message,) = control(server, "GET", f"messages?chat_id={CHAT}")
    assert (message["message_id"], message["text"]) == (number, "Equity & drawdown")
    assert b64decode(message["photo"]) == PNG
    page = httpx.get(f"{server.url}/")
    assert f'src="data:image/png;base64,{message["photo"]}"' in page.text
    assert "img-src data:" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("photo", "caption"), [(b"GIF89a", "x"), (b"", "x"), (PNG, "x" * 1025), (PNG, "<b>x")])
def test_photo_when_telegram_would_refuse_it_then_refused(bot: TelegramBot, photo: bytes, caption: str) -> None:
    with pytest.raises(ChatUnreachable):
        bot.send_photo(CHAT, photo, caption)
