"""Whose a position is: the part of it that each strategy's orders filled, all with the position's sign."""

from collections.abc import Mapping
from decimal import Decimal

from riskgate.core.account.document import Position
from riskgate.core.money import ZERO

_NOTHING: Mapping[str, Decimal] = {}


def parts_of(position: Position, recorded: Mapping[str, Decimal] | None) -> dict[str, Decimal]:
    """Return each strategy's part of a position, in the sum what is held.

    What fills do not explain, as after a reading of the venue, goes to or comes from the strategy the position names.
    """
    sign = 1 if position.quantity > 0 else -1
    parts = {name: part for name, part in (recorded or _NOTHING).items() if part * sign > 0}
    missing = position.quantity - sum(parts.values(), ZERO)
    if missing * sign > 0:
        parts[position.strategy] = parts.get(position.strategy, ZERO) + missing
    elif missing:
        parts = _reduce(parts, position.strategy, abs(missing))
    return parts


def charge_fill(
    held: Position | None, recorded: Mapping[str, Decimal] | None, strategy: str, signed: Decimal
) -> dict[str, Decimal]:
    """Return the parts after a strategy's order filled by a signed quantity: an exit takes its own part first."""
    if held is None:
        return {strategy: signed}
    parts, total = parts_of(held, recorded), held.quantity + signed
    if held.quantity * signed > 0:
        return {**parts, strategy: parts.get(strategy, ZERO) + signed}
    if total * held.quantity > 0:
        return _reduce(parts, strategy, abs(signed))
    return {strategy: total} if total else {}


def _reduce(parts: Mapping[str, Decimal], first: str, amount: Decimal) -> dict[str, Decimal]:
    """Take an amount off the parts: one strategy's first, then the largest."""
    left = dict(parts)
    for name in sorted(parts, key=lambda name: (name != first, -abs(parts[name]), name)):
        taken = min(amount, abs(left[name]))
        left[name] -= taken.copy_sign(left[name])
        amount -= taken
        if not left[name]:
            del left[name]
    return left
