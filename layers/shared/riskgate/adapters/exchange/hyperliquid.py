"""Hyperliquid's orders and fills of a period, and what moved its perpetuals' wallet, as far as the exchange tells.

It lists all coins together: the newest 2000 statuses of orders, and the newest 10000 fills. What may be incomplete is
no list.

Source: Hyperliquid's API documentation (info: historicalOrders, userFillsByTime, userNonFundingLedgerUpdates).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from riskgate.adapters.exchange.call_log import CcxtCall
from riskgate.adapters.exchange.client import ExchangeClient, ccxt_call
from riskgate.adapters.exchange.history import History, at_ms
from riskgate.adapters.exchange.parse import Row, invalid, to_decimal, to_instant, to_order, to_text, to_trade
from riskgate.core.errors import VenueAnswerInvalid
from riskgate.core.money import ZERO
from riskgate.core.venues.model import TransferKind, TransferStatus, VenueOrder, VenueTrade, VenueTransfer

_ORDERS_KEPT, _FILLS_PAGE, _FILLS_KEPT = 2000, 2000, 10_000
#: Ranges of time are answered with so many entries at most.
_LEDGER_PAGE, _PAGES_MAX = 500, 400
#: What is no move of USDC into or out of the perpetuals' wallet: spot, staking, and what is told as fills.
_ELSEWHERE = frozenset(
    {
        "accountActivationGas", "activateDexAbstraction", "borrowLend", "cStakingTransfer", "deployGasAuction",
        "liquidation", "rewardsClaim", "spotGenesis", "spotTransfer",
    }
)  # fmt: skip


def list_orders(client: ExchangeClient, symbol: str | None, start_ms: int, end_ms: int) -> tuple[VenueOrder, ...]:
    """Return the orders that were made in a period.

    Raises VenueAnswerInvalid: the list does not reach back to its start.
    """
    rows = client.read_list("order", ccxt_call("fetch_orders"), lambda row: (to_order(row), at_ms(row)))
    told = client.last_answer
    if len(told) >= _ORDERS_KEPT and min(int(row.get("statusTimestamp") or 0) for row in told) > start_ms:
        raise VenueAnswerInvalid("the exchange's list of orders does not reach back so far")
    return tuple(to_order(row) for row in _of(client, rows, symbol) if start_ms <= at_ms(row) <= end_ms)


def list_trades(client: ExchangeClient, symbol: str | None, start_ms: int, end_ms: int) -> tuple[VenueTrade, ...]:
    """Return all fills of a period by time.

    Raises VenueAnswerInvalid: there are so many that older ones are not told any more.
    """
    history = History(
        fetch=lambda low, high: client.read_list(
            "trade", ccxt_call("fetch_my_trades", None, low, None, {"until": high}), to_trade
        ),
        identity=lambda row: f"{row.get('symbol')} {to_text(row.get('id'), 'trade id')}",
        limit=_FILLS_PAGE,
        thorough=True,
    )
    rows = history.read(start_ms, end_ms)
    if len(rows) >= _FILLS_KEPT:
        raise VenueAnswerInvalid("the exchange's list of fills does not reach back so far")
    return tuple(to_trade(row) for row in _of(client, rows, symbol))


def _of(client: ExchangeClient, rows: list[Any], symbol: str | None) -> list[Row]:
    """Return the rows of one market, or of all that are offered: others, of builders and of spot, stand among them."""
    known = client.load_markets()
    return [row for row in rows if row.get("symbol") in known and symbol in {None, row.get("symbol")}]


def list_ledger(client: ExchangeClient, start_ms: int) -> Iterator[VenueTransfer]:
    """Return what moved the perpetuals' wallet since a time: pages go on at the last entry's time."""
    owner = client.account_address
    low = start_ms
    seen: set[str] = set()
    for _ in range(_PAGES_MAX):
        rows = client.read_list("transfer", _ask(owner, low), lambda row: _to_moves(owner, row))
        told = client.last_answer
        for row in rows:
            for move in _to_moves(owner, row):
                if move.transfer_id not in seen:
                    seen.add(move.transfer_id)
                    yield move
        last = max((int(row.get("time") or 0) for row in told), default=low)
        if len(told) < _LEDGER_PAGE:
            return
        if last == low:
            raise VenueAnswerInvalid("more rows share one millisecond than the exchange returns at once")
        low = last
    raise VenueAnswerInvalid("the exchange's pages do not end")


def _ask(owner: str, start_ms: int) -> CcxtCall[list[Any]]:
    asked = {"type": "userNonFundingLedgerUpdates", "user": owner, "startTime": start_ms}
    return CcxtCall("ledger", (), lambda ccxt: _rows(ccxt.publicPostInfo(asked)))


def _rows(body: Any) -> list[Any]:
    if not isinstance(body, list):
        raise invalid("ledger")
    return body


def _to_moves(owner: str, row: Row) -> list[VenueTransfer]:
    """Read an entry: what it moved in or out. Raises VenueAnswerInvalid: it is of a kind that nobody knows."""
    delta = row.get("delta")
    if not isinstance(delta, Mapping):
        raise invalid("entry")
    kind = to_text(delta.get("type"), "kind of entry")
    amount = _amount(owner, kind, delta)
    if amount is None or not amount:
        return []
    fee = (
        to_decimal(delta.get("fee", "0"), "fee") if amount < ZERO and kind in {"withdraw", "internalTransfer"} else ZERO
    )
    return [
        VenueTransfer(
            transfer_id=f"{to_text(row.get('hash'), 'transfer id')}-{kind}-{row.get('time')}",
            kind=TransferKind.DEPOSIT if amount > ZERO else TransferKind.WITHDRAWAL,
            asset="USDC",
            amount=abs(amount),
            status=TransferStatus.OK,
            at=to_instant(row.get("time"), "time"),
            fee=fee,
            fee_currency="USDC" if fee else None,
        )
    ]


def _amount(owner: str, kind: str, delta: Row) -> Decimal | None:
    """Return what an entry moved into the wallet, below zero out of it; None where it did not touch it."""
    if kind in _ELSEWHERE:
        return None
    if kind == "send":
        into, out = (
            str(delta.get(who)).lower() == owner and delta.get(dex) == ""
            for who, dex in (("destination", "destinationDex"), ("user", "sourceDex"))
        )
        moved = to_decimal(delta.get("amount"), "amount")
        return (moved if into else ZERO) - (moved if out else ZERO) if delta.get("token") == "USDC" else None
    if kind == "vaultWithdraw":
        return to_decimal(delta.get("netWithdrawnUsd"), "amount")
    money = to_decimal(delta.get("usdc"), "amount")
    signs: dict[str, bool] = {
        "deposit": True,
        "vaultDistribution": True,
        "vaultLeaderCommission": True,
        "withdraw": False,
        "vaultCreate": False,
        "vaultDeposit": False,
        "accountClassTransfer": delta.get("toPerp") is True,
        "internalTransfer": str(delta.get("destination")).lower() == owner,
        "subAccountTransfer": str(delta.get("destination")).lower() == owner,
    }
    if kind not in signs:
        raise invalid("kind of entry")
    return money if signs[kind] else -money
