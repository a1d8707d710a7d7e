"""Bring daily closes from a venue to the gateway: complete, without today's, never silently rewritten."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from riskgate.app.ports.jobs import Closes
from riskgate.app.venues.measured_exchange import MeasuredExchange
from riskgate.core.errors import Rejected, StateCorrupt, VenueAnswerInvalid
from riskgate.core.instrument import MarketType
from riskgate.core.market.closes import DailyCloses, first_day_to_ask, merge_closes
from riskgate.observability import MetricUnit, logger, metrics

CLOSES_STORED = "closes_stored"
CLOSES_FLAGGED = "closes_flagged"
CLOSES_FAILED = "closes_failed"
CLOSES_TAKEN_OVER = "closes_taken_over"

#: Currencies that closes may be quoted in: the first that the venue offers.
QUOTE_CURRENCIES = ("USDT", "USDC", "USD", "FDUSD", "DAI")
#: A series from another market is left alone until it is more than this late; then this venue takes over.
TAKEOVER_AFTER = timedelta(days=3)
_DAY, _INSTANT = timedelta(days=1), timedelta(milliseconds=1)
_DAYS_LOGGED_MAX = 10


@dataclass(kw_only=True, slots=True)
class ClosesCollected:
    """What came of it, in assets.

    `current` needed nothing; `unlisted` have no market here; `elsewhere` come from another market; `failed` could not
    be read; `behind` lack yesterday's close. `gaps` and `flagged` count days.
    """

    stored: int = 0
    current: int = 0
    unlisted: int = 0
    elsewhere: int = 0
    failed: int = 0
    behind: int = 0
    gaps: int = 0
    flagged: int = 0


def collect_closes(assets: Sequence[str], *, source: MeasuredExchange, closes: Closes) -> ClosesCollected:
    """Complete the daily closes of assets: all of the past at first, later from the last close on.

    Raises Transient: the venue or the database does not answer; what was stored until then stays.
    """
    result = ClosesCollected()
    for asset in assets:
        try:
            _collect(asset, source, closes, result)
        except (Rejected, VenueAnswerInvalid, StateCorrupt) as error:
            # One series that is not readable must not cost the others.
            result.failed += 1
            logger.error(CLOSES_FAILED, venue=source.venue, asset=asset, code=error.code, detail=error.detail)
    counts = {
        "ClosesStored": result.stored,
        "CloseGaps": result.gaps,
        "ClosesFlagged": result.flagged,
        "ClosesBehind": result.behind + result.failed,
    }
    for name, value in counts.items():
        metrics.add_metric(name=name, unit=MetricUnit.Count, value=value)
    return result


def _collect(asset: str, source: MeasuredExchange, closes: Closes, result: ClosesCollected) -> None:
    now = source.job.clock()
    yesterday = now.date() - _DAY
    stored = closes.get([asset]).get(asset)
    if stored is not None and not _is_served(stored, source):
        if yesterday - stored.last_day <= TAKEOVER_AFTER:
            result.elsewhere += 1
            return
        logger.warning(CLOSES_TAKEN_OVER, venue=source.venue, asset=asset, before=f"{stored.venue}:{stored.symbol}")
        stored = None
    symbol = stored.symbol if stored is not None else _find_symbol(asset, source)
    if symbol is None:
        result.unlisted += 1
        return
    first = first_day_to_ask(stored, now.date())
    if stored is not None and first is None:
        result.current += 1
        result.gaps += len(stored.gaps)
        return
    assert first is not None  # noqa: S101 what is not stored is asked for
    found = _read_closes(symbol, first, now.date(), source)
    before = stored or DailyCloses(
        asset=asset, symbol=symbol, venue=source.venue, first_day=first, closes=(), as_of=now, asked_from=first
    )
    series = merge_closes(before, found, as_of=now, asked_from=first)
    result.behind += series.last_day < yesterday
    if series.closes and closes.put(series):
        _count(series, now, result)


def _is_served(stored: DailyCloses, source: MeasuredExchange) -> bool:
    """Tell whether a series comes from a market that this source still has."""
    is_swap = ":" in stored.symbol
    same = stored.venue == source.venue and is_swap is (source.market_type is MarketType.SWAP)
    return same and source.ask(lambda exchange: exchange.has_market(stored.symbol))


def _find_symbol(asset: str, source: MeasuredExchange) -> str | None:
    """Return the market whose closes stand for the asset's, or None where the venue has none."""
    is_swap = source.market_type is MarketType.SWAP
    names = [f"{asset}/{quote}:{quote}" if is_swap else f"{asset}/{quote}" for quote in QUOTE_CURRENCIES]
    return source.ask(lambda exchange: next((name for name in names if exchange.has_market(name)), None))


def _read_closes(symbol: str, first: date, today: date, source: MeasuredExchange) -> dict[date, float]:
    """Return the closes of the days before today's, from the first one on.

    Raises VenueAnswerInvalid: the venue's days do not begin at 00:00 UTC.
    """
    since, midnight = (datetime.combine(day, time(), UTC) for day in (first, today))
    candles = source.ask(lambda exchange: exchange.list_candles(symbol, "1d", since, midnight - _INSTANT))
    if any(candle.opened_at.time() != time() for candle in candles):
        raise VenueAnswerInvalid("the exchange's day does not begin at 00:00 UTC")
    return {candle.opened_at.date(): float(candle.close) for candle in candles if candle.is_closed}


def _count(series: DailyCloses, now: datetime, result: ClosesCollected) -> None:
    flags = [flag for flag in series.flags if flag.flagged_at == now]
    result.stored += 1
    result.gaps += len(series.gaps)
    result.flagged += len(flags)
    logger.info(
        CLOSES_STORED,
        asset=series.asset,
        market=f"{series.venue}:{series.symbol}",
        days=len(series.closes),
        last_day=series.last_day.isoformat(),
        gaps=len(series.gaps),
        gap_days=[day.isoformat() for day in series.gaps[-_DAYS_LOGGED_MAX:]],
    )
    if flags:
        named = {flag.day.isoformat(): flag.fault.value for flag in flags[-_DAYS_LOGGED_MAX:]}
        logger.warning(CLOSES_FLAGGED, asset=series.asset, flags=len(flags), days=named)
