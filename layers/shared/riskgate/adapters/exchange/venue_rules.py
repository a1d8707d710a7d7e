"""What differs between venues beyond what ccxt evens out. A venue without an entry is served for reads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from riskgate.adapters.exchange.paging import (
    Pages,
    by_cursor,
    by_last_id,
    by_last_of_page,
    by_number,
    by_offset,
    by_total,
)
from riskgate.core.instrument import MarketType

_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class Ledger:
    """How a wallet's ledger is asked for moves: rows whose raw `field` is one of `words`, a page of `limit`."""

    field: str
    words: tuple[str, ...]
    limit: int
    until: str = "until"
    method: str = "fetch_ledger"
    signed: str | None = None  # raw field whose sign tells the direction where ccxt does not


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueRules:
    """One ccxt class.

    Where orders are not found by client id, they are found in the lists of open and closed orders.
    """

    trades: bool = False  # orders may be sent: ccxt passes the client order id on and reads it back
    client_id_parameter: str = "clientOrderId"  # name under which ccxt takes it on create
    finds_by_client_id: bool = False
    forgets_ended: bool = False  # an order that ended without a fill is soon found by no id, and still listed
    finds_resting_by_client_id: bool = False  # only as long as it rests; then it is in the list of finished orders
    cancels_by_client_id: bool = False
    trigger_id_parameter: str | None = None  # the venue's own name of it on create of a trigger, beside the other
    fired_id_field: str | None = None  # where the row of a fired trigger names the order that it placed
    cancel_id_parameter: str = "clientOrderId"  # name under which ccxt takes it on cancel
    open_markets_call: str | None = None  # tells in which markets orders rest, where they are listed by market only
    lists_all_open_orders: bool = False  # in one piece, however many
    duplicate_codes: frozenset[str] = frozenset()  # say that an order with this client id was accepted before
    doubtful_codes: frozenset[str] = frozenset()  # the venue's own timeouts: what was asked for may have been done
    clock_codes: frozenset[str] = frozenset()  # a request too old or too new, which ccxt takes for a bad key
    # How long after it was signed a request to place an order may be taken, in seconds; of swaps and of triggers alone
    # where that differs. A class that nobody has looked at counts as slow.
    valid_seconds: float = 60.0
    swap_valid_seconds: float | None = None
    trigger_valid_seconds: float | None = None
    lists_triggers_too: bool = False  # waiting triggers are among the orders of every list
    cuts_lists: bool = False  # lists of fills may be shorter than asked for without being at their end
    # Lists of fills beside that of trades: of what the venue itself did to a position.
    other_fills: tuple[Mapping[str, Any], ...] = ()
    trade_cursor: str | None = None  # asks for own trades from a trade id on
    deadline_parameter: str | None = None  # the venue's name of the time, as text, after which an order is refused
    # The same as a header in milliseconds, and how the paths end that take it.
    deadline_header: tuple[str, tuple[str, ...]] | None = None
    spot_window: tuple[str, str] | None = None  # spot, but no triggers: names of when it was signed, and for how long
    immediate_terms: Mapping[str, Mapping[str, Any]] = field(default=_NONE)  # what ccxt wants for IOC and FOK
    gtd_parameter: str | None = None  # expiry of a GTD order in milliseconds
    # The venue's own word for GTD, and the name of the seconds until it ends.
    gtd_in_seconds: tuple[str, str] | None = None
    names_margin_mode: bool = False  # an order names its market's margin mode, which is asked for first
    cross_alone: bool = False  # an order of a swap names cross margin: a position in isolated margin is another one
    trigger_slippage: str | None = None  # how far from its trigger a stop at market may fill, as a share of it
    whole_lots: bool = False  # ccxt takes contracts as whole numbers alone
    market_parameters: Mapping[str, Any] = field(default=_NONE)  # what markets are asked for with
    gtd_is_text: bool = False  # it is written as an ISO 8601 text instead
    wallet_transfers: tuple[str, ...] = ()  # spot: types of transfers to and from the venue's other wallets
    transfer_span_days: int = 89  # longest period, and page, of lists of deposits and withdrawals
    transfer_limit: int = 1000
    ledger: Ledger | None = None  # what moved in and out of a wallet is in its ledger, whatever moved it
    swap_ledger: Ledger | None = None  # the wallet of swaps, where its ledger is another
    funding_word: str | None = None  # payments of all markets are rows of the swaps' ledger with this word
    keeps_stops: bool = False  # a stop that only reduces may rest: spot from what is held, swaps by reduce-only
    funding_is_fee: bool = False  # payments are told as fees: above zero is what was paid
    funding_bounds: tuple[str, str] | None = None  # the venue's names of a period's ends, where ccxt sends none
    lists_funding: bool = False  # payments of all markets in one list that can be read by periods
    options: Mapping[str, Any] = field(default=_NONE)
    markets: Mapping[MarketType, Any] = field(
        default_factory=dict
    )  # ccxt's `fetchMarkets` option: no other type is asked for
    clock: tuple[str, Mapping[str, Any], str] | None = None  # call and field that tell the time where ccxt has no call
    pages: Mapping[str, Pages] = field(default=_NONE)  # by ccxt's name of a list; "spot fetchX" is of spot alone
    trigger_pages: Pages | None = None  # of open triggers, where they are not asked for as other open orders are
    settle: Callable[[str], Mapping[str, str]] | None = None  # what asks for the rows of one settle coin
    by_settle: frozenset[str] = frozenset()  # lists that hold one settle coin at a time
    settle_coins: frozenset[str] = frozenset()  # swaps settled in others, such as play money, are not offered
    # Lists of orders take the venue's id, and ours, under these names; None where another call asks by the venue's id.
    order_filters: tuple[str | None, str] | None = None
    # The venue's names of a period's start and end, where ccxt would cut by them what it is given; `period_unit_ms` is
    # 1000 where they are whole seconds.
    period_names: tuple[str, str] | None = None
    period_unit_ms: int = 1
    span_days: int | None = None  # longest period that may be asked for, where ccxt does not know it
    lists_by_end: bool = False  # finished orders are listed by when they ended, not by when they were made
    sends_triggers: bool = True  # a stop may be sent: it carries our id, and waits until it is cancelled
    lists_ended_triggers_too: bool = False  # triggers that have ended are among other finished orders
    names_trigger_direction: bool = True  # ccxt sends a stop's direction only where the venue takes one
    parameters: Mapping[str, Mapping[str, Any]] = field(default=_NONE)  # of lists, named as `pages` are
    end_in_seconds: str | None = None  # the venue's name of a period's end, in seconds: ccxt sends milliseconds
    trigger_parameter: str = "triggerPrice"  # ccxt's name of what makes a stop
    market_needs_price: bool = False  # an order at market is a limit some way off the best price
    quotes_by_book: bool = False  # the best prices are those of each market's book: no list tells them
    buys_at_market_by_cost: bool = False  # spot: a buy at market names what is spent, never what is bought
    market_buy: Mapping[str, Any] = field(default=_NONE)  # spot: makes the quantity of a buy at market one of the base
    # The same where ccxt does not know how: the raw terms of a buy of that quantity.
    market_buy_terms: Callable[[str], Mapping[str, Any]] | None = None
    triggers_in_lists: bool = False  # no call asks for one waiting trigger: it is found in lists of its own
    trigger_terms: Mapping[str, Any] = field(default=_NONE)  # what else makes a stop wait for the last price
    fired_path: str | None = None  # spot: a path that ccxt has no name for, which tells what a fired trigger has placed
    #: What asks for each list of resting orders, where ccxt's features do not tell them all.
    open_lists: Mapping[MarketType, tuple[Mapping[str, Any], ...]] = field(default_factory=dict)
    # Candles are the newest before an end: the name of a page's end, and what is added as the end itself is left out.
    candles_end: tuple[str, int] | None = None
    candles_limit: int | None = None  # of a page, where it is less than ccxt says
    lists_open_by_market: frozenset[MarketType] = frozenset()  # no list has the resting orders of all markets
    unknown_codes: frozenset[str] = frozenset()  # say of an order that is asked for that it is not there

    def valid_seconds_of(self, market_type: MarketType, *, has_trigger: bool) -> float:
        """Return how long after it was signed a request to place an order may be taken, in seconds."""
        swap = self.swap_valid_seconds if market_type is MarketType.SWAP else None
        trigger = self.trigger_valid_seconds if has_trigger else None
        return max(swap or self.valid_seconds, trigger or self.valid_seconds)

    def ledger_of(self, market_type: MarketType) -> Ledger | None:
        """Return the ledger of a market type's wallet."""
        return self.swap_ledger or self.ledger if market_type is MarketType.SWAP else self.ledger

    def pages_of(self, market_type: MarketType) -> dict[str, Pages]:
        """Return the pages of a market type's lists."""
        own = f"{market_type.value} "
        plain = {name: pages for name, pages in self.pages.items() if " " not in name}
        return plain | {n.removeprefix(own): pages for n, pages in self.pages.items() if n.startswith(own)}

    def parameters_of(self, market_type: MarketType, method: str) -> Mapping[str, Any]:
        """Return what one list of a market type is asked for with."""
        return self.parameters.get(f"{market_type.value} {method}", self.parameters.get(method, _NONE))


