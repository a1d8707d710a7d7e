"""What a check sees: one frozen snapshot of an order, the account after it, and the market."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_DOWN, Decimal
from functools import cached_property, partial
from typing import Any, Protocol

from riskgate.core.account.aliases import asset_of
from riskgate.core.account.document import AccountState, Exposure, OrderStatus, WorkingOrder
from riskgate.core.account.exposure import shift_exposure, split_quantity
from riskgate.core.account.hedges import lowers_delta
from riskgate.core.account.leg_sums import Leg
from riskgate.core.account.legs import find_leg, sum_leg
from riskgate.core.figures import RiskReport, believe
from riskgate.core.instrument import Instrument, Market, MarketType, Quote
from riskgate.core.kill_switch import KillSwitch
from riskgate.core.limits import Limits
from riskgate.core.money import MONEY_MAX, ONE, ZERO
from riskgate.core.order import Order, OrderType
from riskgate.core.replacing import replace
from riskgate.core.side import Side

#: Rules from which on no quote and no closed market keeps an exit in, and stops are valued at their worst price.
FREE_EXITS_SINCE = 2
#: Rules from which on a hedge that lowers its asset's delta needs no room for its own risk.
HEDGES_SINCE = 3
#: Rules from which on the gateway keeps stops at the venue, and knows the stop orders of bots for what they are.
STOPS_KEPT_SINCE = 3
#: Rules from which on a working order keeps the prices it was ordered at, to be shown.
PRICES_KEPT_SINCE = 4

#: Rules from which on an order must be one that the venue's class is proven to place.
UNSUPPORTED_SINCE = 5
#: Rules from which on orders at market have bounds and a lot step of their own.
MARKET_STEPS_SINCE = 4


@dataclass(frozen=True, kw_only=True)
class PreTradeContext:
    """One order with everything the rules need, amounts in base currency unless said otherwise.

    `quantity` is the resolved quantity (None where it cannot be resolved), `price` the price the order
    is valued at, `increasing` and `reducing` the two parts of the quantity (`is_reducing`: the whole order only
    shrinks a position), `notional` the value of the increasing part and `risk` its loss down to the stop.
    `leg_before`, `leg_after` and `exposure` (after) count all working orders as filled. `candidate` is the order as it
    would be reserved, `replaces` the working order it would take the place of, which `state` no longer holds. `rules`
    tells which version of the rules decides: what changed for later orders must not change for those in the log.
    """

    order: Order
    state: AccountState
    limits: Limits
    market: Market
    kill_switches: tuple[KillSwitch, ...]
    report: RiskReport | None
    now: datetime
    account_known: bool = True
    quantity: Decimal | None = None
    price: Decimal | None = None
    rate: Decimal | None = None
    increasing: Decimal = ZERO
    reducing: Decimal = ZERO
    is_reducing: bool = False
    notional: Decimal = ZERO
    risk: Decimal = ZERO
    leg_before: Leg = Leg()
    leg_after: Leg = Leg()
    exposure: Exposure = Exposure()
    candidate: WorkingOrder | None = None
    replaces: WorkingOrder | None = None
    rules: int = 1

    @property
    def instrument(self) -> Instrument | None:
        """Return the instrument, or None where the venue does not list the symbol."""
        return self.market.instrument

    @property
    def quote(self) -> Quote | None:
        """Return the quote, or None where there is none."""
        return self.market.quote

    @property
    def equity(self) -> Decimal:
        """Return equity now."""
        return self.state.equity

    @property
    def exits_freely(self) -> bool:
        """Tell whether the order only shrinks a position, and the rules let such orders out whatever the market is."""
        return self.is_reducing and self.rules >= FREE_EXITS_SINCE

    @cached_property
    def lowers_delta(self) -> bool:
        """Tell whether the order hedges: it lowers what is held of its asset elsewhere, whatever else fills."""
        return self.rules >= HEDGES_SINCE and self.candidate is not None and lowers_delta(self.state, self.candidate)

    @property
    def is_operator_exit(self) -> bool:
        """Tell whether a person closes a position, wholly or in part: no kill switch stands in the way of that."""
        return self.order.operator_exit and self.is_reducing

    @property
    def is_valued(self) -> bool:
        """Tell whether quantity, price and conversion are known, so that exposure can be computed."""
        return self.candidate is not None

    @cached_property
    def changes(self) -> tuple[tuple[str, Decimal], ...]:
        """Return by how much exposure after the order differs from the risk report's, by asset, where it does."""
        now, then = self.exposure.net_by_asset, self.report.exposures if self.report is not None else {}
        names = [name for name, value in now.items() if then.get(name) != value]
        names += [name for name in then if name not in now]
        changes = ((name, now.get(name, ZERO) - then.get(name, ZERO)) for name in sorted(names))
        return tuple(change for change in changes if change[1])

    def fraction_of_equity(self, amount: Decimal) -> Decimal | None:
        """Return amount / equity, rounded up; None where equity is not positive."""
        return of_equity(self, amount)


