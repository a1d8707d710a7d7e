"""What a report's balances hold of coins, as positions: spot is held per coin, with or without reported ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from riskgate.core.account.document import POSITIONS_MAX, AccountState
from riskgate.core.account.stored import Snapshot
from riskgate.core.errors import Unprocessable
from riskgate.core.instrument import Instrument, MarketType, market_key
from riskgate.core.ledger.account_events import ReportedPosition
from riskgate.core.market.holdings import is_coin, is_dust, known_shares, list_coin_symbols, share_out
from riskgate.core.market.valuation import usable_price
from riskgate.core.money import MONEY_MAX, ZERO
from riskgate.schemas.http.requests.snapshots import BalanceRequest, SnapshotRequest


@dataclass(frozen=True, kw_only=True, slots=True)
class Share:
    """Units of a coin that a wallet holds, in the market they are booked in."""

    instrument: Instrument
    quantity: Decimal


def list_coin_markets(seen: SnapshotRequest, state: AccountState) -> Iterator[tuple[str, str]]:
    """Yield (venue, symbol) of the markets that coins may be booked in; not all of them exist."""
    for item in _list_coins(seen, state):
        for symbol in list_coin_symbols(item.asset, state.base_currency):
            yield item.venue, symbol
        for key in known_shares(state, item.venue, item.asset):
            yield item.venue, key.partition(":")[2]


def share_coins(seen: SnapshotRequest, snapshot: Snapshot, rates: Mapping[str, Decimal]) -> dict[str, Share]:
    """Return in which markets, by key, the reported balances of coins are booked.

    Raises Unprocessable: ASSET_UNPRICED or INSTRUMENT_NOT_FOUND, a coin that is owed, was held before or has a rate has
    no market at its venue. Any other without a market is left out; the answer names it as unpriced.
    """
    state = snapshot.require_state()
    found: dict[str, Share] = {}
    for item in _list_coins(seen, state):
        before = known_shares(state, item.venue, item.asset)
        known = _list_reported(seen, snapshot, item) or before
        symbols = list_coin_symbols(item.asset, state.base_currency)
        shares = share_out(item.venue, item.total, known, snapshot.instruments, symbols)
        if not shares and (item.total < 0 or before):
            raise Unprocessable(f"{item.asset} at {item.venue} has no usable price", code="ASSET_UNPRICED")
        if not shares and (item.asset in rates or state.rate(item.asset) is not None):
            raise Unprocessable(f"{item.asset} has no market at {item.venue}", code="INSTRUMENT_NOT_FOUND")
        found |= {instrument.key: Share(instrument=instrument, quantity=part) for instrument, part in shares}
    return found


def book_coins(
    reported: tuple[ReportedPosition, ...],
    shares: Mapping[str, Share],
    snapshot: Snapshot,
    rates: Mapping[str, Decimal],
    own_marks: Mapping[str, Decimal] | None,
    now: datetime,
) -> tuple[ReportedPosition, ...]:
    """Return the reported positions, those of coins as large as their wallet says, and those that were not reported.

    Raises Unprocessable: ASSET_UNPRICED, neither a quote, a mark nor a rate values a coin; POSITION_TOO_LARGE;
    POSITIONS_TOO_MANY.
    """
    coins = {(share.instrument.venue, share.instrument.base_currency) for share in shares.values()}
    positions = []
    for position in reported:
        share = shares.get(market_key(position.venue, position.symbol))
        is_told = position.market_type is MarketType.SPOT and (position.venue, position.asset) in coins
        if share is not None or not is_told:
            positions.append(position if share is None else replace(position, quantity=share.quantity))
    named = {market_key(position.venue, position.symbol) for position in reported}
    for key, share in shares.items():
        if key not in named and share.quantity != 0:
            positions += _book(share, snapshot, rates, own_marks, now)
    if len(positions) > POSITIONS_MAX:
        text = f"{len(positions)} positions are more than the {POSITIONS_MAX} an account can hold"
        raise Unprocessable(text, code="POSITIONS_TOO_MANY")
    return tuple(positions)


def _list_coins(seen: SnapshotRequest, state: AccountState) -> Iterator[BalanceRequest]:
    spot = {venue.venue for venue in state.venues if venue.market_type is MarketType.SPOT}
    for item in seen.balances:
        if item.total and item.venue in spot and is_coin(item.asset, state.base_currency):
            yield item


def _list_reported(seen: SnapshotRequest, snapshot: Snapshot, item: BalanceRequest) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for position in seen.positions:
        key = market_key(position.venue, position.symbol)
        instrument = snapshot.instruments.get(key)
        if instrument is None or instrument.market_type is not MarketType.SPOT:
            continue
        if (position.venue, instrument.base_currency) == (item.venue, item.asset):
            found[key] = position.quantity
    return found


def _book(
    share: Share,
    snapshot: Snapshot,
    rates: Mapping[str, Decimal],
    own_marks: Mapping[str, Decimal] | None,
    now: datetime,
) -> Iterator[ReportedPosition]:
    instrument, quantity = share.instrument, share.quantity
    if ZERO <= quantity < instrument.step_size:
        return
    known = snapshot.require_state().positions.get(instrument.key)
    mark = (own_marks or {}).get(instrument.key) or _find_mark(instrument, snapshot, rates, now)
    if mark is None:
        text = f"{instrument.base_currency} at {instrument.venue} has no usable price: send its quote or its rate"
        raise Unprocessable(text, code="ASSET_UNPRICED")
    if abs(quantity) * mark >= MONEY_MAX:
        raise Unprocessable(
            f"the position in {instrument.symbol} is too large to account for", code="POSITION_TOO_LARGE"
        )
    if is_dust(instrument, quantity, mark):
        return
    yield ReportedPosition(
        venue=instrument.venue,
        symbol=instrument.symbol,
        market_type=instrument.market_type,
        asset=instrument.base_currency,
        sector=instrument.sector,
        settle_currency=instrument.settle_currency,
        quantity=quantity,
        average_price=known.average_price if known is not None else mark,
        mark_price=mark,
        contract_size=instrument.contract_size,
    )


def _find_mark(
    instrument: Instrument, snapshot: Snapshot, rates: Mapping[str, Decimal], now: datetime
) -> Decimal | None:
    """Return a coin's price in its market's quote currency: a fresh quote's, by the reported rate, or the last mark."""
    state = snapshot.require_state()
    price = usable_price(snapshot.market(instrument.key).quote, now)
    if price is not None:
        return price
    rate, money = rates.get(instrument.base_currency), rates.get(instrument.settle_currency)
    money = money or state.rate(instrument.settle_currency)
    if rate is not None and money:
        return rate / money
    known = state.positions.get(instrument.key)
    return known.mark_price if known is not None else None
