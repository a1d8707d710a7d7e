"""AWS clients, made on first use and shared.

An endpoint other than AWS's own comes from AWS_ENDPOINT_URL, the region from the runtime's environment;
botocore reads both itself. AWS_READ_SECONDS is how long an answer is waited for: 0.8 s unless something
slower than AWS answers, such as an emulator on a busy machine.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.session import get_session

from riskgate import ENGINE_VERSION
from riskgate.adapters.aws.lazy import lazy

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

READ_SECONDS = float(os.environ.get("AWS_READ_SECONDS", "0.8"))

# Two sends: a throttled third would wait up to 2 s longer, beyond the functions' timeout. What remains of
# the time is used by the caller's own attempts. Keep-alive outlives idle minutes.
_CONFIG = Config(
    connect_timeout=0.5,
    read_timeout=READ_SECONDS,
    retries={"total_max_attempts": 2, "mode": "standard"},
    tcp_keepalive=True,
    # A quarter of a call's CPU time: what we send is typed and checked here, and DynamoDB validates it again;
    # the default user agent is composed anew for every request.
    parameter_validation=False,
    user_agent=f"riskgate/{ENGINE_VERSION}",
)


@lazy
def dynamodb_client() -> DynamoDBClient:
    """Return the shared DynamoDB client."""
    return boto3.client("dynamodb", config=_CONFIG)


@lazy
def secretsmanager_client() -> SecretsManagerClient:
    """Return the shared Secrets Manager client."""
    return boto3.client("secretsmanager", config=_CONFIG)


@lazy
def sqs_client() -> SQSClient:
    """Return the shared SQS client."""
    return boto3.client("sqs", config=_CONFIG)


@lazy
def sns_client() -> SNSClient:
    """Return the shared SNS client."""
    return boto3.client("sns", config=_CONFIG)


@lazy
def kms_client() -> Any:
    """Return the shared KMS client."""
    return get_session().create_client("kms", config=_CONFIG)


@lazy
def s3_client() -> Any:
    """Return the shared S3 client; without boto3's transfer manager, which nothing here uses."""
    return get_session().create_client("s3", config=_CONFIG)
