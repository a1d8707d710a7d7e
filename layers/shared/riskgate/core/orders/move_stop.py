"""Move the stop of a position: tighter at any time, looser only as far as the limits let an entry risk."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from riskgate.core.account.document import AccountState, KeptStop, Position, TradingState
from riskgate.core.account.legs import orders_of
from riskgate.core.account.stop_risk import compute_position_risk, list_protecting
from riskgate.core.checks.context import of_equity
from riskgate.core.codes import DenyCode
from riskgate.core.errors import NotFound
from riskgate.core.instrument import MarketType
from riskgate.core.limits import Limits, StopRule, rules_of
from riskgate.core.order import StopKeeper
from riskgate.core.orders.decide import prepare, with_market
from riskgate.core.orders.events import StopMoved
from riskgate.core.replacing import replace
from riskgate.core.safeguards.breakers import list_covering


@dataclass(frozen=True, kw_only=True, slots=True)
class StopVerdict:
    """Whether a stop moved: no code where it did."""

    code: DenyCode | None = None
    message: str = ""


def move_stop(
    state: AccountState, limits: Limits, event: StopMoved, now: datetime
) -> tuple[AccountState, StopVerdict, tuple[str, ...]]:
    """Return the account with the position's stop where it is wanted, or as it was where that is refused.

    Returns too the orders whose reservation expired on the way. Raises NotFound: no position in the market.
    """
    state, expired = prepare(state, limits, [event.market.quote], now)
    held = state.positions.get(event.key)
    if held is None:
        raise NotFound(f"no position in {event.key[:64]}", code="POSITION_NOT_FOUND")
    moved = _moved(held, event)
    after = with_market(state, replace(state, positions={**state.positions, event.key: moved}), event.key)
    verdict = _judge(state, after, limits, event)
    return (after if verdict.code is None else state), verdict, expired


def _moved(held: Position, event: StopMoved) -> Position:
    known = held.kept_stop or KeptStop(kept_by=event.kept_by)
    target = event.take_profit_price or known.take_profit_price
    kept = replace(known, kept_by=event.kept_by, take_profit_price=target, moved=True)
    return replace(held, stop_loss_price=event.stop_loss_price, kept_stop=kept)


def _judge(before: AccountState, after: AccountState, limits: Limits, event: StopMoved) -> StopVerdict:
    held, moved = before.positions[event.key], after.positions[event.key]
    sign = 1 if held.quantity > 0 else -1
    if (held.mark_price - event.stop_loss_price) * sign <= 0:
        return StopVerdict(code=DenyCode.STOP_LOSS_WRONG_SIDE, message="the market is beyond this stop already")
    target = moved.kept_stop.take_profit_price if moved.kept_stop is not None else None
    if target is not None and (target - held.mark_price) * sign <= 0:
        return StopVerdict(code=DenyCode.STOP_LOSS_WRONG_SIDE, message="the market is beyond the take profit already")
    unsupported = _find_unsupported(moved, event, target)
    if unsupported:
        return StopVerdict(code=DenyCode.STOP_UNSUPPORTED, message=unsupported)
    if not _is_looser(held, moved, sign):
        return StopVerdict()
    return _judge_looser(after, limits, event)


def _find_unsupported(moved: Position, event: StopMoved, target: Decimal | None) -> str:
    instrument = event.market.instrument
    if event.kept_by is not StopKeeper.VENUE:
        return "a take profit rests only beside a stop that the venue keeps" if target is not None else ""
    if instrument is None or not instrument.stop_orders:
        return "the gateway can keep no stop order at this venue"
    if target is not None and moved.market_type is MarketType.SPOT:
        return "a spot venue holds the coins for one order: no take profit beside a stop"
    return ""


def _is_looser(held: Position, moved: Position, sign: int) -> bool:
    """Tell whether the position may lose more than before, or less surely stops."""
    old, new = held.stop_loss_price, moved.stop_loss_price
    if old is None or new is None:
        return False
    kept, keeping = held.kept_stop, moved.kept_stop
    leaves_venue = kept is not None and keeping is not None and kept.kept_by is StopKeeper.VENUE is not keeping.kept_by
    return (old - new) * sign > 0 or leaves_venue


def _judge_looser(after: AccountState, limits: Limits, event: StopMoved) -> StopVerdict:
    moved = after.positions[event.key]
    engaged = [flag for flag in event.kill_switches if flag.is_engaged]
    if engaged:
        return StopVerdict(
            code=DenyCode.KILL_SWITCH_ENGAGED, message="stops only tighten while a kill switch is engaged"
        )
    if after.trading_state is not TradingState.ACTIVE or list_covering(after, event.key, moved.strategy):
        return StopVerdict(code=DenyCode.TRADING_REDUCING, message="stops only tighten while only exits pass")
    required = (limits.stop_loss_required, rules_of(limits, moved.strategy).stop_loss_required)
    if StopRule.AT_VENUE in required and event.kept_by is not StopKeeper.VENUE:
        return StopVerdict(code=DenyCode.STOP_LOSS_REQUIRED, message="a stop that rests at the venue is required")
    risk = compute_position_risk(moved)
    most = limits.risk_per_trade_fraction_max
    if most is not None and (after.equity <= 0 or risk / after.equity > most):
        return StopVerdict(code=DenyCode.RISK_PER_TRADE, message="the position would risk more than a trade may")
    # The order that rests still stands where the stop was: it is about to go.
    resting = compute_position_risk(moved, (), list_protecting(moved, orders_of(after, event.key)))
    open_risk, most = of_equity(after, after.exposure.open_risk + risk - resting), limits.open_risk_fraction_max
    if most is not None and (open_risk is None or open_risk > most):
        return StopVerdict(code=DenyCode.TOTAL_OPEN_RISK, message="all stops together would risk more than they may")
    return StopVerdict()
