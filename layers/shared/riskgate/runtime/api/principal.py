"""The caller of an API request, as the authorizer proved it."""

from collections.abc import Mapping
from typing import Any

from riskgate.core.access.tokens import ALL_ACCOUNTS, Principal, from_context
from riskgate.core.errors import Forbidden, Unauthorized


def principal_from(event: Mapping[str, Any]) -> Principal:
    """Return the caller of an API Gateway proxy event.

    Only what the authorizer handed over counts, never a header or the body.

    Raises Unauthorized: the event carries no complete identity, or comes from an address the token excludes.
    """
    request_context = event.get("requestContext")
    context = request_context.get("authorizer") if isinstance(request_context, Mapping) else None
    if not isinstance(request_context, Mapping) or not isinstance(context, Mapping):
        raise Unauthorized("the request carries no verified identity")
    return from_context(context, source_ip_of(event))


def require_all_accounts(caller: Principal) -> None:
    """Refuse a caller who may not act for every account.

    Raises Forbidden: the token is for some accounts only.
    """
    if not caller.has_all_accounts:
        raise Forbidden(f"this scope needs a token for all accounts ({ALL_ACCOUNTS})", code="ACCOUNT_NOT_PERMITTED")


def source_ip_of(event: Mapping[str, Any]) -> str:
    """Return the caller's address as API Gateway saw it, or an empty string."""
    request_context = event.get("requestContext")
    identity = request_context.get("identity") if isinstance(request_context, Mapping) else None
    address = identity.get("sourceIp") if isinstance(identity, Mapping) else None
    return address if isinstance(address, str) else ""
