"""Account for profit and loss: average cost or first in first out, fees in any currency, funding.

What is open is kept at its cost, never at a rounded average price: realised and unrealised profit always add up to
the money that moved. Everything is in the market's settle currency. Spot is held per coin: what one market of it, or
one strategy, bought another one sells, and what nobody holds opens no short.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from operator import attrgetter

from riskgate.core.instrument import Instrument, MarketType
from riskgate.core.money import ZERO
from riskgate.core.order import Fee
from riskgate.core.orders.fees import find_fee_rate
from riskgate.core.replacing import replace
from riskgate.core.side import Side
from riskgate.core.statements.coins import Change, Holding, Reading, plan_adoption, plan_takes
from riskgate.core.statements.lots import CostMethod, Lot, exact, trade_lots


@dataclass(frozen=True, kw_only=True, slots=True)
class Execution:
    """One fill. `fee` < 0 is a rebate, None where the venue does not tell; `quantity` in contracts.

    `rates` are base currency of the account per unit of others, where the log knows them: a coin paid in one currency
    and sold for another needs both. `other_fees` are those of a fill that paid several. `fee_rates` are settle currency
    per unit of a fee's currency at the time of the fill. One need be known only where a fee is paid in neither the
    settle nor the base currency: without it the fee is reported as unconverted.
    """

    instrument: Instrument
    strategy: str
    trade_id: str
    side: Side
    quantity: Decimal
    price: Decimal
    at: datetime
    fee: Decimal | None = ZERO
    fee_currency: str | None = None
    rates: Mapping[str, Decimal] = field(default_factory=dict)
    fee_rates: Mapping[str, Decimal] = field(default_factory=dict)
    other_fees: tuple[Fee, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class FundingPayment:
    """One funding payment of a swap in its settle currency: `amount` > 0 was received."""

    instrument: Instrument
    strategy: str
    payment_id: str
    amount: Decimal
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class OpeningPosition:
    """What was held before the first entry, signed, in contracts at an average price in quote currency."""

    instrument: Instrument
    strategy: str
    quantity: Decimal
    average_price: Decimal


#: Profit and loss by market key, for each strategy; that of the markets themselves under the empty name.
type Books = dict[str, dict[str, MarketPnl]]
type Entry = Execution | FundingPayment | Reading


@dataclass(frozen=True, kw_only=True, slots=True)
class MarketPnl:
    """Profit and loss of one market, in its settle currency; fees > 0 were paid, `funding` > 0 was received.

    `fees` are those converted at their fill's rate, `unconverted_fees` the rest by currency and `unknown_fees` how
    many the venue did not tell. `balances` is what the entries moved in the venue's wallet, by currency. A swap's
    wallet gets the profit as this book realises it: venues do it market by market at average cost. `opened` and
    `adopted` are contracts that the first reading and later ones showed, and no entry explains.
    """

    instrument: Instrument
    lots: tuple[Lot, ...] = ()
    realized: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    unconverted_fees: Mapping[str, Decimal] = field(default_factory=dict)
    unknown_fees: int = 0
    executions: int = 0
    balances: Mapping[str, Decimal] = field(default_factory=dict)
    opened: Decimal = ZERO
    adopted: Decimal = ZERO

    @property
    def quantity(self) -> Decimal:
        """Return the signed quantity held, in contracts."""
        return sum((lot.quantity for lot in self.lots), ZERO)

    @property
    def cost(self) -> Decimal:
        """Return what the held quantity cost, signed like it."""
        return sum((lot.cost for lot in self.lots), ZERO)

    @property
    def average_price(self) -> Decimal | None:
        """Return the average entry price in quote currency, None when flat."""
        quantity = self.quantity
        return self.cost / quantity / self.instrument.contract_size if quantity else None

    @property
    def net_realized(self) -> Decimal:
        """Return what has been earned for good: realised profit less fees, with funding."""
        return self.realized - self.fees + self.funding

    @exact
    def unrealized(self, mark_price: Decimal) -> Decimal:
        """Return the profit on what is held at a mark price."""
        return self.quantity * mark_price * self.instrument.contract_size - self.cost


@dataclass(frozen=True, kw_only=True, slots=True)
class Pnl:
    """Profit and loss of an account: per market as its venue nets it, and per strategy by the strategy's own trades.

    Where strategies trade one market against each other, what they realise differs from what the market does;
    realised and unrealised together never do.
    """

    by_market: Mapping[str, MarketPnl]
    by_strategy: Mapping[str, Mapping[str, MarketPnl]]


def compute_pnl(entries: Iterable[Entry], method: CostMethod, *, opening: Iterable[OpeningPosition] = ()) -> Pnl:
    """Return the profit and loss of an account's fills and funding payments, given in any order.

    The same fill or payment twice counts once; readings stand where the log has them. Raises ValueError for a swap that
    is not linear: its profit is no product of price and quantity.
    """
    markets: Books = {"": {}}
    strategies: Books = {}
    for held in opening:
        for books, name in ((markets, ""), (strategies, held.strategy)):
            book = books.setdefault(name, {})
            book[held.instrument.key] = _open(_of(book, held.instrument), held, method)
    for entry in _in_order(entries):
        if isinstance(entry, Reading):
            _adopt(markets, entry, method, by_strategy=False)
            _adopt(strategies, entry, method, by_strategy=True)
            continue
        for books, name in ((markets, ""), (strategies, entry.strategy)):
            book, key = books.setdefault(name, {}), entry.instrument.key
            book.setdefault(key, _of(book, entry.instrument))
            if isinstance(entry, FundingPayment):
                book[key] = _book_funding(book[key], entry)
                continue
            realized = _book_execution(books, name, entry, method)
            book[key] = _settle(book[key], entry, realized, method)
    return Pnl(by_market=markets[""], by_strategy=strategies)


def _of(book: Mapping[str, MarketPnl], instrument: Instrument) -> MarketPnl:
    if instrument.market_type is MarketType.SWAP and instrument.settle_currency != instrument.quote_currency:
        raise ValueError(f"{instrument.symbol} is not linear")
    return book.get(instrument.key) or MarketPnl(instrument=instrument)


def _in_order(entries: Iterable[Entry]) -> list[Entry]:
    """Return each entry once, oldest first; both sides of a trade with oneself have one id."""
    seen: dict[tuple[str, ...], Entry] = {}
    for entry in entries:
        if isinstance(entry, Reading):
            seen[("reading", str(len(seen)))] = entry
        elif isinstance(entry, Execution):
            seen.setdefault(("fill", entry.instrument.key, entry.trade_id, entry.side), entry)
        else:
            seen.setdefault(("funding", entry.instrument.key, entry.payment_id), entry)
    return sorted(seen.values(), key=attrgetter("at"))


@exact
def _open(pnl: MarketPnl, held: OpeningPosition, method: CostMethod) -> MarketPnl:
    unit_price = held.average_price * held.instrument.contract_size
    lots, realized = trade_lots(pnl.lots, held.quantity, unit_price, method)
    return replace(pnl, lots=lots, realized=pnl.realized + realized)


@exact
def _book_execution(books: Books, strategy: str, fill: Execution, method: CostMethod) -> Decimal:
    """Move lots as a fill did; return what the fill's own market realised."""
    instrument, left = fill.instrument, fill.side.sign * fill.quantity
    own, total = books[strategy], ZERO
    if instrument.market_type is MarketType.SPOT:
        changes, left = plan_takes(_list_held(books), strategy, instrument, left)
        for change in changes:
            realized = _move(books, change, _price_for(change.instrument, fill), method)
            total += realized if change.instrument.key == instrument.key else ZERO
        if fill.side is Side.SELL:
            # What nobody holds was not ours as far as the log knows: it earns nothing and opens nothing.
            return total
    if left:
        lots, realized = trade_lots(own[instrument.key].lots, left, fill.price * instrument.contract_size, method)
        own[instrument.key] = replace(own[instrument.key], lots=lots, realized=own[instrument.key].realized + realized)
        total += realized
    return total


