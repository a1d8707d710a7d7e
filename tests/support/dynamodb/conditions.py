"""Whether an item is as a condition wants it."""

from __future__ import annotations

import operator as op
from collections.abc import Callable
from typing import Any

from tests.support.dynamodb.errors import invalid
from tests.support.dynamodb.scope import Scope, look_up
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
)
from tests.support.dynamodb.values import SETS, Item, Value, is_equal, ordered

_ORDER: dict[str, Callable[[Any, Any], bool]] = {"<": op.lt, "<=": op.le, ">": op.gt, ">=": op.ge}
_ORDERED = frozenset({"S", "N", "B"})
_SIZED = frozenset({"S", "B", "SS", "NS", "BS", "L", "M"})
_TYPES = frozenset({*_SIZED, "N", "BOOL", "NULL"})


def check_condition(parsed: Parsed[Condition], scope: Scope) -> None:
    """Refuse a condition that no item could make sense of."""
    _Checks(parsed.kind, scope).condition(parsed.tree)


def holds(condition: Condition, item: Item, scope: Scope) -> bool:
    """Tell whether an item (nothing: an empty one) is as the condition wants it."""
    if isinstance(condition, Call):
        return _holds_function(condition, item, scope)
    if isinstance(condition, Compare):
        return _compare(
            condition.operator, _value_of(condition.left, item, scope), _value_of(condition.right, item, scope)
        )
    if isinstance(condition, Junction):
        every = all if condition.operator == "AND" else any
        return every(holds(inner, item, scope) for inner in condition.conditions)
    if isinstance(condition, Not):
        return not holds(condition.condition, item, scope)
    value = _value_of(condition.operand, item, scope)
    if isinstance(condition, Between):
        low, high = _value_of(condition.low, item, scope), _value_of(condition.high, item, scope)
        return _compare(">=", value, low) and _compare("<=", value, high)
    return any(_compare("=", value, _value_of(option, item, scope)) for option in condition.options)


def _value_of(operand: Operand, item: Item, scope: Scope) -> Value | None:
    if isinstance(operand, Placeholder):
        return scope.value(operand)
    if isinstance(operand, Path):
        return look_up(item, scope.place(operand))
    assert isinstance(operand, Size)
    measured = _value_of(operand.operand, item, scope)
    if measured is None:
        return None
    [(kind, content)] = measured.items()
    if kind not in _SIZED:
        return None
    return {"N": str(len(content.encode("utf-16-le")) // 2 if kind == "S" else len(content))}


def _compare(operator: str, left: Value | None, right: Value | None) -> bool:
    if operator == "<>":
        return not _compare("=", left, right)
    if left is None or right is None:
        return False
    if operator == "=":
        return is_equal(left, right)
    if left.keys() != right.keys():
        return False
    first, second = ordered(left), ordered(right)
    return first is not None and second is not None and _ORDER[operator](first, second)


def _holds_function(call: Call, item: Item, scope: Scope) -> bool:
    found = _value_of(call.arguments[0], item, scope)
    if call.function == "attribute_exists":
        return found is not None
    if call.function == "attribute_not_exists":
        return found is None
    argument = _value_of(call.arguments[1], item, scope)
    if found is None or argument is None:
        return False
    if call.function == "attribute_type":
        return argument["S"] in found
    [(kind, content)], [(wanted_kind, wanted)] = found.items(), argument.items()
    if call.function == "begins_with":
        return kind == wanted_kind and kind in {"S", "B"} and content.startswith(wanted)
    if kind in SETS:
        return wanted_kind == SETS[kind] and wanted in content
    if kind == "L":
        return any(is_equal(element, argument) for element in content)
    return kind == wanted_kind and kind in {"S", "B"} and wanted in content


class _Checks:
    """What can be said about a condition before any item is looked at."""

    def __init__(self, kind: str, scope: Scope) -> None:
        self.kind, self.scope = kind, scope

    def condition(self, condition: Condition) -> None:
        if isinstance(condition, Junction):
            for inner in condition.conditions:
                self.condition(inner)
        elif isinstance(condition, Not):
            self.condition(condition.condition)
        elif isinstance(condition, Compare):
            self._distinct(condition.operator, condition.left, condition.right)
            if condition.operator in _ORDER:
                self._types(condition.operator, _ORDERED, condition.left, condition.right)
            self._sizes(condition.left, condition.right)
        elif isinstance(condition, Between):
            self._between(condition)
        elif isinstance(condition, OneOf):
            self._distinct("IN", condition.operand, *condition.options)
            self._sizes(condition.operand, *condition.options)
        else:
            self._function(condition)

    def _function(self, call: Call) -> None:
        for argument in call.arguments:
            if isinstance(argument, Call):
                raise self._wrong(f"The function is not allowed to be used this way; function: {argument.function}")
        if len(call.arguments) > 1:
            self._distinct(call.function, *call.arguments)
        if call.function == "begins_with":
            self._types(call.function, frozenset({"S", "B"}), *call.arguments)
        if call.function == "attribute_type":
            argument = call.arguments[1]
            self._types(call.function, frozenset({"S"}), argument)
            if not isinstance(argument, Placeholder):
                raise self._wrong("Incorrect operand type for operator or function; attribute_type")
            if self.scope.value(argument)["S"] not in _TYPES:
                raise self._wrong(f"Invalid attribute type name found; type: {self.scope.value(argument)['S']}")

    def _between(self, between: Between) -> None:
        self._distinct("BETWEEN", between.operand, between.low, between.high)
        self._types("BETWEEN", _ORDERED, between.operand, between.low, between.high)
        low, high = between.low, between.high
        if isinstance(low, Placeholder) and isinstance(high, Placeholder):
            first, second = self.scope.value(low), self.scope.value(high)
            if first.keys() != second.keys():
                raise self._wrong("The BETWEEN operator requires same data type for lower and upper bounds")
            if not _compare("<=", first, second):
                raise self._wrong(
                    "The BETWEEN operator requires upper bound to be greater than or equal to lower bound"
                )

    def _types(self, operator: str, allowed: frozenset[str], *operands: Operand) -> None:
        for operand in operands:
            if isinstance(operand, Placeholder):
                [kind] = self.scope.value(operand)
                if kind not in allowed:
                    raise self._wrong(
                        f"Incorrect operand type for operator or function; operator or function: {operator}, "
                        f"operand type: {kind}"
                    )

    def _sizes(self, *operands: Operand) -> None:
        for operand in operands:
            if isinstance(operand, Size):
                self._types("size", _SIZED, operand.operand)

    def _distinct(self, operator: str, first: Operand, *others: Operand) -> None:
        if isinstance(first, Path) and any(
            isinstance(other, Path) and self.scope.place(other) == self.scope.place(first) for other in others
        ):
            raise self._wrong(
                "The first operand must be distinct from the remaining operands for this operator or function; "
                f"operator: {operator}, first operand: {list(self.scope.place(first))}"
            )

    def _wrong(self, problem: str) -> Exception:
        return invalid(f"Invalid {self.kind}: {problem}")
