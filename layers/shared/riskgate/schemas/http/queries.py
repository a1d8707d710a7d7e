"""Parameters of query strings: each is read, and described, by one declaration."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from riskgate.core.errors import InvalidRequest
from riskgate.schemas.patterns import ACCOUNT_ID_PATTERN

#: Letters of a parameter's name that an answer repeats.
_SHOWN = 32
_DIGITS = re.compile(r"[0-9]{1,12}")


def single_parameters(event: Mapping[str, Any]) -> Mapping[str, str]:
    """Return the parameters of an API Gateway event's query.

    Raises InvalidRequest: code QUERY_INVALID, one is given twice, where the plain map shows the last alone.
    """
    for name, values in (event.get("multiValueQueryStringParameters") or {}).items():
        if len(values) > 1:
            raise InvalidRequest(f"{name[:_SHOWN]} may be given only once", code="QUERY_INVALID")
    return event.get("queryStringParameters") or {}


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryInt:
    """A whole number within [low, high]; `default` where it is left out."""

    name: str
    description: str
    default: int
    low: int
    high: int

    def read(self, query: Mapping[str, str]) -> int:
        """Return the number. Raises InvalidRequest: code QUERY_INVALID, not a whole number within the bounds."""
        text = query.get(self.name)
        if text is None:
            return self.default
        if not _DIGITS.fullmatch(text) or not self.low <= int(text) <= self.high:
            detail = f"{self.name} must be a whole number from {self.low} to {self.high}"
            raise InvalidRequest(detail, code="QUERY_INVALID")
        return int(text)

    def describe(self) -> dict[str, object]:
        """Return the parameter as OpenAPI has it."""
        schema = {"type": "integer", "minimum": self.low, "maximum": self.high, "default": self.default}
        return {"name": self.name, "in": "query", "description": self.description, "schema": schema}


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryAccount:
    """An account's id."""

    name: str
    description: str

    def read(self, query: Mapping[str, str]) -> str | None:
        """Return the id, None where it is left out. Raises InvalidRequest: code QUERY_INVALID, it cannot be one."""
        text = query.get(self.name)
        if text is not None and re.fullmatch(ACCOUNT_ID_PATTERN, text) is None:
            raise InvalidRequest(f"{self.name} must be an account's id", code="QUERY_INVALID")
        return text

    def describe(self) -> dict[str, object]:
        """Return the parameter as OpenAPI has it."""
        schema = {"type": "string", "pattern": ACCOUNT_ID_PATTERN}
        return {"name": self.name, "in": "query", "description": self.description, "schema": schema}


PAGE_SIZE = QueryInt(name="limit", description="Most entries of the page.", default=50, low=1, high=100)
AFTER = QueryInt(name="after", description="Entries with a greater sequence number.", default=0, low=0, high=10**12 - 1)
ACCOUNTS_PAGE = QueryInt(name="limit", description="Most accounts of the page.", default=20, low=1, high=50)
AFTER_ACCOUNT = QueryAccount(name="after", description="Accounts with a greater id.")
#: Each day that is over is one object of the bucket.
DAYS = QueryInt(name="days", description="Days, today included.", default=30, low=1, high=92)
ACCOUNT = QueryAccount(name="account", description="Only this account.")