def _settle(pnl: MarketPnl, fill: Execution, realized: Decimal, method: CostMethod) -> MarketPnl:
    """Move the wallet as a fill did, and pay its fee."""
    instrument, signed = fill.instrument, fill.side.sign * fill.quantity
    moved = dict(pnl.balances)
    if instrument.market_type is MarketType.SPOT:
        _add(moved, instrument.base_currency, signed)
        _add(moved, instrument.quote_currency, -signed * fill.price)
    else:
        _add(moved, instrument.settle_currency, realized)
    pnl = replace(pnl, executions=pnl.executions + 1, balances=moved)
    return _book_fees(pnl, fill, fill.price * instrument.contract_size, method)


def _list_held(books: Books) -> list[Holding]:
    return [
        Holding(strategy=name, instrument=pnl.instrument, quantity=pnl.quantity)
        for name, book in books.items()
        for pnl in book.values()
        if pnl.lots
    ]


def _price_for(instrument: Instrument, fill: Execution) -> Decimal | None:
    """Return a fill's price in another market's quote currency, None where no rates tell."""
    if instrument.quote_currency == fill.instrument.quote_currency:
        return fill.price
    rates = [fill.rates.get(one.quote_currency) for one in (fill.instrument, instrument)]
    return fill.price * rates[0] / rates[1] if rates[0] is not None and rates[1] else None


