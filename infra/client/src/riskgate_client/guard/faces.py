"""The client's errors with a second face: one of ccxt's, so that bots do with them what they do with a venue's no.

ccxt is no dependency: its classes come from the module that the wrapped exchange was made of.
"""

from __future__ import annotations

import sys
from functools import cache
from typing import Any

from riskgate_client.errors import (
    Conflict,
    Denied,
    NotFound,
    NotPermitted,
    OutcomeUnknown,
    Refused,
    RiskGateError,
    StillWorking,
    Unavailable,
)

#: Denials for want of money; bots look at their balance again. All others are orders that will not do.
_MONEY = frozenset({"INSUFFICIENT_BALANCE", "INSUFFICIENT_MARGIN"})
#: The client's error, and the name of the ccxt error that bots know what to do with. The first that fits.
_FACES: tuple[tuple[type[RiskGateError], str], ...] = (
    (NotPermitted, "PermissionDenied"),
    (NotFound, "OrderNotFound"),
    (Conflict, "InvalidOrder"),
    (Refused, "InvalidOrder"),
    (Unavailable, "ExchangeNotAvailable"),
    (OutcomeUnknown, "RequestTimeout"),
    (StillWorking, "RequestTimeout"),
    (RiskGateError, "InvalidOrder"),
)


class NotGuarded(Refused):
    """The method might act on the account without asking the gateway: it is refused."""


def errors_of(exchange: Any) -> Any:
    """Return ccxt's module of errors. Raises TypeError: the object is no exchange of ccxt's."""
    for kind in type(exchange).__mro__:
        package, found, _ = kind.__module__.rpartition(".base.exchange")
        errors = sys.modules.get(f"{package}.base.errors") if found else None
        if hasattr(errors, "InvalidOrder"):
            return errors
    raise TypeError("guard() takes an exchange object of ccxt")


def with_face(error: RiskGateError, errors: Any) -> RiskGateError:
    """Return the error as one that is also an error of ccxt's, with everything it knows."""
    if issubclass(type(error), errors.BaseError):
        return error
    kind = _join(type(error), getattr(errors, _face_of(error)))  # type: ignore[arg-type] # a class can be hashed
    made = kind.__new__(kind)
    made.args = (f"risk gateway: {error}",)
    made.__dict__.update(error.__dict__)
    made.__cause__ = error
    return made


def _face_of(error: RiskGateError) -> str:
    if isinstance(error, NotGuarded):
        return "NotSupported"
    if isinstance(error, Denied) and error.code in _MONEY:
        return "InsufficientFunds"
    return next(face for kind, face in _FACES if isinstance(error, kind))


@cache
def _join(ours: type[RiskGateError], theirs: type[Exception]) -> type[RiskGateError]:
    return type(f"{ours.__name__}{theirs.__name__}", (ours, theirs), {"__module__": ours.__module__})
