"""What is noted beside a call: a strategy's sign of life, and calls that the gateway never makes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from riskgate.app.front_door.door import Door
from riskgate.app.ledger.commit_event import Acting, Effects
from riskgate.app.ledger.gateway_chain import append_to_gateway_chain
from riskgate.app.safeguards.record_heartbeat import record_heartbeat
from riskgate.core.access.keys import ExchangeKey
from riskgate.core.account.stored import Marker
from riskgate.core.errors import GatewayError
from riskgate.core.ledger.gateway_events import FrontDoorCallRefused
from riskgate.observability import MetricUnit, logger, metrics

CALL_NEVER = "front_door_call_never"
HEARTBEAT_FAILED = "front_door_heartbeat_failed"
#: A beat is due three times an interval: one that is lost costs nothing.
BEATS_PER_INTERVAL = 3
PATH_SHOWN_MAX = 64
#: The kind of the marker that lets one entry a minute into the log.
MARKER = "FRONT_DOOR"


@dataclass(frozen=True, kw_only=True, slots=True)
class CallNotes:
    """Notes of one process: `beats` remembers when each strategy's last beat was told, in monotonic seconds."""

    monotonic: Callable[[], float] = time.monotonic
    beats: dict[tuple[str, str], float] = field(default_factory=dict)

    def beat(self, door: Door) -> None:
        """Take a read as the strategy's sign of life, where its key says so; nothing that fails here fails a read."""
        key, interval = door.key, door.key.heartbeat_seconds
        if interval is None:
            return
        name, now = (key.account_id, key.strategy), self.monotonic()
        told = self.beats.get(name)
        if told is not None and now - told < interval / BEATS_PER_INTERVAL:
            return
        try:
            record_heartbeat(door.acting, key.account_id, key.strategy, interval)
        except GatewayError as error:
            logger.warning(HEARTBEAT_FAILED, code=error.code, detail=error.detail)
            return
        self.beats[name] = now

    def note_refused(self, acting: Acting, key: ExchangeKey, method: str, path: str) -> None:
        """Count a call that is never made, and write it down: once a minute for each key, since bots repeat them."""
        shown = path[:PATH_SHOWN_MAX]
        logger.warning(CALL_NEVER, method=method, path=shown)
        metrics.add_metric(name="FrontDoorCallsNever", unit=MetricUnit.Count, value=1)
        event = FrontDoorCallRefused(
            key_id=key.key_id, account_id=key.account_id, strategy=key.strategy, method=method, path=shown
        )
        try:
            once = Marker(kind=MARKER, key=f"{key.key_id}#{acting.now:%Y%m%dT%H%M}", request_hash="", answer="")
            effects = Effects(answer=None, decision="refused")
            append_to_gateway_chain(acting, event, lambda _: effects, once=once)
        except GatewayError as error:
            logger.warning(CALL_NEVER, code=error.code, detail=error.detail)
