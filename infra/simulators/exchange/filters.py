"""Order filters, with the codes each market answers."""

from decimal import Decimal

from .errors import Reason, VenueError, filter_failure
from .instruments import Instrument
from .money import ASSET_PRECISION, decimals_of
from .orders import Order, Side

# How far a limit price may lie from the last price.
SPOT_MULTIPLIER_UP = Decimal(5)
SPOT_MULTIPLIER_DOWN = Decimal("0.2")
SWAP_MULTIPLIER_UP = Decimal("1.05")
SWAP_MULTIPLIER_DOWN = Decimal("0.95")


def check_filters(order: Order, last: Decimal) -> None:
    """Check an order against its instrument's filters; the last price values market orders and bounds limit prices.

    VenueError is the filter's code: -1013 and -1111 on spot; -1111 and -4xxx on futures.
    """
    if order.instrument.market == "spot":
        _check_spot(order, last)
    else:
        _check_swap(order, last)


def _is_multiple(value: Decimal, step: Decimal) -> bool:
    """Tell whether a value lies on a tick or step."""
    return value % step == 0


def _check_spot(order: Order, last: Decimal) -> None:
    """Apply PRICE_FILTER, PERCENT_PRICE_BY_SIDE, LOT_SIZE and NOTIONAL."""
    instrument = order.instrument
    prices = [price for price in (order.price, order.stop_price) if price]
    steps = (("price", order.price, Reason.PRICE_TICK), ("quantity", order.quantity, Reason.QUANTITY_STEP))
    for name, value, reason in steps:
        if decimals_of(value) > ASSET_PRECISION:
            raise VenueError(-1111, f"Parameter '{name}' has too much precision.", reason=reason)
    for price in prices:
        if not instrument.price_min <= price <= instrument.price_max:
            raise filter_failure("PRICE_FILTER", Reason.PRICE)
        if not _is_multiple(price, instrument.tick):
            raise filter_failure("PRICE_FILTER", Reason.PRICE_TICK)
    if order.price and not (last * SPOT_MULTIPLIER_DOWN <= order.price <= last * SPOT_MULTIPLIER_UP):
        raise filter_failure("PERCENT_PRICE_BY_SIDE", Reason.PRICE)
    if order.quote_budget is not None:
        if order.quote_budget < instrument.notional_min:
            raise filter_failure("NOTIONAL", Reason.NOTIONAL)
        return
    _check_spot_quantity(order, last)


def _check_spot_quantity(order: Order, last: Decimal) -> None:
    """Apply LOT_SIZE and NOTIONAL."""
    instrument = order.instrument
    if order.quantity < instrument.quantity_min:
        raise filter_failure("LOT_SIZE", Reason.QUANTITY_SMALL)
    if order.quantity > instrument.quantity_max:
        raise filter_failure("LOT_SIZE", Reason.QUANTITY_LARGE)
    if not _is_multiple(order.quantity, instrument.step):
        raise filter_failure("LOT_SIZE", Reason.QUANTITY_STEP)
    if order.quantity * (order.price or order.stop_price or last) < instrument.notional_min:
        raise filter_failure("NOTIONAL", Reason.NOTIONAL)


def _check_swap(order: Order, last: Decimal) -> None:
    """Apply the futures' price, quantity and notional rules."""
    instrument = order.instrument
    for price in (order.price, order.stop_price):
        if price:
            _check_swap_price(instrument, price)
    # A conditional order's limit is bounded by the price of its own time, when it triggers.
    if order.price and order.stop_price is None:
        if order.side is Side.BUY and order.price > last * SWAP_MULTIPLIER_UP:
            raise VenueError(-4016, "Limit price can't be higher than mark price cap.", reason=Reason.PRICE)
        if order.side is Side.SELL and order.price < last * SWAP_MULTIPLIER_DOWN:
            raise VenueError(-4024, "Limit price can't be lower than mark price floor.", reason=Reason.PRICE)
    if order.quantity <= 0:
        raise VenueError(-4003, "Quantity less than or equal to zero.", reason=Reason.QUANTITY_SMALL)
    if decimals_of(order.quantity) > instrument.quantity_places:
        raise VenueError(-1111, "Precision is over the maximum defined for this asset.", reason=Reason.QUANTITY_STEP)
    if order.quantity < instrument.quantity_min:
        raise VenueError(-4004, "Quantity less than min quantity.", reason=Reason.QUANTITY_SMALL)
    if order.quantity > instrument.quantity_max:
        raise VenueError(-4005, "Quantity greater than max quantity.", reason=Reason.QUANTITY_LARGE)
    if not _is_multiple(order.quantity, instrument.step):
        raise VenueError(-4023, "Qty not increased by step size.", reason=Reason.QUANTITY_STEP)
    notional = order.quantity * (order.price or order.stop_price or last)
    if not order.reduce_only and notional < instrument.notional_min:
        raise VenueError(
            -4164,
            f"Order's notional must be no smaller than {instrument.notional_min} (unless you choose reduce only).",
            reason=Reason.NOTIONAL,
        )


def _check_swap_price(instrument: Instrument, price: Decimal) -> None:
    """Apply the futures' PRICE_FILTER to one price."""
    if decimals_of(price) > instrument.price_places:
        raise VenueError(-1111, "Precision is over the maximum defined for this asset.", reason=Reason.PRICE_TICK)
    if price > instrument.price_max:
        raise VenueError(-4002, "Price greater than max price.", reason=Reason.PRICE)
    if price < instrument.price_min:
        raise VenueError(-4013, "Price less than min price.", reason=Reason.PRICE)
    if not _is_multiple(price, instrument.tick):
        raise VenueError(-4014, "Price not increased by tick size.", reason=Reason.PRICE_TICK)
