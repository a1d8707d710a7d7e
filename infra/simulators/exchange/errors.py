"""Errors in Binance's form: an HTTP status and a body `{"code": ..., "msg": ...}`.

Source: Binance Spot "Error codes for Binance" and USD-M futures "Error Code" pages.
"""


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
        retry_after: int | None = None,
        data: dict[str, object] | None = None,
    ) -> None:
        super().__init__(f"{code} {msg}")
        self.code = code
        self.msg = msg
        self.status = status
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
    return VenueError(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def not_required(name: str) -> VenueError:
    """Report a parameter that this order type does not take."""
    return VenueError(-1106, f"Parameter '{name}' sent when not required.")


def illegal(name: str, legal: str) -> VenueError:
    """Report a parameter with characters outside its legal range."""
    return VenueError(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'.")


def filter_failure(name: str) -> VenueError:
    """Report a spot order that fails one of the symbol's filters."""
    return VenueError(-1013, f"Filter failure: {name}")


def insufficient_balance() -> VenueError:
    """Report a spot order that the free balance does not cover."""
    return VenueError(-2010, "Account has insufficient balance for requested action.")


def insufficient_margin() -> VenueError:
    """Report a futures order that the available margin does not cover."""
    return VenueError(-2019, "Margin is insufficient.")


def unknown_order() -> VenueError:
    """Report a cancel for an order that is not open."""
    return VenueError(-2011, "Unknown order sent.")


def no_such_order() -> VenueError:
    """Report a query for an order that does not exist."""
    return VenueError(-2013, "Order does not exist.")


def invalid_symbol() -> VenueError:
    """Report a symbol the venue does not list."""
    return VenueError(-1121, "Invalid symbol.")


def invalid_key() -> VenueError:
    """Report a key that is unknown, not allowed from this address, or lacks the permission."""
    return VenueError(-2015, "Invalid API-key, IP, or permissions for action.", 401)
