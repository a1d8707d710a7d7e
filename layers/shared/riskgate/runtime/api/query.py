"""What a query string may say beside numbers."""

import re
from collections.abc import Mapping

from riskgate.core.errors import InvalidRequest
from riskgate.schemas.fields import ACCOUNT_ID_PATTERN


def query_account(query: Mapping[str, str], name: str) -> str | None:
    """Return an account's id from the query string. Raises InvalidRequest: it cannot be one."""
    text = query.get(name)
    if text is not None and re.fullmatch(ACCOUNT_ID_PATTERN, text) is None:
        raise InvalidRequest(f"{name} must be an account's id", code="QUERY_INVALID")
    return text
