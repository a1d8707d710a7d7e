"""Plan a hedge: the one entry to this package. Pure: the same inputs give the same plan, live and in replay."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal

from riskgate.core.account.aliases import multiplier_of
from riskgate.core.account.document import AccountState, Position
from riskgate.core.errors import Unprocessable
from riskgate.core.figures import CorrelationRow
from riskgate.core.hedging.markets import find_markets, list_margin_notes
from riskgate.core.hedging.model import (
    BETA_ASSET,
    HedgeLeg,
    HedgeMarket,
    HedgeMode,
    HedgeNote,
    HedgePlan,
    HedgeSpec,
    VarianceResult,
)
from riskgate.core.hedging.sizing import floor_to_lot, in_flight_delta, lot_in_units, size_legs
from riskgate.core.hedging.valuation import (
    MOVES,
    Factor,
    build_table,
    compute_funding,
    compute_margin,
    compute_pnl_at,
    fee_of,
    floor_pnl,
    move_all,
)
from riskgate.core.hedging.variance import compute_beta, compute_beta_value, measure_hedge, require_rows
from riskgate.core.instrument import Market
from riskgate.core.limits import Limits
from riskgate.core.money import ONE, ZERO, quantize_money
from riskgate.core.side import Side
from riskgate.core.statements.lots import exact


@dataclass(frozen=True, kw_only=True, slots=True)
class _Book:
    """What is hedged, and with what."""

    spec: HedgeSpec
    state: AccountState
    limits: Limits
    now: datetime
    holdings: tuple[Position, ...]
    markets: tuple[HedgeMarket, ...]
    rows: Mapping[str, CorrelationRow]
    #: Units of the asset in one contract, of every market that was read.
    sizes: Mapping[str, Decimal]

    def fees(self) -> dict[str, Decimal]:
        markets = {market.key: market for market in self.markets}
        return {h.key: fee_of(markets.get(h.key), self.spec.fee_fraction) for h in self.holdings}

    def deltas(self) -> dict[str, Decimal]:
        return _sum_by_asset((h.asset, h.quantity * self.unit_of(h)) for h in self.holdings)

    def unit_of(self, position: Position) -> Decimal:
        """Return how many units of its asset one contract of a position is."""
        return position.contract_size * multiplier_of(self.state, position.symbol)

    def values(self) -> dict[str, Decimal]:
        return _sum_by_asset((h.asset, h.value) for h in self.holdings)

    def markets_of(self, asset: str) -> list[HedgeMarket]:
        return [market for market in self.markets if market.instrument.base_currency == asset]

    def in_flight(self, asset: str) -> Decimal:
        """Return what earlier hedges of the whole book are still to change, in units of the asset."""
        if self.spec.position is not None:
            return ZERO
        sizes = {**self.sizes, **{p.key: self.unit_of(p) for p in self.state.positions.values()}}
        sizes |= {m.key: m.instrument.contract_size for m in self.markets}
        return in_flight_delta(asset, self.state.working_orders.values(), sizes)

    def size(self, need: Decimal, markets: Sequence[HedgeMarket]) -> tuple[list[HedgeLeg], list[HedgeNote]]:
        return size_legs(need, markets, self.state.positions, self.state.working_orders.values())


@dataclass(frozen=True, kw_only=True, slots=True)
class _Sized:
    """The orders of a hedge with what only its mode knows."""

    legs: Sequence[HedgeLeg] = ()
    notes: Sequence[HedgeNote] = ()
    variance: VarianceResult | None = None


@exact
def build_plan(
    spec: HedgeSpec,
    state: AccountState,
    limits: Limits,
    markets: Iterable[Market],
    rows: Iterable[CorrelationRow],
    now: datetime,
) -> HedgePlan:
    """Return the orders of a hedge, the safer first, and what they lead to. Nothing held: nothing to do.

    `state` is settled and marked to `now`; `markets` are those the hedge may trade and those of hedges under way,
    `rows` the correlations of the book's assets and the hedge's, for the modes that need them. Raises Unprocessable: a
    named market cannot be traded or valued now, or correlations are not known well enough.
    """
    held = [p for key, p in sorted(state.positions.items()) if spec.position in {None, key} and p.quantity]
    if not held:
        return HedgePlan(
            notes=(HedgeNote(code="NOTHING_TO_HEDGE", key=spec.position or "", message="nothing is held"),)
        )
    markets = tuple(markets)
    usable, notes = find_markets(spec, state, limits, markets, now)
    book = _Book(
        spec=spec,
        state=state,
        limits=limits,
        now=now,
        holdings=tuple(held),
        markets=tuple(usable),
        rows={row.asset: row for row in rows},
        sizes=_sizes(state, markets),
    )
    sized = _SIZERS[spec.mode](book)
    # Legs that only reduce can do no harm alone; of the others the largest takes most risk away.
    legs = sorted(sized.legs, key=lambda leg: (not leg.reduces, -leg.notional, leg.market.key))
    return _describe(book, tuple(legs), [*notes, *sized.notes], sized.variance)


def _sizes(state: AccountState, markets: Iterable[Market]) -> dict[str, Decimal]:
    """Return how many units of its asset one contract is, by market."""
    read = [market.instrument for market in markets if market.instrument is not None]
    return {one.key: one.contract_size * multiplier_of(state, one.symbol) for one in read}


def _size_delta(book: _Book) -> _Sized:
    """Take a fraction of each asset's delta away; hedges under way count as done where the whole book is hedged."""
    spec = book.spec
    fraction = ONE if spec.mode is HedgeMode.FULL else spec.fraction
    legs: list[HedgeLeg] = []
    notes: list[HedgeNote] = []
    for asset, held in sorted(book.deltas().items()):
        delta = held + book.in_flight(asset)
        markets = book.markets_of(asset)
        if delta and not markets:
            notes.append(HedgeNote(code="NO_INSTRUMENT", key=asset, message=f"no market is given to hedge {asset} in"))
        more, obstacles = book.size(-fraction * delta, markets)
        legs += more
        notes += obstacles
    return _Sized(legs=legs, notes=notes)


