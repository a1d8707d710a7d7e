"""Body of the heartbeat route."""

from typing import Annotated

from pydantic import Field

from riskgate.core.safeguards.heartbeats import INTERVAL_SECONDS_MAX, INTERVAL_SECONDS_MIN
from riskgate.schemas.fields import IntRange
from riskgate.schemas.http.requests.base import RequestModel


class HeartbeatRequest(RequestModel):
    """What a strategy promises with a sign of life."""

    interval_seconds: Annotated[int, IntRange(INTERVAL_SECONDS_MIN, INTERVAL_SECONDS_MAX)] = Field(
        description="If the next heartbeat takes longer, the strategy may only reduce."
    )