def _binance(markets: str, **more: Any) -> VenueRules:
    return VenueRules(
        trades=True,
        valid_seconds=5.0,
        finds_by_client_id=True,
        cancels_by_client_id=True,
        lists_all_open_orders=True,
        trade_cursor="fromId",
        keeps_stops=True,
        options={
            "fetchMarkets": {"types": [markets]},
            "fetchMargins": False,
            "fetchOpenOrders": {"warnWithoutSymbol": False},
            # Signed requests older than this are refused, so that a delayed order cannot arrive late.
            "recvWindow": 5_000,
        },
        **more,
    )


#: Moves between a swap account of Bitget and its other wallets, from each side.
_BITGET_MOVES = tuple(
    f"trans_{way}_{wallet}" for wallet in ("exchange", "contract", "cross", "isolated", "otc") for way in ("from", "to")
)
_DIRECT = VenueRules(trades=True, finds_by_client_id=True, cancels_by_client_id=True)

RULES: dict[str, VenueRules] = {
    "binance": _binance(
        "spot",
        wallet_transfers=(
            "MAIN_UMFUTURE", "UMFUTURE_MAIN", "MAIN_CMFUTURE", "CMFUTURE_MAIN",
            "MAIN_MARGIN", "MARGIN_MAIN", "MAIN_FUNDING", "FUNDING_MAIN",
        ),
    ),
    "binanceus": _binance("spot"),
    "binanceusdm": _binance(
        "linear",
        gtd_parameter="goodTillDate",
        ledger=Ledger(field="incomeType", words=("TRANSFER",), limit=1000),
        lists_funding=True,
    ),
    # A classic account: the venue refuses these calls of a unified one.
    "bitget": VenueRules(
        trades=True,
        valid_seconds=5.0,
        swap_valid_seconds=30.0,
        trigger_valid_seconds=30.0,
        spot_window=("requestTime", "receiveWindow"),
        doubtful_codes=frozenset({"40010", "40808"}),
        finds_by_client_id=True,
        cancels_by_client_id=True,
        keeps_stops=True,
        lists_funding=True,
        buys_at_market_by_cost=True,
        triggers_in_lists=True,
        names_margin_mode=True,
        trigger_terms={"triggerType": "fill_price"},
        fired_id_field="executeOrderId",
        fired_path="v2/spot/trade/plan-sub-order",
        open_lists={
            MarketType.SPOT: ({}, {"tpslType": "tpsl"}, {"trigger": True}),
            # As it is documented, a list that names no status holds nothing that has filled in part.
            MarketType.SWAP: (
                {}, {"status": "partially_filled"}, {"trigger": True},
                {"trigger": True, "planType": "profit_loss"}, {"trigger": True, "planType": "track_plan"},
            ),
        },
        candles_end=("until", 0),
        ledger=Ledger(field="groupType", words=("deposit", "withdraw", "transfer"), limit=100, signed="size"),
        swap_ledger=Ledger(field="businessType", words=_BITGET_MOVES, limit=100, signed="amount"),
        funding_word="contract_settle_fee",
        settle=lambda coin: {"productType": f"{coin}-FUTURES"},
        settle_coins=frozenset({"USDT", "USDC"}),
        by_settle=frozenset(
            {
                "fetchOpenOrders", "fetchCanceledAndClosedOrders", "fetchPositions", "fetchBalance", "fetchLedger",
                "fetchTickers", "fetchFundingRates",
            }
        ),
        pages={"fetchOpenOrders": by_last_id("idLessThan", 100)},
        markets={MarketType.SPOT: {"types": ["spot"]}, MarketType.SWAP: {"types": ["swap"]}},
        # Not asked for: ccxt takes any error for a no.
        options={"uta": False},
    ),
    "bybit": VenueRules(
        trades=True,
        valid_seconds=5.0,
        doubtful_codes=frozenset({"170146", "170147"}),
        # Liquidated, and closed for another account's loss.
        other_fills=({"execType": "BustTrade"}, {"execType": "AdlTrade"}),
        cancels_by_client_id=True,
        cancel_id_parameter="orderLinkId",
        duplicate_codes=frozenset({"110072", "170141"}),
        transfer_span_days=29,
        transfer_limit=50,
        keeps_stops=True,
        lists_funding=True,
        funding_is_fee=True,
        ledger=Ledger(field="type", words=("TRANSFER_IN", "TRANSFER_OUT"), limit=50, until="endTime"),
        lists_all_open_orders=True,
        lists_triggers_too=True,
        # Their own ids and ours are filters of both lists, of which the second goes back two years.
        order_filters=("orderId", "orderLinkId"),
        settle=lambda coin: {"settleCoin": coin},
        by_settle=frozenset({"fetchOpenOrders", "fetchPositions"}),
        pages={
            name: by_cursor("cursor", limit, "result", "nextPageCursor")
            for name, limit in (("fetchOpenOrders", 50), ("fetchPositions", 200))
        },
        markets={MarketType.SPOT: {"types": ["spot"]}, MarketType.SWAP: {"types": ["linear"]}},
        options={"enableUnifiedMargin": False, "enableUnifiedAccount": True, "unifiedMarginStatus": 6},
    ),
    # ccxt makes up an id of its own unless it is given the raw parameter.
    "coinbase": VenueRules(
        trades=True,
        valid_seconds=30.0,
        client_id_parameter="client_order_id",
        # ccxt lets a plain trigger fire the other way about.
        trigger_parameter="stopLossPrice",
        lists_triggers_too=True,
        cuts_lists=True,
        gtd_parameter="end_time",
        gtd_is_text=True,
        # ccxt writes an amount of the quote currency; what is given here stands in its place.
        market_buy_terms=lambda quantity: {
            "order_configuration": {"market_market_ioc": {"base_size": quantity}},
            "createMarketBuyOrderRequiresPrice": False,
        },
        pages={"fetchOpenOrders": by_cursor("cursor", 100, "cursor")},
        options={"fetchBalance": "v3PrivateGetBrokerageAccounts"},
    ),
    "coinbaseexchange": _DIRECT,
    "gate": VenueRules(
        trades=True,
        valid_seconds=5.0,
        deadline_header=("x-gate-exptime", ("/orders",)),
        clock_codes=frozenset({"REQUEST_EXPIRED"}),
        duplicate_codes=frozenset({"REPEATED_CREATION"}),
        cancels_by_client_id=True,
        cancel_id_parameter="order_id",
        finds_resting_by_client_id=True,
        forgets_ended=True,
        # A price-triggered order's `text` names where it came from: it carries no id of ours.
        sends_triggers=False,
        buys_at_market_by_cost=True,
        lists_by_end=True,
        period_names=("from", "to"),
        period_unit_ms=1000,
        span_days=29,
        transfer_span_days=29,
        transfer_limit=500,
        lists_funding=True,
        pages={
            "spot fetchOpenOrders": by_number("page", 100, "limit"),
            "spot fetchClosedOrders": by_number("page", 100, "limit"),
            "spot fetchMyTrades": by_number("page", 1000, "limit"),
            "swap fetchOpenOrders": by_offset("offset", 100, "limit"),
            "swap fetchClosedOrders": by_offset("offset", 100, "limit"),
            "swap fetchMyTrades": by_offset("offset", 100, "limit"),
            "fetchPositions": by_offset("offset", 100, "limit"),
        },
        trigger_pages=by_offset("offset", 100, "limit"),
        parameters={"swap fetchClosedOrders": {"historical": True}, "fetchPositions": {"holding": "true"}},
        markets={MarketType.SPOT: {"types": ["spot"]}, MarketType.SWAP: {"types": ["swap"]}},
        # Perpetuals settled in a coin are not offered.
        options={"swap": {"fetchMarkets": {"settlementCurrencies": ["usdt"]}}},
    ),
    "hyperliquid": VenueRules(
        trades=True,
        valid_seconds=5.0,
        finds_by_client_id=True,
        cancels_by_client_id=True,
        lists_all_open_orders=True,
        lists_triggers_too=True,
        lists_funding=True,
        keeps_stops=True,
        market_needs_price=True,
        quotes_by_book=True,
        # The venue's own tolerance for stops at market.
        trigger_slippage="0.1",
        trigger_parameter="stopLossPrice",
        # Perpetuals of the exchange itself, settled in USDC: no builder's markets.
        markets={MarketType.SWAP: {"types": ["swap"]}, MarketType.SPOT: {"types": ["spot"]}},
        options={"builderFee": False, "defaultSlippage": 0.05},
    ),
    "kraken": VenueRules(
        trades=True,
        valid_seconds=5.0,
        deadline_parameter="deadline",
        cancels_by_client_id=True,
        order_filters=(None, "cl_ord_id"),
        lists_triggers_too=True,
        keeps_stops=True,
        end_in_seconds="end",
        trigger_parameter="stopLossPrice",
    ),
    "krakenfutures": VenueRules(
        trades=True,
        valid_seconds=5.0,
        lists_triggers_too=True,
        keeps_stops=True,
        lists_funding=True,
        duplicate_codes=frozenset({"clientOrderIdAlreadyExist"}),
        # ccxt would let an order rest that is to be taken at once: it does not know the venue's word for it.
        deadline_parameter="processBefore",
        immediate_terms={"IOC": {"orderType": "ioc"}, "FOK": {"orderType": "fok"}},
        clock=("publicGetTickersSymbol", {"symbol": "PF_XBTUSD"}, "serverTime"),
    ),
    "kucoin": VenueRules(
        trades=True,
        valid_seconds=5.0,
        doubtful_codes=frozenset({"408000"}),
        finds_by_client_id=True,
        cancels_by_client_id=True,
        # A stop that was cancelled is told of no more, and one that fired names nothing that it placed.
        sends_triggers=False,
        gtd_in_seconds=("GTT", "cancelAfter"),
        lists_by_end=True,
        period_names=("startAt", "endAt"),
        span_days=6,
        lists_all_open_orders=True,
        open_markets_call="privateGetHfOrdersActiveSymbols",
        candles_limit=1499,
        pages={
            "fetchClosedOrders": by_last_of_page("lastId", 100, "limit"),
            "fetchMyTrades": by_last_of_page("lastId", 100, "limit"),
        },
        trigger_pages=by_total("currentPage", 500, "pageSize"),
        market_parameters={"marginables": False},
        markets={MarketType.SPOT: {"types": ["spot"], "fetchTickersFees": False}},
        # Answered when it is done: the other routes only take note.
        options={"createOrder": {"sync": True}, "cancelOrder": {"sync": True}},
    ),
    "kucoinfutures": VenueRules(
        trades=True,
        valid_seconds=5.0,
        doubtful_codes=frozenset({"408000"}),
        finds_by_client_id=True,
        cancels_by_client_id=True,
        keeps_stops=True,
        lists_ended_triggers_too=True,
        names_trigger_direction=False,
        names_margin_mode=True,
        whole_lots=True,
        lists_by_end=True,
        lists_funding=True,
        period_names=("startAt", "endAt"),
        span_days=6,
        candles_limit=199,
        pages={
            name: by_total("currentPage", 100, "pageSize")
            for name in ("fetchOpenOrders", "fetchClosedOrders", "fetchMyTrades")
        },
        market_parameters={"marginables": False},
        markets={MarketType.SWAP: {"types": ["swap", "contract"], "fetchTickersFees": False}},
        options={"hf": False},
    ),
    "mexc": VenueRules(
        trades=True,
        valid_seconds=5.0,
        finds_by_client_id=True,
        cancels_by_client_id=True,
        lists_all_open_orders=True,
        buys_at_market_by_cost=True,
        candles_limit=500,
        candles_end=("endTime", 1),
        lists_open_by_market=frozenset({MarketType.SPOT}),
        unknown_codes=frozenset({"-2011", "-2013"}),
    ),
    "okx": VenueRules(
        trades=True,
        valid_seconds=5.0,
        # Algo orders take no such time.
        trigger_valid_seconds=30.0,
        cross_alone=True,
        deadline_header=("expTime", ("/trade/order", "/trade/batch-orders")),
        duplicate_codes=frozenset({"51016"}),
        finds_by_client_id=True,
        cancels_by_client_id=True,
        keeps_stops=True,
        lists_funding=True,
        funding_bounds=("begin", "end"),
        trigger_id_parameter="algoClOrdId",
        fired_id_field="ordId",
        ledger=Ledger(
            method="fetch_transfers", field="type", words=("1",), limit=100, until="end", signed="balChg"
        ),
        pages={"fetchOpenOrders": by_last_id("after", 100)},
        markets={MarketType.SPOT: {"types": ["spot"]}, MarketType.SWAP: {"types": ["swap"]}},
    ),
}  # fmt: skip
_READ_ONLY = VenueRules()

#: Exchanges that ccxt serves by another class for linear swaps.
_SWAP_CLASSES = {"binance": "binanceusdm", "kraken": "krakenfutures", "kucoin": "kucoinfutures"}


def rules_of(ccxt_id: str) -> VenueRules:
    """Return what is known about a ccxt class."""
    return RULES.get(ccxt_id, _READ_ONLY)


def ccxt_id_of(venue: str, market_type: MarketType) -> str:
    """Return the ccxt class that serves a market type of a venue; venues are named as ccxt names them."""
    return _SWAP_CLASSES.get(venue, venue) if market_type is MarketType.SWAP else venue
