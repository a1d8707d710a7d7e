"""What an account is and holds: events of registration, limits, snapshots, transfers, and what they do."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import ClassVar

from riskgate.core.account.aliases import asset_of, find_alias
from riskgate.core.account.document import AccountState, Balance, DaySession, Position, TradingState, Venue, WeekSession
from riskgate.core.account.equity import set_equity
from riskgate.core.account.exposure import HOLDINGS_SINCE, compute_exposure, hold_coins, resplit_orders
from riskgate.core.account.parts import AssetAlias
from riskgate.core.account.pegs import compute_depegs
from riskgate.core.account.stops import trail_stop
from riskgate.core.account.transfers import TRANSFERS_ONCE_SINCE, take_reading
from riskgate.core.account.venue_groups import assign_groups
from riskgate.core.errors import Conflict, HedgeModeUnsupported, Unprocessable
from riskgate.core.instrument import MarketType, market_key
from riskgate.core.ledger.equity_parts import PARTS_SINCE, join_parts, keep_doubt, keep_parts, name_side
from riskgate.core.ledger.suspicion import cap_equity, explain_equity, find_reason, is_confirmed, remember
from riskgate.core.limits import Limits
from riskgate.core.market.valuation import value_balances
from riskgate.core.money import ONE, ZERO
from riskgate.core.orders.fees import forget_pending
from riskgate.core.replacing import replace
from riskgate.core.safeguards.breakers import SECOND_LOOK_SINCE, run_breakers
from riskgate.core.scenario import StressScenario

#: Rules from which on a reading warns of margin ratios and of dollars off their peg.
WARNINGS_SINCE = 4
#: Rates of what is neither held nor paid in are kept while all of them are fewer than this.
IDLE_RATES_MAX = 100
#: Rules from which on the wallets at one exchange count as one venue group, also of accounts that named none.
VENUE_GROUPS_SINCE = 4
#: Why a lower figure than the reported one counts.
UNPROVEN = "the gain is more than fills, prices and transfers explain: it needs a one-time code"


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountRegistered:
    """A new account, or a new description of an existing one (equity is then left alone)."""

    event_name: ClassVar[str] = "account_registered"
    base_currency: str
    venues: tuple[Venue, ...]
    sectors: dict[str, str]
    initial_equity: Decimal
    limits: Limits
    limits_hash: str
    asset_aliases: dict[str, AssetAlias] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class LimitsChanged:
    """A new version of the account's limits."""

    event_name: ClassVar[str] = "limits_changed"
    limits: Limits
    limits_hash: str
    loosened: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class ReportedPosition:
    """One position of a snapshot, completed with its instrument's facts; `mark_price` in quote currency."""

    venue: str
    symbol: str
    market_type: MarketType
    asset: str
    sector: str | None
    settle_currency: str
    quantity: Decimal
    average_price: Decimal
    mark_price: Decimal
    contract_size: Decimal = ONE
    stop_loss_price: Decimal | None = None
    strategy: str | None = None
    liquidation_price: Decimal | None = None
    funding_rate: Decimal | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class SnapshotRecorded:
    """The account as the venue or the bot sees it at `taken_at`; equity in base currency.

    `from_venues` tells that the gateway itself read all of the account's venues. `own_marks` are the gateway's own
    prices by market key where whoever reports also trades: only they explain a gain. `excludes` names the venues
    whose balances and positions were not reported, since the gateway reads them: what is held there stays as it is.
    `open_orders` rest at their venues, whether the rest of the reading is believed or not.
    """

    event_name: ClassVar[str] = "snapshot_recorded"
    taken_at: datetime
    equity: Decimal
    balances: dict[str, dict[str, Balance]] = field(default_factory=dict)
    positions: tuple[ReportedPosition, ...] = ()
    rates: dict[str, Decimal] = field(default_factory=dict)
    from_venues: bool = False
    rules: int = 1
    margin_ratios: dict[str, Decimal] = field(default_factory=dict)
    own_marks: dict[str, Decimal] | None = None
    excludes: tuple[str, ...] = ()
    open_orders: tuple[str, ...] = ()

    def is_about(self, venue: str) -> bool:
        """Tell whether what is held at a venue was reported."""
        return venue not in self.excludes


