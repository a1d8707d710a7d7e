"""Hand over to the order worker what a look at the venues showed of orders and stops: its lane acts on it."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from riskgate.app.monitor.run import MONITOR_ACTOR, Monitor
from riskgate.app.routing.resolve_orders import list_overdue
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import ReadRequest
from riskgate.core.instrument import market_key
from riskgate.core.routing.stop_plan import list_watched, plan_stops
from riskgate.schemas.messages.order import MessageKind, OrderMessage


def hand_over(state: AccountState, ended: Collection[str], venues: Collection[str], monitor: Monitor) -> None:
    """Let the order worker end what has ended at its venue, and look after what should long have been there.

    `ended`: orders that work at their venue no longer. `venues`: those that have a key.
    """
    now = monitor.clock()
    names = [name for name in sorted(ended) if name in state.working_orders]
    overdue = list_overdue(state, now, monitor.order_age_seconds_max)
    # One message for each: the look-up of one at a venue that does not answer holds up no other.
    for name in dict.fromkeys([*names, *overdue]):
        message = OrderMessage(
            kind=MessageKind.RESOLVE,
            account_id=state.account_id,
            client_order_id=name,
            # To the minute: of several runs in it the queue keeps one message.
            sent_at=now.replace(second=0, microsecond=0),
            actor=MONITOR_ACTOR,
        )
        monitor.queue.send(message)
    _have_stops_kept(state, venues, monitor, now)


def _have_stops_kept(state: AccountState, venues: Collection[str], monitor: Monitor, now: datetime) -> None:
    """Have stops placed, replaced or taken away where what rests at the venue is not what the position needs."""
    named = (key.partition(":") for key in list_watched(state))
    markets = tuple((venue, symbol) for venue, _, symbol in named if venue in venues)
    if not markets:
        return
    snapshot = monitor.deps.store.read(ReadRequest(account_id=state.account_id, instruments=markets))
    for venue, symbol in markets:
        key = market_key(venue, symbol)
        if not plan_stops(snapshot.require_state(), key, snapshot.instruments.get(key)).is_empty:
            message = OrderMessage(
                kind=MessageKind.KEEP_STOPS,
                account_id=state.account_id,
                venue=venue,
                symbol=symbol,
                sent_at=now.replace(second=0, microsecond=0),
                actor=MONITOR_ACTOR,
            )
            monitor.queue.send(message)
