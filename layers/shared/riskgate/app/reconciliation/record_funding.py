"""Write down the funding payments of swaps that a venue lists, each once: the statement counts them."""

from collections.abc import Iterable

from riskgate.app.ledger.commit_event import Acting, Answered, Effects, LogPlace, Plan, Step, commit_event
from riskgate.core.account.document import AccountState
from riskgate.core.account.stored import Marker, ReadRequest, Snapshot
from riskgate.core.instrument import Instrument, market_key
from riskgate.core.ledger.apply import Result
from riskgate.core.money import plain
from riskgate.core.reconciliation.events import FundingRecorded
from riskgate.core.reconciliation.match import VenueBook
from riskgate.core.venues.model import VenueFunding
from riskgate.observability import logger
from riskgate.schemas.codec import encode, sha256_hex

FUNDING_RECORDED = "funding_recorded"
FUNDING_NOT_RECORDED = "funding_not_recorded"


def record_funding(acting: Acting, account_id: str, books: Iterable[VenueBook]) -> int:
    """Record the payments in the venues' books that the log lacks, and return how many those were.

    Raises Contention, Transient, OutcomeUnknown: the next run goes on; nothing is recorded twice.
    """
    listed = {
        ("FUNDING", f"{book.venue}#{payment.symbol}#{payment.payment_id}"): (book.venue, payment)
        for book in books
        for payment in book.funding
    }
    if not listed:
        return 0
    markets = {(venue, payment.symbol) for venue, payment in listed.values()}
    request = ReadRequest(account_id=account_id, markers=tuple(listed), markets=tuple(sorted(markets)))
    snapshot, recorded = acting.deps.store.read(request), 0
    for marker, (venue, payment) in listed.items():
        instrument = snapshot.instruments.get(market_key(venue, payment.symbol))
        if marker in snapshot.markers:
            continue
        if instrument is None or payment.asset != instrument.settle_currency:
            logger.warning(FUNDING_NOT_RECORDED, venue=venue, symbol=payment.symbol, asset=payment.asset)
            continue
        recorded += _record(acting, account_id, marker, payment, instrument)
    return recorded


def _record(
    acting: Acting, account_id: str, marker: tuple[str, str], payment: VenueFunding, instrument: Instrument
) -> bool:
    def plan(snapshot: Snapshot, _: bool) -> Plan[bool]:
        state = snapshot.require_state()
        if marker in snapshot.markers:
            return Answered(False)
        event = FundingRecorded(
            instrument=instrument,
            strategy=_strategy_of(state, instrument.key),
            payment_id=payment.payment_id,
            amount=payment.amount,
            paid_at=payment.at,
        )

        def effects(_result: Result, _place: LogPlace) -> tuple[bool, Effects]:
            body = {"payment_id": payment.payment_id, "amount": plain(payment.amount), "strategy": event.strategy}
            kind, key = marker
            mark = Marker(kind=kind, key=key, request_hash=sha256_hex(encode(payment)), answer=encode(body).decode())
            return True, Effects(answer=body, markers=(mark,))

        return Step(event, effects)

    recorded = commit_event(acting, ReadRequest(account_id=account_id, markers=(marker,)), plan).value
    if recorded:
        logger.info(FUNDING_RECORDED, symbol=payment.symbol, payment_id=payment.payment_id)
    return recorded


def _strategy_of(state: AccountState, market: str) -> str:
    """Return whose position it was: what is held now, else what was closed last; an empty text where nobody knows."""
    held = state.positions.get(market)
    if held is not None:
        return held.strategy or ""
    closed = [trade.strategy for trade in state.closed_trades if trade.key == market]
    return (closed[-1] or "") if closed else ""
