"""Inputs of an entry that an earlier entry of the same chain holds whole: named there by hash and sequence (ADR 0080).

Risk figures and rows of correlations change once an hour, decisions come far more often. Where an entry names one, its
inputs have null in its place: who does not replay reads on without it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from riskgate.schemas.codec import encode, sha256_hex

#: The first version of entries that may name: readers of an earlier one would replay without what is named.
NAMING_SINCE = 3
#: Where a decision's inputs have what may be named; the legs of a batch each have them.
PLACES = ("report", "market.correlation")
_LEGS = "legs"

#: Inputs as plain JSON values.
type _Tree = Any


class NamedInput(msgspec.Struct, frozen=True, kw_only=True):
    """A value that is not written again.

    `place` is where in the inputs it belongs, names and numbers with dots between them; `hash` the SHA-256 of its
    canonical JSON, `sequence` that of the earlier entry that holds it whole.
    """

    place: str
    hash: str
    sequence: int


#: Gives a named value as plain JSON. Raises ValueError: nothing holds it.
type Resolve = Callable[[NamedInput], _Tree]


def list_held(inputs: _Tree) -> Iterator[tuple[str, _Tree]]:
    """Yield the hash of every value that inputs hold whole and later ones may name, and the value."""
    legs = inputs.get(_LEGS) if isinstance(inputs, dict) else None
    for leg in legs if isinstance(legs, list) else [inputs]:
        for place in PLACES:
            value = _find(leg, place.split("."))
            if value is not None:
                yield sha256_hex(encode(value)), value


def fill_in(inputs: _Tree, named: tuple[NamedInput, ...], resolve: Resolve) -> _Tree:
    """Return inputs with what they name in its place. Raises ValueError: nothing holds it, or it has no such place."""
    for one in named:
        inputs = _put(inputs, one.place.split("."), resolve(one))
    return inputs


def _find(tree: _Tree, steps: list[str]) -> _Tree:
    for step in steps:
        tree = tree.get(step) if isinstance(tree, dict) else None
    return tree


def _put(tree: _Tree, steps: list[str], value: _Tree) -> _Tree:
    """Return a copy with the value at a place that holds null."""
    if not steps:
        if tree is not None:
            raise ValueError("the place of a named input is taken")
        return value
    step, *rest = steps
    try:
        if isinstance(tree, list):
            number = int(step)
            return [*tree[:number], _put(tree[number], rest, value), *tree[number + 1 :]]
        return {**tree, step: _put(tree[step], rest, value)}
    except (IndexError, KeyError, TypeError) as error:
        raise ValueError(f"no place {step} for a named input") from error