def _size_target(book: _Book) -> _Sized:
    """Trade as little as gives the wanted profit at the adverse price, up to the whole position."""
    spec, (holding,) = book.spec, book.holdings
    assert spec.target_pnl is not None  # noqa: S101 the request's shape
    markets = book.markets_of(holding.asset)[:1]
    if not markets:
        return _Sized(notes=[HedgeNote(code="NO_INSTRUMENT", key=holding.key, message="no market is given")])
    (market,) = markets
    factor, fees = _adverse(book), book.fees()
    before = compute_pnl_at([holding], (), factor, fees)
    missing = spec.target_pnl - before
    if missing <= 0:
        return _Sized()
    side = Side.SELL if holding.quantity > 0 else Side.BUY
    lot = HedgeLeg(market=market, side=side, quantity=_lot_of(market), reduces=market.key == holding.key)
    gain = compute_pnl_at([holding], [lot], factor, fees, spec.horizon_hours) - before
    if gain <= 0:
        message = "at this price the hedge costs more than it saves"
        return _Sized(notes=[HedgeNote(code="TARGET_UNREACHABLE", key=market.key, message=message)])
    units = abs(holding.quantity) * book.unit_of(holding)
    most = floor_to_lot(units / market.instrument.contract_size, market)
    quantity = min(most, (missing / gain).to_integral_value(ROUND_CEILING) * lot.quantity)
    legs, notes = book.size(side.sign * quantity * market.instrument.contract_size, markets)
    return _Sized(legs=legs, notes=notes)


def _size_variance(book: _Book) -> _Sized:
    """Trade the one instrument that is given as far as it lowers the variance, never beyond its optimum."""
    if not book.markets:
        return _Sized(notes=[HedgeNote(code="NO_INSTRUMENT", key="", message="no market is given to hedge in")])
    (market, *_), values = book.markets, book.values()
    asset = market.instrument.base_currency
    if book.spec.mode is HedgeMode.BETA and asset != BETA_ASSET:
        raise Unprocessable(f"a beta hedge trades {BETA_ASSET}", code="HEDGE_INSTRUMENT_INVALID")
    require_rows(book.rows, {*values, asset}, book.now)
    price = market.middle * market.rate
    values[asset] = values.get(asset, ZERO) + book.in_flight(asset) * price
    wanted = -book.spec.fraction * compute_beta_value(values, book.rows[asset])
    legs, notes = book.size(wanted / price, [market])
    traded = sum((leg.delta for leg in legs), ZERO) * price
    return _Sized(legs=legs, notes=notes, variance=measure_hedge(values, book.rows, asset, traded))


