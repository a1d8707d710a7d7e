"""An account's document as the quantitative core sees it: position values, closes on one calendar, a book."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

import numpy as np

from riskgate.core.account.document import AccountState, Position
from riskgate.core.account.leg_sums import UNKNOWN_SECTOR
from riskgate.core.instrument import MarketType, Quote
from riskgate.core.market.closes import DailyCloses, JumpMeaning
from riskgate.core.quant.arrays import FloatArray
from riskgate.core.quant.border import to_float
from riskgate.core.quant.data_quality import DELISTED_AFTER_DAYS, CloseSeries
from riskgate.core.quant.results import MINIMUM_OBSERVATIONS
from riskgate.core.quant.returns import WINDOW_DAYS, AlignedCloses, align_closes, compute_simple_returns
from riskgate.core.quant.stress_book import CashBalance, StressBook, StressPosition

MAINTENANCE_MARGIN_FRACTION = 0.01
"""Assumed of every swap: the venue's own tiers are not known here. Majors need less, small coins more."""
SPREAD_AGE_MAX = timedelta(hours=1)
"""A quote older than this tells no spread."""


@dataclass(frozen=True, kw_only=True, eq=False, slots=True)
class Portfolio:
    """Open positions by key, and their signed values in base currency at the marks."""

    positions: tuple[Position, ...]
    values: FloatArray

    @property
    def assets(self) -> tuple[str, ...]:
        """Assets held, each once, sorted."""
        return tuple(sorted({position.asset for position in self.positions}))

    def select(self, assets: Sequence[str]) -> "Portfolio":
        """Return the positions in some of the assets."""
        kept = [i for i, position in enumerate(self.positions) if position.asset in assets]
        return Portfolio(positions=tuple(self.positions[i] for i in kept), values=self.values[kept])


def read_portfolio(state: AccountState) -> Portfolio:
    """Read the open positions of an account."""
    held = tuple(position for _, position in sorted(state.positions.items()) if position.quantity)
    return Portfolio(positions=held, values=np.array([to_float(position.value) for position in held], dtype=np.float64))


def last_closed_day(now: datetime) -> date:
    """Return the last UTC day that is over: the day every window ends on."""
    return now.date() - timedelta(days=1)


def align_daily_closes(
    closes: Mapping[str, DailyCloses], assets: Sequence[str], now: datetime, *, window_days: int = WINDOW_DAYS
) -> AlignedCloses:
    """Put closes on the calendar that ends with the last closed day; an asset without any gets an empty column."""
    return align_closes(
        [_make_series(asset, closes.get(asset)) for asset in assets],
        as_of=last_closed_day(now),
        window_days=window_days,
    )


def _make_series(asset: str, closes: DailyCloses | None) -> CloseSeries:
    """Make a series of what is stored; nothing is a series without closes.

    Closes before a confirmed change of unit are left out: no return crosses it.
    """
    if closes is None:
        return CloseSeries.of(asset, [], [])
    days = np.datetime64(closes.first_day, "D") + np.arange(len(closes.closes))
    units = [day for day, meaning in closes.jumps.items() if meaning is JumpMeaning.UNIT]
    kept = days >= np.datetime64(max(units, default=closes.first_day), "D")
    prices = np.array(closes.closes, dtype=np.float64)[kept]
    return CloseSeries.of(asset, days[kept], prices, frozenset(closes.jumps))


def count_returns(aligned: AlignedCloses) -> dict[str, int]:
    """Count the daily returns of each asset."""
    counts = np.count_nonzero(~np.isnan(compute_simple_returns(aligned.closes)), axis=0)
    return {asset: int(count) for asset, count in zip(aligned.assets, counts, strict=True)}


def list_covered(aligned: AlignedCloses) -> tuple[str, ...]:
    """List the assets with enough returns; none when all closes ended a week ago: the feed is dead."""
    recent = aligned.closes[-1 - DELISTED_AFTER_DAYS :]
    if not (~np.isnan(recent)).any():
        return ()
    return tuple(asset for asset, count in count_returns(aligned).items() if count >= MINIMUM_OBSERVATIONS)


def read_spread(quote: Quote | None, now: datetime) -> Decimal | None:
    """Return (ask - bid) / mid of a fresh quote, or None."""
    if quote is None or quote.bid is None or quote.ask is None or now - quote.at > SPREAD_AGE_MAX:
        return None
    mid = (quote.bid + quote.ask) / 2
    spread = quote.ask - quote.bid
    return spread / mid if mid > 0 and spread >= 0 else None


def build_book(state: AccountState, quotes: Mapping[str, Quote], now: datetime) -> StressBook:
    """Build the book that stress tests revalue; spreads come from `quotes`, by market key.

    Balances of an asset that is held as a spot position at the same venue are that position; those without
    a rate into base currency are left out, as they are in the account's own venue equity.
    """
    equity = to_float(state.equity)
    venues = {*state.balances, *(position.venue for position in state.positions.values())}
    return StressBook(
        equity=equity,
        peak_equity=max(to_float(state.peak_equity), equity),
        base_currency=state.base_currency,
        positions=tuple(
            _stress_position(position, read_spread(quotes.get(position.key), now))
            for position in read_portfolio(state).positions
        ),
        cash=_read_cash(state),
        # With one venue all equity is there, whatever its parts say.
        venue_equity={next(iter(venues)): equity} if len(venues) == 1 else {},
    )


def _stress_position(position: Position, spread: Decimal | None) -> StressPosition:
    is_swap = position.market_type is MarketType.SWAP
    units, rate = position.quantity * position.contract_size, position.rate
    profit = units * (position.mark_price - position.average_price) * rate if is_swap else Decimal(0)
    stop = position.stop_loss_price
    return StressPosition(
        key=position.key,
        asset=position.asset,
        quote_asset=position.settle_currency,
        venue=position.venue,
        sector=position.sector or UNKNOWN_SECTOR,
        market_type=position.market_type,
        quantity=to_float(units),
        mark_price=to_float(position.mark_price * rate),
        stop_loss_price=to_float(stop * rate) if stop is not None else None,
        spread_fraction=to_float(spread) if spread is not None else None,
        maintenance_margin_fraction=MAINTENANCE_MARGIN_FRACTION if is_swap else 0.0,
        unrealized_pnl=to_float(profit),
    )


def _read_cash(state: AccountState) -> tuple[CashBalance, ...]:
    """Read the balances that are no position."""
    held = {(p.venue, p.asset) for p in state.positions.values() if p.market_type is MarketType.SPOT}
    margined = {venue.venue for venue in state.venues if venue.market_type is MarketType.SWAP}
    margined |= {p.venue for p in state.positions.values() if p.market_type is MarketType.SWAP}
    return tuple(
        CashBalance(asset=asset, venue=venue, value=to_float(balance.total * rate), is_collateral=venue in margined)
        for venue, balances in sorted(state.balances.items())
        for asset, balance in sorted(balances.items())
        if (venue, asset) not in held and (rate := state.rate(asset)) is not None
    )
