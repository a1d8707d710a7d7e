"""Gather the facts of `riskctl preflight`. Whatever goes wrong with one of them is why it is not known."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any

from infra.riskctl.api import account_path
from infra.riskctl.audit import iterate_rows, verify_account
from infra.riskctl.errors import CliError
from infra.riskctl.preflight_aws import read_alarms, read_phone, read_subscriptions, read_tables
from infra.riskctl.preflight_facts import Chain, Clock, Facts, History, Market, Stage, Unread, VenueLook
from infra.riskctl.venue import inspect, is_test_endpoint, list_venues
from riskgate.core.account.stored import GATEWAY_CHAIN, ReadRequest
from riskgate.core.instrument import market_key
from riskgate.core.limits import Limits
from riskgate.core.orders.events import FillRecorded
from riskgate.core.safeguards.events import AlertAcknowledged, KillSwitchChanged
from riskgate.schemas.codec import decode, encode
from riskgate.schemas.log.audit_entry import read_entry

if TYPE_CHECKING:
    from infra.riskctl.aws import Aws
    from infra.riskctl.session import Session
    from riskgate.core.access.tokens import Token
    from riskgate.core.account.document import Venue

#: Kill switches over the whole account; those of a venue, strategy or symbol prove less.
WIDE = frozenset({"global", "account"})
#: A Date header has whole seconds.
DATE_PRECISION = timedelta(seconds=1)


def gather(session: Session, account_id: str, stage: Stage) -> Facts:
    """Read everything that a stage asks about. Nothing is changed, and no failure ends it."""

    def read[T](reader: Callable[[], T], since: Stage = Stage.SANDBOX) -> T | Unread:
        return _attempt(reader) if stage.rank >= since.rank else Unread(reason="not asked at this stage")

    limits = read(lambda: _read_limits(session, account_id))
    return Facts(
        now=datetime.now(UTC),
        stage=stage,
        account_id=account_id,
        limits=limits,
        clock=read(lambda: _read_clock(session)),
        account=read(lambda: session.api.get(account_path(account_id))),
        kill_switches=read(lambda: session.api.get("/kill-switch")),
        chains=read(lambda: _read_chains(session, account_id)),
        history=read(lambda: _read_history(session, account_id), Stage.PAPER),
        venues=read(lambda: _read_venues(session, account_id, stage)),
        markets=read(lambda: _read_markets(session, account_id, limits)),
        tokens=read(lambda: _read_tokens(session.aws), Stage.PAPER),
        seeds=read(lambda: frozenset(session.aws.read_seeds()), Stage.PAPER),
        reconciliation=read(lambda: session.api.get(account_path(account_id, "reconciliation")), Stage.SMALL_LIVE),
        risk=read(lambda: session.api.get(account_path(account_id, "risk")), Stage.SMALL_LIVE),
        alarms=read(lambda: read_alarms(session.aws), Stage.SMALL_LIVE),
        subscriptions=read(lambda: read_subscriptions(session.aws), Stage.SMALL_LIVE),
        phone=read(lambda: read_phone(session.aws, account_id), Stage.SMALL_LIVE),
        tables=read(lambda: read_tables(session.aws), Stage.SMALL_LIVE),
    )


def _attempt[T](reader: Callable[[], T]) -> T | Unread:
    try:
        return reader()
    except Exception as error:  # noqa: BLE001 whatever it is, the fact is not known, and the other points still count
        message = error.message if isinstance(error, CliError) else str(error)
        return Unread(reason=message.splitlines()[0] if message else type(error).__name__)


def _read_tokens(aws: Aws) -> tuple[Token, ...]:
    """Return the tokens, and what the keys of the front door may do."""
    return (*aws.tokens.list_tokens(), *(key.grant for key in aws.keys.list_keys()))


def _read_clock(session: Session) -> Clock:
    sent_at = datetime.now(UTC)
    reply = session.api.call("GET", "/health")
    took = datetime.now(UTC) - sent_at
    if reply.date is None:
        raise CliError("the API does not tell its time")
    # The header's second began up to a second before the answer left.
    theirs = parsedate_to_datetime(reply.date) + DATE_PRECISION / 2
    return Clock(ahead=theirs - (sent_at + took / 2), within=took / 2 + DATE_PRECISION / 2)


def _read_limits(session: Session, account_id: str) -> Limits:
    return decode(encode(session.api.get(account_path(account_id, "limits"))["limits"]), Limits)


def _read_chains(session: Session, account_id: str) -> tuple[Chain, ...]:
    """Verify the account's chain and the gateway's own, which begins with the first thing that concerns no account."""
    store = session.aws.log
    names = [account_id] + ([GATEWAY_CHAIN] if store.list_audit(GATEWAY_CHAIN, after=0, limit=1) else [])
    return tuple(_read_chain(session, name) for name in names)


def _read_chain(session: Session, name: str) -> Chain:
    store, seals = session.aws.log, session.aws.seals
    seen = verify_account(store, name, seals, with_orders=name != GATEWAY_CHAIN)
    behind = store.list_audit(name, after=seen.sealed, limit=1) if seen.sealed is not None else ()
    return Chain(
        name=name,
        entries=seen.entries,
        findings=seen.findings,
        sealed=seen.sealed,
        unsealed_since=next((row.at for row in behind), None),
    )


def _read_history(session: Session, account_id: str) -> History:
    engaged: datetime | None = None
    tried: tuple[datetime, datetime] | None = None
    acknowledged: datetime | None = None
    fills: list[datetime] = []
    for row in iterate_rows(session.aws.log, account_id):
        if row.event == FillRecorded.event_name:
            fills.append(row.at)
        elif row.event == AlertAcknowledged.event_name:
            acknowledged = row.at
        elif row.event == KillSwitchChanged.event_name:
            change: Any = read_entry(row.entry).typed_inputs()
            if change.scope in WIDE and change.engaged:
                engaged = row.at
            elif change.scope in WIDE and engaged is not None:
                tried, engaged = (engaged, row.at), None
    return History(
        engaged_at=tried[0] if tried else None,
        released_at=tried[1] if tried else None,
        acknowledged_at=acknowledged,
        first_fill_at=fills[0] if fills else None,
        fills=len(fills),
    )


def _read_venues(session: Session, account_id: str, stage: Stage) -> tuple[VenueLook, ...]:
    """Look at the account's venues; before real money trades their exchanges are not asked."""
    return tuple(look_at(session.aws, venue, stage) for venue in list_venues(session, account_id, None))


