"""A value as a key: what stands for a large one that does not change."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Same[T]:
    """Equal to the very same object's alone, however many others hold the same.

    A table that has it as a key keeps the object, so that no other is ever taken for it.
    """

    value: T

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Same) and other.value is self.value

    def __hash__(self) -> int:
        return id(self.value)
