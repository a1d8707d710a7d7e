"""Signed requests: API key, HMAC SHA-256 signature, timestamp and receive window."""

import hashlib
import hmac

from .accounts import ApiKey
from .errors import VenueError, invalid_key, missing
from .params import Params

RECV_WINDOW_DEFAULT_MS = 5_000
RECV_WINDOW_MAX_MS = 60_000
FUTURE_TOLERANCE_MS = 1_000
_KEY_LENGTH_MAX = 128


def sign(secret: str, payload: str) -> str:
    """Return the hex HMAC SHA-256 of a payload."""
    return hmac.new(secret.encode(), payload.encode(), hashlib.sha256).hexdigest()


def _without_signature(part: str) -> str:
    """Return a raw query string or body without its signature parameter."""
    return "&".join(pair for pair in part.split("&") if not pair.startswith("signature="))


def check_key_format(api_key: str | None) -> None:
    """Check the form of an X-MBX-APIKEY header; VenueError -2014 for another."""
    if not api_key or not api_key.isascii() or len(api_key) > _KEY_LENGTH_MAX:
        raise VenueError(-2014, "API-key format invalid.", 401)


def check_signature(key: ApiKey, params: Params, query: str, body: str) -> None:
    """Verify the signature over query string and body; VenueError -1102 without one, -1022 for a wrong one."""
    signature = params.required("signature")
    payload = _without_signature(query) + _without_signature(body)
    # Compared as bytes: a signature with other than ASCII characters is wrong, not an error.
    if not hmac.compare_digest(sign(key.secret, payload).encode(), signature.encode()):
        raise VenueError(-1022, "Signature for this request is not valid.")


def check_timestamp(params: Params, now_ms: int) -> None:
    """Check the timestamp against the venue's time; VenueError -1021 outside the window, -1131 for one over 60 s."""
    timestamp = params.integer("timestamp")
    if timestamp is None:
        raise missing("timestamp")
    window = params.integer("recvWindow")
    window = RECV_WINDOW_DEFAULT_MS if window is None else window
    if window > RECV_WINDOW_MAX_MS:
        raise VenueError(-1131, "recvWindow must be less than 60000.")
    if timestamp >= now_ms + FUTURE_TOLERANCE_MS:
        raise VenueError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if now_ms - timestamp > window:
        raise VenueError(-1021, "Timestamp for this request is outside of the recvWindow.")


def check_permission(key: ApiKey, permission: str) -> None:
    """Check that a key may do something, by the name of the Permissions field; VenueError -2015 when it may not."""
    if not getattr(key.permissions, permission):
        raise invalid_key()
