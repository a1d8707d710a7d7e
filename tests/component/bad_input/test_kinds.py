"""Each kind of bad input of the table: its one answer, as documented, short, and nothing changed by it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pyotp
import pytest

from tests.support import databases
from tests.support.api_gateway import event_of, pass_on
from tests.support.bad_input.kind import Group, Kind, Who
from tests.support.bad_input.table import KINDS, Request, requests_of
from tests.support.full_bodies import BODIES
from tests.support.gateway import ACCOUNT_ID, Answer, Gateway
from tests.support.hypothesis_profiles import SHARE, rotate
from tests.support.refusals import ECHO_MAX, assert_refused
from tests.support.wire import Wire

#: The webhook reads its secret from where a bot is set up.
pytestmark = pytest.mark.usefixtures("bot_secret", "views")

#: What is refused before anything is looked up, but the token.
READ_FIRST = {Group.NO_OBJECT, Group.SIZE, Group.MEDIA_TYPE, Group.NUMBERS, Group.SYMBOLS, Group.FIELDS, Group.LOGIC}
TOKEN_READ = 1
STEP = timedelta(seconds=30)
#: An order that routes name, and that a change, a fill or a cancel would find.
OPEN = "open"
#: Where failed one-time codes are counted.
FAILURES = "OPERATOR"


def name_of(kind: Kind) -> str:
    return f"{kind.number}-{kind.group}-{kind.name}"


@pytest.mark.parametrize("group", Group)
def test_kinds_when_sent_then_each_gets_its_one_documented_answer_and_nothing_changes(
    gateway: Gateway, wire: Wire, tokens: Mapping[Who, str], group: Group, subtests: pytest.Subtests
) -> None:
    gateway.approved(client_order_id=OPEN)
    sender, start = Sender(gateway, tokens, wire), databases.current().save()
    for kind in (kind for kind in KINDS if kind.group is group):
        with subtests.test(name_of(kind)):
            databases.current().restore(start)
            if kind.first is not None:
                assert sender.post(kind.first).status == 201
            before = sender.stored()
            for request in some_of(kind):
                sender.hold(kind, request)
            sender.hold_state(kind, before)


def some_of(kind: Kind) -> Sequence[Request]:
    """Return a kind's requests: of many a fifth, in a full run all."""
    requests = list(requests_of(kind))
    return rotate(requests, kind.number) if len(requests) > SHARE else requests


