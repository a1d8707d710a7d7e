"""The authorizer's answer: an API Gateway policy for exactly the routes a principal may call.

API Gateway reuses an answer for every route called with the same token, so it names all permitted routes,
never only the requested one. API Gateway takes answers up to 8 KB. A longer one is shortened in steps,
and the first that fits is used:

1. every permitted route, with the token's account ids in place of ``{account_id}``;
2. routes below a common path merged into ``path/*`` where no refused route lies below it;
3. as 1, and 4. as 2, with ``*`` in place of account ids.

A ``*`` reaches over slashes: refused routes that an allowed pattern takes in are denied beside it.

The API functions check scope and account again, so the last steps widen what reaches them, not what passes.
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import product
from typing import Any, Protocol

from riskgate.core.access.tokens import ALL_ACCOUNTS, Principal, to_context

#: API Gateway's quota is 8 KB for the whole answer.
ANSWER_BYTES_MAX = 8000

type _Path = tuple[str, ...]

_METHOD_ARN = re.compile(r"(arn:[^/*]+/[^/*]+)/[A-Z]+")
_ACCOUNT = "{account_id}"
_ANY = "*"


class Route(Protocol):
    """One route of the HTTP contract; a route without scope is open and has no authorizer."""

    @property
    def method(self) -> str:
        """Return the HTTP method in capitals."""

    @property
    def path(self) -> str:
        """Return the path below the stage, parameters in braces."""

    @property
    def scope(self) -> str | None:
        """Return the scope that the route needs."""


def build_authorizer_answer(principal: Principal, method_arn: str, routes: Sequence[Route]) -> dict[str, Any]:
    """Return what a Lambda authorizer answers for a proven principal.

    `method_arn`: ARN of the called method; names the API and stage, ``arn:...:api/stage/METHOD/path``. `routes`: the
    whole HTTP contract, refused routes included. Raises ValueError: the ARN is none, or even the shortest answer is
    too long.
    """
    match = _METHOD_ARN.match(method_arn)
    if match is None:
        raise ValueError("not the ARN of an API method")
    guarded = [route for route in routes if route.scope]
    permitted = [_segments(route) for route in guarded if route.scope in principal.scopes]
    refused = [_segments(route) for route in guarded if route.scope not in principal.scopes]
    for allowed, denied in _policy_forms(principal, permitted, refused):
        answer = _answer(principal, match.group(1), allowed, denied)
        if len(json.dumps(answer)) <= ANSWER_BYTES_MAX:
            return answer
    raise ValueError("no form of the policy fits into an authorizer's answer")


def _answer(principal: Principal, stage_arn: str, allowed: Sequence[str], denied: Sequence[str]) -> dict[str, Any]:
    # A statement needs a resource: a principal without any route is told so explicitly.
    effects = {"Allow": allowed, "Deny": denied if allowed else [_ANY]}
    statements = [
        {
            "Action": "execute-api:Invoke",
            "Effect": effect,
            "Resource": [f"{stage_arn}/{pattern}" for pattern in patterns],
        }
        for effect, patterns in effects.items()
        if patterns
    ]
    return {
        "principalId": principal.token_id,
        "policyDocument": {"Version": "2012-10-17", "Statement": statements},
        "context": to_context(principal),
    }


def _policy_forms(
    principal: Principal, permitted: Sequence[_Path], refused: Sequence[_Path]
) -> Iterator[tuple[list[str], list[str]]]:
    """Yield what to allow and what to deny, in each form."""
    merged = _merge(permitted, refused)
    named = [ALL_ACCOUNTS] if principal.has_all_accounts else sorted(principal.accounts)
    for accounts, paths in product((named, [ALL_ACCOUNTS]), (permitted, merged)):
        # One account stands for all: what is taken in below one is below each.
        reach = _fill(paths, accounts[:1])
        taken_in = [path for path in refused if _is_taken_in(_fill([path], accounts[:1])[0], reach)]
        yield _fill(paths, accounts), _fill(taken_in, [ALL_ACCOUNTS])


def _is_taken_in(path: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)


def _segments(route: Route) -> _Path:
    return (route.method, *route.path.strip("/").split("/"))


def _merge(permitted: Sequence[_Path], refused: Sequence[_Path], prefix: _Path = ()) -> list[_Path]:
    """Merge permitted paths below `prefix` into ``.../*`` wherever nothing refused lies below."""
    below = [path for path in permitted if path[: len(prefix)] == prefix and len(path) > len(prefix)]
    # Only a prefix that holds the account id, or that has no account below it, keeps accounts apart.
    keeps_accounts = all(_ACCOUNT not in path[len(prefix) :] for path in below)
    if len(prefix) > 1 and len(below) > 1 and keeps_accounts and not _any_below(refused, prefix):
        return [(*prefix, _ANY)]
    merged: list[_Path] = []
    for child in sorted({path[: len(prefix) + 1] for path in below}):
        if child in below:
            merged.append(child)
        merged.extend(_merge(below, refused, child))
    return merged


def _any_below(paths: Iterable[_Path], prefix: _Path) -> bool:
    return any(len(path) > len(prefix) and all(map(_overlap, path, prefix)) for path in paths)


def _overlap(segment: str, other: str) -> bool:
    """Tell whether two path segments can be the same text, parameters standing for any."""
    return segment == other or segment.startswith("{") or other.startswith("{")


def _fill(paths: Iterable[_Path], accounts: Sequence[str]) -> list[str]:
    """Return the paths as text, account ids and wildcards in place of parameters."""
    filled: dict[str, None] = {}
    for path in paths:
        for account in accounts if _ACCOUNT in path else accounts[:1]:
            filled["/".join(_fill_segment(segment, account) for segment in path)] = None
    return list(filled)


def _fill_segment(segment: str, account: str) -> str:
    if segment == _ACCOUNT:
        return account
    return _ANY if segment.startswith("{") else segment
