"""What an expression of DynamoDB says, as a tree.

Trees name attributes as they stand in the text (``status``, ``#s``) and values by their placeholders (``:v``).
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Path:
    """Where an attribute stands: names and list positions, the outermost first."""

    parts: tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Placeholder:
    """A value that comes with the request."""

    name: str


@dataclass(frozen=True, slots=True)
class Size:
    """The size of what stands at a path."""

    operand: Path


@dataclass(frozen=True, slots=True)
class Call:
    """A function with its arguments: of a condition, or of an update (`if_not_exists`, `list_append`)."""

    function: str
    arguments: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Sum:
    """Two numbers added, or the second taken off the first."""

    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Compare:
    """Two operands beside each other."""

    operator: str
    left: Operand
    right: Operand


@dataclass(frozen=True, slots=True)
class Between:
    """An operand between two others, or the same as one of them."""

    operand: Operand
    low: Operand
    high: Operand


@dataclass(frozen=True, slots=True)
class OneOf:
    """An operand that is one of several."""

    operand: Operand
    options: tuple[Operand, ...]


@dataclass(frozen=True, slots=True)
class Junction:
    """Conditions of which all (``AND``) or any (``OR``) must hold."""

    operator: str
    conditions: tuple[Condition, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """A condition that must not hold."""

    condition: Condition


type Operand = Path | Placeholder | Size | Call | Sum
type Condition = Compare | Between | OneOf | Junction | Not | Call


@dataclass(frozen=True, slots=True)
class Step:
    """One change of an update: `clause` is SET, REMOVE, ADD or DELETE."""

    clause: str
    path: Path
    operand: Operand | None


@dataclass(frozen=True, slots=True)
class Parsed[T]:
    """A tree, with the paths and placeholders it uses."""

    kind: str
    tree: T
    paths: frozenset[Path]
    names: frozenset[str]
    values: frozenset[str]
