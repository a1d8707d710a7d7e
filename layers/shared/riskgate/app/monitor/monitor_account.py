"""Take an account's truth from its venues, each minute: fills, transfers, equity, positions, the venues' health.

The order of the steps keeps a half reading from being believed. Balances are read first, at an instant that the
snapshot carries; then the orders, so that every fill the balances can show is recorded before them; then prices and
transfers. At the commit the orders must still be where the reading saw them. What does not fit is read again, and
where a venue does not answer nothing is recorded: STATE_STALE then stops new exposure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from riskgate.app.account.record_snapshot import commit_snapshot
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.market.note_wants import note_wants
from riskgate.app.monitor.hand_over import hand_over
from riskgate.app.monitor.note_venue import note_health, note_unreadable
from riskgate.app.monitor.pick_up_fills import VenueCount, pick_up_fills
from riskgate.app.monitor.read_venue import inspect_setup, price_reading, read_venue
from riskgate.app.monitor.run import MONITOR_ACTOR, HalfReading, Monitor
from riskgate.app.monitor.take_transfers import take_transfers
from riskgate.app.venues.measured_exchange import MeasuredExchange
from riskgate.core.account.document import AccountState, OrderStatus, Venue
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.account.venue_share import list_excess
from riskgate.core.checks.liquidation import compute_nearest
from riskgate.core.errors import GatewayError
from riskgate.core.ledger.account_events import SnapshotRecorded
from riskgate.core.limits import Limits
from riskgate.core.money import ZERO, plain
from riskgate.core.monitor.reading import AccountReading, list_changes, to_snapshot
from riskgate.core.routing.steps import is_routed
from riskgate.observability import MetricUnit, logger, metrics
from riskgate.schemas.http.answers.account import SnapshotAnswer

ACCOUNT_SKIPPED = "account_skipped"
ACCOUNT_MONITORED = "account_monitored"
SNAPSHOT_SKIPPED = "snapshot_skipped"
ASSETS_UNPRICED = "assets_unpriced"
VENUE_EXCESS = "venue_excess"

#: Readings of one run until one of them fits, and the pause before each further one.
READINGS_MAX = 3
PAUSE_SECONDS = 4.0
#: A venue's clock and ours differ by less: a fill dated this close to a reading may be on either side of it.
CLOCK_SKEW = timedelta(seconds=2)


@dataclass(kw_only=True, slots=True)
class Run:
    """What one run did at the venues that have a key: the snapshot's answer, or why there is none."""

    venues: Mapping[str, Venue]
    snapshot: SnapshotAnswer | None = None
    reason: str = ""
    fills: int = 0
    transfers: int = 0
    ended: set[str] = field(default_factory=set)


def monitor_account(account_id: str, monitor: Monitor) -> dict[str, Any]:
    """Bring an account up to date with its venues.

    An account without any key is left to its bot's snapshots. Safe to run at any time, several times at once.

    Returns
    -------
    dict, what was done, ready for JSON.

    Raises
    ------
    NotFound : unknown account.
    """
    state, limits = _read(account_id, monitor)
    venues = {venue.venue: venue for venue in state.venues if venue.secret_name is not None}
    sources = tuple(MeasuredExchange(exchange=monitor.exchange_of(venue), job=monitor) for venue in venues.values())
    if not sources:
        note_wants(monitor.deps.store, state, limits, monitor.clock())
        logger.info(ACCOUNT_SKIPPED, account_id=account_id)
        return {"account_id": account_id, "recorded": False, "reason": "the account has no keys"}
    run = Run(venues=venues)
    inspect_setup(sources, state)
    for attempt in range(READINGS_MAX):
        if attempt:
            monitor.deps.sleep(PAUSE_SECONDS)
            monitor.forget()
        try:
            _take(account_id, sources, monitor, run)
        except HalfReading as half:
            run.reason = half.detail
            if monitor.has_time():
                continue
        except GatewayError as error:
            run.reason = f"{error.code}: {error.detail}"
        else:
            if _awaits_second_look(account_id, run, monitor) and monitor.has_time():
                continue
        break
    for source in sources:
        note_health(account_id, source, monitor)
        note_unreadable(account_id, source, monitor)
    hand_over(_read(account_id, monitor)[0], run.ended, run.venues, monitor)
    # Last: market data can wait for it, fills and stops cannot.
    note_wants(monitor.deps.store, state, limits, monitor.clock())
    return _report(account_id, sources, run, monitor)


def _awaits_second_look(account_id: str, run: Run, monitor: Monitor) -> bool:
    """Tell whether something waits to be confirmed: entries wait with it, so the next look is not a minute away."""
    is_believed = run.snapshot is not None and run.snapshot.confirmed
    return not is_believed or bool(_read(account_id, monitor)[0].drawdown_doubts)