_SIZERS = {
    HedgeMode.FULL: _size_delta,
    HedgeMode.PARTIAL: _size_delta,
    HedgeMode.DELTA_NEUTRAL: _size_delta,
    HedgeMode.TARGET_PNL: _size_target,
    HedgeMode.MIN_VARIANCE: _size_variance,
    HedgeMode.BETA: _size_variance,
}


def _describe(
    book: _Book, legs: tuple[HedgeLeg, ...], notes: list[HedgeNote], variance: VarianceResult | None
) -> HedgePlan:
    spec, fees = book.spec, book.fees()
    before = book.deltas()
    after = _sum_by_asset([*before.items(), *((leg.market.instrument.base_currency, leg.delta) for leg in legs)])
    value = sum(book.values().values(), ZERO)
    leverage = max(book.limits.leverage_max or ONE, ONE)
    moves = list(MOVES)
    reached = None
    at_target = None
    if spec.mode is HedgeMode.TARGET_PNL:
        assert spec.target_pnl is not None  # noqa: S101 the request's shape
        moves.append(_adverse(book)(book.holdings[0].asset) - ONE)
        there = compute_pnl_at(book.holdings, legs, _adverse(book), fees, spec.horizon_hours)
        at_target, reached = floor_pnl(there), there >= spec.target_pnl
        if not reached:
            notes.append(
                HedgeNote(code="TARGET_NOT_REACHED", key=spec.position or "", message="the target is out of reach")
            )
    table = build_table(book.holdings, legs, _factors(book, variance), fees, hours=spec.horizon_hours, moves=moves)
    worst = min(point.hedged_pnl for point in table)
    margin = compute_margin(legs, leverage)
    return HedgePlan(
        legs=legs,
        notes=tuple(dict.fromkeys([*notes, *list_margin_notes(legs, book.state, leverage)])),
        delta_before=before,
        delta_after=after,
        value_before=quantize_money(value),
        value_after=quantize_money(
            value + sum((leg.signed * leg.market.middle * leg.market.unit for leg in legs), ZERO)
        ),
        fees=quantize_money(sum((leg.fee for leg in legs), ZERO)),
        spread_cost=quantize_money(sum((leg.spread_cost for leg in legs), ZERO)),
        funding_cost=quantize_money(compute_funding(legs, spec.horizon_hours)),
        margin=quantize_money(margin),
        table=table,
        worst_pnl=worst,
        locked_pnl=worst if variance is None and _is_flat(after, legs) else None,
        pnl_at_target=at_target,
        target_reached=reached,
        variance=variance,
    )


def _factors(book: _Book, variance: VarianceResult | None) -> Callable[[Decimal], Factor]:
    """Return how assets move together: alike, or each by its beta where the hedge counts on it."""
    if variance is None:
        return move_all
    row = book.rows[book.markets[0].instrument.base_currency]
    return lambda move: lambda asset: max(ZERO, ONE + move * compute_beta(row, asset))


def _adverse(book: _Book) -> Factor:
    holding, price = book.holdings[0], book.spec.adverse_price
    assert price is not None  # noqa: S101 the request's shape
    return move_all(price / holding.mark_price - ONE)


def _is_flat(deltas: Mapping[str, Decimal], legs: Sequence[HedgeLeg]) -> bool:
    """Tell whether no asset has more than one lot of its hedge left."""
    lots: dict[str, Decimal] = {}
    for leg in legs:
        asset = leg.market.instrument.base_currency
        lots[asset] = max(lots.get(asset, ZERO), lot_in_units(leg.market))
    return all(abs(delta) <= lots.get(asset, ZERO) for asset, delta in deltas.items())


def _lot_of(market: HedgeMarket) -> Decimal:
    return lot_in_units(market) / market.instrument.contract_size


def _sum_by_asset(amounts: Iterable[tuple[str, Decimal]]) -> dict[str, Decimal]:
    totals: dict[str, Decimal] = {}
    for asset, amount in amounts:
        totals[asset] = totals.get(asset, ZERO) + amount
    return dict(sorted(totals.items()))
