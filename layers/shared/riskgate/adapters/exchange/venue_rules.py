"""What differs between venues beyond what ccxt evens out. A venue without an entry is served for reads."""

from typing import Any

from riskgate.adapters.exchange.paging import (
    by_cursor,
    by_last_id,
    by_last_of_page,
    by_number,
    by_offset,
    by_total,
)
from riskgate.adapters.exchange.venue_rule_fields import Ledger, VenueRules
from riskgate.core.instrument import MarketType


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
