"""A gateway with a bot: the local Bot API in this process, the webhook's real handler."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from infra.simulators.telegram.bot_api import BotApi
from infra.simulators.telegram.server import TelegramServer
from riskgate.adapters.aws.clients import dynamodb_client, s3_client
from riskgate.adapters.aws.lazy import forget
from tests.support.gateway import Gateway
from tests.support.phone import BOT_TOKEN, TELEGRAM_SECRET_ID, Phone, secret_of
from tests.support.views import STATEMENT_BUCKET
from tests.support.wire import Wire


@pytest.fixture
def phone(
    gateway: Gateway, wire: Wire, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[Phone]:
    """Give a phone whose bot is connected to the gateway."""
    server = TelegramServer(BotApi(token=BOT_TOKEN))
    server.start()
    monkeypatch.setenv("TELEGRAM_SECRET_ID", TELEGRAM_SECRET_ID)
    monkeypatch.setenv("STATEMENT_BUCKET", STATEMENT_BUCKET)
    if "views" not in request.fixturenames:
        s3_client().create_bucket(Bucket=STATEMENT_BUCKET)
    gateway.aws.secretsmanager.create_secret(Name=TELEGRAM_SECRET_ID, SecretString=secret_of(server.url))
    forget()
    wire.attach(dynamodb_client())
    yield Phone(gateway=gateway, api=server.api)
    forget()
    server.stop()
