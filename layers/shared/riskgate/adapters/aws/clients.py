"""AWS clients, made on first use and shared.

An endpoint other than AWS's own comes from AWS_ENDPOINT_URL, the region from the runtime's environment; botocore
reads both itself. AWS_READ_SECONDS is how long an answer is waited for: 0.8 s unless something slower than AWS
answers, such as an emulator on a busy machine. DYNAMODB_CLIENT says what decisions are read and written through:
`lean`, or `boto3`.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, cast

from riskgate import ENGINE_VERSION
from riskgate.adapters.aws.lazy import lazy, run_before_snapshot

if TYPE_CHECKING:
    from botocore.config import Config
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

AWS_ANSWERS_SECONDS = 0.8
READ_SECONDS = float(os.environ.get("AWS_READ_SECONDS") or AWS_ANSWERS_SECONDS)
CONNECT_SECONDS = 0.5
# Two sends: a throttled third would wait up to 2 s longer, beyond the functions' timeout. What remains of
# the time is used by the caller's own attempts.
ATTEMPTS_MAX = 2
USER_AGENT = f"riskgate/{ENGINE_VERSION}"


@lazy
def sdk_config() -> Config:
    """Return what botocore's clients are made with."""
    from botocore.config import Config  # noqa: PLC0415 here and below: a decision waits for no SDK

    return Config(
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        retries={"total_max_attempts": ATTEMPTS_MAX, "mode": "standard"},
        # Keep-alive outlives idle minutes.
        tcp_keepalive=True,
        # A quarter of a call's CPU time: what we send is typed and checked here, and DynamoDB validates it again;
        # the default user agent is composed anew for every request.
        parameter_validation=False,
        user_agent=USER_AGENT,
    )


@lazy
def decision_client() -> DynamoDBClient:
    """Return what decisions read and write through: our own client where the environment says all that it needs."""
    from riskgate.adapters.aws import lean  # noqa: PLC0415 who chose the other one does not load it

    wanted = os.environ.get("DYNAMODB_CLIENT") or "lean"
    if wanted not in {"lean", "boto3"}:
        raise ValueError("DYNAMODB_CLIENT is lean or boto3")
    place = lean.find_place(os.environ) if wanted == "lean" else None
    if place is None:
        return dynamodb_client()
    client = lean.make_client(
        place,
        os.environ,
        connect_seconds=CONNECT_SECONDS,
        read_seconds=READ_SECONDS,
        attempts_max=ATTEMPTS_MAX,
        user_agent=USER_AGENT,
        others=dynamodb_client,
    )
    return cast("DynamoDBClient", client)


@lazy
def dynamodb_client() -> DynamoDBClient:
    """Return the shared DynamoDB client."""
    import boto3  # noqa: PLC0415

    from riskgate.adapters.aws.boto3_checks import add_checks  # noqa: PLC0415 with botocore alone

    client = boto3.client("dynamodb", config=sdk_config())
    # It waits its full time for what it sent; beyond AWS's (an emulator's) no request has that much.
    add_checks(client, send_seconds=min(READ_SECONDS, AWS_ANSWERS_SECONDS))
    return client


@lazy
def secretsmanager_client() -> SecretsManagerClient:
    """Return the shared Secrets Manager client."""
    import boto3  # noqa: PLC0415

    return boto3.client("secretsmanager", config=sdk_config())


@lazy
def sqs_client() -> SQSClient:
    """Return the shared SQS client."""
    import boto3  # noqa: PLC0415

    return boto3.client("sqs", config=sdk_config())


@lazy
def sns_client() -> SNSClient:
    """Return the shared SNS client."""
    import boto3  # noqa: PLC0415

    return boto3.client("sns", config=sdk_config())


def plain_session() -> Any:
    """Return a session of botocore's own, without what boto3 adds to its sessions."""
    from botocore.session import get_session  # noqa: PLC0415

    return get_session()


@lazy
def kms_client() -> Any:
    """Return the shared KMS client."""
    return plain_session().create_client("kms", config=sdk_config())


@lazy
def s3_client() -> Any:
    """Return the shared S3 client; without boto3's transfer manager, which nothing here uses."""
    return plain_session().create_client("s3", config=sdk_config())


def _load_sdk() -> None:
    """Load what the first call beside a decision, or keys that expire, would wait for."""
    import boto3  # noqa: F401, PLC0415
    import botocore.credentials  # noqa: PLC0415
    import botocore.session  # noqa: F401, PLC0415


run_before_snapshot(_load_sdk)
