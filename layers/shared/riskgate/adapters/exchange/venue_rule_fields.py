"""What may differ between venues beyond what ccxt evens out: the fields of the table in `venue_rules`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from riskgate.adapters.exchange.paging import Pages
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
