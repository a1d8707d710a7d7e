"""Where our own DynamoDB client finds DynamoDB and its keys: what the environment says, as botocore reads it.

Where the environment asks for what this client does not do (a proxy, FIPS, dual stack, a profile, a region of another
partition), nothing is found, and botocore's client is used as ever.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import quote, urlsplit

from riskgate.adapters.aws.connections import Connections
from riskgate.adapters.aws.dynamodb_api import DynamoDBApi
from riskgate.adapters.aws.signature import Keys, Signer

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

#: Regions of the partitions `aws` and `aws-us-gov`, whose endpoints are named alike.
_REGION = re.compile(r"(us|us-gov|eu|ap|sa|ca|me|af|il|mx)-[a-z]+-\d+")
_CHINA = re.compile(r"cn-[a-z]+-\d+")
_HOST = re.compile(r"[A-Za-z0-9.-]+|[0-9a-f:]+")
#: What of a trace a header may hold as it is, for botocore.
_TRACE_SAFE = "-=;:+&[]{}\"',"
_TRUE = frozenset({"true", "1"})


class Place(NamedTuple):
    """Where DynamoDB is: the endpoint, and the region that requests are signed for."""

    url: str
    region: str


def find_place(environ: Mapping[str, str]) -> Place | None:
    """Return where DynamoDB is, None where botocore has to be asked."""
    region = environ.get("AWS_DEFAULT_REGION", "")
    unsupported = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
    switches = ("AWS_USE_FIPS_ENDPOINT", "AWS_USE_DUALSTACK_ENDPOINT")
    if any(environ.get(name) for name in unsupported):
        return None
    if any(environ.get(name, "").lower() in _TRUE for name in switches):
        return None
    url = _endpoint(environ, region)
    if url is None or not region:
        return None
    host = urlsplit(url).hostname
    if host is None or not _HOST.fullmatch(host) or _is_behind_proxy(environ, url):
        return None
    return Place(url, region)


def _endpoint(environ: Mapping[str, str], region: str) -> str | None:
    if environ.get("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "").lower() not in _TRUE:
        given = environ.get("AWS_ENDPOINT_URL_DYNAMODB") or environ.get("AWS_ENDPOINT_URL")
        if given:
            parts = urlsplit(given)
            is_plain = parts.scheme in {"http", "https"} and parts.path in {"", "/"} and not parts.query
            return given if is_plain and parts.username is None else None
    if _REGION.fullmatch(region):
        return f"https://dynamodb.{region}.amazonaws.com"
    return f"https://dynamodb.{region}.amazonaws.com.cn" if _CHINA.fullmatch(region) else None


def _is_behind_proxy(environ: Mapping[str, str], url: str) -> bool:
    parts = urlsplit(url)
    names = (f"{parts.scheme}_proxy", "all_proxy")
    if not any(environ.get(name) or environ.get(name.upper()) for name in names):
        return False
    from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined] # noqa: PLC0415 hardly ever needed

    without = {"no": environ.get("no_proxy") or environ.get("NO_PROXY") or ""}
    return not proxy_bypass_environment(parts.netloc, without)


def make_client(
    place: Place,
    environ: Mapping[str, str],
    *,
    connect_seconds: float,
    read_seconds: float,
    attempts_max: int,
    user_agent: str,
    others: Callable[[], DynamoDBClient],
) -> DynamoDBApi:
    """Return the client; it opens no connection before the first request."""
    connections = Connections(
        place.url, connect_seconds=connect_seconds, read_seconds=read_seconds, ca_file=_ca_file(environ)
    )
    return DynamoDBApi(
        connections,
        Signer(place.region, "dynamodb"),
        keys=find_keys(environ),
        attempts_max=attempts_max,
        user_agent=user_agent,
        trace=lambda: _trace(environ),
        others=others,
    )


def find_keys(environ: Mapping[str, str]) -> Callable[[], Keys]:
    """Return what tells the keys of each moment: the environment's, or what botocore finds and renews.

    A SnapStart function has no keys in its environment: it asks an endpoint of Lambda's, and before they expire again.
    """
    access_key, secret_key = environ.get("AWS_ACCESS_KEY_ID"), environ.get("AWS_SECRET_ACCESS_KEY")
    if access_key and secret_key and not environ.get("AWS_CREDENTIAL_EXPIRATION"):
        keys = Keys(access_key, secret_key, environ.get("AWS_SESSION_TOKEN") or environ.get("AWS_SECURITY_TOKEN"))
        return lambda: keys
    found = None

    def renewed() -> Keys:
        nonlocal found
        from botocore.exceptions import NoCredentialsError  # noqa: PLC0415
        from botocore.session import get_session  # noqa: PLC0415

        if found is None:
            found = get_session().get_credentials()
        if found is None:
            raise NoCredentialsError
        now: Any = found.get_frozen_credentials()
        return Keys(now.access_key, now.secret_key, now.token)

    return renewed


def _ca_file(environ: Mapping[str, str]) -> str:
    """Return the certificates that botocore would trust."""
    given = environ.get("AWS_CA_BUNDLE") or environ.get("REQUESTS_CA_BUNDLE")
    if given:
        return given
    for package in ("certifi", "botocore"):
        spec = find_spec(package)
        if spec is not None and spec.origin is not None:
            return str(Path(spec.origin).with_name("cacert.pem"))
    raise FileNotFoundError("no certificates to trust")


def _trace(environ: Mapping[str, str]) -> str | None:
    trace = environ.get("_X_AMZN_TRACE_ID")
    return quote(trace, safe=_TRACE_SAFE) if trace and "AWS_LAMBDA_FUNCTION_NAME" in environ else None