def look_at(aws: Aws, venue: Venue, stage: Stage) -> VenueLook:
    """Look at one venue with its key. Nothing is changed there."""
    return VenueLook(
        venue=venue.venue,
        has_key=venue.key_secret is not None,
        is_test=is_test_endpoint(aws, venue),
        findings=inspect(aws, venue) if stage.is_real else (),
    )


def _read_markets(session: Session, account_id: str, limits: Limits | Unread) -> dict[str, Market]:
    """Return the markets that are held, or allowed by name and listed at a venue of the account."""
    if isinstance(limits, Unread):
        raise CliError(limits.reason)
    store = session.aws.store
    state = store.read(ReadRequest(account_id=account_id)).require_state()
    held = {(position.venue, position.symbol) for position in state.positions.values()}
    allowed = {(venue.venue, symbol) for venue in state.venues for symbol in limits.symbols_allowed or ()}
    found = store.read(ReadRequest(account_id=account_id, markets=tuple(sorted(held | allowed))))
    markets = {}
    for venue, symbol in sorted(held | allowed):
        key = market_key(venue, symbol)
        instrument, quote = found.instruments.get(key), found.quotes.get(key)
        if instrument is not None or (venue, symbol) in held:
            markets[f"{venue} {symbol}"] = Market(
                quoted_at=quote.at if quote is not None else None,
                notional_min=instrument.notional_min if instrument is not None else None,
            )
    unlisted = sorted(
        {symbol for _, symbol in allowed}
        - {symbol for venue, symbol in held | allowed if market_key(venue, symbol) in found.instruments}
    )
    if unlisted:
        raise CliError(f"no venue of the account has trading rules for {', '.join(unlisted)}")
    return markets
