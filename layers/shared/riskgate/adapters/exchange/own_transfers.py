"""Money in and out at venues whose lists of it ccxt does not read whole, from the venue's own answers.

Source: the venues' API documentation of the routes below, as ccxt names them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from riskgate.adapters.exchange.call_log import CcxtCall
from riskgate.adapters.exchange.client import ExchangeClient, ccxt_call
from riskgate.adapters.exchange.hyperliquid import list_ledger
from riskgate.adapters.exchange.krakenfutures_log import list_moves
from riskgate.adapters.exchange.kucoin_books import list_futures_moves, list_spot_moves
from riskgate.adapters.exchange.parse import Row, invalid, to_decimal, to_instant, to_milliseconds, to_text
from riskgate.core.errors import VenueAnswerInvalid
from riskgate.core.money import ZERO
from riskgate.core.venues.model import TransferKind, TransferStatus, VenueTransfer

_PAGES_MAX = 400
_COINBASE_PAGE = 100
#: What an order of ours has moved: it is told as fills.
_COINBASE_FILLS = "advanced_trade_fill"
#: Everything else is not final.
_COINBASE_STATUSES = {
    "completed": TransferStatus.OK,
    "canceled": TransferStatus.CANCELLED,
    "failed": TransferStatus.FAILED,
    "expired": TransferStatus.FAILED,
}


def list_own_transfers(client: ExchangeClient, start_ms: int, end_ms: int) -> list[VenueTransfer] | None:
    """Return the transfers of a period, or None where ccxt's own lists are used."""
    read = _READERS.get(client.ccxt_id)
    if read is None:
        return None
    found = {item.transfer_id: item for item in read(client, start_ms)}
    return [item for item in found.values() if start_ms <= to_milliseconds(item.at) <= end_ms]


def _coinbase(client: ExchangeClient, start_ms: int) -> Iterator[VenueTransfer]:
    """Read each coin's account back to the start: all that changed it and was no order's fill.

    What is bought with a card or swapped by hand, paid out or rebated came from elsewhere, or left, as far as our
    orders go. A network's fee is in the amount.
    """
    for account in _coinbase_accounts(client):
        more: dict[str, str] = {}
        for _ in range(_PAGES_MAX):
            page = _coinbase_page(client, account, more)
            rows = [row for row in page if row.get("type") != _COINBASE_FILLS]
            moved = [transfer for row in rows if (transfer := _from_coinbase(client, row)) is not None]
            yield from moved
            following = client.last_answer.get("pagination") or {}
            # Newest first: what follows is older still.
            ended = any(_coinbase_time(client, row) < start_ms for row in page)
            if ended or not following.get("next_uri"):
                break
            if not page:
                raise VenueAnswerInvalid("no row of a whole page can be read: what follows is not known")
            more = {"starting_after": str(following.get("next_starting_after") or page[-1]["id"])}
        else:
            raise VenueAnswerInvalid("the exchange's pages do not end")


def _coinbase_accounts(client: ExchangeClient) -> list[str]:
    found: list[str] = []
    cursor: dict[str, str] = {}
    for _ in range(_PAGES_MAX):
        body = client.read(ccxt_call("v3PrivateGetBrokerageAccounts", {"limit": 250, **cursor}))
        rows = body.get("accounts")
        if not isinstance(rows, list):
            raise invalid("accounts")
        found += [to_text(row.get("uuid"), "account id") for row in rows]
        if body.get("has_next") is not True or not body.get("cursor"):
            return found
        cursor = {"cursor": str(body["cursor"])}
    raise VenueAnswerInvalid("the exchange's pages do not end")


def _coinbase_page(client: ExchangeClient, account: str, more: Mapping[str, str]) -> list[Any]:
    asked = {"account_id": account, "limit": _COINBASE_PAGE, **more}
    call = CcxtCall("transactions", (), lambda ccxt: _rows(ccxt.v2PrivateGetAccountsAccountIdTransactions(asked)))
    return client.read_list("transfer", call, lambda row: (_coinbase_time(client, row), _from_coinbase(client, row)))


def _rows(body: Any) -> list[Any]:
    rows = body.get("data") if isinstance(body, Mapping) else None
    if not isinstance(rows, list):
        raise invalid("transactions")
    return rows


def _coinbase_time(client: ExchangeClient, row: Row) -> int:
    return to_milliseconds(to_instant(client.parse_time(row.get("created_at")), "time"))


def _from_coinbase(client: ExchangeClient, row: Row) -> VenueTransfer | None:
    money = row.get("amount")
    if not isinstance(money, Mapping):
        raise invalid("amount")
    amount = to_decimal(money.get("amount"), "amount")
    if not amount:
        return None
    return VenueTransfer(
        transfer_id=to_text(row.get("id"), "transfer id"),
        kind=TransferKind.DEPOSIT if amount > ZERO else TransferKind.WITHDRAWAL,
        asset=to_text(money.get("currency"), "asset"),
        amount=abs(amount),
        status=_COINBASE_STATUSES.get(str(row.get("status")), TransferStatus.PENDING),
        at=to_instant(client.parse_time(row.get("created_at")), "time"),
    )


_READERS: Mapping[str, Callable[[ExchangeClient, int], Iterator[VenueTransfer]]] = {
    "coinbase": _coinbase,
    "hyperliquid": list_ledger,
    "krakenfutures": list_moves,
    "kucoin": list_spot_moves,
    "kucoinfutures": list_futures_moves,
}
