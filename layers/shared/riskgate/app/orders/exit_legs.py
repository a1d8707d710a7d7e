"""The orders of a person's exit: what each closes, how large it is, and what follows one that was not filled.

An order that ends unfilled is followed by another under its own name with a number, so that whoever repeats the
demand, or a message, finds what is there already.
"""

from __future__ import annotations

from decimal import Decimal

from riskgate.core.account.document import AccountState, OrderStatus, Position
from riskgate.core.account.stored import OrderRecord, Snapshot
from riskgate.core.instrument import Instrument, MarketType
from riskgate.core.money import with_risk_context
from riskgate.core.order import Order, OrderType
from riskgate.core.safeguards.events import ExitLeg
from riskgate.core.side import Side
from riskgate.schemas.codec import sha256_hex

#: Strategy of an exit from a position that nobody's strategy holds.
OPERATOR = "operator"
#: Kind of the marker that keeps how an exit's order ended for good.
EXIT_END = "EXIT_END"
#: Orders tried for one demanded order, that one included.
EXIT_ATTEMPTS_MAX = 4
#: Orders that one position is split into; what would need more is left to the gate to deny by name.
PIECES_MAX = 20


def list_legs(
    exit_id: str, positions: list[tuple[str, Position]], fraction: Decimal, snapshot: Snapshot
) -> list[ExitLeg]:
    """Return the market orders that close a fraction of positions (by market key)."""
    state = snapshot.require_state()
    return [
        ExitLeg(
            client_order_id=_order_id(exit_id, key, piece),
            venue=position.venue,
            symbol=position.symbol,
            strategy=position.strategy or OPERATOR,
            side=Side.SELL if position.quantity > 0 else Side.BUY,
            quantity=quantity,
            route=position.venue in state.keyed_venues,
        )
        for key, position in positions
        for piece, quantity in enumerate(_pieces(position, fraction, state, snapshot.instruments.get(key)))
    ]


def order_of(account_id: str, leg: ExitLeg) -> Order:
    """Return the order that a leg stands for."""
    return Order(
        account_id=account_id,
        client_order_id=leg.client_order_id,
        symbol=leg.symbol,
        venue=leg.venue,
        strategy=leg.strategy,
        side=leg.side,
        type=OrderType.MARKET,
        quantity=leg.quantity,
        reduce_only=True,
        route=leg.route,
        operator_exit=True,
    )


def attempt_id(demanded: str, attempt: int) -> str:
    """Return the id of the order tried as number `attempt`, from 1, for a demanded one."""
    return demanded if attempt == 1 else f"{demanded}-{attempt}"


def read_attempt_id(client_order_id: str) -> tuple[str, int]:
    """Return the demanded order's id and the number of the attempt."""
    kind, name, *number = client_order_id.split("-")
    return f"{kind}-{name}", int(number[0]) if number else 1


def list_attempts(demanded: str, records: dict[str, OrderRecord]) -> list[OrderRecord]:
    """Return the orders tried for a demanded one, in their order."""
    names = (attempt_id(demanded, attempt) for attempt in range(1, EXIT_ATTEMPTS_MAX + 1))
    return [records[name] for name in names if name in records]


def is_closed(attempts: list[OrderRecord]) -> bool:
    """Tell whether the last order tried was filled: it was for all that was left, or all that was held."""
    return bool(attempts) and attempts[-1].status is OrderStatus.FILLED


@with_risk_context
def floor_to_lot(quantity: Decimal, instrument: Instrument | None) -> Decimal:
    """Return the quantity in whole lots of orders at market; 0 where it is less than the least the venue takes."""
    step = instrument.market_order_step if instrument is not None else None
    lots = quantity // step * step if step else quantity
    least = instrument.market_order_min if instrument is not None else None
    return lots if least is None or lots >= least else Decimal(0)


def _order_id(exit_id: str, key: str, piece: int) -> str:
    named = f"{exit_id} {key}" if not piece else f"{exit_id} {key} {piece}"
    return f"exit-{sha256_hex(named.encode())[:24]}"


@with_risk_context
def _pieces(position: Position, fraction: Decimal, state: AccountState, instrument: Instrument | None) -> list[Decimal]:
    """Return the quantities to close, each in whole lots and no more than the venue takes at once."""
    quantity = min(abs(position.quantity) * fraction, closable(position, state))
    whole = floor_to_lot(quantity, instrument)
    most = instrument.market_order_max if instrument is not None else None
    if not whole or most is None or whole <= most:
        # Less than a lot is left for the gate to deny by name.
        return [whole or quantity]
    largest = floor_to_lot(most, instrument)
    if not largest or whole > largest * PIECES_MAX:
        return [whole]
    full, rest = divmod(whole, largest)
    rest = floor_to_lot(rest, instrument)
    return [largest] * int(full) + ([rest] if rest else [])


def closable(position: Position, state: AccountState) -> Decimal:
    """Return the most that can be closed: of spot no more than the wallet holds, which paid its fees from it."""
    held = abs(position.quantity)
    if position.market_type is MarketType.SWAP or position.quantity < 0:
        return held
    balance = state.balances.get(position.venue, {}).get(position.asset)
    return min(held, balance.total) if balance is not None and balance.total > 0 else held
