"""What a person asks of an account that a restore left behind its log."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from riskgate.adapters.aws.clients import dynamodb_client
from riskgate.core.errors import AUDIT_CONFLICT, StateCorrupt
from riskgate.runtime.api.routes import Request
from riskgate.runtime.settings import ApiSettings, load


def caught_up[A](request: Request[Any], act: Callable[[], A]) -> A:
    """Act; where the account is behind its log, bring it up to that first: nobody who wants out waits for the others.

    Raises StateCorrupt: code LOG_NOT_CONTINUED, log and document do not belong together.
    """
    try:
        return act()
    except StateCorrupt as error:
        if error.code != AUDIT_CONFLICT:
            raise
    from riskgate.adapters.dynamodb.restored import RestoredTables  # noqa: PLC0415 hardly ever needed
    from riskgate.app.audit.repair_account import repair_account  # noqa: PLC0415

    settings = load(ApiSettings)
    tables = RestoredTables(dynamodb_client(), state_table=settings.state_table, control_table=settings.control_table)
    repair_account(request.acting, request.account_id, tables)
    return act()
