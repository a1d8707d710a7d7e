"""Hold every call that a function makes in a test against its role, as IAM would: actions, tables, partition keys."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from functools import cache
from types import FrameType
from typing import Any

from infra.local.rows import list_reaches
from infra.local.settings import ROOT
from tests.support.yaml_files import read_yaml

TABLES = ("StateTable", "ControlTable", "AuditTable", "NotificationTable")
_HANDLER = re.compile(re.escape(str(ROOT / "functions")) + r"/(\w+)/app\.py")
_TESTS = str(ROOT / "tests")
#: What stands between a client and the tables in tests: neither a function nor a test that calls.
_BETWEEN = tuple(str(ROOT / "tests/support" / name) for name in ("roles.py", "databases.py", "dynamodb", "wire.py"))

type Statement = dict[str, Any]


@cache
def statements_of(function: str) -> tuple[Statement, ...]:
    """Return what the template lets a function (``order_api``) do to tables."""
    resources = _template()["Resources"]
    policies = resources[f"{function.title().replace('_', '')}Function"]["Properties"]["Policies"]
    [own] = [policy for policy in policies if "Statement" in policy]
    return tuple(own["Statement"])


@cache
def _template() -> dict[str, Any]:
    parsed: dict[str, Any] = read_yaml(ROOT / "template.yaml")
    return parsed


def may(function: str, action: str, table: str, *keys: str) -> bool:
    """Tell whether a role allows an action on the rows of these partition keys of a table (``StateTable``)."""
    return any(_allows(statement, f"dynamodb:{action}", table, keys) for statement in statements_of(function))


def _allows(statement: Statement, action: str, table: str, keys: tuple[str, ...]) -> bool:
    assert statement["Effect"] == "Allow"
    if action not in _as_list(statement["Action"]):
        return False
    if {"Fn::GetAtt": [table, "Arn"]} not in _as_list(statement["Resource"]):
        return False
    return all(_holds(test, values, keys) for test, values in statement.get("Condition", {}).items())


def _holds(test: str, condition: dict[str, list[str]], keys: tuple[str, ...]) -> bool:
    [(name, patterns)] = condition.items()
    assert name == "dynamodb:LeadingKeys"
    if test == "ForAllValues:StringNotEquals":
        return not set(keys) & set(patterns)
    assert test == "ForAllValues:StringLike", f"no such test: {test}"
    # Of fnmatch's own signs, keys have none but those of IAM.
    return all(any(fnmatchcase(key, pattern) for pattern in patterns) for key in keys)


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


class RoleBreaches:
    """What functions tried that their roles do not allow."""

    def __init__(self) -> None:
        self.found: list[str] = []

    def check(self, params: dict[str, Any], model: Any, **_: Any) -> None:
        """Refuse a call of a function that its role does not allow (a handler of botocore's)."""
        function = _calling_function(sys._getframe(1))
        if function is None:
            return
        for reach in list_reaches(model.name, params):
            table = next(t for t in TABLES if t.removesuffix("Table").lower() in reach.table)
            if not may(function, reach.action, table, *reach.keys):
                self.found.append(f"{function}: {reach.action} on {table}, {sorted(set(reach.keys))}")
                raise AssertionError(self.found[-1])


breaches = RoleBreaches()


@contextmanager
def held_to_roles() -> Iterator[None]:
    """Fail, at the end, where a function tried what its role does not allow."""
    breaches.found.clear()
    yield
    assert breaches.found == []


def _calling_function(frame: FrameType | None) -> str | None:
    """Return whose handler made a call; None where a test made it by itself."""
    while frame is not None:
        path = frame.f_code.co_filename
        if found := _HANDLER.fullmatch(path):
            return found[1]
        if path.startswith(_TESTS) and not path.startswith(_BETWEEN):
            return None
        frame = frame.f_back
    return None
