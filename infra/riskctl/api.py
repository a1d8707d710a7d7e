"""The gateway's HTTP API as the command line calls it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from infra.riskctl.errors import ApiProblem, CliError, ExitCode
from riskgate.schemas.codec import encode

#: A cold function answers within this; API Gateway itself gives up after 29 s.
TIMEOUT_SECONDS = 30.0
TOTP_HEADER = "X-TOTP"


@dataclass(frozen=True, kw_only=True)
class ApiReply:
    """One answer: a JSON body, whether it repeats an earlier one, and the header Date where there is one."""

    status: int
    body: dict[str, Any]
    replayed: bool
    date: str | None = None


class ApiClient:
    """Call routes with a bearer token (None: open routes only); without a `transport` over the network."""

    def __init__(self, api_url: str, token: str | None, transport: httpx.BaseTransport | None = None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        self._api_url = api_url.rstrip("/")
        self._client = httpx.Client(headers=headers, timeout=TIMEOUT_SECONDS, transport=transport)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def get(self, path: str) -> dict[str, Any]:
        """Return the body of a route that only reads."""
        return self.call("GET", path).body

    def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        totp: str | None = None,
        is_answer: Callable[[Mapping[str, Any]], bool] = lambda _: False,
    ) -> ApiReply:
        """Return the answer of one route; ApiProblem when it is an error, CliError when there is none from the gateway.

        `body` is sent as canonical JSON: amounts as decimal strings. `is_answer` tells which error bodies are answers
        here, such as a denial.
        """
        headers = {TOTP_HEADER: totp} if totp else {}
        content = None
        if body is not None:
            headers["Content-Type"] = "application/json"
            content = encode(dict(body))
        url = f"{self._api_url}{path}"
        try:
            answer = self._client.request(method, url, headers=headers, content=content)
        except httpx.HTTPError as error:
            message = f"{self._api_url} does not answer ({type(error).__name__})"
            raise CliError(message, ExitCode.UNAVAILABLE) from error
        document = _parse(answer)
        if not answer.is_success and not is_answer(document):
            raise ApiProblem(answer.status_code, document)
        return ApiReply(
            status=answer.status_code,
            body=document,
            replayed=answer.headers.get("Idempotent-Replayed") == "true",
            date=answer.headers.get("Date"),
        )


def account_path(account_id: str, *rest: str) -> str:
    """Return the path of an account's route, its parts escaped."""
    return "/".join(["/accounts", *(quote(part, safe="") for part in (account_id, *rest))])


def _parse(answer: httpx.Response) -> dict[str, Any]:
    try:
        document = json.loads(answer.content)
    except ValueError:
        document = None
    if isinstance(document, dict):
        return document
    if answer.is_success:
        raise CliError(f"{answer.url} did not answer with JSON from the gateway", ExitCode.UNAVAILABLE)
    return {}
