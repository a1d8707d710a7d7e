"""The bot's own books: cash, holdings and their stops, kept apart from the gateway's."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from infra.demo.prices import QUOTE_CURRENCY, VENUE, Quote

FEE_FRACTION = Decimal("0.001")


@dataclass
class Holding:
    """Units of one asset, what they cost on average, and where the bot will leave."""

    quantity: Decimal
    average_price: Decimal
    stop_loss_price: Decimal | None


@dataclass
class Books:
    """Cash in quote currency and holdings by asset."""

    cash: Decimal
    holdings: dict[str, Holding] = field(default_factory=dict)

    def book(self, asset: str, quantity: Decimal, price: Decimal, stop_loss_price: Decimal | None) -> Decimal:
        """Account for an execution, a sell as a negative quantity; return the fee."""
        fee = _money(abs(quantity) * price * FEE_FRACTION)
        self.cash -= quantity * price + fee
        held = self.holdings.get(asset)
        if held is None:
            self.holdings[asset] = Holding(quantity, price, stop_loss_price)
        elif quantity > 0:
            total = held.quantity + quantity
            held.average_price = (held.average_price * held.quantity + price * quantity) / total
            held.quantity, held.stop_loss_price = total, stop_loss_price
        else:
            held.quantity += quantity
            if not held.quantity:
                del self.holdings[asset]
        return fee

    def compute_equity(self, quotes: Mapping[str, Quote]) -> Decimal:
        """Return cash and holdings at mid prices."""
        return self.cash + sum(
            (holding.quantity * quotes[asset].mid for asset, holding in self.holdings.items()), Decimal(0)
        )

    def to_snapshot(self, quotes: Mapping[str, Quote]) -> dict[str, Any]:
        """Return the books as the snapshot route takes them."""
        amounts = {QUOTE_CURRENCY: self.cash} | {asset: held.quantity for asset, held in self.holdings.items()}
        return {
            "equity": _money(self.compute_equity(quotes)),
            "balances": [
                {"venue": VENUE, "asset": asset, "total": _money(amount)} for asset, amount in amounts.items()
            ],
            "positions": [self._position(asset, held, quotes[asset]) for asset, held in self.holdings.items()],
        }

    @staticmethod
    def _position(asset: str, held: Holding, quote: Quote) -> dict[str, Any]:
        stop = {} if held.stop_loss_price is None else {"stop_loss_price": held.stop_loss_price}
        return {
            "venue": VENUE,
            "symbol": f"{asset}/{QUOTE_CURRENCY}",
            "quantity": held.quantity,
            "average_price": _money(held.average_price),
            "mark_price": quote.mid,
            "strategy": "swing",
            **stop,
        }


def _money(amount: Decimal) -> Decimal:
    # The API takes at most twelve decimals.
    return amount.quantize(Decimal("1e-8"))