def _take(account_id: str, sources: Sequence[MeasuredExchange], monitor: Monitor, run: Run) -> None:
    """Read the account once, and record what was read.

    Raises
    ------
    HalfReading : it does not belong to one instant. GatewayError : it cannot be valued or stored.
    """
    taken_at = monitor.clock()
    seen = [source.attempt(lambda source: read_venue(source, run.venues[source.venue])) for source in sources]
    state, _ = _read(account_id, monitor)
    if any(is_routed(order) for order in state.working_orders.values()):
        # Another may have been sent meanwhile. Where none works, the commit finds one, and the account is read again.
        monitor.forget()
        state, _ = _read(account_id, monitor)
    counts = [source.attempt(lambda source: pick_up_fills(source, state)) or VenueCount() for source in sources]
    run.fills += sum(count.recorded for count in counts)
    run.ended.update(name for count in counts for name in count.ended)
    readings = tuple(reading for reading in seen if reading is not None)
    _require_whole(sources)
    reading = AccountReading(taken_at=taken_at, venues=readings)
    filled = {name: quantity for count in counts for name, quantity in count.filled.items()}
    state, _ = _read(account_id, monitor)
    if list_changes(state, reading):
        # Something moved. Whether a fill or a transfer explains it is told by the account as it is now, and by none
        # that has fills to come: a transfer is recorded once, however often the account is read again.
        monitor.forget()
        state, _ = _read(account_id, monitor)
        require_same_instant(state, reading, filled, monitor.clock())
    now = monitor.clock()
    reading = price_reading(state, reading, sources, deps=monitor.deps, now=now)
    reading, transfers = take_transfers(state, reading, sources, now=now)
    run.transfers += transfers
    _require_whole(sources)
    now = monitor.clock()

    def build(_: Snapshot, current: AccountState) -> SnapshotRecorded:
        if current.keyed_venues != run.venues.keys():
            raise HalfReading("a key was given or taken away while the account was being read")
        require_same_instant(current, reading, filled, now)
        return to_snapshot(current, reading)

    run.snapshot = commit_snapshot(Acting(deps=monitor.deps, actor=MONITOR_ACTOR, now=now), account_id, taken_at, build)
    run.reason = run.snapshot.reason or ""


def require_same_instant(
    state: AccountState, reading: AccountReading, filled: Mapping[str, Decimal], now: datetime
) -> None:
    """Make sure that the account has not moved on since the reading began, nor the reading ahead of the account.

    Parameters
    ----------
    filled : what the venues counted as filled of each order that may have been there.

    Raises
    ------
    HalfReading : a fill came too close, an order may have fills that nobody recorded yet, or the day changed.
    """
    if state.filled_at is not None and state.filled_at > reading.taken_at - CLOCK_SKEW:
        raise HalfReading("an order was filled while the account was being read")
    if reading.taken_at.date() != now.date():
        # Equity of the old day must not be the new day's first.
        raise HalfReading("the day ended while the account was being read")
    venues = {seen.venue.venue for seen in reading.venues}
    for order in state.working_orders.values():
        if not is_routed(order) or order.venue not in venues:
            continue
        counted = filled.get(order.client_order_id)
        if counted is None and order.status is not OrderStatus.APPROVED:
            raise HalfReading("an order was sent while the account was being read")
        if counted is not None and counted > order.filled_quantity:
            raise HalfReading("the venue counts a fill that it does not list yet")


def _require_whole(sources: Sequence[MeasuredExchange]) -> None:
    """Refuse to take some of the venues with a key for all of them.

    Raises
    ------
    GatewayError : one was of no use, or says something that cannot be read.
    """
    failed = [source for source in sources if source.failure or source.lacking]
    if failed:
        text = "; ".join(f"{source.venue}: {source.failure or source.lacking}" for source in failed)
        raise GatewayError(text, code="EQUITY_INCOMPLETE")


def _read(account_id: str, monitor: Monitor) -> tuple[AccountState, Limits]:
    # With what the end of the run needs: it is read once.
    snapshot = monitor.deps.store.read(ReadRequest(account_id=account_id, with_report=True))
    return snapshot.require_state(), snapshot.limits.limits if snapshot.limits is not None else Limits()


def _report(account_id: str, sources: Sequence[MeasuredExchange], run: Run, monitor: Monitor) -> dict[str, Any]:
    """Tell what was done in the log, in the metrics and to the caller."""
    state, limits = _read(account_id, monitor)
    now = monitor.clock()
    unpriced = run.snapshot.unpriced_assets if run.snapshot is not None else []
    age = max(0.0, (now - state.equity_at).total_seconds())
    if run.reason:
        logger.warning(SNAPSHOT_SKIPPED, account_id=account_id, reason=run.reason, equity_age_seconds=int(age))
    if unpriced:
        logger.warning(ASSETS_UNPRICED, account_id=account_id, assets=unpriced)
    excess = list_excess(state, limits)
    for item in excess:
        logger.warning(VENUE_EXCESS, account_id=account_id, venue=item.venue, withdraw=plain(item.withdraw))
    counts = {
        "SnapshotsRecorded": int(run.snapshot is not None and run.snapshot.confirmed),
        "SnapshotsSkipped": int(bool(run.reason)),
        "FillsPickedUp": run.fills,
        "TransfersFound": run.transfers,
        "AssetsUnpriced": len(unpriced),
        "VenuesOverweight": len(excess),
    }
    for name, value in counts.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    metrics.add_metric(name="EquityAgeSeconds", unit=MetricUnit.Seconds, value=age)
    nearest = compute_nearest(state)
    if nearest is not None:
        metrics.add_metric(name="LiquidationDistance", unit=MetricUnit.NoUnit, value=float(nearest))
    for source in sources:
        source.publish()
        metrics.add_metric(name="VenueDown", unit=MetricUnit.Count, value=int(bool(source.fault)))
    body = {
        "account_id": account_id,
        "recorded": not run.reason,
        "reason": run.reason or None,
        "equity": plain(state.equity),
        "equity_at": state.equity_at.isoformat(),
        "fills": run.fills,
        "transfers": run.transfers,
        "unpriced_assets": unpriced,
        "venues": [
            {
                "venue": source.venue,
                "equity": plain(state.venue_equity.get(source.venue, ZERO)),
                "calls": source.calls,
                "errors": source.errors,
                "slowest_ms": source.slowest_ms,
                "fault": source.fault or None,
            }
            for source in sources
        ],
    }
    logger.info(ACCOUNT_MONITORED, account_id=account_id, fills=run.fills, transfers=run.transfers)
    return body
