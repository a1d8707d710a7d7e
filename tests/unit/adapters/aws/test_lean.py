"""Where our own client finds DynamoDB: as botocore does, or botocore is asked."""

from __future__ import annotations

from itertools import product
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.retries import quota, standard

from riskgate.adapters.aws import clients, lean, retries
from riskgate.adapters.aws.lazy import forget

ENVIRONMENT = {"AWS_DEFAULT_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}
REGIONS = [
    region
    for partition in boto3.session.Session().get_available_partitions()
    for region in boto3.session.Session().get_available_regions("dynamodb", partition_name=partition)
]


@pytest.mark.parametrize("region", REGIONS)
def test_endpoint_when_of_a_region_then_botocores_or_botocore_is_asked(region: str) -> None:
    place = lean.find_place(ENVIRONMENT | {"AWS_DEFAULT_REGION": region})

    if place is None:
        assert region.split("-", maxsplit=1)[0] not in {"us", "eu", "ap", "cn"} or "iso" in region
        return
    known = boto3.client("dynamodb", region_name=region, aws_access_key_id="a", aws_secret_access_key="b")
    assert (place.url, place.region) == (known.meta.endpoint_url, region)


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ({"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"}, "http://127.0.0.1:4566"),
        (
            {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:2"},
            "http://127.0.0.1:2",
        ),
        (
            {"AWS_ENDPOINT_URL": "http://127.0.0.1:1", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "true"},
            "https://dynamodb.eu-central-1.amazonaws.com",
        ),
        (
            {"https_proxy": "http://proxy:1", "no_proxy": ".amazonaws.com"},
            "https://dynamodb.eu-central-1.amazonaws.com",
        ),
        ({"http_proxy": "http://proxy:1"}, "https://dynamodb.eu-central-1.amazonaws.com"),
    ],
)
def test_endpoint_when_given_then_that_one(given: dict[str, str], url: str) -> None:
    place = lean.find_place(ENVIRONMENT | given)

    assert place is not None
    assert place.url == url


@pytest.mark.parametrize(
    "given",
    [
        {"HTTPS_PROXY": "http://proxy:1"},
        {"https_proxy": "http://proxy:1", "no_proxy": "localhost"},
        {"AWS_USE_FIPS_ENDPOINT": "true"},
        {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
        {"AWS_PROFILE": "trading"},
        {"AWS_DEFAULT_REGION": ""},
        {"AWS_DEFAULT_REGION": "us-iso-east-1"},
        {"AWS_DEFAULT_REGION": "eu-central-1\r\nx: y"},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:1/path"},
        {"AWS_ENDPOINT_URL": "http://user@127.0.0.1:1"},
        {"AWS_ENDPOINT_URL": "dynamodb"},
    ],
)
def test_endpoint_when_the_environment_asks_for_more_then_botocore_is_asked(given: dict[str, str]) -> None:
    assert lean.find_place(ENVIRONMENT | given) is None


def test_client_when_the_setting_is_misspelt_then_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    forget()
    monkeypatch.setenv("DYNAMODB_CLIENT", "Lean")
    with pytest.raises(ValueError, match="lean or boto3"):
        clients.decision_client()
    forget()


CODES = [
    "",
    "400",
    "429",
    "RequestTimeout",
    "Throttling",
    "ThrottlingException",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "TransactionInProgressException",
    "TransactionCanceledException",
    "TransactionConflictException",
    "InternalServerError",
    "ResourceNotFoundException",
    "ValidationException",
    "ExpiredTokenException",
    "IdempotentParameterMismatchException",
    "PriorRequestNotComplete",
    "LimitExceededException",
]


def test_retry_when_refused_then_where_botocore_retries_and_as_long_as_it_waits() -> None:
    model = boto3.client("dynamodb", region_name="us-east-1").meta.service_model.operation_model("TransactWriteItems")
    conditions = standard.StandardRetryConditions(max_attempts=3)
    detector = standard.ThrottlingErrorDetector(standard.RetryEventAdapter())
    backoff = standard.ExponentialBackoff(random=lambda: 0.5, service_name="dynamodb", throttling_detector=detector)
    ours = retries.RetryQuota(draw=lambda: 0.5)
    for status, code, attempt, after in product(
        (400, 403, 429, 500, 502, 503, 504, 505), CODES, (1, 2), (None, "40", "900000", "soon", "-1")
    ):
        headers = {} if after is None else {"x-amz-retry-after": after}
        http = SimpleNamespace(status_code=status, headers=headers, content=b"")
        context: Any = standard.RetryContext(
            attempt, model, {"Error": {"Code": code}}, http, None, {"client_config": None}
        )
        throttled = detector.is_throttling_error_from_context(context)
        told = (status, code, attempt, after)
        assert retries.is_throttled(status, code) is throttled, told
        assert retries.is_retryable(status, code) is conditions.is_retryable(context), told
        wait = ours.wait_seconds(attempt, throttled=throttled, headers=headers)
        assert wait == backoff.delay_amount(context), told


def test_quota_when_retries_fail_then_spent_as_botocores() -> None:
    theirs = quota.RetryQuota()
    checker = standard.RetryQuotaChecker(theirs)
    ours = retries.RetryQuota()
    for number in range(200):
        context: Any = standard.RetryContext(1, request_context={})
        taken = ours.take(throttled=False)
        assert bool(taken) is checker.acquire_retry_quota(context), number
        if number % 7 == 0:
            ours.give_back(taken)
            checker.release_retry_quota(context.request_context, SimpleNamespace(status_code=200))
    assert ours.left == theirs.available_capacity < quota.RetryQuota.INITIAL_CAPACITY
