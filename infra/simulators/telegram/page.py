"""The chats as a phone shows them: one HTML page, for people who look at the local Bot API in a browser."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path

from infra.simulators.telegram.bot_api import Message, Said
from infra.simulators.telegram.markup import TAGS

#: Nothing is loaded from anywhere, and nothing that a message holds is run; pictures are part of the page.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
REFRESH_SECONDS = 3

_TAG = re.compile(r"<(/?)([A-Za-z][A-Za-z-]*)[^<>]*>")
_STYLE = Path(__file__).with_name("page.css").read_text(encoding="utf-8")


def render_page(messages: Sequence[Message], said: Sequence[Said]) -> str:
    """Return the page of all chats, each with what it received and what people wrote there."""
    chats = sorted({m.chat_id for m in messages} | {s.chat_id for s in said})
    phones = "".join(
        _phone(chat, [m for m in messages if m.chat_id == chat], [s for s in said if s.chat_id == chat])
        for chat in chats
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Local Telegram</title>'
        f'<meta http-equiv="refresh" content="{REFRESH_SECONDS}"><style>{_STYLE}</style></head>'
        f"<body>{phones or '<p>No message yet.</p>'}</body></html>"
    )


def _phone(chat: str, messages: Sequence[Message], said: Sequence[Said]) -> str:
    kind = "group" if chat.startswith("-") else "channel" if chat.startswith("@") else "private chat"
    # What a person says comes before the answer to it.
    items: list[Message | Said] = sorted([*said, *messages], key=lambda item: item.sent_at)
    parts, day = [], ""
    for item in items:
        at = datetime.fromtimestamp(item.sent_at, UTC)
        if day != f"{at:%d %B %Y}":
            day = f"{at:%d %B %Y}"
            parts.append(f'<div class="day">{day}</div>')
        parts.append(_person(item, at) if isinstance(item, Said) else _message(item, at))
    title = f"Risk gateway <small>{kind} {escape(chat)}</small>"
    return f'<section class="phone"><h1>{title}</h1><div class="chat">{"".join(parts)}</div></section>'


def _message(message: Message, at: datetime) -> str:
    rows = "".join(
        f'<div class="buttons">{"".join(f"<span>{escape(button['text'])}</span>" for button in row)}</div>'
        for row in message.buttons
    )
    stamp = f"{at:%H:%M}" + (" · silent" if message.silent else "")
    text = f"{_keep_tags(message.html)}<time>{stamp}</time>"
    photo = f'<img alt="picture" src="data:image/png;base64,{escape(message.photo)}">' if message.photo else ""
    return f'<div class="message"><div class="text">{photo}{text}</div>{rows}</div>'


def _person(said: Said, at: datetime) -> str:
    text = f"{escape(said.text)}<time>{at:%H:%M}</time>"
    return f'<div class="message person"><div class="text">{text}</div></div>'


def _keep_tags(html: str) -> str:
    """Return a message's HTML with Telegram's tags alone, bare of attributes."""
    return _TAG.sub(lambda tag: f"<{tag[1]}{tag[2].lower()}>" if tag[2].lower() in TAGS else "", html)
