"""Settings of the API functions, read once from the environment; nothing required has a default."""

import os
from typing import Annotated, Any

from msgspec import Meta, Struct, ValidationError, convert
from msgspec.structs import fields

type Name = Annotated[str, Meta(min_length=1)]
type Days = Annotated[int, Meta(ge=1, le=36_500)]
type Seconds = Annotated[int, Meta(ge=1, le=3_600)]


class SettingsMissing(ValueError):
    """Variables that a function needs are missing, or are not what they have to be: `names`, never their values."""

    def __init__(self, names: list[str]) -> None:
        super().__init__(f"missing or invalid: {', '.join(names)}")
        self.names = names


class Settings(Struct, frozen=True, kw_only=True):
    """What every function knows: the stage it runs in."""

    stage: Name


class AuthorizerSettings(Settings, frozen=True):
    """Settings of the authorizer."""

    control_table: Name


class ApiSettings(Settings, frozen=True):
    """Settings of the order API."""

    state_table: Name
    control_table: Name
    audit_table: Name


class QueueSettings(Settings, frozen=True):
    """Settings of what sends to the order worker."""

    order_queue_url: Name


class MarketQueueSettings(Settings, frozen=True):
    """Settings of what sends to the market data job."""

    market_queue_url: Name


class RiskQueueSettings(Settings, frozen=True):
    """Settings of what sends to the risk jobs."""

    var_queue_url: Name
    stress_queue_url: Name


class MarketSettings(Settings, frozen=True):
    """Where the secrets are that say how a venue's public data is reached: what their names begin with."""

    market_secret_prefix: Name


class PermitSettings(Settings, frozen=True):
    """Settings of permits: their key, and how long an approval may be acted on."""

    permit_secret_id: Name
    order_age_seconds_max: Seconds


class BudgetSettings(Settings, frozen=True):
    """Settings of what asks venues: where its requests leave from, and how much of each limit is this deployment's."""

    egress_name: Name
    venue_limit_percent: Annotated[int, Meta(ge=1, le=1000)]


class AdminSettings(ApiSettings, frozen=True):
    """Settings of the admin API."""

    totp_secret_id: Name


def load[S: Settings](cls: type[S]) -> S:
    """Read a function's settings: field ``control_table`` from CONTROL_TABLE, and so on.

    Raises SettingsMissing: names every variable that is missing, empty or not what it has to be.
    """
    found: dict[str, Any] = {}
    wrong = []
    for field in fields(cls):
        variable = field.name.upper()
        try:
            # Variables are texts.
            found[field.name] = convert(os.environ.get(variable), field.type, strict=False)
        except ValidationError:
            wrong.append(variable)
    if wrong:
        raise SettingsMissing(sorted(wrong))
    return cls(**found)
