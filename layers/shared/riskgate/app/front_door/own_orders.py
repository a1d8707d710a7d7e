"""Tell whose the orders are that a venue shows, and by which of the bot's ids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from riskgate.app.orders.submit_order import order_id_by_name
from riskgate.app.ports.venue_reads import OrderNames, VenueReads
from riskgate.core.account.document import AccountState
from riskgate.core.account.order_names import VenueOrderName, name_by_client_id, name_by_number

#: Names that are remembered; what a name means never changes.
REMEMBERED_MAX = 50_000


@dataclass(kw_only=True, slots=True)
class KnownNames:
    """What was looked up before, by account and name; None for what is no order of the gateway's."""

    names: OrderNames
    known: dict[tuple[str, str], VenueOrderName | None] = field(default_factory=dict)

    def find(self, account_id: str, names: Iterable[str], *, is_final: bool) -> dict[str, VenueOrderName | None]:
        """Return what is known by these names, None for what is no order of the gateway's.

        `is_final`: a name that is not written down yet never will be. Otherwise it is left out.
        """
        wanted = dict.fromkeys(names)
        missing = [name for name in wanted if (account_id, name) not in self.known]
        found = self.names.find(account_id, missing) if missing else {}
        for name in missing:
            if name in found or is_final:
                self.note(account_id, name, found.get(name))
        return {name: self.known[account_id, name] for name in wanted if (account_id, name) in self.known}

    def note(self, account_id: str, name: str, named: VenueOrderName | None) -> None:
        """Remember what a name means."""
        while len(self.known) >= REMEMBERED_MAX:
            self.known.pop(next(iter(self.known)))
        self.known[account_id, name] = named


@dataclass(frozen=True, kw_only=True, slots=True)
class Bot:
    """Who asks: a strategy of an account at one venue; `shows_all` where it may see other strategies' orders too."""

    state: AccountState
    venue: str
    strategy: str
    shows_all: bool = False

    @property
    def kept(self) -> frozenset[str]:
        """Return the working orders by which the gateway itself exits: no bot cancels them, so none looks after them.

        Once one has filled, its bot sees it with its trades.
        """
        orders = self.state.working_orders.values()
        return frozenset(order.client_order_id for order in orders if order.operator_exit and not self.shows_all)

    def may_see(self, named: VenueOrderName | None) -> bool:
        """Tell whether an order is shown to the bot; None is one that the gateway did not send."""
        return self.shows_all or (named is not None and named.strategy == self.strategy)


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnOrders:
    """The orders of a bot among those of its venue."""

    bot: Bot
    reads: VenueReads
    known: KnownNames

    def by_client_ids(self, ids: Iterable[str]) -> dict[str, VenueOrderName | None]:
        """Return the orders behind client order ids of the venue, None for what the gateway did not send."""
        account_id, venue = self.bot.state.account_id, self.bot.venue
        working = self._working()
        found: dict[str, VenueOrderName | None] = {}
        asked: dict[str, str] = {}
        for client_id in ids:
            found[client_id] = working.get(client_id)
            if client_id not in working and self.reads.order_id_of(client_id) is not None:
                asked[name_by_client_id(venue, client_id)] = client_id
        # Its name is written before an order leaves: what has none was not sent by the gateway.
        for name, named in self.known.find(account_id, asked, is_final=True).items():
            found[asked[name]] = named
        return found

    def by_numbers(self, symbol: str, numbers: Iterable[str]) -> dict[str, VenueOrderName | None]:
        """Return the orders behind the venue's own ids in one market, as far as that was written down or learnt.

        The gateway learns of a number after the venue: one that is left out is nobody's, or not told yet.
        """
        asked = {name_by_number(self.bot.venue, symbol, number): number for number in numbers}
        found = self.known.find(self.bot.state.account_id, asked, is_final=False)
        return {asked[name]: named for name, named in found.items()}

    def learn(self, symbol: str, number: str, named: VenueOrderName | None) -> None:
        """Remember whose an order is that the venue showed with both its ids."""
        self.known.note(self.bot.state.account_id, name_by_number(self.bot.venue, symbol, number), named)

    def _working(self) -> dict[str, VenueOrderName]:
        """Return the account's working orders by their first client order id at the venue."""
        account_id, found = self.bot.state.account_id, {}
        for order in self.bot.state.working_orders.values():
            if order.venue == self.bot.venue:
                name = self.reads.client_order_id(order_id_by_name(account_id, order.client_order_id))
                found[name] = VenueOrderName(name=name, client_order_id=order.client_order_id, strategy=order.strategy)
        return found
