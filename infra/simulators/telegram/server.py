"""HTTP in front of the Bot API, on the loopback interface alone, with control routes for tests and the demo.

=======================  ==================================================================================
``GET /``                  the chats as a phone shows them, for a browser
``POST /bot…/method``    Telegram's calls, fields as JSON or as a form
``GET /control/messages``  what was received, of all chats or of ``?chat_id=``; DELETE forgets it
``POST /control/faults``  ``{kind, count, chat_id, retry_after, status}``; DELETE takes all back
``POST /control/updates``  what a person does: posted to the webhook, with its secret; answers its status
=======================  ==================================================================================
"""

from __future__ import annotations

import json
import re
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from infra.simulators.loopback import BODY_MAX, LoopbackHandler, LoopbackServer
from infra.simulators.telegram.bot_api import ApiError, BotApi, Dropped, Fault
from infra.simulators.telegram.page import POLICY, render_page

WEBHOOK_SECONDS = 30.0
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 a header's name
_BOT_PATH = re.compile(r"/bot(?P<token>[^/]+)/(?P<method>[A-Za-z]+)")


class _Handler(LoopbackHandler):
    server: TelegramServer

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        if (self.command, parts.path) == ("GET", "/"):
            self._show()
            return
        try:
            fields = self._read_fields(parts.query)
            if parts.path.startswith("/control/"):
                status, payload = self._control(parts.path, fields)
            else:
                status, payload = self._bot(parts.path, fields)
        except Dropped:
            self.close_connection = True
            return
        except ValueError:
            status, payload = 400, {"ok": False, "error_code": 400, "description": "Bad Request: can't read the body"}
        self._answer(status, json.dumps(payload), "application/json")

    def _show(self) -> None:
        """Show the chats to whoever opens the address in a browser."""
        self._answer(200, render_page(*self.server.api.show_chats()), "text/html; charset=utf-8")

    def _answer(self, status: int, text: str, content_type: str) -> None:
        self.answer(status, text.encode(), content_type, {"Content-Security-Policy": POLICY})

    do_GET = do_POST = do_DELETE = _serve  # noqa: N815 the base class's names

    def _read_fields(self, query: str) -> dict[str, Any]:
        length = int(self.headers.get("Content-Length") or "0")
        if length > BODY_MAX:
            raise ValueError("too large")
        data, kind = self.rfile.read(length), self.headers.get("Content-Type") or ""
        fields: dict[str, Any] = dict(parse_qsl(query))
        if not data:
            return fields
        if kind.startswith("multipart/"):
            return fields | _read_parts(kind, data)
        body = data.decode()
        if "json" in kind:
            return fields | dict(json.loads(body))
        return fields | dict(parse_qsl(body, keep_blank_values=True))

    def _bot(self, path: str, fields: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        match = _BOT_PATH.fullmatch(path)
        if match is None:
            return 404, {"ok": False, "error_code": 404, "description": "Not Found"}
        try:
            result = self.server.api.call(match["token"], match["method"], fields)
        except ApiError as error:
            body = {"ok": False, "error_code": error.status, "description": error.description}
            return error.status, body | ({"parameters": error.parameters} if error.parameters else {})
        return 200, {"ok": True, "result": result}

    def _control(self, path: str, fields: dict[str, Any]) -> tuple[int, Any]:
        # A browser names the page's origin: no web page is to play with the bot.
        if self.headers.get("Origin") is not None:
            return 403, {"error": "for local tools only"}
        api = self.server.api
        try:
            match (self.command, path):
                case ("GET", "/control/messages"):
                    return 200, api.list_messages(fields.get("chat_id"))
                case ("DELETE", "/control/messages"):
                    api.clear(messages=True)
                case ("GET", "/control/calls"):
                    return 200, list(api.calls)
                case ("POST", "/control/faults"):
                    api.add_fault(Fault(**fields))
                case ("DELETE", "/control/faults"):
                    api.clear(faults=True)
                case ("POST", "/control/updates"):
                    return 200, {"status": self.server.post_update(fields)}
                case _:
                    return 404, {"error": f"no control route {self.command} {path}"}
        except (ApiError, TypeError) as error:
            return 400, {"error": str(error)}
        return 200, {}

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 the base class's name
        """Write nothing: the path holds the token."""


def _read_parts(kind: str, data: bytes) -> dict[str, Any]:
    """Return the fields of a form with files: a file's content as bytes."""
    head = f"Content-Type: {kind}\r\n\r\n".encode()
    fields: dict[str, Any] = {}
    for part in BytesParser(policy=HTTP).parsebytes(head + data).iter_parts():
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)  # noqa: S101 a part of a form has no parts
        name = str(part.get_param("name", header="content-disposition"))
        fields[name] = content if part.get_filename() else content.decode()
    return fields


class TelegramServer(LoopbackServer):
    """Serve one bot on a loopback port."""

    def __init__(self, api: BotApi, port: int = 0) -> None:
        super().__init__(_Handler, port)
        self.api = api
        self.update_id = 0

    def post_update(self, fields: dict[str, Any]) -> int:
        """Post what a person did to the webhook, as Telegram does, and return the answer's status."""
        url = self.api.webhook.get("url")
        if not url:
            raise ApiError(400, "no webhook is set")
        self.api.note_said(fields)
        self.update_id += 1
        secret = fields.pop("secret_token", self.api.webhook.get("secret_token", ""))
        update = {"update_id": fields.pop("update_id", self.update_id)} | fields
        answer = httpx.post(url, json=update, headers={SECRET_HEADER: str(secret)}, timeout=WEBHOOK_SECONDS)
        return answer.status_code
