"""What differs between venues beyond what ccxt evens out. A venue without an entry is served for reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from riskgate.core.instrument import MarketType

_NONE: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueRules:
    """One ccxt class.

    Where orders are not found by client id, they are found in the lists of open and closed orders.
    """

    trades: bool = False  # orders may be sent: ccxt passes the client order id on and reads it back
    client_id_parameter: str = "clientOrderId"  # name under which ccxt takes it on create
    finds_by_client_id: bool = False
    cancels_by_client_id: bool = False
    lists_all_open_orders: bool = False  # in one piece, however many
    lists_triggers_too: bool = False  # open orders come with waiting triggers among them
    order_filters: tuple[str, str] | None = None  # lists of orders give the one with this exchange's, or client, id
    page_cursor: str | None = None  # where a raw row of a list holds what asks for the next page
    settles_apart: bool = False  # lists of swaps are of one settle coin
    unified_wallet: bool = False  # one wallet for spot and swaps; a coin's equity is beside its balance
    duplicate_codes: frozenset[str] = frozenset()  # say that an order with this client id was accepted before
    trade_cursor: str | None = None  # asks for own trades from a trade id on
    gtd_parameter: str | None = None  # expiry of a GTD order in milliseconds
    wallet_transfers: tuple[str, ...] = ()  # spot: types of transfers to and from the venue's other wallets
    transfer_span_days: int = 89  # longest period, and page, of lists of deposits and withdrawals
    transfer_limit: int = 1000
    ledger_transfers: bool = False  # swap: filled from the venue's other wallets only, so its ledger is read
    keeps_stops: bool = False  # a stop that only reduces may rest: spot from what is held, swaps by reduce-only
    lists_funding: bool = False  # payments of all markets in one list that can be read by periods
    options: Mapping[str, Any] = field(default=_NONE)


def _binance(markets: str, **more: Any) -> VenueRules:
    return VenueRules(
        trades=True,
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


_DIRECT = VenueRules(trades=True, finds_by_client_id=True, cancels_by_client_id=True)
_LISTED = VenueRules(trades=True)

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
        "linear", gtd_parameter="goodTillDate", ledger_transfers=True, lists_funding=True
    ),
    "bitget": _DIRECT,
    "bybit": VenueRules(
        trades=True,
        lists_triggers_too=True,
        order_filters=("orderId", "orderLinkId"),
        page_cursor="nextPageCursor",
        settles_apart=True,
        unified_wallet=True,
        duplicate_codes=frozenset({"110072", "170141"}),
        transfer_span_days=29,
        transfer_limit=50,
    ),
    # ccxt makes up an id of its own unless it is given the raw parameter.
    "coinbase": VenueRules(trades=True, client_id_parameter="client_order_id"),
    "coinbaseexchange": _DIRECT,
    "gate": _LISTED,
    "hyperliquid": VenueRules(trades=True, finds_by_client_id=True),
    "kraken": VenueRules(trades=True, cancels_by_client_id=True),
    "krakenfutures": _LISTED,
    "kucoin": VenueRules(trades=True, finds_by_client_id=True),
    "kucoinfutures": VenueRules(trades=True, finds_by_client_id=True),
    "mexc": _LISTED,
    "okx": _DIRECT,
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
