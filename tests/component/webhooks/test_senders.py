"""Who may use a webhook, and what anybody else can do to it."""

from __future__ import annotations

import hashlib
import hmac
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskgate.adapters.dynamodb.packing import unpack
from tests.component.webhooks.conftest import NAME, TEXT, TRADINGVIEW, Sender, sender_of, set_up
from tests.support.callers import ADMIN, BOT
from tests.support.gateway import ACCOUNT_ID
from tests.support.hypothesis_profiles import QUICK
from tests.support.routed_account import RoutedAccount
from tests.support.wire import Wire

WRONG = "A" * 43


def decided(sender: Sender) -> list[dict[str, Any]]:
    return [entry for entry in sender.audit() if entry["event"] == "order_decided"]


def test_delivery_when_a_secret_is_wrong_then_one_answer_for_all_and_one_read(sender: Sender, wire: Wire) -> None:
    path, secret = sender.created["path"], sender.created["body_secret"]
    wrong_path, nobody = path.replace(path.rpartition("/")[2], WRONG), path.replace(f"/{NAME}/", "/nobody/")
    answers = set()
    for tried, told in [
        (wrong_path, secret), (path, WRONG), (wrong_path, WRONG), (nobody, secret), (f"/webhooks/{NAME}", secret),
        (path, None), (path, {"a": 1}), (path, ""), (path, secret + "A"),
    ]:  # fmt: skip
        body = sender.body(secret=told)
        wire.sent.clear()
        answer = sender.post(body, path=tried)
        answers.add(json.dumps(answer.body | {"instance": ""}, sort_keys=True))
        assert (answer.status, answer.code) == (401, "WEBHOOK_REFUSED")
        assert len(wire.sent) == 1
    assert len(answers) == 1
    assert not decided(sender)


def test_delivery_when_it_comes_from_elsewhere_then_told_only_to_who_knows_the_secrets(sender: Sender) -> None:
    elsewhere = replace(TRADINGVIEW, source_ip="203.0.113.9")
    assert sender.post(caller=elsewhere).code == "SOURCE_NOT_PERMITTED"
    assert sender.post(secret=WRONG, caller=elsewhere).code == "WEBHOOK_REFUSED"
    assert not decided(sender)


def test_delivery_when_old_or_of_the_future_then_refused_and_the_bound_is_the_operators(routed: RoutedAccount) -> None:
    sender = sender_of(routed, age_seconds_max=10)
    old = sender.body()
    ahead = sender.body(time=str(int(sender.gateway.now.timestamp()) + 60))
    assert sender.post(ahead).code == "WEBHOOK_TIME_REFUSED"
    assert sender.post(sender.body(time="2026-03-04 12:00")).code == "WEBHOOK_TIME_INVALID"
    assert sender.post(sender.body(time=None)).code == "WEBHOOK_FIELD_MISSING"
    sender.gateway.advance(seconds=11)
    assert sender.post(old).code == "WEBHOOK_TIME_REFUSED"
    assert not decided(sender)


def test_webhook_when_expired_deleted_or_set_up_anew_then_its_secrets_open_nothing(sender: Sender) -> None:
    before = dict(sender.created)
    renewed = set_up(sender.routed, days=1)
    assert renewed.status == 200
    assert sender.post().code == "WEBHOOK_REFUSED"
    sender.created = renewed.body
    sender.gateway.refresh_quotes()
    assert sender.post(client_ref="ok").status in {201, 422}
    sender.gateway.advance(days=1)
    assert sender.post().code == "WEBHOOK_EXPIRED"
    assert sender.gateway.call("DELETE", f"/webhooks/{NAME}").status == 200
    assert sender.post().code == "WEBHOOK_REFUSED"
    assert sender.gateway.call("GET", f"/webhooks/{NAME}").code == "WEBHOOK_NOT_FOUND"
    assert sender.gateway.call("DELETE", f"/webhooks/{NAME}").code == "WEBHOOK_NOT_FOUND"
    assert before["path"] != renewed.body["path"]
    changes = [e["inputs"]["change"] for e in sender.audit("gateway") if e["event"] == "webhook_changed"]
    assert changes == ["created", "replaced", "deleted"]


def test_webhook_when_it_may_not_sell_then_403(routed: RoutedAccount) -> None:
    sender = sender_of(routed, actions=["buy", "close"])
    assert sender.post(action="sell").code == "WEBHOOK_ACTION_NOT_PERMITTED"
    assert sender.post(action="dance").code == "WEBHOOK_ACTION_UNKNOWN"
    assert not decided(sender)


def test_secrets_when_stored_then_only_as_hashes(sender: Sender) -> None:
    tables = [sender.gateway.aws.items(t) for t in ("riskgate-control", "riskgate-state", "riskgate-audit")]
    stored = json.dumps(tables, default=lambda packed: unpack({"B": packed}).decode())
    assert sender.created["body_secret"] not in stored
    assert sender.created["path"].rpartition("/")[2] not in stored
    shown = sender.gateway.call("GET", f"/webhooks/{NAME}").text
    assert "hash" not in shown


