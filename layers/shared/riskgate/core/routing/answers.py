"""Whether a venue's answer can be about the order it is said to be about, and can be true."""

from riskgate.core.side import Side
from riskgate.core.venues.model import NewVenueOrder, VenueOrder, VenueOrderRef


def find_contradiction(sent: NewVenueOrder, seen: VenueOrder) -> str:
    """Return what in the answer to an order contradicts the order, or the answer itself; an empty text for nothing."""
    ref = VenueOrderRef(client_order_id=sent.client_order_id, symbol=sent.symbol)
    mismatch = find_mismatch(ref, sent.side, seen)
    if mismatch:
        return mismatch
    if seen.quantity != sent.quantity:
        return f"quantity {seen.quantity} instead of {sent.quantity}"
    return ""


def find_mismatch(ref: VenueOrderRef, side: Side, seen: VenueOrder) -> str:
    """Return why what a venue shows is not the order that was asked about; an empty text where it may be.

    An order without a client order id may be any: some venues leave it out.
    """
    if seen.client_order_id not in {None, ref.client_order_id}:
        return f"client order id {seen.client_order_id} instead of {ref.client_order_id}"
    if seen.symbol != ref.symbol:
        return f"symbol {seen.symbol} instead of {ref.symbol}"
    if seen.side is not side:
        return f"side {seen.side.value} instead of {side.value}"
    if not 0 <= seen.filled_quantity <= seen.quantity:
        return f"{seen.filled_quantity} filled of {seen.quantity}"
    return ""
