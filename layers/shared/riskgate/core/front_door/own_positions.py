"""The strategy's own part of the positions that a venue nets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from riskgate.core.account.document import AccountState
from riskgate.core.account.order_names import short_symbol
from riskgate.core.account.shares import parts_of
from riskgate.core.money import ONE, REPORT_CONTEXT, ZERO

type Row = dict[str, Any]

#: Amounts of a position that are as large as the position is.
SCALED = (
    "positionAmt", "notional", "unRealizedProfit", "unrealizedProfit", "initialMargin", "positionInitialMargin",
    "openOrderInitialMargin", "maintMargin", "isolatedMargin", "isolatedWallet", "bidNotional", "askNotional",
)  # fmt: skip


def own_share(state: AccountState, venue: str, symbol: str, strategy: str) -> Decimal:
    """Return the fraction of a market's position that is the strategy's, the venue's name of the market given.

    1 where no other strategy has a part or an order there, as long as this one has. What nobody of the gateway's holds
    is nobody's: 0.
    """
    parts: dict[str, Decimal] = {}
    for key, position in state.positions.items():
        if position.venue == venue and short_symbol(position.symbol) == symbol:
            parts = parts_of(position, state.position_parts.get(key))
    working = {
        order.strategy
        for order in state.working_orders.values()
        if order.venue == venue and short_symbol(order.symbol) == symbol
    }
    if parts.keys() | working == {strategy}:
        return ONE
    total = sum(parts.values(), ZERO)
    return parts.get(strategy, ZERO) / total if total else ZERO


def show_positions(rows: Sequence[Row], shares: Mapping[str, Decimal]) -> list[Row]:
    """Return positions, each cut to a share of it by the venue's name of its market."""
    return [scale_row(row, share, SCALED) for row in rows if (share := shares.get(str(row.get("symbol")), ZERO))]


def show_income(rows: Sequence[Row], shares: Mapping[str, Decimal]) -> list[Row]:
    """Return what the strategy earned and paid in its markets.

    Funding is shared by the parts of the position. Of the rest it is not told whose it was: it is shown where the
    market is the strategy's alone. Transfers are the account's.
    """
    shown = []
    for row in rows:
        share = shares.get(str(row.get("symbol") or ""), ZERO)
        if share == ONE or (share and row.get("incomeType") == "FUNDING_FEE"):
            shown.append(scale_row(row, share, ("income",)))
    return shown


def scale_row(row: Row, share: Decimal, names: Sequence[str]) -> Row:
    """Return a row with some amounts times a share, rounded towards zero to as many places as they have."""
    if share == ONE:
        return row
    return {**row, **{name: scale(row[name], share) for name in names if name in row}}


def scale(text: Any, share: Decimal) -> str:
    """Return an amount, written as text, times a share."""
    amount = Decimal(str(text))
    return f"{(amount * share).quantize(amount, rounding='ROUND_DOWN', context=REPORT_CONTEXT):f}"