class Sender:
    """Sends requests through API Gateway's part to the functions, and looks at answers and tables."""

    def __init__(self, gateway: Gateway, tokens: Mapping[Who, str], wire: Wire) -> None:
        self.gateway, self.tokens, self.wire = gateway, tokens, wire

    def post(self, body: bytes) -> Answer:
        headers = [("Authorization", f"Bearer {self.tokens[Who.OPERATOR]}"), ("Content-Type", "application/json")]
        return pass_on(self.gateway, event_of("POST", f"/accounts/{ACCOUNT_ID}/orders", headers=headers, body=body))

    def ask(self, request: Request, who: Who, *, body: str | bytes | None = None, path: str = "") -> Answer:
        headers = [(name, self.code(value) if name == "X-TOTP" else value) for name, value in request.headers]
        if who in self.tokens and not request.is_anonymous:
            headers.append(("Authorization", f"Bearer {self.tokens[who]}"))
        sent = request.body if body is None else body
        event = event_of(request.method, path or request.path, query=request.query, headers=headers, body=sent)
        return pass_on(self.gateway, event)

    def code(self, value: str) -> str:
        """Return a one-time code by its step, or one that is wrong now."""
        totp, now = pyotp.TOTP(self.gateway.aws.totp_seed), self.gateway.now
        if value == "wrong":
            near = {totp.at(now + steps * STEP) for steps in (-1, 0, 1)}
            return next(text for text in ("000000", "111111", "222222", "333333") if text not in near)
        _, _, steps = value.partition("step:")
        return totp.at(now + int(steps) * STEP) if steps else value

    def hold(self, kind: Kind, request: Request) -> None:
        """Send a request and hold its answer against what the table says."""
        for code in kind.codes:
            prior = Request(**{**vars(request), "headers": (*request.headers[:1], ("X-TOTP", code))})
            assert self.ask(prior, kind.who).status in {200, 401, 429}
        if kind.times > 1:
            self.hold_once(kind, request)
            return
        self.wire.sent.clear()
        answer = self.ask(request, kind.who)
        self.hold_answer(kind, request, answer)
        if kind.group in READ_FIRST and not kind.is_denial:
            assert len(self.wire.sent) <= TOKEN_READ, f"{name_of(kind)} at {request.place}: {self.wire.sent}"
        if kind.group is Group.ROUTES and "%" in request.path and kind.code == "NOT_FOUND":
            # API Gateway may have decoded it.
            decoded = self.ask(request, kind.who, path=unquote(request.path, errors="replace"))
            assert (decoded.status, decoded.body["code"]) == (404, "NOT_FOUND"), request.path
        if not is_text(request.body):
            # Without binary media types API Gateway hands on text, whatever it was.
            lossy = self.ask(request, kind.who, body=request.body.decode("utf-8", errors="replace"))
            assert_refused(lossy, request.body, 400, 401, 413, 415)

    def hold_answer(self, kind: Kind, request: Request, answer: Answer) -> None:
        where = f"{name_of(kind)} at {request.place}"
        code = answer.body.get("code") or ""
        assert (answer.status, code) == (kind.status, kind.code), f"{where}: {answer.text[:500]}"
        if answer.status < 400:
            assert answer.is_replay, where
            return
        if kind.is_denial:
            assert answer.body["decision"] == "denied", where
            assert len(answer.text) < 100_000, where
            return
        assert_refused(answer, request.body + "\n".join(value for _, value in request.headers).encode(), kind.status)
        if len(request.path) > ECHO_MAX:
            assert request.path[: ECHO_MAX + 1] not in answer.text, where
        if kind.value is not None and code == "VALIDATION_FAILED":
            fields = {error["field"].partition(".")[0].partition("[")[0] for error in answer.body["errors"]}
            assert fields == {request.field}, f"{where}: {answer.text[:500]}"

    def hold_once(self, kind: Kind, request: Request) -> None:
        """Send a request many times at once: one decision, and all others are told it."""
        with ThreadPoolExecutor(kind.times) as pool:
            answers = list(pool.map(lambda _: self.ask(request, kind.who), range(kind.times)))
        assert sorted(answer.status for answer in answers) == [200] * (kind.times - 1) + [kind.status]
        assert len({json.dumps(answer.body, sort_keys=True) for answer in answers}) == 1
        assert sum(not answer.is_replay for answer in answers) == 1

    def stored(self) -> dict[str, list[dict[str, Any]]]:
        """Return everything in the tables but the count of failed one-time codes."""
        aws = self.gateway.aws
        tables = (aws.state_table, aws.control_table, aws.audit_table)
        return {
            table: [item for item in aws.items(table) if FAILURES not in json.dumps(item.get("pk", ""))]
            for table in tables
        }

    def hold_state(self, kind: Kind, before: Mapping[str, Any]) -> None:
        """Hold the tables: unchanged, but that a denial is written down, and a code that was good did its work."""
        if kind.is_denial or kind.times > 1:
            reserved = [order["client_order_id"] for order in self.gateway.account()["open_orders"]]
            assert len(reserved) == 1 + (kind.times > 1)
        elif "step:0" not in kind.codes and not kind.is_noted:
            assert self.stored() == before


def is_text(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def test_bodies_when_nothing_is_wrong_with_them_then_none_is_refused_as_bad_input(
    gateway: Gateway, wire: Wire, tokens: Mapping[Who, str]
) -> None:
    """What is refused above is refused for what was spoiled, and for nothing else."""
    gateway.approved(client_order_id=OPEN)
    sender = Sender(gateway, tokens, wire)
    for operation, (method, path, body) in BODIES.items():
        kind = Kind(group=Group.FIELDS, name="nothing wrong", status=200, code="", on=(operation,))
        (request,) = requests_of(kind)
        assert (request.method, request.path, json.loads(request.body)) == (method, path, body)
        answer = sender.ask(request, Who.OPERATOR)
        assert answer.status not in {400, 413, 415}, f"{operation}: {answer.text[:300]}"
