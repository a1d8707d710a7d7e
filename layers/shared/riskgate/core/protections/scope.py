"""What a protection may count and lock together."""

from riskgate.core.account.document import ClosedTrade


def scope_key(scope: str, trade: ClosedTrade) -> str:
    """Return what a trade counts for: everything, its market, its side or its strategy."""
    return {"all": "*", "symbol": trade.key, "side": trade.side.value, "strategy": trade.strategy}[scope]
