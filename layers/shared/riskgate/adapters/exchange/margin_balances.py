"""The margin balance of each coin, open profit and loss in it, where ccxt gives what was paid in."""

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import Any

from riskgate.adapters.exchange.parse import Row, invalid, to_decimal
from riskgate.core.errors import VenueAnswerInvalid
from riskgate.core.money import ZERO

#: What holds a part of a coin: spot orders, and the initial margin of positions and of orders.
_USES = ("locked", "totalPositionIM", "totalOrderIM")


def _bybit(body: Row) -> dict[str, Any]:
    """Return balances in ccxt's form whose totals are each coin's equity, open profit and loss of swaps in it.

    `body` is ccxt's, with the venue's own answer in `info`. Figures that are none stay as they are: whoever reads the
    coin notices.
    """
    balances: dict[str, Any] = {"total": {}}
    for row in _coins(body):
        asset = str(row.get("coin"))
        balances["total"][asset] = row.get("equity")
        balances[asset] = {"total": row.get("equity"), "used": _sum_uses(row)}
    return balances


def _sum_uses(row: Row) -> Decimal | None:
    # In portfolio margin mode no coin has a margin of its own, and the fields are empty.
    try:
        return sum((to_decimal(row[name], "margin") for name in _USES if row.get(name)), ZERO)
    except VenueAnswerInvalid:
        return None


def _krakenfutures(body: Row) -> dict[str, Any]:
    """Return the multi-collateral wallet: each coin's quantity, open profit and loss, which is in USD, added to USD."""
    info = body.get("info")
    accounts = info.get("accounts") if isinstance(info, Mapping) else None
    flex = accounts.get("flex") if isinstance(accounts, Mapping) else None
    coins = flex.get("currencies") if isinstance(flex, Mapping) else None
    if not isinstance(flex, Mapping) or not isinstance(coins, Mapping):
        raise invalid("balances")
    opened = to_decimal(flex.get("totalUnrealized"), "open profit and loss")
    balances: dict[str, Any] = {"total": {}}
    for name, row in {**({"USD": {"quantity": "0", "available": "0"}} if opened else {}), **coins}.items():
        asset = {"XBT": "BTC"}.get(str(name).upper(), str(name).upper())
        balances[asset] = _read_quantity(row, opened if asset == "USD" else ZERO)
        balances["total"][asset] = balances[asset]["total"]
    return balances


def _read_quantity(row: Row, opened: Decimal) -> dict[str, Decimal | None]:
    try:
        quantity, free = (to_decimal(row.get(name), "balance") for name in ("quantity", "available"))
    except VenueAnswerInvalid:
        return dict.fromkeys(("total", "used"))
    return {"total": quantity + opened, "used": max(quantity - free, ZERO)}


def _coins(body: Row) -> Iterator[Mapping[str, Any]]:
    info = body.get("info")
    result = info.get("result") if isinstance(info, Mapping) else None
    accounts = result.get("list") if isinstance(result, Mapping) else None
    if not isinstance(accounts, list):
        raise invalid("balances")
    for account in accounts:
        yield from account.get("coin") or ()


def _gate(body: Row) -> dict[str, Any]:
    """Return balances in ccxt's form; of a futures account open profit and loss is added to what was paid in.

    Raises VenueAnswerInvalid: it is the account of another margin mode, whose balance is not told here.
    """
    rows = body.get("info")
    if not isinstance(rows, list):
        raise invalid("balances")
    balances: dict[str, Any] = {**body, "total": dict(body.get("total") or {})}
    for row in rows:
        if not isinstance(row, Mapping) or "unrealised_pnl" not in row:
            continue
        if str(row.get("margin_mode", "0")) != "0":
            raise VenueAnswerInvalid("the futures account has a margin mode whose balance is not told there")
        asset = str(row.get("currency"))
        balances[asset] = _add_open_profit(row)
        balances["total"][asset] = balances[asset]["total"]
    return balances


def _add_open_profit(row: Row) -> dict[str, Decimal | None]:
    try:
        total = to_decimal(row.get("total"), "balance") + to_decimal(row["unrealised_pnl"], "open profit and loss")
        free = to_decimal(row.get("available"), "balance")
    except VenueAnswerInvalid:
        return dict.fromkeys(("total", "free", "used"))
    return {"total": total, "free": free, "used": max(total - free, ZERO)}


def _bitget(body: Row) -> dict[str, Any]:
    """Return the balances as they are: a coin's equity has its open profit and loss in it.

    Raises VenueAnswerInvalid: the account is in multi-assets mode, where the coins stand for each other.
    """
    rows = body.get("info")
    if isinstance(rows, list) and any(isinstance(row, Mapping) and row.get("assetMode") == "union" for row in rows):
        raise VenueAnswerInvalid("the account is in multi-assets mode: change it to single-asset mode at Bitget")
    return dict(body)


def _mexc(body: Row) -> dict[str, Any]:
    """Return balances in ccxt's form; of the futures' wallet, whose rows tell an equity, the totals are that."""
    info = body.get("info")
    rows = info.get("data") if isinstance(info, Mapping) else None
    if not isinstance(rows, list):
        return dict(body)
    balances: dict[str, Any] = {"total": {}}
    for row in rows:
        asset = str(row.get("currency"))
        total = to_decimal(row.get("equity"), f"equity of {asset}")
        free = to_decimal(row.get("availableBalance"), f"balance of {asset}")
        balances["total"][asset] = total
        balances[asset] = {"total": total, "free": free, "used": max(total - free, ZERO)}
    return balances


#: Swap wallets, and wallets of all types of markets, by ccxt class.
MARGIN_BALANCES: Mapping[str, Callable[[Row], dict[str, Any]]] = {
    "bitget": _bitget,
    "bybit": _bybit,
    "gate": _gate,
    "krakenfutures": _krakenfutures,
    "mexc": _mexc,
}
