"""Authorize a request: turn its bearer token into a principal."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from riskgate.core.access.tokens import (
    TOKEN_LENGTH_MAX,
    UNKNOWN_TOKEN_HASH,
    Principal,
    RefusalCode,
    Token,
    check_token,
    matches_hash,
    parse_token,
)
from riskgate.core.errors import InvalidRequest, Unauthorized
from riskgate.schemas.http.headers import single_header

_BEARER = re.compile(r"bearer +(\S+)", re.IGNORECASE)
_SCHEME_LENGTH_MAX = len("Bearer ")


class TokenStore(Protocol):
    """Where issued tokens are kept."""

    def get_token(self, token_id: str) -> Token | None:
        """Return the token as it is now, or None."""


def authorize_request(
    *,
    headers: Mapping[str, str] | None,
    multi_value_headers: Mapping[str, Sequence[str]] | None,
    source_ip: str,
    now: datetime,
    tokens: TokenStore,
) -> Principal:
    """Prove who sends a request; raises Unauthorized, code one of `RefusalCode`.

    An unknown token id and a wrong secret take the same path: one lookup, one hash, one constant-time
    comparison, one code. What else is wrong with a token is told only to who knows its secret. `source_ip` is the
    caller's address as API Gateway saw it, never from a header.
    """
    try:
        header = single_header(headers, multi_value_headers, "Authorization")
    except InvalidRequest:
        raise _refusal(RefusalCode.HEADER_REPEATED) from None
    text = _bearer_token(header)
    token_id = parse_token(text)
    if token_id is None:
        raise _refusal(RefusalCode.MALFORMED)
    token = tokens.get_token(token_id)
    proven = matches_hash(text, token.token_hash if token else UNKNOWN_TOKEN_HASH)
    if token is None or not proven:
        raise _refusal(RefusalCode.INVALID, token_id)
    code = check_token(token, source_ip, now)
    if code is not None:
        raise _refusal(code, token_id)
    return Principal(
        token_id=token.token_id,
        operator=token.operator,
        scopes=token.scopes,
        accounts=token.accounts,
        cidrs=token.cidrs,
        strategies=token.strategies,
    )


def _bearer_token(header: str | None) -> str:
    if not header:
        raise _refusal(RefusalCode.MISSING)
    if len(header) > TOKEN_LENGTH_MAX + _SCHEME_LENGTH_MAX:
        raise _refusal(RefusalCode.MALFORMED)
    match = _BEARER.fullmatch(header.strip())
    if match is None:
        raise _refusal(RefusalCode.MALFORMED)
    return match.group(1)


def _refusal(code: RefusalCode, token_id: str | None = None) -> Unauthorized:
    named = f" (token {token_id})" if token_id else ""
    return Unauthorized(f"{code.value.replace('_', ' ').lower()}{named}", code=code)
