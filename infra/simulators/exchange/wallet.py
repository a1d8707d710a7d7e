"""Wallet routes under /sapi: coins, key restrictions, transfers in and out, status."""

from datetime import UTC, datetime

from .accounts import Balance
from .context import Context
from .money import fixed, plain
from .queries import LIMIT_MAX
from .render import Json

_NETWORK = "ETH"
_WITHDRAW_FEE = "0.0005"


def system_status(_ctx: Context) -> Json:
    """GET /sapi/v1/system/status, open to all."""
    return {"status": 0, "msg": "normal"}


def no_margin_pairs(_ctx: Context) -> list[Json]:
    """GET /sapi/v1/margin/allPairs and margin/isolated/allPairs: no margin trading here."""
    return []


def delist_schedule(_ctx: Context) -> list[Json]:
    """GET /sapi/v1/spot/delist-schedule: nothing is going to be taken off the list."""
    return []


def _assets(ctx: Context) -> list[str]:
    listed = ctx.venue.state.listed("spot")
    return list(dict.fromkeys([item.quote for item in listed] + [item.base for item in listed]))


def coins(ctx: Context) -> list[Json]:
    """GET /sapi/v1/capital/config/getall."""
    found: list[Json] = []
    for asset in _assets(ctx):
        balance = ctx.caller.spot.balances.get(asset, Balance())
        network: Json = {
            "network": _NETWORK,
            "coin": asset,
            "withdrawIntegerMultiple": "0.00000001",
            "isDefault": True,
            "depositEnable": True,
            "withdrawEnable": True,
            "name": "Ethereum (ERC20)",
            "withdrawFee": _WITHDRAW_FEE,
            "withdrawMin": "0.001",
            "withdrawMax": "9999999",
            "minConfirm": 12,
            "unLockConfirm": 0,
            "sameAddress": False,
            "busy": False,
        }
        found.append(
            {
                "coin": asset,
                "name": asset,
                "depositAllEnable": True,
                "withdrawAllEnable": True,
                "free": fixed(ctx.distorted(asset, balance.free)),
                "locked": fixed(balance.locked),
                "freeze": "0",
                "withdrawing": "0",
                "ipoing": "0",
                "ipoable": "0",
                "storage": "0",
                "isLegalMoney": False,
                "trading": True,
                "networkList": [network],
            }
        )
    return found


def api_restrictions(ctx: Context) -> Json:
    """GET /sapi/v1/account/apiRestrictions: what the calling key may do."""
    key = ctx.key
    if key is None:
        return {}
    rights = key.permissions
    return {
        "ipRestrict": bool(rights.ip_allow_list),
        "createTime": key.created_ms,
        "enableReading": rights.enable_reading,
        "enableWithdrawals": rights.enable_withdrawals,
        "enableInternalTransfer": rights.enable_internal_transfer,
        "permitsUniversalTransfer": rights.permits_universal_transfer,
        "enableMargin": False,
        "enableFutures": rights.enable_futures,
        "enableVanillaOptions": False,
        "enablePortfolioMarginTrading": False,
        "enableFixApiTrade": False,
        "enableFixReadOnly": False,
        "enableSpotAndMarginTrading": rights.enable_spot_and_margin_trading,
    }


def trade_fees(ctx: Context) -> list[Json]:
    """GET /sapi/v1/asset/tradeFee."""
    fees = ctx.caller.fees
    return [
        {
            "symbol": item.symbol,
            "makerCommission": plain(fees.spot_maker),
            "takerCommission": plain(fees.spot_taker),
        }
        for item in ctx.instruments()
    ]


def _transfers(ctx: Context, kind: str) -> list[Json]:
    """Return transfers of a kind, newest first, within what the parameters ask for."""
    params = ctx.params
    coin, start, end = params.text("coin"), params.integer("startTime"), params.integer("endTime")
    offset, limit = params.integer("offset") or 0, params.integer("limit") or LIMIT_MAX
    found: list[Json] = [
        {
            "id": item.transfer_id,
            "amount": plain(item.amount),
            "coin": item.asset,
            "network": item.network,
            "status": item.status,
            "address": "0x" + "0" * 40,
            "addressTag": "",
            "txId": f"0x{item.transfer_id}",
            "transferType": 0,
            "walletType": 0,
            **(
                {"insertTime": item.at_ms, "confirmTimes": "12/12"}
                if kind == "deposit"
                else {
                    "applyTime": _clock_text(item.at_ms),
                    "completeTime": _clock_text(item.at_ms),
                    "transactionFee": "0",
                }
            ),
        }
        for item in reversed(ctx.caller.transfers)
        if item.kind == kind
        and item.market == ctx.market
        and coin in (None, item.asset)
        and (start is None or item.at_ms >= start)
        and (end is None or item.at_ms <= end)
    ]
    return found[offset : offset + min(limit, LIMIT_MAX)]


def _clock_text(at_ms: int) -> str:
    """Return an instant as withdrawals show it: UTC, to the second."""
    return datetime.fromtimestamp(at_ms // 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def deposits(ctx: Context) -> list[Json]:
    """GET /sapi/v1/capital/deposit/hisrec."""
    return _transfers(ctx, "deposit")


def withdrawals(ctx: Context) -> list[Json]:
    """GET /sapi/v1/capital/withdraw/history."""
    return _transfers(ctx, "withdrawal")
