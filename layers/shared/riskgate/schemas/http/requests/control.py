"""Bodies of the routes that intervene: kill switch, breaker reset, exits, locks, heartbeats."""

import re
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from riskgate.core.kill_switch import KillSwitch
from riskgate.schemas.fields import (
    FROM_JSON,
    KILL_SWITCH_KEY_PATTERNS,
    LABEL_PATTERN,
    SYMBOL_PATTERN,
    VENUE_PATTERN,
    Fraction,
    Identifier,
    Omittable,
    Reason,
    Symbol,
    VenueName,
    fold_strategy,
)
from riskgate.schemas.http.requests.base import RequestModel, contradiction

#: A strategy, or a market as ``venue:symbol``.
BREAKER_KEY_PATTERN = f"({LABEL_PATTERN})|({VENUE_PATTERN[:-1]}:{SYMBOL_PATTERN[1:]})"


class KillSwitchScope(StrEnum):
    """What a kill switch stops."""

    GLOBAL = "global"
    ACCOUNT = "account"
    VENUE = "venue"
    STRATEGY = "strategy"
    SYMBOL = "symbol"


class KillSwitchRequest(RequestModel):
    """One flag, engaged or released."""

    scope: Annotated[KillSwitchScope, FROM_JSON]
    key: Omittable[Annotated[str, StringConstraints(min_length=1, max_length=64)]] = Field(
        None,
        description="The account, venue, strategy or symbol; left out for the global switch. "
        "A strategy's switch is kept in lower case and holds however its bot spells the name.",
    )
    engaged: bool
    reason: Reason
    cancel_open_orders: bool = Field(False, description="Also cancel the open orders the switch covers.")

    @model_validator(mode="after")
    def refuse_contradictions(self) -> Self:
        """Refuse a key that is missing, not of the scope, or given for the global switch."""
        pattern = KILL_SWITCH_KEY_PATTERNS.get(self.scope.value)
        if pattern is None:
            if self.key is not None:
                raise contradiction("key", "is not allowed for the global switch")
        elif self.key is None:
            raise contradiction("key", "is required for this scope")
        elif not re.fullmatch(pattern, self.key):
            raise contradiction("key", "is not a valid name for this scope")
        if self.cancel_open_orders and not self.engaged:
            raise contradiction("cancel_open_orders", "is not allowed for a release")
        return self

    def to_flag(self) -> KillSwitch:
        """Return the flag as it is stored."""
        key = self.key or ""
        if self.scope is KillSwitchScope.STRATEGY:
            key = fold_strategy(key)
        return KillSwitch(scope=self.scope.value, key=key, engaged=self.engaged, reason=self.reason)


class BreakerResetRequest(RequestModel):
    """Why a person lets an account trade again."""

    reason: Reason
    key: Omittable[Annotated[str, StringConstraints(pattern=BREAKER_KEY_PATTERN)]] = Field(
        None,
        description="The market (`venue:symbol`) or strategy, for a breaker that does not cover the whole account.",
    )

    @property
    def breaker_key(self) -> str:
        """Return the market key or strategy, or an empty string for the account's own breakers."""
        key = self.key or ""
        return key if ":" in key else fold_strategy(key)


class LockClearQuery(RequestModel):
    """Why a person lets entries go on; from the query string."""

    reason: Reason


class ExitScope(StrEnum):
    """What an exit closes."""

    POSITION = "position"
    ALL = "all"


class ExitRequest(RequestModel):
    """Close one position or all of them by reduce-only market orders."""

    exit_id: Identifier = Field(description="The idempotency key.")
    reason: Reason
    scope: Annotated[ExitScope, FROM_JSON]
    venue: Omittable[VenueName] = Field(None, description="Venue of the position to close.")
    symbol: Omittable[Symbol] = Field(None, description="Symbol of the position to close.")
    fraction: Fraction = Field(Decimal(1), description="How much of each position to close.")
    stop_entries: bool = Field(False, description="Trip MANUAL_STOP: only exits pass until an operator resets it.")
    cancel_open_orders: bool = Field(False, description="Cancel the account's open orders first.")

    @model_validator(mode="after")
    def refuse_contradictions(self) -> Self:
        """Refuse a market that is missing or half named, or given for all."""
        named = [self.venue is not None, self.symbol is not None]
        if self.scope is ExitScope.POSITION and not all(named):
            raise contradiction("symbol", "and venue are required for one position")
        if self.scope is ExitScope.ALL and any(named):
            raise contradiction("symbol", "and venue are not allowed for all positions")
        return self

    @property
    def market(self) -> tuple[str, str] | None:
        """Return venue and symbol of the one position, or None for all."""
        return None if self.venue is None or self.symbol is None else (self.venue, self.symbol)
