"""ACCOUNT_UNKNOWN: no registered account, no order."""

from __future__ import annotations

from riskgate.core.checks.context import PreTradeContext
from riskgate.core.checks.declaration import CHECKED, Check
from riskgate.core.checks.result import PASSED, CheckResult, violated
from riskgate.core.codes import DenyCode


def check(ctx: PreTradeContext) -> CheckResult:
    """Deny orders for an account nobody registered."""
    if not ctx.account_known:
        return violated("the account is not registered")
    return PASSED


CHECKS = (Check(DenyCode.ACCOUNT_UNKNOWN, check, exits=CHECKED, origin="N"),)
