"""The rows of an account's lists that nobody can read."""

from riskgate.app.ports.exchange import Exchange
from riskgate.core.account.document import AccountState
from riskgate.core.instrument import market_key
from riskgate.core.venues.model import UnreadableRow

#: Lists of an account. What is wrong with a market's rules or quotes concerns who trades there, and shows there.
_OF_ACCOUNTS = frozenset({"order", "trade", "transfer", "funding", "balance", "position"})


def take_unreadable(exchange: Exchange) -> tuple[UnreadableRow, ...]:
    """Return the rows that could not be read since this was last asked."""
    return tuple(row for row in exchange.take_unreadable() if row.kind in _OF_ACCOUNTS)


def list_unlisted(exchange: Exchange, state: AccountState) -> tuple[UnreadableRow, ...]:
    """Return the markets in which an account holds or works something and that its venue does not list."""
    markets = {*state.positions, *(order.key for order in state.working_orders.values())}
    symbols = {market.partition(":")[2] for market in markets if market.startswith(market_key(exchange.venue, ""))}
    detail = "the venue does not list this market, or its rules cannot be read"
    return tuple(
        UnreadableRow(kind="market", symbol=symbol, detail=detail)
        for symbol in sorted(symbols)
        if not exchange.has_market(symbol)
    )
