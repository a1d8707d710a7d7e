"""What a bot is told of a denial: the code by which it behaves well, and our own code, value and limit in the text.

`infra/docs/front-door.md` has the table with the reasons.
"""

from riskgate.core.codes import DenyCode
from riskgate.core.errors import (
    Forbidden,
    GatewayError,
    NotFound,
    OutcomeUnknown,
    Transient,
    Unauthorized,
    VersionConflict,
)
from riskgate.core.front_door.refusals import (
    Refusal,
    invalid_key,
    invalid_symbol,
    outcome_unknown,
    try_again,
    unknown_order,
)

#: NEW_ORDER_REJECTED. ccxt: InvalidOrder. The order is given up, the bot goes on.
REJECTED = -2010
#: ccxt: InsufficientFunds, whatever the text. Bots look at their balance before they ask again.
INSUFFICIENT = -4051

_OF_MONEY = frozenset({DenyCode.INSUFFICIENT_BALANCE, DenyCode.INSUFFICIENT_MARGIN})


def refuse_denied(code: str, text: str) -> Refusal:
    """Return a denial as a venue's refusal; `text` is the check's, with value and limit."""
    if code == DenyCode.INSTRUMENT_NOT_FOUND:
        refusal = invalid_symbol()
        refusal.cause = code
        return refusal
    return Refusal(INSUFFICIENT if code in _OF_MONEY else REJECTED, f"Risk gateway: {code}: {text}", cause=code)


def refuse_error(error: GatewayError) -> Refusal:
    """Return an error of the gateway's own as a venue's refusal."""
    if isinstance(error, OutcomeUnknown):
        return outcome_unknown(error.code)
    if isinstance(error, Transient | VersionConflict):
        return try_again(error.code, error.detail)
    if isinstance(error, Unauthorized | Forbidden):
        return invalid_key(error.code)
    if isinstance(error, NotFound) and error.code == "ORDER_NOT_FOUND":
        return unknown_order()
    return Refusal(REJECTED, f"Risk gateway: {error.code}: {error.detail}", cause=error.code)
