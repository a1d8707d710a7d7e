"""What the authorizer needs, built on first use; apart from `wiring`, whose imports it should not pay for."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cache

from riskgate.adapters.aws.clients import dynamodb_client, run_after_restore
from riskgate.adapters.dynamodb.tokens import DynamoTokenStore
from riskgate.runtime.wiring.api_settings import AuthorizerSettings, load


def utc_now() -> datetime:
    """Return the present instant."""
    return datetime.now(UTC)


@cache
def tokens() -> DynamoTokenStore:
    """Return where issued tokens are kept."""
    return DynamoTokenStore(dynamodb_client(), load(AuthorizerSettings).control_table)


def forget() -> None:
    """Drop everything built so far: after a SnapStart restore, and between tests."""
    tokens.cache_clear()


run_after_restore(forget)
