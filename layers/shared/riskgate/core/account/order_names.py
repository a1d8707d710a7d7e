"""What venues call the account's orders: written down as each is sent and taken, to tell whose one is."""

from dataclasses import dataclass

from riskgate.core.account.stored import OrderRecord


@dataclass(frozen=True, kw_only=True, slots=True)
class VenueOrderName:
    """One name of an order at its venue, and whose order that is; what a name means never changes."""

    name: str
    client_order_id: str
    strategy: str


def name_by_client_id(venue: str, venue_client_id: str) -> str:
    """Return the name of an order by the client order id that the venue was given."""
    return f"{venue}#{venue_client_id}"


def name_by_number(venue: str, symbol: str, exchange_order_id: str) -> str:
    """Return the name of an order by the venue's own id, which counts within its market, however that is spelled."""
    return f"{venue}:{short_symbol(symbol)}#{exchange_order_id}"


def short_symbol(symbol: str) -> str:
    """Return a market as venues spell it that write no more than two currencies: ``BTC/USDT:USDT`` is ``BTCUSDT``."""
    return symbol.partition(":")[0].replace("/", "")


def sent_as(record: OrderRecord) -> tuple[VenueOrderName, ...]:
    """Return the name under which an order leaves for its venue."""
    return (_named(record, name_by_client_id(record.order.venue, record.venue_client_id)),)


def taken_as(record: OrderRecord) -> tuple[VenueOrderName, ...]:
    """Return the name that the venue itself gave an order, if it did."""
    if record.exchange_order_id is None:
        return ()
    order = record.order
    return (_named(record, name_by_number(order.venue, order.symbol, record.exchange_order_id)),)


def _named(record: OrderRecord, name: str) -> VenueOrderName:
    return VenueOrderName(name=name, client_order_id=record.order.client_order_id, strategy=record.order.strategy)
