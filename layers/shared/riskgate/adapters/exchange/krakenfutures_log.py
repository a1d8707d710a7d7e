"""What moved Kraken Futures' multi-collateral wallet: transfers and funding, from its account log.

Source: Kraken's Futures REST documentation (account-log).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from riskgate.adapters.exchange.call_log import CcxtCall
from riskgate.adapters.exchange.client import ExchangeClient
from riskgate.adapters.exchange.parse import Row, invalid, to_decimal, to_instant, to_text
from riskgate.core.errors import VenueAnswerInvalid
from riskgate.core.money import ZERO
from riskgate.core.venues.model import TransferKind, TransferStatus, VenueFunding, VenueTransfer

#: The history's budget is a hundred tokens in ten minutes: of which 25 entries cost one, up to a thousand three.
_FEW, _MANY, _PAGES_MAX = 25, 1000, 400
_WALLET = "flex"
_MOVES = ("transfer", "cross-exchange transfer", "subaccount transfer", "admin transfer")
_FUNDING = "funding rate change"


def list_moves(client: ExchangeClient, start_ms: int) -> Iterator[VenueTransfer]:
    """Return what was moved into and out of the wallet since a time."""
    for word in _MOVES:
        for row in _entries(client, "transfer", word, start_ms, _FEW, _to_move):
            yield _to_move(client, row)


def list_payments(client: ExchangeClient, start_ms: int) -> list[VenueFunding]:
    """Return the funding payments since a time, the oldest first."""
    return [_to_payment(client, row) for row in _entries(client, "funding", _FUNDING, start_ms, _MANY, _to_payment)]


def _entries(
    client: ExchangeClient,
    kind: str,
    word: str,
    start_ms: int,
    count: int,
    read: Callable[[ExchangeClient, Row], Any],
) -> Iterator[Row]:
    """Return the wallet's entries of a kind, the oldest first: pages go on after the last entry's number."""
    asked: dict[str, Any] = {"since": max(start_ms - 1, 0), "sort": "asc", "count": count, "info": word}
    for _ in range(_PAGES_MAX):
        rows = client.read_list(
            kind, _ask(dict(asked)), lambda row: _at(client, row) if _is_elsewhere(row) else read(client, row)
        )
        logged = _logs(client.last_answer)
        yield from (row for row in rows if not _is_elsewhere(row) and _at(client, row) >= start_ms)
        if len(logged) < count:
            return
        asked["from"] = int(to_decimal(logged[-1].get("id"), "entry")) + 1
    raise VenueAnswerInvalid("the exchange's pages do not end")


def _ask(asked: dict[str, Any]) -> CcxtCall[list[Any]]:
    return CcxtCall("account_log", (), lambda ccxt: _logs(ccxt.historyGetAccountLog(asked)))


def _is_elsewhere(row: Row) -> bool:
    """Tell whether an entry is of another wallet, or of a position's size."""
    return row.get("margin_account") != _WALLET or row.get("asset") == row.get("contract")


def _logs(body: Any) -> list[Any]:
    rows = body.get("logs") if isinstance(body, dict) else None
    if not isinstance(rows, list):
        raise invalid("account log")
    return rows


def _at(client: ExchangeClient, row: Row) -> int:
    at = client.parse_time(row.get("date"))
    if at is None:
        raise invalid("time")
    return at


def _to_move(client: ExchangeClient, row: Row) -> VenueTransfer:
    amount = to_decimal(row.get("new_balance"), "balance") - to_decimal(row.get("old_balance"), "balance")
    return VenueTransfer(
        transfer_id=str(to_decimal(row.get("id"), "entry")),
        kind=TransferKind.DEPOSIT if amount > ZERO else TransferKind.WITHDRAWAL,
        asset=client.currency_of(to_text(row.get("asset"), "asset")),
        amount=abs(amount),
        status=TransferStatus.OK,
        at=to_instant(_at(client, row), "time"),
    )


def _to_payment(client: ExchangeClient, row: Row) -> VenueFunding:
    native = to_text(row.get("contract"), "market").upper()
    return VenueFunding(
        payment_id=str(to_decimal(row.get("id"), "entry")),
        symbol=client.symbol_of(native) or native,
        asset=client.currency_of(to_text(row.get("asset"), "asset")),
        amount=to_decimal(row.get("realized_funding"), "amount"),
        at=to_instant(_at(client, row), "time"),
    )
