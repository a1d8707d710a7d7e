"""Bodies of the routes a person uses to intervene: kill switch and breaker reset."""

from __future__ import annotations

import re
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from riskgate.schemas.fields import (
    ACCOUNT_ID_PATTERN,
    FROM_JSON,
    LABEL_PATTERN,
    SYMBOL_PATTERN,
    VENUE_PATTERN,
    Omittable,
    Reason,
)
from riskgate.schemas.requests.base import RequestModel, contradiction


class KillSwitchScope(StrEnum):
    """What a kill switch stops."""

    GLOBAL = "global"
    ACCOUNT = "account"
    VENUE = "venue"
    STRATEGY = "strategy"
    SYMBOL = "symbol"


_KEYS = {
    KillSwitchScope.ACCOUNT: ACCOUNT_ID_PATTERN,
    KillSwitchScope.VENUE: VENUE_PATTERN,
    KillSwitchScope.STRATEGY: LABEL_PATTERN,
    KillSwitchScope.SYMBOL: SYMBOL_PATTERN,
}


class KillSwitchRequest(RequestModel):
    """One flag, engaged or released."""

    scope: Annotated[KillSwitchScope, FROM_JSON]
    key: Omittable[Annotated[str, StringConstraints(min_length=1, max_length=64)]] = Field(
        None, description="The account, venue, strategy or symbol; left out for the global switch."
    )
    engaged: bool
    reason: Reason
    cancel_open_orders: bool = Field(False, description="Also cancel the open orders the switch covers.")

    @model_validator(mode="after")
    def refuse_contradictions(self) -> Self:
        """Refuse a key that is missing, not of the scope, or given for the global switch."""
        pattern = _KEYS.get(self.scope)
        if pattern is None:
            if self.key is not None:
                raise contradiction("key", "does not go with the global switch")
        elif self.key is None:
            raise contradiction("key", "is required for this scope")
        elif not re.fullmatch(pattern, self.key):
            raise contradiction("key", "is not a name of this scope")
        if self.cancel_open_orders and not self.engaged:
            raise contradiction("cancel_open_orders", "does not go with a release")
        return self


class BreakerResetRequest(RequestModel):
    """Why a person lets an account trade again."""

    reason: Reason
