"""Every event: what can happen to an account. Each holds all that is needed to repeat its effect from the audit log.

Who needs one event imports it from its own module: this list loads them all, for replays.
"""

from __future__ import annotations

from typing import get_args

from riskgate.core.hedging.model import HedgePlanned
from riskgate.core.ledger.account_events import (
    AccountRegistered,
    LimitsChanged,
    SnapshotRecorded,
    StressScenariosChanged,
    TransferRecorded,
)
from riskgate.core.ledger.gateway_events import (
    AlertPathProbed,
    CloseJumpConfirmed,
    FrontDoorCallRefused,
    InstrumentsChanged,
    KillSwitchNotUnderstood,
    OperatorCommand,
    TokenChanged,
    WebhookChanged,
)
from riskgate.core.orders.events import (
    BatchDecided,
    FillRecorded,
    OrderClosed,
    OrderDecided,
    OrderModified,
    OrderPlaced,
    StopMoved,
)
from riskgate.core.reconciliation.events import BreakResolved, FundingRecorded, ReconciliationRun, RowsUnreadable
from riskgate.core.routing.events import (
    OpenOrdersCancelled,
    OrderAccepted,
    OrderOutcomeUnknown,
    OrderReplaced,
    OrderSubmitting,
)
from riskgate.core.safeguards.events import (
    AlertAcknowledged,
    AlertLevelsMeasured,
    BreakerReset,
    BreakerTripped,
    ExitEnded,
    ExitRequested,
    HeartbeatEnded,
    HeartbeatReceived,
    KillSwitchChanged,
    LockCleared,
    VenueObserved,
)
from riskgate.core.statements.summary import SummaryTold

type Event = (
    AccountRegistered
    | LimitsChanged
    | OrderDecided
    | BatchDecided
    | OrderModified
    | OrderClosed
    | OrderPlaced
    | OrderSubmitting
    | OrderAccepted
    | OrderOutcomeUnknown
    | OrderReplaced
    | OpenOrdersCancelled
    | FillRecorded
    | StopMoved
    | SnapshotRecorded
    | TransferRecorded
    | StressScenariosChanged
    | ReconciliationRun
    | RowsUnreadable
    | BreakResolved
    | FundingRecorded
    | SummaryTold
    | BreakerTripped
    | BreakerReset
    | LockCleared
    | HeartbeatReceived
    | HeartbeatEnded
    | ExitRequested
    | ExitEnded
    | HedgePlanned
    | OperatorCommand
    | KillSwitchChanged
    | KillSwitchNotUnderstood
    | TokenChanged
    | WebhookChanged
    | FrontDoorCallRefused
    | InstrumentsChanged
    | CloseJumpConfirmed
    | AlertAcknowledged
    | AlertLevelsMeasured
    | AlertPathProbed
    | VenueObserved
)

#: The events by their names in the audit log: public, never renamed.
EVENT_TYPES: dict[str, type[Event]] = {kind.event_name: kind for kind in get_args(Event.__value__)}
