"""Errors in Bybit's form: `retCode` and `retMsg`, for the most part with HTTP status 200.

Source: Bybit's v5 "Error Codes" page.
"""

from infra.simulators.exchange.errors import Reason, VenueError
from infra.simulators.exchange.instruments import Market

_OK_STATUS = 200
PARAMETER = 10001


class Refusal(VenueError):
    """A definite answer in Bybit's words: `code` is the retCode."""

    def __init__(self, code: int, msg: str, status: int = _OK_STATUS) -> None:
        super().__init__(code, msg, status)


#: What the matching core refuses, in the words of each category.
_LINEAR: dict[Reason, tuple[int, str]] = {
    Reason.BALANCE: (110007, "ab not enough for new order"),
    Reason.MARGIN: (110007, "ab not enough for new order"),
    Reason.DUPLICATE: (110072, "OrderLinkedID is duplicate"),
    Reason.MARKET_CLOSED: (110066, "No trading is allowed at the current time"),
    Reason.NOTHING_TO_REDUCE: (110017, "current position is zero, cannot fix reduce-only order qty"),
    Reason.NOTIONAL: (110094, "Order does not meet minimum order value"),
    Reason.NO_ORDER: (110001, "order not exists or too late to cancel"),
    Reason.PRICE: (110003, "Order price exceeds the allowable range."),
    Reason.PRICE_TICK: (PARAMETER, "Price invalid"),
    Reason.QUANTITY_LARGE: (PARAMETER, "The number of contracts exceeds maximum limit allowed: too large"),
    Reason.QUANTITY_SMALL: (PARAMETER, "The number of contracts exceeds minimum limit allowed"),
    Reason.QUANTITY_STEP: (PARAMETER, "Qty invalid"),
    Reason.SYMBOL: (PARAMETER, "params error: symbol invalid"),
    Reason.UNCHANGED: (PARAMETER, "The order remains unchanged as the parameters entered match the existing ones."),
}
_SPOT: dict[Reason, tuple[int, str]] = {
    **_LINEAR,
    Reason.BALANCE: (170131, "Insufficient balance."),
    Reason.DUPLICATE: (170141, "Duplicate clientOrderId"),
    Reason.MARKET_CLOSED: (170151, "The trading pair is not open yet"),
    Reason.NOTIONAL: (170140, "Order value exceeded lower limit."),
    Reason.NO_ORDER: (170213, "Order does not exist."),
    Reason.PRICE: (170132, "Order price is too high."),
    Reason.PRICE_TICK: (170134, "Order price has too many decimals."),
    Reason.QUANTITY_LARGE: (170135, "Order quantity exceeded upper limit."),
    Reason.QUANTITY_SMALL: (170136, "Order quantity exceeded lower limit."),
    Reason.QUANTITY_STEP: (170137, "Order quantity has too many decimals."),
    Reason.SYMBOL: (170121, "Invalid symbol."),
}


def translate(error: VenueError, market: Market) -> Refusal:
    """Return an error of the matching core in Bybit's words."""
    if isinstance(error, Refusal):
        return error
    if error.reason is Reason.KEY:
        return Refusal(10003, "API key is invalid.")
    code, text = (_SPOT if market == "spot" else _LINEAR).get(error.reason, (PARAMETER, f"params error: {error.msg}"))
    return Refusal(code, text)


def bad_parameter(text: str) -> Refusal:
    """Report a parameter that is missing, malformed or not what the account allows."""
    return Refusal(PARAMETER, text)


def no_order(market: Market) -> Refusal:
    """Report an order that is not there, or has ended."""
    return translate(VenueError(0, "", reason=Reason.NO_ORDER), market)
