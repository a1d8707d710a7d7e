"""Every call of a function in a component test is held against its role: also this check can fail."""

from __future__ import annotations

import pytest

from tests.support import roles
from tests.support.gateway import Gateway


def test_role_when_it_lacks_a_right_that_its_function_uses_then_found(
    gateway: Gateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    lacking = [item for item in roles.statements_of("order_api") if item.get("Sid") != "WriteState"]
    with monkeypatch.context() as patch:
        patch.setattr(roles, "statements_of", lambda _: lacking)
        gateway.contract = None
        assert gateway.submit().status == 500
    assert roles.breaches.found == ["order_api: PutItem on StateTable, ['ACCOUNT#demo']"]
    roles.breaches.found.clear()
    assert gateway.submit().status == 201
