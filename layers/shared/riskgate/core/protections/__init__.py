"""Protections: closed trades that went badly lock new entries for a while; exits always pass.

One module per protection: each looks at the closed trades, the latest included, and names the lock they cause.

Source: freqtrade's protections (StoplossGuard, CooldownPeriod, LowProfitPairs, MaxDrawdown); MiFID II RTS 6
article 15(3) for repeated automated execution.
"""

from datetime import UTC, datetime

from riskgate.core.account.document import AccountState, ClosedTrade
from riskgate.core.account.parts import Lock
from riskgate.core.limits import Limits
from riskgate.core.protections import (
    cooldown,
    drawdown_guard,
    loss_streak,
    low_profit,
    repeated_execution,
    stoploss_guard,
)
from riskgate.core.replacing import replace
from riskgate.core.safeguards.locks import is_in_force

#: Closed trades kept in the account document.
CLOSED_TRADES_MAX = 100

_PROTECTIONS = (stoploss_guard, loss_streak, cooldown, low_profit, drawdown_guard, repeated_execution)


def record_close(state: AccountState, limits: Limits, trade: ClosedTrade) -> AccountState:
    """Return the state with the closed trade kept and the locks it causes.

    The fills of one order are one trade, however many they are. A lock never ends earlier than it did.
    """
    earlier = next((t for t in state.closed_trades if _is_same_order(t, trade)), None)
    if earlier is None:
        state = replace(state, round_trips=state.round_trips + 1)
    else:
        trade = _merge(earlier, trade)
    others = (t for t in state.closed_trades if t is not earlier)
    state = replace(state, closed_trades=(*others, trade)[-CLOSED_TRADES_MAX:])
    live = [lock for lock in state.locks if is_in_force(lock, trade.at)]
    for protection in _PROTECTIONS:
        lock = protection.find_lock(state, limits, trade)
        if lock is not None:
            same = [o for o in live if (o.code, o.scope, o.key) == (lock.code, lock.scope, lock.key)]
            live = [o for o in live if o not in same] + [max((lock, *same), key=_end)]
    return replace(state, locks=tuple(live))


def _is_same_order(one: ClosedTrade, other: ClosedTrade) -> bool:
    return bool(one.client_order_id) and (one.client_order_id, one.key) == (other.client_order_id, other.key)


def _merge(earlier: ClosedTrade, later: ClosedTrade) -> ClosedTrade:
    return replace(
        later,
        at=max(earlier.at, later.at),
        realized_pnl=earlier.realized_pnl + later.realized_pnl,
        notional=earlier.notional + later.notional,
        stopped=earlier.stopped or later.stopped,
    )


def _end(lock: Lock) -> datetime:
    return lock.until if lock.until is not None else datetime.max.replace(tzinfo=UTC)
