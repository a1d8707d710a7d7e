"""The grammar of DynamoDB's expressions: a string becomes a tree once, whatever names and values come with it."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NoReturn

from moto.dynamodb.parsing.reserved_keywords import ReservedKeywords

from tests.support.dynamodb.errors import invalid
from tests.support.dynamodb.trees import (
    Between,
    Call,
    Compare,
    Condition,
    Junction,
    Not,
    OneOf,
    Operand,
    Parsed,
    Path,
    Placeholder,
    Size,
    Step,
    Sum,
)

_TOKEN = re.compile(r"\s*(?:(<>|<=|>=|[=<>(),.\[\]+-])|([#:]?[A-Za-z0-9_]+)|(\S))")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_COMPARATORS = frozenset({"=", "<>", "<", "<=", ">", ">="})
#: Functions, with the number of their arguments.
_FUNCTIONS = {
    "attribute_exists": 1,
    "attribute_not_exists": 1,
    "attribute_type": 2,
    "begins_with": 2,
    "contains": 2,
    "size": 1,
}
_UPDATE_FUNCTIONS = {"if_not_exists": 2, "list_append": 2}
EXPRESSION_BYTES_MAX = 4096
_RESERVED = frozenset(ReservedKeywords.get_reserved_keywords())


@lru_cache(maxsize=4096)
def parse_condition(text: str, kind: str = "ConditionExpression") -> Parsed[Condition]:
    """Parse a condition, a filter or a key condition."""
    parser = _Parser(text, kind)
    return parser.finish(parser.disjunction())


@lru_cache(maxsize=4096)
def parse_projection(text: str) -> Parsed[tuple[Path, ...]]:
    """Parse a list of paths."""
    parser = _Parser(text, "ProjectionExpression")
    return parser.finish(parser.listed(parser.path))


@lru_cache(maxsize=4096)
def parse_update(text: str) -> Parsed[tuple[Step, ...]]:
    """Parse an update's changes."""
    parser = _Parser(text, "UpdateExpression")
    steps: list[Step] = []
    seen: set[str] = set()
    while parser.token:
        clause = parser.take().upper()
        if clause not in {"SET", "REMOVE", "ADD", "DELETE"}:
            parser.fail()
        if clause in seen:
            raise invalid(f'Invalid UpdateExpression: The "{clause}" section can only be used once')
        seen.add(clause)
        steps += parser.listed(lambda clause=clause: parser.step(clause))  # type: ignore[misc]
    return parser.finish(tuple(steps))


