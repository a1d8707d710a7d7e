"""Reading request headers without room for two readings."""

from collections.abc import Mapping, Sequence

from riskgate.core.access.totp import is_code
from riskgate.core.errors import InvalidRequest

TOTP_HEADER = "X-TOTP"


def single_header(
    headers: Mapping[str, str] | None, multi_value_headers: Mapping[str, Sequence[str]] | None, name: str
) -> str | None:
    """Return a header that may be given once, or None without it.

    The plain map shows one of several values and the multi-value map all of them; both are read, in any
    spelling of the name, so that no two parts of the gateway can see different values.

    Raises InvalidRequest: code HEADER_REPEATED.
    """
    wanted = name.lower()
    several = [v for key, values in (multi_value_headers or {}).items() if key.lower() == wanted for v in values]
    plain = [value for key, value in (headers or {}).items() if key.lower() == wanted]
    if len(several) > 1 or len(plain) > 1 or (several and plain and several != plain):
        raise InvalidRequest(f"{name} may be sent only once", code="HEADER_REPEATED")
    return next(iter(several or plain), None)


def one_time_code(
    headers: Mapping[str, str] | None, multi_value_headers: Mapping[str, Sequence[str]] | None
) -> str | None:
    """Return the one-time code that a request carries, or None without one.

    Looked at on every route: a code that is none says that the caller is mistaken, also where none is needed.

    Raises InvalidRequest: code TOTP_MALFORMED, not six digits; HEADER_REPEATED.
    """
    code = single_header(headers, multi_value_headers, TOTP_HEADER)
    if code is not None and not is_code(code):
        raise InvalidRequest(f"{TOTP_HEADER} must be six digits", code="TOTP_MALFORMED")
    return code
