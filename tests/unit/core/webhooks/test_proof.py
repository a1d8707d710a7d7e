"""What proves a webhook's sender: both secrets, or a signature of exactly this body."""

from __future__ import annotations

from base64 import urlsafe_b64decode
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from hmac import new as hmac_new

import pytest

from riskgate.core.webhooks import proof
from riskgate.core.webhooks.definition import FIELDS, Proof, Size, SizeBy, Webhook, WebhookAction
from tests.support.builders import DAY, NOW

RANDOM = bytes(range(proof.RANDOM_BYTES))
KEY = "key"
BODY = b'{"action": "buy"}'
SECONDS = 1_795_000_000


def build_webhook(**changes: object) -> Webhook:
    path, body, nonce = proof.make_secrets(RANDOM)
    webhook = Webhook(
        name="tv",
        account_id="demo",
        venue="binance",
        strategy="trend",
        actions=(WebhookAction.BUY,),
        proof=Proof.SECRETS,
        size=Size(by=SizeBy.SENDER),
        operator="alice",
        created_at=NOW,
        expires_at=NOW + DAY,
        age_seconds_max=60,
        path_hash=sha256(path.encode()).hexdigest(),
        body_hash=sha256(body.encode()).hexdigest(),
        nonce=nonce,
    )
    return replace(webhook, **changes)  # type: ignore[arg-type]


def sign(text: bytes, key: str = KEY) -> str:
    return hmac_new(key.encode(), text, sha256).hexdigest()


def timed(seconds: int | str = SECONDS, body: bytes = BODY) -> str:
    return sign(f"{seconds}.".encode() + body)


def test_secrets_when_made_then_each_is_a_third_of_the_random_bytes() -> None:
    parts = [urlsafe_b64decode(text + "=") for text in proof.make_secrets(RANDOM)]
    assert parts == [RANDOM[:32], RANDOM[32:64], RANDOM[64:]]


@pytest.mark.parametrize("count", [0, proof.RANDOM_BYTES - 1, proof.RANDOM_BYTES + 1])
def test_secrets_when_made_from_another_number_of_bytes_then_refused(count: int) -> None:
    with pytest.raises(ValueError, match="exactly 96"):
        proof.make_secrets(bytes(count))


def test_key_when_derived_then_another_for_another_master_name_or_nonce() -> None:
    master = b"m" * 32
    keys = {
        proof.derive_key(master, "tv", "n"),
        proof.derive_key(b"x" * 32, "tv", "n"),
        proof.derive_key(master, "tw", "n"),
        proof.derive_key(master, "tv", "o"),
    }
    assert len(keys) == 4
    assert proof.derive_key(master, "tv", "n") in keys
    assert {len(key) for key in keys} == {43}


def test_secrets_when_both_fit_then_proven_and_else_not() -> None:
    path, body, _ = proof.make_secrets(RANDOM)
    webhook = build_webhook()
    assert proof.proves_secrets(webhook, path, body) is True
    for given in ((path, path), (body, body), (body, path), ("", ""), (path, ""), ("", body), (path + "x", body)):
        assert proof.proves_secrets(webhook, *given) is False, given


def test_secrets_when_the_webhook_is_unknown_or_takes_signatures_then_nothing_is_proven() -> None:
    path, body, _ = proof.make_secrets(RANDOM)
    assert proof.proves_secrets(None, path, body) is False
    for other in (Proof.TIMED_SIGNATURE, Proof.BODY_SIGNATURE):
        assert proof.proves_secrets(build_webhook(proof=other), path, body) is False


@pytest.mark.parametrize(
    "header",
    [
        f"t={SECONDS},v1={timed()}",
        f" v1={timed()} , t={SECONDS} ",
        f"t={SECONDS},v1={'0' * 64},v1={timed()}",
        f"t={SECONDS},v1=0,v1=1,v1=2,v1={timed()}",
        f"t={SECONDS},v0=old,v1={timed()}",
    ],
)
def test_timed_signature_when_one_fits_then_the_time_it_was_signed_at(header: str) -> None:
    assert proof.find_signed_at(header, KEY, BODY) == datetime.fromtimestamp(SECONDS, UTC)


@pytest.mark.parametrize(
    "header",
    [
        "",
        f"t={SECONDS}",
        f"v1={timed()}",
        f"t={SECONDS},v1=",
        f"t={SECONDS},v1={timed(body=b'{}')}",
        f"t={SECONDS},v1={sign(BODY)}",
        f"t={SECONDS},v1={'ü' * 64}",
        f"t={SECONDS + 1},v1={timed()}",
        f"t={SECONDS},t={SECONDS},v1={timed()}",
        f"t={SECONDS},t={SECONDS + 1},v1={timed()}",
        f"t={SECONDS},v1=0,v1=1,v1=2,v1=3,v1={timed()}",
        f"t={SECONDS}0,v1={timed(f'{SECONDS}0')}",
        f"t=179500000,v1={timed('179500000')}",
        f"t=17950000x0,v1={timed('17950000x0')}",
        f"t=179500000²,v1={timed('179500000²')}",
        f"t=-179500000,v1={timed('-179500000')}",
    ],
)
def test_timed_signature_when_it_does_not_fit_then_none(header: str) -> None:
    assert proof.find_signed_at(header, KEY, BODY) is None


def test_timed_signature_when_made_under_another_key_then_none() -> None:
    assert proof.find_signed_at(f"t={SECONDS},v1={timed()}", "other", BODY) is None


def test_body_signature_when_it_is_of_the_body_then_taken_and_no_other() -> None:
    header = f"sha256={sign(BODY)}"
    assert proof.is_signed(header, KEY, BODY)
    assert proof.is_signed(f"  {header} ", KEY, BODY)
    assert not proof.is_signed(header, "other", BODY)
    assert not proof.is_signed(header, KEY, BODY + b" ")
    assert not any(proof.is_signed(text, KEY, BODY) for text in ("", sign(BODY), f"sha1={sign(BODY)}", header[:-1]))


def test_webhook_when_it_acts_then_for_its_one_strategy_and_by_its_name() -> None:
    webhook = build_webhook(fields={"action": "{order.side}"})
    assert (webhook.strategies, webhook.actor) == ({"trend"}, "webhook:tv")
    assert (webhook.template_of("action"), webhook.template_of("price")) == ("{order.side}", "{price}")
    assert all(build_webhook().template_of(name) == f"{{{name}}}" for name in FIELDS)
