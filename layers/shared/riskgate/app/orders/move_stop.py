"""Move the stop of a position, in the books and where it rests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from riskgate.app.ledger.commit_event import Acting, Effects, LogPlace, Plan, Step, commit_event
from riskgate.core.account.document import AccountState, Position
from riskgate.core.account.shares import parts_of
from riskgate.core.account.stored import ReadRequest, Snapshot
from riskgate.core.errors import NotFound, Unprocessable
from riskgate.core.instrument import market_key
from riskgate.core.ledger.apply import Result
from riskgate.core.money import plain, plain_or_none
from riskgate.core.order import Order, OrderType, StopKeeper
from riskgate.core.orders.events import StopMoved
from riskgate.core.orders.move_stop import StopVerdict
from riskgate.core.side import Side
from riskgate.schemas.http.answers.orders import StopAnswer
from riskgate.schemas.messages.order import MessageKind, OrderMessage

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from riskgate.app.ports.queue import Queue


def move_stop(
    acting: Acting,
    account_id: str,
    market: tuple[str, str],
    stop_loss_price: Decimal,
    take_profit_price: Decimal | None,
    kept_by: StopKeeper | None,
    *,
    queue: Callable[[], Queue],
) -> StopAnswer:
    """Decide on the new stop of a position (market: venue, symbol), write that down, and have it moved at the venue.

    Raises NotFound: unknown account, or no position in the market; Forbidden: a strategy that is not the caller's holds
    a part of it; Unprocessable: the stop is refused, with the code of the check; Transient: ask again.
    """
    key = market_key(*market)

    def plan(snapshot: Snapshot, _: bool) -> Plan[tuple[StopAnswer, StopVerdict]]:
        state = snapshot.require_state()
        held = state.positions.get(key)
        if held is None:
            raise NotFound(f"no position in {key[:64]}", code="POSITION_NOT_FOUND")
        for strategy in parts_of(held, state.position_parts.get(key)):
            acting.require_strategy(strategy)
        event = StopMoved(
            key=key,
            stop_loss_price=stop_loss_price,
            take_profit_price=take_profit_price,
            kept_by=kept_by or _choose_keeper(state, held, snapshot),
            market=snapshot.market(key),
            kill_switches=snapshot.kill_switches_for(_probe(account_id, held)),
        )

        def effects(result: Result, _place: LogPlace) -> tuple[tuple[StopAnswer, StopVerdict], Effects]:
            verdict = result.stop
            assert verdict is not None  # noqa: S101 a move answers one
            body = _body(result.state.positions[key])
            refused = {"message": verdict.message} if verdict.code is not None else {}
            decision = "denied" if verdict.code is not None else "approved"
            answer = {"code": verdict.code, "decision": decision, "stop_loss_price": body.stop_loss_price} | refused
            return (body, verdict), Effects(answer=answer, decision=decision, code=verdict.code or "")

        return Step(event, effects)

    state = acting.deps.store.read(ReadRequest(account_id=account_id)).require_state()
    held = state.positions.get(key)
    if held is None:
        raise NotFound(f"no position in {key[:64]}", code="POSITION_NOT_FOUND")
    # The kill switches of an order in the market are those that hold a looser stop back.
    request = ReadRequest(account_id=account_id, orders=(_probe(account_id, held),))
    body, verdict = commit_event(acting, request, plan).value
    if verdict.code is not None:
        raise Unprocessable(verdict.message, code=verdict.code)
    if held.venue in state.keyed_venues:
        queue().send(
            OrderMessage(
                kind=MessageKind.KEEP_STOPS,
                account_id=account_id,
                venue=held.venue,
                symbol=held.symbol,
                sent_at=acting.now,
                actor=acting.actor,
                trace_id=acting.deps.trace_id,
            )
        )
    return body


def _choose_keeper(state: AccountState, held: Position, snapshot: Snapshot) -> StopKeeper:
    """Return who holds the stop now; a position without one gets it at the venue where that can keep it."""
    if held.kept_stop is not None:
        return held.kept_stop.kept_by
    instrument = snapshot.instruments.get(held.key)
    can_rest = held.venue in state.keyed_venues and instrument is not None and instrument.stop_orders
    return StopKeeper.VENUE if can_rest else StopKeeper.STRATEGY


def _probe(account_id: str, held: Position) -> Order:
    return Order(
        account_id=account_id,
        client_order_id="stop",
        symbol=held.symbol,
        venue=held.venue,
        strategy=held.strategy,
        side=Side.SELL if held.quantity > 0 else Side.BUY,
        type=OrderType.STOP,
    )


def _body(position: Position) -> StopAnswer:
    kept = position.kept_stop
    return StopAnswer(
        venue=position.venue,
        symbol=position.symbol,
        quantity=plain(position.quantity),
        stop_loss_price=plain_or_none(position.stop_loss_price),
        take_profit_price=plain_or_none(kept.take_profit_price if kept is not None else None),
        trailing_fraction=plain_or_none(kept.trailing_fraction if kept is not None else None),
        stop_kept_by=kept.kept_by if kept is not None else None,
    )
