"""Count things in English."""


def counted(number: int, noun: str) -> str:
    """Return a number with its noun: ``1 open order``, ``2 open orders``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
