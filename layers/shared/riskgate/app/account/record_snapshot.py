"""Replace what the account document says about money and positions by what was seen, by whom ever."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

from riskgate.app.account.book_coins import book_coins, list_coin_markets, share_coins
from riskgate.app.ledger.commit_event import Acting, Effects, LogPlace, Plan, Step, commit_event
from riskgate.app.orders.confirm_placed import placed_record
from riskgate.core.account.document import AccountState, Balance, OrderStatus
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.errors import Conflict, Unprocessable
from riskgate.core.instrument import market_key
from riskgate.core.ledger.account_events import ReportedPosition, SnapshotRecorded, SnapshotResult, require_one_leg
from riskgate.core.ledger.apply import Result
from riskgate.core.ledger.equity_parts import find_last_at, is_backed
from riskgate.core.market.quote_faults import AGE_MAX
from riskgate.core.market.valuation import usable_price
from riskgate.core.money import MONEY_MAX, plain
from riskgate.core.orders.events import RULES
from riskgate.schemas.http.answers.account import SnapshotAnswer
from riskgate.schemas.http.requests.snapshots import PositionRequest, SnapshotRequest

#: A snapshot from further ahead than this has a wrong clock.
CLOCK_SKEW = timedelta(seconds=30)

#: Orders that one snapshot confirms at most: their items are written in one transaction.
PLACED_MAX = 40

#: Builds the event for the account as it is when it is committed.
type BuildSnapshot = Callable[[Snapshot, AccountState], SnapshotRecorded]


def record_snapshot(
    acting: Acting, account_id: str, seen: SnapshotRequest, *, by_trader: bool = False
) -> SnapshotAnswer:
    """Replace equity, balances and positions by what was reported.

    `by_trader`: whoever reports also trades, and no person vouches for it. A gain counts then only as far as it is
    explained.

    What a balance holds of a coin is a position, as large as it says, whether the report lists positions or not.
    Where only some venues have a key, all of it is of the others, and equity what their balances are worth: what the
    gateway reads comes on top.

    Raises Forbidden: a position of a strategy that is not the caller's; NotFound: unknown account; Conflict: the
    gateway reads the account, or a venue that the report names, itself; Unprocessable: an unknown instrument, a
    position or coin without any price or rate into base currency, two positions in one market, equity that its
    balances do not explain, a snapshot from the future, or one older than the last.
    """
    for position in seen.positions:
        if position.strategy is not None:
            acting.require_strategy(position.strategy)
    # Dated ahead it would keep every other reading out until then.
    taken_at = seen.taken_at or acting.now
    if acting.now < taken_at <= acting.now + CLOCK_SKEW:
        taken_at = acting.now

    def build(snapshot: Snapshot, state: AccountState) -> SnapshotRecorded:
        _require_unread(seen, state)
        event = to_event(seen, snapshot, taken_at=taken_at, now=acting.now, by_trader=by_trader)
        _require_backed(state, event)
        return event

    # Which quotes tell the rates, and value coins, depends on the account; many reports have neither.
    needed = seen.rates or seen.open_orders or any(item.total for item in seen.balances)
    state = acting.deps.store.read(ReadRequest(account_id=account_id)).require_state() if needed else None
    return commit_snapshot(
        acting,
        account_id,
        taken_at,
        build,
        markets=list_markets(seen, state),
        open_orders=seen.open_orders,
        placed=_list_placed(seen, state) if state is not None else (),
    )


def _list_placed(seen: SnapshotRequest, state: AccountState) -> tuple[str, ...]:
    """Return the orders that a report lists as open and that nobody confirmed yet; the rest waits for the next."""
    orders = (state.working_orders.get(name) for name in seen.open_orders)
    # One that the gateway sends has no time to be placed in.
    waiting = (o for o in orders if o is not None and o.status is OrderStatus.APPROVED and o.expires_at is not None)
    return tuple(dict.fromkeys(order.client_order_id for order in waiting))[:PLACED_MAX]


def _require_unread(seen: SnapshotRequest, state: AccountState) -> None:
    """Refuse what the gateway knows from a venue itself."""
    if len(state.keyed_venues) == len(state.venues):
        raise Conflict("the gateway reads this account from its venues", code="EQUITY_FROM_VENUES")
    reported = {item.venue for item in seen.balances} | {item.venue for item in seen.positions}
    named = reported & state.keyed_venues
    if named:
        text = f"the gateway reads {', '.join(sorted(named))} itself: report the other venues alone"
        raise Conflict(text, code="EQUITY_FROM_VENUES")


def _require_backed(state: AccountState, event: SnapshotRecorded) -> None:
    """Refuse equity of some venues that is not what was reported of them: it would count what the gateway reads too."""
    if event.excludes and not is_backed(state, event):
        text = (
            f"equity is that of the venues without a key alone, without {', '.join(event.excludes)}:"
            " the reported balances are worth something else, by quotes and the reported rates"
        )
        raise Unprocessable(text, code="EQUITY_IMPLAUSIBLE")


def _list_excluded(state: AccountState) -> tuple[str, ...]:
    """Return the venues that a report is not of; one of an account whose venues all have a key is a reading of all."""
    return () if len(state.keyed_venues) == len(state.venues) else tuple(sorted(state.keyed_venues))


def list_markets(seen: SnapshotRequest, state: AccountState | None) -> tuple[tuple[str, str], ...]:
    """Return (venue, symbol) of what is needed to complete a report; not all of them exist."""
    held = [(position.venue, position.symbol) for position in seen.positions]
    if state is None:
        return tuple(held)
    quoted = [(venue.venue, f"{name}/{state.base_currency}") for name in seen.rates for venue in state.venues]
    return tuple(dict.fromkeys([*held, *quoted, *list_coin_markets(seen, state)]))


def _compute_rates(seen: SnapshotRequest, snapshot: Snapshot, now: datetime) -> dict[str, Decimal]:
    """Return the reported rates, each by the gateway's own fresh quote where there is one: a false one hides a loss."""
    state = snapshot.require_state()
    rates = {}
    for name, reported in seen.rates.items():
        keys = (market_key(venue.venue, f"{name}/{state.base_currency}") for venue in state.venues)
        quoted = (usable_price(snapshot.market(key).quote, now) for key in keys)
        rates[name] = next((price for price in quoted if price is not None), reported)
    return rates


