"""An account as its venues show it, turned into a snapshot: equity in base currency, and positions.

Nothing is guessed. What has no usable price is either left out and named, where equity never counted it, or the
whole reading is refused: equity that loses an asset from one minute to the next would look like a loss.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

from riskgate.core.account.document import AccountState, Balance, Venue
from riskgate.core.errors import Unprocessable
from riskgate.core.instrument import Instrument, MarketType, Quote, market_key
from riskgate.core.ledger.account_events import ReportedPosition, SnapshotRecorded, require_one_leg, value_account
from riskgate.core.market.holdings import is_coin, is_dust, known_shares, list_coin_symbols, share_out
from riskgate.core.market.valuation import (
    PIVOTS,
    compute_rate,
    find_route,
    list_candidates,
    usable_price,
    value_balances,
)
from riskgate.core.money import MONEY_MAX, ZERO, with_risk_context
from riskgate.core.orders.events import RULES
from riskgate.core.replacing import replace
from riskgate.core.venues.model import VenueBalance, VenuePosition

#: The margin ratio of a wallet with nothing left in it, and what no ratio is above.
RATIO_MAX = Decimal(1000)
_RATIO_DIGITS = Decimal("0.000001")


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueReading:
    """What one venue showed; `funding_rates` are those of the positions by symbol, as far as it tells."""

    venue: Venue
    balances: tuple[VenueBalance, ...]
    positions: tuple[VenuePosition, ...] = ()
    funding_rates: Mapping[str, Decimal] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True, slots=True)
class AccountReading:
    """All venues of an account, read from `taken_at` on; `instruments` and `quotes` are by market key.

    `priced_at` is when the quotes arrived; `extra_assets` need a price beside what is held.
    """

    taken_at: datetime
    venues: tuple[VenueReading, ...]
    instruments: Mapping[str, Instrument] = field(default_factory=dict)
    quotes: Mapping[str, Quote] = field(default_factory=dict)
    priced_at: datetime | None = None
    extra_assets: tuple[str, ...] = ()


def list_markets(state: AccountState, reading: AccountReading) -> tuple[tuple[str, str], ...]:
    """Return (venue, symbol) of every market whose instrument may be needed; not all of them exist."""
    venues = [seen.venue for seen in reading.venues]
    found = dict.fromkeys(list_candidates(venues, _assets(state, reading), state.base_currency))
    held = [(p.venue, p.symbol) for p in state.positions.values()]
    swaps = [(seen.venue.venue, p.symbol) for seen in reading.venues for p in seen.positions]
    return tuple(dict.fromkeys([*found, *held, *swaps]))


def list_quoted(state: AccountState, reading: AccountReading) -> dict[str, list[str]]:
    """Return the symbols whose quotes value the reading, by venue."""
    keys: set[str] = set()
    for asset in _assets(state, reading):
        keys.update(_route(state, reading, asset) or ())
    for seen in reading.venues:
        keys.update(market_key(seen.venue.venue, p.symbol) for p in seen.positions if p.mark_price is None)
        for _, shares in _spot_shares(state, reading, seen):
            keys.update(instrument.key for instrument, _ in shares)
    wanted: dict[str, list[str]] = {}
    for key in sorted(keys & reading.instruments.keys()):
        wanted.setdefault(reading.instruments[key].venue, []).append(reading.instruments[key].symbol)
    return wanted


@with_risk_context
def to_snapshot(state: AccountState, reading: AccountReading) -> SnapshotRecorded:
    """Return the reading as an event; its equity is that of the venues that were read.

    Raises Unprocessable: ASSET_UNPRICED, something that equity counts, or a debt, has no usable price;
    INSTRUMENT_NOT_FOUND or NO_REFERENCE_PRICE, a position cannot be valued; POSITION_TOO_LARGE; HEDGE_MODE_UNSUPPORTED,
    a market has two positions.
    """
    rates = compute_rates(state, reading)
    balances = {
        seen.venue.venue: {b.asset: Balance(total=b.total, used=b.used) for b in seen.balances}
        for seen in reading.venues
    }
    for venue, asset in _list_unpriced(state, reading, rates):
        balance = balances[venue][asset]
        if balance.total < ZERO or asset in _counted_assets(state, venue):
            raise Unprocessable(f"{asset} at {venue} has no usable price", code="ASSET_UNPRICED")
    totals, _ = value_balances(balances, lambda asset: _rate(state, rates, asset))
    positions = [p for seen in reading.venues for p in _positions(state, reading, seen, rates)]
    require_one_leg(positions)
    for position in positions:
        if abs(position.quantity) * position.mark_price * position.contract_size >= MONEY_MAX:
            text = f"the position in {position.symbol} is beyond what can be accounted"
            raise Unprocessable(text, code="POSITION_TOO_LARGE")
    return SnapshotRecorded(
        taken_at=reading.taken_at,
        equity=sum(totals.values(), ZERO),
        balances=balances,
        positions=tuple(positions),
        rates=rates,
        from_venues=True,
        rules=RULES,
        margin_ratios=_margin_ratios(state, reading, rates),
        excludes=tuple(sorted({v.venue for v in state.venues} - balances.keys())),
    )


def _margin_ratios(state: AccountState, reading: AccountReading, rates: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """Return by venue the maintenance margin of its swaps over the margin balance; without what it does not tell."""
    ratios = {}
    for seen in reading.venues:
        margins = [(p.maintenance_margin, p.symbol.partition(":")[2]) for p in seen.positions]
        needed = [m * (_rate(state, rates, asset) or ZERO) for m, asset in margins if m is not None]
        if not needed or len(needed) < len(margins):
            continue
        wallet = sum((b.total * (_rate(state, rates, b.asset) or ZERO) for b in seen.balances), ZERO)
        ratio = sum(needed, ZERO) / wallet if wallet > 0 else RATIO_MAX
        ratios[seen.venue.venue] = min(ratio, RATIO_MAX).quantize(_RATIO_DIGITS, ROUND_CEILING)
    return ratios


@with_risk_context
def compute_rates(state: AccountState, reading: AccountReading) -> dict[str, Decimal]:
    """Return base currency per unit of every asset that has a usable price."""
    rates = {}
    for asset in _assets(state, reading):
        route = _route(state, reading, asset)
        if not route:
            continue
        rate = compute_rate(asset, route, reading.instruments, reading.quotes, reading.priced_at or reading.taken_at)
        if rate is not None and rate > 0:
            rates[asset] = rate
    return rates


def list_changes(state: AccountState, reading: AccountReading) -> dict[tuple[str, str], Decimal]:
    """Return by how much each (venue, asset) differs from what the account document expects after its fills.

    On spot that is exact: only fills and transfers move a holding. A swap wallet also moves with its positions.
    """
    changes = {}
    for seen in reading.venues:
        venue = seen.venue.venue
        expected = {asset: balance.total for asset, balance in state.balances.get(venue, {}).items()}
        found = {balance.asset: balance.total for balance in seen.balances}
        for asset in sorted({*expected, *found}):
            change = found.get(asset, ZERO) - expected.get(asset, ZERO)
            if change:
                changes[venue, asset] = change
    return changes


def _assets(state: AccountState, reading: AccountReading) -> list[str]:
    """Return everything that needs a rate: what is held, what positions and orders are paid in, common currencies."""
    held = [balance.asset for seen in reading.venues for balance in seen.balances if balance.total]
    held += [p.settle_currency for p in state.positions.values()]
    held += [order.reserved_asset for order in state.working_orders.values()]
    for seen in reading.venues:
        held += [p.symbol.partition(":")[2] for p in seen.positions]
    return [
        asset
        for asset in dict.fromkeys([*held, *reading.extra_assets, *PIVOTS])
        if asset and asset != state.base_currency
    ]


def _route(state: AccountState, reading: AccountReading, asset: str) -> tuple[str, ...] | None:
    return find_route(asset, state.base_currency, [seen.venue for seen in reading.venues], reading.instruments)


def _rate(state: AccountState, rates: Mapping[str, Decimal], asset: str) -> Decimal | None:
    return Decimal(1) if asset == state.base_currency else rates.get(asset)


def _list_unpriced(
    state: AccountState, reading: AccountReading, rates: Mapping[str, Decimal]
) -> Iterator[tuple[str, str]]:
    for seen in reading.venues:
        for balance in seen.balances:
            if balance.total and _rate(state, rates, balance.asset) is None:
                yield seen.venue.venue, balance.asset


def _counted_assets(state: AccountState, venue: str) -> set[str]:
    """Return the assets that the last equity counts at a venue."""
    _, unpriced = value_account(state)
    held = {asset for asset, balance in state.balances.get(venue, {}).items() if balance.total}
    return held - set(unpriced)


def _positions(
    state: AccountState, reading: AccountReading, seen: VenueReading, rates: Mapping[str, Decimal]
) -> Iterator[ReportedPosition]:
    if seen.venue.market_type is MarketType.SWAP:
        for swap in seen.positions:
            yield _swap_position(state, reading, seen, swap, rates)
        return
    for asset, shares in _spot_shares(state, reading, seen):
        if asset not in rates:
            continue
        if not shares:
            raise Unprocessable(f"{asset} has no market at {seen.venue.venue}", code="INSTRUMENT_NOT_FOUND")
        for instrument, quantity in shares:
            known = state.positions.get(instrument.key)
            mark = usable_price(reading.quotes.get(instrument.key), reading.priced_at or reading.taken_at)
            if mark is None or _rate(state, rates, instrument.settle_currency) is None:
                raise Unprocessable(f"{instrument.symbol} has no usable price", code="NO_REFERENCE_PRICE")
            if is_dust(instrument, quantity, mark):
                continue
            yield _report(instrument, quantity, known.average_price if known is not None else mark, mark)


def _swap_position(
    state: AccountState,
    reading: AccountReading,
    seen: VenueReading,
    swap: VenuePosition,
    rates: Mapping[str, Decimal],
) -> ReportedPosition:
    venue = seen.venue
    key = market_key(venue.venue, swap.symbol)
    instrument, known = reading.instruments.get(key), state.positions.get(key)
    if instrument is None:
        raise Unprocessable(f"{swap.symbol} is not known at {venue.venue}", code="INSTRUMENT_NOT_FOUND")
    now = reading.priced_at or reading.taken_at
    mark = swap.mark_price or usable_price(reading.quotes.get(key), now)
    if mark is None or _rate(state, rates, instrument.settle_currency) is None:
        raise Unprocessable(f"{swap.symbol} has no usable price", code="NO_REFERENCE_PRICE")
    average = swap.entry_price or (known.average_price if known is not None else mark)
    return replace(
        _report(instrument, swap.quantity, average, mark),
        liquidation_price=swap.liquidation_price,
        funding_rate=seen.funding_rates.get(swap.symbol),
    )


def _spot_shares(
    state: AccountState, reading: AccountReading, seen: VenueReading
) -> Iterator[tuple[str, list[tuple[Instrument, Decimal]]]]:
    """Yield each coin held on spot with the markets its quantity is booked in."""
    if seen.venue.market_type is MarketType.SWAP:
        return
    venue = seen.venue.venue
    for balance in seen.balances:
        asset = balance.asset
        if not balance.total or not is_coin(asset, state.base_currency):
            continue
        known, symbols = known_shares(state, venue, asset), list_coin_symbols(asset, state.base_currency)
        yield asset, share_out(venue, balance.total, known, reading.instruments, symbols)


def _report(instrument: Instrument, quantity: Decimal, average: Decimal, mark: Decimal) -> ReportedPosition:
    return ReportedPosition(
        venue=instrument.venue,
        symbol=instrument.symbol,
        market_type=instrument.market_type,
        asset=instrument.base_currency,
        sector=instrument.sector,
        settle_currency=instrument.settle_currency,
        quantity=quantity,
        average_price=average,
        mark_price=mark,
        contract_size=instrument.contract_size,
    )
