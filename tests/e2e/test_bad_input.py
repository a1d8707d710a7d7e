"""Bad input over the wire: bytes as they are, through the API Gateway in front and the deployed functions."""

from __future__ import annotations

import http.client
import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from infra.local.settings import ROOT
from tests.bench import record
from tests.support.bad_input.kind import UPDATES, Group, Kind, Who
from tests.support.bad_input.table import KINDS, Request, requests_of
from tests.support.gateway import ACCOUNT_ID
from tests.support.refusals import ECHO_MAX

OUT = ROOT / ".local" / "bad_input.json"
#: Tokens of the stack by holder.
HOLDERS = {Who.OPERATOR: "admin", Who.BOT: "bot", Who.READER: "reader"}
#: Codes of an operator whom other tests need, and what changes an account, is tried in process.
IN_PROCESS = {Group.OVERFLOW}
WITHIN_64_KB = 64 * 1024


def is_for_the_wire(kind: Kind) -> bool:
    """Tell whether a kind needs nothing but a request, and changes nothing."""
    is_plain = kind.first is None and not kind.codes and kind.times == 1 and not kind.is_denial and not kind.is_noted
    return (
        is_plain and kind.group not in IN_PROCESS and kind.who in {*HOLDERS, Who.NOBODY} and kind.code not in NOT_HERE
    )


#: Whom the stack's tokens restrict otherwise; a code that is wrong counts against its operator.
NOT_HERE = {"STRATEGY_NOT_PERMITTED", "ACCOUNT_UNKNOWN", "TOTP_INVALID"}


#: What the emulator's API Gateway changes on its way: it replaces bytes that are no UTF-8, joins a header that comes
#: twice, and sends HEAD elsewhere. In process each has its own answer.
CHANGED_ON_THE_WAY = {
    "UTF-16 with a mark",
    "UTF-32",
    "Latin-1",
    "invalid UTF-8",
    "overlong UTF-8",
    "cut UTF-8",
    "surrogate in UTF-8",
    "declared twice",
    "gzip, and does not say so",
    "deflate, and does not say so",
    "code twice",
    "HEAD /health",
}


class Line:
    """A connection that sends any bytes, and what the stack puts in the place of the tests' account."""

    def __init__(self, stack: dict[str, Any]) -> None:
        self.stack, self.address = stack, urlsplit(stack["api_url"])

    def send(self, kind: Kind, request: Request) -> tuple[int, dict[str, str], str]:
        """Send a request as it stands in the table; return status, headers and body."""
        account = self.stack["account_id"]
        path = request.path.replace(f"/accounts/{ACCOUNT_ID}", f"/accounts/{account}")
        body = request.body.replace(f'"{ACCOUNT_ID}"'.encode(), f'"{account}"'.encode())
        query = f"?{request.query}" if request.query else ""
        connection = http.client.HTTPConnection(self.address.netloc, timeout=60)
        connection.putrequest(request.method, f"{self.address.path}{path}{query}", skip_accept_encoding=True)
        for name, value in request.headers:
            connection.putheader(name, value.encode("utf-8"))
        if kind.who in HOLDERS and not request.is_anonymous:
            connection.putheader("Authorization", f"Bearer {self.stack['tokens'][HOLDERS[kind.who]]}")
        if body or request.method in {"POST", "PUT", "PATCH"}:
            connection.putheader("Content-Length", str(len(body)))
        try:
            connection.endheaders(body)
            answer = connection.getresponse()
            headers = {name.lower(): value for name, value in answer.getheaders()}
            return answer.status, headers, answer.read().decode("utf-8")
        finally:
            connection.close()


@pytest.fixture(scope="module")
def line(stack: dict[str, Any]) -> Iterator[Line]:
    """Give a line to the stack; nothing may have changed the account when the module ends."""
    line = Line(stack)
    before = written_by_callers(line)
    yield line
    assert written_by_callers(line) == before


def written_by_callers(line: Line) -> int:
    """Return the number of the log's last entry that somebody who called wrote."""
    head = Kind(group=Group.ROUTES, name="log", status=200, code="")
    last, after = 0, 0
    while True:
        path = f"/accounts/{ACCOUNT_ID}/audit"
        query = f"after={after}&limit=100"
        asked = Request(method="GET", path=path, query=query, headers=(), body=b"", place="log")
        entries = json.loads(line.send(head, asked)[2])["entries"]
        if not entries:
            return last
        after = entries[-1]["sequence"]
        last = max([last, *(row["sequence"] for row in entries if row["actor"].startswith("token:"))])


def test_kinds_when_sent_over_the_wire_then_each_gets_its_answer(line: Line, subtests: pytest.Subtests) -> None:
    sent: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    answered: Counter[str] = Counter()
    for kind in filter(is_for_the_wire, KINDS):
        requests = [one for one in requests_of(kind) if one.place not in UPDATES]
        if not requests:
            continue
        request = requests[kind.number % len(requests)]
        if kind.name in CHANGED_ON_THE_WAY or request.place.startswith("putStop"):
            # The emulator takes a market's escaped slash for a slash of the path.
            continue
        with subtests.test(f"{kind.number}-{kind.group}-{kind.name} at {request.place}"):
            sent[kind.group] += 1
            hold(kind, request, *line.send(kind, request))
            kinds[kind.group] += 1
            answered[str(kind.status)] += 1
    report = record.begin("make e2e") | {"sent": sent, "as_expected": kinds, "answered": dict(sorted(answered.items()))}
    OUT.write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    assert sent == kinds


def hold(kind: Kind, request: Request, status: int, headers: dict[str, str], text: str) -> None:
    """Hold an answer against the table: status, code, a problem's shape, no trace, no echo."""
    assert status < 500, text[:500]
    assert headers["content-type"] == "application/problem+json", text[:500]
    problem = json.loads(text)
    assert (status, problem["code"]) == (kind.status, kind.code), text[:500]
    assert {"type", "title", "status", "detail", "instance", "code"} <= set(problem)
    assert problem["status"] == status
    assert problem["instance"] == headers["x-request-id"]
    assert headers["cache-control"] == "no-store"
    assert "Traceback" not in text
    sent = "\n".join([request.path, request.query, *(value for _, value in request.headers)])
    sent += request.body[:WITHIN_64_KB].decode("utf-8", errors="replace")
    length = ECHO_MAX + 2
    assert not [text[at : at + length] for at in range(len(text) - length + 1) if text[at : at + length] in sent]