def to_event(
    seen: SnapshotRequest, snapshot: Snapshot, *, taken_at: datetime, now: datetime, by_trader: bool = False
) -> SnapshotRecorded:
    """Return a report as an event. Raises Unprocessable: see `record_snapshot`."""
    balances: dict[str, dict[str, Balance]] = {}
    for item in seen.balances:
        balances.setdefault(item.venue, {})[item.asset] = Balance(total=item.total, used=item.used)
    state, rates = snapshot.require_state(), _compute_rates(seen, snapshot, now)
    shares = share_coins(seen, snapshot, rates)
    keys = dict.fromkeys([*(market_key(position.venue, position.symbol) for position in seen.positions), *shares])
    own_marks = _list_own_marks(keys, snapshot, now) if by_trader else None
    reported = tuple(_complete(position, snapshot, now, own_marks) for position in seen.positions)
    require_one_leg(reported)
    positions = book_coins(reported, shares, snapshot, rates, own_marks, now)
    _require_rates(state, positions, rates)
    return SnapshotRecorded(
        taken_at=taken_at,
        equity=seen.equity,
        balances=balances,
        positions=positions,
        rates=rates,
        rules=RULES,
        own_marks=own_marks,
        excludes=_list_excluded(state),
        open_orders=tuple(name for name in snapshot.records if name in seen.open_orders),
    )


