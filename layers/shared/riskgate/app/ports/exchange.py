"""The seam to a venue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal

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


class Exchange(Protocol):
    """One venue of one account, spot or linear swap.

    Reads raise Transient (RateLimited) when the venue does not answer, Rejected (VenueAccessDenied for the key) when
    it refuses, and VenueAnswerInvalid when what it says cannot be read with certainty. A read never means that
    there is nothing: an empty answer is returned only where the venue gave one.
    """

    venue: str
    market_type: MarketType

    def client_order_id(self, order_id: str, revision: int = 0) -> str:
        """Return the venue's form of the gateway's order id (32 hex digits); always the same for the same order.

        A replaced order needs an id of its own: `revision` counts the replacements. Keep the result with the order.
        """

    def order_id_of(self, client_order_id: str) -> str | None:
        """Return the gateway's order id behind a client order id of revision 0, or None for another's."""

    def arrival_seconds_max(self, *, has_trigger: bool) -> float:
        """Return how long after it was written a request to place an order may still be taken, in seconds.

        The venue refuses a later one by itself. `has_trigger`: it is a stop. Nothing is asked for this.
        """

    def create_order(self, order: NewVenueOrder) -> VenueOrder:
        """Send an order, once. A client order id that the venue knows returns the order it knows.

        Raises InvalidRequest: off the venue's grid, or an order it does not offer: nothing was sent; Rejected: the
        venue refused it, and knows no order with this id; Transient: surely nothing happened; OutcomeUnknown: it may
        have happened: `get_order` tells, never send it again blindly.
        """

    def cancel_order(self, ref: VenueOrderRef) -> VenueOrder:
        """Cancel an order and return it as it is then: cancelled, or ended before by itself.

        Raises NotFound: the venue knows no such order; Rejected, Transient, OutcomeUnknown: it still rests, or may.
        """

    def get_order(self, ref: VenueOrderRef) -> VenueOrder | None:
        """Return an order as the venue sees it, or None where it surely knows none."""

    def list_open_orders(self, symbol: str | None = None) -> tuple[VenueOrder, ...]:
        """Return all resting orders of one market or of all, waiting triggers too."""

    def list_orders(self, symbol: str | None, since: datetime) -> tuple[VenueOrder, ...]:
        """Return the orders made since an instant, finished ones too; some venues need the market named.

        Without a market, triggers that are kept apart may be left out; `list_open_orders` has those that wait.
        """

    def list_trades(self, symbol: str | None, since: datetime, *, thorough: bool = False) -> tuple[VenueTrade, ...]:
        """Return all fills since an instant, that instant included, by time; some venues need the market named.

        A list that the venue cuts shorter than it says is noticed with `thorough` only, which costs more requests.
        """

    def list_funding(self, since: datetime) -> tuple[VenueFunding, ...]:
        """Return the funding payments of swaps since an instant, by time; none for spot and where none are listed."""

    def list_funding_rates(self, symbols: Sequence[str]) -> Mapping[str, Decimal]:
        """Return what longs pay shorts at the next funding of swaps, as a fraction; without those it does not tell."""

    def take_unreadable(self) -> tuple[UnreadableRow, ...]:
        """Return the rows of lists that could not be read since this was last asked: each is left out of its list."""

    def list_balances(self) -> tuple[VenueBalance, ...]:
        """Return all assets that are held."""

    def list_positions(self) -> tuple[VenuePosition, ...]:
        """Return all open swap positions, one for each market; spot has none.

        Raises HedgeModeUnsupported: the venue keeps a long and a short leg of a market; MarginModeUnsupported: a
        position is in a margin mode that no order of ours is in.
        """

    def list_quotes(self, symbols: Sequence[str]) -> tuple[Quote, ...]:
        """Return the quotes of those markets that have one."""

    def get_order_book(self, symbol: str, levels: int | None = None) -> OrderBook:
        """Return the resting orders of a market; `OrderBook.depth` sums what is within a band."""

    def list_candles(
        self, symbol: str, timeframe: str, since: datetime, until: datetime | None = None
    ) -> tuple[Candle, ...]:
        """Return the candles (1m, 5m, 15m, 1h, 4h or 1d) that open within a period, oldest first, as far as kept."""

    def list_transfers(self, since: datetime) -> tuple[VenueTransfer, ...]:
        """Return the money that moved in or out of the wallet since an instant, by time.

        Moves between the venue's own wallets count for each of them: within an account that holds both they cancel.
        The period starts up to a second early, so a transfer can be seen again: its id tells.
        """

    def has_market(self, symbol: str) -> bool:
        """Tell whether the venue lists a market of this type under the symbol."""

    def list_instruments(self) -> tuple[Instrument, ...]:
        """Return the trading rules of all markets of the type; what has incomplete rules is left out."""

    def get_clock(self) -> VenueClock:
        """Return the venue's time, and how far ours is from it."""

    def get_status(self) -> VenueStatus:
        """Return what the venue says about its own state."""

    def get_account_setup(self) -> AccountSetup:
        """Return how the account is set up at the venue: one position per market or two, and whose wallet it is."""

    def get_key_permissions(self) -> KeyPermissions:
        """Return what the API key may do, and what could not be found out."""
