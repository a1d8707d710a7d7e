"""KuCoin's wallets and books, as the venue writes them: balances, moves between wallets, funding.

ccxt reads one coin of the futures' wallet, one name of the spot wallet, and funding by market without its pages.

Source: KuCoin's API documentation, "Get Account List - Spot", "Get Account - Futures", "Get Account Ledgers",
"Get Private Funding History".
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from riskgate.adapters.exchange.call_log import CcxtCall
from riskgate.adapters.exchange.client import ExchangeClient, ccxt_call
from riskgate.adapters.exchange.history import DAY_MS
from riskgate.adapters.exchange.parse import Row, invalid, to_decimal, to_instant, to_text
from riskgate.core.errors import VenueAnswerInvalid
from riskgate.core.venues.model import TransferKind, TransferStatus, VenueFunding, VenueTransfer

_PAGES_MAX = 400
_LEDGER_PAGE = 200
_BOOK_PAGE = 50
#: A ledger is asked for a day at a time.
_SPAN_MS = DAY_MS - 1
_AHEAD_MS = 300_000
#: The spot wallet, by its old name and its new one.
_SPOT_WALLETS = frozenset({"trade", "trade_hf"})
_SPOT_MOVES = ("TRANSFER", "SUB_TRANSFER")
_FUTURES_MOVES = {
    "TransferIn": TransferKind.DEPOSIT,
    "Deposit": TransferKind.DEPOSIT,
    "TransferOut": TransferKind.WITHDRAWAL,
    "Withdrawal": TransferKind.WITHDRAWAL,
}
_STATUSES = {"Completed": TransferStatus.OK, "Pending": TransferStatus.PENDING}


def read_spot_balances(client: ExchangeClient) -> dict[str, Any]:
    """Return what the spot wallet holds, in ccxt's form; the funding wallet is another one."""
    balances: dict[str, Any] = {"total": {}}
    for row in _rows(client.read(ccxt_call("privateGetAccounts")), None):
        if row.get("type") not in _SPOT_WALLETS:
            continue
        asset = client.asset_of(to_text(row.get("currency"), "asset"))
        if asset in balances:
            raise VenueAnswerInvalid(f"{asset} is in two spot wallets")
        balances["total"][asset] = row.get("balance")
        balances[asset] = {"total": row.get("balance"), "free": row.get("available"), "used": row.get("holds")}
    return balances


def read_futures_balances(client: ExchangeClient) -> dict[str, Any]:
    """Return the margin balance of every settle coin, open profit and loss in it, in ccxt's form."""
    balances: dict[str, Any] = {"total": {}}
    for coin in _settle_ids(client):
        body = client.read(ccxt_call("futuresPrivateGetAccountOverview", {"currency": coin}))
        data = body.get("data") if isinstance(body, Mapping) else None
        if not isinstance(data, Mapping):
            raise invalid("balances")
        asset = client.asset_of(to_text(data.get("currency"), "asset"))
        balances["total"][asset] = data.get("accountEquity")
        balances[asset] = {"total": data.get("accountEquity"), "free": data.get("availableBalance")}
    return balances


def list_spot_moves(client: ExchangeClient, start_ms: int) -> Iterator[VenueTransfer]:
    """Return what moved between the spot wallet and others since an instant."""
    for word in _SPOT_MOVES:
        for low, high in _days(client, start_ms):
            more: dict[str, Any] = {}
            for _ in range(_PAGES_MAX):
                asked = {"bizType": word, "startAt": low, "endAt": high, "limit": _LEDGER_PAGE, **more}
                page, count = _read(client, "privateGetHfAccountsLedgers", asked, None, _to_spot_move)
                yield from (_to_spot_move(client, row) for row in page)
                if count < _LEDGER_PAGE:
                    break
                more = {"lastId": _last_of(page)["id"]}
            else:
                raise VenueAnswerInvalid("the exchange's pages do not end")


def list_futures_moves(client: ExchangeClient, start_ms: int) -> Iterator[VenueTransfer]:
    """Return what moved between the futures' wallet and others since an instant."""
    for word in _FUTURES_MOVES:
        for low, high in _days(client, start_ms):
            more: dict[str, Any] = {}
            for _ in range(_PAGES_MAX):
                asked = {"type": word, "startAt": low, "endAt": high, "maxCount": _BOOK_PAGE, **more}
                call = "futuresPrivateGetTransactionHistory"
                page, _count = _read(client, call, asked, "dataList", _to_futures_move)
                yield from (_to_futures_move(client, row) for row in page)
                if not _has_more(client):
                    break
                more = {"offset": _last_of(page)["offset"]}
            else:
                raise VenueAnswerInvalid("the exchange's pages do not end")


