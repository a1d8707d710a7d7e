"""Signatures: AWS's own vectors (aws-sig-v4-test-suite), and botocore's signer on requests as we send them."""

from __future__ import annotations

from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from riskgate.adapters.aws.signature import Keys, Signer
from tests.support.hypothesis_profiles import examples

DATE, HOST = "20150830T123600Z", "example.amazonaws.com"
SUITE = Keys("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY")
SCOPE = "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, SignedHeaders="
SESSION = (
    "AQoDYXdzEPT//////////wEXAMPLEtc764bNrC9SAPBSM22wDOk4x4HIZ8j4FZTwdQWLWsKWHGBuFqwAeMicRXmxfpSPfIeoIYRqTflfKD8YUuwthA"
    "x7mSEI/qkPpKPi/kMcGdQrmGdeehM4IC1NtBmUpp2wUE8phUZampKsburEDy0KPkyQDYwT7WZ0wq5VSXDvp75YU9HFvlRd8Tx6q6fE8YQcHNVXAkiY"
    "9q6d+xo0rKwT38xVqr7ZD0u0iPPkUL64lIZbqBAz+scqKmlzm8FDrypNC9Yjc8fPOLn9FX9KSYvKTr4rvx3iSIlTJabIQwj2ICCR/oLxBA=="
)


@pytest.mark.parametrize(
    ("method", "headers", "body", "signed"),
    [
        (
            "POST",
            {},
            b"",
            "host;x-amz-date, Signature=5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b",
        ),
        (
            "GET",
            {},
            b"",
            "host;x-amz-date, Signature=5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31",
        ),
        (
            "POST",
            {"content-type": "application/x-www-form-urlencoded"},
            b"Param1=value1",
            "content-type;host;x-amz-date, Signature=ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a",
        ),
        (
            "POST",
            {"my-header1": "value1"},
            b"",
            "host;my-header1;x-amz-date, Signature=c5410059b04c1ee005303aed430f6e6645f61f4dc9e1461ec8f8916fdf18852c",
        ),
        (
            "POST",
            {"x-amz-security-token": SESSION},
            b"",
            (
                "host;x-amz-date;x-amz-security-token, "
                "Signature=85d96828115b5dc0cfc3bd16ad9e210dd772bbebba041836c64533a82be05ead"
            ),
        ),
    ],
    ids=["post-vanilla", "get-vanilla", "post-x-www-form-urlencoded", "post-header-key-sort", "post-sts-header-before"],
)
def test_signature_when_of_the_published_suite_then_the_published_one(
    method: str, headers: dict[str, str], body: bytes, signed: str
) -> None:
    named = dict(sorted({"host": HOST, "x-amz-date": DATE, **headers}.items()))
    signer = Signer("us-east-1", "service")
    assert signer.authorize(SUITE, "/", named, body, method=method) == SCOPE + signed
    # The key is derived by now.
    assert signer.authorize(SUITE, "/", named, body, method=method) == SCOPE + signed


@examples(200)
@given(
    requests=st.lists(
        st.tuples(
            st.sampled_from(["secret", "S" * 40, "other/secret+"]),
            st.datetimes(min_value=datetime(2000, 1, 1), max_value=datetime(2099, 12, 31)),  # noqa: DTZ001 as botocore has it
            st.one_of(st.none(), st.text("aZ09+/=", min_size=1)),
            st.binary(max_size=200),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_signature_when_keys_and_days_change_then_always_botocores(
    requests: list[tuple[str, datetime, str | None, bytes]],
) -> None:
    signer = Signer("eu-central-1", "dynamodb")
    for secret, naive, token, body in requests:
        now = naive.replace(microsecond=0, tzinfo=UTC)
        headers = {"content-type": "application/x-amz-json-1.0", "host": "dynamodb.eu-central-1.amazonaws.com"}
        headers["x-amz-date"] = f"{now:%Y%m%dT%H%M%SZ}"
        if token:
            headers["x-amz-security-token"] = token
        headers["x-amz-target"] = "DynamoDB_20120810.BatchGetItem"
        request = AWSRequest(
            "POST",
            "https://dynamodb.eu-central-1.amazonaws.com/",
            headers={name: value for name, value in headers.items() if not name.endswith(("date", "token"))},
            data=body,
        )
        with patch("botocore.auth.get_current_datetime", return_value=now):
            SigV4Auth(Credentials("AKID", secret, token), "dynamodb", "eu-central-1").add_auth(request)
        assert signer.authorize(Keys("AKID", secret, token), "/", headers, body) == request.headers["Authorization"]
