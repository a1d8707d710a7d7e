"""Refusals in Binance's form: an HTTP status, a negative code, and a text.

A bot behind ccxt sees an exception by the code alone: where an address is not Binance's own, ccxt looks into the table
that all its markets share. Source: Binance's "Errors" pages (spot, USD-M futures); ccxt 4.5, `binance.exceptions`.
"""

from http import HTTPStatus


class Refusal(Exception):
    """A definite answer that a request is not carried out.

    `code` and `message` as Binance has them; `status` of HTTP; `retry_after` are seconds; `data` goes beside the code.
    `cause` is the gateway's own code, for the log.
    """

    def __init__(
        self,
        code: int,
        message: str,
        status: int = HTTPStatus.BAD_REQUEST,
        *,
        retry_after: int | None = None,
        data: dict[str, object] | None = None,
        cause: str = "",
    ) -> None:
        super().__init__(f"{code} {message}")
        self.code = code
        self.message = message
        self.status = int(status)
        self.retry_after = retry_after
        self.data = data
        self.cause = cause

    def body(self) -> dict[str, object]:
        """Return the JSON body."""
        body: dict[str, object] = {"code": self.code, "msg": self.message}
        return body if self.data is None else body | {"data": self.data}


def missing(name: str) -> Refusal:
    """Return the refusal of a request without a parameter that it needs."""
    return Refusal(-1102, f"Mandatory parameter '{name}' was not sent, was empty/null, or malformed.")


def illegal(name: str, legal: str) -> Refusal:
    """Return the refusal of a parameter with characters that it may not have."""
    return Refusal(-1100, f"Illegal characters found in parameter '{name}'; legal range is '{legal}'.")


def not_required(name: str) -> Refusal:
    """Return the refusal of a parameter that this type of order does not take."""
    return Refusal(-1106, f"Parameter '{name}' sent when not required.")


def invalid_value(name: str, text: str = "") -> Refusal:
    """Return the refusal of a parameter's value."""
    return Refusal(-1130, f"Data sent for parameter '{name}' is not valid.{text and ' ' + text}")


def unread(read: int, sent: int, name: str) -> Refusal:
    """Return the refusal of parameters that nobody asked for: an order is never placed as half of what was meant."""
    counted = f"read '{read}' parameter(s) but was sent '{sent}'"
    return Refusal(-1104, f"Not all sent parameters were read; {counted}. First: '{name}'.")


def unknown_order() -> Refusal:
    """Return the refusal to cancel or change what is not open."""
    return Refusal(-2011, "Unknown order sent.")


def no_such_order() -> Refusal:
    """Return the refusal to show an order that is not there, or is another bot's."""
    return Refusal(-2013, "Order does not exist.")


def invalid_symbol() -> Refusal:
    """Return the refusal of a market that is none of the venue's, or is not traded through the gateway."""
    return Refusal(-1121, "Invalid symbol.")


def malformed_key() -> Refusal:
    """Return the refusal of a request without a key, or with what is none of ours."""
    return Refusal(-2014, "API-key format invalid.", HTTPStatus.UNAUTHORIZED, cause="KEY_MALFORMED")


def invalid_key(cause: str) -> Refusal:
    """Return the refusal of a key: unknown, over, revoked, from elsewhere, or not for this."""
    message = "Invalid API-key, IP, or permissions for action."
    return Refusal(-2015, message, HTTPStatus.UNAUTHORIZED, cause=cause)


def wrong_signature() -> Refusal:
    """Return the refusal of a signature."""
    return Refusal(-1022, "Signature for this request is not valid.", cause="SIGNATURE_INVALID")


def outside_window() -> Refusal:
    """Return the refusal of a request that is too old."""
    return Refusal(-1021, "Timestamp for this request is outside of the recvWindow.")


def ahead_of_time() -> Refusal:
    """Return the refusal of a request from the future."""
    return Refusal(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")


def not_offered(text: str = "This operation is not supported.") -> Refusal:
    """Return the refusal of what is harmless and not done here."""
    return Refusal(-1020, text, cause="NOT_OFFERED")


def never(method: str, path: str) -> Refusal:
    """Return the refusal of a call that the gateway never makes for a bot."""
    text = f"You are not authorized to execute this request. The risk gateway never does {method} {path[:64]}."
    return Refusal(-1002, text, HTTPStatus.FORBIDDEN, cause="CALL_NEVER")


def duplicate_order(*, is_swap: bool) -> Refusal:
    """Return the refusal of a client order id that was used."""
    cause = "CLIENT_ORDER_ID_REUSED"
    if is_swap:
        return Refusal(-4116, "ClientOrderId is duplicated.", cause=cause)
    return Refusal(-2010, "Duplicate order sent.", cause=cause)


#: Execution status unknown.
OUTCOME_UNKNOWN = -1007


def outcome_unknown(cause: str) -> Refusal:
    """Return the answer where nobody knows, or not yet: the bot asks for the order by its client order id."""
    text = "Timeout waiting for response from backend server. Send status unknown; execution status unknown."
    return Refusal(OUTCOME_UNKNOWN, text, HTTPStatus.GATEWAY_TIMEOUT, cause=cause)


def internal_error(cause: str) -> Refusal:
    """Return the answer to a read that could not be made: a program asks again, and nothing was changed by it."""
    text = "Internal error; unable to process your request. Please try again."
    return Refusal(-1001, text, HTTPStatus.SERVICE_UNAVAILABLE, cause=cause)


def try_again(code: str, detail: str) -> Refusal:
    """Return the answer where surely nothing happened: bots wait and ask again."""
    text = f"Too many requests. Nothing was done, please try again. [{code}] {detail}"
    return Refusal(-1003, text, HTTPStatus.TOO_MANY_REQUESTS, retry_after=1, cause=code)
