"""What an update makes of an item."""

from __future__ import annotations

from decimal import Context, Decimal
from itertools import pairwise
from typing import Any

from tests.support.dynamodb.errors import InvalidUpdate, Refused, invalid
from tests.support.dynamodb.scope import Place, Scope, check_overlaps, look_up
from tests.support.dynamodb.trees import Call, Operand, Parsed, Path, Placeholder, Step, Sum
from tests.support.dynamodb.values import SETS, Item, Value, copy_item, copy_value, write_number

_EXACT = Context(prec=400, Emax=999_999, Emin=-999_999)
_ABSENT = "The provided expression refers to an attribute that does not exist in the item"
_MISFIT = "An operand in the update expression has an incorrect data type"
_NO_WAY = "The document path provided in the update expression is invalid for update"


class Update:
    """The changes of one request, checked against each other."""

    def __init__(self, parsed: Parsed[tuple[Step, ...]], scope: Scope, keys: tuple[str, ...]) -> None:
        self.scope = scope
        self.steps = [(step, scope.place(step.path)) for step in parsed.tree]
        self.keys = keys
        check_overlaps("UpdateExpression", self.places)
        for step, _ in self.steps:
            self._check(step)

    @property
    def places(self) -> list[Place]:
        """Return where something changes."""
        return [place for _, place in self.steps]

    def apply(self, before: Item) -> Item:
        """Return the item after the update; every operand is read before anything changes.

        Raises
        ------
        InvalidUpdate : the item holds something else than the update needs, or the update changes its key.
        """
        if part := next((place[0] for place in self.places if place[0] in self.keys), None):
            raise InvalidUpdate(
                f"One or more parameter values were invalid: Cannot update attribute {part}. "
                "This attribute is part of the key"
            )
        values = [self._result(step, place, before) for step, place in self.steps]
        after = copy_item(before)
        removals = []
        for place, value in zip(self.places, values, strict=True):
            if value is not None:
                _put(after, place, copy_value(value))
            else:
                removals.append(place)
        # The last of a list first: positions are those before the update.
        for place in sorted(removals, key=lambda p: [(isinstance(part, int), part) for part in p], reverse=True):
            _remove(after, place)
        return after

    def _result(self, step: Step, place: Place, before: Item) -> Value | None:
        """Return what a step puts at its place, None where it leaves nothing."""
        if step.clause == "REMOVE":
            return None
        assert step.operand is not None
        if step.clause == "SET":
            return self._evaluate(step.operand, before)
        assert isinstance(step.operand, Placeholder)
        given, found = self.scope.value(step.operand), look_up(before, place)
        if step.clause == "ADD":
            return _add(found, given)
        if found is None:
            return None
        [kind] = given
        if kind not in found:
            raise InvalidUpdate(_MISFIT)
        left = [element for element in found[kind] if element not in given[kind]]
        return {kind: left} if left else None

    def _evaluate(self, operand: Operand, item: Item) -> Value:
        if isinstance(operand, Placeholder):
            return self.scope.value(operand)
        if isinstance(operand, Path):
            found = look_up(item, self.scope.place(operand))
            if found is None:
                raise InvalidUpdate(_ABSENT)
            return found
        if isinstance(operand, Sum):
            left, right = self._evaluate(operand.left, item), self._evaluate(operand.right, item)
            return _sum(left, right, 1 if operand.operator == "+" else -1)
        assert isinstance(operand, Call)
        first, second = operand.arguments
        if operand.function == "if_not_exists":
            assert isinstance(first, Path)
            found = look_up(item, self.scope.place(first))
            return found if found is not None else self._evaluate(second, item)
        lists = [self._evaluate(argument, item) for argument in (first, second)]
        if any("L" not in value for value in lists):
            raise InvalidUpdate(_MISFIT)
        return {"L": [*lists[0]["L"], *lists[1]["L"]]}

    def _check(self, step: Step) -> None:
        """Refuse values that no item makes right."""
        operand = step.operand
        if step.clause in {"ADD", "DELETE"}:
            assert isinstance(operand, Placeholder)
            self._check_type(step.clause, operand, {*SETS, "N"} if step.clause == "ADD" else {*SETS})
        elif operand is not None:
            self._check_operand(operand)

    def _check_operand(self, operand: Operand) -> None:
        parts: tuple[Operand, ...] = ()
        if isinstance(operand, Sum):
            parts = (operand.left, operand.right)
            self._check_type(operand.operator, operand.left, {"N"})
            self._check_type(operand.operator, operand.right, {"N"})
        elif isinstance(operand, Call):
            parts = operand.arguments
            if operand.function == "if_not_exists" and self._is_same_place(*parts):
                raise invalid(
                    "Invalid UpdateExpression: The first operand must be distinct from the remaining operands for this "
                    "operator or function; operator: if_not_exists"
                )
            if operand.function == "list_append":
                for part in parts:
                    self._check_type("list_append", part, {"L"})
        for part in parts:
            self._check_operand(part)

    def _is_same_place(self, first: Operand, second: Operand) -> bool:
        return (
            isinstance(first, Path) and isinstance(second, Path) and self.scope.place(first) == self.scope.place(second)
        )

    def _check_type(self, operator: str, operand: Operand, allowed: set[str]) -> None:
        if isinstance(operand, Placeholder):
            [kind] = self.scope.value(operand)
            if kind not in allowed:
                raise invalid(
                    "Invalid UpdateExpression: Incorrect operand type for operator or function; "
                    f"operator: {operator}, operand type: {kind}"
                )


def _add(found: Value | None, given: Value) -> Value:
    if found is None:
        return given
    [kind] = given
    if kind not in found:
        raise InvalidUpdate(_MISFIT)
    if kind == "N":
        return _sum(found, given, 1)
    return {kind: [*found[kind], *(element for element in given[kind] if element not in found[kind])]}


def _sum(left: Value, right: Value, sign: int) -> Value:
    if "N" not in left or "N" not in right:
        raise InvalidUpdate(_MISFIT)
    first, second = Decimal(left["N"]), Decimal(right["N"])
    try:
        return {"N": write_number(_EXACT.add(first, second if sign > 0 else second.copy_negate()))}
    except Refused as error:
        raise InvalidUpdate(error.message) from None


def _put(item: Item, place: Place, value: Value) -> None:
    container = _container(item, place)
    last = place[-1]
    if isinstance(last, str) or last < len(container):
        container[last] = value
    else:
        container.append(value)


def _remove(item: Item, place: Place) -> None:
    container, last = _container(item, place), place[-1]
    if isinstance(last, str):
        container.pop(last, None)
    elif last < len(container):
        del container[last]


def _container(item: Item, place: Place) -> Any:
    """Return the map or list that holds the last part of a place."""
    container: Any = item
    for part, following in pairwise(place):
        value = _at(container, part)
        content = value.get("M" if isinstance(following, str) else "L") if value is not None else None
        if content is None:
            raise InvalidUpdate(_NO_WAY)
        container = content
    return container


def _at(container: Any, part: str | int) -> Value | None:
    """Return what a map has under a name, or a list at a position."""
    if isinstance(part, str):
        found: Value | None = container.get(part)
        return found
    return container[part] if part < len(container) else None
