"""An exchange account through ccxt: what the gateway asks of it and tells it, in the gateway's own types.

ccxt itself is imported on the first call; a snapshot has it already.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from typing import Any

from riskgate.adapters.aws.lazy import run_before_snapshot
from riskgate.adapters.exchange import orders
from riskgate.adapters.exchange.account_setup import get_account_setup
from riskgate.adapters.exchange.build import CallPolicy
from riskgate.adapters.exchange.client import ExchangeClient, ccxt_call
from riskgate.adapters.exchange.client_order_ids import to_client_order_id, to_order_id
from riskgate.adapters.exchange.credentials import CredentialsSource, no_credentials
from riskgate.adapters.exchange.funding import list_funding, list_funding_rates
from riskgate.adapters.exchange.holdings import list_balances, list_positions
from riskgate.adapters.exchange.key_permissions import get_key_permissions
from riskgate.adapters.exchange.order_history import list_orders
from riskgate.adapters.exchange.order_lookup import find_order
from riskgate.adapters.exchange.paging import group_by_settle
from riskgate.adapters.exchange.parse import Row, to_instant, to_milliseconds
from riskgate.adapters.exchange.parse_market import (
    is_offered,
    to_candle,
    to_order_book,
    to_quote,
    to_touch,
    try_instrument,
)
from riskgate.adapters.exchange.rate_gate import BudgetUse
from riskgate.adapters.exchange.trades import list_trades
from riskgate.adapters.exchange.transfers import list_transfers
from riskgate.adapters.exchange_table import keeps_stops, list_unsupported
from riskgate.core.errors import InvalidRequest
from riskgate.core.instrument import Instrument, MarketType, Quote
from riskgate.core.order_book import OrderBook
from riskgate.core.venues.model import (
    AccountSetup,
    Candle,
    KeyPermissions,
    NewVenueOrder,
    UnreadableRow,
    VenueBalance,
    VenueClock,
    VenueFunding,
    VenueOrder,
    VenueOrderRef,
    VenuePosition,
    VenueStatus,
    VenueTrade,
    VenueTransfer,
)

_TIMEFRAMES = {"1m": 60, "5m": 300, "15m": 900, "1h": 3600, "4h": 14_400, "1d": 86_400}
_CANDLES_DEFAULT = 500
#: A venue's clock may be ahead of ours: history is read up to its present, not ours.
_AHEAD = timedelta(minutes=5)

run_before_snapshot(lambda: import_module("ccxt.base.exchange"))


class CcxtExchange:
    """One venue of one account, as ccxt names it unless the secret's `exchange` says otherwise. Make one per thread.

    Quantities of a linear swap are contracts. Without keys only public data can be asked for. Orders are sent to
    classes that are proven to trade; the suite that proves them asks with `only_proven` False.
    """

    def __init__(
        self,
        venue: str,
        market_type: MarketType,
        credentials: CredentialsSource = no_credentials,
        *,
        policy: CallPolicy | None = None,
        session: Any = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
        sleep: Callable[[float], None] = time.sleep,
        budget: BudgetUse | None = None,
        only_proven: bool = True,
    ) -> None:
        self.venue = venue
        self.market_type = market_type
        self._now = now
        self._client = ExchangeClient(
            venue,
            market_type,
            credentials,
            policy=policy,
            session=session,
            sleep=sleep,
            budget=budget,
            only_proven=only_proven,
        )

    def client_order_id(self, order_id: str, revision: int = 0) -> str:
        """Return the venue's form of the gateway's order id; each replacement of an order has its own."""
        return to_client_order_id(self._client.ccxt_id, order_id, revision)

    def order_id_of(self, client_order_id: str) -> str | None:
        """Return the gateway's order id of a client order id of revision 0, or None for another's."""
        return to_order_id(self._client.ccxt_id, client_order_id)

    def arrival_seconds_max(self, *, has_trigger: bool) -> float:
        """Return how long after it was written an order may still be taken."""
        return self._client.rules.valid_seconds_of(self.market_type, has_trigger=has_trigger)

    def create_order(self, order: NewVenueOrder) -> VenueOrder:
        """Send an order, once."""
        return orders.create_order(self._client, order)

    def cancel_order(self, ref: VenueOrderRef) -> VenueOrder:
        """Cancel an order and return how it ended."""
        return orders.cancel_order(self._client, ref)

    def get_order(self, ref: VenueOrderRef) -> VenueOrder | None:
        """Return an order as the venue sees it, or None where it knows none."""
        return find_order(self._client, ref)

    def list_open_orders(self, symbol: str | None = None) -> tuple[VenueOrder, ...]:
        """Return all resting orders, waiting triggers too."""
        return orders.list_open_orders(self._client, symbol)

    def list_orders(self, symbol: str | None, since: datetime) -> tuple[VenueOrder, ...]:
        """Return the orders made since an instant, finished ones too."""
        return list_orders(self._client, symbol, to_milliseconds(since), to_milliseconds(self._now() + _AHEAD))

    def list_trades(self, symbol: str | None, since: datetime, *, thorough: bool = False) -> tuple[VenueTrade, ...]:
        """Return all fills since an instant, that instant included, by time; see `History` for `thorough`."""
        start_ms, end_ms = to_milliseconds(since), to_milliseconds(self._now() + _AHEAD)
        return list_trades(self._client, symbol, start_ms, end_ms, thorough=thorough)

    def list_funding(self, since: datetime) -> tuple[VenueFunding, ...]:
        """Return the funding payments of swaps since an instant; none where the venue's list is not known well."""
        return list_funding(self._client, to_milliseconds(since), to_milliseconds(self._now() + _AHEAD))

    def list_funding_rates(self, symbols: Sequence[str]) -> dict[str, Decimal]:
        """Return the next funding rates of swaps; none where the venue does not list them."""
        return list_funding_rates(self._client, symbols)

    def take_unreadable(self) -> tuple[UnreadableRow, ...]:
        """Return the rows of lists that could not be read since this was last asked."""
        return self._client.rows.take()

    def list_balances(self) -> tuple[VenueBalance, ...]:
        """Return all assets that are held."""
        return list_balances(self._client)

    def list_positions(self) -> tuple[VenuePosition, ...]:
        """Return all open swap positions; spot has none."""
        return () if self.market_type is MarketType.SPOT else list_positions(self._client)

    def list_quotes(self, symbols: Sequence[str]) -> tuple[Quote, ...]:
        """Return the quotes of the markets that have one."""
        client = self._client
        markets = {str(market["symbol"]): market for market in (client.market(symbol) for symbol in symbols)}
        names = list(markets)
        if not names:
            return ()
        asked_at = self._now()
        tickers: dict[str, Row] = {}
        for group in group_by_settle(client, "fetchTickers", names):
            tickers |= client.read(ccxt_call("fetch_tickers", group))
            client.rows.note(client.last_unreadable)
        lacking = [name for name in names if name in tickers and tickers[name].get("bid") is None]
        touches: dict[str, Row] = {}
        if lacking and client.has("fetchBidsAsks"):
            touches = client.read(ccxt_call("fetch_bids_asks", lacking))
        elif client.rules.quotes_by_book:
            touches = {name: to_touch(client.read(ccxt_call("fetch_order_book", name, 1))) for name in lacking}
        return tuple(
            to_quote(self.venue, name, tickers[name], touches.get(name, {}), asked_at, _contract_size(markets[name]))
            for name in names
            if name in tickers
        )

    def get_order_book(self, symbol: str, levels: int | None = None) -> OrderBook:
        """Return the resting orders of a market."""
        market = self._client.market(symbol)
        book = self._client.read(ccxt_call("fetch_order_book", symbol, levels))
        return to_order_book(symbol, book, _contract_size(market))

    def list_candles(
        self, symbol: str, timeframe: str, since: datetime, until: datetime | None = None
    ) -> tuple[Candle, ...]:
        """Return the candles that open within a period, oldest first; a venue may not reach back all the way."""
        if timeframe not in _TIMEFRAMES:
            raise InvalidRequest("candle sizes are 1m, 5m, 15m, 1h, 4h or 1d", code="TIMEFRAME_UNKNOWN")
        client, interval = self._client, timedelta(seconds=_TIMEFRAMES[timeframe])
        client.market(symbol)
        limit = client.rules.candles_limit or client.feature("fetchOHLCV", "limit") or _CANDLES_DEFAULT
        now = self._now()
        end_ms = to_milliseconds(min(until or now, now))
        found: dict[int, Candle] = {}
        start_ms = to_milliseconds(since)
        while start_ms <= end_ms:
            step_ms = limit * _TIMEFRAMES[timeframe] * 1000
            last_ms = start_ms + step_ms - _TIMEFRAMES[timeframe] * 1000
            end = client.rules.candles_end
            more = ({end[0]: last_ms + end[1]},) if end is not None else ()
            page = client.read(ccxt_call("fetch_ohlcv", symbol, timeframe, start_ms, limit, *more))
            fresh = {row[0]: to_candle(row, interval, now) for row in page if row[0] not in found}
            found |= fresh
            # Some venues answer for the period of one page alone: before a listing that is empty.
            start_ms = max(fresh) + 1 if fresh else start_ms + step_ms
        return tuple(found[at] for at in sorted(found) if to_milliseconds(since) <= at <= end_ms)

    def list_transfers(self, since: datetime) -> tuple[VenueTransfer, ...]:
        """Return the money that moved in or out of the wallet since an instant, by time."""
        return list_transfers(self._client, to_milliseconds(since), to_milliseconds(self._now() + _AHEAD))

    def has_market(self, symbol: str) -> bool:
        """Tell whether the venue lists a market of this type under the symbol."""
        market = self._client.load_markets().get(symbol)
        return market is not None and is_offered(market, self.market_type, self._client.rules.settle_coins)

    def list_instruments(self) -> tuple[Instrument, ...]:
        """Return the trading rules of all markets, read anew; a market whose rules are incomplete is left out."""
        markets = self._client.load_markets(reload=True)
        mode = self._client.precision_mode
        client = self._client
        stops = client.trades and keeps_stops(client.ccxt_id, self.market_type)
        lacking = list_unsupported(client.ccxt_id, self.market_type)
        found = [
            try_instrument(self.venue, market, self.market_type, mode)
            for _, market in sorted(markets.items())
            if is_offered(market, self.market_type, self._client.rules.settle_coins)
        ]
        return tuple(
            replace(instrument, stop_orders=stops, unsupported=lacking)
            for instrument in found
            if instrument is not None
        )

    def get_clock(self) -> VenueClock:
        """Return the venue's time, and how far ours is from it."""
        before = self._now()
        server_at = to_instant(self._ask_time(), "server time")
        after = self._now()
        middle = before + (after - before) / 2
        return VenueClock(
            server_at=server_at,
            skew_seconds=_seconds(server_at - middle),
            round_trip_seconds=_seconds(after - before),
        )

    def _ask_time(self) -> object:
        known = self._client.rules.clock
        if known is None:
            return self._client.read(ccxt_call("fetch_time"), needs_markets=False)
        method, asked, name = known
        return self._client.parse_time(self._client.read(ccxt_call(method, dict(asked)), needs_markets=False).get(name))

    def get_status(self) -> VenueStatus:
        """Return what the venue says about its own state."""
        if not self._client.has("fetchStatus"):
            return VenueStatus(is_ok=None, detail="the venue does not say")
        word = str(self._client.read(ccxt_call("fetch_status"), needs_markets=False).get("status"))
        return VenueStatus(is_ok=word == "ok", detail=word)

    def get_key_permissions(self) -> KeyPermissions:
        """Return what the key may do."""
        return get_key_permissions(self._client)

    def get_account_setup(self) -> AccountSetup:
        """Return how the account is set up at the venue."""
        return get_account_setup(self._client)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()


def _contract_size(market: Row) -> Decimal:
    return Decimal(str(market.get("contractSize") or 1))


def _seconds(span: timedelta) -> Decimal:
    return Decimal(span // timedelta(microseconds=1)) / 1_000_000
