"""What a book with a hedge is worth at other prices, and what the hedge costs."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import ROUND_FLOOR, Decimal

from riskgate.core.account.document import Position
from riskgate.core.hedging.model import HedgeLeg, HedgeMarket, PricePoint
from riskgate.core.money import MONEY_MAX, ONE, ZERO
from riskgate.core.statements.lots import ASSET_UNIT, exact

#: Moves of the table: from half the price to half as much again.
MOVES = tuple(Decimal(percent) / 100 for percent in (-50, -30, -20, -10, -5, -1, 0, 1, 5, 10, 20, 30, 50))
#: Funding is paid this often.
FUNDING_HOURS = 8

#: Price of an asset after a move, over its price now.
type Factor = Callable[[str], Decimal]


@exact
def compute_pnl_at(
    holdings: Sequence[Position], legs: Sequence[HedgeLeg], factor: Factor, fees: Mapping[str, Decimal], hours: int = 0
) -> Decimal:
    """Return profit and loss since entry if everything were closed after a move, in base currency.

    Counted are the fees (fractions of value, by market key) of entering and leaving each position and each leg, and
    the legs' funding. A leg that reduces a position given here closes that part of it at the leg's price; any other
    leg is opened at its price and closed after the move.
    """
    total = ZERO
    keys = {holding.key for holding in holdings}
    for holding in holdings:
        own = [leg for leg in legs if leg.reduces and leg.market.key == holding.key]
        total += _close_holding(holding, own, factor(holding.asset), fees[holding.key])
    for leg in legs:
        if not leg.reduces or leg.market.key not in keys:
            total += _round_trip(leg, factor(leg.market.instrument.base_currency), hours)
    return total


def compute_funding(legs: Iterable[HedgeLeg], hours: int) -> Decimal:
    """Return what the opened legs pay in funding over some hours, in base currency; less than 0 is received."""
    return sum((_funding(leg, hours) for leg in legs if not leg.reduces), ZERO)


def build_table(
    holdings: Sequence[Position],
    legs: Sequence[HedgeLeg],
    factor_of: Callable[[Decimal], Factor],
    fees: Mapping[str, Decimal],
    *,
    hours: int,
    moves: Iterable[Decimal] = MOVES,
) -> tuple[PricePoint, ...]:
    """Return profit and loss with and without the hedge over moves of the price, rounded down."""
    return tuple(
        PricePoint(
            move_fraction=move,
            unhedged_pnl=floor_pnl(compute_pnl_at(holdings, (), factor_of(move), fees)),
            hedged_pnl=floor_pnl(compute_pnl_at(holdings, legs, factor_of(move), fees, hours)),
        )
        for move in sorted(set(moves))
    )


def move_all(move: Decimal) -> Factor:
    """Return the factor of a move that all assets make alike."""
    return lambda _asset: ONE + move


def floor_pnl(amount: Decimal) -> Decimal:
    """Round profit and loss down: never more than it will be. Beyond what is accounted for it is cut."""
    return max(-MONEY_MAX, min(MONEY_MAX, amount)).quantize(ASSET_UNIT, ROUND_FLOOR)


def compute_margin(legs: Iterable[HedgeLeg], leverage: Decimal) -> Decimal:
    """Return the initial margin of the legs that open a swap position, in base currency."""
    return sum((leg.notional / leverage for leg in legs if leg.market.is_swap and not leg.reduces), ZERO)


def fee_of(market: HedgeMarket | None, default: Decimal) -> Decimal:
    """Return a market's fee, or the hedge's own where the market is none it trades."""
    return default if market is None else market.fee_fraction


def _close_holding(holding: Position, legs: Sequence[HedgeLeg], factor: Decimal, fee: Decimal) -> Decimal:
    price, unit, entry = holding.mark_price * factor, holding.contract_size * holding.rate, holding.average_price
    left = holding.quantity + sum((leg.signed for leg in legs), ZERO)
    paid = (abs(holding.quantity) * entry + abs(left) * price) * unit * fee
    earned = left * (price - entry) * unit
    for leg in legs:
        earned -= leg.signed * (leg.price - entry) * unit
        paid += leg.fee
    return earned - paid


def _round_trip(leg: HedgeLeg, factor: Decimal, hours: int) -> Decimal:
    market = leg.market
    price = market.middle * factor
    leaving = leg.quantity * price * market.unit * market.fee_fraction
    return leg.signed * (price - leg.price) * market.unit - leg.fee - leaving - _funding(leg, hours)


def _funding(leg: HedgeLeg, hours: int) -> Decimal:
    return leg.signed * leg.price * leg.market.unit * leg.market.funding_fraction * hours / FUNDING_HOURS
