"""Match a venue's positions and balances with the account document."""

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from riskgate.core.account.breaks import BreakKind, Finding
from riskgate.core.account.document import Position
from riskgate.core.instrument import MarketType, market_key
from riskgate.core.money import ZERO, plain, quantize_money, with_risk_context
from riskgate.core.reconciliation.match import AMOUNT_QUANTUM, Match, OwnBook, VenueBook, market_of_asset

#: A snapshot that follows a funding payment has been taken after this.
FUNDING_GRACE = timedelta(minutes=5)
_ACTION = "find the trade or transfer that explains it; the next snapshot adopts the venue's figures"


@with_risk_context
def match_holdings(book: VenueBook, own: OwnBook) -> Match:
    """Compare positions and balances, each asset and market that either side names.

    On spot the base asset's balance is the position. A swap wallet's total moves with every price: what the unrealized
    profit of the positions can explain is no break.
    """
    if not own.state.has_snapshot and len({venue.venue for venue in own.state.venues}) > 1:
        # At which of its venues a new account's money lies was assumed.
        return Match(findings=(), compared=0, matched=0)
    swap = book.market_type is MarketType.SWAP
    findings = [*(_positions(book, own) if swap else ()), *_balances(book, own)]
    markets = {p.symbol for p in book.positions} | {p.symbol for p in _held(book, own)} if swap else set()
    balances = {balance.asset for balance in book.balances} | set(own.state.balances.get(book.venue, {}))
    compared = len(markets) + len(balances)
    return Match(findings=tuple(findings), compared=compared, matched=compared - len(findings))


def _held(book: VenueBook, own: OwnBook) -> list[Position]:
    return [p for p in own.state.positions.values() if p.venue == book.venue and p.market_type is MarketType.SWAP]


def _positions(book: VenueBook, own: OwnBook) -> Iterator[Finding]:
    theirs = {position.symbol: position for position in book.positions}
    ours = {position.symbol: position for position in _held(book, own)}
    taken_over = {key.partition(":")[2] for key in own.state.reconciliation.adopted if key.startswith(f"{book.venue}:")}
    for symbol in sorted({*theirs, *ours, *taken_over} if book.has_all_positions else theirs):
        market = market_key(book.venue, symbol)
        seen, held = theirs.get(symbol), ours.get(symbol)
        # What a snapshot merely took over from the venue is nothing our fills explain.
        explained = (held.quantity if held is not None else ZERO) - own.state.reconciliation.adopted.get(market, ZERO)
        quantities = (explained, seen.quantity if seen is not None else ZERO)
        difference = quantities[1] - quantities[0]
        if abs(difference) < own.step(market):
            continue
        price = seen.mark_price or seen.entry_price if seen is not None else None
        money = own.value(market, difference, price)
        yield _finding(BreakKind.POSITION, book, symbol, market, quantities, money)


def _balances(book: VenueBook, own: OwnBook) -> Iterator[Finding]:
    theirs = {balance.asset: balance.total for balance in book.balances}
    ours = {asset: balance.total for asset, balance in own.state.balances.get(book.venue, {}).items()}
    for asset in sorted({*theirs, *ours} if book.has_all_balances else theirs):
        quantities = (ours.get(asset, ZERO), theirs.get(asset, ZERO))
        difference = quantities[1] - quantities[0]
        market = market_of_asset(own, book, asset) if book.market_type is MarketType.SPOT else ""
        if abs(difference) < _tolerance(book, own, asset, market):
            continue
        rate = own.state.rate(asset)
        money = own.value(market, difference, None) if market else None
        if money is None and rate is not None:
            money = abs(quantize_money(difference * rate))
        kind = BreakKind.POSITION if market else BreakKind.BALANCE
        yield _finding(kind, book, asset, market, quantities, money)


def _tolerance(book: VenueBook, own: OwnBook, asset: str, market: str) -> Decimal:
    """Return the difference that counts: a step of the asset's market, and what marks and funding move in a wallet."""
    if book.market_type is MarketType.SPOT:
        return own.step(market) if market else AMOUNT_QUANTUM
    held = [p for p in _held(book, own) if p.settle_currency == asset]
    # A profit in another currency is in another wallet, and may be far larger than what is missing in this one.
    theirs = [p for p in book.positions if p.symbol.partition(":")[2] in {asset, ""}]
    seen = sum((abs(p.unrealized_pnl or ZERO) for p in theirs), ZERO)
    carried = sum((abs((p.mark_price - p.average_price) * p.quantity * p.contract_size) for p in held), ZERO)
    # Funding is in the venue's total at once, and in ours with the next snapshot.
    since = book.read_at - FUNDING_GRACE
    paid = [payment for payment in book.funding if payment.at >= since and payment.asset == asset]
    funded = sum((abs(payment.amount) for payment in paid), ZERO)
    return AMOUNT_QUANTUM + seen + carried + funded


def _finding(
    kind: BreakKind,
    book: VenueBook,
    name: str,
    market: str,
    quantities: tuple[Decimal, Decimal],
    money: Decimal | None,
) -> Finding:
    difference = plain(quantities[1] - quantities[0])
    return Finding(
        kind=kind,
        venue=book.venue,
        subject=f"{'asset' if book.market_type is MarketType.SPOT or not market else 'market'} {name}",
        market=market,
        ours={"quantity": plain(quantities[0])},
        theirs={"quantity": plain(quantities[1]), "difference": difference},
        mark=difference,
        action=_ACTION,
        money=money,
    )
