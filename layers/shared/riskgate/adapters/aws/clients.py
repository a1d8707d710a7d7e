"""AWS clients, made on first use and shared.

An endpoint other than AWS's own comes from AWS_ENDPOINT_URL, the region from the runtime's environment;
botocore reads both itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from botocore.session import get_session

from riskgate import ENGINE_VERSION

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_secretsmanager import SecretsManagerClient
    from mypy_boto3_sns import SNSClient
    from mypy_boto3_sqs import SQSClient

# Two sends: a throttled third would wait up to 2 s longer, beyond the functions' timeout. What remains of
# the time is used by the caller's own attempts. Keep-alive outlives idle minutes.
_CONFIG = Config(
    connect_timeout=0.5,
    read_timeout=0.8,
    retries={"total_max_attempts": 2, "mode": "standard"},
    tcp_keepalive=True,
    # A quarter of a call's CPU time: what we send is typed and checked here, and DynamoDB validates it again;
    # the default user agent is composed anew for every request.
    parameter_validation=False,
    user_agent=f"riskgate/{ENGINE_VERSION}",
)


@cache
def dynamodb_client() -> DynamoDBClient:
    """Return the shared DynamoDB client."""
    return boto3.client("dynamodb", config=_CONFIG)


@cache
def secretsmanager_client() -> SecretsManagerClient:
    """Return the shared Secrets Manager client."""
    return boto3.client("secretsmanager", config=_CONFIG)


@cache
def sqs_client() -> SQSClient:
    """Return the shared SQS client."""
    return boto3.client("sqs", config=_CONFIG)


@cache
def sns_client() -> SNSClient:
    """Return the shared SNS client."""
    return boto3.client("sns", config=_CONFIG)


@cache
def s3_client() -> Any:
    """Return the shared S3 client; without boto3's transfer manager, which nothing here uses."""
    return get_session().create_client("s3", config=_CONFIG)


def clear_clients() -> None:
    """Forget all clients: their connections and credentials belong to another life of the process."""
    dynamodb_client.cache_clear()
    secretsmanager_client.cache_clear()
    sqs_client.cache_clear()
    sns_client.cache_clear()
    s3_client.cache_clear()


def run_after_restore(hook: Callable[[], None]) -> None:
    """Run `hook` whenever this process wakes from a SnapStart snapshot.

    The module that offers this comes with the Lambda runtime; elsewhere there are no snapshots.
    """
    snapshots = _snapshots()
    if snapshots is not None:
        snapshots.register_after_restore(hook)


def run_before_snapshot(hook: Callable[[], object]) -> None:
    """Run `hook` just before this process becomes a SnapStart snapshot: what it loads need not be loaded again."""
    snapshots = _snapshots()
    if snapshots is not None:
        snapshots.register_before_snapshot(hook)


def _snapshots() -> Any:
    try:
        return import_module("snapshot_restore_py")
    except ModuleNotFoundError:
        return None


run_after_restore(clear_clients)