@exact
def _move(books: Books, change: Change, price: Decimal | None, method: CostMethod) -> Decimal:
    """Move a strategy's lots at a price in quote currency, without one at their cost; return the profit."""
    book, instrument = books.setdefault(change.strategy, {}), change.instrument
    pnl = _of(book, instrument)
    if price is None:
        known = pnl.average_price or ZERO
        lots, realized = trade_lots(pnl.lots, change.signed, known * instrument.contract_size, method)
        realized = ZERO
    else:
        lots, realized = trade_lots(pnl.lots, change.signed, price * instrument.contract_size, method)
    book[instrument.key] = replace(pnl, lots=lots, realized=pnl.realized + realized)
    return realized


@exact
def _adopt(books: Books, reading: Reading, method: CostMethod, *, by_strategy: bool) -> None:
    """Take over what a reading shows and the book does not hold."""
    for change in [*plan_adoption(reading, _list_held(books), by_strategy=by_strategy)]:
        _move(books, change, change.price, method)
        book, key = books[change.strategy], change.instrument.key
        field_name = "opened" if reading.is_opening else "adopted"
        book[key] = replace(book[key], **{field_name: getattr(book[key], field_name) + change.signed})


def _book_fees(pnl: MarketPnl, fill: Execution, unit_price: Decimal, method: CostMethod) -> MarketPnl:
    if fill.fee is None:
        return replace(pnl, unknown_fees=pnl.unknown_fees + 1)
    for fee in (Fee(amount=fill.fee, currency=fill.fee_currency), *fill.other_fees):
        if fee.amount:
            pnl = _book_fee(pnl, fill, fee, unit_price, method)
    return pnl


def _book_fee(pnl: MarketPnl, fill: Execution, fee: Fee, unit_price: Decimal, method: CostMethod) -> MarketPnl:
    instrument = fill.instrument
    currency = fee.currency or instrument.settle_currency
    moved = dict(pnl.balances)
    _add(moved, currency, -fee.amount)
    pnl = replace(pnl, balances=moved)
    rate = find_fee_rate(currency, instrument, fill.price, known=fill.fee_rates.get(currency))
    if rate is None:
        unconverted = dict(pnl.unconverted_fees)
        _add(unconverted, currency, fee.amount)
        return replace(pnl, unconverted_fees=unconverted)
    if instrument.market_type is MarketType.SPOT and currency == instrument.base_currency:
        # A fee in what was bought is paid out of the inventory: given away at the fill's price, as far as it is held.
        given = min(fee.amount, max(pnl.quantity, ZERO))
        lots, realized = trade_lots(pnl.lots, -given, unit_price, method)
        rate, pnl = fill.price, replace(pnl, lots=lots, realized=pnl.realized + realized)
    return replace(pnl, fees=pnl.fees + fee.amount * rate)


def _book_funding(pnl: MarketPnl, payment: FundingPayment) -> MarketPnl:
    moved = dict(pnl.balances)
    _add(moved, payment.instrument.settle_currency, payment.amount)
    return replace(pnl, funding=pnl.funding + payment.amount, balances=moved)


def _add(amounts: dict[str, Decimal], currency: str, amount: Decimal) -> None:
    amounts[currency] = amounts.get(currency, ZERO) + amount
