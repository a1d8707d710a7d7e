"""Errors that end a request. A denial is a value (`Decision`), never one of these."""

from typing import Any

#: Two venues of an account would count the same money twice.
WALLET_REGISTERED_TWICE = "WALLET_REGISTERED_TWICE"
#: The log has entries that the account document does not know.
AUDIT_CONFLICT = "AUDIT_CONFLICT"


class GatewayError(Exception):
    """Carry a stable upper-case code and the HTTP status it maps to.

    `detail` says what went wrong, for the caller; never secrets or echoed input beyond 64 characters.
    """

    status = 500
    code = "INTERNAL_ERROR"
    title = "Internal error"

    def __init__(self, detail: str = "", *, code: str | None = None) -> None:
        super().__init__(detail or self.title)
        self.detail = detail or self.title
        if code is not None:
            self.code = code


class InvalidRequest(GatewayError):
    """The request cannot be understood: nothing was decided."""

    status, code, title = 400, "INVALID_REQUEST", "Invalid request"


class Unauthorized(GatewayError):
    """The caller did not prove who it is."""

    status, code, title = 401, "UNAUTHORIZED", "Unauthorized"


class Forbidden(GatewayError):
    """The caller is known and may not do this."""

    status, code, title = 403, "FORBIDDEN", "Forbidden"


class NotFound(GatewayError):
    """The thing named in the path does not exist."""

    status, code, title = 404, "NOT_FOUND", "Not found"


class MethodNotAllowed(GatewayError):
    """The path exists, under other methods: `allowed`, in capitals."""

    status, code, title = 405, "METHOD_NOT_ALLOWED", "Method not allowed"

    def __init__(self, allowed: tuple[str, ...]) -> None:
        super().__init__(f"this path takes {', '.join(allowed)}")
        self.allowed = allowed


class Conflict(GatewayError):
    """The request contradicts what is stored."""

    status, code, title = 409, "CONFLICT", "Conflict"


class PayloadTooLarge(GatewayError):
    """The body is over the cap."""

    status, code, title = 413, "PAYLOAD_TOO_LARGE", "Payload too large"


class UnsupportedMediaType(GatewayError):
    """The body is not JSON."""

    status, code, title = 415, "UNSUPPORTED_MEDIA_TYPE", "Unsupported media type"


class Unprocessable(GatewayError):
    """The request is well formed and contradicts the account's state."""

    status, code, title = 422, "UNPROCESSABLE", "Unprocessable request"


class TooManyAttempts(GatewayError):
    """Too many failed one-time codes: the operator is locked for a while."""

    status, code, title = 429, "TOTP_LOCKED", "Too many attempts"


class DenialBudgetSpent(GatewayError):
    """A caller was denied so often that one more denial is not written down: nothing happened."""

    status, code, title = 429, "DENIAL_BUDGET_SPENT", "Too many denied orders"


class Transient(GatewayError):
    """Surely nothing happened: the caller may retry with the same id."""

    status, code, title = 503, "UNAVAILABLE", "Temporarily unavailable"


class DocumentTooNew(Transient):
    """A newer version of the gateway wrote what was read, and this one would lose something of it."""

    code, title = "DOCUMENT_TOO_NEW", "Written by a newer version of the gateway"


class Contention(Transient):
    """Other requests won the race for this account every time."""

    code, title = "CONTENTION", "Too many concurrent requests for this account"


class VersionConflict(GatewayError):
    """Another writer committed first: read again and decide again."""

    status, code, title = 503, "CONTENTION", "Lost a race"


class OutcomeUnknown(GatewayError):
    """The write may have happened: look it up, never repeat it blindly."""

    status, code, title = 503, "OUTCOME_UNKNOWN", "Outcome unknown"


class StateCorrupt(GatewayError):
    """A stored document does not match its own hash: trading stops until a person looks."""

    status, code, title = 503, "STATE_CORRUPT", "Stored state failed its integrity check"


class SecretUnreadable(GatewayError):
    """A secret does not have its form: until a person mends it, what needs it does not happen."""

    status, code, title = 503, "SECRET_UNREADABLE", "A secret cannot be read"


class Rejected(GatewayError):
    """The exchange gave a definite no: nothing happened there, and nothing will. `venue_code` is its own code."""

    status, code, title = 422, "EXCHANGE_REJECTED", "Exchange refused the order"

    def __init__(self, detail: str = "", *, venue_code: str = "", code: str | None = None) -> None:
        super().__init__(detail, code=code)
        self.venue_code = venue_code


class VenueAccessDenied(Rejected):
    """The exchange does not accept the API key, or the key may not do this."""

    code, title = "EXCHANGE_ACCESS_DENIED", "Exchange does not accept the key"


class RateLimited(Transient):
    """The exchange takes no more requests for a while; `retry_after_seconds` where it says for how long."""

    code, title = "EXCHANGE_RATE_LIMITED", "Exchange rate limit reached"

    def __init__(self, detail: str = "", *, retry_after_seconds: int | None = None) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class VenueAnswerInvalid(GatewayError):
    """The exchange's answer cannot be read with certainty: none of it is used."""

    status, code, title = 502, "EXCHANGE_ANSWER_INVALID", "Exchange answer cannot be read"


class RowsUnreadable(VenueAnswerInvalid):
    """Some rows of a list that is summed cannot be read: the sum is unknown. `readable` are the others, each true."""

    def __init__(self, detail: str, readable: tuple[Any, ...]) -> None:
        super().__init__(detail)
        self.readable = readable


class HedgeModeUnsupported(GatewayError):
    """The exchange keeps a long and a short leg of one market: none of what it says of positions is believed.

    `detail` names the setting to change there.
    """

    status, code, title = 409, "HEDGE_MODE_UNSUPPORTED", "Hedge mode is not supported"


class MarginModeUnsupported(GatewayError):
    """A position is in another margin mode than the gateway's orders there: they would open a second one beside it.

    `detail` says what to change.
    """

    status, code, title = 409, "MARGIN_MODE_UNSUPPORTED", "Margin mode is not supported"


class ChatThrottled(Transient):
    """The messenger takes nothing more for this chat until `retry_after_seconds` have passed."""

    code, title = "CHAT_THROTTLED", "Messenger rate limit reached"

    def __init__(self, detail: str = "", *, retry_after_seconds: int) -> None:
        super().__init__(detail)
        self.retry_after_seconds = retry_after_seconds


class ChatUnreachable(Rejected):
    """The messenger will never deliver to this chat: the bot was blocked, or there is no such chat."""

    code, title = "CHAT_UNREACHABLE", "Chat does not accept messages from the bot"