class Book(Protocol):
    """What a measure needs of an account: as it stands, or as an order would leave it."""

    @property
    def equity(self) -> Decimal:
        """Return equity."""

    @property
    def exposure(self) -> Exposure:
        """Return the exposure."""


def of_equity(book: Book, amount: Decimal) -> Decimal | None:
    """Return amount / equity; None where equity is not positive."""
    return amount / book.equity if book.equity > 0 else None


def share_of_equity(book: Book, amounts: Mapping[str, Decimal], name: str | None) -> Decimal | None:
    """Return what one name holds over equity; without a name what the fullest holds."""
    return of_equity(book, max(amounts.values(), default=ZERO) if name is None else amounts.get(name, ZERO))


def expected_price(order: Order, quote: Quote | None, rules: int = 1) -> Decimal | None:
    """Return the price an order is valued at, in quote currency; None where nothing tells.

    Market orders take the opposite touch. A limit order is worth its limit, or the touch where it
    would cross it. A stop is worth its trigger, or the touch once the trigger is passed. A stop limit is
    worth the higher of its prices: a sell meets the market at its trigger, however low its limit is. By later rules
    no stop is worth less than the market is now: a trigger far below it would make any order small.
    """
    touch = quote.touch(order.side) if quote is not None else None
    if order.type is OrderType.MARKET:
        return touch
    own = order.price if order.type.has_limit_price else order.trigger_price
    if rules >= FREE_EXITS_SINCE and order.type.has_trigger_price and own is not None:
        return max(price for price in (order.price, order.trigger_price, touch) if price is not None)
    if order.type is OrderType.STOP_LIMIT and own is not None:
        return max(own, order.trigger_price or own)
    if own is None or touch is None:
        return own
    if order.type is OrderType.LIMIT:
        return min(own, touch) if order.side is Side.BUY else max(own, touch)
    return max(own, touch) if order.side is Side.BUY else min(own, touch)


def resolve_quantity(order: Order, instrument: Instrument, price: Decimal | None, rules: int = 1) -> Decimal | None:
    """Return the order's quantity; a quote quantity is converted at `price` and floored to the lot step."""
    if order.quantity is not None or order.quote_quantity is None:
        return order.quantity
    if price is None or price <= 0:
        return None
    units = order.quote_quantity / (price * instrument.contract_size)
    if units >= MONEY_MAX:
        # Beyond what can be counted exactly: denied as it is.
        return units
    at_market = rules >= MARKET_STEPS_SINCE and not order.type.has_limit_price
    step = instrument.market_order_step if at_market else instrument.step_size
    if step == ZERO:
        return units.quantize(Decimal("1e-12"), ROUND_DOWN)
    return (units / step).to_integral_value(ROUND_DOWN) * step


def build_context(
    order: Order,
    state: AccountState,
    limits: Limits,
    market: Market,
    *,
    kill_switches: tuple[KillSwitch, ...],
    report: RiskReport | None,
    now: datetime,
    account_known: bool = True,
    rules: int = 1,
    replaces: WorkingOrder | None = None,
) -> PreTradeContext:
    """Resolve quantity, price, split and the exposure after the order.

    Where something is missing the context is left unvalued; the check that owns the gap denies.
    """
    # Filled in as far as the facts go and made once: a copy for every step would cost as much as ten checks.
    unvalued = partial(
        PreTradeContext,
        order=order,
        state=state,
        limits=limits,
        market=market,
        kill_switches=kill_switches,
        report=believe(report, now),
        now=now,
        account_known=account_known,
        rules=rules,
        replaces=replaces,
    )
    instrument = market.instrument
    if instrument is None:
        return unvalued(exposure=state.exposure)
    price = expected_price(order, market.quote, rules)
    quantity = resolve_quantity(order, instrument, price, rules)
    if price is None and order.type is OrderType.MARKET and order.key in state.positions:
        # An exit at market needs no quote: the last mark values it.
        price = state.positions[order.key].mark_price
    rate = state.rate(instrument.settle_currency)
    if rate is None and order.key in state.positions:
        rate = state.positions[order.key].rate
    valued = partial(unvalued, quantity=quantity, price=price, rate=rate)
    if quantity is None or quantity <= 0 or price is None or price <= 0 or rate is None:
        return valued(exposure=state.exposure)
    candidate = _working_order(
        order, state, limits, instrument, quantity=quantity, price=price, rate=rate, now=now, rules=rules
    )
    return valued(**_value(state, candidate, rules))


