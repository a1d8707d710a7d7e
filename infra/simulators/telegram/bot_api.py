"""The Bot API's methods, without HTTP: what they answer, what they refuse, and the faults asked for."""

import json
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, replace
from html import escape
from typing import Any

from infra.simulators.telegram.markup import MarkupError, count_units, read_html

TEXT_UNITS_MAX, CAPTION_UNITS_MAX = 4_096, 1_024
CALLBACK_BYTES_MAX = 64
GROUP_MESSAGES_PER_MINUTE = 20
#: What this one takes for a picture.
PNG_BEGINS = b"\x89PNG\r\n\x1a\n"

type Fields = Mapping[str, Any]


class ApiError(Exception):
    """A refusal, as Telegram words it."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.status, self.description, self.parameters = status, description, parameters


class Dropped(Exception):
    """The connection ends without an answer."""


@dataclass(kw_only=True)
class Fault:
    """Something to go wrong, `count` times (None: until it is taken back), in one chat or in all."""

    kind: str
    count: int | None = 1
    chat_id: str | None = None
    retry_after: int = 1
    status: int = 500


@dataclass(kw_only=True)
class Message:
    """A message as its chat has it now; `photo` is the picture above its text, as base64."""

    message_id: int
    chat_id: str
    html: str
    text: str
    silent: bool
    sent_at: float
    buttons: list[list[dict[str, str]]] = field(default_factory=list)
    photo: str = ""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What a person wrote or pressed in a chat."""

    chat_id: str
    text: str
    sent_at: float


@dataclass(kw_only=True)
class BotApi:
    """One bot with its chats; only its `token` is taken.

    `enforce_limits` refuses more than a message a second per chat, or twenty a minute in a group.
    """

    token: str
    clock: Callable[[], float] = time.time
    enforce_limits: bool = False
    messages: list[Message] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)
    webhook: dict[str, Any] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def call(self, token: str, method: str, fields: Fields) -> Any:
        """Return a call's result; ApiError as Telegram refuses, Dropped before (`drop`) or after the call (`lose`)."""
        with self._lock:
            if token != self.token:
                raise ApiError(401, "Unauthorized")
            handler = getattr(self, f"_{method}", None) if method in METHODS else None
            if handler is None:
                raise ApiError(404, "Not Found: method not found")
            chat = str(fields.get("chat_id", ""))
            self.calls.append({"method": method, "chat_id": chat, "at": self.clock()})
            fault = self._take_fault(chat) if method != "getMe" or self._has_outage() else None
            if fault is not None and fault.kind != "lose":
                _fail(fault)
            result = handler(fields)
            if fault is not None:
                raise Dropped
            return result

    def list_messages(self, chat_id: str | None = None) -> list[dict[str, Any]]:
        """Return what was received, oldest first."""
        with self._lock:
            return [asdict(message) for message in self.messages if chat_id in {None, message.chat_id}]

    def note_said(self, update: Fields) -> None:
        """Keep what a person does, for whoever looks at the chats."""
        pressed = update.get("callback_query") or {}
        message = pressed.get("message") or update.get("message") or {}
        chat = str(message.get("chat", {}).get("id", ""))
        if not chat:
            return
        with self._lock:
            text = self._label(chat, str(pressed.get("data", ""))) if pressed else str(message.get("text", ""))
            self.said.append(Said(chat_id=chat, text=text, sent_at=self.clock()))

    def _label(self, chat: str, data: str) -> str:
        rows = [row for message in reversed(self.messages) if message.chat_id == chat for row in message.buttons]
        return next((b["text"] for row in rows for b in row if b.get("callback_data") == data), data)

    def show_chats(self) -> tuple[list[Message], list[Said]]:
        """Return what the chats hold: from the bot, and from people."""
        with self._lock:
            return [replace(message) for message in self.messages], list(self.said)

    def add_fault(self, fault: Fault) -> None:
        """Let something go wrong."""
        if fault.kind not in FAULTS:
            raise ApiError(400, f"unknown fault; known are {', '.join(sorted(FAULTS))}")
        with self._lock:
            self.faults.append(fault)

    def clear(self, *, faults: bool = False, messages: bool = False) -> None:
        """Forget faults or messages."""
        with self._lock:
            if faults:
                self.faults.clear()
            if messages:
                self.messages.clear()
                self.said.clear()
                self.calls.clear()

    def _has_outage(self) -> bool:
        return any(fault.kind in {"drop", "error"} and fault.chat_id is None for fault in self.faults)

    def _take_fault(self, chat: str) -> Fault | None:
        for fault in self.faults:
            if fault.chat_id in {None, chat}:
                if fault.count is not None:
                    fault.count -= 1
                    if fault.count <= 0:
                        self.faults.remove(fault)
                return fault
        return None

    def _getMe(self, fields: Fields) -> dict[str, Any]:  # noqa: ARG002, N802 every method has the same shape
        return {
            "id": int(self.token.partition(":")[0]),
            "is_bot": True,
            "first_name": "Gateway",
            "username": "gate_bot",
        }

    def _sendMessage(self, fields: Fields) -> dict[str, Any]:  # noqa: N802 Telegram's name
        return self._take(fields)

    def _sendPhoto(self, fields: Fields) -> dict[str, Any]:  # noqa: N802 Telegram's name
        photo = fields.get("photo")
        if not isinstance(photo, bytes):
            raise ApiError(400, "Bad Request: there is no photo in the request")
        if not photo.startswith(PNG_BEGINS):
            raise ApiError(400, "Bad Request: IMAGE_PROCESS_FAILED")
        captioned = {**fields, "text": fields.get("caption", "")}
        if count_units(str(captioned["text"])) and count_units(_read_text(captioned)) > CAPTION_UNITS_MAX:
            raise ApiError(400, "Bad Request: message caption is too long")
        return self._take(captioned, photo=b64encode(photo).decode())

    def _take(self, fields: Fields, *, photo: str = "") -> dict[str, Any]:
        chat = str(fields.get("chat_id", ""))
        if not chat:
            raise ApiError(400, "Bad Request: chat_id is empty")
        self._limit(chat)
        message = Message(
            message_id=max((m.message_id for m in self.messages), default=0) + 1,
            chat_id=chat,
            html=_read_html(fields),
            text=_read_text(fields) if fields.get("text") or not photo else "",
            silent=_is_true(fields.get("disable_notification")),
            sent_at=self.clock(),
            buttons=_read_buttons(fields),
            photo=photo,
        )
        self.messages.append(message)
        return _body(message)

    def _editMessageText(self, fields: Fields) -> dict[str, Any]:  # noqa: N802 Telegram's name
        chat, number = str(fields.get("chat_id", "")), int(fields.get("message_id", 0))
        found = [m for m in self.messages if (m.chat_id, m.message_id) == (chat, number)]
        if not found:
            raise ApiError(400, "Bad Request: message to edit not found")
        message, html, buttons = found[0], _read_html(fields), _read_buttons(fields)
        if (message.html, message.buttons) == (html, buttons):
            raise ApiError(400, "Bad Request: message is not modified")
        message.text, message.html, message.buttons = _read_text(fields), html, buttons
        return _body(message)

    def _answerCallbackQuery(self, fields: Fields) -> bool:  # noqa: N802 Telegram's name
        if not fields.get("callback_query_id"):
            raise ApiError(400, "Bad Request: query is too old and response timeout expired or query ID is invalid")
        return True

    def _setWebhook(self, fields: Fields) -> bool:  # noqa: N802 Telegram's name
        self.webhook = {"url": str(fields.get("url", "")), "secret_token": str(fields.get("secret_token", ""))}
        return True

    def _deleteWebhook(self, fields: Fields) -> bool:  # noqa: ARG002, N802 Telegram's name
        self.webhook = {}
        return True

    def _getWebhookInfo(self, fields: Fields) -> dict[str, Any]:  # noqa: ARG002, N802 Telegram's name
        return {"url": self.webhook.get("url", ""), "has_custom_certificate": False, "pending_update_count": 0}

    def _limit(self, chat: str) -> None:
        if not self.enforce_limits:
            return
        now = self.clock()
        sent = [m.sent_at for m in self.messages if m.chat_id == chat]
        if sent and now - sent[-1] < 1:
            raise ApiError(429, "Too Many Requests: retry after 1", retry_after=1)
        minute = [at for at in sent if now - at < 60]  # noqa: PLR2004 a minute
        if chat.startswith("-") and len(minute) >= GROUP_MESSAGES_PER_MINUTE:
            wait = int(60 - (now - minute[0])) + 1
            raise ApiError(429, f"Too Many Requests: retry after {wait}", retry_after=wait)


