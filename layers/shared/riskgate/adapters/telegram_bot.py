"""Telegram's Bot API through python-telegram-bot; its own event loop stays in here."""

import asyncio
import logging
import re
import warnings
from collections.abc import Coroutine, Sequence
from html import unescape
from typing import Any

from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.constants import ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)
from telegram.request import HTTPXRequest
from telegram.warnings import PTBDeprecationWarning

from riskgate.adapters.aws.lazy import on_forget
from riskgate.core.errors import ChatThrottled, ChatUnreachable, GatewayError, Transient

CONNECT_SECONDS = 3.0
#: Telegram answers in well under a second; what it does not answer may have arrived.
READ_SECONDS = 8.0

_TAG = re.compile(r"</?[a-zA-Z][^<>]*>")

# They log whole URLs, and the token is a part of them.
for _name in ("httpx", "httpcore", "telegram"):
    logging.getLogger(_name).setLevel(logging.WARNING)


class TelegramBot:
    """One bot. Use it from one thread; `close` ends its connections. The token is never logged."""

    def __init__(self, token: str, api_url: str) -> None:
        request = HTTPXRequest(
            connect_timeout=CONNECT_SECONDS,
            read_timeout=READ_SECONDS,
            write_timeout=READ_SECONDS,
            pool_timeout=1.0,
            httpx_kwargs={"trust_env": False},
        )
        self._bot = Bot(token, base_url=f"{api_url}/bot", request=request, get_updates_request=request)
        self._request = request
        self._runner = asyncio.Runner()
        self._username = ""

    def send(
        self,
        chat_id: str,
        html: str,
        *,
        silent: bool = False,
        buttons: Sequence[Sequence[tuple[str, str]]] = (),
    ) -> int:
        """Send a message of at most 4096 characters and return its id.

        `buttons`: rows of (text, callback data of at most 64 bytes). Raises ChatThrottled: nothing was sent;
        ChatUnreachable: it never will be; Transient: it may have arrived.
        """
        try:
            message = self._send(chat_id, html, ParseMode.HTML, silent=silent, buttons=buttons)
        except _Refused:
            # Perhaps its markup: one text that is not taken must not hold up all that come after it.
            message = self._send(chat_id, _plain(html), None, silent=silent, buttons=buttons)
        return int(message.message_id)

    def _send(
        self,
        chat_id: str,
        text: str,
        parse_mode: str | None,
        *,
        silent: bool,
        buttons: Sequence[Sequence[tuple[str, str]]],
    ) -> Any:
        return self._call(
            self._bot.send_message(
                chat_id=chat_id,
                text=text,
                parse_mode=parse_mode,
                disable_notification=silent,
                link_preview_options=LinkPreviewOptions(is_disabled=True),
                reply_markup=_keyboard(buttons),
            )
        )

    def send_photo(self, chat_id: str, png: bytes, caption: str) -> int:
        """Send a picture with HTML of at most 1024 characters below it, and return its id; raises as `send` does."""
        message = self._call(
            self._bot.send_photo(
                chat_id=chat_id, photo=png, filename="chart.png", caption=caption, parse_mode=ParseMode.HTML
            )
        )
        return int(message.message_id)

    def edit(
        self, chat_id: str, message_id: int, html: str, *, buttons: Sequence[Sequence[tuple[str, str]]] = ()
    ) -> None:
        """Replace a message's text and buttons; the same text again is no error."""
        try:
            self._call(
                self._bot.edit_message_text(
                    chat_id=chat_id,
                    message_id=message_id,
                    text=html,
                    parse_mode=ParseMode.HTML,
                    link_preview_options=LinkPreviewOptions(is_disabled=True),
                    reply_markup=_keyboard(buttons),
                )
            )
        except ChatUnreachable as error:
            if "not modified" not in error.detail:
                raise

    def answer_callback(self, callback_id: str, text: str = "") -> None:
        """End the waiting of a pressed button."""
        self._call(self._bot.answer_callback_query(callback_query_id=callback_id, text=text or None))

    def set_webhook(self, url: str, secret_token: str) -> None:
        """Let Telegram post updates to a URL, with the secret in a header."""
        self._call(
            self._bot.set_webhook(url=url, secret_token=secret_token, allowed_updates=["message", "callback_query"])
        )

    def check(self) -> str:
        """Return the bot's user name: the server answers and takes the token."""
        return str(self._call(self._bot.get_me()).username)

    def username(self) -> str:
        """Return the bot's user name, asked for once."""
        self._username = self._username or self.check()
        return self._username

    def close(self) -> None:
        """End connections and event loop."""
        self._runner.run(self._request.shutdown())
        self._runner.close()

    def _call(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        with warnings.catch_warnings():
            # Both forms of `retry_after`, today's and the announced one, are read below.
            warnings.simplefilter("ignore", PTBDeprecationWarning)
            return self._translated(coroutine)

    def _translated(self, coroutine: Coroutine[Any, Any, Any]) -> Any:
        try:
            return self._runner.run(coroutine)
        except RetryAfter as error:
            seconds = error.retry_after
            whole = int(seconds if isinstance(seconds, int) else seconds.total_seconds())
            raise ChatThrottled(f"Telegram asks us to wait {whole} s", retry_after_seconds=whole) from None
        except InvalidToken:
            raise GatewayError("Telegram does not accept the bot's token", code="TELEGRAM_TOKEN_INVALID") from None
        except ChatMigrated as error:
            raise ChatUnreachable(f"the chat id changed to {error.new_chat_id}: put it into the secret") from None
        except Forbidden as error:
            raise ChatUnreachable(f"Telegram refused: {error.message}") from None
        except BadRequest as error:
            raise _Refused(f"Telegram refused: {error.message}") from None
        except TimedOut:
            # Its cause, and that of the others, holds the URL, and with it the token.
            raise Transient("Telegram did not answer in time") from None
        except NetworkError:
            raise Transient("Telegram did not answer: the connection failed") from None
        except TelegramError:
            raise Transient("Telegram's answer cannot be read") from None


class _Refused(ChatUnreachable):
    """A bad request: Telegram's code does not tell whether the chat is wrong or the text."""


def _plain(html: str) -> str:
    """Return what a person would see of HTML, whole or not."""
    return unescape(_TAG.sub("", html))


def _keyboard(buttons: Sequence[Sequence[tuple[str, str]]]) -> InlineKeyboardMarkup | None:
    if not buttons:
        return None
    rows = [[InlineKeyboardButton(text, callback_data=data) for text, data in row] for row in buttons]
    return InlineKeyboardMarkup(rows)


#: The one bot in use, with its connection, by what it was made from.
_BOTS: dict[tuple[str, str], TelegramBot] = {}


def bot_of(token: str, api_url: str) -> TelegramBot:
    """Return the bot of a token; one of an older token is closed."""
    key = (token, api_url)
    if key not in _BOTS:
        _close_bots()
        _BOTS[key] = TelegramBot(*key)
    return _BOTS[key]


@on_forget
def _close_bots() -> None:
    while _BOTS:
        _BOTS.popitem()[1].close()
