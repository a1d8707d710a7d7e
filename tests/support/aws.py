"""AWS for component tests: a DynamoDB and moto in this process, the three tables, one secret, the functions' environment."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

import boto3
import botocore.session
import pytest
from botocore.handlers import BUILTIN_HANDLERS, REGISTER_FIRST, REGISTER_LAST
from moto.core import DEFAULT_ACCOUNT_ID
from moto.core.base_backend import BackendDict
from moto.core.model_instances import reset_model_data
from moto.core.models import MockAWS, botocore_stubber
from moto.secretsmanager.models import secretsmanager_backends

from riskgate.adapters.aws import clients
from riskgate.adapters.aws.lazy import forget
from riskgate.observability import logger
from tests.support import databases
from tests.support.aws_once import compute_once
from tests.support.roles import breaches, held_to_roles

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient

compute_once()

STATE_TABLE, CONTROL_TABLE, AUDIT_TABLE = "riskgate-state", "riskgate-control", "riskgate-audit"
TOTP_SECRET_ID = "riskgate/totp"
#: 160 bits in base32, as an authenticator app would hold it.
TOTP_SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"

ENVIRONMENT = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_SESSION_TOKEN": "testing",
    "AWS_DEFAULT_REGION": databases.REGION,
    "STAGE": "test",
    "STATE_TABLE": STATE_TABLE,
    "CONTROL_TABLE": CONTROL_TABLE,
    "AUDIT_TABLE": AUDIT_TABLE,
    "TOTP_SECRET_ID": TOTP_SECRET_ID,
    "MARKET_SECRET_PREFIX": "riskgate/market/",
    "FRONT_DOOR_SECRET_ID": "riskgate/front-door",
    "ORDER_WORKER_FUNCTION": "riskgate-order-worker:live",
    "PASSES_PUBLIC_DATA": "false",
    "EGRESS_NAME": "egress",
    "VENUE_LIMIT_PERCENT": "100",
    "VENUE_READER_FUNCTION": "riskgate-venue-reader:live",
}
_NO_MORE: dict[str, Any] = {
    "secret_binary": None,
    "description": None,
    "tags": [],
    "kms_key_id": None,
    "client_request_token": None,
    "replica_regions": [],
    "force_overwrite": False,
}
#: What functions and tools make clients of.
SERVICES = frozenset(
    {"cloudformation", "cloudwatch", "dynamodb", "kms", "lambda", "s3", "secrets-manager", "sns", "sqs", "sts"}
)
#: Partition and sort key of each table, with their types.
KEYS = {
    STATE_TABLE: (("pk", "S"), ("sk", "S")),
    CONTROL_TABLE: (("pk", "S"), ("sk", "S")),
    AUDIT_TABLE: (("account_id", "S"), ("sequence", "N")),
}


@dataclass(frozen=True, kw_only=True)
class Aws:
    """Clients of the emulated account, and what it holds."""

    dynamodb: DynamoDBClient
    state_table: str = STATE_TABLE
    control_table: str = CONTROL_TABLE
    audit_table: str = AUDIT_TABLE
    totp_secret_id: str = TOTP_SECRET_ID
    totp_seed: str = TOTP_SEED

    @cached_property
    def secretsmanager(self) -> SecretsManagerClient:
        """Return a client of Secrets Manager."""
        return boto3.client("secretsmanager")

    def items(self, table: str) -> list[dict[str, Any]]:
        """Return every item of a table."""
        pages = self.dynamodb.get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return [dict(item) for page in pages for item in page["Items"]]

    def put_market_secret(self, venue: str, **settings: Any) -> None:
        """Say how a venue's public data are reached."""
        name, text = f"{ENVIRONMENT['MARKET_SECRET_PREFIX']}{venue}", json.dumps(settings)
        try:
            self.secretsmanager.create_secret(Name=name, SecretString=text)
        except self.secretsmanager.exceptions.ResourceExistsException:
            self.secretsmanager.put_secret_value(SecretId=name, SecretString=text)

    def put_seeds(self, seeds: dict[str, str]) -> None:
        """Replace the operators' seeds."""
        self.secretsmanager.put_secret_value(SecretId=self.totp_secret_id, SecretString=json.dumps(seeds))


@dataclass(frozen=True)
class LambdaContext:
    """What the Lambda runtime tells a handler about its invocation."""

    function_name: str = "riskgate-test"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = f"arn:aws:lambda:{databases.REGION}:123456789012:function:riskgate-test"
    aws_request_id: str = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"

    def get_remaining_time_in_millis(self) -> int:
        """Return the time until Lambda ends the invocation."""
        return 30_000


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """Give an empty AWS account with the stack's tables and the seed of the operator `alice`."""
    for name, value in ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"):
        monkeypatch.delenv(name, raising=False)
    # Not botocore's `get_session`: each session of boto3 would add its own to this one.
    monkeypatch.setattr(clients, "plain_session", _plain_session)
    with Moto(), databases.running():
        # One session for all tests: it has read botocore's service descriptions once.
        boto3.DEFAULT_SESSION = _boto3_session()
        forget()
        dynamodb = boto3.client("dynamodb")
        for table, keys in KEYS.items():
            dynamodb.create_table(
                TableName=table,
                AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t in keys],  # type: ignore[typeddict-item]
                KeySchema=[
                    {"AttributeName": keys[0][0], "KeyType": "HASH"},
                    {"AttributeName": keys[1][0], "KeyType": "RANGE"},
                ],
                BillingMode="PAY_PER_REQUEST",
                StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"},
            )
        # As a call would, without a client that most tests have no use for.
        secretsmanager_backends[DEFAULT_ACCOUNT_ID][databases.REGION].create_secret(
            name=TOTP_SECRET_ID, secret_string=json.dumps({"alice": TOTP_SEED}), **_NO_MORE
        )
        with held_to_roles():
            yield Aws(dynamodb=dynamodb)
    forget()


@pytest.fixture
def lambda_context() -> LambdaContext:
    """Give an invocation's context."""
    return LambdaContext()


@pytest.fixture
def log_output() -> Iterator[io.StringIO]:
    """Collect what the gateway's logger writes during a test."""
    # Keys that an earlier test's handler appended would stand in every line.
    logger.clear_state()
    handler: Any = logger.registered_handler
    output = io.StringIO()
    before = handler.setStream(output)
    yield output
    handler.setStream(before)


class Moto(MockAWS):
    """moto behind botocore's clients alone: it has no say in what tests send to simulators over HTTP."""

    def _enable_patching(self, reset: bool = True) -> None:
        botocore_stubber.enabled = True
        if reset:
            BackendDict.reset()

    def _disable_patching(self, remove_data: bool) -> None:
        botocore_stubber.enabled = False
        if remove_data:
            BackendDict.reset()
            reset_model_data()


class _Session(botocore.session.Session):
    """A session that knows the handlers of our services alone: every client gets a copy of all it knows."""

    def _register_builtin_handlers(self, events: Any) -> None:
        place = {(): events.register, (REGISTER_FIRST,): events.register_first, (REGISTER_LAST,): events.register_last}
        for event, handler, *where in BUILTIN_HANDLERS:
            kind, _, rest = event.partition(".")
            service = rest.partition(".")[0]
            if kind != "docs" and (not service or service in SERVICES):
                place[tuple(where)](event, handler)


@cache
def _plain_session() -> botocore.session.Session:
    """Return botocore's session, as functions make one."""
    return _Session()


@cache
def _boto3_session() -> boto3.session.Session:
    session = _Session()
    session.register("before-parameter-build.dynamodb", breaches.check)
    return boto3.session.Session(botocore_session=session)
