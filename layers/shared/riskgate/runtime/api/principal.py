"""The caller of an API request, as the authorizer proved it."""

from collections.abc import Mapping
from typing import Any

from riskgate.core.access.tokens import Principal, from_context
from riskgate.core.errors import Unauthorized


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


def source_ip_of(event: Mapping[str, Any]) -> str:
    """Return the caller's address as API Gateway saw it, or an empty string."""
    request_context = event.get("requestContext")
    identity = request_context.get("identity") if isinstance(request_context, Mapping) else None
    address = identity.get("sourceIp") if isinstance(identity, Mapping) else None
    return address if isinstance(address, str) else ""