def list_funding_of(client: ExchangeClient, symbols: list[str], start_ms: int) -> Iterator[VenueFunding]:
    """Return the funding payments of some markets since an instant."""
    for symbol in symbols:
        more: dict[str, Any] = {}
        for _ in range(_PAGES_MAX):
            asked = {"symbol": client.market(symbol)["id"], "startAt": start_ms, "endAt": client.now_ms + _AHEAD_MS}
            call = "futuresPrivateGetFundingHistory"
            page, _count = _read(client, call, {**asked, **more}, "dataList", _to_funding, kind="funding")
            yield from (_to_funding(client, row) for row in page)
            if not _has_more(client):
                break
            more = {"offset": _last_of(page)["id"]}
        else:
            raise VenueAnswerInvalid("the exchange's pages do not end")


def _read(
    client: ExchangeClient,
    name: str,
    asked: Mapping[str, Any],
    field: str | None,
    check: Callable[[ExchangeClient, Row], object],
    kind: str = "transfer",
) -> tuple[list[Any], int]:
    """Return the readable rows of one page, and how many it had."""
    call = CcxtCall(name, (), lambda ccxt: _rows(getattr(ccxt, name)(dict(asked)), field))
    rows = client.read_list(kind, call, lambda row: check(client, row))
    return list(rows), len(rows) + rows.unreadable


def _rows(body: Any, field: str | None) -> list[Any]:
    data = body.get("data") if isinstance(body, Mapping) else None
    rows = data if field is None else data.get(field) if isinstance(data, Mapping) else None
    if not isinstance(rows, list):
        raise invalid("list")
    return rows


def _has_more(client: ExchangeClient) -> bool:
    answer = client.last_answer
    data = answer.get("data") if isinstance(answer, Mapping) else None
    more = data.get("hasMore") if isinstance(data, Mapping) else None
    if not isinstance(more, bool):
        raise invalid("end of pages")
    return more


def _last_of(page: list[Any]) -> Row:
    if not page:
        raise VenueAnswerInvalid("no row of a whole page can be read: what follows is not known")
    last: Row = page[-1]
    return last


def _days(client: ExchangeClient, start_ms: int) -> Iterator[tuple[int, int]]:
    end_ms = client.now_ms + _AHEAD_MS
    for low in range(start_ms, end_ms + 1, _SPAN_MS + 1):
        yield low, min(low + _SPAN_MS, end_ms)


def _settle_ids(client: ExchangeClient) -> list[str]:
    markets = client.load_markets().values()
    return sorted({str(market["settleId"]) for market in markets if market.get("swap") and market.get("linear")})


def _to_spot_move(client: ExchangeClient, row: Row) -> VenueTransfer:
    kinds = {"in": TransferKind.DEPOSIT, "out": TransferKind.WITHDRAWAL}
    if row.get("direction") not in kinds:
        raise invalid("direction")
    return VenueTransfer(
        transfer_id=to_text(row.get("id"), "transfer id"),
        kind=kinds[row["direction"]],
        asset=client.asset_of(to_text(row.get("currency"), "asset")),
        amount=abs(to_decimal(row.get("amount"), "amount")),
        status=TransferStatus.OK,
        at=to_instant(row.get("createdAt"), "time"),
    )


def _to_futures_move(client: ExchangeClient, row: Row) -> VenueTransfer:
    if row.get("type") not in _FUTURES_MOVES or row.get("offset") is None:
        raise invalid("kind of transfer")
    asset = client.asset_of(to_text(row.get("currency"), "asset"))
    return VenueTransfer(
        transfer_id=f"{asset}/{row['offset']}",
        kind=_FUTURES_MOVES[row["type"]],
        asset=asset,
        amount=abs(to_decimal(row.get("amount"), "amount")),
        # A word that is not known is not final: the row is read again.
        status=_STATUSES.get(str(row.get("status")), TransferStatus.PENDING),
        at=to_instant(row.get("time"), "time"),
    )


def _to_funding(client: ExchangeClient, row: Row) -> VenueFunding:
    markets = client.load_markets().items()
    symbol = next((name for name, market in markets if market["id"] == row.get("symbol")), None)
    return VenueFunding(
        payment_id=to_text(str(row.get("id") or ""), "payment id"),
        symbol=to_text(symbol, "market"),
        asset=client.asset_of(to_text(row.get("settleCurrency"), "asset")),
        amount=to_decimal(row.get("funding"), "amount"),
        at=to_instant(row.get("timePoint"), "time"),
    )


#: By ccxt class: what holds the money, where ccxt reads a part of it.
OWN_BALANCES: Mapping[str, Callable[[ExchangeClient], dict[str, Any]]] = {
    "kucoin": read_spot_balances,
    "kucoinfutures": read_futures_balances,
}