@pytest.mark.parametrize("proof", ["timed_signature", "body_signature"])
def test_delivery_when_signed_then_taken_and_nothing_else_is(routed: RoutedAccount, proof: str) -> None:
    sender = sender_of(routed, proof=proof)
    at = int(sender.gateway.now.timestamp())
    text = json.dumps(sender.body(client_ref="signed", secret=None))
    timed = proof == "timed_signature"
    name = "X-Signature" if timed else "X-Hub-Signature-256"
    good = sender.sign(text, at) if timed else "sha256=" + hmac_of(sender.created["signing_key"], text)

    def post(header: str | None, sent: str = text) -> Any:
        headers = TEXT | ({name: header} if header is not None else {})
        return sender.gateway.call("POST", sender.created["path"], sent, caller=TRADINGVIEW, headers=headers)

    for bad in (None, "", "v1=,t=", good[:-1], good.replace("=", "=0", 1), f"{good},t=1", "sha256=", "t=٣,v1=é"):
        assert post(bad).code == "WEBHOOK_REFUSED", bad
    assert post(good, text.replace("buy", "sell")).code == "WEBHOOK_REFUSED"
    assert not decided(sender)
    assert post(good).status == 201
    assert post(good).is_replay
    sender.gateway.advance(seconds=61)
    assert post(good).code == "WEBHOOK_TIME_REFUSED"


def hmac_of(key: str, text: str) -> str:
    return hmac.new(key.encode(), text.encode(), hashlib.sha256).hexdigest()


HOSTILE: list[str | bytes] = [
    "", "null", "[]", '"x"', "{", "{" * 9000, '{"a":' * 2000 + "1" + "}" * 2000, '{"secret":NaN}', b"\xff\xfe", "x" * 17000,
    '{"secret": "a", "secret": "b"}', '{"secret": {"a": 1}}', '{"time": 1e400}', '{"\\ud800": 1}', "a=b&c=d",
    '{"secret": "' + "é" * 4000 + '"}', b"\x1f\x8b\x08\x00",
]  # fmt: skip


def test_body_when_hostile_then_4xx_before_any_read_or_after_one(sender: Sender, wire: Wire) -> None:
    for body in HOSTILE:
        wire.sent.clear()
        answer = sender.gateway.call("POST", sender.created["path"], body, caller=TRADINGVIEW, headers=TEXT)
        assert 400 <= answer.status < 500, answer.text
        assert answer.body["code"]
        assert len(wire.sent) <= 1


def test_body_when_any_field_is_anything_then_never_5xx(sender: Sender) -> None:
    texts = st.one_of(st.text(max_size=80), st.integers(), st.booleans(), st.none(), st.lists(st.text(), max_size=2))

    @settings(QUICK, suppress_health_check=list(HealthCheck))
    @given(changes=st.dictionaries(st.sampled_from([*sender.body(), "position", "type", "price", "order"]), texts))
    def send(changes: dict[str, Any]) -> None:
        body = {**sender.body(), **changes, "secret": sender.created["body_secret"]}
        answer = sender.post(json.dumps(body))
        assert answer.status < 500, answer.text

    send()


def test_webhook_when_set_up_then_a_person_and_the_accounts_administrator_are_needed(routed: RoutedAccount) -> None:
    gateway = routed.gateway
    body = {"account": ACCOUNT_ID, "venue": "binance", "strategy": "t", "size": {"by": "sender"}}
    assert gateway.call("PUT", "/webhooks/x", body).code == "TOTP_REQUIRED"
    assert gateway.call("PUT", "/webhooks/x", body, caller=BOT).code == "SCOPE_MISSING"
    other = replace(ADMIN, accounts=("other",))
    assert set_up(routed, "x", other).code == "ACCOUNT_NOT_PERMITTED"
    assert set_up(routed, "x").status == 201
    taken = set_up(routed, "x", other, account="other")
    assert taken.code == "ACCOUNT_NOT_PERMITTED"
    assert gateway.call("GET", "/webhooks", caller=other).body == {"webhooks": []}
    assert [hook["name"] for hook in gateway.call("GET", "/webhooks").body["webhooks"]] == ["x"]
    assert gateway.call("DELETE", "/webhooks/x", caller=other).code == "ACCOUNT_NOT_PERMITTED"


SENSELESS: list[dict[str, Any]] = [
    {"size": {"by": "quantity"}},
    {"size": {"by": "sender", "value": "1"}},
    {"fields": {"action": "{a..b}"}},
    {"fields": {"color": "{a}"}},
    {"sources": ["10.0.0.1/8"]},
    {"age_seconds_max": 601},
    {"days": 367},
    {"actions": []},
    {"words": {"BUY!": "buy"}},
]


def test_webhook_when_it_makes_no_sense_then_400(routed: RoutedAccount) -> None:
    for changes in SENSELESS:
        answer = set_up(routed, **changes)
        assert (answer.status, answer.code) == (400, "VALIDATION_FAILED"), (changes, answer.text)


def test_webhook_when_the_gateway_sends_no_orders_there_then_422(routed: RoutedAccount) -> None:
    assert set_up(routed, venue="kraken").code == "VENUE_UNKNOWN"
    assert set_up(routed, account="nobody").code == "ACCOUNT_UNKNOWN"
    gateway = routed.gateway
    assert gateway.register("bare").status == 201
    assert set_up(routed, account="bare").code == "ROUTING_UNAVAILABLE"
