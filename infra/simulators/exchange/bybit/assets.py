"""Money in and out: deposits, withdrawals, coins. Deposits are credited to the unified account."""

from infra.simulators.exchange.accounts import Transfer
from infra.simulators.exchange.context import Context
from infra.simulators.exchange.money import plain
from infra.simulators.exchange.render import Json

from .pages import DAY_MS, page, period

_SPAN_MS = 30 * DAY_MS
_ROWS_MAX = 50
_DEPOSITED = 3


def coins(ctx: Context) -> Json:
    """GET /v5/asset/coin/query-info."""
    listed = ctx.venue.state.listed("spot")
    names = dict.fromkeys([item.quote for item in listed] + [item.base for item in listed])
    chain = {
        "chain": "ETH",
        "chainType": "ERC20",
        "confirmation": "12",
        "withdrawFee": "0.0005",
        "depositMin": "0",
        "withdrawMin": "0.001",
        "chainDeposit": "1",
        "chainWithdraw": "1",
        "minAccuracy": "8",
    }
    return {"rows": [{"name": name, "coin": name, "remainAmount": "150", "chains": [chain]} for name in names]}


def deposits(ctx: Context) -> Json:
    """GET /v5/asset/deposit/query-record."""
    return _rows(ctx, "deposit")


def withdrawals(ctx: Context) -> Json:
    """GET /v5/asset/withdraw/query-record."""
    return _rows(ctx, "withdrawal")


def inner_transfers(_ctx: Context) -> Json:
    """GET /v5/asset/transfer/query-inter-transfer-list: there is no other account to move from."""
    return {"list": [], "nextPageCursor": ""}


def _rows(ctx: Context, kind: str) -> Json:
    start, end = period(ctx, _SPAN_MS)
    coin = ctx.params.text("coin")
    numbered = [
        (number, item)
        for number, item in enumerate(ctx.caller.transfers)
        if item.kind == kind and start <= item.at_ms <= end and coin in {None, item.asset}
    ]
    found = page(
        ctx,
        numbered,
        lambda row: (row[1].at_ms, row[0]),
        lambda row: _row(row[1]),
        default=_ROWS_MAX,
        most=_ROWS_MAX,
    )
    return {"rows": found["list"], "nextPageCursor": found["nextPageCursor"]}


def _row(item: Transfer) -> Json:
    terms: Json = {
        "coin": item.asset,
        "chain": item.network,
        "amount": plain(item.amount),
        "txID": f"0x{item.transfer_id}",
        "toAddress": "0x" + "0" * 40,
        "tag": "",
    }
    if item.kind == "deposit":
        return terms | {"status": _DEPOSITED, "depositFee": "", "successAt": str(item.at_ms), "confirmations": "12"}
    return terms | {
        "withdrawId": item.transfer_id,
        "withdrawType": 0,
        "status": "success",
        "withdrawFee": "0",
        "createTime": str(item.at_ms),
        "updateTime": str(item.at_ms),
    }
