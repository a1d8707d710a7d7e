"""Moves between the spot and the futures wallet, and the futures wallet's income history."""

from decimal import Decimal

from .accounts import Transfer
from .context import Context
from .errors import VenueError
from .money import plain
from .queries import LIMIT_MAX
from .render import Json

MOVE_IN, MOVE_OUT = "move_in", "move_out"
_INCOMING = frozenset({"deposit", MOVE_IN})
_MOVE_KINDS = {"MAIN_UMFUTURE": MOVE_OUT, "UMFUTURE_MAIN": MOVE_IN}
_ROWS_DEFAULT, _ROWS_MAX = 10, 100
_INCOME_DEFAULT = 100


def _within(ctx: Context, market: str) -> list[Transfer]:
    """Return what moved in or out of a wallet within the period asked for, oldest first."""
    start, end = ctx.params.integer("startTime"), ctx.params.integer("endTime")
    return [
        item
        for item in ctx.caller.transfers
        if item.market == market and (start is None or item.at_ms >= start) and (end is None or item.at_ms <= end)
    ]


def asset_transfers(ctx: Context) -> Json:
    """GET /sapi/v1/asset/transfer: newest first; wallets that do not exist here have none."""
    kind = _MOVE_KINDS.get(ctx.params.required("type"))
    found = [item for item in reversed(_within(ctx, "spot")) if item.kind == kind]
    current, size = ctx.params.integer("current") or 1, ctx.params.integer("size") or _ROWS_DEFAULT
    if not 1 <= size <= _ROWS_MAX or current < 1:
        raise VenueError(-1130, "Data sent for parameter 'size' is not valid.")
    rows = [
        {
            "timestamp": item.at_ms,
            "asset": item.asset,
            "amount": plain(item.amount),
            "type": ctx.params.required("type"),
            "status": "CONFIRMED",
            "tranId": item.transfer_id,
        }
        for item in found[(current - 1) * size : current * size]
    ]
    return {"total": len(found), "rows": rows}


def income(ctx: Context) -> list[Json]:
    """GET /fapi/v1/income, for transfers and funding payments: oldest first."""
    kind = ctx.params.text("incomeType")
    if kind == "TRANSFER":
        rows = [
            _income(kind, "", item.asset, item.amount if item.kind in _INCOMING else -item.amount, item.at_ms)
            | {"tranId": item.transfer_id}
            for item in _within(ctx, "swap")
        ]
    elif kind == "FUNDING_FEE":
        rows = _funding(ctx)
    else:
        raise VenueError(-1130, "Data sent for parameter 'incomeType' is not valid.")
    limit = ctx.params.integer("limit") or _INCOME_DEFAULT
    return rows[: min(limit, LIMIT_MAX)]


def _funding(ctx: Context) -> list[Json]:
    symbol, start, end = ctx.params.text("symbol"), ctx.params.integer("startTime"), ctx.params.integer("endTime")
    return [
        _income("FUNDING_FEE", item.symbol, item.asset, item.amount, item.at_ms) | {"tranId": item.payment_id}
        for item in ctx.caller.funding
        if symbol in {None, item.symbol}
        and (start is None or item.at_ms >= start)
        and (end is None or item.at_ms <= end)
    ]


def _income(kind: str, symbol: str, asset: str, amount: Decimal, at_ms: int) -> Json:
    return {
        "symbol": symbol,
        "incomeType": kind,
        "income": plain(amount),
        "asset": asset,
        "info": kind,
        "time": at_ms,
        "tradeId": "",
    }