@dataclass(frozen=True, kw_only=True, slots=True)
class TransferRecorded:
    """A deposit (`amount` > 0) or withdrawal (< 0) in base currency.

    `in_equity` says that equity shows it already, `is_new` that no reading does; else the readings are to tell.
    """

    event_name: ClassVar[str] = "transfer_recorded"
    transfer_id: str
    amount: Decimal
    executed_at: datetime
    in_equity: bool = False
    is_new: bool = False
    rules: int = 1


@dataclass(frozen=True, kw_only=True, slots=True)
class StressScenariosChanged:
    """The account's own stress scenarios from now on, all of them."""

    event_name: ClassVar[str] = "stress_scenarios_changed"
    scenarios: tuple[StressScenario, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class SnapshotResult:
    """Whether the reading was believed, and the assets it holds without a rate into base currency.

    `is_capped`: its equity was not, and a lower figure counts.
    """

    accepted: bool
    reason: str = ""
    unpriced_assets: tuple[str, ...] = ()
    is_capped: bool = False


def require_one_leg(positions: Iterable[ReportedPosition]) -> None:
    """Refuse a reading with two positions of one market: of a long and a short leg one would be lost.

    Raises Unprocessable: code HEDGE_MODE_UNSUPPORTED.
    """
    seen: set[str] = set()
    for position in positions:
        key = market_key(position.venue, position.symbol)
        if key in seen:
            text = f"{position.symbol} has two positions at {position.venue}: set its position mode to one-way there"
            raise Unprocessable(text, code=HedgeModeUnsupported.code)
        seen.add(key)


def register_account(
    state: AccountState | None, account_id: str, event: AccountRegistered, now: datetime
) -> AccountState:
    """Create the account at its initial equity, or describe an existing one anew.

    The initial equity is cash in base currency at the first venue until a snapshot says otherwise.

    Raises Conflict: an existing account would change its base currency.
    """
    if state is not None:
        if state.base_currency != event.base_currency:
            raise Conflict("the base currency of an account cannot change", code="BASE_CURRENCY_FIXED")
        described = replace(state, venues=event.venues, sectors=event.sectors, asset_aliases=event.asset_aliases)
        if described.keyed_venues != state.keyed_venues:
            # Which side holds what is told anew; until then equity is what it was.
            described = replace(described, equity_parts=None)
        return _with_sectors(_with_aliases(described) if state.asset_aliases or event.asset_aliases else described)
    cash = event.initial_equity
    today = now.date()
    first = event.venues[0].venue
    return AccountState(
        account_id=account_id,
        base_currency=event.base_currency,
        venues=event.venues,
        sectors=event.sectors,
        asset_aliases=event.asset_aliases,
        version=0,
        trading_state=TradingState.ACTIVE,
        equity=cash,
        equity_at=now,
        peak_equity=cash,
        day=DaySession(day=today, baseline=cash),
        week=WeekSession(monday=today - timedelta(days=today.weekday()), peak=cash),
        limits_version=1,
        limits_hash=event.limits_hash,
        updated_at=now,
        venue_equity={first: cash},
        balances={first: {event.base_currency: Balance(total=cash)}},
    )


def change_limits(state: AccountState, event: LimitsChanged, now: datetime) -> AccountState:
    """Take over a new version of the limits; breakers they newly trip trip at once."""
    state = replace(state, limits_version=state.limits_version + 1, limits_hash=event.limits_hash)
    return run_breakers(state, event.limits, now)


def take_snapshot(
    state: AccountState, limits: Limits, event: SnapshotRecorded, now: datetime
) -> tuple[AccountState, SnapshotResult]:
    """Replace equity, balances and positions by what was seen, unless the reading needs confirmation.

    A strange reading (see `suspicion`) changes nothing the first time: a second one like it, taken some seconds later,
    is believed. One taken before the last recorded fill does not know that fill and is never believed.
    """
    if event.rules >= HOLDINGS_SINCE:
        state = hold_coins(state)
    event, parts = join_parts(state, event)
    if state.filled_at is not None and event.taken_at < state.filled_at:
        reason = "it was taken before the last recorded fill"
        return run_breakers(state, limits, now), SnapshotResult(accepted=False, reason=reason)
    reason = name_side(find_reason(state, event), event, parts)
    if reason and not is_confirmed(state.unconfirmed, event, reason):
        unconfirmed = keep_doubt(state, event, parts) or remember(state.unconfirmed, event, reason)
        state = run_breakers(replace(state, unconfirmed=unconfirmed), limits, now)
        return state, SnapshotResult(accepted=False, reason=reason)
    if event.rules >= VENUE_GROUPS_SINCE:
        state = assign_groups(state)
    equity, claim = cap_equity(state, limits, event)
    if event.rules >= TRANSFERS_ONCE_SINCE:
        state = take_reading(state, equity, _explain(state, event), at=event.taken_at, now=now)
    # The gateway's own reading holds every rate that is still known: older ones are none.
    rates = event.rates if event.from_venues and parts is None else _join_rates(state, event)
    balances = {venue: held for venue, held in state.balances.items() if not event.is_about(venue)} | event.balances
    state = replace(state, rates=rates, balances=balances, unconfirmed=keep_doubt(state, event, parts))
    state = keep_parts(state, event, parts, equity)
    state = _with_warnings(state, event)
    state = _with_positions(state, event)
    state = replace(state, exposure=compute_exposure(state))
    venue_equity, unpriced = value_account(state)
    state = set_equity(replace(state, venue_equity=venue_equity, equity_claim=claim), equity)
    # A reading that another one confirmed is the second look already.
    state = run_breakers(state, limits, now, rules=1 if reason else event.rules)
    if claim is not None and claim.claimed is not None and event.own_marks is not None:
        return state, SnapshotResult(accepted=True, reason=UNPROVEN, unpriced_assets=unpriced, is_capped=True)
    return state, SnapshotResult(accepted=True, unpriced_assets=unpriced)


def _with_positions(state: AccountState, event: SnapshotRecorded) -> AccountState:
    """Replace the positions of the venues that the reading is of."""
    reported = {market_key(p.venue, p.symbol): p for p in event.positions}
    if event.from_venues and state.monitored_since is not None:
        state = replace(state, reconciliation=state.reconciliation.adopt(_list_unexplained(state, event, reported)))
    if event.from_venues and state.monitored_since is None:
        state = replace(state, monitored_since=event.taken_at)
    kept = {key: position for key, position in state.positions.items() if not event.is_about(position.venue)}
    positions = kept | {key: trail_stop(_position(state, key, p, event.taken_at)) for key, p in reported.items()}
    shared = {
        key: part for key, part in state.position_parts.items() if key in kept or _is_still_shared(state, key, reported)
    }
    state = replace(state, positions=positions, position_parts=shared, has_snapshot=True)
    state = forget_pending(state, event.is_about)
    for key in {*reported, *(order.key for order in state.working_orders.values())}:
        state = resplit_orders(state, key, event.rules)
    return state


def _explain(state: AccountState, event: SnapshotRecorded) -> Decimal:
    marks = {market_key(p.venue, p.symbol): p.mark_price for p in event.positions}
    return explain_equity(state, marks, event.rates, event.is_about)


def _with_warnings(state: AccountState, event: SnapshotRecorded) -> AccountState:
    """Take over what the reading warns of: margin ratios, and dollars that are off their peg."""
    if event.rules < WARNINGS_SINCE:
        return state
    ratios = {venue: ratio for venue, ratio in state.margin_ratios.items() if not event.is_about(venue)}
    return replace(state, margin_ratios=ratios | event.margin_ratios, depegs=compute_depegs(state))


def _join_rates(state: AccountState, event: SnapshotRecorded) -> dict[str, Decimal]:
    """Return the reported rates, the older ones that something is still paid in or held, and a few of the rest.

    Kept for good they would fill the document, until no exit fits into it any more.
    """
    if event.rules < SECOND_LOOK_SINCE:
        return {**state.rates, **event.rates}
    used = {asset for balances in event.balances.values() for asset in balances}
    used |= {position.settle_currency for position in event.positions}
    used |= {asset for venue, held in state.balances.items() if not event.is_about(venue) for asset in held}
    used |= {p.settle_currency for p in state.positions.values() if not event.is_about(p.venue)}
    used |= {order.reserved_asset for order in state.working_orders.values()}
    used |= {order.symbol.partition("/")[2].partition(":")[0] for order in state.working_orders.values()}
    joined = {asset: rate for asset, rate in state.rates.items() if asset in used} | event.rates
    for asset in sorted(state.rates.keys() - joined.keys())[: max(0, IDLE_RATES_MAX - len(joined))]:
        joined[asset] = state.rates[asset]
    if event.rules >= PARTS_SINCE and not event.from_venues:
        # What is held where the gateway reads is worth what the gateway says.
        read = {asset for venue in event.excludes for asset in state.balances.get(venue, {})}
        joined |= {asset: state.rates[asset] for asset in read & state.rates.keys()}
    return joined


def _is_still_shared(state: AccountState, key: str, reported: dict[str, ReportedPosition]) -> bool:
    """Tell whether the strategies' parts outlast a reading: not where it holds nothing, or names another strategy."""
    if key not in reported:
        return False
    named, known = reported[key].strategy, state.positions.get(key)
    return named is None or known is None or named == known.strategy


def _list_unexplained(
    state: AccountState, event: SnapshotRecorded, reported: dict[str, ReportedPosition]
) -> dict[str, Decimal]:
    """Return by how much a reading moves swap positions beyond their fills; a spot holding moves by transfers too."""
    held = {
        key
        for key, position in state.positions.items()
        if position.market_type is MarketType.SWAP and event.is_about(position.venue)
    }
    swaps = held | {key for key, position in reported.items() if position.market_type is MarketType.SWAP}
    return {
        key: (reported[key].quantity if key in reported else ZERO)
        - (state.positions[key].quantity if key in state.positions else ZERO)
        for key in swaps
    }


def _with_aliases(state: AccountState) -> AccountState:
    """Name what is held and what works on swaps after the assets that the account says they are of."""
    positions = {
        k: replace(p, asset=asset_of(state, p.symbol)) if p.market_type is MarketType.SWAP else p
        for k, p in state.positions.items()
    }
    orders = {
        k: replace(o, asset=asset_of(state, o.symbol)) if o.market_type is MarketType.SWAP else o
        for k, o in state.working_orders.items()
    }
    return replace(state, positions=positions, working_orders=orders)


def _with_sectors(state: AccountState) -> AccountState:
    """Move what is held and what works to the sectors the account names."""
    positions = {k: replace(p, sector=state.sectors.get(p.asset) or p.sector) for k, p in state.positions.items()}
    orders = {k: replace(o, sector=state.sectors.get(o.asset) or o.sector) for k, o in state.working_orders.items()}
    state = replace(state, positions=positions, working_orders=orders)
    return replace(state, exposure=compute_exposure(state))


def _position(state: AccountState, key: str, reported: ReportedPosition, at: datetime) -> Position:
    """Build the position; stop and strategy the report does not know are kept from before."""
    known = state.positions.get(key)
    asset = asset_of(state, reported.symbol) if find_alias(state, reported.symbol) is not None else reported.asset
    return Position(
        venue=reported.venue,
        symbol=reported.symbol,
        market_type=reported.market_type,
        asset=asset,
        sector=state.sectors.get(asset) or reported.sector,
        settle_currency=reported.settle_currency,
        quantity=reported.quantity,
        average_price=reported.average_price,
        mark_price=reported.mark_price,
        marked_at=at,
        contract_size=reported.contract_size,
        rate=state.rate(reported.settle_currency) or (known.rate if known is not None else ONE),
        stop_loss_price=reported.stop_loss_price or (known.stop_loss_price if known is not None else None),
        strategy=reported.strategy or (known.strategy if known is not None else ""),
        # A reading that turned the position knows of no stop on its other side, and of no entry's fees.
        kept_stop=known.kept_stop if known is not None and known.quantity * reported.quantity > 0 else None,
        entry_fees=known.entry_fees if known is not None and known.quantity * reported.quantity > 0 else None,
        liquidation_price=reported.liquidation_price,
        # None and zero are stored as the same: nothing is paid.
        funding_rate=reported.funding_rate or None,
    )


def value_account(state: AccountState) -> tuple[dict[str, Decimal], tuple[str, ...]]:
    """Value each venue's balances; assets are priced by rates or by their position's mark, never at zero silently."""
    own = (p for p in state.positions.values() if p.contract_size == ONE and find_alias(state, p.symbol) is None)
    marks = {p.asset: p.mark_price * p.rate for p in own}
    return value_balances(state.balances, lambda asset: state.rate(asset) or marks.get(asset))
