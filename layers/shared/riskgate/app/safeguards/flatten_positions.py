"""Close what a tripped breaker covers, where a person decided beforehand that it shall."""

from __future__ import annotations

from decimal import Decimal

from riskgate.app.ledger.commit_event import Acting
from riskgate.app.orders.end_exit import end_exit
from riskgate.app.orders.place_in_turn import Sender
from riskgate.app.safeguards.exit_positions import ExitDemand, exit_positions
from riskgate.app.venues.job_context import RetryLater
from riskgate.core.account.document import AccountState
from riskgate.core.account.parts import Breaker
from riskgate.core.account.stored import ReadRequest
from riskgate.core.errors import NotFound
from riskgate.core.safeguards.events import ExitEnded, ExitOutcome
from riskgate.observability import logger
from riskgate.schemas.codec import sha256_hex
from riskgate.schemas.http.answers.safeguards import ExitAnswer, ExitLegRow
from riskgate.schemas.messages.order import OrderMessage

POSITIONS_FLATTENED = "positions_flattened"


def flatten_positions(acting: Acting, message: OrderMessage, sender: Sender) -> ExitAnswer | None:
    """Close the positions under a breaker as an operator's exit does: the person agreed when the limit was set.

    One trip is one demand, whatever is repeated; nothing is done where the breaker was cleared since. Raises NotFound:
    unknown account; RetryLater, Transient, OutcomeUnknown: the message is to come again.
    """
    state = acting.deps.store.read(ReadRequest(account_id=message.account_id)).require_state()
    breaker = state.breakers.get(message.key)
    if breaker is None or not _stands(message, state):
        return None
    demand, only = _demand(message, breaker)

    def is_due(latest: AccountState) -> bool:
        return _stands(message, latest)

    try:
        answer = exit_positions(acting, message.account_id, demand, sender=sender, only=only, is_due=is_due).value
    except NotFound:
        # Nothing is held in the breaker's market, or a person has cleared the breaker meanwhile.
        return None
    for leg in answer.legs:
        if leg.decision == "denied":
            end_exit(acting, message.account_id, _denied(leg))
    if any(leg.decision == "pending" for leg in answer.legs):
        raise RetryLater("not every position is dealt with yet")
    logger.warning(POSITIONS_FLATTENED, breaker=message.key, exit_id=answer.exit_id, legs=len(answer.legs))
    return answer


def _stands(message: OrderMessage, state: AccountState) -> bool:
    """Tell whether the very trip that a message is of still stands."""
    breaker = state.breakers.get(message.key)
    return breaker is not None and breaker.tripped_at == message.flag_at


def _demand(message: OrderMessage, breaker: Breaker) -> tuple[ExitDemand, tuple[str, str] | None]:
    """Return the exit of one trip, and whose orders and positions alone it is about."""
    tripped = f"{message.key} {breaker.tripped_at.isoformat()}"
    venue, _, symbol = breaker.key.partition(":")
    demand = ExitDemand(
        exit_id=f"flatten-{sha256_hex(tripped.encode())[:24]}",
        reason=message.reason,
        market=(venue, symbol) if breaker.scope == "symbol" else None,
        # What rests to close a position holds what it sells.
        cancel_open_orders=True,
    )
    only = {"account": None, "symbol": ("symbol", symbol), "strategy": ("strategy", breaker.key)}[breaker.scope]
    return demand, only


def _denied(leg: ExitLegRow) -> ExitEnded:
    return ExitEnded(
        client_order_id=leg.client_order_id,
        venue=leg.venue,
        symbol=leg.symbol,
        outcome=ExitOutcome.FAILED,
        remaining=Decimal(leg.quantity),
        attempts=1,
        reason=f"denied: {leg.code}",
    )
