"""A gateway, and a token of each kind of caller."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from riskgate.adapters.aws.lazy import forget
from riskgate.adapters.dynamodb.tokens import DynamoTokenStore
from riskgate.core.access.tokens import ALL_ACCOUNTS, ROLE_SCOPES, TOKEN_RANDOM_BYTES, Role, Scope, new_token
from tests.support.bad_input.kind import Who
from tests.support.gateway import ACCOUNT_ID, Gateway
from tests.support.phone import TELEGRAM_SECRET_ID, secret_of
from tests.support.views import STATEMENT_BUCKET

EVERYTHING: Mapping[str, Any] = {"scopes": tuple(Scope), "accounts": (ALL_ACCOUNTS,)}
HOLDERS: Mapping[Who, Mapping[str, Any]] = {
    Who.OPERATOR: EVERYTHING,
    Who.BOT: {"scopes": ROLE_SCOPES[Role.BOT], "accounts": (ACCOUNT_ID,), "strategies": ("trend",)},
    Who.READER: {"scopes": ROLE_SCOPES[Role.READER], "accounts": (ACCOUNT_ID,)},
    Who.FEEDER: {"scopes": ROLE_SCOPES[Role.FEEDER], "accounts": (ACCOUNT_ID,)},
    Who.ELSEWHERE: {"scopes": tuple(Scope), "accounts": ("another",)},
    Who.EXPIRED: EVERYTHING,
    Who.REVOKED: EVERYTHING,
    Who.FAR: {**EVERYTHING, "cidrs": ("198.51.100.0/24",)},
    Who.UNKNOWN: EVERYTHING,
    Who.FORGED: EVERYTHING,
}


@pytest.fixture
def tokens(gateway: Gateway) -> dict[Who, str]:
    """Issue a token to everybody but who never had one; give their texts."""
    store = DynamoTokenStore(gateway.aws.dynamodb, gateway.aws.control_table)
    texts = {}
    for seed, (who, rights) in enumerate(HOLDERS.items()):
        token, text = new_token(
            random_bytes=bytes((seed + i) % 256 for i in range(TOKEN_RANDOM_BYTES)),
            operator="alice",
            created_at=gateway.now - timedelta(days=2),
            expires_at=gateway.now + timedelta(days=2),
            **rights,
        )
        if who is Who.EXPIRED:
            token = replace(token, expires_at=gateway.now - timedelta(seconds=1))
        if who is not Who.UNKNOWN:
            store.put_token(token)
        if who is Who.REVOKED:
            store.revoke_token(token.token_id)
        texts[who] = text[:-1] + ("A" if text[-1] != "A" else "B") if who is Who.FORGED else text
    return texts


@pytest.fixture
def bot_secret(gateway: Gateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Set up Telegram's webhook; no bot listens, since nothing here may reach it."""
    monkeypatch.setenv("TELEGRAM_SECRET_ID", TELEGRAM_SECRET_ID)
    monkeypatch.setenv("STATEMENT_BUCKET", STATEMENT_BUCKET)
    gateway.aws.secretsmanager.create_secret(Name=TELEGRAM_SECRET_ID, SecretString=secret_of("http://127.0.0.1:9"))
    forget()
