"""A strategy's budget in the place of the account's balance.

What a strategy may hold is a fraction of the account's equity; what it uses is what its positions and working entries
are worth. The rest is what it is shown as free, and never more than the venue has.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from typing import Any

from riskgate.core.account.document import AccountState, Position
from riskgate.core.account.pegs import DOLLARS
from riskgate.core.account.shares import parts_of
from riskgate.core.front_door.own_positions import show_positions
from riskgate.core.instrument import MarketType
from riskgate.core.limits import Limits, rules_of
from riskgate.core.money import ONE, REPORT_CONTEXT, ZERO

type Row = dict[str, Any]

_MARGINS = ("initialMargin", "positionInitialMargin", "openOrderInitialMargin", "maintMargin")
#: What an account's answer repeats of its assets, with `total` in front.
_TOTALS = (*_MARGINS, "walletBalance", "unrealizedProfit", "marginBalance", "crossWalletBalance", "crossUnPnl")


@dataclass(frozen=True, kw_only=True, slots=True)
class Purse:
    """What a strategy may hold and what of that it uses, in the account's base currency."""

    state: AccountState
    strategy: str
    budget: Decimal
    used: Decimal

    @property
    def free(self) -> Decimal:
        """Return what it may still use."""
        return max(self.budget - self.used, ZERO)

    def is_money(self, asset: str) -> bool:
        """Tell whether an asset is what the strategy buys with."""
        return asset == self.state.base_currency or asset in DOLLARS

    def own_parts(self, venue: str) -> Iterable[tuple[Position, Decimal]]:
        """Return the strategy's part of each position at a venue, with the position's sign."""
        for key, position in self.state.positions.items():
            if position.venue == venue:
                part = parts_of(position, self.state.position_parts.get(key)).get(self.strategy, ZERO)
                if part:
                    yield position, part

    def reserved(self, venue: str, asset: str) -> Decimal:
        """Return what the strategy's working orders hold of an asset at a venue."""
        orders = self.state.working_orders.values()
        return sum(
            (
                order.unit_reserved * order.quantity
                for order in orders
                if (order.venue, order.strategy, order.reserved_asset) == (venue, self.strategy, asset)
            ),
            ZERO,
        )


def purse_of(state: AccountState, limits: Limits, strategy: str) -> Purse:
    """Return what a strategy may use: without a limit of its own or the account's, all of the equity."""
    fractions = (limits.strategy_fraction_max, rules_of(limits, strategy).fraction_max)
    fraction = min((known for known in fractions if known is not None), default=ONE)
    used = state.exposure.by_strategy.get(strategy, ZERO)
    return Purse(state=state, strategy=strategy, budget=max(state.equity, ZERO) * fraction, used=used)


def show_spot_account(body: Row, purse: Purse, venue: str) -> Row:
    """Return ``GET /api/v3/account`` with the strategy's money and the coins it bought itself."""
    held: dict[str, Decimal] = {}
    for position, part in purse.own_parts(venue):
        if position.market_type is MarketType.SPOT:
            coin = position.symbol.partition("/")[0]
            held[coin] = held.get(coin, ZERO) + part
    money = _share_out(purse, purse.free, {str(row["asset"]): Decimal(row["free"]) for row in body["balances"]})
    return {**body, "balances": [_spot_row(row, purse, venue, held, money) for row in body["balances"]]}


def _spot_row(row: Row, purse: Purse, venue: str, held: dict[str, Decimal], money: dict[str, Decimal]) -> Row:
    asset, free, locked = str(row["asset"]), Decimal(row["free"]), Decimal(row["locked"])
    reserved = min(locked, purse.reserved(venue, asset))
    if asset in money:
        return {**row, "free": _like(money[asset], row["free"]), "locked": _like(reserved, row["locked"])}
    total = min(free + locked, max(held.get(asset, ZERO), ZERO))
    reserved = min(reserved, total)
    return {**row, "free": _like(total - reserved, row["free"]), "locked": _like(reserved, row["locked"])}


def show_swap_balances(rows: Sequence[Row], purse: Purse, venue: str) -> list[Row]:
    """Return ``GET /fapi/v2/balance`` with the strategy's money."""
    return _swap_assets(rows, purse, venue, "balance")


def show_swap_account(body: Row, purse: Purse, venue: str, shares: dict[str, Decimal]) -> Row:
    """Return ``GET /fapi/v2/account`` with the strategy's money, its positions, and totals that fit them."""
    positions = show_positions(body["positions"], shares)
    assets = _swap_assets(body["assets"], purse, venue, "walletBalance")
    for row in assets:
        own = [position for position in positions if str(position["symbol"]).endswith(str(row["asset"]))]
        for name in _MARGINS:
            if name in row:
                row[name] = _like(sum((Decimal(position.get(name, "0")) for position in own), ZERO), row[name])
    totals = _totals(body, assets)
    return {**body, **totals, "assets": assets, "positions": positions}


def _totals(body: Row, assets: Sequence[Row]) -> Row:
    counted = [row for row in assets if row["asset"] == "USDT" or (body.get("multiAssetsMargin") is True)]
    names = {name: f"total{name[0].upper()}{name[1:]}" for name in _TOTALS}
    names |= {"availableBalance": "availableBalance", "maxWithdrawAmount": "maxWithdrawAmount"}
    return {
        total: _like(sum((Decimal(row.get(name, "0")) for row in counted), ZERO), body[total])
        for name, total in names.items()
        if total in body
    }


def _swap_assets(rows: Sequence[Row], purse: Purse, venue: str, wallet: str) -> list[Row]:
    wallets = _share_out(purse, purse.budget, {str(row["asset"]): Decimal(row[wallet]) for row in rows})
    free = _share_out(purse, purse.free, {str(row["asset"]): Decimal(row["availableBalance"]) for row in rows})
    return [_swap_row(row, purse, venue, wallet, wallets, free) for row in rows]


def _swap_row(
    row: Row, purse: Purse, venue: str, wallet: str, wallets: dict[str, Decimal], free: dict[str, Decimal]
) -> Row:
    asset = str(row["asset"])
    amount, available = wallets.get(asset, ZERO), free.get(asset, ZERO)
    unrealized = sum(
        (
            part * (position.mark_price - position.average_price) * position.contract_size
            for position, part in purse.own_parts(venue)
            if position.settle_currency == asset
        ),
        ZERO,
    )
    shown = {
        wallet: amount,
        "crossWalletBalance": amount,
        "crossUnPnl": unrealized,
        "unrealizedProfit": unrealized,
        "marginBalance": amount + unrealized,
        "availableBalance": available,
        "maxWithdrawAmount": available,
    }
    return {**row, **{name: _like(value, row[name]) for name, value in shown.items() if name in row}}


def _share_out(purse: Purse, limit: Decimal, amounts: dict[str, Decimal]) -> dict[str, Decimal]:
    """Return of each money what is shown, together no more than a limit in base currency; the base currency first."""
    shown: dict[str, Decimal] = {}
    for asset in sorted(amounts, key=lambda name: (name != purse.state.base_currency, name)):
        if not purse.is_money(asset):
            continue
        rate = purse.state.rate(asset)
        shown[asset] = min(max(amounts[asset], ZERO), limit / rate) if rate else ZERO
        limit -= shown[asset] * rate if rate else ZERO
    return shown


def _like(amount: Decimal, text: Any) -> str:
    """Return an amount with as many places as the venue wrote, rounded down."""
    return f"{amount.quantize(Decimal(str(text)), rounding=ROUND_DOWN, context=REPORT_CONTEXT):f}"
