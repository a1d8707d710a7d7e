"""Issue and revoke bearer tokens; each change is an entry of the gateway's audit chain."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from riskgate.app.ledger.commit_event import Acting, Effects
from riskgate.app.ledger.gateway_chain import append_to_gateway_chain
from riskgate.core.access.tokens import Token, new_token
from riskgate.core.errors import NotFound
from riskgate.core.ledger.gateway_events import TokenChange, TokenChanged
from riskgate.schemas.patterns import fold_strategy


class TokenStore(Protocol):
    """Where issued tokens are kept."""

    def get_token(self, token_id: str) -> Token | None:
        """Return the token as it is now, or None."""

    def put_token(self, token: Token) -> None:
        """Store a new token; an id that is taken is a Conflict."""

    def revoke_token(self, token_id: str) -> None:
        """Revoke a token for good; one that does not exist is a NotFound."""


def create_token(
    acting: Acting,
    *,
    random_bytes: bytes,
    scopes: Sequence[str],
    accounts: Sequence[str],
    operator: str,
    expires_at: datetime,
    strategies: Sequence[str],
    cidrs: Sequence[str],
    tokens: TokenStore,
) -> tuple[Token, str]:
    """Issue a token; its string, to be shown once, leaves this function only after the audit log names the token.

    `random_bytes` are `TOKEN_RANDOM_BYTES` of a cryptographic source. Raises InvalidRequest: TOKEN_REQUEST_INVALID;
    Contention, Transient, OutcomeUnknown: stored perhaps, but nobody knows its string, so it opens nothing.
    """
    token, text = new_token(
        random_bytes=random_bytes,
        scopes=scopes,
        accounts=accounts,
        operator=operator,
        expires_at=expires_at,
        created_at=acting.now,
        strategies=[fold_strategy(name) for name in strategies],
        cidrs=cidrs,
    )
    tokens.put_token(token)
    append_change(acting, token, TokenChange.CREATED)
    return token, text


def revoke_token(acting: Acting, token_id: str, *, tokens: TokenStore) -> Token:
    """Revoke a token for good, then note it in the audit log; repeating the call finishes half a one.

    Raises NotFound: no such token.
    """
    token = tokens.get_token(token_id)
    if token is None:
        raise NotFound("no such token", code="TOKEN_NOT_FOUND")
    tokens.revoke_token(token_id)
    append_change(acting, token, TokenChange.REVOKED)
    return token


def append_change(acting: Acting, token: Token, change: TokenChange) -> None:
    """Note in the audit log what became of a token, or of the grant of a key."""
    event = TokenChanged(
        token_id=token.token_id,
        change=change,
        operator=token.operator,
        scopes=tuple(sorted(token.scopes)),
        accounts=tuple(sorted(token.accounts)),
        strategies=tuple(sorted(token.strategies)),
        cidrs=token.cidrs,
        expires_at=token.expires_at,
    )
    append_to_gateway_chain(acting, event, lambda _: Effects())
