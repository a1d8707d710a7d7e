"""The second factor of routes that only a person may call."""

from typing import Any

from riskgate.app.access.verify_totp import verify_totp
from riskgate.runtime import wiring
from riskgate.runtime.api.routes import Request


def require_totp(request: Request[Any]) -> None:
    """Demand the operator's one-time code. Raises Unauthorized, Forbidden, TooManyAttempts: see `verify_totp`."""
    verify_totp(
        operator=request.caller.operator,
        code=request.totp,
        now=request.now,
        operators=wiring.operators(),
        secrets=wiring.secrets(),
        secret_id=wiring.admin_settings().totp_secret_id,
    )