METHODS = frozenset(
    [
        "getMe",
        "sendMessage",
        "sendPhoto",
        "editMessageText",
        "answerCallbackQuery",
        "setWebhook",
        "deleteWebhook",
        "getWebhookInfo",
    ]
)
FAULTS = frozenset({"throttle", "forbidden", "not_found", "error", "drop", "lose"})


def _fail(fault: Fault) -> None:
    match fault.kind:
        case "throttle":
            after = fault.retry_after
            raise ApiError(429, f"Too Many Requests: retry after {after}", retry_after=after)
        case "forbidden":
            raise ApiError(403, "Forbidden: bot was blocked by the user")
        case "not_found":
            raise ApiError(400, "Bad Request: chat not found")
        case "drop":
            raise Dropped
        case _:
            raise ApiError(fault.status, "Internal Server Error")


def _read_html(fields: Fields) -> str:
    text = str(fields.get("text", ""))
    return text if fields.get("parse_mode") == "HTML" else escape(text, quote=False)


def _read_text(fields: Fields) -> str:
    html = str(fields.get("text", ""))
    try:
        text = read_html(html) if fields.get("parse_mode") == "HTML" else html
    except MarkupError as error:
        raise ApiError(400, f"Bad Request: can't parse entities: {error}") from None
    if not text.strip():
        raise ApiError(400, "Bad Request: message text is empty")
    if count_units(text) > TEXT_UNITS_MAX:
        raise ApiError(400, "Bad Request: message is too long")
    return text


def _read_buttons(fields: Fields) -> list[list[dict[str, str]]]:
    markup = fields.get("reply_markup")
    if not markup:
        return []
    value = json.loads(markup) if isinstance(markup, str) else markup
    rows: list[list[dict[str, str]]] = value.get("inline_keyboard", [])
    for button in (button for row in rows for button in row):
        if not 1 <= len(button.get("callback_data", "x").encode()) <= CALLBACK_BYTES_MAX:
            raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
    return rows


def _is_true(value: object) -> bool:
    return str(value).lower() in {"true", "1"}


def _body(message: Message) -> dict[str, Any]:
    return {
        "message_id": message.message_id,
        "date": int(message.sent_at),
        "chat": _chat(message.chat_id),
        "text": message.text,
    } | ({"photo": [{"file_id": "p", "file_unique_id": "p", "width": 1, "height": 1}]} if message.photo else {})


def _chat(chat_id: str) -> dict[str, Any]:
    if chat_id.startswith("@"):
        return {"id": -1, "type": "channel", "username": chat_id[1:], "title": chat_id[1:]}
    number = int(chat_id)
    return {"id": number, "type": "group", "title": "Desk"} if number < 0 else {"id": number, "type": "private"}
