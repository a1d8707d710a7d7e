"""Bodies of the routes that intervene: kill switch, breaker reset, exits, locks, heartbeats."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from riskgate.core.kill_switch import KillSwitch
from riskgate.schemas.fields import FROM_JSON, Fraction, Identifier, Omittable, Reason, Symbol, VenueName
from riskgate.schemas.http.requests.base import RequestModel
from riskgate.schemas.http.requests.rules import Rule, absent, among, given, unlike
from riskgate.schemas.patterns import (
    KILL_SWITCH_KEY_PATTERNS,
    LABEL_PATTERN,
    SYMBOL_PATTERN,
    VENUE_PATTERN,
    fold_strategy,
)

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

    RULES = (
        Rule("key", "is not allowed for the global switch", (among("scope", KillSwitchScope.GLOBAL), given("key"))),
        *(
            rule
            for scope, pattern in KILL_SWITCH_KEY_PATTERNS.items()
            for rule in (
                Rule("key", "is required for this scope", (among("scope", KillSwitchScope(scope)), absent("key"))),
                Rule(
                    "key",
                    "is not a valid name for this scope",
                    (among("scope", KillSwitchScope(scope)), unlike("key", pattern)),
                ),
            )
        ),
        Rule(
            "cancel_open_orders",
            "is not allowed for a release",
            (among("cancel_open_orders", True), among("engaged", False)),
        ),
    )

    scope: Annotated[KillSwitchScope, FROM_JSON]
    key: Omittable[Annotated[str, StringConstraints(min_length=1, max_length=64)]] = Field(
        None,
        description="The account, venue, strategy or symbol; left out for the global switch. "
        "A strategy's switch is kept in lower case and holds however its bot spells the name.",
    )
    engaged: bool
    reason: Reason
    cancel_open_orders: bool = Field(False, description="Also cancel the open orders the switch covers.")

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


class AcknowledgeRequest(RequestModel):
    """Nothing more to say: the path names the alert."""


class LockClearQuery(RequestModel):
    """Why a person lets entries go on; from the query string."""

    reason: Reason


class ExitScope(StrEnum):
    """What an exit closes."""

    POSITION = "position"
    ALL = "all"


class ExitRequest(RequestModel):
    """Close one position or all of them by reduce-only market orders."""

    RULES = tuple(
        Rule("symbol", message, (among("scope", scope), broken))
        for scope, message, wrong in (
            (ExitScope.POSITION, "and venue are required for one position", absent),
            (ExitScope.ALL, "and venue are not allowed for all positions", given),
        )
        for broken in (wrong("venue"), wrong("symbol"))
    )

    exit_id: Identifier = Field(description="The idempotency key.")
    reason: Reason
    scope: Annotated[ExitScope, FROM_JSON]
    venue: Omittable[VenueName] = Field(None, description="Venue of the position to close.")
    symbol: Omittable[Symbol] = Field(None, description="Symbol of the position to close.")
    fraction: Fraction = Field(Decimal(1), description="How much of each position to close.")
    stop_entries: bool = Field(False, description="Trip MANUAL_STOP: only exits pass until an operator resets it.")
    cancel_open_orders: bool = Field(False, description="Cancel the account's open orders first.")

    @property
    def market(self) -> tuple[str, str] | None:
        """Return venue and symbol of the one position, or None for all."""
        return None if self.venue is None or self.symbol is None else (self.venue, self.symbol)