def commit_snapshot(
    acting: Acting,
    account_id: str,
    taken_at: datetime,
    build: BuildSnapshot,
    *,
    markets: Sequence[tuple[str, str]] = (),
    open_orders: Sequence[str] = (),
    placed: Sequence[str] = (),
) -> SnapshotAnswer:
    """Record what was seen at `taken_at`, and return what the account believes then.

    `open_orders` are all that were listed, `placed` those of them that nobody confirmed before. `build` makes the
    event, anew whenever another request changed the account first, from instruments and quotes of `markets`.

    Raises NotFound: unknown account; Unprocessable: a snapshot from the future, or one older than the last.
    """

    def plan(snapshot: Snapshot, _: bool) -> Plan[SnapshotAnswer]:
        state = snapshot.require_state()
        if taken_at - acting.now > CLOCK_SKEW:
            raise Unprocessable("the snapshot is dated in the future", code="SNAPSHOT_FROM_FUTURE")
        if taken_at < state.equity_at:
            raise Unprocessable("a newer snapshot is already recorded", code="SNAPSHOT_OUTDATED")

        def effects(result: Result, place: LogPlace) -> tuple[SnapshotAnswer, Effects]:
            body = _answer(result, place, open_orders)
            records = tuple(
                placed_record(replace(record, updated_at=acting.now), result.state)
                for name, record in snapshot.records.items()
                if name in result.state.working_orders
            )
            return body, Effects(answer=body, records=records)

        event = build(snapshot, state)
        if taken_at < find_last_at(state, event):
            raise Unprocessable("a newer snapshot is already recorded", code="SNAPSHOT_OUTDATED")
        return Step(event, effects)

    request = ReadRequest(account_id=account_id, markets=tuple(markets), client_order_ids=tuple(placed))
    return commit_event(acting, request, plan).value


def _require_rates(state: AccountState, positions: Sequence[ReportedPosition], rates: Mapping[str, Decimal]) -> None:
    """Refuse a position that nothing converts into base currency: at a rate of 1 it could count for nothing."""
    for position in positions:
        currency = position.settle_currency
        if state.rate(currency) is None and currency not in rates:
            text = f"no rate from {currency} into {state.base_currency} to value {position.symbol}"
            raise Unprocessable(text, code="NO_REFERENCE_PRICE")


def _list_own_marks(keys: Iterable[str], snapshot: Snapshot, now: datetime) -> dict[str, Decimal]:
    """Return the gateway's own prices of some markets: fresh quotes, else the last marks."""
    positions, marks = snapshot.require_state().positions, {}
    for key in keys:
        mark = _fresh_price(snapshot, key, now) or (positions[key].mark_price if key in positions else None)
        if mark is not None:
            marks[key] = mark
    return marks


def _fresh_price(snapshot: Snapshot, key: str, now: datetime) -> Decimal | None:
    quote = snapshot.market(key).quote
    return quote.reference if quote is not None and now - quote.at <= AGE_MAX else None


def _complete(
    seen: PositionRequest, snapshot: Snapshot, now: datetime, own_marks: Mapping[str, Decimal] | None
) -> ReportedPosition:
    """Return the position with its instrument's facts; its mark is our own, the reported one or a fresh quote's."""
    key = market_key(seen.venue, seen.symbol)
    instrument = snapshot.market(key).instrument
    if instrument is None:
        raise Unprocessable(f"{seen.symbol} is not known at {seen.venue}", code="INSTRUMENT_NOT_FOUND")
    mark = (own_marks or {}).get(key) or seen.mark_price or _fresh_price(snapshot, key, now)
    if mark is None:
        raise Unprocessable(f"{seen.symbol} has no mark price and no fresh quote", code="NO_REFERENCE_PRICE")
    if abs(seen.quantity) * mark * instrument.contract_size >= MONEY_MAX:
        raise Unprocessable(f"the position in {seen.symbol} is too large to account for", code="POSITION_TOO_LARGE")
    return ReportedPosition(
        venue=seen.venue,
        symbol=seen.symbol,
        market_type=instrument.market_type,
        asset=instrument.base_currency,
        sector=instrument.sector,
        settle_currency=instrument.settle_currency,
        quantity=seen.quantity,
        average_price=seen.average_price,
        mark_price=mark,
        contract_size=instrument.contract_size,
        stop_loss_price=seen.stop_loss_price,
        strategy=seen.strategy,
        liquidation_price=seen.liquidation_price,
    )


def _answer(result: Result, place: LogPlace, open_orders: Sequence[str]) -> SnapshotAnswer:
    state, seen = result.state, result.snapshot
    assert isinstance(seen, SnapshotResult)  # noqa: S101 a snapshot event answers one
    return SnapshotAnswer(
        equity=plain(state.equity),
        equity_at=state.equity_at,
        confirmed=seen.accepted and not seen.is_capped,
        reason=seen.reason or None,
        unpriced_assets=list(seen.unpriced_assets),
        trading_state=state.trading_state,
        breakers=sorted(state.breakers),
        open_orders_unreserved=sorted(set(open_orders) - state.working_orders.keys()),
        state_version=place.state_version,
        audit_sequence=place.audit_sequence,
    )
