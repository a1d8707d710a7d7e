"""Count things in English."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 open order``, ``2 open orders``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
