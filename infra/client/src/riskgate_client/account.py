"""Answers about the account, its strategies and what holds them back; amounts and instants as those about orders.

`raw` is the whole JSON object as it came, for what is not declared here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, kw_only=True)
class StopAnswer:
    """The stop of a position as it is from now on; `quantity` less than 0 is short."""

    venue: str
    symbol: str
    quantity: Decimal
    stop_loss_price: Decimal | None
    take_profit_price: Decimal | None
    stop_kept_by: str | None


@dataclass(frozen=True, kw_only=True)
class HeartbeatAnswer:
    """When the next heartbeat is due."""

    strategy: str
    interval_seconds: int
    due_at: datetime
    overdue: bool
    recorded: bool
    trading_state: str


@dataclass(frozen=True, kw_only=True)
class HeartbeatEnded:
    """A strategy that promises nothing any more."""

    strategy: str
    trading_state: str


@dataclass(frozen=True, kw_only=True)
class KillSwitch:
    """A kill switch; `scope` is global, account, venue, strategy or symbol, `key` is None for the global one."""

    scope: str
    key: str | None
    engaged: bool
    reason: str

    def concerns(self, *, account: str, venue: str | None, strategy: str | None, symbol: str | None) -> bool:
        """Tell whether it stops such orders; of what is None every switch concerns them."""
        named = {"account": account, "venue": venue, "strategy": strategy, "symbol": symbol}
        if self.scope not in named:
            return True
        mine = named[self.scope]
        return mine is None or self.key is None or self.key.lower() == mine.lower()


@dataclass(frozen=True, kw_only=True)
class KillSwitches:
    """Every kill switch there is."""

    kill_switches: tuple[KillSwitch, ...]


@dataclass(frozen=True, kw_only=True)
class Position:
    """A position; `quantity` less than 0 is short, `value` and profit are in base currency."""

    venue: str
    symbol: str
    market_type: str
    quantity: Decimal
    quantity_unit: str
    average_price: Decimal
    mark_price: Decimal
    value: Decimal
    unrealized_pnl: Decimal
    stop_loss_price: Decimal | None
    strategy: str


@dataclass(frozen=True, kw_only=True)
class OpenOrder:
    """An order that reserves exposure."""

    client_order_id: str
    venue: str
    symbol: str
    strategy: str
    side: str
    type: str
    status: str
    quantity: Decimal
    filled_quantity: Decimal
    price: Decimal | None
    reduce_only: bool


@dataclass(frozen=True, kw_only=True)
class Account:
    """The account now; `trading_state` is ACTIVE, REDUCING (only orders that shrink a position) or HALTED."""

    account_id: str
    base_currency: str
    trading_state: str
    equity: Decimal
    equity_at: datetime
    positions: tuple[Position, ...]
    open_orders: tuple[OpenOrder, ...]
    kill_switches: tuple[KillSwitch, ...]
    audit_sequence: int
    raw: Mapping[str, Any] = field(repr=False)
