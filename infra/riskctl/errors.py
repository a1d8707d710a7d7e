"""What ends a command early, and the exit code it ends with."""

from collections.abc import Mapping
from enum import IntEnum
from http import HTTPStatus
from typing import Any

from riskgate.core.codes import DenyCode
from riskgate.core.errors import GatewayError


class ExitCode(IntEnum):
    """Exit codes: scripts rely on them."""

    OK = 0
    FINDINGS = 1
    USAGE = 2
    DENIED = 3
    HALTED = 4
    UNAVAILABLE = 5


#: Denials that mean "nothing may trade", not "this order may not".
_HALT_CODES = frozenset({DenyCode.KILL_SWITCH_ENGAGED, DenyCode.KILL_SWITCH_UNREADABLE, DenyCode.TRADING_HALTED})


class CliError(Exception):
    """Something the person at the terminal can act on; shown as one line."""

    def __init__(self, message: str, exit_code: ExitCode = ExitCode.USAGE) -> None:
        super().__init__(message)
        self.message = message
        self.exit_code = exit_code


class ApiProblem(CliError):
    """An answer of the API that is an error; `body` is its problem document."""

    def __init__(self, status: int, body: Mapping[str, Any]) -> None:
        self.status = status
        self.body = body
        self.code = str(body.get("code") or "")
        super().__init__(_describe(status, body), _exit_code(status, body))


def exit_code_of(decision: Mapping[str, Any]) -> ExitCode:
    """Return the exit code of a decision body: approved, denied, or halted."""
    if decision["decision"] == "approved":
        return ExitCode.OK
    return ExitCode.HALTED if decision["code"] in _HALT_CODES else ExitCode.DENIED


def to_cli_error(error: GatewayError) -> CliError:
    """Return an error of the gateway's own code, run here, as the API would have answered it."""
    body: dict[str, Any] = {"code": error.code, "detail": error.detail}
    # Only what checks a request has these; its module is not loaded for commands that check none.
    if errors := getattr(error, "errors", None):
        body["errors"] = errors
    return ApiProblem(error.status, body)


def _exit_code(status: int, body: Mapping[str, Any]) -> ExitCode:
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
        return ExitCode.UNAVAILABLE
    if "decision" in body:
        return exit_code_of(body)
    return ExitCode.DENIED if "stored_decision" in body else ExitCode.USAGE


def _describe(status: int, body: Mapping[str, Any]) -> str:
    """Return a problem document as a person reads it: code, detail, one line per wrong field."""
    # API Gateway's own answers may be `{"message": ...}`.
    detail = body.get("detail") or body.get("message") or body.get("title") or "no explanation was given"
    lines = [f"{body.get('code') or f'HTTP {status}'}: {detail}"]
    lines += [f"  {error['field']}: {error['message']}" for error in body.get("errors", [])]
    if body.get("instance"):
        lines.append(f"  request {body['instance']}")
    return "\n".join(lines)
