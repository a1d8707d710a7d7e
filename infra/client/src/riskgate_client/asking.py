"""Ask the gateway until it has answered: the same request again, within one deadline.

What may be asked again and what an unanswered request means is decided here, once. A request that got no answer may
have taken effect: as long as no answer settles it, its outcome is unknown.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from itertools import count
from typing import Any

from riskgate_client.decoding import parse_object
from riskgate_client.errors import OutcomeUnknown, Unavailable, Unreadable
from riskgate_client.tracing import trace_headers
from riskgate_client.wire import Ask, Lost, Operation, Outcome, Pause, Policy, Reply

#: 503s that say surely nothing happened, and of these those that only a person ends.
_NOTHING_HAPPENED = frozenset({"CONTENTION", "DOCUMENT_TOO_NEW", "STATE_CORRUPT", "LIMITS_UNREADABLE"})
_FOR_A_PERSON = frozenset({"STATE_CORRUPT", "LIMITS_UNREADABLE"})
_PROBLEM = "application/problem+json"
_JSON = "application/json"


@dataclass(frozen=True, kw_only=True)
class Request:
    """What is asked; a read has no effect, so that its outcome is never in doubt."""

    method: str
    path: str
    body: str | None = None
    client_order_id: str = ""

    @property
    def is_read(self) -> bool:
        """Tell whether it changes nothing. A check is a POST without effect."""
        return self.method == "GET" or self.path.endswith("/orders/check")


@dataclass(frozen=True, kw_only=True)
class Answered:
    """An answer of the gateway's own. `in_doubt`: an earlier request of the same call may have taken effect."""

    status: int
    body: dict[str, Any]
    request_id: str
    in_doubt: bool

    @property
    def is_success(self) -> bool:
        """Tell whether the status is 2xx."""
        return HTTPStatus.OK <= self.status < HTTPStatus.MULTIPLE_CHOICES

    @property
    def code(self) -> str:
        """Return the code of a decision or problem."""
        return str(self.body.get("code") or "")

    @property
    def detail(self) -> str:
        """Return what a problem says in words."""
        return str(self.body.get("detail") or f"HTTP status {self.status}")


@dataclass(frozen=True, kw_only=True)
class _Failure:
    """Why a request is to be asked again, and what it may have done."""

    reason: str
    may_have_happened: bool
    code: str = ""
    retry_after_seconds: float | None = None
    is_hopeless: bool = False


@dataclass(frozen=True, kw_only=True)
class Asking:
    """Asks within a policy; the clock counts seconds."""

    policy: Policy
    monotonic: Callable[[], float]

    def ask(self, request: Request) -> Operation[Answered]:
        """Ask until there is an answer, the same request again each time.

        Raises Unavailable: no answer within the deadline, and nothing happened; OutcomeUnknown: it may have.
        """
        end = self.monotonic() + self.policy.deadline_seconds
        in_doubt = False
        for attempt in count(1):
            outcome = yield self._request(request, end)
            found = _judge(outcome, in_doubt=in_doubt)
            if isinstance(found, Answered):
                return found
            in_doubt = in_doubt or (found.may_have_happened and not request.is_read)
            pause = max(self.policy.pause_after(attempt), found.retry_after_seconds or 0.0)
            if found.is_hopeless or self.monotonic() + pause >= end:
                raise _give_up(request, found, in_doubt=in_doubt)
            yield Pause(seconds=pause)
        raise AssertionError("unreachable")

    def ask_once(self, request: Request) -> Operation[Answered | None]:
        """Ask a read once; None without an answer."""
        outcome = yield self._request(request, self.monotonic() + self.policy.timeout_seconds)
        found = _judge(outcome, in_doubt=False)
        return found if isinstance(found, Answered) else None

    def _request(self, request: Request, end: float) -> Ask:
        headers = {**trace_headers(), "Accept": f"{_JSON}, {_PROBLEM}"}
        if request.body is not None:
            headers["Content-Type"] = _JSON
        timeout = max(min(self.policy.timeout_seconds, end - self.monotonic()), 0.05)
        return Ask(
            method=request.method, path=request.path, body=request.body, headers=headers, timeout_seconds=timeout
        )


def _judge(outcome: Outcome, *, in_doubt: bool) -> Answered | _Failure:
    if not isinstance(outcome, Reply):
        assert isinstance(outcome, Lost)  # noqa: S101 a request is answered or lost
        return _Failure(reason=outcome.reason, may_have_happened=outcome.may_have_arrived)
    body, reason = _body_of(outcome)
    code = str((body or {}).get("code") or "")
    failure = _Failure(
        reason=reason,
        code=code,
        may_have_happened=outcome.status != HTTPStatus.TOO_MANY_REQUESTS and code not in _NOTHING_HAPPENED,
        retry_after_seconds=_retry_after(outcome.headers.get("retry-after")),
        is_hopeless=code in _FOR_A_PERSON,
    )
    if outcome.status >= HTTPStatus.INTERNAL_SERVER_ERROR or outcome.status == HTTPStatus.TOO_MANY_REQUESTS:
        return failure
    # Something between here and the gateway has answered in its place: it settles nothing.
    if body is None:
        return failure
    request_id = outcome.headers.get("x-request-id", "")
    return Answered(status=outcome.status, body=body, request_id=request_id, in_doubt=in_doubt)


def _body_of(reply: Reply) -> tuple[dict[str, Any] | None, str]:
    kind = reply.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind not in {_JSON, _PROBLEM}:
        return None, f"HTTP status {reply.status} that is not the gateway's"
    try:
        body = parse_object(reply.text)
    except Unreadable as error:
        return None, f"HTTP status {reply.status}: {error.detail}"
    is_problem = kind == _PROBLEM and isinstance(body.get("code"), str)
    if (reply.status >= HTTPStatus.MULTIPLE_CHOICES) != is_problem:
        return None, f"HTTP status {reply.status} that is not the gateway's"
    return body, str(body.get("detail") or f"HTTP status {reply.status}")


def _retry_after(value: str | None) -> float | None:
    """Return the seconds that a header `Retry-After` asks to wait, given as seconds or as a date."""
    if value is None:
        return None
    if value.strip().isascii() and value.strip().isdigit():
        return float(value)
    try:
        until = parsedate_to_datetime(value)
    except ValueError:
        return None
    until = until if until.tzinfo is not None else until.replace(tzinfo=timezone.utc)
    return max((until - datetime.now(timezone.utc)).total_seconds(), 0.0)


def _give_up(request: Request, failure: _Failure, *, in_doubt: bool) -> Unavailable | OutcomeUnknown:
    if in_doubt:
        detail = f"no answer that settles it: {failure.reason}"
        return OutcomeUnknown(detail, client_order_id=request.client_order_id)
    wait = failure.retry_after_seconds
    return Unavailable(f"the gateway gives no answer: {failure.reason}", retry_after_seconds=wait, code=failure.code)
