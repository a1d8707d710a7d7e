"""A gateway of several instances on Amazon's DynamoDB Local; only where `-m java` asks for it.

What the engine is asked in ``test_engine.py``, the model and moto are asked too, in every run: they are what all other
tests stand on.
"""

from __future__ import annotations

from collections.abc import Iterator
from uuid import uuid4

import pytest

from tests.concurrency import dynamodb_local
from tests.concurrency.instances import Gateway
from tests.support import databases
from tests.support.aws import Moto

ENGINE, IN_PROCESS = "dynamodb-local", ("model", "moto")


@pytest.hookimpl(tryfirst=True)  # before xdist reads the groups
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Mark these tests, keep them on one worker (one server), and leave them out unless asked for."""
    mine = [item for item in items if "concurrency" in item.path.parts and not _is_in_process(item)]
    for item in mine:
        item.add_marker(pytest.mark.java)
        item.add_marker(pytest.mark.xdist_group("java"))
    if "java" not in config.option.markexpr:
        config.hook.pytest_deselected(items=mine)
        items[:] = [item for item in items if item not in mine]


def _is_in_process(item: pytest.Item) -> bool:
    parameters = getattr(item, "callspec", None)
    return parameters is not None and parameters.params.get("database") in IN_PROCESS


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Choose the databases of a test."""
    if "database" in metafunc.fixturenames:
        kinds = [ENGINE, *IN_PROCESS] if metafunc.module.__name__.endswith("test_engine") else [ENGINE]
        metafunc.parametrize("database", kinds, indirect=True)


@pytest.fixture
def database(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Let clients reach one of the databases, and give its kind."""
    environment = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local", "AWS_DEFAULT_REGION": "us-east-1"}
    kind: str = request.param
    if kind == ENGINE:
        environment["AWS_ENDPOINT_URL"] = request.getfixturevalue("endpoint")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    if kind == ENGINE:
        yield kind
    else:
        with Moto(), databases.running(kind):
            yield kind


@pytest.fixture(scope="session")
def endpoint() -> Iterator[str]:
    """Give the address of the session's DynamoDB Local."""
    dynamodb_local.install()
    with dynamodb_local.running() as address:
        yield address


@pytest.fixture
def gateway(database: str) -> Iterator[Gateway]:
    """Give an account on empty tables; afterwards the invariants must hold."""
    made = Gateway(prefix=f"{database}-{uuid4().hex[:8]}")
    made.set_up()
    yield made
    made.assert_invariants()
    for client in made.clients:
        client.close()
