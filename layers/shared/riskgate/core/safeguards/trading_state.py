"""What an account may do now, every matching flag considered."""

from riskgate.core.account.document import AccountState, TradingState
from riskgate.core.kill_switch import KillSwitch


def effective_trading_state(state: AccountState, flags: tuple[KillSwitch, ...]) -> TradingState:
    """Return HALTED while a kill switch covers the whole account, else the account's own state."""
    covering = [flag for flag in flags if flag.scope in {"global", "account"}]
    if any(flag.is_engaged for flag in covering):
        return TradingState.HALTED
    return state.trading_state
