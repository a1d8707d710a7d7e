"""Secrets that cannot be read: KMS refuses their key, nobody answers, or somebody edited them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.exceptions import EndpointConnectionError

from riskgate.adapters.aws.clients import secretsmanager_client
from riskgate.schemas.http.routes import ROUTES
from tests.support.dynamodb.client import respond
from tests.support.every_route import call_route
from tests.support.gateway import Gateway

#: Routes that ask for a code whatever the body says.
ALWAYS_CODED = [route for route in ROUTES if route.totp and not route.totp_when]

type Fault = Callable[..., AWSResponse]


def refuse(status: int, code: str, message: str = "") -> Fault:
    def fault(request: AWSPreparedRequest, **_: object) -> AWSResponse:
        return respond(request.url, status, {"__type": code, "message": message or code})

    return fault


def unreachable(request: AWSPreparedRequest, **_: object) -> AWSResponse:
    raise EndpointConnectionError(endpoint_url=request.url)


FAULTS: dict[str, Fault] = {
    "KMS denies": refuse(400, "AccessDeniedException", "Access to KMS is not allowed"),
    "key disabled": refuse(400, "DecryptionFailure", "Secrets Manager can't decrypt the secret with its key"),
    "role lacks the right": refuse(400, "AccessDeniedException"),
    "throttled": refuse(400, "ThrottlingException"),
    "fails": refuse(500, "InternalServiceError"),
    "marked for deletion": refuse(400, "InvalidRequestException"),
    "unreachable": unreachable,
}


def read_all(gateway: Gateway) -> list[Any]:
    aws = gateway.aws
    return [aws.items(table) for table in (aws.state_table, aws.control_table, aws.audit_table)]


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_code_when_its_secret_cannot_be_read_then_503_nothing_changes_and_orders_go_on(
    gateway: Gateway, fault: Fault
) -> None:
    secretsmanager_client().meta.events.register_first("before-send.secrets-manager.GetSecretValue", fault)
    before = read_all(gateway)
    for route in ALWAYS_CODED:
        answer = call_route(gateway, route)
        assert (answer.status, answer.code) == (503, "UNAVAILABLE"), route.operation_id
        assert answer.headers["Retry-After"]
    assert read_all(gateway) == before
    gateway.refresh_quotes()
    assert gateway.submit().status == 201


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[]",
        '"JBSWY3DPEHPK3PXP"',
        '{"alice": null}',
        '{"alice": 1}',
        '{"alice": {"seed": "x"}}',
        "\ufeff{}",
    ],
    ids=repr,
)
def test_code_when_its_secret_was_edited_to_nonsense_then_503_names_it_and_nothing_shows(
    gateway: Gateway, text: str
) -> None:
    gateway.aws.secretsmanager.put_secret_value(SecretId=gateway.aws.totp_secret_id, SecretString=text or " ")
    before = read_all(gateway)
    for route in ALWAYS_CODED:
        answer = call_route(gateway, route)
        assert (answer.status, answer.code) == (503, "SECRET_UNREADABLE"), route.operation_id
        assert "JBSWY" not in answer.text
    assert read_all(gateway) == before


@pytest.mark.parametrize("seed", ["", "not base32!", "AAAA", "1"])
def test_code_when_the_operators_seed_is_none_then_403(gateway: Gateway, seed: str) -> None:
    gateway.aws.put_seeds({"alice": seed})
    answer = gateway.kill()
    assert (answer.status, answer.code) == (403, "TOTP_NOT_ENROLLED")
    assert json.loads(answer.text)["status"] == 403