class _Parser:
    def __init__(self, text: str, kind: str) -> None:
        self.kind, self.text, self.at = kind, text, 0
        if not text.strip():
            raise invalid(f"Invalid {kind}: The expression can not be empty;")
        if len(text.encode()) > EXPRESSION_BYTES_MAX:
            raise invalid(f"Invalid {kind}: Expression size has exceeded the maximum allowed size;")
        found = [match for match in _TOKEN.finditer(text) if match[0].strip()]
        if wrong := next((match[3] for match in found if match[3]), None):
            raise invalid(f'Invalid {kind}: Syntax error; token: "{wrong}"')
        self.tokens = [match[0].strip() for match in found]
        self.paths: set[Path] = set()
        self.names: set[str] = set()
        self.values: set[str] = set()
        self.reserved: str | None = None

    @property
    def token(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def fail(self) -> NoReturn:
        raise invalid(f'Invalid {self.kind}: Syntax error; token: "{self.token or "<EOF>"}"')

    def take(self, *wanted: str) -> str:
        token = self.token
        if not token or (wanted and token.upper() not in wanted):
            self.fail()
        self.at += 1
        return token

    def sees(self, *wanted: str) -> bool:
        return self.token.upper() in wanted

    def finish[T](self, tree: T) -> Parsed[T]:
        if self.token:
            self.fail()
        if self.reserved is not None:
            word = self.reserved
            raise invalid(f"Invalid {self.kind}: Attribute name is a reserved keyword; reserved keyword: {word}")
        return Parsed(self.kind, tree, frozenset(self.paths), frozenset(self.names), frozenset(self.values))

    def listed[T](self, parse: object) -> tuple[T, ...]:
        found = [parse()]  # type: ignore[operator]
        while self.sees(","):
            self.take()
            found.append(parse())  # type: ignore[operator]
        return tuple(found)

    def disjunction(self) -> Condition:
        return self._junction("OR", lambda: self._junction("AND", self.negation))

    def _junction(self, operator: str, parse: object) -> Condition:
        conditions = [parse()]  # type: ignore[operator]
        while self.sees(operator):
            self.take()
            conditions.append(parse())  # type: ignore[operator]
        return conditions[0] if len(conditions) == 1 else Junction(operator, tuple(conditions))

    def negation(self) -> Condition:
        if self.sees("NOT"):
            self.take()
            return Not(self.negation())
        if self.sees("("):
            self.take()
            inner = self.token
            condition = self.disjunction()
            self.take(")")
            if inner == "(" and self.tokens[self.at - 2] == ")" and self._is_doubled():
                raise invalid(f"Invalid {self.kind}: The expression has redundant parentheses;")
            return condition
        return self.comparison()

    def _is_doubled(self) -> bool:
        """Tell whether the parenthesis that just closed held nothing but another one."""
        depth, place = 0, self.at - 2
        while place >= 0:
            depth += {")": 1, "(": -1}.get(self.tokens[place], 0)
            if depth == 0:
                return self.tokens[place - 1] == "(" and self._opens(place - 1)
            place -= 1
        return False

    def _opens(self, place: int) -> bool:
        """Tell whether a parenthesis groups conditions; the one of a function does not."""
        return place == 0 or not re.fullmatch(r"[a-z_]+", self.tokens[place - 1])

    def comparison(self) -> Condition:
        operand = self.operand()
        if isinstance(operand, Call):
            return operand
        operator = self.take().upper()
        if operator in _COMPARATORS:
            return Compare(operator, operand, self._plain())
        if operator == "BETWEEN":
            low = self._plain()
            self.take("AND")
            return Between(operand, low, self._plain())
        if operator != "IN":
            self.at -= 1
            self.fail()
        self.take("(")
        options: tuple[Operand, ...] = self.listed(self._plain)
        self.take(")")
        return OneOf(operand, options)

    def _plain(self) -> Operand:
        operand = self.operand()
        if isinstance(operand, Call):
            raise invalid(
                f"Invalid {self.kind}: The function is not allowed to be used this way in an expression; "
                f"function: {operand.function}"
            )
        return operand

    def operand(self) -> Operand:
        if self.token.startswith(":"):
            return self.value()
        following = self.tokens[self.at + 1] if self.at + 1 < len(self.tokens) else ""
        return self.call() if following == "(" else self.path()

    def call(self) -> Operand:
        function = self.take()
        self.take("(")
        arguments: tuple[Operand, ...] = self.listed(self.operand)
        self.take(")")
        allowed = _UPDATE_FUNCTIONS if self.kind == "UpdateExpression" else _FUNCTIONS
        if function not in allowed:
            raise invalid(f"Invalid {self.kind}: Invalid function name; function: {function}")
        if len(arguments) != allowed[function]:
            raise invalid(
                f"Invalid {self.kind}: Incorrect number of operands for operator or function; "
                f"operator or function: {function}, number of operands: {len(arguments)}"
            )
        first = arguments[0]
        if function in {"attribute_exists", "attribute_not_exists", "if_not_exists", "size"}:
            if not isinstance(first, Path) and not (function == "size" and isinstance(first, Placeholder)):
                raise invalid(
                    f"Invalid {self.kind}: Operator or function requires a document path; "
                    f"operator or function: {function}"
                )
            if function == "size":
                return Size(first)  # type: ignore[arg-type]
        return Call(function, arguments)

    def value(self) -> Placeholder:
        token = self.take()
        if not token.startswith(":") or len(token) == 1:
            self.at -= 1
            self.fail()
        self.values.add(token)
        return Placeholder(token)

    def path(self) -> Path:
        parts: list[str | int] = [self._name()]
        while self.sees(".", "["):
            if self.take() == ".":
                parts.append(self._name())
                continue
            position = self.take()
            if not position.isdigit():
                self.at -= 1
                self.fail()
            parts.append(int(position))
            self.take("]")
        path = Path(tuple(parts))
        self.paths.add(path)
        return path

    def _name(self) -> str:
        token = self.token
        if token.startswith("#"):
            self.names.add(token)
        elif not _NAME.fullmatch(token):
            self.fail()
        elif token.upper() in _RESERVED:
            self.reserved = self.reserved or token
        return self.take()

    def step(self, clause: str) -> Step:
        path = self.path()
        if clause == "REMOVE":
            return Step(clause, path, None)
        if clause == "SET":
            self.take("=")
            return Step(clause, path, self.sum())
        return Step(clause, path, self.value())

    def sum(self) -> Operand:
        if self.sees("("):
            self.take()
            left = self.sum()
            self.take(")")
        else:
            left = self.operand()
        if self.sees("+", "-"):
            operator = self.take()
            return Sum(operator, left, self.operand())
        return left
