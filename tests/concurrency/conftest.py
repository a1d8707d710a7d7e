"""A gateway of several instances on Amazon's DynamoDB Local; only where `-m java` asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.concurrency import dynamodb_local
from tests.concurrency.instances import Gateway


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark these tests, keep them on one worker (one server), and leave them out unless asked for."""
    mine = [item for item in items if "concurrency" in item.path.parts]
    for item in mine:
        item.add_marker(pytest.mark.java)
        item.add_marker(pytest.mark.xdist_group("java"))
    if "java" not in config.option.markexpr:
        config.hook.pytest_deselected(items=mine)
        items[:] = [item for item in items if item not in mine]


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """Give the address of the session's DynamoDB Local."""
    dynamodb_local.install()
    with dynamodb_local.running() as address:
        yield address


@pytest.fixture
def gateway(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Gateway]:
    """Give an account on empty tables; afterwards the invariants must hold."""
    environment = {
        "AWS_ACCESS_KEY_ID": "local",
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": endpoint,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    made = Gateway(prefix=f"t{uuid4().hex[:8]}")
    made.set_up()
    yield made
    made.assert_invariants()
    for client in made.clients:
        client.close()
