"""Errors in Binance's form: an HTTP status and a body `{"code": ..., "msg": ...}`.

Another protocol has words of its own: it reads the `Reason`.

Source: Binance Spot "Error codes for Binance" and USD-M futures "Error Code" pages.
"""

from enum import StrEnum, auto


class Reason(StrEnum):
    """Why the venue does not do what it is asked."""

    BALANCE = auto()
    CLIENT_ID = auto()
    DUPLICATE = auto()
    KEY = auto()
    MARGIN = auto()
    MARKET_CLOSED = auto()
    NOTHING_TO_REDUCE = auto()
    NOTIONAL = auto()
    NO_ORDER = auto()
    OTHER = auto()
    PARAMETER = auto()
    PRICE = auto()
    PRICE_TICK = auto()
    QUANTITY_LARGE = auto()
    QUANTITY_SMALL = auto()
    QUANTITY_STEP = auto()
    SYMBOL = auto()
    TRIGGER = auto()
    UNCHANGED = auto()


class VenueError(Exception):
    """A definite answer of the venue that the request was not carried out.

    `code` is Binance's, negative; ccxt matches some messages by text. `retry_after` are seconds for the header,
    `data` is what a half-failed cancel-replace adds to the body.
    """

    def __init__(
        self,
        code: int,
        msg: str,
        status: int = 400,
        *,
        reason: Reason = Reason.OTHER,
        retry_after: int | None = None,
        data: dict[str, object] | None = None,
    ) -> None:
        super().__init__(f"{code} {msg}")
        self.code = code
        self.msg = msg
        self.status = status
        self.reason = reason
        self.retry_after = retry_after
        self.data = data

    def body(self) -> dict[str, object]:
        """Return the JSON body."""
        body: dict[str, object] = {"code": self.code, "msg": self.msg}
        return body if self.data is None else body | {"data": self.data}


class ControlError(Exception):
    """A control request that cannot be carried out."""


def missing(name: str) -> VenueError:
    """Report an absent or malformed mandatory parameter."""
    return VenueError(
        -1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.", reason=Reason.PARAMETER
    )


def not_required(name: str) -> VenueError:
    """Report a parameter that this order type does not take."""
    return VenueError(-1106, f"Parameter '{name}' sent when not required.", reason=Reason.PARAMETER)


def illegal(name: str, legal: str) -> VenueError:
    """Report a parameter with characters outside its legal range."""
    text = f"Illegal characters found in parameter '{name}'; legal range is '{legal}'."
    return VenueError(-1100, text, reason=Reason.PARAMETER)


def filter_failure(name: str, reason: Reason) -> VenueError:
    """Report a spot order that fails one of the symbol's filters."""
    return VenueError(-1013, f"Filter failure: {name}", reason=reason)


def insufficient_balance() -> VenueError:
    """Report a spot order that the free balance does not cover."""
    return VenueError(-2010, "Account has insufficient balance for requested action.", reason=Reason.BALANCE)


def insufficient_margin() -> VenueError:
    """Report a futures order that the available margin does not cover."""
    return VenueError(-2019, "Margin is insufficient.", reason=Reason.MARGIN)


def unknown_order() -> VenueError:
    """Report a cancel for an order that is not open."""
    return VenueError(-2011, "Unknown order sent.", reason=Reason.NO_ORDER)


def no_such_order() -> VenueError:
    """Report a query for an order that does not exist."""
    return VenueError(-2013, "Order does not exist.", reason=Reason.NO_ORDER)


def invalid_symbol() -> VenueError:
    """Report a symbol the venue does not list."""
    return VenueError(-1121, "Invalid symbol.", reason=Reason.SYMBOL)


def invalid_key() -> VenueError:
    """Report a key that is unknown, not allowed from this address, or lacks the permission."""
    return VenueError(-2015, "Invalid API-key, IP, or permissions for action.", 401, reason=Reason.KEY)


def market_closed(market: str) -> VenueError:
    """Report a market without a price."""
    code, text = (-1013, "Market is closed.") if market == "spot" else (-1122, "Invalid symbol status.")
    return VenueError(code, text, reason=Reason.MARKET_CLOSED)


def duplicate_order(market: str) -> VenueError:
    """Report a client order id that is in use."""
    code, text = (-2010, "Duplicate order sent.") if market == "spot" else (-4116, "ClientOrderId is duplicated.")
    return VenueError(code, text, reason=Reason.DUPLICATE)
