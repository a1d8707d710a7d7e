"""Account for money that came to or left an account's venues, before equity that shows it is recorded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from zlib import crc32

from riskgate.app.account.record_transfer import record_transfer
from riskgate.app.ledger.commit_event import Acting
from riskgate.app.monitor.read_venue import price_reading
from riskgate.app.monitor.run import MONITOR_ACTOR, HalfReading
from riskgate.app.venues.job_context import JobContext
from riskgate.app.venues.measured_exchange import MeasuredExchange
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import ReadRequest
from riskgate.core.errors import Conflict, Rejected
from riskgate.core.money import ONE, ZERO, quantize_money, with_risk_context
from riskgate.core.monitor.reading import AccountReading, compute_rates, list_changes
from riskgate.core.reconciliation.rows import list_unsettled
from riskgate.core.venues.model import TransferKind, TransferStatus, VenueTransfer
from riskgate.observability import MetricUnit, logger, metrics

TRANSFER_RECORDED = "transfer_recorded"
TRANSFER_UNPRICED = "transfer_unpriced"
TRANSFERS_UNREADABLE = "transfers_unreadable"

#: A list of transfers costs a venue about ten requests. It is asked for when a holding changed by more than no fill
#: explains, measured in equity, and otherwise this often: what is too small to notice is then found late.
UNEXPLAINED_FRACTION = Decimal("0.0001")
EVERY_MINUTES = 10
#: Transfers are listed from this long ago: a venue dates them by their beginning and finishes some days later.
LOOKBACK = timedelta(days=5)
#: A transfer younger than this may show in one of two lists only: balances and transfers, or two wallets.
SETTLING = timedelta(seconds=120)


@dataclass(frozen=True, kw_only=True, slots=True)
class Moved:
    """One transfer to account for; `amount` in units of the asset, greater than 0 into the venue's wallet."""

    key: str
    venue: str
    asset: str
    amount: Decimal
    at: datetime


def take_transfers(
    state: AccountState, reading: AccountReading, sources: Sequence[MeasuredExchange], *, now: datetime
) -> tuple[AccountReading, int]:
    """Record the transfers that are new.

    An account's first reading takes none: what moved before is in it already.

    Returns the reading, with the prices that the transfers needed beside its own, and how many were recorded. Raises
    HalfReading: one is under way, so balances and transfers do not tell the same yet.
    """
    if state.monitored_since is None:
        return reading, 0
    changes = list_changes(state, reading)
    listed: list[Moved] = []
    for source in sources:
        if _is_due(state, source.venue, changes, compute_rates(state, reading), now):
            listed += source.attempt(lambda source: _list_new(source, state, now)) or []
            _note_unreadable(source, state)
    if not listed or not all(source.is_usable for source in sources):
        return reading, 0
    assets = tuple(sorted({moved.asset for moved in listed}))
    reading = price_reading(state, replace(reading, extra_assets=assets), sources, deps=sources[0].job.deps, now=now)
    rates = compute_rates(state, reading) | {state.base_currency: ONE}
    late = find_late(listed, changes, rates, settled_before=reading.taken_at - SETTLING, equity=state.equity)
    # What comes in counts first: a move between two wallets must not look like an empty account on the way.
    return reading, sum(
        _record(moved, rates, sources[0].job, state.account_id, in_equity=(moved.venue, moved.asset) in late)
        for moved in sorted(listed, key=lambda moved: (moved.amount < 0, moved.at, moved.key))
    )


def _note_unreadable(source: MeasuredExchange, state: AccountState) -> None:
    """Refuse to take money for a gain or a loss that came or went by a transfer which nobody can read."""
    source.take_unreadable("transfer")
    unsettled = list_unsettled(state.reconciliation, source.venue, source.unreadable)
    if unsettled:
        source.lacking = f"{len(unsettled)} transfers cannot be read: riskctl recon show"


@with_risk_context
def find_late(
    listed: Sequence[Moved],
    changes: Mapping[tuple[str, str], Decimal],
    rates: Mapping[str, Decimal],
    *,
    settled_before: datetime,
    equity: Decimal,
) -> set[tuple[str, str]]:
    """Return the (venue, asset) whose transfers the last snapshot shows already.

    Transfers that explain how a holding changed since then came after it; those that do not came before.

    Raises HalfReading: a young transfer does not fit the balances: one of the two lists is behind.
    """
    late = set()
    for place in {(moved.venue, moved.asset) for moved in listed}:
        here = [moved for moved in listed if (moved.venue, moved.asset) == place]
        total = sum((moved.amount for moved in here), ZERO)
        change = changes.get(place, ZERO)
        misfit = abs(change - total) * rates.get(place[1], ZERO)
        if misfit > UNEXPLAINED_FRACTION * max(equity, ZERO) and any(moved.at > settled_before for moved in here):
            raise HalfReading(f"a transfer of {place[1]} at {place[0]} is in progress")
        if abs(change - total) >= abs(change):
            late.add(place)
    return late