def _value(state: AccountState, candidate: WorkingOrder, rules: int) -> dict[str, Any]:
    """Return what the account would be with the candidate: the fields of the context that need its value."""
    increasing = split_quantity(state, candidate, rules)
    if increasing != candidate.quantity:
        candidate = replace(candidate, increasing_quantity=increasing)
    sums = sum_leg(state, find_leg(state, candidate.key))
    before, after = sums.leg(), sums.add((candidate,)).leg()
    reducing = candidate.quantity - increasing
    return {
        "increasing": increasing,
        "reducing": reducing,
        "is_reducing": not increasing and reducing > ZERO,
        "notional": min(increasing * candidate.unit_notional, MONEY_MAX),
        "risk": min(increasing * candidate.unit_risk, MONEY_MAX),
        "leg_before": before,
        "leg_after": after,
        "exposure": shift_exposure(state.exposure, (before, after)),
        "candidate": candidate,
    }


def _working_order(
    order: Order,
    state: AccountState,
    limits: Limits,
    instrument: Instrument,
    *,
    quantity: Decimal,
    price: Decimal,
    rate: Decimal,
    now: datetime,
    rules: int,
) -> WorkingOrder:
    unit_notional = price * instrument.contract_size * rate
    # The venue holds a limit order's own price, which may be above what it is expected to cost.
    held_price = max(price, order.price or ZERO)
    spot = instrument.market_type is MarketType.SPOT
    if spot and order.side is Side.SELL:
        reserved_asset, unit_reserved = instrument.base_currency, ONE
    elif spot:
        reserved_asset, unit_reserved = instrument.quote_currency, held_price
    else:
        leverage = limits.leverage_max or ONE
        reserved_asset, unit_reserved = (
            instrument.settle_currency,
            held_price * instrument.contract_size / max(leverage, ONE),
        )
    asset = asset_of(state, order.symbol)
    sector = state.sectors.get(asset) or instrument.sector
    return WorkingOrder(
        client_order_id=order.client_order_id,
        venue=order.venue,
        symbol=order.symbol,
        market_type=instrument.market_type,
        asset=asset,
        sector=sector,
        strategy=order.strategy,
        side=order.side,
        type=order.type,
        status=OrderStatus.APPROVED,
        quantity=quantity,
        increasing_quantity=quantity,
        unit_notional=unit_notional,
        unit_risk=_unit_risk(order, _worst_fill(order, price, rules), unit_notional, instrument.contract_size * rate),
        decision_price=price,
        reserved_asset=reserved_asset,
        unit_reserved=unit_reserved,
        approved_at=now,
        expires_at=None,
        rest_price=order.price if order.type is OrderType.LIMIT else None,
        stop_loss_price=order.stop_loss_price,
        reduce_only=order.reduce_only,
        operator_exit=order.operator_exit,
        stop_price=_stop_price(order) if rules >= STOPS_KEPT_SINCE else None,
        limit_price=order.price if rules >= PRICES_KEPT_SINCE else None,
        trigger_price=order.trigger_price if rules >= PRICES_KEPT_SINCE else None,
    )


def _stop_price(order: Order) -> Decimal | None:
    """Return what a stop order trades at in the end: its trigger, or its limit where that is worse."""
    if order.trigger_price is None:
        return None
    prices = [price for price in (order.trigger_price, order.price) if price is not None]
    return min(prices) if order.side is Side.SELL else max(prices)


def _worst_fill(order: Order, price: Decimal, rules: int) -> Decimal:
    """Return the price furthest from the stop: a stop that sells fills at its trigger, or down to its limit."""
    if rules >= FREE_EXITS_SINCE and order.type.has_trigger_price and order.side is Side.SELL:
        return min(own for own in (price, order.trigger_price, order.price) if own is not None)
    return min(price, order.price) if order.type is OrderType.STOP_LIMIT and order.price is not None else price


def _unit_risk(order: Order, price: Decimal, unit_notional: Decimal, unit_value: Decimal) -> Decimal:
    """Return what one unit loses down to the stop; everything without a stop or with one on the wrong side."""
    if order.stop_loss_price is None:
        return unit_notional
    distance = (price - order.stop_loss_price) * order.side.sign
    return distance * unit_value if distance > 0 else unit_notional


def positions_at(state: AccountState, venue: str, settle_currency: str) -> Mapping[str, Decimal]:
    """Return the absolute value of each swap position at `venue` that settles in the currency."""
    return {
        key: abs(p.quantity) * p.mark_price * p.contract_size
        for key, p in state.positions.items()
        if p.venue == venue and p.market_type is MarketType.SWAP and p.settle_currency == settle_currency
    }
