"""What a bot may ask to be done with orders, whichever of ccxt's methods it called."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

Params: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Create:
    """One order as a bot asks for it."""

    symbol: str
    type: str
    side: str
    amount: Any = None
    price: Any = None
    params: Params = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CreateSeveral:
    """Several orders: all or none."""

    orders: tuple[Create, ...]


@dataclass(frozen=True, kw_only=True)
class Edit:
    """New terms of an order; None leaves one as it is."""

    id: str | None
    symbol: str
    type: str
    side: str
    amount: Any = None
    price: Any = None
    params: Params = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Cancel:
    """An order to be cancelled, by the venue's id or by the bot's own in the parameters."""

    id: str | None
    symbol: str | None = None
    params: Params = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class CancelSeveral:
    """Orders to be cancelled one by one."""

    cancels: tuple[Cancel, ...]


@dataclass(frozen=True, kw_only=True)
class CancelAll:
    """All orders, or those of one market."""

    symbol: str | None = None
    params: Params = field(default_factory=dict)


Call: TypeAlias = Create | CreateSeveral | Edit | Cancel | CancelSeveral | CancelAll