def _is_due(
    state: AccountState,
    venue: str,
    changes: Mapping[tuple[str, str], Decimal],
    rates: Mapping[str, Decimal],
    now: datetime,
) -> bool:
    # Each account has its own minute of ten: nobody needs to remember when it was its turn.
    if now.minute % EVERY_MINUTES == crc32(state.account_id.encode()) % EVERY_MINUTES:
        return True
    tolerance = UNEXPLAINED_FRACTION * max(state.equity, ZERO)
    return any(
        abs(change) * (ONE if asset == state.base_currency else rates.get(asset, ZERO)) > tolerance
        for (place, asset), change in changes.items()
        if place == venue
    )


def _list_new(source: MeasuredExchange, state: AccountState, now: datetime) -> list[Moved]:
    """Return what a venue lists and the log does not have yet, since the account is monitored."""
    assert state.monitored_since is not None  # noqa: S101 the caller checked
    since = min(now - LOOKBACK, state.equity_at - timedelta(days=1))
    try:
        transfers = source.ask(lambda exchange: exchange.list_transfers(since), may_refuse=True)
    except Rejected as error:
        # Not offered, or the key may not ask: transfers at this venue are a person's to report.
        logger.warning(TRANSFERS_UNREADABLE, venue=source.venue, code=error.code, detail=error.detail)
        metrics.add_metric(name="TransfersUnreadable", unit=MetricUnit.Count, value=1)
        return []
    moves = [m for t in transfers if t.at >= state.monitored_since for m in to_moves(source.venue, t)]
    keys = tuple(("TRANSFER", key) for moved in moves for key in {moved.key, moved.key.removesuffix(_RETURNED)})
    known = source.job.deps.store.read(ReadRequest(account_id=state.account_id, markers=keys)).markers
    went = {key for _, key in known}
    return [
        moved
        for moved in moves
        if moved.key not in went and (not moved.key.endswith(_RETURNED) or moved.key.removesuffix(_RETURNED) in went)
    ]


_RETURNED = ":returned"


def to_moves(venue: str, transfer: VenueTransfer) -> list[Moved]:
    """Return what a transfer moves: a withdrawal counts when it is asked for, and counts back if it fails.

    Its money leaves the balance at once, however long it is under way. A deposit counts when it has arrived.
    """
    key = f"{venue}:{transfer.kind.value}:{transfer.transfer_id}"
    failed = transfer.status in {TransferStatus.FAILED, TransferStatus.CANCELLED}
    if transfer.kind is TransferKind.DEPOSIT:
        if transfer.status is not TransferStatus.OK:
            return []
        return [Moved(key=key, venue=venue, asset=transfer.asset, amount=transfer.amount, at=transfer.at)]
    fee = transfer.fee if transfer.fee_currency in {None, transfer.asset} else ZERO
    amount = transfer.amount + fee
    if failed:
        # Of use only where the withdrawal was counted before.
        return [Moved(key=key + _RETURNED, venue=venue, asset=transfer.asset, amount=amount, at=transfer.at)]
    return [Moved(key=key, venue=venue, asset=transfer.asset, amount=-amount, at=transfer.at)]


def _record(moved: Moved, rates: Mapping[str, Decimal], job: JobContext, account_id: str, *, in_equity: bool) -> int:
    rate = rates.get(moved.asset)
    if rate is None:
        # Equity does not count the asset either; once it does, the transfer is found again.
        logger.warning(TRANSFER_UNPRICED, venue=moved.venue, asset=moved.asset)
        return 0
    amount = with_risk_context(quantize_money)(moved.amount * rate)
    if not amount:
        return 0
    deps, now = job.deps, job.clock()
    try:
        answered = record_transfer(
            Acting(deps=deps, actor=MONITOR_ACTOR, now=now),
            account_id,
            moved.key,
            amount,
            moved.at,
            in_equity=in_equity,
        )
    except Conflict:
        # A run beside this one valued it at another price and was first.
        return 0
    logger.info(TRANSFER_RECORDED, venue=moved.venue, asset=moved.asset, in_equity=in_equity)
    return int(not answered.replayed)
