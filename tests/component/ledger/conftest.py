"""Both clients that decisions are read and written through."""

from __future__ import annotations

import pytest


@pytest.fixture(params=["lean", "boto3"])
def each_client(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Run a test with our own client and with boto3's."""
    monkeypatch.setenv("DYNAMODB_CLIENT", request.param)
